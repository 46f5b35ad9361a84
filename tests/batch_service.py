"""A service of its own for tests of batch jobs: a new data folder with the fictional district, keys, small chunks."""

import csv
import io
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import httpx
import polars as pl
from conftest import Server
from polars import selectors

from geoservice.model.settings import Settings
from geoservice.service.keys import keys_of

ADDRESSES = ("745 2nd ave, northfield", "PO Box 7", "12 Nowhere Blvd")
PLANTED = "Plantedname"


def new_home(place: Path, home: Path) -> Path:
    """A data folder with the regions of another."""
    place.mkdir(mode=0o700)
    (place / "regions").symlink_to(home / "regions")
    return place


def key(home: Path, name: str, *scopes: str) -> str:
    """The text of a new key of a data folder."""
    return keys_of(Settings.read({"GEOSERVICE_HOME": str(home)})).create(
        name, scopes or ["geocode", "maps:read"]
    )


def service(home: Path, *arguments: str, **environ: str) -> Server:
    """A service over the fictional district; ``environ`` is without the prefix of our settings."""
    named = {f"GEOSERVICE_{name.upper()}": value for name, value in environ.items()}
    return Server(home, "serve", "--region", "riverbend", "--no-token", *arguments, environ=named)


def client(server: Server, text: str = "", **options) -> httpx.Client:
    headers = {"Authorization": f"Bearer {text}"} if text else {}
    return httpx.Client(base_url=server.url, timeout=60, headers=headers, **options)


def students(rows: int, name: str = PLANTED) -> str:
    """A list of students as CSV; each row has a name that occurs nowhere else."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["student_id", "name", "address", "grade"])
    for row in range(rows):
        number = 100 + row % 900
        writer.writerow([f"{row:07d}", f"{name}{row}", f"{number} 2nd ave, northfield", row % 9])
    return stream.getvalue()


def post(
    opened: httpx.Client, content: str | bytes, name: str = "a.csv", key: str = "", **fields: str
) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return opened.post("/v1/jobs", files={"file": (name, content)}, data=fields, headers=headers)


def wait(
    opened: httpx.Client, location: str, until=("done", "failed"), seconds: float = 180
) -> dict:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        job = opened.get(location).json()
        if job["state"] in until:
            return job
        time.sleep(0.05)
    raise AssertionError(job)


def finished(opened: httpx.Client, content: str | bytes, name: str = "a.csv", **fields: str) -> str:
    """Path of a job that is done."""
    sent = post(opened, content, name, **fields)
    assert sent.status_code == 202, sent.text
    job = wait(opened, sent.headers["Location"])
    assert job["state"] == "done", job
    return sent.headers["Location"]


def files_with(text: str, *folders: Path) -> list[str]:
    """Files below some folders that hold a text; Parquet is looked through too."""
    paths = [
        Path(where, name)
        for folder in folders
        for where, _, names in os.walk(folder)  # Links, as to the regions, are not followed.
        for name in names
    ]
    return [str(path) for path in paths if _holds(path, text)]


def _holds(path: Path, text: str) -> bool:
    try:
        content = path.read_bytes()
    except OSError:
        return False
    if content[:4] == content[-4:] == b"PAR1":
        table = pl.read_parquet(io.BytesIO(content)).select(~selectors.binary())
        content += "\n".join(str(row) for row in table.rows()).encode()
    return text.encode() in content or text.encode("utf-16-le") in content


def rows_of(home: Path, query: str) -> list[tuple]:
    return changed(home, query)


def changed(home: Path, *statements: str) -> list[tuple]:
    """What the last of some statements gives.

    The connection is closed: reading the file as one of bytes drops its locks.
    """
    with closing(sqlite3.connect(home / "geoservice.db")) as opened, opened:
        return [opened.execute(one).fetchall() for one in statements][-1]


def worker(home: Path, **environ: str):
    """A process of `geoservice worker`."""
    named = {f"GEOSERVICE_{name.upper()}": value for name, value in environ.items()}
    line = [sys.executable, "-m", "geoservice.cli.main", "worker"]
    return subprocess.Popen(line, env={**os.environ, "GEOSERVICE_HOME": str(home), **named})
