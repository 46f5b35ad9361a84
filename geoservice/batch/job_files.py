"""The files of one job, in the data folder or as copies of objects."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from geoservice.batch.job_objects import JobObjects


@dataclass(frozen=True)
class JobFiles:
    """The files of a job in a folder.

    Attributes
    ----------
    path
        The job's folder; with objects, a folder for copies that this process alone uses.
    objects
        The object store that holds the job's files; None if ``path`` holds them.
    job
        The job's id.
    """

    path: Path
    objects: JobObjects | None = None
    job: str = ""

    def fetch(self, names: Iterable[str]) -> None:
        """Make files present in the folder; files that the job does not have stay absent."""
        if self.objects is not None:
            absent = [name for name in names if not (self.path / name).exists()]
            self.objects.fetch(self.job, self.path, absent)

    def keep(self, *names: str) -> None:
        """Make new or changed files of the folder part of the job."""
        if self.objects is not None:
            self.objects.send(self.job, self.path, names)

    def remove(self, name: str) -> None:
        """Remove a file of the job."""
        (self.path / name).unlink(missing_ok=True)
        if self.objects is not None:
            self.objects.remove(self.job, name)
