"""Three times the capacity, then SIGTERM: ``python -m benchmarks.overload [CLIENTS] [SECONDS]``.

The service runs forty requests at a time and lets 160 wait: 600 clients are three times both. Printed
are the answers by status, whether each refusal says when to come back, how soon a look-up is answered
after the load, and how long the end by SIGTERM takes while a job and look-ups run.
"""

import http.client
import json
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.processes import RunningService

_ROWS, _JOB_ROWS = 100, 400_000
_RECOVERED_MS, _LONGEST_RECOVERY_S = 100.0, 60.0
_MOST_RECOVERY_S, _MOST_END_S = 5.0, 10.0
_REFUSALS = (429, 503)
_TOO_SOON_S = 0.2
_HEADERS = {"Content-Type": "application/json"}


@dataclass
class Answers:
    """The answers by status, refusals without `Retry-After`, and times of those with 200."""

    statuses: Counter[str] = field(default_factory=Counter)
    without_wait: int = 0
    times_ms: list[float] = field(default_factory=list)


def main(clients: int = 600, seconds: int = 20) -> int:
    """Print the figures; the exit code is 1 where one is beyond its limit."""
    with tempfile.TemporaryDirectory() as name:
        service = RunningService(Path(name) / "home", chunk_rows="10000")
        with service:
            host = service.address.removeprefix("http://")
            _ask(http.client.HTTPConnection(host), _body(1))
            answers = _crowd(host, clients, seconds)
            recovered_s = _recovery(host)
            ended_s, held = _end(service, host)
    times = sorted(answers.times_ms)
    print(
        f"{clients} clients for {seconds} s, {_ROWS} addresses a request: "
        f"{json.dumps(dict(sorted(answers.statuses.items())))}, {answers.without_wait} refusals "
        f"without Retry-After; of those answered p50 {times[len(times) // 2]:.0f} ms, p99 "
        f"{times[int(len(times) * 0.99)]:.0f} ms; recovered after {recovered_s:.2f} s"
    )
    print(f"SIGTERM beside a job and look-ups: ended after {ended_s:.2f} s, {held} parts held")
    is_bad = answers.without_wait or set(answers.statuses) - {"200", "429", "503", "closed"}
    return int(bool(is_bad or held) or recovered_s > _MOST_RECOVERY_S or ended_s > _MOST_END_S)


def _body(rows: int) -> str:
    lines = [{"address": f"{100 + row} 2nd ave, northfield"} for row in range(rows)]
    return json.dumps({"addresses": lines})


def _ask(connection: http.client.HTTPConnection, body: str) -> http.client.HTTPResponse:
    connection.request("POST", "/v1/geocode", body, _HEADERS)
    answer = connection.getresponse()
    answer.read()
    return answer


def _crowd(host: str, clients: int, seconds: float) -> Answers:
    """Let many clients ask without a pause; a refused client asks again much too soon."""
    answers, body, lock = Answers(), _body(_ROWS), threading.Lock()
    ends = time.monotonic() + seconds

    def ask() -> None:
        connection = http.client.HTTPConnection(host, timeout=60)
        while (begun := time.monotonic()) < ends:
            try:
                answer = _ask(connection, body)
            except (OSError, http.client.HTTPException):
                connection.close()  # A refusal closes the connection.
                status, has_wait = "closed", True
            else:
                status, has_wait = str(answer.status), "Retry-After" in answer.headers
            with lock:
                answers.statuses[status] += 1
                answers.without_wait += status in map(str, _REFUSALS) and not has_wait
                if status == "200":
                    answers.times_ms.append((time.monotonic() - begun) * 1e3)
            if status != "200":
                time.sleep(_TOO_SOON_S)

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _recovery(host: str) -> float:
    """Return the seconds until a look-up is answered as quickly as without load."""
    begun = time.monotonic()
    while (spent := time.monotonic() - begun) < _LONGEST_RECOVERY_S:
        sent = time.monotonic()
        status = _ask(http.client.HTTPConnection(host, timeout=60), _body(1)).status
        if status == 200 and (time.monotonic() - sent) * 1e3 < _RECOVERED_MS:
            return time.monotonic() - begun
    return spent


def _end(service: RunningService, host: str) -> tuple[float, int]:
    """Return the seconds from SIGTERM to the end, and the parts that nobody can take yet."""
    connection = http.client.HTTPConnection(host, timeout=60)
    job = _job(connection)
    while not _state(connection, job)["done"]:
        time.sleep(0.1)
    threading.Thread(target=_until_closed, args=(host,), daemon=True).start()
    time.sleep(0.5)
    begun = time.monotonic()
    service.process.send_signal(signal.SIGTERM)
    service.process.wait(timeout=60)
    ended_s = time.monotonic() - begun
    query = "SELECT COUNT(*) FROM chunks WHERE claimed_by IS NOT NULL AND checksum IS NULL"
    with closing(sqlite3.connect(service.home / "geoservice.db")) as opened:
        return ended_s, opened.execute(query).fetchone()[0]


def _job(connection: http.client.HTTPConnection) -> str:
    rows = "".join(f'{n},"{100 + n % 900} 2nd ave, northfield"\n' for n in range(_JOB_ROWS))
    part = 'Content-Disposition: form-data; name="file"; filename="list.csv"'
    form = f"--b\r\n{part}\r\n\r\nid,address\n{rows}\r\n--b--\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    connection.request("POST", "/v1/jobs", form.encode(), kind)
    answer = connection.getresponse()
    answer.read()
    return str(answer.headers["Location"])


def _state(connection: http.client.HTTPConnection, job: str) -> dict[str, int]:
    connection.request("GET", job)
    told: dict[str, int] = json.loads(connection.getresponse().read())
    return told


def _until_closed(host: str) -> None:
    connection = http.client.HTTPConnection(host, timeout=60)
    try:
        while _ask(connection, _body(_ROWS)).status == http.client.OK:
            pass
    except (OSError, http.client.HTTPException):
        return  # Nobody listens any more.


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
