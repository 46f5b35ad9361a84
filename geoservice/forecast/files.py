"""Files of a forecast: earlier counts, births, planned homes, the district's own forecast."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from geoservice.errors import InputError
from geoservice.forecast.entry import DISTRICT, ENTRY_AGE, Births
from geoservice.forecast.history import first_calendar_year
from geoservice.model.grades import read_grades
from geoservice.model.years import read_year
from geoservice.region.manifest import Dataset
from geoservice.region.reading import read_raw

OWN = {"unit": pl.String, "year": pl.String, "own": pl.Float64}
HOMES = {
    "line": pl.Int64,
    "year": pl.String,
    "units": pl.Float64,
    "yield": pl.Float64,
    "type": pl.String,
    "unit": pl.String,
    "lon": pl.Float64,
    "lat": pl.Float64,
}
_HEADER_LINES = 1
_NO_GRADE = "the grade cannot be read. Write a code such as `KG` or `05`."
_NO_YEAR = "the school year cannot be read. Write it such as `2026-27`."


def plain_dataset(kind: str, path: Path) -> Dataset:
    """A file that no manifest describes: its columns have our names."""
    return Dataset(kind=kind, id=kind, path=path, fields={})


def read_births(dataset: Dataset, needed: tuple[int, int]) -> Births:
    """Births by calendar year, of the district or by ``unit``.

    ``needed`` are the first and the last calendar year that the forecast uses.

    Raises
    ------
    InputError
        Names file, line and remedy of a year or number that cannot be read or is not needed.
    """
    table = _columns(dataset, ("year", "births"), ("unit",))
    births = _numbers(table, "births", dataset)
    by_unit: dict[str, dict[int, float]] = {}
    rows = zip(table["line"], table["year"], births, table["unit"], strict=True)
    for line, text, count, unit in rows:  # Over births by year: a few dozen to a few thousand.
        year = int(text) if text is not None and text.isdigit() else 0
        if not needed[0] <= year <= needed[1]:
            raise InputError(
                f"`{dataset.path.name}` line {line}: this year of births is not needed. The "
                "forecast "
                f"uses births of {needed[0]} to {needed[1]} (calendar years, {ENTRY_AGE} years "
                "before "
                "kindergarten). Remove the line."
            )
        years = by_unit.setdefault(unit or DISTRICT, {})
        if year in years:
            raise InputError(
                f"`{dataset.path.name}` line {line}: the file has this year twice. Keep a single "
                "line."
            )
        years[year] = count
    return Births(by_unit)


def read_homes(dataset: Dataset, last_counted: str) -> pl.DataFrame:
    """Planned homes, schema `HOMES`: ``units`` of a ``type``, first lived in in a school year.

    ``yield`` is the number of students of all grades in a home. Each line has the ``unit`` of the
    forecast, or ``lon`` and ``lat``.

    Raises
    ------
    InputError
        Names file, line and remedy.
    """
    optional = ("type", "unit", "lon", "lat")
    table = _columns(dataset, ("year", "units", "yield"), optional)
    years = _school_years(table, dataset)
    early = years <= last_counted
    if early.any():
        line = table["line"].filter(early)[0]
        raise InputError(
            f"`{dataset.path.name}` line {line}: homes of this school year are in the counts "
            "already. "
            f"Keep homes of years after {last_counted}."
        )
    numbers = {name: _numbers(table, name, dataset) for name in ("units", "yield")}
    places = {name: table[name].cast(pl.Float64, strict=False) for name in ("lon", "lat")}
    has_no_place = table["unit"].is_null() & (places["lon"].is_null() | places["lat"].is_null())
    if has_no_place.any():
        raise InputError(
            f"`{dataset.path.name}` line {table['line'].filter(has_no_place)[0]}: "
            "the homes have no place. "
            "Give `unit`, or `lon` and `lat`."
        )
    return table.with_columns(year=years, **numbers, **places).select(*HOMES)


def read_counts(dataset: Dataset) -> pl.DataFrame:
    """Counts of earlier years: ``unit``, ``name``, ``year``, ``grade``, ``students``.

    The file has a line for each school year and grade; without ``unit`` it is of the district.

    Raises
    ------
    InputError
        Names file, line and remedy; also for a year that lacks a grade which other years have.
    """
    table = _columns(dataset, ("year", "grade", "students"), ("unit", "name"))
    grades = read_grades(table["grade"])
    _refuse(table, grades.is_null(), dataset, _NO_GRADE)
    counts = table.select(
        "line",
        unit=pl.col("unit").fill_null(DISTRICT),
        name=pl.coalesce("name", "unit", pl.lit(DISTRICT)),
        year=_school_years(table, dataset),
        grade=grades,
        students=_numbers(table, "students", dataset),
    )
    twice = ~counts.select(pl.struct("unit", "year", "grade").is_first_distinct()).to_series()
    _refuse(table, twice, dataset, "unit, year and grade stand twice. Keep one line.")
    _refuse_gaps(counts, dataset)
    return counts.drop("line")


def read_own_forecast(path: Path) -> pl.DataFrame:
    """A forecast that the district published, schema `OWN`, totals by unit and school year.

    Either a line per unit and year (``unit``, ``year``, ``students``), or a line per unit and a
    column per school year, the names of units first.
    """
    dataset = plain_dataset("forecast", path)
    raw = read_raw(dataset).frame
    named = {column.lower() for column in raw.columns}
    if {"unit", "year", "students"} <= named:
        table = _columns(dataset, ("unit", "year", "students"), ())
        return table.select(
            "unit", year=_school_years(table, dataset), own=_numbers(table, "students", dataset)
        )
    years = {name: read_year(name) for name in raw.columns if name != "row"}
    columns = [name for name, year in years.items() if year]
    start = next(iter(years), "")
    if not columns or start in columns:
        raise InputError(
            f"`{path.name}`: a published forecast has the columns `unit`, `year` and `students`, "
            "or the "
            "names of units first and a column for each school year, such as `2026-27`."
        )
    long = raw.select("row", start, *columns).unpivot(
        columns, index=["row", start], variable_name="year", value_name="own"
    )
    table = long.with_columns(line=pl.col("row") + _HEADER_LINES)
    year = long["year"].replace_strict({name: years[name] for name in columns})
    return table.select(unit=start, year=year, own=_numbers(table, "own", dataset))


def births_years(history_years: Sequence[str], ahead: int) -> tuple[int, int]:
    """The first and the last calendar year of births that a forecast uses."""
    start, end = first_calendar_year(history_years[0]), first_calendar_year(history_years[-1])
    return start - ENTRY_AGE, end + ahead - ENTRY_AGE


def _columns(dataset: Dataset, needed: tuple[str, ...], optional: tuple[str, ...]) -> pl.DataFrame:
    """The columns of a file under our names as texts, and ``line``, its line in a text file."""
    raw = read_raw(dataset).frame
    by_name = {column.lower(): column for column in raw.columns if column != "row"}
    chosen = {}
    for name in (*needed, *optional):
        column = by_name.get(dataset.fields.get(name, name).lower())
        if column is None and (name in needed or name in dataset.fields):
            raise InputError(
                f"`{dataset.path.name}` has no column `{dataset.fields.get(name, name)}`. It "
                "needs: "
                f"{', '.join(needed)}; it may have: {', '.join(optional) or 'no more'}."
            )
        chosen[name] = pl.lit(None, dtype=pl.String) if column is None else pl.col(column)
    return raw.select(line=pl.col("row").cast(pl.Int64) + _HEADER_LINES, **chosen)


def _numbers(table: pl.DataFrame, name: str, dataset: Dataset) -> pl.Series:
    values = table[name].str.replace_all(",", "").cast(pl.Float64, strict=False)
    bad = values.is_null() | ~values.is_finite().fill_null(value=False) | (values < 0)
    _refuse(table, bad, dataset, f"`{name}` must be a number, 0 or more.")
    return values


def _school_years(table: pl.DataFrame, dataset: Dataset) -> pl.Series:
    texts = table["year"].unique().to_list()
    read = [read_year(text) if text else None for text in texts]
    years = table["year"].replace_strict(texts, read, return_dtype=pl.String)
    _refuse(table, years.is_null(), dataset, _NO_YEAR)
    return years


def _refuse(table: pl.DataFrame, bad: pl.Series, dataset: Dataset, remedy: str) -> None:
    wrong = table["line"].filter(bad.fill_null(value=True))
    if len(wrong):
        raise InputError(f"`{dataset.path.name}` line {wrong[0]}: {remedy}")


def _refuse_gaps(counts: pl.DataFrame, dataset: Dataset) -> None:
    """Refuse a year in which no unit has a grade that other years have."""
    present = counts.select("year", "grade").unique()
    cells = counts.select("year").unique().join(counts.select("grade").unique(), how="cross")
    gaps = cells.join(present, on=["year", "grade"], how="anti").sort("year", "grade")
    if len(gaps):
        year, grade = gaps.row(0)
        line = counts.filter(year=year)["line"].sort()[0]
        raise InputError(
            f"`{dataset.path.name}` line {line}: the school year {year} has no grade {grade}, "
            "which other "
            "years have. Add a line for it; write 0 where there were no students."
        )
