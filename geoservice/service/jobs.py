"""Batch jobs for users: accept a file, report its progress, return the result, erase it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import polars as pl

from geoservice.batch.chunk import files_to_place
from geoservice.errors import ConflictError, InputError
from geoservice.model.caller import Caller
from geoservice.model.settings import Settings
from geoservice.reference.snapshot import Reference
from geoservice.service.job_decisions import JobDecisions
from geoservice.service.job_erasure import Erasure
from geoservice.service.job_intake import JobIntake, expiry, owned_key
from geoservice.service.job_results import JobResults
from geoservice.service.job_retries import JobRetries
from geoservice.service.job_status import job_status
from geoservice.service.job_store import job_folders
from geoservice.service.job_uploads import (
    purpose_of,
)
from geoservice.service.regions import Regions
from geoservice.state.database import connect
from geoservice.state.ledger import OPEN, Ledger, Row

RESULTS = {
    "csv": "text/csv",
    "geojson": "application/geo+json",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "gpkg": "application/geopackage+sqlite3",
    "geoparquet": "application/vnd.apache.parquet",
}


class Jobs:
    """All batch jobs of one data folder. A caller sees their own; an administrator sees all."""

    def __init__(self, settings: Settings, regions: Regions) -> None:
        self._settings = settings
        engine = connect(settings.database_url)
        self._ledger = Ledger(engine)
        self._folders = job_folders(settings, engine)
        self._ledger.adopt(self._folders.store)
        self._erasure = Erasure(settings, self._ledger, self._folders)
        self._decisions = JobDecisions(regions, self._ledger, self._folders)
        self._intake = JobIntake(settings, engine, self._ledger, self._folders)
        self._retries = JobRetries(self._ledger, self._folders)
        self._results = JobResults(settings, regions, self._ledger, self._folders)

    def tidy(self) -> None:
        """Erase purged and expired jobs, and leftovers of dead processes."""
        self._erasure.tidy()

    def add(
        self,
        stream: IO[bytes],
        name: str,
        form: dict[str, str],
        reference: Reference,
        caller: Caller,
        idempotency_key: str | None = None,
    ) -> str:
        """Accept a file and return the job's id; the job then survives a crash.

        The same key of the same caller returns the same job.

        Raises
        ------
        InputError
            If the file, its table or an option will not do, or the key was used for another
            file.
        """
        return self._intake.add(stream, name, form, reference, caller, idempotency_key)

    def list(
        self, caller: Caller, limit: int = 100, after: str = ""
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Return a page of the caller's jobs, newest at the top, and the id to continue after.

        The id is None on the last page.
        """
        ids = self._ledger.page(_owner(caller), limit + 1, after)
        shown = [self.status(job_id, caller) for job_id in ids[:limit]]
        return shown, ids[limit - 1] if len(ids) > limit else None

    def status(self, job_id: str, caller: Caller) -> dict[str, Any]:
        """Return state, counts and pace of a job."""
        return job_status(self._ledger.job(job_id, _owner(caller)))

    def result(self, job_id: str, form: str, caller: Caller, purpose: str = "") -> IO[bytes]:
        """Open the result of a finished job in a format; the view is recorded as a disclosure.

        Raises
        ------
        TemporaryError
            If a stored part was damaged and is made anew.
        """
        if form not in RESULTS:
            raise InputError(f"Results come as: {', '.join(RESULTS)}.")
        job = self._done(job_id, caller)
        return self._results.table(job, form, caller, purpose_of(purpose))

    def review(self, job_id: str, caller: Caller, purpose: str = "") -> IO[bytes]:
        """Open the rows of a finished job that need a decision, as a CSV to fill in.

        The view is recorded as a disclosure.
        """
        return self._results.review(self._done(job_id, caller), caller, purpose_of(purpose))

    def places(
        self, job_id: str, caller: Caller, after: int = 0, purpose: str = ""
    ) -> dict[str, Any]:
        """Return the places of a finished job's rows (`geoservice.service.job_places`).

        The view is recorded as a disclosure.
        """
        job = self._done(job_id, caller)
        return self._results.places(job, after, caller, purpose_of(purpose))

    def decide(self, job_id: str, review: pl.DataFrame, caller: Caller) -> None:
        """Apply the decisions of a filled review and write the result again.

        Raises
        ------
        InputError
            If a decision leads to no single place; names its row.
        ConflictError
            If the job is not done.
        """
        self._decisions.put(self._done(job_id, caller), review)

    def retry(
        self,
        job_id: str,
        reference: Reference,
        caller: Caller,
        idempotency_key: str | None = None,
    ) -> str:
        """Place the rows without a match anew, in a new job; return its id.

        The same key again gives the same job.

        Raises
        ------
        ConflictError
            If the job is not done, or the region has not changed or has other columns.
        """
        job = self._done(job_id, caller)
        entry = {
            "expires": expiry(self._settings.limits),
            "idempotency_key": owned_key(caller, idempotency_key),
        }
        return self._retries.add(job, reference, entry, self._settings.limits.max_open_jobs)

    def read_review(self, stream: IO[bytes], name: str) -> pl.DataFrame:
        """Return the rows of a file with a filled review."""
        return self._decisions.read(stream, name, self._settings.limits)

    @contextmanager
    def finished(self, job_id: str, caller: Caller) -> Iterator[tuple[Row, Path]]:
        """Yield the entry of a finished job, and a folder with its upload and its decisions.

        Raises
        ------
        ConflictError
            If the job is not done.
        """
        job = self._done(job_id, caller)
        with self._folders.files(job_id) as files:
            files.fetch([job["file"], *files_to_place(job["options"], 0)])
            yield job, files.path

    def areas(self, job_id: str, areas: str, caller: Caller) -> dict[str, Any]:
        """Return the results of a finished job by area (`geoservice.service.job_areas`)."""
        return self._results.areas(self._done(job_id, caller), areas)

    def cancel(self, job_id: str, caller: Caller) -> None:
        """Stop a job; its placed rows stay until it is purged or expires."""
        self._ledger.job(job_id, _owner(caller))
        if not self._ledger.set_state(job_id, "cancelled"):
            raise ConflictError("The job has ended. Use purge to delete it.")

    def purge(self, job_id: str, caller: Caller) -> dict[str, Any]:
        """Erase a job in any state: upload, chunks, results and the entry; return the certificate.

        Raises
        ------
        ConflictError
            If the files are in the data folder of another service of this database.
        """
        job = self._held(job_id, caller)
        self._ledger.mark_going(job_id, _owner(caller))
        return self._erasure.erase(job, "deleted")

    def queue(self) -> tuple[int, float | None]:
        """Return the number of open jobs and the longest wait for a worker in seconds."""
        count, oldest = self._ledger.waiting(self._folders.store)
        return count, None if oldest is None else max(0.0, time.time() - oldest)

    @property
    def store(self) -> str:
        """Return the name of the folder that holds the files of jobs."""
        return self._folders.store

    def _held(self, job_id: str, caller: Caller) -> Row:
        job = self._ledger.job(job_id, _owner(caller))
        if job["store"] != self._folders.store:
            raise ConflictError(
                "The files of this job are in the data folder of another service. Ask that service."
            )
        return job

    def _done(self, job_id: str, caller: Caller) -> Row:
        job = self._held(job_id, caller)
        if job["state"] != "done":
            raise ConflictError("The job has not finished. Wait until its state is `done`.")
        return job


def _owner(caller: Caller) -> str | None:
    """Return the owner whose jobs a caller sees; None for all jobs."""
    return None if caller.is_admin else caller.owner


__all__ = ["OPEN", "RESULTS", "Jobs"]
