"""The folders of batch jobs: create and erase them atomically, and clean up after a crash."""

import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from geoservice.batch.job_files import JobFiles
from geoservice.batch.job_objects import JobObjects
from geoservice.errors import StorageError
from geoservice.state.ledger import Ledger
from geoservice.tables.durable import sync_folder, write_durably
from geoservice.tables.presence import (
    is_dead,
    process_token,
    remove_abandoned_copies,
    remove_abandoned_parts,
    token_in,
)

_STORE = ".store"
_INCOMING, _GOING = ".incoming-", ".going-"
_MAKER = ".maker"
"""File in a job's folder that names the process that created the folder."""
_FOREIGN_LIFE_S = 86_400.0
_TRIES = 50
_OBJECTS_EVERY_S = 3_600.0


@dataclass(frozen=True)
class Erased:
    """The number and size of the files that an erasure removed."""

    files: int
    size_bytes: int


class JobFolders:
    """All job folders of a data folder (mode 0700; their files have mode 0600).

    ``store`` identifies this data folder. Services and workers that share a database process only
    the jobs of their own store, because they cannot see the files of another store.

    With ``objects`` the files of jobs are in an object store, and the data folder has only copies
    of the files that a process is working on.
    """

    def __init__(self, home: Path, database: str, objects: JobObjects | None = None) -> None:
        self.home = home
        self._database, self._objects = database, objects
        self._look_at_objects, self._absent = 0.0, set[str]()
        try:
            home.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = home / _STORE
            if not path.is_file():
                _make_once(path, f"{secrets.token_hex(8)} {database}")
            self.store, _, self._first_database = path.read_text("ascii").partition(" ")
        except OSError as fault:
            raise StorageError(
                "The folder of jobs cannot be created or read. Check the rights of the data folder."
            ) from fault
        if objects is not None:
            self.store = objects.name

    def of(self, job_id: str) -> Path:
        """Return the folder of a job."""
        return self.home / job_id

    def receive(self) -> Path:
        """Create and return a folder for an upload that is no job yet."""
        folder = self.home / f"{_INCOMING}{process_token()}-{secrets.token_hex(4)}"
        folder.mkdir(mode=0o700)
        return folder

    @contextmanager
    def files(self, job_id: str) -> Iterator[JobFiles]:
        """Yield the files of a job; copies of objects are removed at the end."""
        if self._objects is None:
            yield JobFiles(self.of(job_id))
            return
        copies = self.receive()
        try:
            yield JobFiles(copies, self._objects, job_id)
        finally:
            self.discard(copies)

    def accept(self, incoming: Path, job_id: str) -> None:
        """Make the files of a synced upload the files of a job, durably."""
        if self._objects is not None:
            self._objects.send(job_id, incoming, [path.name for path in incoming.iterdir()])
            return
        write_durably(incoming / _MAKER, lambda stream: stream.write(process_token().encode()))
        folder = self.of(job_id)
        incoming.rename(folder)
        sync_folder(self.home)

    def publish(self, region: str, snapshot: Path) -> None:
        """Give the snapshot of a region to workers that do not share the data folder."""
        if self._objects is not None:
            self._objects.publish(region, snapshot)

    def withdraw_sent(self, job_id: str) -> None:
        """Remove files that a worker sent for a job that was purged meanwhile.

        A folder needs no such look: a worker cannot write to it after its erasure.
        """
        if self._objects is not None:
            self._objects.erase(job_id)

    def withdraw(self, job_id: str) -> None:
        """Remove accepted files that became no job."""
        if self._objects is not None:
            self._objects.erase(job_id)
        else:
            self.discard(self.of(job_id))

    def discard(self, folder: Path) -> None:
        """Remove the folder of an upload that became no job."""
        shutil.rmtree(folder, ignore_errors=True)

    def erase(self, job_id: str) -> Erased:
        """Remove a job's folder and its files; return how much was removed.

        The folder is renamed first. A worker that still writes to the job then finds no folder, so
        no file appears after the erasure.

        Raises
        ------
        StorageError
            If a file cannot be removed.
        """
        if self._objects is not None:
            return Erased(*self._objects.erase(job_id))
        folder, going = self.of(job_id), self.home / f"{_GOING}{job_id}"
        try:
            if folder.exists():
                folder.rename(going if not going.exists() else self._unused_name(going))
            remains = [*self.home.glob(f"{going.name}*")]
            parts = [_erased(path) for path in remains]
            sync_folder(self.home)
        except OSError as fault:
            raise StorageError(
                "The files of the job cannot be erased. The service tries again."
            ) from fault
        return Erased(sum(part.files for part in parts), sum(part.size_bytes for part in parts))

    def sweep(self, ledger: Ledger) -> int:
        """Remove the leftovers of dead processes; return the number of removed files."""
        removed = remove_abandoned_copies()
        if time.monotonic() >= self._look_at_objects:
            removed += self.sweep_objects(ledger)
            self._look_at_objects = time.monotonic() + _OBJECTS_EVERY_S
        for path in self.home.glob(f"{_INCOMING}*"):
            removed += _is_of_the_dead(path, path.name) and _erased(path).files
        folders = [path for path in self.home.iterdir() if _is_of_a_job(path)]
        job_ids = ledger.existing([path.name for path in folders])
        for path in folders:
            if path.name in job_ids:
                removed += remove_abandoned_parts(path)
            elif self._is_of_no_job(path):
                removed += _erased(path).files
        return removed

    def sweep_objects(self, ledger: Ledger) -> int:
        """Remove objects of jobs that are absent at two looks; return the number of objects.

        `sweep` looks once an hour: an upload becomes a job soon after its files are sent.
        """
        if self._objects is None:
            return 0
        ids = self._objects.job_ids()
        absent = ids - ledger.existing(sorted(ids))
        erased = [self._objects.erase(job_id)[0] for job_id in absent & self._absent]
        self._absent = absent
        return sum(erased)

    def _unused_name(self, going: Path) -> Path:
        return going.with_name(f"{going.name}-{secrets.token_hex(4)}")

    def _is_of_no_job(self, folder: Path) -> bool:
        """Return True if a folder has no job and no live process is about to give it one.

        With another database than at the creation of the folders, no folder has a job. All folders
        stay then.
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
    """Write a small file, unless another process has already written it."""
    draft = path.with_name(f"{path.name}.{process_token()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
