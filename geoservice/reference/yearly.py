"""Schools by school year: open or closed, capacity and enrolment."""

from collections.abc import Sequence

import polars as pl

from geoservice.reference.snapshot import Reference


def years_with_data(reference: Reference) -> tuple[str, ...]:
    """Return the school years with ratings or seats, and the region's school year, ascending."""
    years = {*reference.ratings()["year"], *reference.seats()["year"], reference.info.school_year}
    return tuple(sorted(years - {"", None}))


def yearly(schools: pl.DataFrame, reference: Reference, years: Sequence[str]) -> pl.DataFrame:
    """Return each school in each year, with ``is_open``, ``capacity`` and ``enrollment``.

    Capacity and enrolment come from the table of seats of that year. Without a row there, capacity
    comes from the table of schools; so does enrolment in the region's school year. A capacity of 0
    counts as unknown.

    Parameters
    ----------
    schools
        One row per ``school_id``, with ``capacity``, ``enrollment``, ``first_year`` and
        ``last_year`` as the files state them.
    """
    key = ["year", "school_id"]
    schools_by_year = pl.DataFrame({"year": list(years)}, schema={"year": pl.String}).join(
        schools, how="cross"
    )
    seats = reference.seats().unique(key, keep="first", maintain_order=True)
    joined = schools_by_year.join(seats, on=key, how="left", suffix="_then", maintain_order="left")
    this_year = pl.col("year") == reference.info.school_year
    capacity = pl.coalesce("capacity_then", "capacity")
    opened = (pl.col("year") >= pl.col("first_year")).fill_null(value=True)
    closed = (pl.col("year") > pl.col("last_year")).fill_null(value=False)
    return joined.with_columns(
        is_open=opened & ~closed,
        capacity=pl.when(capacity > 0).then(capacity),
        enrollment=pl.coalesce("enrollment_then", pl.when(this_year).then("enrollment")),
    ).drop("capacity_then", "enrollment_then")
