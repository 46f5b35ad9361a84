"""Data sets of students: take a file in, keep it for its owner alone, read data sets together."""

import datetime
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from geoservice.errors import ConflictError, InputError
from geoservice.model.settings import Settings
from geoservice.model.students import HELD_BY
from geoservice.placing.options import PlaceOptions, resolve
from geoservice.reference.snapshot import Reference
from geoservice.service.audit import STUDENT_PURPOSE
from geoservice.service.list_choice import (
    Holders,
    default_lists,
    held_by,
    lists_of_name,
    refuse_several,
    refuse_two_lists_of_a_year,
    stored_name,
)
from geoservice.service.shelf import Say, Shelf, missing_data_set
from geoservice.state.secret import secret_for
from geoservice.students.identity import with_households
from geoservice.students.options import RecordOptions, resolved
from geoservice.students.problems import Problems
from geoservice.students.refresh import is_outdated
from geoservice.tables.layout import TO_BE_FOUND, TableLayout

if TYPE_CHECKING:
    from geoservice.placing.review import Overrides
    from geoservice.placing.summary import Summary
    from geoservice.students.reading import Records
    from geoservice.tables.reading import Table

__all__ = ["RecordOptions", "StudentFile", "Students"]
_NAME = re.compile(r"^[a-z0-9][a-z0-9_-]{0,62}$")
_NO_RECORDS = RecordOptions()
_LOOKED_AT_ROWS = 500


@dataclass(frozen=True)
class StudentFile:
    """A file of students and how to read it.

    Attributes
    ----------
    options
        The columns of the address, grade, school and id.
    records
        The columns of the school year, subgroups, programmes and other facts of a student.
    encoding
        Encoding of a text file; None to detect it.
    layout
        Sheet and header row of the table in its file.
    is_guessed
        True to guess the columns of roles for which ``options`` names none.
    """

    path: Path
    options: PlaceOptions
    records: RecordOptions = _NO_RECORDS
    encoding: str | None = None
    layout: TableLayout = TO_BE_FOUND
    is_guessed: bool = False


@dataclass(frozen=True)
class Origin:
    """The source of a list of students that does not come from the command line.

    Attributes
    ----------
    held_by
        The caller who sent it, as `geoservice.model.caller.Caller.owner`.
    overrides
        People's decisions for its addresses.
    """

    held_by: str = ""
    overrides: "Overrides | None" = None


@dataclass(frozen=True)
class Added:
    """Counts and problems of a file taken in; the certificate of the data set that it replaced.

    ``guesses`` has the guessed columns by role, ``name`` is the name that the list is stored under.
    """

    name: str
    summary: "Summary"
    problems: Problems
    replaced: dict[str, Any] | None
    guesses: dict[str, str] = field(default_factory=dict)


class Students:
    """All data sets of one data folder. Safe to share between threads."""

    def __init__(self, settings: Settings, say: Say = lambda _: None) -> None:
        self._settings, self._shelf, self._say = settings, Shelf(settings, say), say
        self._held: dict[str, pl.DataFrame] = {}
        self._lock = threading.Lock()

    def add(
        self,
        file: StudentFile,
        name: str,
        reference: Reference,
        about: dict[str, str],
        *,
        replace: bool = False,
    ) -> "Summary":
        """Place the students of a file and keep them, as `take`; return the counts alone."""
        return self.take(file, name, reference, about, replace=replace).summary

    def take(
        self,
        file: StudentFile,
        name: str,
        reference: Reference,
        about: dict[str, str],
        *,
        replace: bool = False,
        rows_done: Callable[[int], None] = lambda _: None,
        origin: Origin = Origin(),
    ) -> Added:
        """Place the students of a file and keep them under a name.

        Only the columns of `geoservice.model.students` are kept: no name, id or address.

        Parameters
        ----------
        about
            ``owner``, ``agreement`` and ``expires``.
        replace
            True to replace a data set of that name.
        rows_done
            Receives the number of rows placed so far.

        Raises
        ------
        InputError
            If a column is missing, or name, owner, agreement or expiry are not valid.
        ConflictError
            If a data set of that name exists and ``replace`` is not set.
        """
        # The geocoder takes a third of a second to load, and readers of data sets do not need it.
        from geoservice.placing.summary import summarise
        from geoservice.students.counts import content_of
        from geoservice.students.intake import take_in

        if not _NAME.match(name):
            raise InputError(
                "The name of a data set must consist of lowercase letters, digits and hyphens."
            )
        region, entry = reference.info.id, {**_about(about), "snapshot": reference.snapshot}
        name = stored_name(self._shelf.descriptions(region), name, origin.held_by)
        earlier = self._earlier(region, name, replace=replace)
        recorded, records, guesses = self._records(file, reference)
        taken = take_in(recorded, records, reference, rows_done, origin.overrides)
        content = content_of(taken, reference)
        content |= {HELD_BY: origin.held_by} if origin.held_by else {}
        replaced = self._shelf.keep(region, name, taken.frame, entry, content, earlier)
        return Added(name, summarise(taken.frame), taken.problems, replaced, guesses)

    def _records(
        self, file: StudentFile, reference: Reference
    ) -> tuple["Records", RecordOptions, dict[str, str]]:
        """Return the records of a file, the options with its columns, and the guessed columns."""
        from geoservice.students.reading import read_records
        from geoservice.tables.reading import open_table

        secret = secret_for(STUDENT_PURPOSE, self._settings)
        layout = file.layout.expecting((*file.options.columns, *file.records.columns))
        with open_table(file.path, encoding=file.encoding, layout=layout) as table:
            options, guesses = self._guessed(file, table, reference)
            columns = _resolved(options, table.columns)
            records = resolved(file.records, table.columns, columns.id)
            table.refuse_repeated([*columns.columns, *records.columns])
            recorded = read_records(table, columns, records, secret)
            for note in table.notes:
                self._say(note)
        return recorded, records, guesses

    def _guessed(
        self, file: StudentFile, table: "Table", reference: Reference
    ) -> tuple[PlaceOptions, dict[str, str]]:
        """Return the options with guessed columns, and say which columns were guessed."""
        if not file.is_guessed:
            return file.options, {}
        from geoservice.placing.guessed_options import guess_sentence, guessed_options

        rows = table.first_rows(_LOOKED_AT_ROWS)
        options, guesses = guessed_options(file.options, file.records.columns, rows, reference)
        if guesses:
            self._say(guess_sentence(guesses, table.columns))
        return options, guesses

    def _earlier(self, region: str, name: str, *, replace: bool) -> dict[str, Any] | None:
        """Return the description of the data set to replace, if there is one."""
        for description in self._shelf.descriptions(region):
            if description["name"] == name and replace:
                return description
            if description["name"] == name:
                raise ConflictError(
                    "A data set of that name exists. Delete it first, or use --replace."
                )
        return None

    def expire(self) -> Sequence[dict[str, Any]]:
        """Delete expired data sets; return their certificates."""
        return self._shelf.expire()

    def delete(self, region: str, name: str) -> dict[str, Any]:
        """Delete a data set; return its certificate, which holds no student."""
        return self._shelf.delete(region, name)

    def show(self, region: str, name: str) -> dict[str, Any]:
        """Return the description of a data set, which holds counts only."""
        return self._shelf.description(region, name)

    def table(self, region: str, name: str) -> pl.DataFrame:
        """Return the placed students of a data set, by default of that with the latest year."""
        listed = self._shelf.descriptions(region)
        latest: list[str] = max((about["years"][-1:] for about in listed), default=[])
        of_latest = (about["name"] for about in listed if about["years"][-1:] == latest)
        description = self._shelf.description(region, name or next(of_latest, ""))
        return _counted(self._shelf.read(description))

    def years(
        self, region: str, name: str = "", holders: Holders = None
    ) -> tuple[pl.DataFrame, str]:
        """Return the students of one data set, or of all data sets of a region, and their stamp.

        With ``holders``, other callers' data sets are left out, as if they did not exist. Without
        a name and holders, `default_lists` are read.
        Rows without a year and repeated rows of a student are left out. ``household`` is added;
        ``school_reason`` marks schools that are unknown or were closed in the row's year. The
        table stays in memory while its data sets exist.

        Raises
        ------
        NotFoundError
            If there is no such data set.
        ConflictError
            If two data sets hold the same year.
        """
        listed = self._shelf.descriptions(region)
        self._drop_stale(region, listed)
        chosen = _chosen(listed, name, holders)
        if not chosen:
            raise missing_data_set(held_by(listed, holders))
        refuse_two_lists_of_a_year(chosen)
        stamp = " ".join(f"{about['name']}:{about['version']}" for about in chosen)
        key = f"{region} {stamp}"
        with self._lock:
            if key not in self._held:
                frames = [_counted(self._shelf.read(about)) for about in chosen]
                self._held[key] = with_households(pl.concat(frames, how="diagonal"))
            return self._held[key], stamp

    def outdated(
        self, reference: Reference, name: str = "", holders: Holders = None
    ) -> Sequence[str]:
        """Return the data sets whose assignments differ from those of the region as it is now.

        A newer build of the region outdates a data set only if it assigns a student differently.
        """
        return [
            about["name"]
            for about in _chosen(self._shelf.descriptions(reference.info.id), name, holders)
            if about["snapshot"] != reference.snapshot
            and is_outdated(self._shelf.read(about), about["metric_crs"], reference)
        ]

    def list(self, region: str | None = None) -> Sequence[dict[str, Any]]:
        """Return the descriptions of all data sets; expired data sets are deleted before."""
        return self._shelf.descriptions(region)

    def _drop_stale(self, region: str, listed: Sequence[dict[str, Any]]) -> None:
        """Drop rows of deleted or replaced data sets from memory, also those of other processes."""
        current = {region, *(f"{about['name']}:{about['version']}" for about in listed)}
        with self._lock:
            self._held = {
                key: held
                for key, held in self._held.items()
                if key.split()[0] != region or current.issuperset(key.split())
            }


def _chosen(
    listed: Sequence[Mapping[str, Any]], name: str, holders: Holders
) -> Sequence[Mapping[str, Any]]:
    """Return the data set of a name, or those that are measured without one."""
    visible = held_by(listed, holders)
    if name:
        own = next((holder for holder in holders or () if holder), "")
        chosen = lists_of_name(visible, name, own)
        refuse_several(chosen)
        return chosen
    # Exact counts for a caller ask them to choose; public figures stay as they are.
    return default_lists(visible) if holders is None else visible


def _resolved(options: PlaceOptions, columns: tuple[str, ...]) -> PlaceOptions:
    """Return the options with their columns resolved; earlier result columns are ignored."""
    return resolve(replace(options, replace=True), columns)


def _about(about: dict[str, str]) -> dict[str, str]:
    """Return owner, agreement and expiry; raise if any of them is missing or not valid."""
    stated = {key: about.get(key, "").strip() for key in ("owner", "agreement", "expires")}
    for key in ("owner", "agreement"):
        if not stated[key]:
            raise InputError(f"A data set needs `--{key}`: it must not be empty.")
    try:
        day = datetime.date.fromisoformat(stated["expires"])
    except ValueError as fault:
        raise InputError("`--expires` must be a date such as 2027-06-30.") from fault
    if day <= datetime.date.today():
        raise InputError("`--expires` must be a date in the future.")
    return {**stated, "expires": day.isoformat()}


def _counted(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that figures count, with ``row`` renamed to ``file_row``.

    Many tables have a column ``row`` of their own.
    """
    counted = frame.filter(pl.col("left_out").is_null()).drop("left_out")
    return counted.rename({"row": "file_row"})
