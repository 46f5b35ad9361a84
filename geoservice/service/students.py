"""Data sets of students: placed, kept for their owner alone, deleted on request or expiry."""

import contextlib
import datetime
import os
import re
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from geoservice.errors import ConflictError, InputError, NotFoundError
from geoservice.model.settings import Settings
from geoservice.placing.options import PlaceOptions, resolve
from geoservice.placing.summary import Summary, summarise
from geoservice.reference.snapshot import Reference
from geoservice.service.audit import STUDENT_PURPOSE, Disclosures
from geoservice.service.certificates import certify
from geoservice.state.database import connect
from geoservice.state.datasets import DataSets
from geoservice.state.rows import RowFiles, RowTable
from geoservice.state.secret import secret_for
from geoservice.students import check
from geoservice.students.attendance import CLOSED
from geoservice.students.counts import content_again, content_of
from geoservice.students.identity import with_households
from geoservice.students.intake import take_in
from geoservice.students.options import RecordOptions, resolved
from geoservice.students.problems import Problems
from geoservice.students.reading import read_records
from geoservice.students.refresh import assigned_again, changes
from geoservice.tables.reading import open_table

__all__ = ["RecordOptions", "Students"]
_NAME = re.compile(r"^[a-z0-9][a-z0-9_-]{0,62}$")
_LEFT_S = 3600
"""A private copy of an input file that is older was left by a process that was killed."""


@dataclass(frozen=True)
class Added:
    """What adding did: counts, problems row by row, and the certificate of what was replaced."""

    summary: Summary
    problems: Problems
    replaced: dict[str, Any] | None


class Students:
    """All data sets of one data folder; their rows are files of it, or in PostgreSQL where that is the database."""

    def __init__(self, settings: Settings, say: Callable[[str], None] = lambda _: None) -> None:
        self._settings, self._say = settings, say

    def add(
        self, source: Path, name: str, options: PlaceOptions, reference: Reference,
        about: dict[str, str], *, records: RecordOptions | None = None, replace: bool = False,
        encoding: str | None = None,
    ) -> Summary:  # fmt: skip
        """As `take`; the answer is the counts alone."""
        return self.take(source, name, options, reference, about, records=records,
                         replace=replace, encoding=encoding).summary  # fmt: skip

    def take(
        self, source: Path, name: str, options: PlaceOptions, reference: Reference,
        about: dict[str, str], *, records: RecordOptions | None = None, replace: bool = False,
        encoding: str | None = None,
    ) -> Added:  # fmt: skip
        """Place the students of a file and keep them under a name.

        Neither names, ids nor addresses are kept: only what `geoservice.model.students` lists. ``about`` names ``owner``,
        ``agreement`` and ``expires``.

        Raises
        ------
        InputError
            Where a column is missing, or name, owner, agreement or expiry will not do.
        ConflictError
            Where a data set of that name exists and ``replace`` is not set.
        """
        if not _NAME.match(name):
            raise InputError("A data set's name is made of small letters, digits and hyphens.")
        region, told = reference.info.id, {**_about(about), "snapshot": reference.snapshot}
        before = next((one for one in self.list(region) if one["name"] == name), None)
        if before and not replace:
            raise ConflictError(
                "A data set of that name exists. Delete it first, or use --replace."
            )
        secret = secret_for(STUDENT_PURPOSE, self._settings)
        with open_table(source, encoding=encoding) as table:
            found = _resolved(options, table.columns)
            asked = resolved(records or RecordOptions(), table.columns, found.id)
            taken = take_in(read_records(table, found, asked, secret), asked, reference)
        self._sets.keep(region, name, taken.frame, told, content_of(taken, reference))
        certificate = certify(before, "replaced", {"row files": 1}, self._settings) if before else None  # fmt: skip
        return Added(summarise(taken.frame), taken.problems, certificate)

    def list(self, region: str | None = None) -> list[dict[str, Any]]:
        """Descriptions of all data sets; those that have expired are deleted first."""
        self.expire()
        return [one for one in self._sets.list() if region in (None, one["region"])]

    def expire(self) -> Sequence[dict[str, Any]]:
        """Delete what has expired; the answer is the certificates."""
        today = datetime.date.today().isoformat()
        gone = [one for one in self._sets.list(unfinished=True) if one["expires"] < today]
        certificates = [self._remove(one, "expired") for one in gone]
        for one in certificates:
            self._say(f"Data set {one['name']} of {one['region']} has expired and was deleted. Certificate: {one['file']}")  # fmt: skip
        return certificates

    def delete(self, region: str, name: str) -> dict[str, Any]:
        """Delete a data set; the answer is the certificate, which holds no student."""
        found = [one for one in self._sets.list(unfinished=True)
                 if (one["region"], one["name"]) == (region, name)]  # fmt: skip
        if not found:
            raise NotFoundError("There is no data set of that name.")
        return self._remove(found[0], "deleted")

    def show(self, region: str, name: str) -> dict[str, Any]:
        """The description of a data set: counts only."""
        found = [one for one in self.list(region) if one["name"] == name]
        if not found:
            raise NotFoundError("There is no data set of that name.")
        return found[0]

    def table(self, region: str, name: str) -> pl.DataFrame:
        """The placed students of a data set; the region's only one where no name is given."""
        known = self.list(region)
        chosen = [one for one in known if one["name"] == name or (not name and len(known) == 1)]
        if not chosen:
            raise _none_of(known)
        return _counted(self._read(chosen[0]))

    def years(self, region: str, name: str = "") -> tuple[pl.DataFrame, str]:
        """The students of one data set, or of all of a region, side by side; and what identifies them.

        Rows without a year and second rows of a student are left out; ``household`` is added, and a school that was closed
        in the row's year is none.

        Raises
        ------
        NotFoundError
            Where there is none.
        ConflictError
            Where two data sets hold the same year.
        """
        known = self.list(region)
        chosen = [one for one in known if name in ("", one["name"])]
        if not chosen:
            raise _none_of(known)
        every = [year for one in chosen for year in one.get("years", ())]
        if len(every) != len(set(every)):
            raise ConflictError("Two data sets hold the same school year. Name one of them.")
        frames = [_counted(self._read(one)) for one in chosen]
        stamp = " ".join(f"{one['name']}:{one['version']}" for one in chosen)
        return with_households(pl.concat(frames, how="diagonal")), stamp

    def refresh(
        self, name: str, reference: Reference, *, purpose: str, list_rows: bool, keep: bool = True
    ) -> pl.DataFrame:
        """Assign a data set anew to the region as it is now; the answer is the rows that changed (`refresh.changes`).

        ``list_rows`` says that rows are to be shown to somebody: that is recorded. Without ``keep`` nothing is stored.
        """
        about = self.show(reference.info.id, name)
        before = self._read(about)
        after = assigned_again(before, about["metric_crs"], reference)
        moved = changes(before, after)
        if list_rows:
            self._record(before, moved["row"], about, "students refresh", purpose)
        if keep:
            told = {"snapshot": reference.snapshot}
            self._sets.keep(
                reference.info.id, name, after, told, content_again(about, after, reference)
            )
        return moved

    def check(
        self, name: str, reference: Reference, *, purpose: str, list_rows: bool
    ) -> tuple[pl.DataFrame, int]:
        """Rows in doubt or at odds (`check.checked`), and how many rows state a zone that could be compared."""
        about = self.show(reference.info.id, name)
        frame = self._read(about).filter(pl.col("left_out").is_null())
        found = check.checked(frame, reference)
        if list_rows:
            self._record(frame, found["row"], about, "students check", purpose)
        return found, check.reported(frame, reference)

    def _record(
        self, frame: pl.DataFrame, rows: pl.Series, about: dict[str, Any], endpoint: str, purpose: str
    ) -> None:  # fmt: skip
        shown = frame.filter(pl.col("row").is_in(rows.unique().implode()))
        Disclosures(self._settings).record(
            shown["student"], purpose=purpose, endpoint=endpoint, region=about["region"],
            data_version=f"{about['name']}:{about['version']} {about['snapshot']}",
            filters={"students": about["name"]},
        )  # fmt: skip

    def _read(self, about: dict[str, Any]) -> pl.DataFrame:
        return self._sets.read(about["region"], about["name"], about["version"])

    def _remove(self, about: dict[str, Any], reason: str) -> dict[str, Any]:
        """Rows, then the certificate, then the entry: who is killed in between does it again."""
        pieces = self._sets.remove_rows(about["region"], about["name"])
        removed = {"row files": pieces, "temporary files": _swept()}
        certificate = certify(about, reason, removed, self._settings)
        self._sets.forget(about["region"], about["name"])
        return certificate

    @cached_property
    def _sets(self) -> DataSets:
        engine = connect(self._settings.database_url)
        if engine.dialect.name == "sqlite":
            return DataSets(engine, RowFiles(self._settings.home / "students"))
        return DataSets(engine, RowTable(engine))


def _resolved(options: PlaceOptions, columns: tuple[str, ...]) -> PlaceOptions:
    """Columns found; result columns of an earlier run are ignored, as all columns that nobody names."""
    return resolve(replace(options, replace=True), columns)


def _about(about: dict[str, str]) -> dict[str, str]:
    """Owner, agreement and expiry, all said."""
    told = {key: about.get(key, "").strip() for key in ("owner", "agreement", "expires")}
    for key in ("owner", "agreement"):
        if not told[key]:
            raise InputError(f"A data set needs `--{key}`: it must not be empty.")
    try:
        day = datetime.date.fromisoformat(told["expires"])
    except ValueError as fault:
        raise InputError("`--expires` must be a date such as 2027-06-30.") from fault
    if day <= datetime.date.today():
        raise InputError("`--expires` must be a day to come.")
    return {**told, "expires": day.isoformat()}


def _counted(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows that figures count, each at the school that was open in its year."""
    kept = frame.filter(pl.col("left_out").is_null())
    open_then = pl.col("school_reason").ne_missing(pl.lit(CLOSED))
    school = pl.when(open_then).then("school_id")
    return kept.with_columns(school).drop("left_out", "school_reason")


def _none_of(known: list[dict[str, Any]]) -> NotFoundError:
    listed = ", ".join(one["name"] for one in known) or "none"
    return NotFoundError(f"Name a data set of students. The region has: {listed}.")


def _swept() -> int:
    """Remove private copies of input files that killed processes left; the answer is their number."""
    gone, now = 0, time.time()
    for path in Path(tempfile.gettempdir()).glob("geoservice-*.csv"):
        with contextlib.suppress(OSError):
            found = path.lstat()
            if found.st_uid == os.getuid() and now - found.st_mtime > _LEFT_S:
                path.unlink()
                gone += 1
    return gone
