"""Files of jobs and snapshots of regions on an object store that workers share."""

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from pyarrow import ArrowException, fs

from geoservice.errors import StorageError
from geoservice.model.snapshot import MANIFEST
from geoservice.tables.presence import part_path

_COPIED_BYTES = 4 * 1024 * 1024
_REGIONS = "regions"


class JobObjects:
    """The folder of an object store that services and workers of one database share.

    Parameters
    ----------
    root
        Address of the folder, with Arrow's query for an endpoint, as in
        ``s3://district/jobs?endpoint_override=store.district.example``.
    database
        The name of the database, which separates the jobs of several databases in one folder.
    """

    def __init__(self, root: str, database: str) -> None:
        self._root, self._database, self._jobs = root, database, f"jobs-{database}"
        address = root.partition("?")[0].rstrip("/")
        self.name = "o" + hashlib.sha256(address.encode()).hexdigest()[:15]
        """The name of the store in the database, the same on all machines."""

    def __reduce__(self) -> tuple[type["JobObjects"], tuple[str, str]]:
        """Return the address alone: each process opens the store with keys of its own."""
        return JobObjects, (self._root, self._database)

    def send(self, job_id: str, folder: Path, names: Iterable[str]) -> None:
        """Copy files into the store; readers see each file whole or not at all."""
        with self._watched():
            for name in names:
                self._send(folder / name, f"{self._jobs}/{job_id}/{name}")

    def fetch(self, job_id: str, folder: Path, names: Iterable[str]) -> None:
        """Copy files into a folder; a file that the store lacks stays absent."""
        with self._watched():
            for name in names:
                self._fetch(f"{self._jobs}/{job_id}/{name}", folder / name)

    def remove(self, job_id: str, name: str) -> None:
        """Remove a file of a job."""
        with self._watched():
            self._store.delete_file(self._path(f"{self._jobs}/{job_id}/{name}"))

    def erase(self, job_id: str) -> tuple[int, int]:
        """Remove all files of a job; return their number and their bytes."""
        with self._watched():
            files = self._files(f"{self._jobs}/{job_id}")
            if files:
                self._store.delete_dir(self._path(f"{self._jobs}/{job_id}"))
        return len(files), sum(file.size or 0 for file in files)

    def names(self, job_id: str) -> list[str]:
        """Return the names of the files of a job, sorted."""
        with self._watched():
            files = self._files(f"{self._jobs}/{job_id}")
        return sorted(file.path.rpartition("/")[2] for file in files)

    def job_ids(self) -> set[str]:
        """Return the ids of all jobs that have files in the store."""
        start = len(self._path(self._jobs)) + 1
        with self._watched():
            return {file.path[start:].partition("/")[0] for file in self._files(self._jobs)}

    def publish(self, region: str, snapshot: Path) -> None:
        """Copy the snapshot of a region into the store, unless it is there.

        The manifest comes at the end: a snapshot without it is not whole.
        """
        place = f"{_REGIONS}/{region}/{snapshot.name}"
        with self._watched():
            if self._is_there(f"{place}/{MANIFEST}"):
                return
            names = [path.name for path in sorted(snapshot.iterdir()) if path.is_file()]
            for name in (*(name for name in names if name != MANIFEST), MANIFEST):
                self._send(snapshot / name, f"{place}/{name}")

    def fetch_snapshot(self, region: str, target: Path) -> None:
        """Copy the snapshot of a region to its folder; it stays absent if the store lacks it."""
        place = f"{_REGIONS}/{region}/{target.name}"
        with self._watched():
            if not self._is_there(f"{place}/{MANIFEST}"):
                return
            part = part_path(target)
            part.mkdir(parents=True, mode=0o700)
            try:
                for file in self._files(place):
                    name = file.path.rpartition("/")[2]
                    self._fetch(f"{place}/{name}", part / name)
                _put_in_place(part, target)
            finally:
                shutil.rmtree(part, ignore_errors=True)

    @cached_property
    def _opened(self) -> tuple[Any, str]:
        store, base = fs.FileSystem.from_uri(self._root)
        return store, base.rstrip("/")

    @property
    def _store(self) -> Any:  # noqa: ANN401 - Arrow has no types
        return self._opened[0]

    def _path(self, name: str) -> str:
        return f"{self._opened[1]}/{name}"

    def _files(self, place: str) -> list[Any]:
        selector = fs.FileSelector(self._path(place), recursive=True, allow_not_found=True)
        return [about for about in self._store.get_file_info(selector) if about.is_file]

    def _is_there(self, name: str) -> bool:
        return bool(self._store.get_file_info(self._path(name)).is_file)

    def _send(self, source: Path, name: str) -> None:
        with source.open("rb") as file, self._store.open_output_stream(self._path(name)) as stream:
            shutil.copyfileobj(file, stream, _COPIED_BYTES)

    def _fetch(self, name: str, target: Path) -> None:
        try:
            stream = self._store.open_input_stream(self._path(name))
        except FileNotFoundError:
            return
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with stream, os.fdopen(descriptor, "wb") as file:
            shutil.copyfileobj(stream, file, _COPIED_BYTES)

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        # Messages of the store may hold its keys and names of files.
        except (OSError, ArrowException) as fault:
            raise StorageError(
                "The object store of jobs cannot be reached, or refuses. Check "
                "GEOSERVICE_JOB_STORE and the keys of the store."
            ) from fault


def _put_in_place(part: Path, target: Path) -> None:
    try:
        part.rename(target)
    except OSError:  # Another worker of this machine was first.
        if not (target / MANIFEST).is_file():
            raise
