"""The seats of schools by year, grade band and unit: the table that measures of seats count."""

from collections.abc import Sequence

import polars as pl

from geoservice.cohort.facts import standing_zones
from geoservice.cohort.students import Cohort
from geoservice.measures.cells import KEY
from geoservice.measures.ground import ALL_GRADES, DISTRICT, SCHOOL, Ground
from geoservice.measures.lines import with_missing_lines
from geoservice.model.grades import GRADES
from geoservice.model.region import NOT_RATED

_ENTRY_SEATS = r"\s*[:=(]\s*(\d+)\s*\)?$"
"""Seats that an entry of programmes names: ``science: 60`` or ``science (60)``."""


def seats(ground: Ground, unit: str, years: Sequence[str] = ()) -> pl.DataFrame:
    """Return the schools that are open, by year, band and unit; a row for each school.

    A building's seats and pupils are shared out evenly over the grades that it serves, so that a
    band counts its part and a K-12 building is not counted twice with all of it. All grades
    together count the whole building, also of a school whose grades are unknown. ``year``,
    ``band``, ``unit`` (null if the place of the school is unknown), ``school_id``, ``share``,
    ``seats``, ``pupils``, ``unfilled`` (null if unknown), ``programs``, ``label``, ``rank``,
    ``quality``.
    """
    name = ("seats", unit, tuple(ground.bands), tuple(years))
    return ground.cohort.once(name, lambda: _seats(ground, unit, years or ground.cohort.years))


def performing_seats(table: pl.DataFrame) -> pl.DataFrame:
    """Return seats in quality schools by year, band and unit, the district too.

    ``supply`` is null if there are quality schools and the seats of none are known; ``left_out``
    counts the schools whose seats are unknown.
    """
    good = pl.col("seats").filter(pl.col("quality"))
    is_known = (good.len() == 0) | (good.count() > 0)
    totals = (
        with_district(table)
        .group_by(KEY)
        .agg(
            supply=pl.when(is_known).then(good.sum().cast(pl.Float64)),
            left_out=pl.col("seats").is_null().sum().cast(pl.Int64),
        )
    )
    return with_nowhere(totals, table)


def school_tiers(ground: Ground, table: pl.DataFrame, unit: str) -> pl.DataFrame:
    """Return number and share of schools by rating: a part per label, and not rated schools."""
    labels = (*ground.cohort.labels, NOT_RATED)
    label = pl.col("label").fill_null(NOT_RATED)
    counted = (
        with_district(table)
        .group_by(KEY)
        .agg(
            pl.len().cast(pl.Int64).alias("denominator"),
            *((label == name).sum().cast(pl.Int64).alias(f"schools {name}") for name in labels),
        )
    )
    rows = counted.unpivot(
        index=[*KEY, "denominator"], variable_name="part", value_name="numerator"
    )
    parts = [f"schools {name}" for name in labels]
    return with_missing_lines(ground, unit, rows, parts).with_columns(
        pl.col("numerator", "denominator").fill_null(0)
    )


def programmes(cohort: Cohort) -> tuple[str, ...]:
    """Return the names of all programmes that any school offers, sorted."""
    return tuple(sorted(_entries(cohort.facts)["part"].unique().to_list()))


def programme_seats(table: pl.DataFrame) -> pl.DataFrame:
    """Return ``seats`` and ``left_out`` of each program, ``part``, also for the district.

    A program has the seats of its entry, such as ``science: 60``, or else all seats of the school.
    A school with unknown seats is left out. If no school has known seats, ``seats`` is null.
    """
    own_seats = pl.coalesce(pl.col("own") * pl.col("share"), "seats")
    offered = with_district(_entries(table).with_columns(own=own_seats))
    is_known = pl.col("own").is_not_null()
    return offered.group_by(*KEY, "part").agg(
        seats=pl.when(is_known.any()).then(pl.col("own").sum()),
        left_out=(~is_known).sum().cast(pl.Int64),
    )


def _seats(ground: Ground, unit: str, years: Sequence[str]) -> pl.DataFrame:
    cohort = ground.cohort
    standing = _by_grade(cohort, unit)
    all_bands = {**ground.bands, ALL_GRADES: GRADES}
    banded = pl.concat(
        [
            standing.filter(pl.col("grade").is_in(list(grades))).with_columns(band=pl.lit(band))
            for band, grades in all_bands.items()
        ]
    )
    known = banded.group_by("band", "unit", "school_id").agg(share=pl.col("share").sum())
    shares = pl.concat([known, _without_grades(cohort, unit).select(known.columns)])
    yearly = cohort.by_year.filter("is_open", pl.col("year").is_in(list(years)))
    empty = pl.max_horizontal(pl.col("capacity") - pl.col("enrollment"), 0)
    is_known = pl.col("capacity").is_not_null() & pl.col("enrollment").is_not_null()
    programs = cohort.facts.select("school_id", "programs")
    return (
        shares.join(yearly, on="school_id")
        .join(programs, on="school_id")
        .with_columns(
            seats=pl.col("capacity") * pl.col("share"),
            pupils=pl.when(is_known).then(pl.col("enrollment") * pl.col("share")),
            unfilled=pl.when(is_known).then(empty * pl.col("share")),
        )
        .sort("year", "band", "unit", "school_id")
    )


def _without_grades(cohort: Cohort, unit: str) -> pl.DataFrame:
    """Return the schools whose grades are unknown: the whole building for all grades together.

    A zone is of grades, so that such a school stands in none. The columns are ``band``, ``unit``,
    ``school_id``, ``share``.
    """
    facts = cohort.facts.filter(pl.col("grades").list.len() == 0)
    if unit == SCHOOL:
        units = pl.col("school_id")
    elif unit.startswith("area_"):
        units = pl.col(f"s_{unit}")
    else:
        units = pl.lit(None, dtype=pl.String)
    return facts.select(
        band=pl.lit(ALL_GRADES), unit=units, school_id="school_id", share=pl.lit(1.0)
    )


def _entries(table: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each program of each row.

    ``part`` is the program's name, ``own`` the number of seats in its entry.
    """
    listed = pl.col("programs").fill_null("").str.split("; ")
    named = (
        table.with_columns(entry=listed)
        .explode("entry")
        .with_columns(
            part=pl.col("entry").str.replace(_ENTRY_SEATS, "").str.strip_chars(),
            own=pl.col("entry").str.extract(_ENTRY_SEATS).cast(pl.Float64),
        )
    )
    return named.filter(pl.col("part") != "")


def with_district(table: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of the units, and the same rows as rows of the district.

    Schools without a place are left out of both.
    """
    placed = table.filter(pl.col("unit").is_not_null())
    return pl.concat([placed, placed.with_columns(unit=pl.lit(DISTRICT))])


def with_nowhere(rows: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """Add schools without a place to the schools that the district leaves out."""
    unplaced = (
        table.filter(pl.col("unit").is_null())
        .group_by("year", "band")
        .agg(lost=pl.col("school_id").n_unique().cast(pl.Int64))
    )
    unplaced_schools = pl.when(unit=DISTRICT).then(pl.col("lost").fill_null(0)).otherwise(0)
    joined = rows.join(unplaced, on=["year", "band"], how="left")
    return joined.with_columns(left_out=pl.col("left_out") + unplaced_schools).drop("lost")


def _by_grade(cohort: Cohort, unit: str) -> pl.DataFrame:
    """Return the unit of each grade of a school, and the grade's share of the building.

    The columns are ``school_id``, ``grade``, ``unit``, ``share``.
    """
    facts = cohort.facts
    share = 1 / pl.col("grades").list.len()
    by_grade = facts.select("school_id", grade="grades", share=share).explode("grade")
    rows = by_grade.drop_nulls("grade")
    if unit == SCHOOL:
        return rows.with_columns(unit=pl.col("school_id"))
    if unit.startswith("area_"):
        return rows.join(facts.select("school_id", unit=f"s_{unit}"), on="school_id")
    zones = standing_zones(facts, cohort.reference)[unit.removeprefix("zone_")]
    schools = facts["school_id"].to_list()
    stands = [
        (school, grade, zone)
        for grade, row in zip(GRADES, zones, strict=True)
        for school, zone in zip(schools, row, strict=True)
    ]
    schema = dict.fromkeys(("school_id", "grade", "unit"), pl.String)
    where = pl.DataFrame(stands, schema=schema, orient="row")
    sets = {f"zone_{zone_set.id}": zone_set for zone_set in cohort.reference.info.zone_sets}
    served = pl.col("grade").is_in(list(sets[unit].grades))
    return rows.filter(served).join(where, on=["school_id", "grade"])
