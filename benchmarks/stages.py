"""Where the time of a run from CSV to CSV goes, stage by stage, beside what a columnar pipeline can do."""

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from geoservice import Region
from geoservice.address.templates import AddressReader
from geoservice.geocode import choose, compose, geocoder, tiers
from geoservice.geocode.queries import Asker
from geoservice.placing import pipeline
from geoservice.placing.options import PlaceOptions
from geoservice.service import geocoding
from geoservice.service.geocode_task import GeocodeTask
from geoservice.tables.reading import Table
from geoservice.tables.writing import TableWriter

REST = "the rest"
STAGES: tuple[tuple[str, Any, str, int], ...] = (
    ("read CSV", Table, "chunks", 7_300_000),
    ("read addresses", AddressReader, "read", 1_450_000),
    ("resolve streets and towns", Asker, "ask", 6_500_000),
    ("look up points", tiers, "point_hits", 2_260_000),
    ("look up ranges", tiers, "range_hits", 2_260_000),
    ("choose", tiers, "choose", 0),
    ("place along streets", choose, "locate", 1_220_000),
    ("compose results", geocoder, "compose", 0),
    ("texts of results", compose, "result_texts", 0),
    ("zones", pipeline, "in_zones", 2_060_000),
    ("areas", pipeline, "in_areas", 2_060_000),
    ("schools of right", pipeline, "school_columns", 0),
    ("write CSV", TableWriter, "write", 5_300_000),
)
"""Stage, where its function lives, and the rows a second that GEOCODING.md measured for such a step; 0 for none."""


class Clock:
    """Time spent in each stage, less what its inner stages took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._inside: list[str] = [REST]
        self._since = time.perf_counter()

    def switch(self) -> None:
        """Book the time until now on the stage that runs."""
        now = time.perf_counter()
        self.seconds[self._inside[-1]] += now - self._since
        self._since = now

    def enter(self, stage: str) -> None:
        """Begin a stage."""
        self.switch()
        self._inside.append(stage)

    def leave(self) -> None:
        """End the stage that runs."""
        self.switch()
        self._inside.pop()

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, booked on the stage; of a generator each step."""

        def run(*args: Any, **named: Any) -> Any:
            self.enter(stage)
            try:
                found = function(*args, **named)
            finally:
                self.leave()
            return self._steps(stage, found) if isinstance(found, Iterator) else found

        return run

    def _steps(self, stage: str, steps: Iterator[Any]) -> Iterator[Any]:
        while True:
            self.enter(stage)
            try:
                step = next(steps, None)
            finally:
                self.leave()
            if step is None:
                return
            yield step


def profile(source: Path, target: Path, region: Region, options: PlaceOptions) -> tuple[Clock, int]:
    """Geocode a file with a clock at every stage; the clock and the number of rows."""
    kept = [(owner, name, getattr(owner, name)) for _, owner, name, _ in STAGES]
    clock = Clock()
    for (stage, owner, name, _), (_, _, function) in zip(STAGES, kept, strict=True):
        setattr(owner, name, clock.timed(stage, function))
    try:
        run = geocoding.geocode_file(GeocodeTask(source, target, options), region.reference)
    finally:
        for owner, name, function in kept:
            setattr(owner, name, function)
    clock.switch()
    return clock, run.summary.rows


def report(clock: Clock, rows: int) -> None:
    """Print each stage: seconds, share, rows a second, and the limit."""
    whole = sum(clock.seconds.values())
    limits = {stage: limit for stage, _, _, limit in STAGES}
    for stage in [*limits, REST]:
        seconds = clock.seconds[stage]
        limit = f", limit {limits[stage]:,}" if limits.get(stage) else ""
        print(
            f"  {stage:26} {seconds:6.2f} s {100 * seconds / whole:5.1f}% "
            f"{rows / max(seconds, 1e-9):13,.0f} rows/s{limit}"
        )
    print(f"  {'all':26} {whole:6.2f} s 100.0% {rows / whole:13,.0f} rows/s")


def main(source: Path, folder: Path, region: Path) -> None:
    """Profile one file, by stage."""
    opened = Region.open(region)
    clock, rows = profile(source, folder / "profiled.csv", opened, PlaceOptions(grade="grade"))
    report(clock, rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
