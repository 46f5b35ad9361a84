"""Retries of finished jobs: a new job places the rows without a match by a new snapshot."""

import secrets
from pathlib import Path

import polars as pl

from geoservice.batch.chunk import input_path, output_path, read_chunk
from geoservice.batch.folders import JobFolders
from geoservice.batch.job_options import RETRY, place_options
from geoservice.batch.retrying import files_to_keep, keep_earlier
from geoservice.batch.telemetry import REQUEST_TRACE
from geoservice.errors import ConflictError, InputError
from geoservice.placing.options import resolve
from geoservice.placing.pipeline import added_columns, names_without_results
from geoservice.reference.snapshot import Reference
from geoservice.state.ledger import Ledger, Row

_INHERITED = ("owner", "region", "file", "upload_bytes", "upload_sha256", "purpose", "store")


class JobRetries:
    """Retries of the jobs of one data folder. Who may see a job is decided before."""

    def __init__(self, ledger: Ledger, folders: JobFolders) -> None:
        self._ledger, self._folders = ledger, folders

    def add(self, job: Row, reference: Reference, fields: Row, most_open: int) -> str:
        """Add the retry of a job; return its id. The retry belongs to the job's owner.

        ``fields`` are the expiry and the idempotency key of the retry.

        Raises
        ------
        ConflictError
            If nothing is to be placed again, or the region has not changed or has other columns.
        """
        repeated = self._ledger.by_key(fields["idempotency_key"] or "")
        if repeated is not None:
            return _same_retry(repeated, job, reference)
        _refuse_needless(job, reference)
        with self._folders.files(job["id"]) as files:
            files.fetch(files_to_keep(job))
            entry = self._accepted(job, files.path, reference, fields)
        try:
            job_id = self._ledger.add(entry, most_open, REQUEST_TRACE.get())
        except BaseException:
            self._folders.withdraw(entry["id"])
            raise
        if job_id != entry["id"]:  # Of several requests with one key, one becomes a job.
            self._folders.withdraw(entry["id"])
        return job_id

    def _accepted(self, job: Row, source: Path, reference: Reference, fields: Row) -> Row:
        """Make the files of the retry; return its entry for the ledger."""
        _refuse_other_columns(job, source, reference)
        incoming = self._folders.receive()
        try:
            options = keep_earlier(job, source, incoming)
            entry = {
                **{name: job[name] for name in _INHERITED},
                "id": secrets.token_hex(12),
                "snapshot": reference.snapshot,
                "options": options,
                **fields,
            }
            self._folders.publish(job["region"], reference.folder)
            self._folders.accept(incoming, entry["id"])
            return entry
        except FileNotFoundError as fault:
            raise ConflictError("The job is being erased, or its files are gone.") from fault
        finally:
            self._folders.discard(incoming)


def lineage(job: Row) -> dict[str, str] | None:
    """The job that a job is a retry of, and the snapshot of that job; None for other jobs."""
    retry = job["options"].get(RETRY)
    return retry and {"job": retry["job"], "snapshot": retry["snapshot"]}


def _same_retry(repeated: Row, job: Row, reference: Reference) -> str:
    """Return the id of a job that has the key of a request for a retry."""
    if (lineage(repeated) or {}).get("job") != job["id"] or (
        repeated["snapshot"] != reference.snapshot
    ):
        raise InputError("This Idempotency-Key was used for another job. Use a new one.")
    return str(repeated["id"])


def _refuse_needless(job: Row, reference: Reference) -> None:
    if job["snapshot"] == reference.snapshot:
        raise ConflictError(
            "The region has not changed since the job. Build the region with new layers first."
        )
    summaries = [chunk["summary"] for chunk in job["chunks"]]
    if not any(summary["unmatched"] or summary["ambiguous"] for summary in summaries):
        raise ConflictError("All rows of the job are matched, so a retry changes nothing.")


def _refuse_other_columns(job: Row, source: Path, reference: Reference) -> None:
    """Refuse a region that would give the rows other columns than the rows that stay."""
    earlier = read_chunk(output_path(source, 0), job["chunks"][0]["checksum"])
    names = list(pl.read_parquet_schema(input_path(source, 0)))
    options = resolve(place_options(job["options"]), names)
    kept = list(names_without_results(names, reference)) if options.replace else names
    added = [column.name for column in added_columns(kept, options, reference)]
    if earlier.columns != [*kept, *added]:
        raise ConflictError(
            "The region has other zones or areas than at the job, so the rows would have other "
            "columns. Send the file again."
        )
