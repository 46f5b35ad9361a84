"""Measures of seats from the tables of the district: use, empty seats, seats in quality schools."""

from functools import partial

import polars as pl

from geoservice.cohort.students import Cohort
from geoservice.measures.cells import KEY
from geoservice.measures.ground import Ground
from geoservice.measures.lines import with_missing_lines
from geoservice.measures.measure import (
    AREA,
    BY_SCHOOL,
    ENROLMENT,
    PUBLIC,
    QUALITY,
    RATINGS,
    SEAT_COUNTS,
    SEATS,
    SHARE,
    ZONE,
    Measure,
    as_counted,
)
from geoservice.measures.school_seats import seats, with_district, with_nowhere

COMFORT = (0.80, 0.95)
"""Utilisation between these is comfortable."""
_BOTH = frozenset({AREA, ZONE})


def stable_parts(cohort: Cohort) -> tuple[str, ...]:
    """Return the part of figures of lasting quality, such as ``3 of 4 years``."""
    rules = cohort.reference.info.measures
    return (f"{rules.stable_years} of {rules.stable_of_years} years",)


def last_years(year: str, count: int) -> tuple[str, ...]:
    """Return the school years that end with a year such as 2023-24, ascending."""
    last_start = int(year[:4])
    starts = range(last_start - count + 1, last_start + 1)
    return tuple(f"{start}-{(start + 1) % 100:02d}" for start in starts)


def _utilisation(ground: Ground, unit: str) -> pl.DataFrame:
    rows = _seat_rows(seats(ground, unit), pl.col("pupils").is_not_null(), pl.col("pupils"))
    low, high = COMFORT
    shares = _as_shares(with_missing_lines(ground, unit, rows, [""]))
    named = (
        pl.when(pl.col("value") < low)
        .then(pl.lit("under"))
        .when(pl.col("value") > high)
        .then(pl.lit("over"))
        .when(pl.col("value").is_not_null())
        .then(pl.lit("comfortable"))
    )
    return shares.with_columns(named.alias("class"))


def _unfilled(ground: Ground, unit: str) -> pl.DataFrame:
    rows = _seat_rows(seats(ground, unit), pl.col("pupils").is_not_null(), pl.col("unfilled"))
    return _zero_without_schools(with_missing_lines(ground, unit, rows, [""])).with_columns(
        value="numerator"
    )


def _quality_share(ground: Ground, unit: str) -> pl.DataFrame:
    good = pl.col("seats").filter(pl.col("quality"))
    rows = _seat_rows(seats(ground, unit), pl.col("seats").is_not_null(), good)
    return _as_shares(with_missing_lines(ground, unit, rows, [""]))


def _stability(ground: Ground, unit: str) -> pl.DataFrame:
    """Return the share of seats in schools that were quality schools in k of n years.

    Seats are those of the last year. A year has no data if one of the n years has no ratings.
    """
    cohort, rules = ground.cohort, ground.cohort.reference.info.measures
    good = cohort.by_year.filter("quality").select("year", "school_id")
    (part,) = stable_parts(cohort)
    tables = [pl.DataFrame(schema=_SEAT_ROWS)]
    for year in cohort.years:  # Over years: a handful.
        window = last_years(year, rules.stable_of_years)
        if not set(window) <= cohort.rated:
            continue
        count = good.filter(pl.col("year").is_in(window)).group_by("school_id").len("good")
        steady = count.filter(pl.col("good") >= rules.stable_years)["school_id"]
        table = seats(ground, unit, [year])
        steady_seats = pl.col("seats").filter(pl.col("school_id").is_in(steady.implode()))
        tables.append(_seat_rows(table, pl.col("seats").is_not_null(), steady_seats))
    rows = pl.concat(tables).with_columns(part=pl.lit(part))
    return _as_shares(with_missing_lines(ground, unit, rows, [part]))


_SEAT_ROWS = {
    **dict.fromkeys(KEY, pl.String),
    "numerator": pl.Float64,
    "denominator": pl.Float64,
    "left_out": pl.Int64,
    "part": pl.String,
}


def _seat_rows(table: pl.DataFrame, used: pl.Expr, numerator: pl.Expr) -> pl.DataFrame:
    """Return sums over the schools that are ``used``; null without such schools.

    ``left_out`` is the number of schools with unknown seats or students; for the district also
    schools without a place.
    """
    sums = (
        with_district(table)
        .group_by(KEY)
        .agg(
            numerator=numerator.sum().cast(pl.Float64),
            denominator=pl.col("seats").filter(used).sum().cast(pl.Float64),
            schools=used.sum(),
            left_out=(~used).sum().cast(pl.Int64),
        )
    )
    is_known = pl.when(pl.col("schools") > 0)
    return with_nowhere(sums, table).select(
        *KEY, is_known.then("numerator"), is_known.then("denominator"), "left_out", part=pl.lit("")
    )


def _as_shares(rows: pl.DataFrame) -> pl.DataFrame:
    rows = _zero_without_schools(rows)
    return rows.with_columns(value=pl.col("numerator") / pl.col("denominator"))


def _zero_without_schools(rows: pl.DataFrame) -> pl.DataFrame:
    """Set 0 seats for units without a school; unknown years have no data."""
    has_schools = pl.col("left_out").is_not_null()
    none = ~has_schools & has_schools.any().over("year")
    return rows.with_columns(
        pl.when(none).then(0).otherwise(name).alias(name)
        for name in ("numerator", "denominator", "left_out")
    )


_of_seats = partial(Measure, protection=PUBLIC, value=as_counted, counted=SEATS, is_of_homes=False)
MEASURES = (
    _of_seats(
        "utilisation",
        "enrolment per seat",
        SHARE,
        _BOTH | {BY_SCHOOL},
        _utilisation,
        needs=frozenset({SEAT_COUNTS, ENROLMENT}),
    ),
    _of_seats(
        "unfilled_seats",
        "seats that are empty",
        SEATS,
        _BOTH | {BY_SCHOOL},
        _unfilled,
        needs=frozenset({SEAT_COUNTS, ENROLMENT}),
    ),
    _of_seats(
        "quality_seat_share",
        "share of seats in quality schools",
        SHARE,
        _BOTH,
        _quality_share,
        needs=frozenset({SEAT_COUNTS, RATINGS, QUALITY}),
    ),
    _of_seats(
        "rating_stability",
        "share of seats in schools of lasting quality",
        SHARE,
        _BOTH | {BY_SCHOOL},
        _stability,
        parts=(),
        region_parts=stable_parts,
        needs=frozenset({SEAT_COUNTS, RATINGS, QUALITY}),
    ),
)
