"""Steps from an opened student file to placed students and the problems of the file."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from geoservice.model.grades import read_grades
from geoservice.model.students import stored_columns
from geoservice.placing.options import PlaceOptions
from geoservice.placing.pipeline import place_with_zip
from geoservice.placing.review import Overrides
from geoservice.reference.snapshot import Reference
from geoservice.students.attendance import CLOSED, UNKNOWN, school_years, schools_attended
from geoservice.students.options import RecordOptions
from geoservice.students.problems import Problems
from geoservice.students.reading import CHUNK_ROWS, Records
from geoservice.students.residence import with_one_address
from geoservice.students.unknown_values import refuse_unknown_values

PROTECTED, NOT_CURRENT = "protected", "no_current_address"
"""Reasons why the address of a row is not read."""
_ADDRESS = ("line", "city", "state", "zip")
_PLACE = PlaceOptions(
    address="line", city="city", state="state", zip="zip", grade="grade", school="school_id"
)


@dataclass(frozen=True)
class Intake:
    """Placed students (schema: `geoservice.model.students`) and problems of their file."""

    frame: pl.DataFrame
    opted_out: int
    problems: Problems


def take_in(
    records: Records,
    record_options: RecordOptions,
    reference: Reference,
    report_progress: Callable[[int], None] = lambda _: None,
    overrides: Overrides | None = None,
) -> Intake:
    """Place the records of a file: a row per student and school year; dropped rows are counted.

    ``report_progress`` receives the number of rows placed so far; ``overrides`` take precedence
    over the geocoder.
    """
    problems = records.problems
    standardised = _read(records.frame, record_options, reference, problems)
    with_address = _current(standardised, record_options, problems)
    readable = _judged(with_address, reference, problems)
    parts = [readable.clear()] if not len(readable) else readable.iter_slices(CHUNK_ROWS)
    placed, placed_rows = [], 0
    for part in parts:
        placed.append(_placed(part, reference, overrides))
        placed_rows += len(part)
        report_progress(placed_rows)
    return Intake(pl.concat(placed), records.opted_out, problems)


def _read(
    frame: pl.DataFrame, record_options: RecordOptions, reference: Reference, problems: Problems
) -> pl.DataFrame:
    """Return records with years, grades and schools in standard form."""
    default = school_years(
        pl.Series([record_options.school_year or ""]), reference.info.school_year
    ).item()
    years = school_years(frame["year"], default)
    schools = schools_attended(frame["school"], years, reference)
    grades = read_grades(frame["grade"])
    records = _flagged_throughout(frame.with_columns(years, grades).hstack(schools).drop("school"))
    refuse_unknown_values(records, reference)
    problems.add("no_year", records, pl.col("year").is_null())
    problems.add("no_grade", records, pl.col("grade").is_null())
    problems.add("school_zeros", records, pl.col("was_mended"))
    return records.drop("was_mended")


def _flagged_throughout(frame: pl.DataFrame) -> pl.DataFrame:
    """Return records with flags set for all rows of a student.

    A protected address holds in all years, no fixed address in the same year.
    """
    flags = {"protected": ["student"], "no_fixed_address": ["student", "year"]}
    return frame.with_columns(
        pl.when(pl.col("student").is_null())
        .then(flag)
        .otherwise(pl.col(flag).any().over(key))
        .alias(flag)
        for flag, key in flags.items()
    )


def _current(
    frame: pl.DataFrame, record_options: RecordOptions, problems: Problems
) -> pl.DataFrame:
    """Return an address per student and year, and ``left_out``: why a row is in no figure."""
    if record_options.is_dated:
        frame = with_one_address(frame, record_options, problems)
    else:
        frame = frame.with_columns(has_address=pl.lit(value=True))
    is_repeated = (
        pl.col("student").is_not_null()
        & pl.col("year").is_not_null()
        & ~pl.struct("student", "year").is_first_distinct()
    )
    facts = [name for name in frame.columns if name != "row"]
    is_distinct = pl.struct(facts).is_first_distinct()
    problems.add("twice", frame, is_repeated & ~is_distinct)
    problems.add("twice_differing", frame, is_repeated & is_distinct)
    reason = (
        pl.when(pl.col("year").is_null())
        .then(pl.lit("no_year"))
        .when(is_repeated)
        .then(pl.lit("twice"))
    )
    return frame.with_columns(left_out=reason).drop("type", "from", "to")


def _judged(frame: pl.DataFrame, reference: Reference, problems: Problems) -> pl.DataFrame:
    """Record problems of rows, and remove addresses that must not be read.

    ``unread`` holds the reason. Protected students lose the stated zone too.
    """
    if frame["student"].null_count() < len(frame):
        problems.add("no_id", frame, pl.col("student").is_null())
    problems.add("no_school", frame, pl.col("school_id").is_null())
    problems.add("unknown_school", frame, pl.col("school_reason") == UNKNOWN)
    problems.add("closed_school", frame, pl.col("school_reason") == CLOSED)
    problems.add("protected", frame, pl.col("protected"))
    problems.add("no_fixed_address", frame, pl.col("no_fixed_address") & ~pl.col("protected"))
    unread = (
        pl.when(pl.col("protected") | pl.col("no_fixed_address"))
        .then(pl.lit(PROTECTED))
        .when(~pl.col("has_address"))
        .then(pl.lit(NOT_CURRENT))
    )
    flagged = frame.with_columns(unread=unread).drop("protected", "no_fixed_address", "has_address")
    is_read = dict.fromkeys(_ADDRESS, pl.col("unread").is_null())
    is_read["reported_zone"] = pl.col("unread").ne_missing(PROTECTED)
    return flagged.with_columns(
        pl.when(read).then(name).otherwise(pl.lit("")).alias(name) for name, read in is_read.items()
    )


def _placed(part: pl.DataFrame, reference: Reference, overrides: Overrides | None) -> pl.DataFrame:
    results = place_with_zip(part, _PLACE, reference, overrides)
    reason = pl.coalesce(part["unread"], results["geo_reason"])
    results = results.with_columns(pl.select(reason).to_series().alias("geo_reason"))
    placed = part.hstack(results)
    return placed.select(stored_columns(placed.columns))
