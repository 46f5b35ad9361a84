"""Files of jobs and snapshots of regions on an object store that workers share."""

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pyarrow import ArrowException

from geoservice.batch.object_files import ObjectFiles
from geoservice.errors import StorageError
from geoservice.model.snapshot import MANIFEST
from geoservice.tables.presence import part_path, remove_abandoned_parts

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
        self._files = ObjectFiles(root)
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
                self._files.send(folder / name, f"{self._jobs}/{job_id}/{name}")

    def fetch(self, job_id: str, folder: Path, names: Iterable[str]) -> None:
        """Copy files into a folder; a file that the store lacks stays absent."""
        with self._watched():
            for name in names:
                self._files.fetch(f"{self._jobs}/{job_id}/{name}", folder / name)

    def remove(self, job_id: str, name: str) -> None:
        """Remove a file of a job."""
        with self._watched():
            self._files.remove(f"{self._jobs}/{job_id}/{name}")

    def erase(self, job_id: str) -> tuple[int, int]:
        """Remove all files of a job; return their number and their bytes."""
        with self._watched():
            return self._files.erase(f"{self._jobs}/{job_id}")

    def names(self, job_id: str) -> list[str]:
        """Return the names of the files of a job, sorted."""
        with self._watched():
            return self._files.names(f"{self._jobs}/{job_id}")

    def job_ids(self) -> set[str]:
        """Return the ids of all jobs that have files in the store."""
        with self._watched():
            return self._files.folders(self._jobs)

    def publish(self, region: str, snapshot: Path) -> None:
        """Copy the snapshot of a region into the store, unless it is there.

        The manifest comes at the end: a snapshot without it is not whole.
        """
        place = f"{_REGIONS}/{region}/{snapshot.name}"
        with self._watched():
            if self._files.has(f"{place}/{MANIFEST}"):
                return
            names = [path.name for path in sorted(snapshot.iterdir()) if path.is_file()]
            for name in (*(name for name in names if name != MANIFEST), MANIFEST):
                self._files.send(snapshot / name, f"{place}/{name}")

    def fetch_snapshot(self, region: str, target: Path) -> None:
        """Copy the snapshot of a region to its folder; it stays absent if the store lacks it."""
        place = f"{_REGIONS}/{region}/{target.name}"
        with self._watched():
            if not self._files.has(f"{place}/{MANIFEST}"):
                return
            remove_abandoned_parts(target.parent)
            part = part_path(target)
            part.mkdir(parents=True, mode=0o700)
            try:
                for name in self._files.names(place):
                    self._files.fetch(f"{place}/{name}", part / name)
                _put_in_place(part, target)
            finally:
                shutil.rmtree(part, ignore_errors=True)

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
