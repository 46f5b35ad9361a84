"""The folders of batch jobs: one per job, made whole, erased whole, and swept after a crash."""

import os
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from geoservice.errors import StorageError
from geoservice.state.ledger import Ledger
from geoservice.tables.durable import sync_folder, write_whole
from geoservice.tables.presence import (
    is_dead,
    process_token,
    remove_copies_of_the_dead,
    remove_parts_of_the_dead,
    token_in,
)

_STORE = ".store"
_INCOMING, _GOING = ".incoming-", ".going-"
_MAKER = ".maker"
"""A file of a job's folder that names the process that made it."""
_FOREIGN_LIFE_S = 86_400.0
_TRIES = 50


@dataclass(frozen=True)
class Erased:
    """What an erasure removed."""

    files: int
    size_bytes: int


class JobFolders:
    """All job folders of one data folder (0700); files in them are 0600.

    ``store`` names this data folder. Services and workers that share a database take up only the
    jobs of their own store, since they cannot see the files of another.
    """

    def __init__(self, home: Path, database: str) -> None:
        self.home = home
        self._database = database
        try:
            home.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = home / _STORE
            if not path.is_file():
                _make_once(path, f"{secrets.token_hex(8)} {database}")
            self.store, _, self._first_database = path.read_text("ascii").partition(" ")
        except OSError as fault:
            raise StorageError("The folder of jobs cannot be made or read.") from fault

    def of(self, job_id: str) -> Path:
        """The folder of a job."""
        return self.home / job_id

    def receive(self) -> Path:
        """A new folder for an upload that is no job yet."""
        folder = self.home / f"{_INCOMING}{process_token()}-{secrets.token_hex(4)}"
        folder.mkdir(mode=0o700)
        return folder

    def accept(self, incoming: Path, job_id: str) -> Path:
        """Make a synced upload the folder of a job, durably."""
        write_whole(incoming / _MAKER, lambda stream: stream.write(process_token().encode()))
        folder = self.of(job_id)
        incoming.rename(folder)
        sync_folder(self.home)
        return folder

    def discard(self, folder: Path) -> None:
        """Remove the folder of an upload that became no job."""
        shutil.rmtree(folder, ignore_errors=True)

    def erase(self, job_id: str) -> Erased:
        """Remove a job's folder with all that it holds; return what went.

        The folder is renamed first. A worker that still writes to the job finds no folder, so
        nothing appears after the erasure.

        Raises
        ------
        StorageError
            Where something of it stays.
        """
        folder, going = self.of(job_id), self.home / f"{_GOING}{job_id}"
        try:
            if folder.exists():
                folder.rename(going if not going.exists() else self._another(going))
            remains = [*self.home.glob(f"{going.name}*")]
            parts = [_erased(path) for path in remains]
            sync_folder(self.home)
        except OSError as fault:
            raise StorageError(
                "The files of the job cannot be erased. It is tried again."
            ) from fault
        return Erased(sum(part.files for part in parts), sum(part.size_bytes for part in parts))

    def sweep(self, ledger: Ledger) -> int:
        """Remove what dead processes left; return how many files and folders went."""
        gone = remove_copies_of_the_dead()
        for path in self.home.glob(f"{_INCOMING}*"):
            gone += _is_of_the_dead(path, path.name) and _erased(path).files
        folders = [path for path in self.home.iterdir() if _is_of_a_job(path)]
        known = ledger.known([path.name for path in folders])
        for path in folders:
            if path.name in known:
                gone += remove_parts_of_the_dead(path)
            elif self._is_of_no_job(path):
                gone += _erased(path).files
        return gone

    def _another(self, going: Path) -> Path:
        return going.with_name(f"{going.name}-{secrets.token_hex(4)}")

    def _is_of_no_job(self, folder: Path) -> bool:
        """True where a folder without a job belongs to no process that still makes it one.

        With another database than the one that the folders were made with, every folder is without
        a job: they are left alone then.
        """
        if self._first_database != self._database:
            return False
        maker = folder / _MAKER
        name = maker.read_text("ascii") if maker.is_file() else ""
        return _is_of_the_dead(folder, name)


def _is_of_a_job(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith(".")


def _is_of_the_dead(path: Path, name: str) -> bool:
    token = token_in(name)
    dead = None if token is None else is_dead(token)
    if dead is None:
        return time.time() - path.stat().st_mtime > _FOREIGN_LIFE_S
    return dead


def _erased(folder: Path) -> Erased:
    files = [path for path in folder.rglob("*") if path.is_file() or path.is_symlink()]
    size_bytes = sum(path.lstat().st_size for path in files)
    for attempt in range(_TRIES):
        shutil.rmtree(folder, ignore_errors=attempt < _TRIES - 1)
        if not folder.exists():
            break
        time.sleep(0.02)
    return Erased(len(files), size_bytes)


def _make_once(path: Path, text: str) -> None:
    """Write a small file, unless another process was first."""
    beside = path.with_name(f"{path.name}.{process_token()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    try:
        os.link(beside, path)
    except FileExistsError:
        pass
    finally:
        beside.unlink()
