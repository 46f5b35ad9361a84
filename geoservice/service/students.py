"""Data sets of students: placed, kept for their owner alone, and read side by side."""

import datetime
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from geoservice.errors import ConflictError, InputError
from geoservice.model.settings import Settings
from geoservice.placing.options import PlaceOptions, resolve
from geoservice.placing.summary import Summary, summarise
from geoservice.reference.snapshot import Reference
from geoservice.service.audit import STUDENT_PURPOSE
from geoservice.service.shelf import Say, Shelf, none_of
from geoservice.state.secret import secret_for
from geoservice.students.counts import content_of
from geoservice.students.identity import with_households
from geoservice.students.intake import take_in
from geoservice.students.options import RecordOptions, resolved
from geoservice.students.problems import Problems
from geoservice.students.reading import read_records
from geoservice.students.refresh import is_outdated
from geoservice.tables.layout import TO_BE_FOUND, Layout
from geoservice.tables.reading import open_table

__all__ = ["RecordOptions", "Students"]
_NAME = re.compile(r"^[a-z0-9][a-z0-9_-]{0,62}$")


@dataclass(frozen=True)
class Added:
    """What adding did: counts, problems row by row, and the certificate of what was replaced."""

    summary: Summary
    problems: Problems
    replaced: dict[str, Any] | None


class Students:
    """All data sets of one data folder. Safe to share between threads."""

    def __init__(self, settings: Settings, say: Say = lambda _: None) -> None:
        self._settings, self._shelf, self._say = settings, Shelf(settings, say), say
        self._held: dict[str, pl.DataFrame] = {}
        self._lock = threading.Lock()

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
        encoding: str | None = None, layout: Layout = TO_BE_FOUND,
        told: Callable[[int], None] = lambda _: None,
    ) -> Added:  # fmt: skip
        """Place the students of a file and keep them under a name.

        Neither names, ids nor addresses are kept: only what `geoservice.model.students` lists. ``about`` names ``owner``,
        ``agreement`` and ``expires``; ``told`` hears of the rows placed so far.

        Raises
        ------
        InputError
            Where a column is missing, or name, owner, agreement or expiry will not do.
        ConflictError
            Where a data set of that name exists and ``replace`` is not set.
        """
        if not _NAME.match(name):
            raise InputError("A data set's name is made of small letters, digits and hyphens.")
        region, entry = reference.info.id, {**_about(about), "snapshot": reference.snapshot}
        known = self._shelf.descriptions(region)
        before = next((one for one in known if one["name"] == name), None)
        if before and not replace:
            raise ConflictError(
                "A data set of that name exists. Delete it first, or use --replace."
            )
        secret = secret_for(STUDENT_PURPOSE, self._settings)
        wanted = (*options.columns, *(records or RecordOptions()).columns)
        with open_table(source, encoding=encoding, layout=layout.wanting(wanted)) as table:
            found = _resolved(options, table.columns)
            asked = resolved(records or RecordOptions(), table.columns, found.id)
            table.refuse_repeated([*found.columns, *asked.columns])
            recorded = read_records(table, found, asked, secret)
            for note in table.notes:
                self._say(note)
        taken = take_in(recorded, asked, reference, told)
        content = content_of(taken, reference)
        replaced = self._shelf.keep(region, name, taken.frame, entry, content, before)
        return Added(summarise(taken.frame), taken.problems, replaced)

    def expire(self) -> Sequence[dict[str, Any]]:
        """Delete what has expired; the answer is the certificates."""
        return self._shelf.expire()

    def delete(self, region: str, name: str) -> dict[str, Any]:
        """Delete a data set; the answer is the certificate, which holds no student."""
        return self._shelf.delete(region, name)

    def show(self, region: str, name: str) -> dict[str, Any]:
        """The description of a data set: counts only."""
        return self._shelf.description(region, name)

    def table(self, region: str, name: str) -> pl.DataFrame:
        """The placed students of a data set; where no name is given, of that with the latest year."""
        known = self._shelf.descriptions(region)
        latest: list[str] = max((one["years"][-1:] for one in known), default=[])
        named = name or next((one["name"] for one in known if one["years"][-1:] == latest), "")
        return _counted(self._shelf.read(self._shelf.description(region, named)))

    def years(self, region: str, name: str = "") -> tuple[pl.DataFrame, str]:
        """The students of one data set, or of all of a region, side by side; and what identifies them.

        Rows without a year and second rows of a student are left out, ``household`` is added; ``school_reason`` tells
        schools that are unknown or were closed in the row's year. The table is held while its data sets stand, so asking again is cheap.

        Raises
        ------
        NotFoundError
            Where there is none.
        ConflictError
            Where two data sets hold the same year.
        """
        known = self._shelf.descriptions(region)
        self._let_go(region, known)
        chosen = [one for one in known if name in ("", one["name"])]
        if not chosen:
            raise none_of(known)
        every = [year for one in chosen for year in one.get("years", ())]
        if len(every) != len(set(every)):
            raise ConflictError("Two data sets hold the same school year. Name one of them.")
        stamp = " ".join(f"{one['name']}:{one['version']}" for one in chosen)
        key = f"{region} {stamp}"
        with self._lock:
            if key not in self._held:
                frames = [_counted(self._shelf.read(one)) for one in chosen]
                self._held[key] = with_households(pl.concat(frames, how="diagonal"))
            return self._held[key], stamp

    def outdated(self, reference: Reference, name: str = "") -> Sequence[str]:
        """Those of the data sets, or the one of a name, whose assignments are no longer those of the region.

        A region that was built again, or changed in what no student is assigned by, leaves none outdated.
        """
        known = self._shelf.descriptions(reference.info.id)
        return [one["name"] for one in known if name in ("", one["name"])
                and one["snapshot"] != reference.snapshot
                and is_outdated(self._shelf.read(one), one["metric_crs"], reference)]  # fmt: skip

    def list(self, region: str | None = None) -> Sequence[dict[str, Any]]:
        """Descriptions of all data sets; those that have expired are deleted first."""
        return self._shelf.descriptions(region)

    def _let_go(self, region: str, known: Sequence[dict[str, Any]]) -> None:
        """Rows that were deleted or replaced, by whomever, do not live on in memory."""
        stand = {region, *(f"{one['name']}:{one['version']}" for one in known)}
        with self._lock:
            self._held = {key: held for key, held in self._held.items()
                          if key.split()[0] != region or stand.issuperset(key.split())}  # fmt: skip


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
    """The rows that figures count; ``row`` is ``file_row``, as many a table numbers its rows itself."""
    counted = frame.filter(pl.col("left_out").is_null()).drop("left_out")
    return counted.rename({"row": "file_row"})
