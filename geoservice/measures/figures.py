"""Figures of a measure: value, numerator, denominator, interval and the district's value."""

import polars as pl

from geoservice.measures.cells import KEY
from geoservice.measures.coverage import matched_cells
from geoservice.measures.ground import (
    AT_LEAST,
    DISTRICT,
    NO_DATA,
    NOT_APPLICABLE,
    SHOWN,
    Ground,
)
from geoservice.measures.measure import (
    ATTENDANCE,
    DISTANCES,
    PART_SHARE,
    PUBLIC,
    QUALITY,
    RATINGS,
    SEAT_COUNTS,
    SUPPLY,
    Measure,
)
from geoservice.measures.registry import measure_by

COLUMNS = {
    "year": pl.String,
    "band": pl.String,
    "unit": pl.String,
    "part": pl.String,
    "to": pl.String,
    "value": pl.Float64,
    "numerator": pl.Float64,
    "denominator": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "district": pl.Float64,
    "coverage": pl.Float64,
    "left_out": pl.Int64,
    "class": pl.String,
    "scheme": pl.String,
    "distances": pl.String,
    "status": pl.String,
    "bound": pl.Float64,
    "counts": pl.String,
}
"""Columns of figures; ``docs/measures.md`` describes each.

``status`` is ``shown``, ``suppressed``, ``at_least`` or ``at_most`` (``bound``), ``no_data``,
``not_applicable``; ``counts`` is ``protected``, ``exact`` or ``true``.
"""
_NUMBERS = ("value", "numerator", "denominator", "left_out")
_Z = 1.959963984540054


def figures(measure_id: str, unit: str, ground: Ground) -> pl.DataFrame:
    """Return all years, bands and units of a measure: `COLUMNS`, sorted, the district last.

    Raises
    ------
    NotFoundError
        If no measure has the id.
    InputError
        If the measure is not counted by these units.
    """
    measure = measure_by(measure_id, unit)
    counted = _with_columns(measure.count(ground, unit))
    cells = _known(counted, measure, ground)
    if ground.protect is not None:
        cells = ground.protect(cells, measure.protection)
    rows = _with_columns(measure.value(cells, ground, unit))
    return _finished(_with_status(rows), measure, unit, ground)


def wilson(numerator: pl.Expr, denominator: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Return the ends of Wilson's 95% interval of a share (1927, no continuity correction)."""
    share, z2 = numerator / denominator, _Z * _Z
    middle = (share + z2 / (2 * denominator)) / (1 + z2 / denominator)
    spread = share * (1 - share) / denominator + z2 / (4 * denominator * denominator)
    half = _Z * spread.sqrt() / (1 + z2 / denominator)
    return (middle - half).clip(0, 1), (middle + half).clip(0, 1)


def is_known_anywhere(measure: Measure, ground: Ground) -> bool:
    """Return True if the region knows any school that the measure needs.

    A measure of quality is unknown if no rating label means quality.
    """
    facts, scheme = ground.cohort.facts, ground.cohort.scheme
    if QUALITY in measure.needs and not (scheme and any(label.quality for label in scheme.labels)):
        return False
    if SUPPLY in measure.needs:
        has_place = pl.col("s_x").is_finite() & (pl.col("grades").list.len() > 0)
        return bool(facts.select(has_place.any()).item())
    return ATTENDANCE not in measure.needs or len(facts) > 0


def _with_columns(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with every column that a later step names."""
    optional = {
        **COLUMNS,
        "is_known": pl.Boolean,
        "numerator_key": pl.UInt64,
        "denominator_key": pl.UInt64,
        "left_out_key": pl.UInt64,
        "homes": pl.Int64,
    }
    missing = [
        pl.lit(None, dtype=kind).alias(name)
        for name, kind in optional.items()
        if name not in rows.columns
    ]
    return rows.with_columns(missing).with_columns(pl.col("status").fill_null(SHOWN))


def _known(cells: pl.DataFrame, measure: Measure, ground: Ground) -> pl.DataFrame:
    """The cells with the status ``no_data`` and no numbers where the region's files do not say."""
    cohort = ground.cohort
    is_known = pl.col("is_known").fill_null(value=True) & is_known_anywhere(measure, ground)
    if RATINGS in measure.needs:
        is_known &= pl.col("year").is_in(list(cohort.rated)) | pl.col("part").is_in(
            list(measure.unrated_parts)
        )
    if SEAT_COUNTS in measure.needs and measure.protection != PUBLIC:
        is_known &= pl.col("year").is_in(cohort.years_with("capacity"))
    if cohort.students.is_empty():
        is_known &= pl.col("denominator_key").is_null()
    names = [*_NUMBERS, "numerator_key", "denominator_key", "left_out_key"]
    return cells.with_columns(
        *(pl.when(is_known).then(pl.col(name)).alias(name) for name in names),
        status=pl.when(is_known).then("status").otherwise(pl.lit(NO_DATA)),
    )


def _with_status(rows: pl.DataFrame) -> pl.DataFrame:
    """Set ``not_applicable`` for shares of nobody, and ``no_data`` for missing values."""
    has_value = pl.col("value").is_not_null() & pl.col("value").is_finite()
    is_of_nobody = (pl.col("denominator") == 0).fill_null(value=False)
    status = pl.when((pl.col("status") != SHOWN) | has_value).then("status")
    return rows.with_columns(
        status=status.when(is_of_nobody).then(pl.lit(NOT_APPLICABLE)).otherwise(pl.lit(NO_DATA))
    )


def _finished(rows: pl.DataFrame, measure: Measure, unit: str, ground: Ground) -> pl.DataFrame:
    """Add interval, district, coverage, scheme and distances to the rows."""
    is_shown = pl.col("status") == SHOWN
    ends = wilson(pl.col("numerator"), pl.col("denominator"))
    has_interval = is_shown & (pl.col("denominator") > 0) & measure.has_interval
    counts = None if measure.protection == PUBLIC else ground.counts
    cohort = ground.cohort
    scheme = cohort.scheme.id if RATINGS in measure.needs and cohort.scheme else None
    distances = cohort.distances if DISTANCES in measure.needs else None
    complete = rows.with_columns(
        value=pl.when(is_shown & pl.col("value").is_finite()).then("value"),
        low=pl.when(has_interval).then(ends[0]),
        high=pl.when(has_interval).then(ends[1]),
        scheme=pl.lit(scheme, dtype=pl.String),
        distances=pl.lit(distances, dtype=pl.String),
        counts=pl.lit(counts, dtype=pl.String),
    ).with_columns(pl.when(is_shown).then("class").alias("class"))
    district = complete.filter(unit=DISTRICT).select("year", "band", "part", district="value")
    joined = complete.drop("district").join(district, on=["year", "band", "part"], how="left")
    covered = _with_coverage(joined, unit, ground)
    order = ["year", "band", pl.col("unit") == DISTRICT, "unit", "part", "to"]
    return covered.sort(order).select(pl.col(name).cast(kind) for name, kind in COLUMNS.items())


def _with_coverage(rows: pl.DataFrame, unit: str, ground: Ground) -> pl.DataFrame:
    """Add ``coverage``: the share of the unit's addresses that were matched.

    If it is unknown, the district's share is taken.
    """
    name = ("coverage", unit, ground.counts, *ground.bands)
    covered = ground.cohort.once(name, lambda: _coverage(unit, ground))
    district = covered.filter(unit=DISTRICT).select("year", "band", whole="coverage")
    joined = (
        rows.drop("coverage")
        .join(covered, on=KEY, how="left")
        .join(district, on=["year", "band"], how="left")
    )
    return joined.with_columns(coverage=pl.coalesce("coverage", "whole"))


def _coverage(unit: str, ground: Ground) -> pl.DataFrame:
    cells = _with_columns(matched_cells(ground, unit))
    if ground.protect is not None:
        cells = ground.protect(cells, PART_SHARE)
    share = pl.col("numerator") / pl.col("denominator")
    shown_share = pl.when(pl.col("status") == SHOWN).then(share)
    return cells.select(
        *KEY,
        coverage=shown_share.when(pl.col("status") == AT_LEAST).then(
            pl.col("bound").cast(pl.Float64)
        ),
    ).filter(pl.col("coverage").is_not_null())
