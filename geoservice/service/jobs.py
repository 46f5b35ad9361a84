"""Batch jobs for users: accept a file, tell how far it is, hand out the result, erase it."""

import hashlib
import secrets
import time
from pathlib import Path
from typing import IO, Any

from geoservice.batch.folders import JobFolders
from geoservice.batch.job_options import NOTES
from geoservice.errors import ConflictError, InputError
from geoservice.model.caller import Caller
from geoservice.model.settings import Settings
from geoservice.placing.summary import Summary
from geoservice.reference.snapshot import Reference
from geoservice.service.job_erasure import Erasure
from geoservice.service.job_results import JobResults
from geoservice.service.job_uploads import (
    Upload,
    check_upload_table,
    options_of,
    purpose_of,
    receive,
)
from geoservice.service.regions import Regions
from geoservice.state.database import connect, database_id
from geoservice.state.ledger import OPEN, Ledger, Row

RESULTS = {
    "csv": "text/csv",
    "geojson": "application/geo+json",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "gpkg": "application/geopackage+sqlite3",
}
_DAY_S = 86_400.0


class Jobs:
    """All batch jobs of one data folder. A caller sees their own; an administrator sees all."""

    def __init__(self, settings: Settings, regions: Regions) -> None:
        self._settings = settings
        engine = connect(settings.database_url)
        self._ledger = Ledger(engine)
        self._folders = JobFolders(settings.home / "jobs", database_id(engine))
        self._ledger.adopt(self._folders.store)
        self._erasure = Erasure(settings, self._ledger, self._folders)
        self._results = JobResults(settings, regions, self._ledger, self._folders)

    def tidy(self) -> None:
        """Erase what was purged or has expired, and what dead processes left."""
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
            notes = check_upload_table(incoming / upload.file, options, limits)
            options |= {NOTES: notes} if notes else {}
            job = {
                "id": secrets.token_hex(12),
                "owner": caller.owner,
                "region": reference.info.id,
                "options": options,
                "snapshot": reference.snapshot,
                "purpose": purpose or None,
                "store": self._folders.store,
                "expires": self._expiry(),
                "idempotency_key": _owned_key(caller, idempotency_key),
                **_recorded(upload),
            }
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
            "id": job_id,
            "state": job["state"],
            "region": job["region"],
            "snapshot": job["snapshot"],
            "total": job["total"],
            "done": whole.rows,
            "matched": dict(whole.matched),
            "ambiguous": whole.ambiguous,
            "unmatched": dict(whole.unmatched),
            "rows_per_s": round(pace, 1),
            "eta_s": round((job["total"] - whole.rows) / pace, 1) if pace else None,
            "error": job["error"],
            "code": job["code"] if job["error"] else None,
            "owner": job["owner"],
            "created": job["created"],
            "expires": job["expires"],
            "notes": job["options"].get(NOTES, []),
        }

    def result(self, job_id: str, form: str, caller: Caller, purpose: str = "") -> IO[bytes]:
        """The result of a finished job in a form, opened; the view is entered in the record of disclosures.

        Raises
        ------
        TemporaryError
            Where a stored part was damaged and is made anew.
        """
        if form not in RESULTS:
            raise InputError(f"Results come as: {', '.join(RESULTS)}.")
        job = self._done(job_id, caller)
        return self._results.table(job, form, caller, purpose_of(purpose))

    def review(self, job_id: str, caller: Caller, purpose: str = "") -> IO[bytes]:
        """Rows of a finished job that want a look, with candidates, as a CSV to fill in; the view is recorded."""
        return self._results.review(self._done(job_id, caller), caller, purpose_of(purpose))

    def areas(self, job_id: str, areas: str, caller: Caller) -> dict[str, Any]:
        """What became of a finished job's rows by area, as GeoJSON (`geoservice.service.job_areas`)."""
        return self._results.areas(self._done(job_id, caller), areas)

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
            raise InputError("This Idempotency-Key was used for another file. Use a new one.")
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
