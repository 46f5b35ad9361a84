"""The record of disclosures (34 CFR 99.32) of one data folder: an entry per internal answer."""

import datetime
import json
import os
import pwd
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from geoservice.errors import InputError
from geoservice.model.settings import Settings
from geoservice.state.audit import AuditLog, Disclosure, Verdict
from geoservice.state.database import connect
from geoservice.state.secret import secret_for
from geoservice.students.identity import student_key

STUDENT_PURPOSE = "student id"
"""Name of the secret that keys of students are derived from."""
NO_PURPOSE = "Say for what purpose: `--purpose`. The record of disclosures keeps it."
OPERATOR = "operator"
"""Role of the user who runs commands on this machine."""


@dataclass(frozen=True)
class Requester:
    """The person or program that receives an answer.

    Attributes
    ----------
    name
        Name of the key over HTTP; empty for the user of this machine.
    role
        Scope of the key, or `OPERATOR`.
    """

    name: str = ""
    role: str = OPERATOR


@dataclass(frozen=True)
class StudentSet:
    """The students of an answer: their number, and their sorted keys in one byte string."""

    count: int
    keys: bytes


def student_set(keys: pl.Series) -> StudentSet:
    """Return the students of a column ``student``; each row without a key counts as a student.

    This takes a while for large tables, so callers keep the result.
    """
    distinct = keys.drop_nulls().unique()
    return StudentSet(len(distinct) + keys.null_count(), b"".join(distinct.sort().to_list()))


class Disclosures:
    """The record: entries are added, listed and verified, never changed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def record(
        self,
        students: pl.Series | StudentSet,
        *,
        purpose: str,
        endpoint: str,
        region: str,
        data_version: str,
        filters: Mapping[str, str] | None = None,
        requester: Requester = Requester(),
    ) -> int:
        """Enter a disclosure before its answer is sent; return the entry's number.

        Parameters
        ----------
        students
            Keys of the students that the answer is about (column ``student`` of `Students.years`,
            null if a file has no ids), or their `student_set`.
        purpose
            Why the answer is needed, in the words of the requester.
        endpoint
            The command or route, for example ``measure residents``.
        data_version
            Data sets (the stamp of `Students.years`) and snapshot.
        filters
            The choices of the request, such as area set, band and year. No text about a student.

        Raises
        ------
        InputError
            If the purpose is empty.
        """
        if not purpose.strip():
            raise InputError(NO_PURPOSE)
        touched = students if isinstance(students, StudentSet) else student_set(students)
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
        return self._log.append(
            touched.keys,
            time=now,
            who=requester.name or user_name(),
            role=requester.role,
            purpose=purpose.strip(),
            endpoint=endpoint,
            region=region,
            data_version=data_version,
            filters=json.dumps(dict(filters or {}), sort_keys=True),
            students=touched.count,
        )

    def list(self) -> list[Disclosure]:
        """Return all entries, oldest first."""
        return list(self._log.entries())

    def verify(self) -> Verdict:
        """Check the chain of hashes from its start."""
        return self._log.verify()

    def touching(self, student_id: str) -> Sequence[Disclosure]:
        """Return the entries about the student of an id.

        Raises
        ------
        InputError
            If the id is empty.
        """
        key = student_key(student_id, secret_for(STUDENT_PURPOSE, self._settings))
        if key is None:
            raise InputError("Give the id of a student.")
        return self._log.touching(key)

    @cached_property
    def _log(self) -> AuditLog:
        settings = self._settings
        engine = connect(settings.database_url)
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        return AuditLog(engine, secret_for("audit", settings), settings.home / "disclosures.last")


def user_name() -> str:
    """Return the name of the user who runs this process."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"
