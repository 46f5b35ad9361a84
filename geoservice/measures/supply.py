"""Seats: what a region offers, from the district's own tables; no student is counted here."""

from collections.abc import Mapping, Sequence

import polars as pl

from geoservice.measures.cohort import Cohort
from geoservice.measures.facts import standing_zones
from geoservice.measures.linked import ALL_GRADES, DISTRICT
from geoservice.model.grades import GRADES
from geoservice.model.region import NOT_RATED

Bands = Mapping[str, Sequence[str]]
_KEY = ["year", "band", "unit"]


def seats(cohort: Cohort, unit: str, bands: Bands, years: Sequence[str] = ()) -> pl.DataFrame:
    """Seats of the schools that are open, by year, band and unit; of each school a row.

    A building's seats and pupils are shared out evenly over the grades that it serves, so that a band counts its part and a
    K-12 building is not counted twice with all of it. ``year``, ``band``, ``unit`` (null where it is not known where a
    school stands), ``school_id``, ``share``, ``seats``, ``pupils``, ``unfilled`` (null where unknown), ``programs``,
    ``label``, ``rank``, ``quality``.
    """
    name = ("seats", unit, tuple(bands), tuple(years))
    return cohort.once(name, lambda: _seats(cohort, unit, bands, years or cohort.years))


def _seats(cohort: Cohort, unit: str, bands: Bands, years: Sequence[str]) -> pl.DataFrame:
    standing = _by_grade(cohort, unit)
    every = {**bands, ALL_GRADES: GRADES}
    banded = pl.concat([standing.filter(pl.col("grade").is_in(list(grades))).with_columns(band=pl.lit(band))
                        for band, grades in every.items()])  # fmt: skip
    shares = banded.group_by("band", "unit", "school_id").agg(share=pl.col("share").sum())
    yearly = cohort.by_year.filter("is_open", pl.col("year").is_in(list(years)))
    empty = pl.max_horizontal(pl.col("capacity") - pl.col("enrollment"), 0)
    known = pl.col("capacity").is_not_null() & pl.col("enrollment").is_not_null()
    programs = cohort.facts.select("school_id", "programs")
    return (
        shares.join(yearly, on="school_id").join(programs, on="school_id")
        .with_columns(
            seats=pl.col("capacity") * pl.col("share"),
            pupils=pl.when(known).then(pl.col("enrollment") * pl.col("share")),
            unfilled=pl.when(known).then(empty * pl.col("share")),
        )
        .sort("year", "band", "unit", "school_id")
    )  # fmt: skip


def supply(table: pl.DataFrame, measure: str) -> pl.DataFrame:
    """A measure of seats: ``year``, ``band``, ``unit``, ``part``, ``numerator``, ``denominator``, ``value``, ``left_out``.

    ``left_out`` is the number of schools whose seats, or whose pupils, are not known; the district's has those, too, of which
    it is not known where they stand.
    """
    used = pl.col("seats").is_not_null()
    if measure == "quality_seat_share":
        numerator = pl.col("seats").filter(used & pl.col("quality")).sum()
    else:
        used = pl.col("pupils").is_not_null()
        column = "pupils" if measure == "utilisation" else "unfilled"
        numerator = pl.col(column).sum()
    found = _with_district(table).group_by(_KEY).agg(
        numerator=numerator, denominator=pl.col("seats").filter(used).sum(),
        schools=used.sum(), left_out=(~used).sum().cast(pl.Int64),
    )  # fmt: skip
    value = pl.col("numerator")
    if measure != "unfilled_seats":
        value = value / pl.col("denominator")
    told = pl.when(pl.col("schools") > 0)
    return _with_nowhere(found, table).select(*_KEY, told.then("numerator"), told.then("denominator"), "left_out",
                        part=pl.lit(""), value=told.then(value))  # fmt: skip


def performing_seats(table: pl.DataFrame) -> pl.DataFrame:
    """``year``, ``band``, ``unit``, ``supply``, ``left_out``: seats in quality schools, the district too."""
    found = _with_district(table).group_by(_KEY).agg(
        supply=pl.col("seats").filter(pl.col("quality")).sum().cast(pl.Float64),
        left_out=pl.col("seats").is_null().sum().cast(pl.Int64),
    )  # fmt: skip
    return _with_nowhere(found, table)


def stability(cohort: Cohort, unit: str, bands: Bands, least: int, most: int) -> pl.DataFrame:
    """Share of seats in schools that were quality schools in at least ``least`` of the last ``most`` years.

    Seats are those of the last of the years. A year is left out where one of its last years has no ratings.
    """
    part = stable_part(least, most)
    good = cohort.by_year.filter("quality").select("year", "school_id")
    found = [pl.DataFrame(schema={**dict.fromkeys([*_KEY, "part"], pl.String), "numerator": pl.Float64,
                                  "denominator": pl.Float64, "value": pl.Float64, "left_out": pl.Int64})]  # fmt: skip
    for year in cohort.years:  # Over years: a handful.
        window = last_years(year, most)
        if not set(window) <= cohort.rated:
            continue
        count = good.filter(pl.col("year").is_in(window)).group_by("school_id").len("good")
        steady = count.filter(pl.col("good") >= least)["school_id"]
        table = seats(cohort, unit, bands, [year])
        table = table.with_columns(quality=pl.col("school_id").is_in(steady.implode()))
        found.append(supply(table, "quality_seat_share").with_columns(part=pl.lit(part)).select(found[0].columns))  # fmt: skip
    return pl.concat(found)


def stable_part(least: int, most: int) -> str:
    """The part of figures of lasting quality."""
    return f"{least} of {most} years"


def last_years(year: str, count: int) -> tuple[str, ...]:
    """The school years that end with one such as 2023-24, ascending."""
    first = int(year[:4])
    return tuple(f"{one}-{(one + 1) % 100:02d}" for one in range(first - count + 1, first + 1))


def school_tiers(table: pl.DataFrame, labels: Sequence[str]) -> pl.DataFrame:
    """Number and share of schools by rating: a part for each label, and those not rated."""
    counted = _with_district(table).group_by(_KEY).agg(
        pl.len().cast(pl.Float64).alias("denominator"),
        *((pl.col("label").fill_null(NOT_RATED) == one).sum().cast(pl.Float64).alias(f"schools {one}")
          for one in (*labels, NOT_RATED)),
    )  # fmt: skip
    rows = counted.unpivot(
        index=[*_KEY, "denominator"], variable_name="part", value_name="numerator"
    )
    return rows.with_columns(value=pl.col("numerator") / pl.col("denominator"))


def programmes(facts: pl.DataFrame) -> list[str]:
    """The names of all programmes that any school offers, sorted."""
    return sorted(_entries(facts)["part"].unique().to_list())


def programme_seats(table: pl.DataFrame) -> pl.DataFrame:
    """``year``, ``band``, ``unit``, ``part`` (the programme), ``seats``, ``left_out``, the district too.

    A programme has the seats that its entry names, such as ``science: 60``, else all seats of the school; where these are not
    known the school is left out, and where those of no school are, ``seats`` is null.
    """
    own = pl.coalesce(pl.col("own") * pl.col("share"), "seats")
    offered = _with_district(_entries(table).with_columns(own=own))
    known = pl.col("own").is_not_null()
    return offered.group_by(*_KEY, "part").agg(
        seats=pl.when(known.any()).then(pl.col("own").sum()), left_out=(~known).sum().cast(pl.Int64)
    )


def _entries(table: pl.DataFrame) -> pl.DataFrame:
    """A row for each programme of each row: ``part`` is its name, ``own`` the seats that the text names."""
    entries = table.with_columns(entry=pl.col("programs").fill_null("").str.split("; ")).explode(
        "entry"
    )
    named = entries.with_columns(
        part=pl.col("entry").str.replace(_SEATS, "").str.strip_chars(),
        own=pl.col("entry").str.extract(_SEATS).cast(pl.Float64),
    )
    return named.filter(pl.col("part") != "")


_SEATS = r"\s*[:=(]\s*(\d+)\s*\)?$"


def _with_district(table: pl.DataFrame) -> pl.DataFrame:
    """The rows by unit, and all of them again as the district, which is their sum: schools that stand nowhere are in neither."""
    placed = table.filter(pl.col("unit").is_not_null())
    return pl.concat([placed, placed.with_columns(unit=pl.lit(DISTRICT))])


def _with_nowhere(found: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """The lines with schools that stand nowhere among those that the district leaves out."""
    lost = table.filter(pl.col("unit").is_null()).group_by("year", "band").agg(
        lost=pl.col("school_id").n_unique().cast(pl.Int64)
    )  # fmt: skip
    more = pl.when(unit=DISTRICT).then(pl.col("lost").fill_null(0)).otherwise(0)
    joined = found.join(lost, on=["year", "band"], how="left")
    return joined.with_columns(left_out=pl.col("left_out") + more).drop("lost")


def _by_grade(cohort: Cohort, unit: str) -> pl.DataFrame:
    """``school_id``, ``grade``, ``unit``, ``share``: where each grade of a school counts, and its part of the building."""
    facts = cohort.facts
    rows = facts.select("school_id", "grades", share=1 / pl.col("grades").list.len()).explode(
        "grades"
    )
    rows = rows.rename({"grades": "grade"}).drop_nulls("grade")
    if unit == "school":
        return rows.with_columns(unit=pl.col("school_id"))
    if unit.startswith("area_"):
        return rows.join(facts.select("school_id", unit=f"s_{unit}"), on="school_id")
    zones = standing_zones(facts, cohort.reference)[unit.removeprefix("zone_")]
    schools = facts["school_id"].to_list()
    stands = [(school, grade, zone) for grade, row in zip(GRADES, zones, strict=True)
              for school, zone in zip(schools, row, strict=True)]  # fmt: skip
    where = pl.DataFrame(stands, schema=dict.fromkeys(("school_id", "grade", "unit"), pl.String), orient="row")  # fmt: skip
    zoned = {grade for one in cohort.reference.info.zone_sets if f"zone_{one.id}" == unit for grade in one.grades}  # fmt: skip
    return rows.filter(pl.col("grade").is_in(zoned)).join(where, on=["school_id", "grade"])
