"""Views of the rows of batch jobs, entered in the record of disclosures."""

from functools import lru_cache

import polars as pl

from geoservice.batch.chunk import input_path
from geoservice.batch.folders import JobFolders
from geoservice.batch.job_options import place_options
from geoservice.model.caller import Caller
from geoservice.model.settings import Settings
from geoservice.placing.options import resolve
from geoservice.service.audit import STUDENT_PURPOSE, Disclosures, StudentSet, student_set
from geoservice.state.ledger import Ledger, Row
from geoservice.state.secret import secret_for
from geoservice.students.identity import student_keys

DEFAULT_PURPOSE = "the batch job of the same caller"
"""Where neither the request nor the job says for what purpose."""

_ID_NAMES = ("student_id", "studentid", "student_number", "pupil_id", "id")


class JobDisclosures:
    """Enters each view of a job's rows before they are handed out."""

    def __init__(self, settings: Settings, ledger: Ledger, folders: JobFolders) -> None:
        self._settings, self._ledger, self._folders = settings, ledger, folders
        self._disclosures = Disclosures(settings)
        self._students = lru_cache(maxsize=4)(self._students_of)

    def record(self, job: Row, name: str, caller: Caller, purpose: str) -> None:
        """Enter a view of a result: who, why, which job, and whose rows."""
        students = self._students(job["id"], job["upload_sha256"])
        self._disclosures.record(
            students,
            purpose=purpose or job["purpose"] or DEFAULT_PURPOSE,
            endpoint=f"job {name}",
            region=job["region"],
            data_version=f"job:{job['id']} {job['snapshot']}",
            filters={"job": job["id"]},
            who=caller.name,
            role=caller.role,
        )

    def _students_of(self, job_id: str, _: str | None) -> StudentSet:
        """The students of a job by its column of ids; each row is one where it has none."""
        job, folder = self._ledger.job(job_id), self._folders.of(job_id)
        secret = secret_for(STUDENT_PURPOSE, self._settings)
        parts = []
        for chunk in job["chunks"]:
            path = input_path(folder, chunk["number"])
            id_column = _id_column(job, tuple(pl.read_parquet_schema(path)))
            if id_column is None:
                parts.append(pl.Series("student", [None] * chunk["rows"], dtype=pl.Binary))
            else:
                ids = pl.read_parquet(path, columns=[id_column]).to_series()
                parts.append(student_keys(ids, secret))
        return student_set(pl.concat(parts))


def _id_column(job: Row, columns: tuple[str, ...]) -> str | None:
    """The column of ids that a job names, or else one that is called so."""
    named = resolve(place_options(job["options"]), columns).id
    guessed = (
        column for column in columns if column.strip().lower().replace(" ", "_") in _ID_NAMES
    )
    return named or next(guessed, None)
