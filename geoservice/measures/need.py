"""The need for quality seats: residents compared with seats (after IFF's studies)."""

import polars as pl

from geoservice.cohort.students import Cohort
from geoservice.measures.cells import HOME, KEY, Grouping, part_cells
from geoservice.measures.ground import ALL_GRADES, DISTRICT, SHOWN, SUPPRESSED, Ground
from geoservice.measures.measure import (
    AREA,
    GAP,
    LIST,
    QUALITY,
    RANK,
    RATINGS,
    RESIDENTS,
    SEAT_COUNTS,
    SHARE,
    SUPPLY,
    ZONE,
    Measure,
)
from geoservice.measures.school_seats import performing_seats, seats

ALL_YEARS = "all years"
"""The year of ranks over all years."""
_RULES = ("declared", "narrow", "wide", "unrated")
_RANK_PARTS = ("rank", "best", "worst", "in_top", "mean_rank")
_SAME = 1e-9


def residents(ground: Ground, unit: str) -> pl.DataFrame:
    """Count the residents of each line, without the column ``left_out``.

    Measures of need leave out schools of unknown seats, not students.
    """
    cells = part_cells(ground, unit, Grouping(HOME, pl.lit(value=True)))
    return cells.drop("left_out", "left_out_key")


def _with_supply(cells: pl.DataFrame, ground: Ground, unit: str) -> pl.DataFrame:
    """The residents with ``supply`` and ``left_out``, the schools of unknown seats."""
    supply = performing_seats(seats(ground, unit))
    joined = cells.drop("left_out").join(supply, on=KEY, how="left", maintain_order="left")
    has_schools = pl.col("left_out").is_not_null()
    return joined.with_columns(
        supply=pl.when(has_schools).then("supply").otherwise(0.0),
        left_out=pl.col("left_out").fill_null(0),
    )


def _gap(cells: pl.DataFrame, ground: Ground, unit: str) -> pl.DataFrame:
    gap = pl.col("denominator") - pl.col("supply")
    return _with_supply(cells, ground, unit).with_columns(numerator=gap, value=gap)


def _level(cells: pl.DataFrame, ground: Ground, unit: str) -> pl.DataFrame:
    supply, demand = pl.col("supply"), pl.col("denominator").cast(pl.Float64)
    served = pl.when(supply < demand).then(supply).when(supply.is_not_null()).then(demand)
    rows = _with_supply(cells, ground, unit)
    return rows.with_columns(numerator=served, value=served / demand)


def _ranks(cells: pl.DataFrame, ground: Ground, unit: str) -> pl.DataFrame:
    """Ranks by service gap, 1 for the largest; equal gaps share the better rank.

    In each year and band, for the band of all grades by the mean of the bands' ranks, and for
    `ALL_YEARS` by the mean over bands and years. Parts: ``rank``; ``best`` and ``worst`` over the
    rules; ``in_top``: 1 if the unit is among the first ``top`` under every rule; and
    ``mean_rank``. The rules count as quality the declared labels, only the best label, the declared
    and the next one, or the declared and schools that are not rated. Units without residents, or
    whose residents are suppressed, have no rank, and ranks are among the others; a year in which a
    unit's residents of all grades are suppressed counts in no mean.
    """
    gaps = _gaps(cells, ground, unit)
    places = [pl.col(rule).rank("min", descending=True).over("year", "band") for rule in _RULES]
    ranks = gaps.with_columns(places)
    means = [pl.col(rule).mean() for rule in _RULES]
    unknown = cells.filter(band=ALL_GRADES, status=SUPPRESSED)
    counted_ranks = ranks.join(unknown, on=["year", "unit"], how="anti")
    by_year = counted_ranks.group_by("year", "unit").agg(means)
    ever = counted_ranks.group_by("unit").agg(means).with_columns(year=pl.lit(ALL_YEARS))
    summed = pl.concat([by_year, ever.select(by_year.columns)])
    mean = summed.select("year", "unit", mean_rank="declared")
    final = (
        summed.with_columns(
            (pl.col(rule) / _SAME).round().rank("min").over("year") for rule in _RULES
        )
        .join(mean, on=["year", "unit"])
        .with_columns(band=pl.lit(ALL_GRADES))
    )
    all_ranks = pl.concat(
        [ranks, final.select(*ranks.columns, "mean_rank")], how="diagonal_relaxed"
    )
    return _rank_rows(all_ranks, cells, ground.cohort.reference.info.measures.top)


def _gaps(cells: pl.DataFrame, ground: Ground, unit: str) -> pl.DataFrame:
    """The gap under each rule, of bands proper and units that have a rank."""
    shown = cells.filter(
        pl.col("unit") != DISTRICT,
        pl.col("band") != ALL_GRADES,
        pl.col("status") == SHOWN,
        pl.col("denominator") > 0,
    ).select(*KEY, "denominator")
    table = seats(ground, unit)
    for rule, is_quality in _quality_rules(ground.cohort).items():
        supply = performing_seats(table.with_columns(quality=is_quality)).select(*KEY, "supply")
        gap = pl.col("denominator") - pl.col("supply").fill_null(0.0)
        joined = shown.join(supply, on=KEY, how="left")
        shown = joined.with_columns(gap.alias(rule)).drop("supply")
    return shown.drop("denominator")


def _quality_rules(cohort: Cohort) -> dict[str, pl.Expr]:
    labels = cohort.scheme.from_best if cohort.scheme else ()
    lowest_quality = max((place for place, label in enumerate(labels) if label.quality), default=-1)
    return {
        "declared": pl.col("quality"),
        "narrow": (pl.col("rank") == 0).fill_null(value=False),
        "wide": (pl.col("rank") <= lowest_quality + 1).fill_null(value=False),
        "unrated": pl.col("quality") | pl.col("rank").is_null(),
    }


def _rank_rows(ranks: pl.DataFrame, cells: pl.DataFrame, top: int) -> pl.DataFrame:
    worst = pl.max_horizontal(_RULES)
    wide = ranks.select(
        *KEY,
        rank=pl.col("declared"),
        best=pl.min_horizontal(_RULES),
        worst=worst,
        in_top=(worst <= top).cast(pl.Int64),
        mean_rank="mean_rank",
    )
    rows = wide.with_columns(pl.col(_RANK_PARTS).cast(pl.Float64)).unpivot(
        on=_RANK_PARTS, index=KEY, variable_name="part", value_name="value"
    )
    ranked = rows.filter(pl.col("value").is_not_null())
    residents_of = cells.select(*KEY, "denominator")
    return ranked.join(residents_of, on=KEY, how="left").with_columns(status=pl.lit(SHOWN))


_NEEDS = frozenset({LIST, SUPPLY, RATINGS, QUALITY, SEAT_COUNTS})
_BOTH = frozenset({AREA, ZONE})
MEASURES = (
    Measure(
        "service_gap",
        "residents less performing seats",
        GAP,
        _BOTH,
        residents,
        needs=_NEEDS,
        protection=RESIDENTS,
        value=_gap,
    ),
    Measure(
        "service_level",
        "residents who find a performing seat",
        SHARE,
        _BOTH,
        residents,
        needs=_NEEDS,
        protection=RESIDENTS,
        value=_level,
    ),
    Measure(
        "need_rank",
        "rank by service gap",
        RANK,
        _BOTH,
        residents,
        parts=_RANK_PARTS,
        needs=_NEEDS,
        protection=RESIDENTS,
        value=_ranks,
    ),
)
