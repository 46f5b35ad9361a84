"""A real PostgreSQL from the machine's packages: a private cluster on a unix socket, run by an unprivileged user."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


@contextmanager
def cluster() -> Iterator[str]:
    """The folder of the socket of a running cluster; skips where there is no PostgreSQL."""
    if not _PROGRAMS:
        pytest.skip("no PostgreSQL on this machine: apt-get install postgresql")
    # Its path must be short: that of a socket has at most 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="gs-pg-", dir="/tmp"))
    owner = {"user": "postgres"} if os.getuid() == 0 else {}
    if owner:
        shutil.chown(folder, "postgres")

    def run(program: str, *arguments: str) -> None:
        line = [str(_PROGRAMS[-1] / program), "-D", str(folder / "data"), *arguments]
        done = subprocess.run(line, cwd="/", capture_output=True, text=True, **owner)
        assert done.returncode == 0, done.stderr

    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
    try:
        run("initdb", "-U", "geoservice", "-A", "trust", "-E", "UTF8", "--no-sync")
        run("pg_ctl", "-o", options, "-l", str(folder / "log"), "-w", "start")
        yield str(folder)
    finally:
        run("pg_ctl", "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder)
