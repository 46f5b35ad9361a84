"""Strikes batch jobs at random points: ``python -m benchmarks.kill_points [--store] [POINTS] [ROWS] [MINUTES]``.

Each point kills a part of the system (`benchmarks.kill_system`) with SIGKILL while a job is open,
or fills its disk, or sets its clock back, then lets it go on. Every job must end with every row
once, in order, as the same bytes as without, and leave no file of a dead process. With ``--store``
the files of jobs are in an object store, which the benchmark starts, and no folder is shared; an
object of no job may then not outlive the sweep.
"""

import argparse
import csv
import hashlib
import io
import os
import random
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from benchmarks.kill_system import System
from benchmarks.s3_server import KEYS, S3Server
from geoservice.model.settings import Settings
from geoservice.service.job_store import job_folders
from geoservice.state.database import connect
from geoservice.state.ledger import Ledger

_SEED = 7
_LONGEST_WAIT_S = 2.0
_LONGEST_ABSENCE_S = 1.0
_LONGEST_JOB_S = 900.0
_POINTS_A_JOB = 10
"""More would strike faster than a job recovers: each wait after a fault is twice the last."""
_SWEPT_WITHIN_S = 45.0
_DISK_BYTES_A_ROW = 700


@dataclass
class Outcome:
    """What a run of points saw."""

    rows: int
    points: Counter[str] = field(default_factory=Counter)
    jobs: int = 0
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    """Why jobs waited, by the polls that saw it."""

    def text(self, absent: dict[str, str]) -> str:
        """One line of the figures, and a line for each fault."""
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(self.points.items()))
        line = (
            f"{self.points.total()} points over {self.jobs} jobs of {self.rows:,} rows "
            f"in {self.seconds:.0f} s ({kinds}): {len(self.faults)} faults"
        )
        return "\n".join(
            [
                line,
                *self.faults,
                *self.notes,
                *(f"waited: {reason} ({count} polls)" for reason, count in self.reasons.items()),
                *(f"not struck: {kind}: {why}" for kind, why in absent.items()),
            ]
        )


def main(points: int, rows: int, minutes: int, *, with_store: bool = False) -> int:
    """Print the points, the jobs and the faults; the exit code is 1 where there is one."""
    disk_mb = 100 + rows * _DISK_BYTES_A_ROW // 1_000_000
    store = S3Server() if with_store else None
    try:
        system = System(max(200, rows // 200), disk_mb, store)
        try:
            outcome = strike(system, points, rows, minutes * 60.0)
            print(outcome.text(system.absent), flush=True)
        finally:
            system.close()
    finally:
        if store is not None:
            store.close()
    return int(bool(outcome.faults) or outcome.points.total() < points)


def strike(system: System, points: int, rows: int, seconds: float) -> Outcome:
    """Run jobs, and strike each at random points, until there were so many or the time is over."""
    outcome, draw = Outcome(rows), random.Random(_SEED)
    content, begun = _students(rows), time.monotonic()
    wanted = _run(system, content, [], draw, outcome)
    kinds = _drawn(sorted(system.strikes), points, draw)
    while kinds and time.monotonic() - begun < seconds:
        of_job, kinds = kinds[:_POINTS_A_JOB], kinds[_POINTS_A_JOB:]
        result = _run(system, content, of_job, draw, outcome)
        kinds += of_job  # Points that came after its end are for the next job.
        outcome.jobs += 1
        print(f"job {outcome.jobs}, {outcome.points.total()} points", file=sys.stderr, flush=True)
        if result != wanted:
            outcome.faults.append(f"job {outcome.jobs}: {result} instead of {wanted}")
    outcome.seconds = time.monotonic() - begun
    if system.store is not None:
        _look_at_store(system, system.store, outcome)
    return outcome


def _look_at_store(system: System, store: S3Server, outcome: Outcome) -> None:
    """Sweep the objects of no job as a worker does, in two looks; what remains is a fault."""
    os.environ.update(KEYS)
    settings = Settings.read(system.environ)
    engine = connect(settings.database_url)
    folders, ledger = job_folders(settings, engine), Ledger(engine)
    swept = sum(folders.sweep_objects(ledger) for _ in range(2))
    engine.dispose()
    outcome.notes.append(f"{swept} objects of no job swept")
    # A name that ends with a slash is an empty folder.
    names = [name for name in store.names("jobs") if "/jobs-" in name and name[-1] != "/"]
    remain = names + store.unfinished()
    if remain:
        outcome.faults.append(f"objects of no job: {remain}")


def _drawn(names: list[str], points: int, draw: random.Random) -> list[str]:
    """So many kinds in random order, each about as often."""
    kinds = [names[number % len(names)] for number in range(points)]
    draw.shuffle(kinds)
    return kinds


def _run(
    system: System, content: bytes, kinds: list[str], draw: random.Random, outcome: Outcome
) -> str:
    """What became of a job: SHA-256 of its result where it has every row once and in order."""
    files = {"file": ("students.csv", content)}
    with httpx.Client(timeout=120) as client:
        sent = client.post(f"{system.address}/v1/jobs", files=files).raise_for_status()
        location = sent.headers["Location"]
        ends = time.monotonic() + _LONGEST_JOB_S
        while (job := _job(client, system, location))["state"] in ("queued", "running"):
            if time.monotonic() > ends:
                return f"open after {_LONGEST_JOB_S:.0f} s ({job['error']})"
            outcome.reasons.update([job["error"]] if job["error"] else [])
            if kinds:
                time.sleep(draw.uniform(0.0, _LONGEST_WAIT_S))
                _strike(client, system, location, kinds, draw, outcome)
            else:
                time.sleep(0.2)
        if job["state"] != "done":
            client.delete(f"{system.address}{location}?purge=true").raise_for_status()
            return f"{job['state']} ({job['code']}: {job['error']})"
        result = client.get(f"{system.address}{location}/result").raise_for_status().content
        left = _left(system)
        client.delete(f"{system.address}{location}?purge=true").raise_for_status()
    if left:
        outcome.faults.append(f"job {outcome.jobs + 1}: files of dead processes: {left}")
    return _judged(result, content)


def _strike(
    client: httpx.Client,
    system: System,
    location: str,
    kinds: list[str],
    draw: random.Random,
    outcome: Outcome,
) -> None:
    """One point, where the job is still open."""
    if _job(client, system, location)["state"] not in ("queued", "running"):
        return
    kind = kinds.pop()
    system.strikes[kind](draw.uniform(0.0, _LONGEST_ABSENCE_S))
    outcome.points[kind] += 1


def _job(client: httpx.Client, system: System, location: str) -> dict[str, Any]:
    """A job as the service tells it, through what is struck just now."""
    ends = time.monotonic() + _SWEPT_WITHIN_S
    while time.monotonic() < ends:
        with suppress(httpx.HTTPError):
            answer = client.get(f"{system.address}{location}", timeout=20)
            if answer.status_code == 200:
                told: dict[str, Any] = answer.json()
                return told
        time.sleep(0.1)
    raise SystemExit("the service does not answer")


def _left(system: System) -> list[str]:
    """Files of dead processes that are still there when workers have had time to sweep."""
    ends = time.monotonic() + _SWEPT_WITHIN_S
    while (left := system.left()) and time.monotonic() < ends:
        time.sleep(0.5)
    return left


def _judged(result: bytes, content: bytes) -> str:
    ids, wanted = _ids(result), _ids(content)
    if ids != wanted:
        return f"{len(ids):,} rows, {len(set(ids)):,} of them different"
    return hashlib.sha256(result).hexdigest()


def _ids(content: bytes) -> list[bytes]:
    return [line.partition(b",")[0] for line in content.splitlines()]


def _students(rows: int) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["student_id", "address", "grade"])
    for row in range(rows):
        writer.writerow([f"{row:08d}", f"{100 + row % 900} 2nd ave, northfield", row % 9])
    return stream.getvalue().encode()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kill_points")
    parser.add_argument("points", type=int, nargs="?", default=100)
    parser.add_argument("rows", type=int, nargs="?", default=1_000_000)
    parser.add_argument("minutes", type=int, nargs="?", default=35)
    parser.add_argument("--store", action="store_true", help="files of jobs in an object store")
    return parser.parse_args()


if __name__ == "__main__":
    told = _arguments()
    sys.exit(main(told.points, told.rows, told.minutes, with_store=told.store))
