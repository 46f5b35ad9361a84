"""Public figures of a new list of a synthetic district: 300 zones, three bands, four years.

Seconds.

The first public figure has everything before it: record keys, joining students to schools, hexagons
where the figure needs
them. All measures are computed public and internal, each in a process of its own.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.measures import AREA_GRIDS, BANDS, GRIDS, layers, students
from geoservice.cohort.students import cohort
from geoservice.measures.figures import figures
from geoservice.measures.ground import Ground
from geoservice.measures.registry import MEASURES
from geoservice.reference.snapshot import Reference
from geoservice.region.build import build_snapshot
from geoservice.release.publish import protect_with
from geoservice.release.record_keys import with_record_keys
from geoservice.release.rules import protection_of

ROWS = 400_000
SECRET = b"the secret of a benchmark, 32 by"


def placed(rows: int) -> pl.DataFrame:
    """Students of the four years with ids and homes, as the service keeps them."""
    made = students(rows)
    ids = np.random.default_rng(7).bytes(16 * rows)
    keys = [ids[at : at + 16] for at in range(0, len(ids), 16)]
    return made.with_columns(
        pl.Series("student", keys, dtype=pl.Binary), household=pl.int_range(pl.len()) // 2
    )


def ground_of(listed: pl.DataFrame, reference: Reference, profile: str) -> Ground:
    """What figures of a list are computed from."""
    ready = cohort(with_record_keys(listed, SECRET), reference)
    if profile == "internal":
        return Ground(ready, BANDS)
    protection = protection_of(reference.info)
    return Ground(ready, BANDS, protect_with(protection), protection.counts)


def first(measure: str, unit: str) -> None:
    """Time the first public figure of a new list; prints one line."""
    with tempfile.TemporaryDirectory() as folder:
        build_snapshot(layers(), Path(folder) / "snapshot", "benchmark")
        reference, listed = Reference(Path(folder) / "snapshot"), placed(ROWS)
        start, used = time.perf_counter(), time.process_time()
        table = figures(measure, unit, ground_of(listed, reference, "public"))
        seconds, used = time.perf_counter() - start, time.process_time() - used
    print(
        f"first public figure, {measure} by {unit}, {ROWS:,} students of 4 years: {seconds:.2f} s "
        f"(processor {used:.2f} s), {len(table):,} lines, "
        f"{len(table.filter(status='suppressed')):,} suppressed"
    )


def every(profile: str) -> None:
    """Time all measures by all units of one profile; prints one line."""
    with tempfile.TemporaryDirectory() as folder:
        build_snapshot(layers(), Path(folder) / "snapshot", "benchmark")
        reference, listed = Reference(Path(folder) / "snapshot"), placed(ROWS)
        start, used = time.perf_counter(), time.process_time()
        ground, lines = ground_of(listed, reference, profile), 0
        kinds = (
            [f"area_{one}" for one in AREA_GRIDS] + [f"zone_{one}" for one in GRIDS] + ["school"]
        )
        for unit in kinds:
            for measure in MEASURES.values():
                if unit.partition("_")[0] in measure.by and measure.id != "school_draw":
                    lines += len(figures(measure.id, unit, ground))
        seconds, used = time.perf_counter() - start, time.process_time() - used
    print(f"all measures, {profile}: {seconds:.1f} s (processor {used:.1f} s), {lines:,} lines")


def main() -> None:
    """Each in a process of its own."""
    firsts = (
        ("residents", "area_planning"),
        ("participation", "zone_elementary"),
        ("flows", "area_planning"),
    )
    for arguments in (*firsts, ("public",), ("internal",)):
        subprocess.run([sys.executable, "-m", "benchmarks.release", *arguments], check=True)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        first(*sys.argv[1:3])
    elif len(sys.argv) > 1:
        every(sys.argv[1])
    else:
        main()
