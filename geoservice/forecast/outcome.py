"""A forecast as a table: counted years, coming years, band, seats, the district's own forecast."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from geoservice.forecast.backtest import Band, back_test, band
from geoservice.forecast.counting import Kind
from geoservice.forecast.entry import Births
from geoservice.forecast.history import Floats, History, first_calendar_year, school_year_from
from geoservice.forecast.progression import Rules
from geoservice.forecast.projection import project
from geoservice.forecast.seats import first_years

ALL_GRADES = "all"
SHOWN, SUPPRESSED = "shown", "suppressed"
COLUMNS = {
    "unit": "id of the unit; `district` for all students",
    "name": "its name",
    "year": "school year",
    "kind": "`counted` or `forecast`",
    "grade": "CEDS code; `all` for the grades of the unit together",
    "students": "counted, or projected from the counts",
    "homes": "students of planned homes, on top of `students`",
    "low": "lower end of the band: 9 of 10 errors of the back-test are smaller",
    "high": "upper end of the band",
    "band_from": "size of unit whose back-test gives the band",
    "own": "the district's own forecast",
    "seats": "seats of the school, or of the zone's school",
    "utilisation": "`students` with `homes` beside seats",
    "first_over_95": "first school year in which utilization is over 95%",
    "first_under_80": "first school year in which utilization is under 80%",
    "status": "`shown`, or `suppressed` where the public profile tells of too few students",
}
"""Columns of the table, with their meaning."""


@dataclass(frozen=True)
class Layers:
    """Additions to the projection: births, planned homes, seats, the district's own forecast.

    Attributes
    ----------
    births
        Births for kindergarten; empty if it goes by the trend.
    homes
        Students of planned homes, units x years ahead x grades.
    seats
        By unit, NaN if unknown.
    own
        Schema `geoservice.forecast.files.OWN`, empty if the district gave none.
    """

    births: Births
    homes: Floats
    seats: Floats
    own: pl.DataFrame


@dataclass(frozen=True)
class Forecast:
    """A forecast and the error of its back-test.

    Attributes
    ----------
    table
        Columns `COLUMNS`, a row per unit, year and grade.
    errors
        Schema `geoservice.forecast.backtest.ERRORS`.
    unmatched_own
        Names in the district's own forecast that are no unit of this one.
    """

    kind: Kind
    rules: Rules
    table: pl.DataFrame
    errors: pl.DataFrame
    unmatched_own: tuple[str, ...]


def make_forecast(
    history: History, kind: Kind, horizon: int, rules: Rules, layers: Layers
) -> Forecast:
    """Project, back-test, and add seats and the district's own forecast."""
    errors = back_test(history, rules, layers.births)
    ahead = project(history, horizon, rules, layers.births)
    reported = history.reported[:, None, :]
    counted, projected = history.students * reported, ahead * reported
    homes = layers.homes * reported
    total = (projected + homes).sum(axis=2)
    years = _years(history, horizon)
    tables = [
        _rows(
            history,
            years,
            "all",
            counted.sum(axis=2),
            projected.sum(axis=2),
            homes.sum(axis=2),
            band(errors, "total", total),
        )
    ]
    for place, grade in enumerate(history.grades):  # Over grades.
        students_and_homes = projected[:, :, place] + homes[:, :, place]
        rows = _rows(
            history,
            years,
            grade,
            counted[:, :, place],
            projected[:, :, place],
            homes[:, :, place],
            band(errors, "grade", students_and_homes),
        )
        holds = np.repeat(history.reported[:, place], len(years))
        tables.append(rows.filter(pl.Series(holds)))
    table = _with_seats(pl.concat(tables), history, total, layers.seats, years)
    table, unmatched = _with_own(table, history, layers.own)
    table = table.with_columns(status=pl.lit(SHOWN))
    order = pl.col("grade").replace_strict([ALL_GRADES, *history.grades], range(len(tables)))
    unit = pl.col("unit").replace_strict(history.units, range(len(history.units)))
    return Forecast(
        kind, rules, table.sort(unit, order, "year").select(*COLUMNS), errors, unmatched
    )


def with_suppressed(forecast: Forecast, min_n: int) -> Forecast:
    """Suppress the numbers of cells with fewer than ``min_n`` students.

    A cell is a unit with a grade and a year: the other years of a unit and grade stay.
    """
    is_small = (pl.col("students") + pl.col("homes").fill_null(0.0)) < min_n
    numbers = ("students", "homes", "low", "high", "utilisation", "band_from")
    table = forecast.table.with_columns(
        *(pl.when(~is_small).then(name).alias(name) for name in numbers),
        status=pl.when(is_small).then(pl.lit(SUPPRESSED)).otherwise(pl.lit(SHOWN)),
    )
    return replace(forecast, table=table)


def _years(history: History, horizon: int) -> list[str]:
    last_year = first_calendar_year(history.years[-1])
    return [*history.years, *(school_year_from(last_year + step) for step in range(1, horizon + 1))]


def _rows(
    history: History,
    years: list[str],
    grade: str,
    counted: Floats,
    projected: Floats,
    homes: Floats,
    around: Band,
) -> pl.DataFrame:
    """Return a grade of all units: the counted years, then the years ahead."""
    counted_years, horizon = len(history.years), projected.shape[1]
    blank = np.full(counted.shape, np.nan)
    total = projected + homes
    low = np.maximum(total - around.half, 0.0)
    values = {
        "students": np.hstack([counted, projected]),
        "homes": np.hstack([blank, homes]),
        "low": np.hstack([blank, low]),
        "high": np.hstack([blank, total + around.half]),
    }
    sources = np.hstack(
        [
            np.full(counted.shape, None, dtype=object),
            np.array(around.source, dtype=object).reshape(projected.shape),
        ]
    )
    return pl.DataFrame(
        {
            "unit": np.repeat(np.array(history.units), len(years)),
            "name": np.repeat(np.array(history.names), len(years)),
            "year": np.tile(np.array(years), len(history.units)),
            "kind": np.tile(
                np.array(["counted"] * counted_years + ["forecast"] * horizon), len(history.units)
            ),
            "grade": grade,
            "band_from": pl.Series(sources.ravel().tolist(), dtype=pl.String),
        }
    ).with_columns(
        pl.Series(name, cells.ravel(), nan_to_null=True).round(1) for name, cells in values.items()
    )


def _with_seats(
    table: pl.DataFrame, history: History, ahead: Floats, seats: Floats, years: list[str]
) -> pl.DataFrame:
    utilisation = ahead / seats[:, None]
    over, under = first_years(utilisation, years[len(history.years) :])
    units = pl.DataFrame(
        {
            "unit": history.units,
            "seats": pl.Series(seats, nan_to_null=True).cast(pl.Int64),
            "first_over_95": pl.Series(over, dtype=pl.String),
            "first_under_80": pl.Series(under, dtype=pl.String),
        }
    ).with_columns(grade=pl.lit(ALL_GRADES))
    joined = table.join(units, on=["unit", "grade"], how="left", maintain_order="left")
    students_and_homes = pl.col("students") + pl.col("homes").fill_null(0.0)
    return joined.with_columns(utilisation=(students_and_homes / pl.col("seats")).round(3))


def _with_own(
    table: pl.DataFrame, history: History, own: pl.DataFrame
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """The district's own totals beside ours, joined by the unit's id or name in any case."""
    ids = {
        name.strip().lower(): unit for unit, name in zip(history.units, history.names, strict=True)
    }
    ids |= {unit.lower(): unit for unit in history.units}
    texts = own["unit"].str.strip_chars().str.to_lowercase()
    counted_years = texts.replace_strict(
        list(ids), list(ids.values()), default=None, return_dtype=pl.String
    )
    named = own.with_columns(unit=counted_years, grade=pl.lit(ALL_GRADES)).drop_nulls("unit")
    named = named.unique(["unit", "year"], keep="first", maintain_order=True)
    unmatched = own.filter(counted_years.is_null())["unit"].unique(maintain_order=True).to_list()
    joined = table.join(named, on=["unit", "year", "grade"], how="left", maintain_order="left")
    return joined, tuple(unmatched)
