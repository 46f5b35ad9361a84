"""Maps over HTTP: pages cold and known, layers, tiles, and 50 clients who ask for mixed maps."""

import http.client
import json
import math
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from benchmarks.maps import layers
from geoservice.geocode.learn import learn
from geoservice.region.build import build_snapshot

CLIENTS, REQUESTS, SNAPSHOT = 50, int(os.environ.get("REQUESTS", "20000")), "0123456789abcdef"
MAPS = ("reference", "zones", "ratings", "utilisation")
CODED = {"Accept-Encoding": "gzip, br"}


def registered(home: Path) -> str:
    """A data folder with the district of the benchmarks; the answer is its id."""
    made = layers()
    region = home / "regions" / made.info.id
    region.mkdir(parents=True)
    build_snapshot(made, region / SNAPSHOT, SNAPSHOT, [], learn)
    (region / "registered.json").write_text(
        json.dumps({"folder": str(region), "snapshot": SNAPSHOT})
    )
    return made.info.id


class Client:
    """One connection that is kept."""

    def __init__(self, address: str) -> None:
        self._line = http.client.HTTPConnection(address.removeprefix("http://"), timeout=60)

    def get(self, path: str, **headers: str) -> tuple[int, bytes, str, float]:
        """Status, bytes, tag, and milliseconds."""
        start = time.perf_counter()
        self._line.request("GET", path, headers={**CODED, **headers})
        answer = self._line.getresponse()
        content = answer.read()
        return (
            answer.status,
            content,
            answer.headers.get("etag", ""),
            (time.perf_counter() - start) * 1e3,
        )


def one_by_one(address: str) -> list[tuple[str, str]]:
    """Prints cold and known times of each map; the answer is all paths with their tags."""
    client, paths = Client(address), []
    client.get("/readyz")
    for name in MAPS:
        _, page, tag, cold = client.get(f"/maps/{name}")
        known = sorted(client.get(f"/maps/{name}", **{"If-None-Match": tag})[3] for _ in range(50))
        figure = json.loads(_plain(client, f"/maps/{name}/figure.json"))
        paths += [(f"/maps/{name}", tag), (f"/maps/{name}/figure.json", "")]
        sizes = []
        for layer in figure["layers"]:
            if layer["kind"] == "tiles":
                continue
            _, content, tag, first = client.get(layer["url"])
            again = sorted(client.get(layer["url"])[3] for _ in range(20))
            sizes.append((len(content), first, again[10]))
            paths.append((layer["url"], tag))
        print(
            f"{name}: page cold {cold:.0f} ms ({len(page) / 1e3:.0f} kB), 304 {known[25]:.1f} ms; layers "
            f"{sum(one[0] for one in sizes) / 1e3:.0f} kB, cold {sum(one[1] for one in sizes):.0f} ms, "
            f"kept {max(one[2] for one in sizes):.1f} ms"
        )
    return paths + _tiles(client)


def _plain(client: Client, path: str) -> bytes:
    return client.get(path, **{"Accept-Encoding": "identity"})[1]


def _tiles(client: Client) -> list[tuple[str, str]]:
    west, south, east, north = json.loads(_plain(client, "/tiles/streets.json"))["bounds"]
    lon, lat, times, paths = (west + east) / 2, (south + north) / 2, [], []
    for zoom in range(9, 17):
        x = int((lon / 360 + 0.5) * 2**zoom)
        y = int((0.5 - math.asinh(math.tan(math.radians(lat))) / (2 * math.pi)) * 2**zoom)
        path = f"/tiles/streets/{zoom}/{x}/{y}.mvt"
        _, _, tag, cold = client.get(path)
        times.append(cold)
        paths.append((path, tag))
    print(f"tiles of zoom 9 to 16: cold at most {max(times):.0f} ms")
    return paths


def many(address: str, process: int, paths: list[tuple[str, str]]) -> None:
    """50 clients; every third request is for what the client has already."""
    times: list[float] = []
    wrong: list[int] = []
    memory = [_megabytes(process)]

    def ask(number: int) -> None:
        client = Client(address)
        for at in range(REQUESTS // CLIENTS):
            path, tag = paths[(number * 7 + at) % len(paths)]
            known = {"If-None-Match": tag} if tag and at % 3 == 0 else {}
            status, _, _, spent = client.get(path, **known)
            times.append(spent)
            if status != (304 if known else 200):
                wrong.append(status)
            if number == 0 and at in (REQUESTS // CLIENTS // 4, REQUESTS // CLIENTS // 2):
                memory.append(_megabytes(process))

    start = time.perf_counter()
    asking = [threading.Thread(target=ask, args=(number,)) for number in range(CLIENTS)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    spent = time.perf_counter() - start
    memory.append(_megabytes(process))
    times.sort()
    print(
        f"{CLIENTS} clients, {len(times):,} requests for mixed maps: {len(times) / spent:,.0f}/s, median "
        f"{times[len(times) // 2]:.0f} ms, p99 {times[int(len(times) * 0.99)]:.0f} ms, {len(wrong)} wrong, "
        f"resident MB {' '.join(f'{one:.0f}' for one in memory)}"
    )


def _megabytes(process: int) -> float:
    text = Path(f"/proc/{process}/status").read_text()
    return int(text.split("VmRSS:")[1].split()[0]) / 1e3


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        registered(Path(folder))
        server = subprocess.Popen(
            [sys.executable, "-m", "geoservice.cli.main", "serve", "--port", "0", "--no-token"],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "GEOSERVICE_HOME": folder},
        )
        try:
            line = ""
            while "Ready at" not in line:
                line = server.stderr.readline()
            time.sleep(5)  # the service warms up beside its first answers
            address = line.split()[-1]
            paths = one_by_one(address)
            many(address, server.pid, paths)
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
