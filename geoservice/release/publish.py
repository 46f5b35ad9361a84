"""The only step from true numbers to published numbers."""

import math
from functools import partial

import polars as pl

from geoservice.measures.ground import AT_LEAST, AT_MOST, SHOWN, SUPPRESSED, Protect
from geoservice.measures.measure import (
    DRAW,
    FLOWS,
    PART_COUNT,
    PART_SHARE,
    PUBLIC,
    RESIDENTS,
    STATISTIC,
    TOTAL,
)
from geoservice.measures.ways import OTHER
from geoservice.release.hexagon_merging import LEAST_HOMES
from geoservice.release.hexagons import joined_cells
from geoservice.release.protected_counts import Protection, protected_counts

COUNTS = ("numerator", "denominator", "left_out")
"""Counts of students; each has a column of key sums, null if it is public anyway."""
STATISTIC_CELLS = 2
"""How many times the minimum cell size a median or mean needs."""
STATISTIC_STEP_M = 160.9344
"""Medians and means are rounded to a tenth of a mile."""
STEPS = (0.01, 0.02, 0.05, 0.10, 0.20)
"""Bounds of coded shares: the finest that covers the minimum cell size is used."""
LEAST_STUDENTS = (300, 100, 40, 20, 10)
"""From this many students on each bound is used."""
LINE = ("year", "band", "unit")


def protect_with(protection: Protection) -> Protect:
    """Return the function that turns cells into published rows."""
    return partial(published, protection)


def published(protection: Protection, cells: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return cells in the form that may be published.

    Parameters
    ----------
    cells
        `geoservice.measures.cells.part_cells`, with ``status``: true counts and sums of the record
        keys of their students.
    kind
        One of the protections of `geoservice.measures.measure`.

    Returns
    -------
    polars.DataFrame
        The same columns. Counts are protected counts; ``status`` is ``suppressed`` (no number is
        left), ``at_least`` or ``at_most`` (of ``bound``), or as it was. Numbers without a key are
        as they were.
    """
    if kind == PUBLIC:
        return cells
    if kind in (FLOWS, DRAW):
        return _by_destination(protection, cells, kind)
    counted = with_protected_counts(protection, cells)
    rules = {
        TOTAL: _total_status,
        PART_COUNT: _part_count_status,
        PART_SHARE: _share_status,
        STATISTIC: _statistic_status,
        RESIDENTS: _total_status,
    }
    return _blanked(counted.with_columns(rules[kind](protection.min_n)), protection.min_n)


def with_protected_counts(protection: Protection, cells: pl.DataFrame) -> pl.DataFrame:
    """Replace true counts by protected counts."""
    columns = []
    for name in COUNTS:
        keys = cells[f"{name}_key"]
        numbers = cells[name].cast(pl.Int64)
        has_key = (keys.is_not_null() & numbers.is_not_null()).to_numpy()
        published_numbers = numbers.fill_null(0).to_numpy(writable=True)
        published_numbers[has_key] = protected_counts(
            published_numbers[has_key], keys.fill_null(0).to_numpy()[has_key], protection
        )
        counts = pl.Series(name, published_numbers)
        columns.append(
            pl.select(pl.when(numbers.is_not_null()).then(counts).alias(name)).to_series()
        )
    return cells.with_columns(columns)


_IS_COUNTED = (pl.col("status") == SHOWN) & pl.col("denominator_key").is_not_null()
"""True of rows that say something of students."""
_FEW_HOMES = (pl.col("homes") < LEAST_HOMES).fill_null(value=False)
_COMPLEMENT = pl.col("denominator") - pl.col("numerator")


def _status(*cases: tuple[pl.Expr, str]) -> pl.Expr:
    """Return the status of the first case that is true; without such a case the old status."""
    status = pl.col("status")
    for holds, name in reversed(cases):
        status = pl.when(_IS_COUNTED & holds).then(pl.lit(name)).otherwise(status)
    return status.alias("status")


def _total_status(min_n: int) -> list[pl.Expr]:
    return [_status(((pl.col("denominator") < min_n) | _FEW_HOMES, SUPPRESSED))]


def _statistic_status(min_n: int) -> list[pl.Expr]:
    rounded = (pl.col("value") / STATISTIC_STEP_M).round() * STATISTIC_STEP_M + 0.0  # Never -0.
    is_small = pl.col("denominator") < STATISTIC_CELLS * min_n
    return [_status((is_small | _FEW_HOMES, SUPPRESSED)), rounded.alias("value")]


def _part_count_status(min_n: int) -> list[pl.Expr]:
    """Publish a number as "at least" if few students are not in it."""
    lower_bound = pl.col("denominator") - min_n
    is_rest_small = min_n > _COMPLEMENT
    has_part = pl.col("numerator_key").is_not_null()
    is_small = (pl.col("denominator") < min_n) | (pl.col("numerator") < min_n) | _FEW_HOMES
    cases = (
        ((has_part & is_small) | (is_rest_small & (lower_bound < min_n)), SUPPRESSED),
        (is_rest_small, AT_LEAST),
    )
    bound = pl.when(_IS_COUNTED & is_rest_small).then(lower_bound.cast(pl.Float64))
    return [_status(*cases), bound.alias("bound")]


def _share_status(min_n: int) -> list[pl.Expr]:
    """Replace a share by a bound if few students are in its part or in its rest."""
    bound = _coding_bound(pl.col("denominator"), min_n)
    is_small, is_rest_small = pl.col("numerator") < min_n, min_n > _COMPLEMENT
    is_extreme = is_small | is_rest_small
    cases = (
        ((pl.col("denominator") < min_n) | _FEW_HOMES | (is_extreme & bound.is_null()), SUPPRESSED),
        (is_small, AT_MOST),
        (is_rest_small, AT_LEAST),
    )
    coded = pl.when(is_small).then(bound).when(is_rest_small).then(1 - bound)
    return [_status(*cases), pl.when(_IS_COUNTED).then(coded).round(2).alias("bound")]


def _coding_bound(students: pl.Expr, min_n: int) -> pl.Expr:
    """Return the bound for a number of students; null if no bound covers ``min_n`` of them."""
    bound = pl.lit(None, dtype=pl.Float64)
    for step, minimum in zip(reversed(STEPS), reversed(LEAST_STUDENTS), strict=True):
        enough = max(minimum, math.ceil(min_n / step - 1e-9))
        bound = pl.when(students >= enough).then(pl.lit(step)).otherwise(bound)
    return bound


def _blanked(rows: pl.DataFrame, min_n: int) -> pl.DataFrame:
    """The rows without numbers that may not be published."""
    is_suppressed = pl.col("status") == SUPPRESSED
    is_coded = pl.col("status").is_in([AT_LEAST, AT_MOST])
    few_left_out = (pl.col("left_out") < min_n) & pl.col("left_out_key").is_not_null()
    return rows.with_columns(
        pl.when(~is_suppressed & ~is_coded).then("numerator").alias("numerator"),
        pl.when(~is_suppressed & ~is_coded).then("value").alias("value"),
        pl.when(~is_suppressed).then("denominator").alias("denominator"),
        pl.when(~is_suppressed & ~few_left_out).then("left_out").alias("left_out"),
        pl.when(is_coded).then("bound").alias("bound"),
    )


def _by_destination(protection: Protection, cells: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Publish each destination of enough students, and all others of a line together as `OTHER`.

    Destinations that are suppressed are absent: a row would say that somebody goes there.
    """
    min_n = protection.min_n
    destinations = cells.filter(pl.col("to") != OTHER)
    homes_of_others = pl.col("households").explode().drop_nulls().n_unique()
    if kind == DRAW:  # Hexagons share no home.
        homes_of_others = pl.col("homes").sum()
        destinations = joined_cells(protection, destinations.drop("households"))
    counted = with_protected_counts(protection, destinations)
    rows = _blanked(counted.with_columns(_part_count_status(min_n)), min_n)
    shown = rows.filter(pl.col("status") != SUPPRESSED)
    suppressed = destinations.join(shown.select(*LINE, "to"), on=[*LINE, "to"], how="anti")
    remainder = pl.concat([suppressed, cells.filter(to=OTHER)], how="diagonal_relaxed")
    others = (
        remainder.group_by(LINE)
        .agg(
            pl.col("numerator").sum(),
            pl.col("numerator_key").sum(),
            pl.when(pl.col("homes").is_not_null().all())
            .then(homes_of_others.cast(pl.Int64))
            .alias("homes"),
            pl.exclude("numerator", "numerator_key", "to", "homes", "households").first(),
        )
        .with_columns(to=pl.lit(OTHER))
    )
    summed = with_protected_counts(protection, others)
    is_small = (pl.col("numerator") < min_n) | (pl.col("denominator") < min_n) | _FEW_HOMES
    shown_others = _blanked(summed.filter(~is_small), min_n)
    return pl.concat([shown, shown_others], how="diagonal_relaxed")
