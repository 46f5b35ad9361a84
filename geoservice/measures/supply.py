"""Seats: what a region offers, from the district's own tables; no student is counted here."""

from collections.abc import Sequence
from functools import partial

import polars as pl

from geoservice.cohort.facts import standing_zones
from geoservice.cohort.students import Cohort
from geoservice.measures.cells import KEY
from geoservice.measures.ground import ALL_GRADES, DISTRICT, SCHOOL, Ground
from geoservice.measures.lines import with_missing_lines
from geoservice.measures.measure import (
    AREA,
    BY_SCHOOL,
    ENROLMENT,
    PUBLIC,
    RATINGS,
    SEAT_COUNTS,
    SEATS,
    SHARE,
    ZONE,
    Measure,
    as_counted,
)
from geoservice.model.grades import GRADES
from geoservice.model.region import NOT_RATED

COMFORT = (0.80, 0.95)
"""Utilisation between these is comfortable."""
_ENTRY_SEATS = r"\s*[:=(]\s*(\d+)\s*\)?$"
"""Seats that an entry of programmes names: ``science: 60`` or ``science (60)``."""
_BOTH = frozenset({AREA, ZONE})


def seats(ground: Ground, unit: str, years: Sequence[str] = ()) -> pl.DataFrame:
    """Return the schools that are open, by year, band and unit; a row for each school.

    A building's seats and pupils are shared out evenly over the grades that it serves, so that a
    band counts its part and a K-12 building is not counted twice with all of it. ``year``,
    ``band``, ``unit`` (null where the place of the school is unknown), ``school_id``, ``share``,
    ``seats``, ``pupils``, ``unfilled`` (null where unknown), ``programs``, ``label``, ``rank``,
    ``quality``.
    """
    name = ("seats", unit, tuple(ground.bands), tuple(years))
    return ground.cohort.once(name, lambda: _seats(ground, unit, years or ground.cohort.years))


def performing_seats(table: pl.DataFrame) -> pl.DataFrame:
    """Return seats in quality schools by year, band and unit, the district too.

    ``supply`` is null where there are quality schools and the seats of none are known; ``left_out``
    counts the schools whose seats are unknown.
    """
    good = pl.col("seats").filter(pl.col("quality"))
    is_known = (good.len() == 0) | (good.count() > 0)
    found = (
        _with_district(table)
        .group_by(KEY)
        .agg(
            supply=pl.when(is_known).then(good.sum().cast(pl.Float64)),
            left_out=pl.col("seats").is_null().sum().cast(pl.Int64),
        )
    )
    return _with_nowhere(found, table)


def school_tiers(ground: Ground, table: pl.DataFrame, unit: str) -> pl.DataFrame:
    """Return number and share of schools by rating: a part for each label, and those not rated."""
    labels = (*ground.cohort.labels, NOT_RATED)
    label = pl.col("label").fill_null(NOT_RATED)
    counted = (
        _with_district(table)
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
    """Return ``seats`` and ``left_out`` of each programme, ``part``, the district's too.

    A programme has the seats that its entry names, such as ``science: 60``, else all seats of the
    school; where these are unknown the school is left out, and where those of no school are known,
    ``seats`` is null.
    """
    own = pl.coalesce(pl.col("own") * pl.col("share"), "seats")
    offered = _with_district(_entries(table).with_columns(own=own))
    known = pl.col("own").is_not_null()
    return offered.group_by(*KEY, "part").agg(
        seats=pl.when(known.any()).then(pl.col("own").sum()), left_out=(~known).sum().cast(pl.Int64)
    )


def stable_parts(cohort: Cohort) -> tuple[str, ...]:
    """Return the part of figures of lasting quality, such as ``3 of 4 years``."""
    rules = cohort.reference.info.measures
    return (f"{rules.stable_years} of {rules.stable_of_years} years",)


def last_years(year: str, count: int) -> tuple[str, ...]:
    """Return the school years that end with a year such as 2023-24, ascending."""
    first = int(year[:4])
    starts = range(first - count + 1, first + 1)
    return tuple(f"{start}-{(start + 1) % 100:02d}" for start in starts)


def _utilisation(ground: Ground, unit: str) -> pl.DataFrame:
    rows = _seat_rows(seats(ground, unit), pl.col("pupils").is_not_null(), pl.col("pupils"))
    low, high = COMFORT
    made = _as_shares(with_missing_lines(ground, unit, rows, [""]))
    named = (
        pl.when(pl.col("value") < low)
        .then(pl.lit("under"))
        .when(pl.col("value") > high)
        .then(pl.lit("over"))
        .when(pl.col("value").is_not_null())
        .then(pl.lit("comfortable"))
    )
    return made.with_columns(named.alias("class"))


def _unfilled(ground: Ground, unit: str) -> pl.DataFrame:
    rows = _seat_rows(seats(ground, unit), pl.col("pupils").is_not_null(), pl.col("unfilled"))
    return _zero_without_schools(with_missing_lines(ground, unit, rows, [""])).with_columns(
        value="numerator"
    )


def _quality_share(ground: Ground, unit: str) -> pl.DataFrame:
    good = pl.col("seats").filter(pl.col("quality"))
    rows = _seat_rows(seats(ground, unit), pl.col("seats").is_not_null(), good)
    return _as_shares(with_missing_lines(ground, unit, rows, [""]))


def _stability(ground: Ground, unit: str) -> pl.DataFrame:
    """Share of seats in schools that were quality schools in at least k of the last n years.

    Seats are those of the last year.

    A year has no data where one of its last years has no ratings.
    """
    cohort, rules = ground.cohort, ground.cohort.reference.info.measures
    good = cohort.by_year.filter("quality").select("year", "school_id")
    (part,) = stable_parts(cohort)
    tables = [pl.DataFrame(schema=_SEAT_ROWS)]
    for year in cohort.years:  # Over years: a handful.
        window = last_years(year, rules.stable_of_years)
        if not set(window) <= cohort.rated:
            continue
        count = good.filter(pl.col("year").is_in(window)).group_by("school_id").len("good")
        steady = count.filter(pl.col("good") >= rules.stable_years)["school_id"]
        table = seats(ground, unit, [year])
        steady_seats = pl.col("seats").filter(pl.col("school_id").is_in(steady.implode()))
        tables.append(_seat_rows(table, pl.col("seats").is_not_null(), steady_seats))
    rows = pl.concat(tables).with_columns(part=pl.lit(part))
    return _as_shares(with_missing_lines(ground, unit, rows, [part]))


_SEAT_ROWS = {
    **dict.fromkeys(KEY, pl.String),
    "numerator": pl.Float64,
    "denominator": pl.Float64,
    "left_out": pl.Int64,
    "part": pl.String,
}


def _seat_rows(table: pl.DataFrame, used: pl.Expr, numerator: pl.Expr) -> pl.DataFrame:
    """Return sums over the schools that are ``used``; null where there are none of these.

    ``left_out`` is the number of schools of unknown seats or pupils; the district's has those of
    unknown place, too.
    """
    found = (
        _with_district(table)
        .group_by(KEY)
        .agg(
            numerator=numerator.sum().cast(pl.Float64),
            denominator=pl.col("seats").filter(used).sum().cast(pl.Float64),
            schools=used.sum(),
            left_out=(~used).sum().cast(pl.Int64),
        )
    )
    is_known = pl.when(pl.col("schools") > 0)
    return _with_nowhere(found, table).select(
        *KEY, is_known.then("numerator"), is_known.then("denominator"), "left_out", part=pl.lit("")
    )


def _as_shares(rows: pl.DataFrame) -> pl.DataFrame:
    rows = _zero_without_schools(rows)
    return rows.with_columns(value=pl.col("numerator") / pl.col("denominator"))


def _zero_without_schools(rows: pl.DataFrame) -> pl.DataFrame:
    """Units without a school have 0 seats; years of which nothing is known have no data."""
    has_schools = pl.col("left_out").is_not_null()
    none = ~has_schools & has_schools.any().over("year")
    return rows.with_columns(
        pl.when(none).then(0).otherwise(name).alias(name)
        for name in ("numerator", "denominator", "left_out")
    )


def _seats(ground: Ground, unit: str, years: Sequence[str]) -> pl.DataFrame:
    cohort = ground.cohort
    standing = _by_grade(cohort, unit)
    every = {**ground.bands, ALL_GRADES: GRADES}
    banded = pl.concat(
        [
            standing.filter(pl.col("grade").is_in(list(grades))).with_columns(band=pl.lit(band))
            for band, grades in every.items()
        ]
    )
    shares = banded.group_by("band", "unit", "school_id").agg(share=pl.col("share").sum())
    yearly = cohort.by_year.filter("is_open", pl.col("year").is_in(list(years)))
    empty = pl.max_horizontal(pl.col("capacity") - pl.col("enrollment"), 0)
    known = pl.col("capacity").is_not_null() & pl.col("enrollment").is_not_null()
    programs = cohort.facts.select("school_id", "programs")
    return (
        shares.join(yearly, on="school_id")
        .join(programs, on="school_id")
        .with_columns(
            seats=pl.col("capacity") * pl.col("share"),
            pupils=pl.when(known).then(pl.col("enrollment") * pl.col("share")),
            unfilled=pl.when(known).then(empty * pl.col("share")),
        )
        .sort("year", "band", "unit", "school_id")
    )


def _entries(table: pl.DataFrame) -> pl.DataFrame:
    """A row for each programme of each row.

    ``part`` is its name, ``own`` the seats that the text names.
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


def _with_district(table: pl.DataFrame) -> pl.DataFrame:
    """The rows by unit, and again as the district, their sum.

    Schools of unknown place are in neither.
    """
    placed = table.filter(pl.col("unit").is_not_null())
    return pl.concat([placed, placed.with_columns(unit=pl.lit(DISTRICT))])


def _with_nowhere(rows: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """The rows with schools of unknown place among those that the district leaves out."""
    lost = (
        table.filter(pl.col("unit").is_null())
        .group_by("year", "band")
        .agg(lost=pl.col("school_id").n_unique().cast(pl.Int64))
    )
    more = pl.when(unit=DISTRICT).then(pl.col("lost").fill_null(0)).otherwise(0)
    joined = rows.join(lost, on=["year", "band"], how="left")
    return joined.with_columns(left_out=pl.col("left_out") + more).drop("lost")


def _by_grade(cohort: Cohort, unit: str) -> pl.DataFrame:
    """``school_id``, ``grade``, ``unit``, ``share``.

    Where each grade of a school counts, and its part of the building.
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


_of_seats = partial(Measure, protection=PUBLIC, value=as_counted, counted=SEATS, is_of_homes=False)
MEASURES = (
    _of_seats(
        "utilisation",
        "enrolment per seat",
        SHARE,
        _BOTH | {BY_SCHOOL},
        _utilisation,
        needs=frozenset({SEAT_COUNTS, ENROLMENT}),
    ),
    _of_seats(
        "unfilled_seats",
        "seats that are empty",
        SEATS,
        _BOTH | {BY_SCHOOL},
        _unfilled,
        needs=frozenset({SEAT_COUNTS, ENROLMENT}),
    ),
    _of_seats(
        "quality_seat_share",
        "share of seats in quality schools",
        SHARE,
        _BOTH,
        _quality_share,
        needs=frozenset({SEAT_COUNTS, RATINGS}),
    ),
    _of_seats(
        "rating_stability",
        "share of seats in schools of lasting quality",
        SHARE,
        _BOTH | {BY_SCHOOL},
        _stability,
        parts=(),
        region_parts=stable_parts,
        needs=frozenset({SEAT_COUNTS, RATINGS}),
    ),
)
