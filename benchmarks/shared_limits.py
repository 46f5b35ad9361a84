"""Look-ups with shared limits: ``python -m benchmarks.shared_limits URL [SECONDS]``.

One service has its state in SQLite and is alone. Two others have their state in the PostgreSQL
database of the URL and share their limits. A client with a key looks the same address up at each in
turn, so that other work on the machine slows all alike. Printed is the latency at each.
"""

import http.client
import itertools
import json
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import polars as pl

from benchmarks.processes import RIVERBEND, RunningService

_ROUNDS_A_SECOND = 25
_WARM_UP = 100
_ALONE = ("--require-key", "--workers", "0")


def main(url: str, seconds: int = 30) -> int:
    """Print the latencies; the exit code is 1 where a look-up was not answered with 200."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as services:
        alone = RunningService(Path(name) / "alone", *_ALONE)
        sharing = [
            RunningService(Path(name) / "shared", *_ALONE, database=url),
            RunningService(Path(name) / "shared", *_ALONE, database=url),
        ]
        keys = [alone.key("look-ups"), *[sharing[0].key("look-ups")] * len(sharing)]
        running = [services.enter_context(service) for service in (alone, *sharing)]
        asked = [Asked(service.address, key) for service, key in zip(running, keys, strict=True)]
        _ask_in_turn(asked, seconds)
    for place, one in zip(
        ("SQLite", "PostgreSQL, first", "PostgreSQL, second"), asked, strict=True
    ):
        print(f"{place}: {one.told()}")
    return int(any(one.refused for one in asked))


class Asked:
    """A service that is asked, and the times of its answers."""

    def __init__(self, address: str, key: str) -> None:
        self._connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=60)
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._times_ms: list[float] = []
        self.refused = 0

    def look_up(self, line: str) -> None:
        """Look an address up and note the time."""
        begun = time.perf_counter()
        body = json.dumps({"addresses": [{"address": line}]})
        self._connection.request("POST", "/v1/geocode", body, self._headers)
        answer = self._connection.getresponse()
        answer.read()
        self._times_ms.append((time.perf_counter() - begun) * 1e3)
        self.refused += answer.status != http.client.OK

    def told(self) -> str:
        """Return the latency after the first look-ups."""
        times = sorted(self._times_ms[_WARM_UP:])
        p50, p95, p99 = (times[int(len(times) * share)] for share in (0.5, 0.95, 0.99))
        return (
            f"{len(times):,} look-ups, p50 {p50:.1f}, p95 {p95:.1f}, p99 {p99:.1f} ms, "
            f"{self.refused} not answered with 200"
        )


def _ask_in_turn(asked: list[Asked], seconds: int) -> None:
    lines = pl.read_csv(RIVERBEND / "students.csv", infer_schema=False)["address"].to_list()
    begun = time.perf_counter()
    rounds = seconds * _ROUNDS_A_SECOND + _WARM_UP
    for number, line in zip(range(rounds), itertools.cycle(lines), strict=False):
        time.sleep(max(0.0, begun + number / _ROUNDS_A_SECOND - time.perf_counter()))
        for one in asked[number % len(asked) :] + asked[: number % len(asked)]:
            one.look_up(line)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(int, sys.argv[2:])))
