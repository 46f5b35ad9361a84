"""The main job of student data sets: an opened file to placed students, with what is wrong in it."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from geoservice.model.grades import read_grades
from geoservice.model.students import kept
from geoservice.placing.options import PlaceOptions
from geoservice.placing.pipeline import place_with_zip
from geoservice.reference.snapshot import Reference
from geoservice.students.attendance import CLOSED, UNKNOWN, school_years, schools_attended
from geoservice.students.options import RecordOptions
from geoservice.students.problems import Problems
from geoservice.students.reading import CHUNK_ROWS, Records
from geoservice.students.residence import with_one_address
from geoservice.students.strangers import refuse_strangers

PROTECTED, NOT_CURRENT = "protected", "no_current_address"
"""Reasons of rows whose address was not read."""
_ADDRESS = ("line", "city", "state", "zip")
_PLACE = PlaceOptions(address="line", city="city", state="state", zip="zip", grade="grade", school="school_id")  # fmt: skip


@dataclass(frozen=True)
class Intake:
    """Placed students (schema: `geoservice.model.students`) and problems of their file."""

    frame: pl.DataFrame
    opted_out: int
    problems: Problems


def take_in(
    records: Records,
    asked: RecordOptions,
    reference: Reference,
    told: Callable[[int], None] = lambda _: None,
) -> Intake:
    """Place the records of a file: one row per student and school year, none dropped without being counted.

    ``told`` hears of the rows placed so far.
    """
    problems = records.problems
    read = _read(records.frame, asked, reference, problems)
    current = _current(read, asked, problems)
    judged = _judged(current, reference, problems)
    parts = [judged.clear()] if not len(judged) else judged.iter_slices(CHUNK_ROWS)
    placed, done = [], 0
    for part in parts:
        placed.append(_placed(part, reference))
        done += len(part)
        told(done)
    return Intake(pl.concat(placed), records.opted_out, problems)


def _read(
    frame: pl.DataFrame, asked: RecordOptions, reference: Reference, problems: Problems
) -> pl.DataFrame:
    """Years, grades and schools in one form."""
    default = school_years(pl.Series([asked.school_year or ""]), reference.info.school_year).item()
    years = school_years(frame["year"], default)
    schools = schools_attended(frame["school"], years, reference)
    grades = read_grades(frame["grade"])
    found = _flagged_throughout(frame.with_columns(years, grades).hstack(schools).drop("school"))
    refuse_strangers(found, reference)
    problems.add("no_year", found, pl.col("year").is_null())
    problems.add("no_grade", found, pl.col("grade").is_null())
    problems.add("school_zeros", found, pl.col("was_mended"))
    return found.drop("was_mended")


def _flagged_throughout(frame: pl.DataFrame) -> pl.DataFrame:
    """A flag of one row holds for the student: of protection in all rows, of no fixed address in those of the year."""
    flags = {"protected": ["student"], "no_fixed_address": ["student", "year"]}
    return frame.with_columns(
        pl.when(pl.col("student").is_null()).then(flag).otherwise(pl.col(flag).any().over(key)).alias(flag)
        for flag, key in flags.items()
    )  # fmt: skip


def _current(frame: pl.DataFrame, asked: RecordOptions, problems: Problems) -> pl.DataFrame:
    """One address for each student and year, and ``left_out``: why a row is in no figure."""
    if asked.is_dated:
        frame = with_one_address(frame, asked, problems)
    else:
        frame = frame.with_columns(has_address=pl.lit(value=True))
    again = pl.col("student").is_not_null() & pl.col("year").is_not_null() & ~pl.struct("student", "year").is_first_distinct()  # fmt: skip
    facts = [name for name in frame.columns if name != "row"]
    differs = pl.struct(facts).is_first_distinct()
    problems.add("twice", frame, again & ~differs)
    problems.add("twice_differing", frame, again & differs)
    reason = pl.when(pl.col("year").is_null()).then(pl.lit("no_year")).when(again).then(pl.lit("twice"))  # fmt: skip
    return frame.with_columns(left_out=reason).drop("type", "from", "to")


def _judged(frame: pl.DataFrame, reference: Reference, problems: Problems) -> pl.DataFrame:
    """Problems that stay with rows; ``unread``: why an address must not be read, with the address gone.

    Of protected students the zone that the file states is gone, too.
    """
    if frame["student"].null_count() < len(frame):
        problems.add("no_id", frame, pl.col("student").is_null())
    problems.add("no_school", frame, pl.col("school_id").is_null())
    problems.add("unknown_school", frame, pl.col("school_reason") == UNKNOWN)
    problems.add("closed_school", frame, pl.col("school_reason") == CLOSED)
    problems.add("protected", frame, pl.col("protected"))
    problems.add("no_fixed_address", frame, pl.col("no_fixed_address") & ~pl.col("protected"))
    unread = pl.when(pl.col("protected") | pl.col("no_fixed_address")).then(pl.lit(PROTECTED)).when(~pl.col("has_address")).then(pl.lit(NOT_CURRENT))  # fmt: skip
    known = frame.with_columns(unread=unread).drop("protected", "no_fixed_address", "has_address")
    is_read = dict.fromkeys(_ADDRESS, pl.col("unread").is_null())
    is_read["reported_zone"] = pl.col("unread").ne_missing(PROTECTED)
    return known.with_columns(
        pl.when(read).then(name).otherwise(pl.lit("")).alias(name) for name, read in is_read.items()
    )


def _placed(part: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    results = place_with_zip(part, _PLACE, reference)
    reason = pl.coalesce(part["unread"], results["geo_reason"])
    results = results.with_columns(pl.select(reason).to_series().alias("geo_reason"))
    whole = part.hstack(results)
    return whole.select(kept(whole.columns))
