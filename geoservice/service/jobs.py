"""Batch jobs for users: accept a file, tell how far it is, hand out the result, erase it."""

import hashlib
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from geoservice.batch.chunk import DamagedChunkError
from geoservice.batch.folders import JobFolders
from geoservice.batch.results import Make, open_result, table_maker
from geoservice.batch.stages import placed_chunks
from geoservice.errors import (
    ConflictError,
    InputError,
    NotFoundError,
    StorageError,
    TemporaryError,
)
from geoservice.model.caller import Caller
from geoservice.model.settings import Settings
from geoservice.placing.queue import Queue
from geoservice.placing.summary import Summary
from geoservice.reference.snapshot import Reference
from geoservice.service.job_areas import job_areas
from geoservice.service.job_disclosures import JobDisclosures
from geoservice.service.job_erasure import Erasure
from geoservice.service.job_uploads import (
    Upload,
    check_upload_table,
    options_of,
    purpose_of,
    receive,
)
from geoservice.service.measures import RECORD_KEYS
from geoservice.service.regions import Regions
from geoservice.state.database import connect, database_id
from geoservice.state.ledger import GOING, OPEN, Ledger, Row
from geoservice.state.secret import secret_for
from geoservice.tables.writing import TableWriter

RESULTS = {"csv": "text/csv", "geojson": "application/geo+json",
           "parquet": "application/vnd.apache.parquet",
           "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
           "gpkg": "application/geopackage+sqlite3"}  # fmt: skip
_DAY_S = 86_400.0
_REPAIR_S = 5


class Jobs:
    """All batch jobs of one data folder. A caller sees their own; an administrator sees all."""

    def __init__(self, settings: Settings, regions: Regions) -> None:
        self._settings, self._regions = settings, regions
        self._record_secret = secret_for(RECORD_KEYS, settings)
        engine = connect(settings.database_url)
        self._ledger = Ledger(engine)
        self._folders = JobFolders(settings.home / "jobs", database_id(engine))
        self._ledger.adopt(self._folders.store)
        self._erasure = Erasure(settings, self._ledger, self._folders)
        self._disclosures = JobDisclosures(settings, self._ledger, self._folders)

    def tidy(self) -> None:
        """Erase what was purged or has expired, and what dead processes left."""
        self._erasure.tidy()

    def add(
        self, stream: IO[bytes], name: str, form: dict[str, str], reference: Reference,
        caller: Caller, idempotency_key: str | None = None,
    ) -> str:  # fmt: skip
        """Accept a file and return the job's id; it is durable then. The same key of the same caller gives the same job.

        Raises
        ------
        InputError
            Where the file, its table or an option will not do, or the key was used for another file.
        """
        limits = self._settings.limits
        purpose = purpose_of(form.pop("purpose", ""))
        options = options_of(form)
        incoming = self._folders.receive()
        try:
            upload = receive(stream, name, incoming, limits)
            check_upload_table(incoming / upload.file, options, limits)
            job = {
                "id": secrets.token_hex(12), "owner": caller.owner, "region": reference.info.id,
                "options": options, "snapshot": reference.snapshot, "purpose": purpose or None,
                "store": self._folders.store, "expires": self._expiry(),
                "idempotency_key": _owned_key(caller, idempotency_key), **_recorded(upload),
            }  # fmt: skip
            job_id = self._existing(job) or self._accepted(job, incoming)
        finally:
            self._folders.discard(incoming)
        return job_id

    def list(
        self, caller: Caller, limit: int = 100, after: str = ""
    ) -> tuple[list[dict[str, Any]], str | None]:
        """The caller's jobs, newest first, those after one of an id; and the id to go on after, if there are more."""
        ids = self._ledger.page(_owner(caller), limit + 1, after)
        shown = [self.status(job_id, caller) for job_id in ids[:limit]]
        return shown, ids[limit - 1] if len(ids) > limit else None

    def status(self, job_id: str, caller: Caller) -> dict[str, Any]:
        """State, counts and pace of a job."""
        job = self._ledger.job(job_id, _owner(caller))
        whole = Summary()
        for chunk in job["chunks"]:
            whole = whole.add(Summary(**chunk["summary"])) if chunk["summary"] else whole
        spent_s = (job["finished"] or time.time()) - job["started"] if job["started"] else 0.0
        pace = whole.rows / spent_s if spent_s > 0 else 0.0
        return {
            "id": job_id, "state": job["state"], "region": job["region"],
            "snapshot": job["snapshot"], "total": job["total"], "done": whole.rows,
            "matched": dict(whole.matched), "ambiguous": whole.ambiguous,
            "unmatched": dict(whole.unmatched), "rows_per_s": round(pace, 1),
            "eta_s": round((job["total"] - whole.rows) / pace, 1) if pace else None,
            "error": job["error"], "code": job["code"] if job["error"] else None,
            "owner": job["owner"], "created": job["created"], "expires": job["expires"],
        }  # fmt: skip

    def result(self, job_id: str, form: str, caller: Caller, purpose: str = "") -> IO[bytes]:
        """The result of a finished job in a form, opened; the view is entered in the record of disclosures.

        Raises
        ------
        TemporaryError
            Where a stored part was damaged and is made anew.
        """
        if form not in RESULTS:
            raise InputError(f"Results come as: {', '.join(RESULTS)}.")
        return self._opened(job_id, f"result.{form}", caller, purpose, self._table_maker)

    def review(self, job_id: str, caller: Caller, purpose: str = "") -> IO[bytes]:
        """Rows of a finished job that want a look, with candidates, as a CSV to fill in; the view is recorded."""
        return self._opened(job_id, "review.csv", caller, purpose, self._review_maker)

    def areas(self, job_id: str, areas: str, caller: Caller) -> dict[str, Any]:
        """What became of a finished job's rows by area, as GeoJSON (`geoservice.service.job_areas`)."""
        job = self._done(job_id, caller)
        with self._watched(job_id):
            chunks = placed_chunks(job, self._folders.of(job_id), self._ledger)
            return job_areas(chunks, self._reference(job), areas, self._record_secret)

    def cancel(self, job_id: str, caller: Caller) -> None:
        """Stop a job; what was placed stays until it is purged or expires."""
        self._ledger.job(job_id, _owner(caller))
        if not self._ledger.set_state(job_id, "cancelled"):
            raise ConflictError("The job is over. Use purge to delete it.")

    def purge(self, job_id: str, caller: Caller) -> dict[str, Any]:
        """Erase a job in any state: upload, chunks, results and the entry; return the certificate.

        Raises
        ------
        ConflictError
            Where the files are in the data folder of another service of this database.
        """
        job = self._held(job_id, caller)
        self._ledger.mark_going(job_id, _owner(caller))
        return self._erasure.erase(job, "deleted")

    def queue(self) -> tuple[int, float | None]:
        """Number of jobs that wait or run, and how long the oldest has waited for a worker, in seconds."""
        count, oldest = self._ledger.waiting(self._folders.store)
        return count, None if oldest is None else max(0.0, time.time() - oldest)

    @property
    def store(self) -> str:
        """Name of the folder that holds the files of jobs."""
        return self._folders.store

    def _existing(self, job: Row) -> str | None:
        """The job that has the same idempotency key.

        Raises
        ------
        InputError
            Where it is of another file.
        """
        if job["idempotency_key"] is None:
            return None
        earlier = self._ledger.by_key(job["idempotency_key"])
        if earlier is None:
            return None
        if earlier["upload_sha256"] != job["upload_sha256"]:
            raise InputError("This Idempotency-Key was used for another file. Use a new one.")  # fmt: skip
        return str(earlier["id"])

    def _accepted(self, job: Row, incoming: Path) -> str:
        """Make an upload a job; of several with one key that come at once, one is made."""
        folder = self._folders.accept(incoming, job["id"])
        try:
            job_id = self._ledger.add(job, self._settings.limits.max_open_jobs)
        except BaseException:
            self._folders.discard(folder)
            raise
        if job_id != job["id"]:
            self._folders.discard(folder)
            return self._existing(job) or job_id
        return job_id

    def _opened(
        self, job_id: str, name: str, caller: Caller, purpose: str,
        maker: Callable[[Row, Path], Make],
    ) -> IO[bytes]:  # fmt: skip
        job = self._done(job_id, caller)
        folder = self._folders.of(job_id)
        with self._watched(job_id):
            opened = open_result(job_id, name, folder, self._ledger, maker(job, folder))
            try:
                self._disclosures.record(job, name, caller, purpose_of(purpose))
            except BaseException:
                opened.close()
                raise
        return opened

    @contextmanager
    def _watched(self, job_id: str) -> Iterator[None]:
        """Name what damage and a purge meanwhile do to a view of a job.

        Raises
        ------
        TemporaryError
            Where a part was damaged: workers make it anew.
        NotFoundError
            Where the job was erased meanwhile.
        """
        try:
            yield
        except DamagedChunkError as fault:
            if self._is_gone(job_id):
                raise NotFoundError("There is no job of that id.") from fault
            raise TemporaryError(
                "A stored part of the result was damaged and is made anew. Ask again.",
                retry_after_s=_REPAIR_S,
            ) from fault
        except (StorageError, OSError) as fault:
            if self._is_gone(job_id):
                raise NotFoundError("There is no job of that id.") from fault
            if isinstance(fault, StorageError):
                raise
            raise StorageError("The result cannot be written or read.") from fault

    def _is_gone(self, job_id: str) -> bool:
        return self._ledger.state(job_id) in (None, GOING)

    def _table_maker(self, job: Row, folder: Path) -> Make:
        return table_maker(job, folder, self._ledger)

    def _review_maker(self, job: Row, folder: Path) -> Make:
        def write(target: Path) -> None:
            queue = Queue(self._reference(job))
            for given, placed, options in placed_chunks(job, folder, self._ledger):
                queue.add(given, placed, options)
            with TableWriter(target) as writer:
                writer.write(queue.table())

        return write

    def _reference(self, job: Row) -> Reference:
        return self._regions.at(job["region"], job["snapshot"])

    def _held(self, job_id: str, caller: Caller) -> Row:
        job = self._ledger.job(job_id, _owner(caller))
        if job["store"] != self._folders.store:
            raise ConflictError("The files of this job are in the data folder of another service. Ask that service.")  # fmt: skip
        return job

    def _done(self, job_id: str, caller: Caller) -> Row:
        job = self._held(job_id, caller)
        if job["state"] != "done":
            raise ConflictError("The job is not done.")
        return job

    def _expiry(self) -> float | None:
        days = self._settings.limits.keep_days
        return time.time() + days * _DAY_S if days else None


def _owner(caller: Caller) -> str | None:
    """Whose jobs a caller sees; None for all."""
    return None if caller.is_admin else caller.owner


def _owned_key(caller: Caller, key: str | None) -> str | None:
    """An idempotency key as it is stored: each owner has their own, and its text is not kept."""
    if not key:
        return None
    return hashlib.sha256(f"{caller.owner}\n{key}".encode()).hexdigest()


def _recorded(upload: Upload) -> Row:
    return {
        "file": upload.file,
        "upload_bytes": upload.size_bytes,
        "upload_sha256": upload.sha256,
    }


__all__ = ["OPEN", "RESULTS", "Jobs"]
