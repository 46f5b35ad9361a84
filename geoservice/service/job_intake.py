"""Acceptance of files as batch jobs: a job that is accepted survives a crash."""

import secrets
import time
from pathlib import Path
from typing import IO

from sqlalchemy import Engine

from geoservice.batch.folders import JobFolders
from geoservice.batch.job_options import DECISIONS, FILE_NAME, NOTES
from geoservice.batch.telemetry import REQUEST_TRACE
from geoservice.errors import InputError
from geoservice.model.caller import Caller
from geoservice.model.digests import digest_of
from geoservice.model.limits import Limits
from geoservice.model.settings import Settings
from geoservice.reference.snapshot import Reference
from geoservice.service.job_uploads import (
    Upload,
    check_upload_table,
    options_of,
    purpose_of,
    receive,
    shown_name,
)
from geoservice.service.webhooks import webhook_url
from geoservice.state.daily_rows import refuse_too_many_rows
from geoservice.state.ledger import Ledger, Row
from geoservice.state.notices import Notices

_DAY_S = 86_400.0


class JobIntake:
    """Takes in the files of the jobs of one data folder."""

    def __init__(
        self, settings: Settings, engine: Engine, ledger: Ledger, folders: JobFolders
    ) -> None:
        self._settings, self._engine = settings, engine
        self._ledger, self._folders = ledger, folders
        self._notices = Notices(engine, folders.store)

    def add(
        self,
        stream: IO[bytes],
        name: str,
        form: dict[str, str],
        reference: Reference,
        caller: Caller,
        idempotency_key: str | None,
    ) -> str:
        """Accept a file and return the job's id, as `geoservice.service.jobs.Jobs.add`."""
        limits = self._settings.limits
        purpose = purpose_of(form.pop("purpose", ""))
        url = webhook_url(form.pop("notify", ""), self._settings.operations)
        options = options_of(form)
        refuse_too_many_rows(self._engine, caller.owner, limits.max_rows_per_day)
        incoming = self._folders.receive()
        try:
            upload = receive(stream, name, incoming, limits)
            checked = check_upload_table(incoming / upload.file, options, limits)
            options |= checked.guesses
            options |= {NOTES: checked.notes} if checked.notes else {}
            options |= {FILE_NAME: shown_name(name)}
            self._folders.publish(reference.info.id, reference.folder)
            job = {
                "id": secrets.token_hex(12),
                "owner": caller.owner,
                "region": reference.info.id,
                "options": options,
                "snapshot": reference.snapshot,
                "purpose": purpose or None,
                "store": self._folders.store,
                "expires": expiry(limits),
                "idempotency_key": owned_key(caller, idempotency_key),
                **_recorded(upload),
            }
            job_id = self._existing(job) or self._accepted(job, incoming, url)
        finally:
            self._folders.discard(incoming)
        return job_id

    def _existing(self, job: Row) -> str | None:
        """Return the job that has the same idempotency key.

        Raises
        ------
        InputError
            If it is of another file, region, purpose or other options.
        """
        if job["idempotency_key"] is None:
            return None
        earlier = self._ledger.by_key(job["idempotency_key"])
        if earlier is None:
            return None
        if earlier["upload_sha256"] != job["upload_sha256"]:
            raise InputError("This Idempotency-Key was used for another file. Use a new one.")
        if _asked(earlier) != _asked(job):
            raise InputError("This Idempotency-Key was used with other options. Use a new one.")
        return str(earlier["id"])

    def _accepted(self, job: Row, incoming: Path, url: str) -> str:
        """Turn an upload into a job.

        Of several uploads with one key at the same time, one becomes a job.
        """
        self._folders.accept(incoming, job["id"])
        try:
            if url:  # Before the job: a crash in between must not lose it.
                self._notices.add(job["id"], url)
            job_id = self._ledger.add(job, self._settings.limits.max_open_jobs, REQUEST_TRACE.get())
        except BaseException:
            self._folders.withdraw(job["id"])
            self._notices.remove(job["id"])
            raise
        if job_id != job["id"]:
            self._folders.withdraw(job["id"])
            self._notices.remove(job["id"])
            return self._existing(job) or job_id
        return job_id


def expiry(limits: Limits) -> float | None:
    """Return the time when a job of now expires; None where jobs are kept."""
    return time.time() + limits.keep_days * _DAY_S if limits.keep_days else None


def owned_key(caller: Caller, key: str | None) -> str | None:
    """Return the stored form of an idempotency key: hashed, and separate for each owner."""
    if not key:
        return None
    return digest_of(f"{caller.owner}\n{key}")


def _asked(job: Row) -> tuple[str, str | None, Row]:
    """Return what the sender of a job asked for.

    Notes follow from the file, and decisions come later. The file may have another name.
    """
    later = (NOTES, DECISIONS, FILE_NAME)
    options = {key: value for key, value in job["options"].items() if key not in later}
    return job["region"], job["purpose"], options


def _recorded(upload: Upload) -> Row:
    return {
        "file": upload.file,
        "upload_bytes": upload.size_bytes,
        "upload_sha256": upload.sha256,
    }
