"""Servers of the peers' own, on loopback or a socket, gone when their peer is done."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PORT = "25432"
"""Names the socket alone: the server listens on no address."""


@contextmanager
def redis(folder: Path) -> Iterator[dict[str, str]]:
    """A Redis on a free port, and where addok finds it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [
        "redis-server",
        "--port",
        port,
        "--bind",
        "127.0.0.1",
        "--dir",
        str(folder),
        "--save",
        "",
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        time.sleep(1)
        yield {"REDIS_PORT": port, "REDIS_HOST": "127.0.0.1", "ADDOK_LOG_DIR": str(folder)}
    finally:
        server.terminate()
        server.wait()


@contextmanager
def postgres() -> Iterator[dict[str, str]]:
    """A PostgreSQL in a folder of its own, and where psql finds it.

    Root hands it to its own user.
    """
    is_root = os.getuid() == 0
    as_user = ["runuser", "-u", "postgres", "--"] if is_root else []
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
    with tempfile.TemporaryDirectory(prefix="peers-") as name:
        if is_root:
            shutil.chown(name, "postgres")
        made = [
            *as_user,
            str(programs / "initdb"),
            "-D",
            f"{name}/data",
            "-A",
            "trust",
            "-U",
            "postgres",
        ]
        subprocess.run(made, check=True, capture_output=True)
        options = f"-k {name} -p {_PORT} -c listen_addresses= -c fsync=off"
        control = [
            *as_user,
            str(programs / "pg_ctl"),
            "-D",
            f"{name}/data",
            "-w",
            "-l",
            f"{name}/log",
        ]
        subprocess.run([*control, "-o", options, "start"], check=True, stdout=subprocess.DEVNULL)
        try:
            yield {"PGHOST": name, "PGPORT": _PORT, "PGUSER": "postgres"}
        finally:
            subprocess.run([*control, "-m", "fast", "stop"], check=True, stdout=subprocess.DEVNULL)
