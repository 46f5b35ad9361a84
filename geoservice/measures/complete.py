"""Every line that a figure should have, and what is missing from each: left out, no data, not applicable."""

from collections.abc import Mapping, Sequence

import polars as pl

from geoservice.measures.catalogue import Measure
from geoservice.measures.cells import tally
from geoservice.measures.coding import SHOWN
from geoservice.measures.cohort import Cohort
from geoservice.measures.facts import unit_ids
from geoservice.measures.families import RIGHT_FULL, WITH_ROOM
from geoservice.measures.linked import ALL_GRADES, DISTRICT
from geoservice.measures.need import ALL_YEARS
from geoservice.measures.reasons import OTHER, PART, REASONS, reason_of

NO_DATA, NOT_APPLICABLE = "no_data", "not_applicable"
"""Status of a figure that is not known, and of one that means nothing here, such as a share of nobody."""
Bands = Mapping[str, Sequence[str]]
_KEY = ["year", "band", "unit"]
_NUMBERS = ("value", "numerator", "denominator")
_OF_STUDENTS = ("count", "share", "school", "net", "metres")
"""Forms of measures that count students."""
MATCHES = ("point", "range", "intersection", "street", "zip")
_OF_ROOM = f"({WITH_ROOM}|{RIGHT_FULL})$"
"""Parts that say nothing where no school's seats and enrolment are known."""
_AT_HOME = ("residents", "coverage")
"""Counts and shares that are known where no school is."""
_OF_SUPPLY = (
    "access",
    "nearest_quality",
    "service_gap",
    "service_level",
    "need_rank",
    "programme_density",
)
"""Measures of which schools are near or offer seats: nothing is known where no school's place and grades are."""
_AT_SCHOOL = ("attenders", "enter", "tier_table", "in_boundary", "draw")


def complete(
    rows: pl.DataFrame, measure: Measure, parts: Sequence[str], unit: str, cohort: Cohort, bands: Bands
) -> pl.DataFrame:  # fmt: skip
    """The rows with those of units that have none, and their status; nothing is hidden here.

    ``parts`` are those that every unit has, beside those of the rows. Units without students count 0. Measures by rating have
    no data in years without ratings, those of the school attended none in a region without schools. ``left_out`` is the number of
    the unit's students (of schools, for seats) that the figure leaves out; the district's has those whose unit is unknown.
    """
    made = (
        rows if measure.form == "rank" else _with_missing(rows, measure, parts, unit, cohort, bands)
    )
    if "left_out" not in made.columns:
        made = _with_left_out(made, measure, unit, cohort, bands)
    if measure.needs_rating:
        rated = pl.col("year").is_in([*cohort.rated, ALL_YEARS]) | pl.col("part").is_in(_unrated_parts(made, measure))  # fmt: skip
        seats = _seats_are_known(measure, cohort)
        known, counted = rated & seats, seats | ~pl.col("part").str.contains(_OF_ROOM)
        blank = [pl.when(known).then(pl.col(name)).alias(name) for name in ("value", "numerator")]
        blank += [
            pl.when(counted).then(pl.col(name)).alias(name) for name in ("denominator", "left_out")
        ]
        made = made.with_columns(*blank, status=pl.when(known).then("status").otherwise(pl.lit(NO_DATA)))  # fmt: skip
    unknown = _unknown(measure, cohort)
    blank = [pl.when(~unknown).then(pl.col(one)).alias(one) for one in _NUMBERS]
    made = made.with_columns(*blank, status=pl.when(unknown).then(pl.lit(NO_DATA)).otherwise("status"))  # fmt: skip
    none = pl.col("value").is_null() | pl.col("value").is_nan()
    # Of whom nothing is known, as of seats nearby, there is somebody.
    somebody = pl.col("part").str.contains(_OF_ROOM) & (pl.col("denominator").max().over(_KEY) > 0)
    empty = (pl.col("denominator") == 0).fill_null(value=False) & ~somebody.fill_null(value=False)
    return made.with_columns(
        status=pl.when(pl.col("status") != SHOWN).then("status")
        .when(none & empty).then(pl.lit(NOT_APPLICABLE))
        .when(none).then(pl.lit(NO_DATA)).otherwise("status")
    )  # fmt: skip


def _unknown(measure: Measure, cohort: Cohort) -> pl.Expr:
    """True of lines of which nothing is known: of students where there is no list of them, and of what no school is known for."""
    if _no_schools(measure, cohort):
        return pl.lit(value=True)
    if measure.form == "seats" or len(cohort.students):
        return pl.lit(value=False)
    return ~pl.col("part").str.starts_with("schools ")


def _no_schools(measure: Measure, cohort: Cohort) -> bool:
    """True where the region knows no school that a measure is made of."""
    if measure.id in _OF_SUPPLY:
        supplies = pl.col("s_x").is_finite() & (pl.col("grades").list.len() > 0)
        return not cohort.facts.select(supplies.any()).item()
    return cohort.facts.is_empty() and measure.form in _OF_STUDENTS and measure.id not in _AT_HOME


def covered(unit: str, cohort: Cohort, bands: Bands) -> pl.DataFrame:
    """``coverage``: share of the students with a matched address, by year, band and unit.

    Areas have those who live there, or typed a ZIP of it; schools those who attend; zones, of which unmatched addresses tell
    nothing, the district's.
    """
    return cohort.once(("covered", unit, *bands), lambda: _covered(unit, cohort, bands))


def _covered(unit: str, cohort: Cohort, bands: Bands) -> pl.DataFrame:
    column = "school_id" if unit == "school" else f"c_{unit}"
    every = "district" if column not in cohort.students.columns else column
    made = tally(cohort, every, pl.lit(value=True), bands)
    matched = tally(cohort, every, pl.col("is_matched"), bands).rename({"n": "matched"})
    both = made.join(matched, on=_KEY, how="left")
    return both.select(*_KEY, coverage=pl.col("matched").fill_null(0) / pl.col("n"))


def coverage_rows(unit: str, cohort: Cohort, bands: Bands) -> pl.DataFrame:
    """The measure ``coverage``: addresses matched, by type, and not matched, by reason; the district has all of them."""
    column = f"c_{unit}"
    made = tally(cohort, column, pl.lit(value=True), bands).rename({"n": "denominator"})
    kinds = {"matched": pl.col("is_matched")} | {one: pl.col("geo_match") == one for one in MATCHES}
    reason = reason_of(cohort.students)
    kinds |= {f"{PART}{one}": reason == one for one in (*REASONS, OTHER)}
    found = []
    for part, where in kinds.items():
        some = tally(cohort, column, where, bands).rename({"n": "numerator"})
        found.append(made.join(some, on=_KEY, how="left").with_columns(part=pl.lit(part)))
    number = pl.col("numerator").fill_null(0)
    return pl.concat(found).with_columns(
        numerator=number, value=number / pl.col("denominator"), status=pl.lit(SHOWN),
        left_out=pl.lit(0, dtype=pl.Int64),
    )  # fmt: skip


def lines_of(unit: str, cohort: Cohort, bands: Bands) -> pl.DataFrame:
    """``year``, ``band``, ``unit``: every line of a kind of units; zones and schools only for bands with grades that they
    serve, schools only for years in which they were open.
    """  # noqa: D205 - the columns
    return cohort.once(("lines", unit, *bands), lambda: _lines_of(unit, cohort, bands))


def _lines_of(unit: str, cohort: Cohort, bands: Bands) -> pl.DataFrame:
    every = {**bands, ALL_GRADES: None}
    sets = {f"zone_{one.id}": one.grades for one in cohort.reference.info.zone_sets}
    served: dict[str, set[str] | None]
    if unit == "school":
        served = {school: set(grades) for school, grades in cohort.facts.select("school_id", "grades").iter_rows()}  # fmt: skip
    else:
        grades_of = set(sets[unit]) if unit in sets else None
        served = dict.fromkeys(unit_ids(cohort.reference)[unit], grades_of)
    everywhere = (
        None if None in served.values() else set().union(*(one or () for one in served.values()))
    )
    pairs = [(band, one) for band, grades in every.items() for one, mine in {**served, DISTRICT: everywhere}.items()
             if grades is None or mine is None or mine & set(grades)]  # fmt: skip
    lines = pl.DataFrame(pairs, schema={"band": pl.String, "unit": pl.String}, orient="row")
    years = pl.DataFrame({"year": list(cohort.years)}, schema={"year": pl.String})
    every_year = years.join(lines, how="cross")
    if unit != "school":
        return every_year
    closed = cohort.by_year.filter(~pl.col("is_open")).select("year", unit="school_id")
    return every_year.join(closed, on=["year", "unit"], how="anti", maintain_order="left")


def _with_missing(
    rows: pl.DataFrame,
    measure: Measure,
    parts: Sequence[str],
    unit: str,
    cohort: Cohort,
    bands: Bands,
) -> pl.DataFrame:
    lines = lines_of(unit, cohort, bands)
    if unit == "school":  # Some attend a school that does not serve their grade.
        lines = pl.concat([lines, rows.select(lines.columns)]).unique(maintain_order=True)
    named = pl.DataFrame({"part": list(parts)}, schema={"part": pl.String})
    every = pl.concat([rows.select("part"), named]).unique()
    found = lines.join(every, how="cross").join(rows, on=[*_KEY, "part"], how="left")
    if measure.form == "seats":
        return _without_seats(found, measure)
    if measure.form not in _OF_STUDENTS:
        return found.with_columns(pl.col("status").fill_null(SHOWN))
    zero = {"count": ["denominator", "value", "numerator"], "net": ["value", "numerator"],
            "metres": ["denominator"]}.get(measure.form, ["denominator", "numerator"])  # fmt: skip
    # Only where there is no line: a line may lack a number because it is hidden.
    none = [
        pl.when(pl.col("status").is_null()).then(0).otherwise(name).alias(name) for name in zero
    ]
    return found.with_columns(*none, pl.col("status").fill_null(SHOWN))


def _without_seats(rows: pl.DataFrame, measure: Measure) -> pl.DataFrame:
    """Units without a school have 0 seats; years of which nothing is known have no data."""
    told = pl.col("status").is_not_null().any().over("year")
    none = pl.col("status").is_null() & told
    names = ["numerator", "denominator", *(["value"] if measure.id == "unfilled_seats" else [])]
    return rows.with_columns(
        *(pl.when(none).then(0).otherwise(name).cast(pl.Float64).alias(name) for name in names),
        pl.when(none).then(0).otherwise("left_out").cast(pl.Int64).alias("left_out"),
        pl.col("status").fill_null(SHOWN),
    )  # fmt: skip


def _with_left_out(
    rows: pl.DataFrame, measure: Measure, unit: str, cohort: Cohort, bands: Bands
) -> pl.DataFrame:
    """``left_out``: the unit's residents, or attenders, less those whom the figure counts."""
    if not len(rows):
        return rows.with_columns(left_out=pl.lit(None, dtype=pl.Int64))
    attending = "school_id" if unit == "school" else f"s_{unit}"
    sides = {False: unit, True: attending}
    at_school = pl.lit(measure.id in _AT_SCHOOL or unit == "school")
    if measure.id == "in_quality":
        at_school = pl.col("part") == "attendance"
    found = []
    for is_school, column in sides.items():
        some = rows.filter(at_school == is_school)
        if not len(some):
            continue
        where = pl.col("is_known_school") if is_school else pl.col("is_matched")
        whole = _whole(cohort, column, where, bands, unit, everyone=is_school)
        joined = some.join(whole, on=_KEY, how="left")
        left = pl.col("n").fill_null(0) - pl.col("denominator")
        if measure.id == "distance":  # Those by rating are of some students only.
            left = pl.when(pl.col("part").is_in(["median", "mean"])).then(left)
        if measure.id == "tier_table":
            left = pl.when(pl.col("part").str.starts_with("students ")).then(left)
        found.append(joined.with_columns(left_out=left.cast(pl.Int64)).drop("n"))
    return pl.concat(found)


def _whole(
    cohort: Cohort, column: str, where: pl.Expr, bands: Bands, unit: str, *, everyone: bool
) -> pl.DataFrame:
    """Students by unit; the district's are those with a unit, or ``everyone`` whose grade the units serve."""
    made = tally(cohort, column, where & pl.col(column).is_not_null(), bands)
    if not everyone:
        return made
    served = [one.grades for one in cohort.reference.info.zone_sets if f"zone_{one.id}" == unit]
    counted = pl.col("grade").is_in(list(served[0])) if served else pl.lit(value=True)
    district = tally(cohort, "district", counted, bands)
    return pl.concat([made.filter(pl.col("unit") != DISTRICT), district])


def _seats_are_known(measure: Measure, cohort: Cohort) -> pl.Expr:
    """True of lines that need no seats, and of years in which any school's are known."""
    if measure.form in ("need", "rank"):
        years = cohort.years_with("capacity")
        return pl.col("year").is_in([*years, *([ALL_YEARS] if years else [])])
    known = pl.col("year").is_in(cohort.years_with("capacity", "enrollment"))
    return known | ~pl.col("part").str.contains(_OF_ROOM)


def _unrated_parts(rows: pl.DataFrame, measure: Measure) -> list[str]:
    """Parts of a measure that need no rating: distances of all students."""
    return ["median", "mean"] if measure.id == "distance" else []
