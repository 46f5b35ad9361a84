"""What is handed out of a finished job: its result, its review and its areas, checked and entered in the record."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from geoservice.batch.chunk import DamagedChunkError
from geoservice.batch.folders import JobFolders
from geoservice.batch.results import Make, open_result, table_maker
from geoservice.batch.stages import placed_chunks
from geoservice.errors import NotFoundError, StorageError, TemporaryError
from geoservice.model.caller import Caller
from geoservice.model.settings import Settings
from geoservice.placing.queue import Queue
from geoservice.reference.snapshot import Reference
from geoservice.service.job_areas import job_areas
from geoservice.service.job_disclosures import JobDisclosures
from geoservice.service.measures import RECORD_KEYS
from geoservice.service.regions import Regions
from geoservice.state.ledger import GOING, Ledger, Row
from geoservice.state.secret import secret_for
from geoservice.tables.writing import TableWriter

_REPAIR_S = 5


class JobResults:
    """Results of the jobs of one data folder. Who may see a job is decided before."""

    def __init__(
        self, settings: Settings, regions: Regions, ledger: Ledger, folders: JobFolders
    ) -> None:
        self._regions, self._ledger, self._folders = regions, ledger, folders
        self._disclosures = JobDisclosures(settings, ledger, folders)
        self._record_secret = secret_for(RECORD_KEYS, settings)

    def table(self, job: Row, form: str, caller: Caller, purpose: str) -> IO[bytes]:
        """The placed rows in a form, opened; the view is entered in the record of disclosures.

        Raises
        ------
        TemporaryError
            Where a stored part was damaged and is made anew.
        """
        make = table_maker(job, self._folders.of(job["id"]), self._ledger)
        return self._opened(job, f"result.{form}", caller, purpose, make)

    def review(self, job: Row, caller: Caller, purpose: str) -> IO[bytes]:
        """Rows that want a look, with candidates, as a CSV to fill in; as `table`."""

        def make(target: Path) -> None:
            queue = Queue(self._reference(job))
            for given, placed, options in self._chunks(job):
                queue.add(given, placed, options)
            with TableWriter(target) as writer:
                writer.write(queue.table())

        return self._opened(job, "review.csv", caller, purpose, make)

    def areas(self, job: Row, areas: str) -> dict[str, Any]:
        """What became of the rows by area, as GeoJSON (`geoservice.service.job_areas`)."""
        with self._watched(job["id"]):
            return job_areas(self._chunks(job), self._reference(job), areas, self._record_secret)

    def _opened(self, job: Row, name: str, caller: Caller, purpose: str, make: Make) -> IO[bytes]:
        with self._watched(job["id"]):
            folder = self._folders.of(job["id"])
            stream = open_result(job["id"], name, folder, self._ledger, make)
            try:
                self._disclosures.record(job, name, caller, purpose)
            except BaseException:
                stream.close()
                raise
        return stream

    @contextmanager
    def _watched(self, job_id: str) -> Iterator[None]:
        """Name what damage, and a purge meanwhile, do to a view of a job.

        Raises
        ------
        TemporaryError
            Where a part was damaged: workers make it anew.
        NotFoundError
            Where the job was erased meanwhile.
        """
        try:
            yield
        except (StorageError, OSError) as fault:
            if self._ledger.state(job_id) in (None, GOING):
                raise NotFoundError("There is no job of that id.") from fault
            if isinstance(fault, DamagedChunkError):
                raise TemporaryError(
                    "A stored part of the result was damaged and is made anew. Ask again.",
                    retry_after_s=_REPAIR_S,
                ) from fault
            if isinstance(fault, StorageError):
                raise
            raise StorageError("The result cannot be written or read.") from fault

    def _chunks(self, job: Row) -> Iterator[Any]:
        return placed_chunks(job, self._folders.of(job["id"]), self._ledger)

    def _reference(self, job: Row) -> Reference:
        return self._regions.at(job["region"], job["snapshot"])
