"""Seats: what a region offers, from the district's own tables; no student is counted here."""

from collections.abc import Mapping, Sequence

import polars as pl

from geoservice.measures.cells import ALL_GRADES
from geoservice.measures.cohort import DISTRICT, Cohort


def seats(cohort: Cohort, unit: str, bands: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """Seats by year, band and unit of the school.

    A building's seats and students are shared out over the grades that it serves, so that a band counts its part and a
    K-12 building is not counted twice with all of it. ``year``, ``band``, ``unit``, ``school_id``, ``seats``, ``pupils``,
    ``unfilled``, ``quality``, ``capacity``, ``enrollment``; a row per school, without those whose seats are unknown or 0.
    """
    column = "school_id" if unit == "school" else f"s_{unit}"
    base = (
        cohort.facts.filter(pl.col("capacity") > 0, pl.col("grades").list.len() > 0)
        .with_columns(unit=pl.col(column))
        .drop_nulls("unit")
    )
    years = pl.DataFrame({"year": list(cohort.years)}, schema={"year": pl.String})
    quality = cohort.ratings.select("year", "school_id", "quality", "label")
    whole = base.join(years, how="cross").join(quality, on=["year", "school_id"], how="left")
    whole = whole.with_columns(pl.col("quality").fill_null(value=False))
    found = []
    for band, grades in {**bands, ALL_GRADES: None}.items():  # Over bands: a handful.
        served = pl.col("grades").list.len()
        inside = served if grades is None else pl.col("grades").list.set_intersection(list(grades)).list.len()  # fmt: skip
        share = inside / served
        empty = pl.max_horizontal(pl.col("capacity") - pl.col("enrollment").fill_null(0), 0)
        found.append(
            whole.filter(inside > 0).select(
                "year", "unit", "school_id", "quality", "capacity", "enrollment", "programs", "label",
                band=pl.lit(band), seats=pl.col("capacity") * share,
                pupils=pl.col("enrollment") * share, unfilled=empty * share,
            )
        )  # fmt: skip
    return pl.concat(found).sort("year", "band", "unit", "school_id")


def supply(table: pl.DataFrame, measure: str) -> pl.DataFrame:
    """A measure of seats: ``year``, ``band``, ``unit``, ``part``, ``numerator``, ``denominator``, ``value``."""
    both = pl.concat([table, table.with_columns(unit=pl.lit(DISTRICT))])
    if measure == "utilisation":
        whole = both.filter(pl.col("enrollment").is_not_null())
        numerator, denominator = pl.col("pupils").sum(), pl.col("seats").sum()
    elif measure == "unfilled_seats":
        whole = both.filter(pl.col("enrollment").is_not_null())
        numerator, denominator = pl.col("unfilled").sum(), pl.col("seats").sum()
    else:
        whole = both
        numerator = pl.col("seats").filter(pl.col("quality")).sum()
        denominator = pl.col("seats").sum()
    found = whole.group_by("year", "band", "unit").agg(numerator=numerator, denominator=denominator)
    value = pl.col("numerator") if measure == "unfilled_seats" else pl.col("numerator") / pl.col("denominator")  # fmt: skip
    return found.with_columns(part=pl.lit(""), value=value).sort("year", "band", "unit")


def performing_seats(table: pl.DataFrame) -> pl.DataFrame:
    """``year``, ``band``, ``unit``, ``supply``: seats in quality schools, the district too."""
    both = pl.concat([table, table.with_columns(unit=pl.lit(DISTRICT))])
    return both.group_by("year", "band", "unit").agg(
        supply=pl.col("seats").filter(pl.col("quality")).sum()
    )


def stability(table: pl.DataFrame, years: Sequence[str], most: int = 4) -> pl.DataFrame:
    """Share of seats in schools of quality in all but one of the last years, as rated now.

    Of the last four years three; of fewer years all but one, at least one.
    """
    last = list(years)[-most:]
    least = max(1, len(last) - 1)
    steady = (
        table.filter(pl.col("year").is_in(last))
        .group_by("band", "unit", "school_id")
        .agg(pl.col("quality").sum().alias("good"), pl.col("seats").last())
    )
    both = pl.concat([steady, steady.with_columns(unit=pl.lit(DISTRICT))])
    return (
        both.group_by("band", "unit")
        .agg(
            numerator=pl.col("seats").filter(pl.col("good") >= least).sum(),
            denominator=pl.col("seats").sum(),
        )
        .with_columns(
            year=pl.lit(last[-1] if last else ""), part=pl.lit(f"{least} of {len(last)} years"),
            value=pl.col("numerator") / pl.col("denominator"),
        )
        .sort("band", "unit")
    )  # fmt: skip
