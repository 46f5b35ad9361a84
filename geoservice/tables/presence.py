"""Names of temporary files that say which process made them, so that files of dead processes can be removed."""

import hashlib
import os
import re
import secrets
import shutil
import socket
import tempfile
import time
from functools import cache
from pathlib import Path

_TOKEN = re.compile(r"([0-9a-f]{8})-([0-9a-f]{4})-(\d+)-(\d+)")
_FOREIGN_LIFE_S = 86_400.0
"""A file of another machine's process that has not changed for longer was left behind."""
_UNNAMED_LIFE_S = 3_600.0
"""The same for a private copy of an earlier version, whose name holds no token."""


@cache
def process_token() -> str:
    """Name of this process: machine, start of the machine, number, and start of the process."""
    return _token(os.getpid())


def part_path(target: Path) -> Path:
    """A new path beside a target, for content that is renamed to it when it is whole."""
    name = f".{target.stem}.{process_token()}.{secrets.token_hex(4)}.part{target.suffix}"
    return target.with_name(name)


def copy_prefix() -> str:
    """Beginning of the name of a private copy in a temporary folder."""
    return f"geoservice-{process_token()}-"


def token_in(name: str) -> str | None:
    """The token of the process that made a file of this name; None where the name holds none."""
    match = _TOKEN.search(name)
    return match.group(0) if match else None


def is_dead(token: str) -> bool | None:
    """True where the process of a token has ended; None where it ran on another machine."""
    machine, boot, number, _ = token.split("-")
    own_machine, own_boot, *_ = process_token().split("-")
    if machine != own_machine:
        return None
    return boot != own_boot or _token(int(number)) != token


def remove_parts_of_the_dead(folder: Path) -> int:
    """Remove the unfinished files and folders of dead processes in a folder; return their number."""
    return sum(
        _removed(path)
        for path in folder.glob(".*.part*")
        if token_in(path.name) is not None and _is_left(path)
    )


def remove_copies_of_the_dead(folder: Path | None = None) -> int:
    """Remove private copies that dead processes of this user left in a temporary folder; return their number."""
    place = folder or Path(tempfile.gettempdir())
    return sum(_removed(path) for path in place.glob("geoservice-*") if _is_left(path))


def _is_left(path: Path) -> bool:
    try:
        about = path.lstat()
    except OSError:
        return False
    if about.st_uid != os.getuid():
        return False
    token, age_s = token_in(path.name), time.time() - about.st_mtime
    if token is None:
        return path.suffix == ".csv" and age_s > _UNNAMED_LIFE_S
    dead = is_dead(token)
    return age_s > _FOREIGN_LIFE_S if dead is None else dead


def _removed(path: Path) -> bool:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
    return not path.exists()


def _token(number: int) -> str:
    return f"{_machine()}-{_boot()}-{number}-{_started(number)}"


@cache
def _machine() -> str:
    try:
        # Containers of one machine count their processes apart.
        space = os.readlink("/proc/self/ns/pid")
    except OSError:
        space = ""
    return hashlib.blake2b(f"{socket.gethostname()} {space}".encode(), digest_size=4).hexdigest()


@cache
def _boot() -> str:
    try:
        text = Path("/proc/sys/kernel/random/boot_id").read_text("ascii")
    except OSError:
        text = ""
    return hashlib.blake2b(text.encode(), digest_size=2).hexdigest()


def _started(number: int) -> int:
    """Start of a process in ticks since the machine's; -1 where there is no such process."""
    try:
        text = Path(f"/proc/{number}/stat").read_text("utf-8", "replace")
    except OSError:
        return _started_without_proc(number)
    return int(text.rpartition(")")[2].split()[19])


def _started_without_proc(number: int) -> int:
    """0 for a living process where there is no ``/proc``."""
    if Path("/proc/self/stat").exists():
        return -1
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return -1
    except PermissionError:
        return 0
    return 0
