"""Coverage: which share of the students of each area has a matched address."""

import polars as pl

NO_AREA = ""
"""Id of the line for students whom no area can be told for."""


def coverage(students: pl.DataFrame, zip_areas: pl.DataFrame, areas: str) -> pl.DataFrame:
    """Counts by area: ``area_id``, ``students``, ``matched``, sorted by id.

    Parameters
    ----------
    students
        Placed students with ``geo_status``, ``area_<areas>`` and ``typed_zip``.
    zip_areas
        ``zip``, ``set_id``, ``area_id``: counts unmatched students by their typed ZIP.
    areas
        Id of the regionalisation.
    """
    by_zip = zip_areas.filter(set_id=areas).select(typed_zip="zip", guessed="area_id")
    joined = students.select("geo_status", "typed_zip", area_id=f"area_{areas}").join(
        by_zip, on="typed_zip", how="left", maintain_order="left"
    )
    is_matched = pl.col("geo_status") == "matched"
    guessed = pl.when(~is_matched).then("guessed")
    return (
        joined.with_columns(pl.coalesce("area_id", guessed).fill_null(NO_AREA).alias("area_id"))
        .group_by("area_id")
        .agg(students=pl.len().cast(pl.Int64), matched=is_matched.sum().cast(pl.Int64))
        .sort("area_id")
    )
