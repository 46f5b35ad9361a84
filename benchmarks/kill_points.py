"""Kills service and workers at random points of a job: ``python -m benchmarks.kill_points [POINTS] [ROWS]``.

The job must end with the same bytes as without kills, and no file of a dead process may be left.
"""

import csv
import hashlib
import io
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

_COMMAND = [sys.executable, "-m", "geoservice.cli.main"]
_REGION = Path(__file__).resolve().parents[1] / "shapefiles" / "riverbend"
_SEED = 7


def main(points: int = 100, rows: int = 1_000_000) -> None:
    """Print the points, the restarts and whether the bytes are the same."""
    home = Path(tempfile.mkdtemp(prefix="geoservice-kill-"))
    try:
        content = _students(rows)
        whole = _run(home, content, "whole", [])
        draw = random.Random(_SEED)
        pauses = [draw.uniform(0.0, 3.0) for _ in range(points)]
        begun = time.monotonic()
        killed = _run(home, content, "killed", pauses)
        left = [path.name for path in (home / "jobs").glob("*/.*.part*")]
        print(
            f"{points} kills, {rows:,} rows, {time.monotonic() - begun:.0f} s: "
            f"same bytes: {whole == killed}; files of dead processes: {len(left)}"
        )
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _run(home: Path, content: bytes, key: str, pauses: list[float]) -> str:
    """SHA-256 of the result of a job through all kills."""
    location = ""
    for pause_s in [*pauses, None]:
        server, address = _served(home)
        with httpx.Client(base_url=address, timeout=120) as client:
            if not location:
                files = {"file": ("students.csv", content)}
                sent = client.post("/v1/jobs", files=files, headers={"Idempotency-Key": key})
                location = sent.raise_for_status().headers["Location"]
            if pause_s is None:
                while (job := client.get(location).json())["state"] != "done":
                    if job["state"] == "failed":
                        raise SystemExit(str(job))
                    time.sleep(0.2)
                result = client.get(f"{location}/result").raise_for_status()
                _end(server, kill=False)
                return hashlib.sha256(result.content).hexdigest()
            time.sleep(pause_s)
        _end(server, kill=True)
    raise AssertionError


def _served(home: Path) -> tuple[subprocess.Popen[str], str]:
    line = [*_COMMAND, "serve", "--region", str(_REGION), "--port", "0", "--no-token"]
    environ = {
        **os.environ,
        "GEOSERVICE_HOME": str(home),
        "GEOSERVICE_CHUNK_ROWS": "5000",
        "GEOSERVICE_WARM": "false",
    }
    server = subprocess.Popen(line, stderr=subprocess.PIPE, text=True, env=environ)
    assert server.stderr is not None
    said = ""
    while "Ready at" not in said:
        said = server.stderr.readline()
        if not said:
            raise SystemExit("the service did not start")
    return server, re.split(r"\s", said.strip())[-1]


def _end(server: subprocess.Popen[str], *, kill: bool) -> None:
    """End a service and its workers."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    if not kill:
        server.terminate()
    else:
        server.kill()
        for child in children:
            os.kill(int(child), 9)
    server.wait()


def _students(rows: int) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["student_id", "address", "grade"])
    for row in range(rows):
        writer.writerow([f"{row:08d}", f"{100 + row % 900} 2nd ave, northfield", row % 9])
    return stream.getvalue().encode()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
