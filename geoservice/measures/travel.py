"""Distances by unit: medians and means in metres, straight line."""

from collections.abc import Mapping, Sequence

import polars as pl

from geoservice.measures.cells import ALL_GRADES
from geoservice.measures.cohort import DISTRICT, Cohort
from geoservice.measures.protect import HIDDEN, SHOWN

PUBLIC_STEP_M = 100
"""Public distances are rounded to this, so that none tells one student's."""
_OF = {
    "distance": pl.col("far_m"),
    "nearest_quality": pl.col("nearest_m"),
    "excess_distance": pl.col("far_m") - pl.col("nearest_m"),
}


def travel(
    cohort: Cohort, measure: str, unit: str, bands: Mapping[str, Sequence[str]],
    shown: pl.DataFrame | None, min_n: int,
) -> pl.DataFrame:  # fmt: skip
    """``median`` and ``mean`` by year, band and unit, as rows for `geoservice.measures.figures`.

    ``shown`` are the public numbers of residents: others' distances are hidden, and so are those that leave out a few
    residents or stand for few. The denominator is the number of students with the distance.
    """
    students = cohort.students.filter("is_matched", pl.col(unit).is_not_null())
    students = students.select("year", "grade", unit, metres=_OF[measure])
    found = []
    for band, grades in {**bands, ALL_GRADES: None}.items():  # Over bands: a handful.
        some = students if grades is None else students.filter(pl.col("grade").is_in(list(grades)))
        for key in (pl.col(unit), pl.lit(DISTRICT)):
            lines = (
                some.group_by("year", key.alias("unit"))
                .agg(median=pl.col("metres").median(), mean=pl.col("metres").mean(),
                     denominator=pl.col("metres").count().cast(pl.Int64), n=pl.len())
                .with_columns(band=pl.lit(band))
            )  # fmt: skip
            found += [lines]
    table = pl.concat(found)
    index = ["year", "band", "unit", "denominator", "n"]
    rows = table.unpivot(
        on=["median", "mean"], index=index, variable_name="part", value_name="value"
    )
    return _public(rows, shown, min_n).with_columns(numerator=pl.lit(None, dtype=pl.Float64))


def _public(rows: pl.DataFrame, shown: pl.DataFrame | None, min_n: int) -> pl.DataFrame:
    if shown is None:
        return rows.drop("n").with_columns(status=pl.lit(SHOWN))
    left_out = pl.col("n") - pl.col("denominator")
    least = (
        pl.col("residents").is_not_null() & (pl.col("denominator") >= min_n)
        & ((left_out == 0) | (left_out >= min_n))
    )  # fmt: skip
    joined = rows.join(shown, on=["year", "band", "unit"], how="left")
    return joined.with_columns(
        status=pl.when(least).then(pl.lit(SHOWN)).otherwise(pl.lit(HIDDEN)),
        value=(pl.col("value") / PUBLIC_STEP_M).round() * PUBLIC_STEP_M,
    ).drop("n", "residents")
