"""A service of its own for tests of batch jobs: a new data folder with the fictional district, keys, small chunks."""

import csv
import io
import os
import sqlite3
import time
from pathlib import Path

import httpx
from conftest import Server

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
    return keys_of(Settings.read({"GEOSERVICE_HOME": str(home)})).create(name, scopes or ["geocode", "maps:read"])  # fmt: skip


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


def post(opened: httpx.Client, content: str | bytes, name: str = "a.csv", key: str = "", **fields: str) -> httpx.Response:  # fmt: skip
    headers = {"Idempotency-Key": key} if key else {}
    return opened.post("/v1/jobs", files={"file": (name, content)}, data=fields, headers=headers)


def wait(opened: httpx.Client, location: str, until=("done", "failed"), seconds: float = 60) -> dict:  # fmt: skip
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
    import polars as pl

    found = []
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_symlink() or not path.is_file():
                continue
            try:
                content = path.read_bytes()
            except OSError:
                continue
            if text.encode() in content or text.encode("utf-16-le") in content:
                found.append(str(path))
            elif content[:4] == b"PAR1" and content[-4:] == b"PAR1":
                if text in pl.read_parquet(io.BytesIO(content)).write_csv():
                    found.append(str(path))
    return found


def rows_of(home: Path, query: str) -> list[tuple]:
    with sqlite3.connect(home / "geoservice.db") as opened:
        return opened.execute(query).fetchall()


def worker(home: Path, **environ: str):
    """A process of `geoservice worker`."""
    import subprocess
    import sys

    named = {f"GEOSERVICE_{name.upper()}": value for name, value in environ.items()}
    line = [sys.executable, "-m", "geoservice.cli.main", "worker"]
    return subprocess.Popen(line, env={**os.environ, "GEOSERVICE_HOME": str(home), **named})
