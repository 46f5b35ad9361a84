"""Schools in a school year: of which years anything is told, which are open, with what seats and enrolment."""

from collections.abc import Sequence

import polars as pl

from geoservice.reference.snapshot import Reference


def told_years(reference: Reference) -> tuple[str, ...]:
    """The school years of which the tables of schools tell: of ratings, of seats, and the region's own; ascending."""
    every = {*reference.ratings()["year"], *reference.seats()["year"], reference.info.school_year}
    return tuple(sorted(every - {"", None}))


def yearly(schools: pl.DataFrame, reference: Reference, years: Sequence[str]) -> pl.DataFrame:
    """Each school in each year: ``schools`` with ``year``, ``is_open``, and the ``capacity`` and ``enrollment`` of then.

    Seats are those of the year's own table; else capacity is the one that the table of schools states, and enrolment too in
    the region's school year. A capacity of 0 is none.

    Parameters
    ----------
    schools
        One row per ``school_id``, with ``capacity``, ``enrollment``, ``first_year`` and ``last_year`` as the files state them.
    """
    key = ["year", "school_id"]
    whole = pl.DataFrame({"year": list(years)}, schema={"year": pl.String}).join(
        schools, how="cross"
    )
    seats = reference.seats().unique(key, keep="first", maintain_order=True)
    joined = whole.join(seats, on=key, how="left", suffix="_then", maintain_order="left")
    this_year = pl.col("year") == reference.info.school_year
    capacity = pl.coalesce("capacity_then", "capacity")
    opened = (pl.col("year") >= pl.col("first_year")).fill_null(value=True)
    closed = (pl.col("year") > pl.col("last_year")).fill_null(value=False)
    return joined.with_columns(
        is_open=opened & ~closed,
        capacity=pl.when(capacity > 0).then(capacity),
        enrollment=pl.coalesce("enrollment_then", pl.when(this_year).then("enrollment")),
    ).drop("capacity_then", "enrollment_then")  # fmt: skip
