"""A real city's list, CSV to CSV with zones: each row an address point with a unit of its own."""

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import polars as pl

from benchmarks.peers.city import city_points, region_folder

SOURCE = Path(__file__).resolve().parents[2] / "shared" / "regions" / "san-francisco"
COMMAND = [sys.executable, "-m", "geoservice.cli.main"]
_UNITS = 99_991


def city_students(path: Path, students: int) -> None:
    """A list of the city's own address points, drawn with replacement, each with a unit."""
    points = city_points(SOURCE).sample(students, seed=1, with_replacement=True)
    unit = (pl.int_range(pl.len()) % _UNITS + 1).alias("unit")
    rows = points.select("number", "street", unit)
    line = pl.format("{} {} APT {}, San Francisco, CA", "number", "street", "unit")
    rows.select(address=line, grade=pl.lit("3")).with_row_index("student_id").write_csv(path)


def main(students: int) -> None:
    """Print one line; where the city's data is not here, a line that says so."""
    if not SOURCE.is_dir():
        print("a city's list with units: skipped, the city's public data is not here")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["GEOSERVICE_HOME"] = str(folder / "home")
        region = region_folder(SOURCE, folder, points=True)
        subprocess.run([*COMMAND, "region", "build", str(region)], check=True, capture_output=True)
        source, target = folder / "students.csv", folder / "out.csv"
        city_students(source, students)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        files = [str(source), "-o", str(target), "--region", str(region), "--grade", "grade"]
        run = subprocess.run(
            [*COMMAND, "geocode", *files], check=True, capture_output=True, text=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    own = next(line for line in run.stderr.splitlines() if "rows/s" in line).rsplit(", ", 1)[1]
    print(
        f"CSV to CSV, {students:,} students of a city, each with a unit: {own} without the start, "
        f"{processor:.1f} s of processor time",
        flush=True,
    )


if __name__ == "__main__":
    main(int(os.environ.get("STUDENTS", "1000000")))
