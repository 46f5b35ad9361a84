"""Views of the rows of batch jobs, entered in the record of disclosures."""

from functools import lru_cache

import polars as pl

from geoservice.batch.chunk import input_path
from geoservice.batch.folders import JobFolders
from geoservice.batch.job_files import JobFiles
from geoservice.batch.job_options import place_options
from geoservice.model.caller import Caller
from geoservice.model.settings import Settings
from geoservice.placing.options import resolve
from geoservice.service.audit import (
    STUDENT_PURPOSE,
    Disclosures,
    Requester,
    StudentSet,
    student_set,
)
from geoservice.state.ledger import Ledger, Row
from geoservice.state.secret import secret_for
from geoservice.students.identity import student_keys

DEFAULT_PURPOSE = "the batch job of the same caller"
"""Where neither the request nor the job says for what purpose."""

_ID_NAMES = ("student_id", "studentid", "student_number", "pupil_id", "id")


class JobDisclosures:
    """Records each view of a job's rows before they are sent."""

    def __init__(self, settings: Settings, ledger: Ledger, folders: JobFolders) -> None:
        self._settings, self._ledger, self._folders = settings, ledger, folders
        self._disclosures = Disclosures(settings)
        self._students = lru_cache(maxsize=4)(self._students_of)

    def record(self, job: Row, name: str, caller: Caller, purpose: str) -> None:
        """Record a view of a result: the person, the purpose, the job and its students."""
        students = self._students(job["id"], job["upload_sha256"])
        self._disclosures.record(
            students,
            purpose=purpose or job["purpose"] or DEFAULT_PURPOSE,
            endpoint=f"job {name}",
            region=job["region"],
            data_version=f"job:{job['id']} {job['snapshot']}",
            filters={"job": job["id"]},
            requester=Requester(caller.name, caller.role),
        )

    def _students_of(self, job_id: str, _: str | None) -> StudentSet:
        """Return the students of a job by its column of ids; without one, each row is a student."""
        with self._folders.files(job_id) as files:
            return self._students_in(self._ledger.job(job_id), files)

    def _students_in(self, job: Row, files: JobFiles) -> StudentSet:
        secret = secret_for(STUDENT_PURPOSE, self._settings)
        parts = []
        for chunk in job["chunks"]:
            path = input_path(files.path, chunk["number"])
            files.fetch([path.name])
            id_column = _id_column(job, tuple(pl.read_parquet_schema(path)))
            if id_column is None:
                parts.append(pl.Series("student", [None] * chunk["rows"], dtype=pl.Binary))
            else:
                ids = pl.read_parquet(path, columns=[id_column]).to_series()
                parts.append(student_keys(ids, secret))
        return student_set(pl.concat(parts))


def _id_column(job: Row, columns: tuple[str, ...]) -> str | None:
    """Return the column of ids that a job names, or a column with the name of an id."""
    named = resolve(place_options(job["options"]), columns).id
    guessed = (
        column for column in columns if column.strip().lower().replace(" ", "_") in _ID_NAMES
    )
    return named or next(guessed, None)
