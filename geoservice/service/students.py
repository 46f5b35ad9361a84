"""Data sets of students: placed, kept for their owner alone, deleted on request or expiry."""

import datetime
import json
import os
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from geoservice.errors import ConflictError, InputError, NotFoundError
from geoservice.model.grades import read_grades
from geoservice.model.settings import Settings
from geoservice.model.years import normal_year
from geoservice.placing.options import PlaceOptions, resolve
from geoservice.placing.pipeline import place_with_zip
from geoservice.placing.summary import Summary, summarise
from geoservice.reference.snapshot import Reference
from geoservice.service.geocoding import CHUNK_ROWS
from geoservice.tables.reading import open_table

_NAME = re.compile(r"^[a-z0-9][a-z0-9_-]{0,62}$")
_PLACE = ("geo_address", "geo_source", "geo_changes")
PROTECTED = "protected"
"""Reason of rows that may not be geocoded."""
_YES = ("1", "y", "yes", "true", "t", "x")


@dataclass(frozen=True)
class RecordOptions:
    """Which columns say more of a student than where they live.

    Attributes
    ----------
    year
        Column of the school year; else all rows are of ``school_year``, or of the region's.
    opt_out
        Column that marks families who opted out: their rows are not read further.
    protected
        Column that marks students of an address-confidentiality programme or without a fixed address: they are kept and
        counted, and their address is never read.
    """

    year: str | None = None
    school_year: str | None = None
    opt_out: str | None = None
    protected: str | None = None


class Students:
    """All data sets of one data folder: a Parquet file and a description each, mode 0600."""

    def __init__(self, settings: Settings) -> None:
        self._home = settings.home / "students"

    def add(
        self, source: Path, name: str, options: PlaceOptions, reference: Reference,
        about: dict[str, str], *, records: RecordOptions | None = None, replace: bool = False,
    ) -> Summary:  # fmt: skip
        """Place the students of a file and keep them under a name.

        Neither names, ids nor addresses are kept: only the results, the year, the grade and the school. The description
        counts what the measures leave out.
        """
        if not _NAME.match(name):
            raise InputError("A data set's name is made of small letters, digits and hyphens.")
        _expiry(about)
        path = self._path(reference.info.id, name)
        if path.exists() and not replace:
            raise ConflictError("A data set of that name exists. Delete it first.")
        asked = records or RecordOptions()
        with open_table(source) as table:
            resolved = resolve(options, table.columns)
            _refuse_missing(asked, table.columns)
            chunks = [_allowed(chunk, asked) for chunk in table.chunks(CHUNK_ROWS)]
        whole = pl.concat([chunk for chunk, _ in chunks])
        once, twice = _once(whole, resolved, asked, reference)
        parts = [_kept(chunk, resolved, asked, reference) for chunk in once.iter_slices(CHUNK_ROWS)]
        frame = pl.concat(parts) if parts else _kept(once, resolved, asked, reference)
        content = {
            **about, "region": reference.info.id, "name": name, "rows": len(frame),
            "snapshot": reference.snapshot, "opted_out": sum(count for _, count in chunks),
            "twice": twice, **_counts(frame, reference),
        }  # fmt: skip
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(path, frame.write_parquet)
        _write(path.with_suffix(".json"), lambda beside: beside.write_text(json.dumps(content)))
        return summarise(frame)

    def list(self, region: str | None = None) -> list[dict[str, Any]]:
        """Descriptions of all data sets; those that have expired are deleted first."""
        found = []
        for path in sorted(self._home.glob("*/*.json")):
            about = json.loads(path.read_text("utf-8"))
            if about.get("expires") and about["expires"] < datetime.date.today().isoformat():
                self._remove(path)
            elif region is None or about["region"] == region:
                found.append(about)
        return found

    def delete(self, region: str, name: str) -> dict[str, Any]:
        """Delete a data set; the answer is its description, which holds no student."""
        path = self._path(region, name).with_suffix(".json")
        if not _NAME.match(name) or not path.is_file():
            raise NotFoundError("There is no data set of that name.")
        about: dict[str, Any] = json.loads(path.read_text("utf-8"))
        self._remove(path)
        return about

    def table(self, region: str, name: str) -> pl.DataFrame:
        """The placed students of a data set; where no name is given, of that with the latest year."""
        known = {one["name"]: one.get("years", [])[-1:] for one in self.list(region)}
        latest: list[str] = max(known.values(), default=[])
        chosen = name or next((one for one, years in known.items() if years == latest), "")
        if chosen not in known:
            listed = ", ".join(known) or "none"
            raise NotFoundError(f"Name a data set of students. The region has: {listed}.")
        return pl.read_parquet(self._path(region, chosen))

    def show(self, region: str, name: str) -> dict[str, Any]:
        """The description of a data set: counts only."""
        found = [one for one in self.list(region) if one["name"] == name]
        if not found:
            raise NotFoundError("There is no data set of that name.")
        return dict(found[0])

    def years(self, region: str, name: str = "") -> tuple[pl.DataFrame, str]:
        """The students of one data set, or of all of a region, side by side; and what identifies them.

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
            listed = ", ".join(one["name"] for one in known) or "none"
            raise NotFoundError(f"Name a data set of students. The region has: {listed}.")
        every = [year for one in chosen for year in one.get("years", ())]
        if len(every) != len(set(every)):
            raise ConflictError("Two data sets hold the same school year. Name one of them.")
        paths = [self._path(region, one["name"]) for one in chosen]
        frames = [pl.read_parquet(path) for path in paths]
        stamp = " ".join(f"{path.stem}:{path.stat().st_mtime_ns}" for path in paths)
        return pl.concat(frames, how="diagonal"), stamp

    def _path(self, region: str, name: str) -> Path:
        return self._home / region / f"{name}.parquet"

    def _remove(self, path: Path) -> None:
        path.with_suffix(".parquet").unlink(missing_ok=True)
        path.unlink(missing_ok=True)


def _refuse_missing(records: RecordOptions, columns: Sequence[str]) -> None:
    for option in ("year", "opt_out", "protected"):
        column = getattr(records, option)
        if column is not None and column not in columns:
            raise InputError(f"The file has no column `{column}` for `--{option.replace('_', '-')}`. "
                             f"It has: {', '.join(columns[:20])}.")  # fmt: skip


def _allowed(chunk: pl.DataFrame, records: RecordOptions) -> tuple[pl.DataFrame, int]:
    """The rows of families who did not opt out, and the number of the others."""
    if records.opt_out is None:
        return chunk, 0
    kept = chunk.filter(~_is_set(records.opt_out))
    return kept, len(chunk) - len(kept)


def _is_set(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String).str.strip_chars().str.to_lowercase().is_in(_YES).fill_null(value=False)  # fmt: skip


def _once(
    whole: pl.DataFrame, options: PlaceOptions, records: RecordOptions, reference: Reference
) -> tuple[pl.DataFrame, int]:
    """Each student once a year, the first row of each, and the number of further rows."""
    years = _years(whole, records, reference)
    dated = whole.with_columns(years.alias("__year"))
    if options.id is not None:
        named = pl.col(options.id).is_not_null()
        first = pl.struct(options.id, "__year").is_first_distinct()
        dated = dated.filter(first | ~named)
    return dated, len(whole) - len(dated)


def _years(whole: pl.DataFrame, records: RecordOptions, reference: Reference) -> pl.Series:
    if records.year is None:
        year = normal_year(records.school_year or reference.info.school_year)
        if year is None:
            raise InputError("`--school-year` must be a year such as 2025-26.")
        return pl.Series([year], dtype=pl.String).new_from_index(0, len(whole))
    written = whole[records.year].cast(pl.String)
    known = {one: normal_year(one or "") for one in written.unique().to_list()}
    found = written.replace_strict(list(known), list(known.values()), return_dtype=pl.String)
    if found.null_count():
        row = int(found.is_null().arg_true()[0]) + 2
        raise InputError(f"Column `{records.year}`, row {row}: no school year such as 2025-26. "
                         "Correct it, or leave the row out.")  # fmt: skip
    return found


def _kept(
    chunk: pl.DataFrame, options: PlaceOptions, records: RecordOptions, reference: Reference
) -> pl.DataFrame:
    hidden = chunk.select(_is_set(records.protected)).to_series() if records.protected else None
    years = chunk["__year"].alias("year")
    asked = chunk.drop("__year")
    if hidden is not None:
        columns = {options.address, options.street, options.city, options.zip} - {None}
        blank = pl.when(~hidden).then(pl.col(sorted(str(one) for one in columns)))
        asked = asked.with_columns(blank)
    placed = place_with_zip(asked, options, reference).drop(_PLACE)
    if hidden is not None:
        reason = pl.when(hidden).then(pl.lit(PROTECTED)).otherwise("geo_reason")
        placed = placed.with_columns(geo_reason=reason)
    none = pl.Series([None], dtype=pl.String).new_from_index(0, len(chunk))
    grade = none if options.grade is None else read_grades(chunk[options.grade])
    school = none if options.school is None else chunk[options.school].cast(pl.String)
    x, y = _metres(placed, reference)
    return placed.with_columns(
        years, grade.alias("grade"), school.alias("school_id"), x.alias("x"), y.alias("y")
    )


def _metres(placed: pl.DataFrame, reference: Reference) -> tuple[pl.Series, pl.Series]:
    lon, lat = (placed[axis].fill_null(0.0).to_numpy() for axis in ("lon", "lat"))
    x, y = reference.projection.to_metres(lon, lat)
    known = (placed["geo_status"] == "matched").to_numpy()
    return tuple(pl.Series(np.where(known, one, np.nan), nan_to_null=True) for one in (x, y))  # type: ignore[return-value]


def _counts(frame: pl.DataFrame, reference: Reference) -> dict[str, Any]:
    """What an owner must know of a data set: numbers only."""
    schools = reference.schools()["id"]
    unknown = pl.col("school_id").is_not_null() & ~pl.col("school_id").is_in(schools.implode())
    counts = frame.select(
        matched=(pl.col("geo_status") == "matched").sum(),
        protected=(pl.col("geo_reason") == PROTECTED).sum(),
        no_grade=pl.col("grade").is_null().sum(),
        no_school=pl.col("school_id").is_null().sum(),
        unknown_school=unknown.sum(),
    ).row(0, named=True)  # fmt: skip
    return {**counts, "years": sorted(frame["year"].unique().to_list())}


def _expiry(about: dict[str, str]) -> None:
    try:
        datetime.date.fromisoformat(about.get("expires") or "9999-01-01")
    except ValueError as fault:
        raise InputError("`--expires` must be a date such as 2027-06-30.") from fault


def _write(path: Path, write: Any) -> None:  # noqa: ANN401 - any writer of a file
    beside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        os.close(os.open(beside, os.O_WRONLY | os.O_CREAT, 0o600))
        write(beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
