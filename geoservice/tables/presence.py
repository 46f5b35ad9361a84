"""Names of temporary files with a token of their process.

By the token, files of dead processes are recognised and removed.
"""

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
_ENDED = ("Z", "X")
"""States of processes that have ended, in ``/proc``."""
_FOREIGN_LIFE_S = 86_400.0
"""A file of another machine is abandoned if it has not changed for longer."""
_UNNAMED_LIFE_S = 3_600.0
"""The same for private copies of earlier versions, which have no token in their name."""


@cache
def process_token() -> str:
    """Return the token of this process: machine, boot, process id, and start of the process."""
    return _token(os.getpid())


def part_path(target: Path) -> Path:
    """Return a new path beside a target, for content that is renamed when complete."""
    name = f".{target.stem}.{process_token()}.{secrets.token_hex(4)}.part{target.suffix}"
    return target.with_name(name)


def copy_prefix() -> str:
    """Return the beginning of the name of a private copy in a temporary folder."""
    return f"geoservice-{process_token()}-"


def token_in(name: str) -> str | None:
    """Return the token in a file name; None for no token."""
    match = _TOKEN.search(name)
    return match.group(0) if match else None


def is_dead(token: str) -> bool | None:
    """Return whether the process of a token has ended; None for another machine."""
    machine, boot, number, _ = token.split("-")
    own_machine, own_boot, *_ = process_token().split("-")
    if machine != own_machine:
        return None
    return boot != own_boot or _token(int(number)) != token


def remove_abandoned_parts(folder: Path) -> int:
    """Remove the unfinished files and folders of dead processes in a folder.

    Return their number.
    """
    return sum(
        _removed(path)
        for path in folder.glob(".*.part*")
        if token_in(path.name) is not None and _is_left(path)
    )


def remove_abandoned_copies(folder: Path | None = None) -> int:
    """Remove private copies that dead processes of this user left in a temporary folder.

    Return their number.
    """
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
        # Containers of the same machine have separate process ids.
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
    """Return the start of a process in ticks since boot; -1 for no such process.

    A process that has ended stays in the list of processes until its parent asks for its status.
    """
    try:
        text = Path(f"/proc/{number}/stat").read_text("utf-8", "replace")
    except OSError:
        return _started_without_proc(number)
    state, *numbers = text.rpartition(")")[2].split()
    return -1 if state in _ENDED else int(numbers[18])


def _started_without_proc(number: int) -> int:
    """Return 0 for a living process on a system without ``/proc``, else -1."""
    if Path("/proc/self/stat").exists():
        return -1
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return -1
    except PermissionError:
        return 0
    return 0
