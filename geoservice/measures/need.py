"""Where the need is largest: residents against performing seats (after IFF's needs assessments)."""

from collections.abc import Mapping, Sequence

import polars as pl

from geoservice.measures.cohort import Cohort
from geoservice.measures.linked import DISTRICT
from geoservice.measures.supply import performing_seats, seats

ALL_YEARS = "all years"
"""The year of ranks over all years."""
_KEY = ["year", "band", "unit"]
_RULES = ("declared", "narrow", "wide", "unrated")
_SAME = 1e-9
Bands = Mapping[str, Sequence[str]]


def service(
    residents: pl.DataFrame, cohort: Cohort, unit: str, bands: Bands, measure: str
) -> pl.DataFrame:
    """Service gap (students) or service level (share) of each unit; hidden where the residents are."""
    found = performing_seats(seats(cohort, unit, bands))
    joined = residents.join(found, on=_KEY, how="left").with_columns(
        pl.col("supply").fill_null(0.0), pl.col("left_out").fill_null(0)
    )
    if measure == "service_level":
        served = pl.min_horizontal("supply", "denominator")
        return joined.with_columns(numerator=served, value=served / pl.col("denominator")).drop("supply")  # fmt: skip
    gap = pl.col("denominator") - pl.col("supply")
    return joined.with_columns(numerator=gap, value=gap).drop("supply")


def need_ranks(
    residents: pl.DataFrame, cohort: Cohort, unit: str, bands: Bands, top: int
) -> pl.DataFrame:
    """Ranks by service gap, 1 for the largest; equal gaps share the better rank.

    In each year and band, for the band of all grades by the mean of the bands' ranks, and for `ALL_YEARS` by the mean over
    bands and years. Parts: ``rank``; ``best`` and ``worst`` over the rules; ``in_top``: 1 where the unit is among the first
    ``top`` under every rule; and ``mean_rank``. The rules count as quality the declared labels, only the best label, the
    declared and the next one, or the declared and schools that are not rated. Units without residents, or whose residents
    are hidden, have no rank, and ranks are among the others; a year in which a unit's residents of all grades are hidden counts
    in no mean.
    """
    gaps = _gaps(residents, cohort, unit, bands)
    places = [pl.col(rule).rank("min", descending=True).over("year", "band") for rule in _RULES]
    ranks = gaps.with_columns(places)
    means = [pl.col(rule).mean() for rule in _RULES]
    unknown = residents.filter(pl.col("band") == "", pl.col("status") == "hidden")
    known = ranks.join(unknown, on=["year", "unit"], how="anti")
    by_year = known.group_by("year", "unit").agg(means)
    ever = known.group_by("unit").agg(means).with_columns(year=pl.lit(ALL_YEARS))
    summed = pl.concat([by_year, ever.select(by_year.columns)])
    mean = summed.select("year", "unit", mean_rank="declared")
    final = summed.with_columns(
        (pl.col(rule) / _SAME).round().rank("min").over("year") for rule in _RULES
    ).join(mean, on=["year", "unit"]).with_columns(band=pl.lit(""))  # fmt: skip
    whole = pl.concat([ranks, final.select(*ranks.columns, "mean_rank")], how="diagonal_relaxed")
    return _rows(whole, residents, top)


def _gaps(residents: pl.DataFrame, cohort: Cohort, unit: str, bands: Bands) -> pl.DataFrame:
    """``year``, ``band``, ``unit`` and the gap under each rule, of bands proper and units that have a rank."""
    shown = residents.filter(
        pl.col("unit") != DISTRICT, pl.col("band") != "", pl.col("status") == "shown",
        pl.col("denominator") > 0, pl.col("year").is_in(list(cohort.rated)),
        pl.col("year").is_in(cohort.years_with("capacity")),
    ).select(*_KEY, "denominator")  # fmt: skip
    table = seats(cohort, unit, bands)
    for rule, is_quality in _quality_rules(cohort).items():
        supply = performing_seats(table.with_columns(quality=is_quality)).select(*_KEY, "supply")
        shown = shown.join(supply, on=_KEY, how="left")
        gap = pl.col("denominator") - pl.col("supply").fill_null(0.0)
        shown = shown.with_columns(gap.alias(rule)).drop("supply")
    return shown.drop("denominator")


def _quality_rules(cohort: Cohort) -> dict[str, pl.Expr]:
    labels = cohort.scheme.from_best if cohort.scheme else ()
    last = max((at for at, one in enumerate(labels) if one.quality), default=-1)
    return {
        "declared": pl.col("quality"),
        "narrow": (pl.col("rank") == 0).fill_null(value=False),
        "wide": (pl.col("rank") <= last + 1).fill_null(value=False),
        "unrated": pl.col("quality") | pl.col("rank").is_null(),
    }


def _rows(ranks: pl.DataFrame, residents: pl.DataFrame, top: int) -> pl.DataFrame:
    worst = pl.max_horizontal(_RULES)
    wide = ranks.select(
        *_KEY, rank=pl.col("declared"), best=pl.min_horizontal(_RULES), worst=worst,
        in_top=(worst <= top).cast(pl.Int64), mean_rank="mean_rank",
    )  # fmt: skip
    parts = ["rank", "best", "worst", "in_top", "mean_rank"]
    rows = wide.with_columns(pl.col(parts).cast(pl.Float64)).unpivot(
        on=parts, index=_KEY, variable_name="part", value_name="value"
    )
    known = rows.filter(pl.col("value").is_not_null())
    status = residents.select(*_KEY, "denominator")
    return known.join(status, on=_KEY, how="left").with_columns(
        numerator=pl.lit(None, dtype=pl.Float64), status=pl.lit("shown"),
        left_out=pl.lit(None, dtype=pl.Int64),
    )  # fmt: skip
