"""Results of finished jobs: table, review and areas, checked and recorded before they are sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any

from geoservice.batch.chunk import DamagedChunkError, files_to_place
from geoservice.batch.decisions import read_decisions, with_decisions
from geoservice.batch.folders import JobFolders
from geoservice.batch.job_files import JobFiles
from geoservice.batch.results import Make, open_result, table_maker
from geoservice.batch.stages import placed_chunks, placed_rows
from geoservice.errors import GeoserviceError, NotFoundError, StorageError, TemporaryError
from geoservice.model.caller import Caller
from geoservice.model.settings import Settings
from geoservice.placing.queue import Queue
from geoservice.reference.snapshot import Reference
from geoservice.service.job_areas import job_areas
from geoservice.service.job_disclosures import JobDisclosures
from geoservice.service.job_places import job_places
from geoservice.service.protection import RECORD_KEYS
from geoservice.service.regions import Regions
from geoservice.state.ledger import GOING, Ledger, Row
from geoservice.state.secret import secret_for
from geoservice.tables.writing import TableWriter

_REPAIR_S = 5


class JobResults:
    """Results of the jobs of one data folder. The caller's access is checked before."""

    def __init__(
        self, settings: Settings, regions: Regions, ledger: Ledger, folders: JobFolders
    ) -> None:
        self._regions, self._ledger, self._folders = regions, ledger, folders
        self._disclosures = JobDisclosures(settings, ledger, folders)
        self._record_secret = secret_for(RECORD_KEYS, settings)

    def table(self, job: Row, form: str, caller: Caller, purpose: str) -> IO[bytes]:
        """Open the placed rows in a format; the view is recorded as a disclosure.

        Raises
        ------
        TemporaryError
            If a stored part was damaged and is made anew.
        """
        with self._folders.files(job["id"]) as files:
            make = table_maker(job, files, self._ledger)
            return self._opened(job, f"result.{form}", (caller, purpose), files, make)

    def review(self, job: Row, caller: Caller, purpose: str) -> IO[bytes]:
        """Open the rows that need a decision, with candidates, as a CSV to fill in; as `table`."""
        with self._folders.files(job["id"]) as files:
            make = partial(self._write_review, job, files)
            return self._opened(job, "review.csv", (caller, purpose), files, make)

    def _write_review(self, job: Row, files: JobFiles, target: Path) -> None:
        queue = Queue(self._reference(job))
        for chunk, placed, options in placed_chunks(job, files, self._ledger):
            queue.add(chunk, placed, options)
        files.fetch(files_to_place(job["options"], 0))
        with TableWriter(target) as writer:
            decided = read_decisions(files.path, job["options"])
            writer.write(with_decisions(queue.table(), decided))

    def areas(self, job: Row, areas: str) -> dict[str, Any]:
        """Return the results by area as GeoJSON (`geoservice.service.job_areas`)."""
        with self._watched(job["id"]), self._folders.files(job["id"]) as files:
            chunks = placed_chunks(job, files, self._ledger)
            return job_areas(chunks, self._reference(job), areas, self._record_secret)

    def places(self, job: Row, after: int, caller: Caller, purpose: str) -> dict[str, Any]:
        """Return the places of rows (`geoservice.service.job_places`); recorded as `table`."""
        with self._watched(job["id"]), self._folders.files(job["id"]) as files:
            content = job_places(placed_rows(job, files, self._ledger), after)
            self._disclosures.record(job, "places", caller, purpose)
        return content

    def _opened(
        self, job: Row, name: str, view: tuple[Caller, str], files: JobFiles, make: Make
    ) -> IO[bytes]:
        """Open a result and record the view: its caller and its purpose."""
        with self._watched(job["id"]):
            stream = open_result(job["id"], name, files, self._ledger, make)
            try:
                self._disclosures.record(job, name, *view)
            except BaseException:
                stream.close()
                raise
        return stream

    @contextmanager
    def _watched(self, job_id: str) -> Iterator[None]:
        """Turn faults that damage or a purge cause during a view into errors for the caller.

        Raises
        ------
        TemporaryError
            If a part was damaged: workers make it anew.
        NotFoundError
            If the job was erased meanwhile.
        """
        try:
            yield
        except (GeoserviceError, OSError) as fault:
            # A file that is erased while it is read looks like a damaged file to its reader.
            if self._ledger.state(job_id) in (None, GOING):
                raise NotFoundError(
                    "There is no job of that id. List your jobs with `GET /v1/jobs`."
                ) from fault
            if isinstance(fault, DamagedChunkError):
                raise TemporaryError(
                    "A stored part of the result was damaged and is written again. Repeat the "
                    "request in a moment.",
                    retry_after_s=_REPAIR_S,
                ) from fault
            if isinstance(fault, GeoserviceError):
                raise
            raise StorageError("The result cannot be written or read.") from fault

    def _reference(self, job: Row) -> Reference:
        return self._regions.at(job["region"], job["snapshot"])
