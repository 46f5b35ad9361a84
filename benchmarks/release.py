"""The release of one figure of a synthetic district: 300 zones, three bands; of all four years, or the last; seconds, audit and cost."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from geoservice.measures.publish import Publication
from geoservice.measures.student_lines import Ground

from benchmarks.measures import BANDS, layers, students
from geoservice.cohort.students import cohort
from geoservice.measures.figures import figures
from geoservice.reference.snapshot import Reference
from geoservice.region.build import build_snapshot

FIGURES = (("participation", "zone_elementary", "counts", "all"), ("in_quality", "zone_elementary", "ratings", "last"),
           ("capture", "area_planning", "movement", "last"))  # fmt: skip


def release(measure: str, unit: str, stage: str, years: str, rows: int = 400_000) -> None:
    """Time the release of one figure with all that it rests on, and its audit; prints one line."""
    with tempfile.TemporaryDirectory() as folder:
        build_snapshot(layers(), Path(folder) / "snapshot", "benchmark")
        ready = cohort(students(rows), Reference(Path(folder) / "snapshot"))
        start, used = time.perf_counter(), time.process_time()
        public = Publication(ready, BANDS, 10)
        public = public if years == "all" else public.during(ready.years[-1:])
        lines = figures(measure, unit, Ground(ready, BANDS, ready.labels, 10, public))
        seconds, used = time.perf_counter() - start, time.process_time() - used
        made = public.plan(stage)
    hidden = lines.filter(status="hidden")
    print(f"release of {measure} by {unit}, {rows:,} students of 4 years, {years} asked for: {seconds:.1f} s (processor {used:.1f} s), "
          f"{len(lines):,} lines, {len(hidden):,} hidden, audit {'holds' if made.holds else 'fails'}")  # fmt: skip


def main() -> None:
    """Each figure in a process of its own."""
    for figure in FIGURES:
        subprocess.run([sys.executable, "-m", "benchmarks.release", *figure], check=True)


if __name__ == "__main__":
    release(*sys.argv[1:5]) if len(sys.argv) > 4 else main()
