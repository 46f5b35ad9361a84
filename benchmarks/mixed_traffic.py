"""Memory under mixed traffic: ``python -m benchmarks.mixed_traffic [MINUTES] [A SECOND] [KEPT BYTES]``.

A service with students and a worker gets maps, tiles, look-ups, jobs, downloads, embeds and faulty
requests. Every 30 seconds a line tells the own memory of the service and of its workers. The last lines
tell the slope, and the answers by status. The first third of a run warms the service up and does
not count. After it, samples count where the service keeps as many answers as it may; a run without
such samples proves nothing.
"""

import itertools
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
import polars as pl

from benchmarks.processes import RIVERBEND, RunningService
from geoservice.model.limits import Limits

_THREADS, _SAMPLE_S, _LONGEST_JOB_S = 4, 30.0, 120.0
_JOB_ROWS = 4_000
_MAPS = ("reference", "zones", "ratings", "utilisation", "residents", "coverage")
_BANDS, _LANGUAGES = ("", "K-5", "6-8", "9-12"), ("en", "es")
_FORMATS = ("csv", "xlsx", "geojson", "parquet")
_FULL = 0.95
_MOST_LEAKED_MB_A_MINUTE = 1.0
_LOG_LINES = 40
_FAULTY = (
    ("GET", "/maps/nowhere", b""),
    ("GET", "/v1/jobs/0000", b""),
    ("GET", "/tiles/streets/99/1/1.mvt", b""),
    ("POST", "/v1/geocode", b"{"),
    ("POST", "/v1/geocode", b'{"addresses": [{"address": ""}], "region": "nowhere"}'),
    ("GET", "/embed/not-a-link", b""),
    ("PUT", "/maps", b""),
)


@dataclass(frozen=True)
class Sample:
    """A minute, the memory of all processes, and the part of it that are kept answers."""

    minute: float
    memory_mb: float
    kept_mb: float


@dataclass
class Traffic:
    """The requests of all threads, their addresses, and the answers by route and status."""

    address: str
    lines: list[str]
    bounds: tuple[float, float, float, float]
    over: threading.Event = field(default_factory=threading.Event)
    answers: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


class Visitor:
    """One thread of requests, each of a random kind."""

    def __init__(self, traffic: Traffic, number: int, a_second: float) -> None:
        self._traffic, self._draw = traffic, random.Random(number)
        self._pause_s = _THREADS / a_second
        self._client = httpx.Client(base_url=traffic.address, timeout=120)
        self._kinds: list[Callable[[], None]] = [
            *([self._look_up] * 30),
            *([self._tile] * 30),
            *([self._map] * 20),
            *([self._layers] * 8),
            *([self._fault] * 8),
            *([self._picture] * 2),
            *([self._embed] * 2),
            *([self._lists] * 2),
            self._job,
        ]

    def run(self) -> None:
        """Send requests until the time is over."""
        while not self._traffic.over.wait(self._draw.expovariate(1 / self._pause_s)):
            with suppress(httpx.HTTPError):
                self._draw.choice(self._kinds)()

    def _ask(self, method: str, path: str, **options: object) -> httpx.Response:
        answer = self._client.request(method, path, **options)  # type: ignore[arg-type]
        self._traffic.answers[str(answer.status_code)] += 1
        if answer.status_code >= 500 and answer.status_code != 503:
            self._traffic.faults.append(f"{method} {path}: {answer.status_code}")
        return answer

    def _look_up(self) -> None:
        lines = self._draw.choices(self._traffic.lines, k=self._draw.choice((1, 1, 1, 20)))
        self._ask("POST", "/v1/geocode", json={"addresses": [{"address": line} for line in lines]})
        lon, lat = self._point()
        self._ask("POST", "/v1/reverse", json={"places": [{"lon": lon, "lat": lat}]})
        self._ask("GET", "/v1/suggest", params={"q": self._draw.choice("abcdelmnorst")})

    def _tile(self) -> None:
        zoom = self._draw.randint(8, 16)
        lon, lat = self._point()
        x = int((lon / 360 + 0.5) * 2**zoom)
        y = int((0.5 - np.arcsinh(np.tan(np.radians(lat))) / (2 * np.pi)) * 2**zoom)
        self._ask("GET", f"/tiles/streets/{zoom}/{x}/{y}.mvt")

    def _point(self) -> tuple[float, float]:
        west, south, east, north = self._traffic.bounds
        return self._draw.uniform(west, east), self._draw.uniform(south, north)

    def _choice(self) -> dict[str, str]:
        choice = {"band": self._draw.choice(_BANDS), "lang": self._draw.choice(_LANGUAGES)}
        return {name: text for name, text in choice.items() if text}

    def _map(self) -> None:
        self._ask("GET", f"/maps/{self._draw.choice(_MAPS)}", params=self._choice())

    def _layers(self) -> None:
        name = self._draw.choice(_MAPS)
        figure = self._ask("GET", f"/maps/{name}/figure.json", params=self._choice())
        for layer in figure.json().get("layers", []):
            if layer["kind"] != "tiles":
                self._ask("GET", layer["url"])

    def _picture(self) -> None:
        ending = self._draw.choice(("png", "svg", "pdf", "xlsx", "geojson"))
        name = self._draw.choice(_MAPS)
        self._ask("GET", f"/maps/{name}.{ending}", params=self._choice())

    def _embed(self) -> None:
        created = self._ask("POST", "/v1/embeds", json={"map": "zones", **self._choice()})
        if created.status_code != 201:
            return
        link = created.json()
        self._ask("GET", link["url"])
        self._ask("GET", "/oembed", params={"url": link["url"], "format": "json"})
        self._ask("DELETE", f"/v1/embeds/{link['id']}")

    def _lists(self) -> None:
        for path in ("/v1/jobs", "/ogc/collections/riverbend.schools/items", "/metrics", "/readyz"):
            self._ask("GET", path)
        self._ask("GET", "/v1/regions/riverbend/measures/residents")

    def _fault(self) -> None:
        method, path, body = self._draw.choice(_FAULTY)
        self._ask(method, path, content=body, headers={"Content-Type": "application/json"})

    def _job(self) -> None:
        rows = (f'{n},"{line}"' for n, line in enumerate(self._drawn_lines()))
        content = "id,address\n" + "\n".join(rows)
        sent = self._ask("POST", "/v1/jobs", files={"file": ("list.csv", content.encode())})
        if sent.status_code != 202:
            return
        path = sent.headers["Location"]
        ends = time.monotonic() + _LONGEST_JOB_S
        while self._ask("GET", path).json()["state"] in ("queued", "running"):
            if time.monotonic() > ends or self._traffic.over.wait(0.5):
                return
        for ending in self._draw.sample(_FORMATS, k=2):
            self._ask("GET", f"{path}/result", params={"f": ending})
        self._ask("DELETE", path, params={"purge": "true"})

    def _drawn_lines(self) -> list[str]:
        return self._draw.choices(self._traffic.lines, k=_JOB_ROWS)


def main(minutes: int = 30, a_second: int = 20, kept_bytes: int = Limits.max_kept_bytes) -> int:
    """Print the memory; the exit code is 1 where it grows or a request was answered with 500."""
    lines = pl.read_csv(RIVERBEND / "students.csv", infer_schema=False)["address"].to_list()
    with (
        tempfile.TemporaryDirectory() as name,
        RunningService(Path(name) / "home", max_kept_bytes=str(kept_bytes)) as service,
    ):
        about = httpx.get(f"{service.address}/tiles/streets.json").raise_for_status()
        traffic = Traffic(service.address, lines, tuple(about.json()["bounds"]))
        _keep_students(service.address)
        samples = _watched(service, traffic, minutes, a_second)
        settled, log = _settled(service), service.log()
    warm = samples[len(samples) // 3 :]
    full = [sample for sample in warm if sample.kept_mb >= _FULL * kept_bytes / 1e6]
    measured, kept = (full, "with full") if full else (warm, "while filling the")
    slope = _slope(measured)
    spent = measured[-1].minute - measured[0].minute
    print(f"slope {kept} kept answers: {slope:+.2f} MB a minute in {spent:.1f} minutes")
    print(f"calm again: {settled:.0f} MB")
    print(f"answers by status: {json.dumps(dict(sorted(traffic.answers.items())))}")
    print("\n".join(dict.fromkeys(traffic.faults)))
    if traffic.faults:
        print("\n".join(log.splitlines()[-_LOG_LINES:]))
    return int(bool(traffic.faults) or slope > _MOST_LEAKED_MB_A_MINUTE)


def _keep_students(address: str) -> None:
    """Keep the fictional students, so that maps of students are drawn too."""
    fields = {
        "name": "students",
        "owner": "Riverbend",
        "agreement": "A-1",
        "expires": "2099-01-01",
        "address": "address",
        "grade": "grade",
        "school": "school",
        "id": "student_id",
    }
    with (RIVERBEND / "students.csv").open("rb") as stream:
        answer = httpx.post(
            f"{address}/v1/students",
            files={"file": ("students.csv", stream)},
            data=fields,
            timeout=300,
        )
    print(f"students kept: {answer.status_code}", flush=True)


def _watched(
    service: RunningService, traffic: Traffic, minutes: int, a_second: int
) -> list[Sample]:
    """Return the samples; print each."""
    visitors = [Visitor(traffic, number, a_second) for number in range(_THREADS)]
    threads = [threading.Thread(target=visitor.run) for visitor in visitors]
    for thread in threads:
        thread.start()
    begun, samples = time.monotonic(), []
    for number in itertools.count(1):
        time.sleep(max(0.0, begun + number * _SAMPLE_S - time.monotonic()))
        memory = service.own_memory_mb()
        minute = (time.monotonic() - begun) / 60
        kept_mb = _kept_mb(traffic.address)
        samples.append(Sample(minute, sum(memory.values()), kept_mb))
        parts = ", ".join(f"{name} {size:.0f} MB" for name, size in memory.items())
        kept = f"of it {kept_mb:.0f} MB of kept answers"
        print(
            f"{minute:5.1f} min: {parts}, {kept}, {traffic.answers.total():,} answers", flush=True
        )
        if minute >= minutes:
            break
    traffic.over.set()
    for thread in threads:
        thread.join()
    return samples


def _kept_mb(address: str) -> float:
    """Return the size of the answers that the service keeps; it has a limit."""
    figures = httpx.get(f"{address}/metrics").text.splitlines()
    return sum(float(f.split()[1]) for f in figures if f.startswith("geoservice_kept_bytes ")) / 1e6


def _settled(service: RunningService) -> float:
    time.sleep(_SAMPLE_S)
    return sum(service.own_memory_mb().values())


def _slope(samples: list[Sample]) -> float:
    """Return the slope of the straight line through the samples, in MB a minute."""
    minutes = [sample.minute for sample in samples]
    sizes = [sample.memory_mb for sample in samples]
    return float(np.polyfit(minutes, sizes, 1)[0]) if len(samples) > 1 else 0.0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
