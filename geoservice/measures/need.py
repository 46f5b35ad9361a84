"""Where the need is largest: residents against performing seats (after IFF's needs assessments)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from geoservice.measures.cohort import DISTRICT, Cohort
from geoservice.measures.supply import performing_seats, seats

_KEY = ["year", "band", "unit"]
Bands = Mapping[str, Sequence[str]]


def service(
    residents: pl.DataFrame, cohort: Cohort, unit: str, bands: Bands, measure: str
) -> pl.DataFrame:
    """Service gap (students) or service level (share) of each unit; hidden where the residents are."""
    joined = _with_supply(residents, cohort, unit, bands)
    if measure == "service_level":
        served = pl.min_horizontal("supply", "denominator")
        return joined.with_columns(numerator=served, value=served / pl.col("denominator")).drop("supply")  # fmt: skip
    gap = pl.col("denominator") - pl.col("supply")
    return joined.with_columns(numerator=gap, value=gap).drop("supply")


def need_ranks(
    residents: pl.DataFrame, cohort: Cohort, unit: str, bands: Bands, _: str = ""
) -> pl.DataFrame:
    """Rank by service gap in each year and band, 1 for the largest: ``declared``, and ``best`` and ``worst`` over rules.

    The rules count as quality the declared labels, only the best label, or the declared and the next one. Units whose
    residents are hidden have no rank, and ranks are among those shown.
    """
    units = residents.filter(pl.col("unit") != DISTRICT)
    declared = max(cohort.ratings.filter("quality")["rank"].to_list(), default=0)
    rules = {"declared": declared, "narrow": 0, "wide": declared + 1}
    ranks = units.select(*_KEY, "denominator", "status")
    for name, worst in rules.items():
        ratings = cohort.ratings.with_columns(quality=pl.col("rank") <= worst)
        found = _with_supply(units, replace(cohort, ratings=ratings), unit, bands)
        gap = pl.when(pl.col("status") == "shown").then(pl.col("denominator") - pl.col("supply"))
        rank = gap.rank("min", descending=True).over("year", "band").alias(name)
        ranks = ranks.join(found.select(*_KEY, rank), on=_KEY, how="left")
    every = list(rules)
    ranks = ranks.with_columns(best=pl.min_horizontal(every), worst=pl.max_horizontal(every))
    rows = ranks.unpivot(on=["declared", "best", "worst"], index=[*_KEY, "denominator", "status"],
                         variable_name="part", value_name="value")  # fmt: skip
    return rows.with_columns(numerator=pl.lit(None, dtype=pl.Float64), value=pl.col("value").cast(pl.Float64))  # fmt: skip


def _with_supply(residents: pl.DataFrame, cohort: Cohort, unit: str, bands: Bands) -> pl.DataFrame:
    found = performing_seats(seats(cohort, unit, bands))
    joined = residents.join(found, on=_KEY, how="left")
    return joined.with_columns(pl.col("supply").fill_null(0.0))
