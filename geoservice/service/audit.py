"""The record of disclosures (34 CFR 99.32) of one data folder: every internal answer is entered here."""

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
"""What the keys of students are derived for."""
NO_PURPOSE = "Say for what purpose: `--purpose`. The record of disclosures keeps it."
OPERATOR = "operator"
"""Role of whoever runs commands on the machine."""


@dataclass(frozen=True)
class StudentSet:
    """The students of an answer: their number, and their keys sorted, end to end."""

    count: int
    keys: bytes


def student_set(keys: pl.Series) -> StudentSet:
    """The students of a column ``student``; rows without a key count as a student each. Hold it: it takes a while."""
    distinct = keys.drop_nulls().unique()
    return StudentSet(len(distinct) + keys.null_count(), b"".join(distinct.sort().to_list()))


class Disclosures:
    """Entries are added, listed and verified; none is ever changed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def record(
        self, students: pl.Series | StudentSet, *, purpose: str, endpoint: str, region: str, data_version: str,
        filters: Mapping[str, str] | None = None, who: str = "", role: str = OPERATOR,
    ) -> int:  # fmt: skip
        """Enter a disclosure before its answer is given; the answer is the entry's number.

        Parameters
        ----------
        students
            Keys of the students that the answer is about (column ``student`` of `Students.years`, null where a file had no
            ids), or the `student_set` made of them.
        purpose
            Why, in the words of whoever asked.
        endpoint
            The command or route, for example ``measure residents``.
        data_version
            What identifies data sets and snapshot (the stamp of `Students.years`).
        filters
            What was asked for: area set, band, year and the like. Never text about a student.
        who, role
            The key's name and scope over HTTP; else the user of this machine as an operator.

        Raises
        ------
        InputError
            Where the purpose is empty.
        """
        if not purpose.strip():
            raise InputError(NO_PURPOSE)
        known = students if isinstance(students, StudentSet) else student_set(students)
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
        return self._log.append(
            known.keys, time=now, who=who or user_name(), role=role, purpose=purpose.strip(),
            endpoint=endpoint, region=region, data_version=data_version,
            filters=json.dumps(dict(filters or {}), sort_keys=True),
            students=known.count,
        )  # fmt: skip

    def list(self) -> list[Disclosure]:
        """All entries, oldest first."""
        return list(self._log.entries())

    def verify(self) -> Verdict:
        """Follow the chain from its start."""
        return self._log.verify()

    def touching(self, student_id: str) -> Sequence[Disclosure]:
        """The entries whose students include the one of an id.

        Raises
        ------
        InputError
            Where the id is empty.
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
    """Who runs this process, as the machine knows them."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"
