"""A real PostgreSQL from the machine's packages: a private cluster on a unix socket, run by an unprivileged user."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

_PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


@contextmanager
def cluster() -> Iterator[str]:
    """The folder of the socket of a running cluster; skips where there is no PostgreSQL."""
    if not _PROGRAMS:
        pytest.skip("no PostgreSQL on this machine: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    owner = {"user": "postgres"} if os.getuid() == 0 else {}
    if owner:
        shutil.chown(folder, "postgres")

    try:
        _run(folder, "initdb", "-U", "geoservice", "-A", "trust", "-E", "UTF8", "--no-sync")
        start(folder)
        yield str(folder)
    finally:
        with suppress(AssertionError):  # A test may have stopped it.
            stop(folder)
        shutil.rmtree(folder)


def start(folder: str | Path) -> None:
    """Start the cluster of a folder."""
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
    _run(folder, "pg_ctl", "-o", options, "-l", f"{folder}/log", "-w", "start")


def stop(folder: str | Path) -> None:
    """End the cluster of a folder at once, as a crash does."""
    _run(folder, "pg_ctl", "-m", "immediate", "-w", "stop")


def _run(folder: str | Path, program: str, *arguments: str) -> None:
    owner = {"user": "postgres"} if os.getuid() == 0 else {}
    line = [str(_PROGRAMS[-1] / program), "-D", f"{folder}/data", *arguments]
    done = subprocess.run(line, cwd="/", capture_output=True, text=True, **owner)
    assert done.returncode == 0, done.stderr
