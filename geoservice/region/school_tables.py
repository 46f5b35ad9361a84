"""The tables about schools: themselves, their ratings, their seats in each year."""

import math
import re

import numpy as np
import polars as pl

from geoservice.model.grades import is_calendar_day
from geoservice.model.layers import RATINGS, SCHOOLS, SEATS, Finding
from geoservice.model.region import RatingScheme
from geoservice.model.years import years_of
from geoservice.region.fields import (
    id_of,
    mapped,
    refuse_district,
    report,
    typed,
    whole_number,
    with_position,
)
from geoservice.region.grade_cells import report_lone_kindergarten
from geoservice.region.manifest import Dataset, Manifest
from geoservice.region.raw_table import RawTable
from geoservice.region.reading import read_raw
from geoservice.region.school_grades import served_grades


def read_schools(dataset: Dataset, manifest: Manifest, findings: list[Finding]) -> pl.DataFrame:
    """The table of schools, schema model.layers.SCHOOLS."""
    raw = read_raw(dataset)
    frame = mapped(raw, dataset, tuple(SCHOOLS), findings, needed=("id",))
    frame = with_position(frame, raw, dataset, findings)
    _report_numbers(frame, raw, dataset, findings)
    _report_days(frame, raw, dataset, findings)
    years = {name: years_of(frame[name]) for name in ("first_year", "last_year")}
    for name, read in years.items():
        strange = (frame[name].fill_null("") != "") & read.is_null()
        report(findings, "unknown_year", dataset, raw, strange.to_numpy(),
               f"schools whose `{name}` is no school year or day count as open without that end")  # fmt: skip
    frame = frame.with_columns(
        id=id_of(pl.col("id")),
        other_id=id_of(pl.col("other_id")),
        name=pl.coalesce("name", "id"),
        grades=served_grades(frame, dataset.level_grades),
        capacity=_known("capacity"),
        enrollment=_known("enrollment"),
        programs=pl.col("programs").str.replace_all(r"\s*[;|]\s*", "; "),
        **years,
    ).with_columns(low_grade=pl.col("grades").list.first(), high_grade=pl.col("grades").list.last())
    refuse_district(frame["id"], dataset)
    good = frame["id"].fill_null("") != ""
    report(findings, "no_id", dataset, raw, ~good.to_numpy(), "schools without an id were left out; fill the "
            "column mapped as `id`, or map a column that is filled in every row", "error")  # fmt: skip
    twice = (frame["id"].is_duplicated() & ~frame["id"].is_first_distinct() & good).to_numpy()
    report(findings, "duplicate_id", dataset, raw, twice, "schools whose id came before were "
            "left out", "error")  # fmt: skip
    report(findings, "no_position", dataset, raw, frame["lon"].is_null().to_numpy(),
            "schools without coordinates are not on the map")  # fmt: skip
    serves_none = (frame["grades"].list.len() == 0).to_numpy()
    text = "schools whose grades are missing, cannot be read or run downwards serve no grade"
    report(findings, "unknown_grades", dataset, raw, serves_none, text)
    return frame.filter(good & ~pl.Series(twice)).select(typed(SCHOOLS))


def read_ratings(dataset: Dataset, manifest: Manifest, findings: list[Finding]) -> pl.DataFrame:
    """The table of ratings, schema model.layers.RATINGS."""
    raw = read_raw(dataset)
    frame = mapped(raw, dataset, ("school_id", "year", "value"), findings, needed=("school_id",))
    scheme = next(one for one in manifest.info.schemes if one.id == dataset.scheme)
    values = frame["value"].fill_null("")
    unique = values.unique().to_list()
    labels = {value: rating_label(value, scheme) for value in unique}
    codes = _not_rated(scheme)
    strange = values.is_in([one for one in unique if labels[one] is None and one.lower() not in codes])  # fmt: skip
    report(findings, "unknown_rating", dataset, raw, strange.to_numpy(),
            "ratings that the scheme does not list count as not rated")  # fmt: skip
    _report_nameless(frame, raw, dataset, findings)
    year = years_of(frame["year"])
    if "year" not in dataset.fields:  # A file of one year; an empty cell of others is no year.
        year = year.set(frame["year"].fill_null("") == "", manifest.info.school_year)
    dated = year.is_not_null()
    report(findings, "unknown_year", dataset, raw, ~dated.to_numpy(),
            "ratings whose year is no school year were left out")  # fmt: skip
    frame = frame.with_columns(
        school_id=id_of(pl.col("school_id")), scheme=pl.lit(scheme.id), year=year, value=values,
        label=values.replace_strict(labels, return_dtype=pl.String),
    ).filter(dated)  # fmt: skip
    return frame.select(typed(RATINGS))


def read_seats(dataset: Dataset, manifest: Manifest, findings: list[Finding]) -> pl.DataFrame:
    """The table of seats, schema model.layers.SEATS."""
    raw = read_raw(dataset)
    frame = mapped(raw, dataset, tuple(SEATS), findings, needed=("school_id", "year"))
    _report_nameless(frame, raw, dataset, findings)
    _report_numbers(frame, raw, dataset, findings)
    frame = frame.with_columns(
        school_id=id_of(pl.col("school_id")), year=years_of(frame["year"]),
        capacity=_known("capacity"), enrollment=_known("enrollment"),
    )  # fmt: skip
    dated = frame["year"].is_not_null()
    report(findings, "unknown_year", dataset, raw, ~dated.to_numpy(),
            "rows of seats without a school year were left out")  # fmt: skip
    return frame.filter(dated).select(typed(SEATS))


def _report_days(
    frame: pl.DataFrame, raw: RawTable, dataset: Dataset, findings: list[Finding]
) -> None:
    for name in ("grades", "low_grade", "high_grade"):
        is_day = [is_calendar_day(text or "") for text in frame[name]]
        report(findings, "grade_is_day", dataset, raw, np.array(is_day, dtype=bool),
               f"cells of `{name}` are a day of the calendar: a spreadsheet made it of a grade or a range; set the "
               "column's format to text and write it again", "error")  # fmt: skip
    report_lone_kindergarten(frame["grades"], raw, dataset, findings)


def _report_nameless(
    frame: pl.DataFrame, raw: RawTable, dataset: Dataset, findings: list[Finding]
) -> None:
    nameless = frame["school_id"].fill_null("").str.strip_chars() == ""
    report(findings, "no_school", dataset, raw, nameless.to_numpy(), "rows that name no school count nowhere")  # fmt: skip


def _report_numbers(
    frame: pl.DataFrame, raw: RawTable, dataset: Dataset, findings: list[Finding]
) -> None:
    for name in ("capacity", "enrollment"):
        strange = (frame[name].fill_null("").str.strip_chars() != "") & frame.select(whole_number(pl.col(name))).to_series().is_null()  # fmt: skip
        report(findings, "unknown_number", dataset, raw, strange.to_numpy(),
               f"cells of `{name}` that are no whole number count as unknown")  # fmt: skip


def _known(column: str) -> pl.Expr:
    """Whole numbers; those below zero are codes for missing, such as the -1, -2 and -9 of federal files."""
    number = whole_number(pl.col(column))
    return pl.when(number >= 0).then(number)


def rating_label(value: str, scheme: RatingScheme) -> str | None:
    """The label's id that a value has by a scheme; None where it is not rated or unknown."""
    if value == "" or value.lower() in _not_rated(scheme):
        return None
    if scheme.kind == "label":
        ids = [one.id for one in scheme.labels]
        if value in ids:
            return value
        # An id goes before a name that another label has.
        named = {one.name.lower(): one.id for one in scheme.labels} | {
            one.lower(): one for one in ids
        }
        whole = re.sub(r"^(\d+)\.0+$", r"\1", value.lower())
        return named.get(value.lower(), named.get(whole))
    try:
        score = float(value)
    except ValueError:
        return None
    if not math.isfinite(score):
        return None
    earned = [one for one in scheme.labels if one.min is None or score >= one.min]
    low = float("-inf")
    return max(earned, key=lambda one: low if one.min is None else one.min).id if earned else None


def _not_rated(scheme: RatingScheme) -> set[str]:
    return {one.lower() for one in scheme.not_rated}
