"""Runs all benchmarks on the fictional district and prints one line for each.

``STUDENTS`` is the length of the lists, a million unless said otherwise; one list is ten times as
long.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import polars as pl

from benchmarks import city, large, measures, pages, planning, release, serving, stages
from benchmarks.lists import clean_students, damaged_students
from geoservice import Region
from geoservice.demo.generate import generate_students
from geoservice.service.geocoding import geocode_addresses
from geoservice.service.lookups import reverse_file, reverse_points

REGION = Path(__file__).resolve().parents[1] / "shapefiles" / "riverbend"
COMMAND = [sys.executable, "-m", "geoservice.cli.main"]
LISTS: dict[str, Callable[[Path, int], None]] = {
    "clean": lambda path, rows: clean_students(REGION, path, rows),
    "as typed": generate_students,
    "a fifth damaged": lambda path, rows: damaged_students(REGION, path, rows),
}


def bulk(folder: Path, students: int, kind: str) -> None:
    """CSV to CSV: the whole command, and without the second or so that a process takes to start."""
    source = folder / "students.csv"
    LISTS[kind](source, students)
    start = time.perf_counter()
    run = subprocess.run(
        [
            *COMMAND,
            "geocode",
            str(source),
            "-o",
            str(folder / "out.csv"),
            "--region",
            str(REGION),
            "--grade",
            "grade",
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    seconds = time.perf_counter() - start
    own = next(line for line in run.stderr.splitlines() if "rows/s" in line).rsplit(", ", 1)[1]
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
    print(
        f"CSV to CSV, {students:,} students, {kind}: {seconds:.1f} s, {students / seconds:,.0f} rows/s, "
        f"{own} without the start, peak so far {peak:.2f} GB",
        flush=True,
    )


def profiled(folder: Path, students: int) -> None:
    """Where the time goes, by stage."""
    for kind in ("clean", "a fifth damaged"):
        LISTS[kind](folder / "students.csv", students)
        print(f"by stage, {students:,} students, {kind}:")
        stages.main(folder / "students.csv", folder, REGION)


def reversed_places(folder: Path, places: int) -> None:
    """The nearest address, zones and areas of places 20 m off the district's address points."""
    points = pl.read_csv(REGION / "addresses_1.csv", columns=["lon", "lat"])
    frame = points.sample(places, seed=5, with_replacement=True).with_columns(
        pl.col("lat") + 0.00018
    )
    frame.write_csv(folder / "places.csv")
    reference = Region.open(REGION).reference
    reverse_points([(frame["lon"][0], frame["lat"][0])], reference)
    start = time.perf_counter()
    reverse_file(folder / "places.csv", folder / "reversed.csv", ("lon", "lat"), reference)
    seconds = time.perf_counter() - start
    print(
        f"reverse, {places:,} places, CSV to CSV with zones and areas: {places / seconds:,.0f} places/s"
    )


def in_process(addresses: int = 1_000) -> None:
    reference = Region.open(REGION).reference
    times = []
    for line in _lines(addresses + 50):
        start = time.perf_counter()
        geocode_addresses([{"address": line, "grade": "3"}], reference)
        times.append((time.perf_counter() - start) * 1000)
    print(f"one address in process: {_quantiles(times[50:])}")


def http(requests: int = 500) -> None:
    """One client, one request after the other, on loopback."""
    command = [*COMMAND, "serve", "--region", str(REGION), "--port", "0", "--no-token"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        line = ""
        while "Ready at" not in line:
            line = server.stderr.readline()
        with httpx.Client(base_url=line.split()[-1]) as client:
            client.get("/healthz").raise_for_status()
            time.sleep(3)  # the service warms up beside its first answers
            print(f"ratings page, first: {_timed(lambda: client.get('/maps/ratings')):.0f} ms")
            bodies = [{"addresses": [{"address": one, "grade": "3"}]} for one in _lines(requests)]
            times = [_timed(lambda: client.post("/v1/geocode", json=one)) for one in bodies]  # noqa: B023
            print(f"one address over HTTP: {_quantiles(times)}")
            typed = ["riv", "oak", "mid", "el", "school n", "north", "high"] * (requests // 7)
            times = [_timed(lambda: client.get("/v1/suggest", params={"q": one})) for one in typed]  # noqa: B023
            print(f"suggestions over HTTP: {_quantiles(times)}")
    finally:
        server.terminate()
        server.wait()


def _lines(addresses: int) -> list[str]:
    points = pl.read_csv(REGION / "addresses_1.csv", infer_schema=False).sample(addresses, seed=3)
    line = pl.format("{} {}, {}", "number", "street", "city")
    return points.select(line).to_series().to_list()


def _timed(ask: Callable[[], httpx.Response]) -> float:
    """Milliseconds until the whole answer is there."""
    start = time.perf_counter()
    ask().raise_for_status()
    return (time.perf_counter() - start) * 1000


def _quantiles(times_ms: list[float]) -> str:
    ordered = sorted(times_ms)
    return f"median {statistics.median(ordered):.1f} ms, p99 {ordered[int(len(ordered) * 0.99)]:.1f} ms"


def main() -> None:
    students = int(os.environ.get("STUDENTS", "1000000"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["GEOSERVICE_HOME"] = str(folder / "home")
        subprocess.run([*COMMAND, "region", "build", str(REGION)], check=True, capture_output=True)
        for kind in LISTS:
            bulk(folder, students, kind)
        bulk(folder, 10 * students, "clean")
        profiled(folder, students)
        reversed_places(folder, min(students, 200_000))
        in_process()
        http()
    city.main(students)
    large.main()
    measures.main()
    release.main()
    planning.main()
    serving.main()
    pages.main()


if __name__ == "__main__":
    main()
