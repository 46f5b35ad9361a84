"""Look-ups while jobs run: ``python -m benchmarks.beside_jobs [ROWS] [SECONDS]``.

One job of 5,000,000 rows runs; five keys send twenty jobs of 10,000 rows at once. Meanwhile a client
looks 50 addresses up a second. Printed are: the latency of the look-ups, waiting and end of the short
jobs, rows that are missing or of another key, and the memory of service and workers together.
"""

import csv
import http.client
import io
import itertools
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import polars as pl

from benchmarks.processes import RIVERBEND, RunningService

_KEYS, _SHORT_JOBS, _SHORT_ROWS = 5, 20, 10_000
_LOOKUPS_A_SECOND, _LINES = 50, 5
_CALM_S, _POLL_S = 5, 1.0
_LOOKUPS_BEGIN_S = 3.0
_LONGEST_JOB_S = 280.0
_PART_BYTES = 1 << 20


@dataclass(frozen=True)
class Load:
    """The long list, and how long look-ups go on beside it."""

    students: Path
    seconds: int


@dataclass(frozen=True)
class Sent:
    """A short job: its client, its content, where it is and when it was sent."""

    client: httpx.Client
    content: str
    location: str
    sent_s: float


@dataclass(frozen=True)
class Ended:
    """When a short job was first worked on and done, in seconds from its upload, and its state."""

    job: Sent
    waited_s: float
    done_s: float
    state: str


def main(rows: int = 5_000_000, seconds: int = 150) -> int:
    """Print the figures; the exit code is 1 where a job failed or has the wrong rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        students = folder / "long.csv"
        with students.open("w") as stream:
            stream.writelines(_lines(rows, "Longx"))
        service = RunningService(folder / "home", "--require-key")
        keys = [service.key(f"school {number}") for number in range(_KEYS)]
        asking = service.key("look-ups")
        with service:
            clients = [_client(service.address, key) for key in keys]
            return _measured(service, clients, asking, Load(students, seconds))


def _measured(service: RunningService, clients: list[httpx.Client], asking: str, load: Load) -> int:
    time.sleep(_CALM_S)  # The service warms up beside its first answers.
    print("alone: " + _told(_lookups(service, asking, 2 * _CALM_S)), flush=True)
    while_sent = _lookups(service, asking, 2 * _CALM_S)
    time.sleep(_LOOKUPS_BEGIN_S)
    long_job = _begun(clients[0], load.students)
    print("while it was sent and split: " + _told(while_sent), flush=True)
    with _memory(service) as samples:
        beside = _lookups(service, asking, load.seconds)
        time.sleep(_CALM_S)
        print(f"the long job had {_done(clients[0], long_job):,} rows done", flush=True)
        ended = _short_jobs(clients)
        is_long_open = clients[0].get(long_job).json()["state"] == "running"
        done = _done(clients[0], long_job)
        print("beside the jobs: " + _told(beside), flush=True)
    print(_fairness(ended, is_long_open, done))
    print(_of_memory(samples), flush=True)
    faults = [fault for job in ended if (fault := _fault_of(job))]
    print("\n".join(faults))
    return int(bool(faults))


def _client(address: str, key: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.Client(base_url=address, headers=headers, timeout=120)


def _lines(rows: int, mark: str) -> Iterator[str]:
    """Yield a list of students; the mark in each name tells whose list it is."""
    yield "student_id,name,address,grade\n"
    for row in range(rows):
        number, name = 100 + row % 900, f"{mark}{row}"
        yield f'{row:08d},{name},"{number} 2nd ave, northfield",{row % 9}\n'


def _begun(client: httpx.Client, students: Path) -> str:
    """Send the long list; return where its job is as soon as rows are done."""
    begun = time.monotonic()
    with students.open("rb") as stream:
        answer = client.post("/v1/jobs", files={"file": ("long.csv", stream)})
    location = answer.raise_for_status().headers["Location"]
    accepted = time.monotonic()
    while not _done(client, location):
        time.sleep(0.2)
    waited = time.monotonic() - accepted
    print(f"long job: accepted in {accepted - begun:.1f} s, rows done {waited:.1f} s later")
    return str(location)


def _done(client: httpx.Client, location: str) -> int:
    return int(client.get(location).json()["done"])


def _lookups(service: RunningService, key: str, seconds: int) -> subprocess.Popen[str]:
    """Start a process of look-ups, so that this process does not slow them."""
    line = [sys.executable, "-m", "benchmarks.beside_jobs", "look-ups"]
    return subprocess.Popen(
        [*line, service.address, key, str(seconds)], stdout=subprocess.PIPE, text=True
    )


def _told(process: subprocess.Popen[str]) -> str:
    return process.communicate()[0].strip()


def _short_jobs(clients: list[httpx.Client]) -> list[Ended]:
    """Send the short jobs at once, one thread each, and watch them to their end."""
    contents = [
        "".join(_lines(_SHORT_ROWS, f"Key{number % _KEYS}job{number}x"))
        for number in range(_SHORT_JOBS)
    ]
    with ThreadPoolExecutor(_SHORT_JOBS) as threads:
        return list(threads.map(_short_job, itertools.cycle(clients), contents))


def _short_job(client: httpx.Client, content: str) -> Ended:
    sent = time.monotonic()
    answer = client.post("/v1/jobs", files={"file": ("short.csv", content.encode())})
    return _watched(Sent(client, content, answer.raise_for_status().headers["Location"], sent))


def _watched(job: Sent) -> Ended:
    waited = -1.0
    while True:
        state = job.client.get(job.location).json()["state"]
        spent = time.monotonic() - job.sent_s
        if state != "queued" and waited < 0:
            waited = spent
        if state in ("done", "failed") or spent > _LONGEST_JOB_S:
            return Ended(job, waited, spent, state)
        time.sleep(_POLL_S)


def _fault_of(ended: Ended) -> str:
    """Return what is wrong with a result; it must have the rows that were sent, and no other."""
    job = ended.job
    if ended.state != "done":
        return f"{job.location}: {ended.state} after {ended.done_s:.0f} s"
    text = job.client.get(f"{job.location}/result").raise_for_status().text
    is_own = _identities(text) == _identities(job.content)
    return "" if is_own else f"{job.location}: rows differ from those sent"


def _identities(text: str) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in csv.reader(io.StringIO(text))]


def _fairness(ended: list[Ended], is_long_open: bool, done: int) -> str:
    waits, ends = (
        sorted(values) for values in zip(*((e.waited_s, e.done_s) for e in ended), strict=True)
    )
    beside = "while the long job ran" if is_long_open else "after the long job"
    return (
        f"{len(ended)} jobs of {_SHORT_ROWS:,} rows by {_KEYS} keys: begun after {waits[0]:.1f} to "
        f"{waits[-1]:.1f} s, done after {ends[0]:.1f} to {ends[-1]:.1f} s (median "
        f"{ends[len(ends) // 2]:.1f} s), {beside} ({done:,} of its rows done)"
    )


@contextmanager
def _memory(service: RunningService) -> Iterator[list[dict[str, float]]]:
    """Sample the memory every other second."""
    samples: list[dict[str, float]] = []
    over = threading.Event()

    def sample() -> None:
        while not over.wait(2.0):
            samples.append(service.memory_mb())

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield samples
    finally:
        over.set()
        thread.join()


def _of_memory(samples: list[dict[str, float]]) -> str:
    together = [sum(sample.values()) for sample in samples]
    parts = ", ".join(f"{name} {max(s[name] for s in samples):.0f}" for name in samples[0])
    return f"memory (PSS): at most {max(together):.0f} MB together; at most: {parts} MB"


def look_up_steadily(address: str, key: str, seconds: int) -> str:
    """Look addresses up at a steady rate; latency counts from when each look-up was due."""
    addresses = pl.read_csv(RIVERBEND / "students.csv", infer_schema=False)["address"].to_list()
    times_ms: list[float] = []
    refused: list[int] = []
    begun = time.perf_counter() + 0.5

    def ask(line: int) -> None:
        connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=60)
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        for turn in range(line, seconds * _LOOKUPS_A_SECOND, _LINES):
            due = begun + turn / _LOOKUPS_A_SECOND
            time.sleep(max(0.0, due - time.perf_counter()))
            body = json.dumps({"addresses": [{"address": addresses[turn % len(addresses)]}]})
            connection.request("POST", "/v1/geocode", body, headers)
            answer = connection.getresponse()
            answer.read()
            times_ms.append((time.perf_counter() - due) * 1e3)
            if answer.status != 200:
                refused.append(answer.status)

    threads = [threading.Thread(target=ask, args=(line,)) for line in range(_LINES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times_ms.sort()
    p50, p95, p99 = (times_ms[int(len(times_ms) * share)] for share in (0.5, 0.95, 0.99))
    return (
        f"{len(times_ms):,} look-ups, {_LOOKUPS_A_SECOND}/s: p50 {p50:.1f}, p95 {p95:.1f}, "
        f"p99 {p99:.1f}, max {times_ms[-1]:.1f} ms, {len(refused)} not answered with 200"
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["look-ups"]:
        print(look_up_steadily(sys.argv[2], sys.argv[3], int(sys.argv[4])))
    else:
        sys.exit(main(*map(int, sys.argv[1:])))
