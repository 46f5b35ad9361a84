"""Runs all benchmarks on the fictional district and prints one line for each."""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import numpy as np
import polars as pl

from benchmarks import large, measures
from geoservice import Region
from geoservice.demo.generate import generate_students
from geoservice.service.geocoding import geocode_addresses

REGION = Path(__file__).resolve().parents[1] / "shapefiles" / "riverbend"
COMMAND = [sys.executable, "-m", "geoservice.cli.main"]


def clean_students(path: Path, students: int) -> None:
    """A list of the district's own address points as addresses without a fault."""
    points = pl.concat(
        [pl.read_csv(one, infer_schema=False) for one in sorted(REGION.glob("addresses_*.csv"))]
    )
    drawn = np.random.default_rng(7).integers(0, len(points), students)
    line = pl.format("{} {}, {}, IA {}", "number", "street", "city", "zip")
    table = points[drawn].select(address=line).with_row_index("student_id")
    grade = (pl.col("student_id") % 12 + 1).cast(pl.String)
    table.with_columns(grade=grade).write_csv(path)


def bulk(folder: Path, students: int, kind: str) -> None:
    source = folder / f"{kind}.csv"
    (generate_students if kind == "damaged" else clean_students)(source, students)
    subprocess.run([*COMMAND, "region", "build", str(REGION)], check=True, capture_output=True)
    start = time.perf_counter()
    subprocess.run(
        [*COMMAND, "geocode", str(source), "-o", str(folder / "out.csv"), "--region", str(REGION),
         "--grade", "grade"], check=True, capture_output=True)  # fmt: skip
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
    print(f"CSV to CSV, {students:,} students, {kind}: {seconds:.1f} s, {students / seconds:,.0f} rows/s, "
          f"peak {peak:.2f} GB")  # fmt: skip


def in_process(addresses: int = 400) -> None:
    reference = Region.open(REGION).reference
    times = []
    for number in range(addresses + 50):
        given = [{"address": f"{number * 10 + 104} N 5th Ave, Riverbend", "grade": "3"}]
        start = time.perf_counter()
        geocode_addresses(given, reference)
        times.append((time.perf_counter() - start) * 1000)
    times = sorted(times[50:])
    print(f"one address in process: median {statistics.median(times):.1f} ms, "
          f"p99 {times[int(addresses * 0.99)]:.1f} ms")  # fmt: skip


def http(requests: int = 200) -> None:
    command = [*COMMAND, "serve", "--region", str(REGION), "--port", "0", "--no-token"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        line = ""
        while "Ready at" not in line:
            line = server.stderr.readline()
        with httpx.Client(base_url=line.split()[-1]) as client:
            client.get("/readyz").raise_for_status()
            time.sleep(3)  # the service warms up beside its first answers
            start = time.perf_counter()
            client.get("/maps/ratings").raise_for_status()
            print(f"ratings page, first: {(time.perf_counter() - start) * 1000:.0f} ms")
            times = []
            for number in range(requests):
                body = {
                    "addresses": [
                        {"address": f"{number * 20 + 104} N 5th Ave, Riverbend", "grade": "3"}
                    ]
                }
                start = time.perf_counter()
                client.post("/v1/geocode", json=body).raise_for_status()
                times.append((time.perf_counter() - start) * 1000)
            print(f"one address over HTTP: median {statistics.median(times):.1f} ms, "
                  f"p99 {sorted(times)[int(requests * 0.99)]:.1f} ms")  # fmt: skip
    finally:
        server.terminate()
        server.wait()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GEOSERVICE_HOME"] = f"{folder}/home"
        for kind in ("clean", "damaged"):
            bulk(Path(folder), int(os.environ.get("STUDENTS", "1000000")), kind)
        in_process()
        http()
    large.main()
    measures.main()


if __name__ == "__main__":
    main()
