"""Grades in table cells; an unreadable cell excludes only its row."""

from collections.abc import Callable

import polars as pl

from geoservice.errors import InputError
from geoservice.model.grades import expand_grades, is_calendar_day
from geoservice.model.layers import Finding
from geoservice.region.fields import report_rows
from geoservice.region.manifest import Dataset
from geoservice.region.raw_table import RawTable

_KINDERGARTEN = ("K5", "K4")


def stated_grades(
    written: pl.Series, raw: RawTable, dataset: Dataset, findings: list[Finding]
) -> pl.Series:
    """Return the grades of each row as a list of CEDS codes in school order.

    An empty cell gets the grades of the dataset. An unreadable cell gives null and is reported;
    the caller leaves its row out.
    """
    by_text: dict[str | None, list[str] | None] = {}
    for text in written.unique(maintain_order=True).to_list():
        by_text[text] = _grades_of(text) if text else list(dataset.grades)
    unread = {text for text, grades in by_text.items() if grades is None}
    days = {text for text in unread if text is not None and is_calendar_day(text)}

    def report(code: str, texts: Callable[[str | None], bool], message: str, severity: str) -> None:
        rows = pl.Series([texts(text) for text in written], dtype=pl.Boolean).to_numpy()
        report_rows(findings, code, dataset, raw, rows, message, severity)

    report(
        "unknown_grade",
        lambda text: text in unread - days,
        "[row|rows] with an unknown code in `grades` [was|were] left out; write CEDS "
        "codes such as `KG-05`",
        "error",
    )
    report(
        "grade_is_day",
        lambda text: text in days,
        "[row|rows] with a date in `grades` [was|were] left out: a spreadsheet "
        "changed a range such as `3-5` "
        "to a date; set the column's format to text and write the range again",
        "error",
    )
    report_lone_kindergarten(written, raw, dataset, findings)
    return pl.Series("grades", [by_text[text] for text in written], dtype=pl.List(pl.String))


def report_lone_kindergarten(
    written: pl.Series, raw: RawTable, dataset: Dataset, findings: list[Finding]
) -> None:
    """Report the cells `K5` and `K4`, which may stand for a range."""
    is_alone = written.fill_null("").str.to_uppercase().str.strip_chars().is_in(_KINDERGARTEN)
    text = (
        "[row|rows] with `K5` or `K4` in `grades` [was|were] read as kindergarten for that age; "
        "for a range, write `K-5`"
    )
    report_rows(findings, "kindergarten_alone", dataset, raw, is_alone.to_numpy(), text, "warning")


def _grades_of(text: str) -> list[str] | None:
    try:
        return list(expand_grades(text))
    except InputError:
        return None
