"""The tables of schools, ratings and seats."""

import math
import re
from collections.abc import Mapping

import numpy as np
import polars as pl

from geoservice.model.grades import is_calendar_day
from geoservice.model.layers import RATINGS, SCHOOLS, SEATS, Finding
from geoservice.model.region import RatingScheme
from geoservice.model.years import school_years_in
from geoservice.region.fields import (
    id_of,
    mapped,
    refuse_district,
    report_rows,
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
    """Return the table of schools, schema model.layers.SCHOOLS."""
    raw = read_raw(dataset)
    frame = mapped(raw, dataset, tuple(SCHOOLS), findings, needed=("id",))
    frame = with_position(frame, raw, dataset, findings)
    _report_numbers(frame, raw, dataset, findings)
    _report_days(frame, raw, dataset, findings)
    years = {name: school_years_in(frame[name]) for name in ("first_year", "last_year")}
    _report_years(frame, years, raw, dataset, findings)
    frame = frame.with_columns(
        id=id_of(pl.col("id")),
        other_id=id_of(pl.col("other_id")),
        name=pl.coalesce("name", "id"),
        grades=served_grades(frame, dataset.level_grades),
        capacity=_count("capacity"),
        enrollment=_count("enrollment"),
        programs=pl.col("programs").str.replace_all(r"\s*[;|]\s*", "; "),
        **years,
    ).with_columns(low_grade=pl.col("grades").list.first(), high_grade=pl.col("grades").list.last())
    refuse_district(frame["id"], dataset)
    is_kept = _with_unique_id(frame, raw, dataset, findings)
    _report_incomplete(frame, raw, dataset, findings)
    return frame.filter(is_kept).select(typed(SCHOOLS))


def _with_unique_id(
    frame: pl.DataFrame, raw: RawTable, dataset: Dataset, findings: list[Finding]
) -> pl.Series:
    """Return True for the first school with each id; report the other rows."""
    has_id = frame["id"].fill_null("") != ""
    report_rows(
        findings,
        "no_id",
        dataset,
        raw,
        ~has_id.to_numpy(),
        "[school|schools] without an id [was|were] left out; fill the "
        "column mapped as `id`, or map a column that is filled in every row",
        "error",
    )
    is_repeated = (
        frame["id"].is_duplicated() & ~frame["id"].is_first_distinct() & has_id
    ).to_numpy()
    report_rows(
        findings,
        "duplicate_id",
        dataset,
        raw,
        is_repeated,
        "[school|schools] with the id of an earlier row [was|were] left out",
        "error",
    )
    return has_id & ~pl.Series(is_repeated)


def _report_incomplete(
    frame: pl.DataFrame, raw: RawTable, dataset: Dataset, findings: list[Finding]
) -> None:
    """Report schools without coordinates or grades."""
    report_rows(
        findings,
        "no_position",
        dataset,
        raw,
        frame["lon"].is_null().to_numpy(),
        "[school|schools] without coordinates [is|are] not on the map",
    )
    serves_none = (frame["grades"].list.len() == 0).to_numpy()
    text = (
        "[school|schools] whose grades are missing, unreadable or in descending "
        "order [serves|serve] no grade"
    )
    report_rows(findings, "unknown_grades", dataset, raw, serves_none, text)


def _report_years(
    frame: pl.DataFrame,
    years: Mapping[str, pl.Series],
    raw: RawTable,
    dataset: Dataset,
    findings: list[Finding],
) -> None:
    """Report unreadable years of opening and closing."""
    for name, school_years in years.items():
        strange = (frame[name].fill_null("") != "") & school_years.is_null()
        report_rows(
            findings,
            "unknown_year",
            dataset,
            raw,
            strange.to_numpy(),
            f"[school|schools] whose `{name}` is not a school year or date [counts|count] as open "
            "without that limit",
        )


def read_ratings(dataset: Dataset, manifest: Manifest, findings: list[Finding]) -> pl.DataFrame:
    """Return the table of ratings, schema model.layers.RATINGS."""
    raw = read_raw(dataset)
    frame = mapped(raw, dataset, ("school_id", "year", "value"), findings, needed=("school_id",))
    scheme = next(scheme for scheme in manifest.info.schemes if scheme.id == dataset.scheme)
    values = frame["value"].fill_null("")
    unique = values.unique().to_list()
    labels = {value: rating_label(value, scheme) for value in unique}
    codes = _not_rated(scheme)
    strange = values.is_in(
        [value for value in unique if labels[value] is None and value.lower() not in codes]
    )
    report_rows(
        findings,
        "unknown_rating",
        dataset,
        raw,
        strange.to_numpy(),
        "[rating|ratings] that the scheme does not list [counts|count] as not rated",
    )
    _report_nameless(frame, raw, dataset, findings)
    year = school_years_in(frame["year"])
    if "year" not in dataset.fields:  # The file has a single year.
        year = year.set(frame["year"].fill_null("") == "", manifest.info.school_year)
    dated = year.is_not_null()
    report_rows(
        findings,
        "unknown_year",
        dataset,
        raw,
        ~dated.to_numpy(),
        "[rating|ratings] without a school year [was|were] left out",
    )
    frame = frame.with_columns(
        school_id=id_of(pl.col("school_id")),
        scheme=pl.lit(scheme.id),
        year=year,
        value=values,
        label=values.replace_strict(labels, return_dtype=pl.String),
    ).filter(dated)
    return frame.select(typed(RATINGS))


def read_seats(dataset: Dataset, manifest: Manifest, findings: list[Finding]) -> pl.DataFrame:
    """Return the table of seats, schema model.layers.SEATS."""
    raw = read_raw(dataset)
    frame = mapped(raw, dataset, tuple(SEATS), findings, needed=("school_id", "year"))
    _report_nameless(frame, raw, dataset, findings)
    _report_numbers(frame, raw, dataset, findings)
    frame = frame.with_columns(
        school_id=id_of(pl.col("school_id")),
        year=school_years_in(frame["year"]),
        capacity=_count("capacity"),
        enrollment=_count("enrollment"),
    )
    dated = frame["year"].is_not_null()
    report_rows(
        findings,
        "unknown_year",
        dataset,
        raw,
        ~dated.to_numpy(),
        "[row|rows] of seats without a school year [was|were] left out",
    )
    return frame.filter(dated).select(typed(SEATS))


def _report_days(
    frame: pl.DataFrame, raw: RawTable, dataset: Dataset, findings: list[Finding]
) -> None:
    for name in ("grades", "low_grade", "high_grade"):
        is_day = [is_calendar_day(text or "") for text in frame[name]]
        report_rows(
            findings,
            "grade_is_day",
            dataset,
            raw,
            np.array(is_day, dtype=bool),
            f"[cell|cells] of `{name}` [is a date|are dates]: a spreadsheet changed a "
            "grade or range to a date; set "
            "the column's format to text and write the grades again",
            "error",
        )
    report_lone_kindergarten(frame["grades"], raw, dataset, findings)


def _report_nameless(
    frame: pl.DataFrame, raw: RawTable, dataset: Dataset, findings: list[Finding]
) -> None:
    nameless = frame["school_id"].fill_null("").str.strip_chars() == ""
    report_rows(
        findings,
        "no_school",
        dataset,
        raw,
        nameless.to_numpy(),
        "[row|rows] without a school [is|are] not used",
    )


def _report_numbers(
    frame: pl.DataFrame, raw: RawTable, dataset: Dataset, findings: list[Finding]
) -> None:
    for name in ("capacity", "enrollment"):
        strange = (frame[name].fill_null("").str.strip_chars() != "") & frame.select(
            whole_number(pl.col(name))
        ).to_series().is_null()
        report_rows(
            findings,
            "unknown_number",
            dataset,
            raw,
            strange.to_numpy(),
            f"[cell|cells] of `{name}` "
            "[that is not a whole number counts|that are not whole numbers count] as unknown",
        )


def _count(column: str) -> pl.Expr:
    """Return whole numbers; negative numbers are codes for missing (-1, -2, -9 in NCES files)."""
    number = whole_number(pl.col(column))
    return pl.when(number >= 0).then(number)


def rating_label(value: str, scheme: RatingScheme) -> str | None:
    """Return the label id of a value by a scheme; None if not rated or unknown."""
    if value == "" or value.lower() in _not_rated(scheme):
        return None
    if scheme.kind == "label":
        ids = [label.id for label in scheme.labels]
        if value in ids:
            return value
        # Ids precede the names of other labels.
        named = {label.name.lower(): label.id for label in scheme.labels} | {
            label_id.lower(): label_id for label_id in ids
        }
        whole_number = re.sub(r"^(\d+)\.0+$", r"\1", value.lower())
        return named.get(value.lower(), named.get(whole_number))
    try:
        score = float(value)
    except ValueError:
        return None
    if not math.isfinite(score):
        return None
    earned = [label for label in scheme.labels if label.min is None or score >= label.min]
    low = float("-inf")
    return (
        max(earned, key=lambda label: low if label.min is None else label.min).id
        if earned
        else None
    )


def _not_rated(scheme: RatingScheme) -> set[str]:
    return {code.lower() for code in scheme.not_rated}
