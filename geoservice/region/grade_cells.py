"""Cells that state grades: read row by row, so that a cell that says none costs its own row alone."""

from collections.abc import Callable

import polars as pl

from geoservice.errors import InputError
from geoservice.model.grades import expand_grades, is_calendar_day
from geoservice.model.layers import Finding
from geoservice.region.fields import report
from geoservice.region.manifest import Dataset
from geoservice.region.raw_table import RawTable

_KINDERGARTEN = ("K5", "K4")


def stated_grades(
    written: pl.Series, raw: RawTable, dataset: Dataset, findings: list[Finding]
) -> pl.Series:
    """The grades of each row, a list of CEDS codes in school order.

    An empty cell has the grades of the dataset. Null stands where a cell holds something that is no
    grade: these rows are reported as left out, and the caller leaves them out.
    """
    by_text: dict[str | None, list[str] | None] = {}
    for text in written.unique(maintain_order=True).to_list():
        by_text[text] = _grades_of(text) if text else list(dataset.grades)
    unread = {text for text, grades in by_text.items() if grades is None}
    days = {text for text in unread if text is not None and is_calendar_day(text)}

    def tell(code: str, texts: Callable[[str | None], bool], message: str, severity: str) -> None:
        rows = pl.Series([texts(text) for text in written], dtype=pl.Boolean).to_numpy()
        report(findings, code, dataset, raw, rows, message, severity)

    tell("unknown_grade", lambda text: text in unread - days,
         "rows whose `grades` hold a code that is no grade were left out; write CEDS codes such as "
         "`KG-05`", "error")  # fmt: skip
    tell("grade_is_day", lambda text: text in days,
         "rows whose `grades` are a day of the calendar were left out: a spreadsheet made it of a "
         "range such as `3-5`; set the column's format to text and write the range again", "error")  # fmt: skip
    report_lone_kindergarten(written, raw, dataset, findings)
    return pl.Series("grades", [by_text[text] for text in written], dtype=pl.List(pl.String))


def report_lone_kindergarten(
    written: pl.Series, raw: RawTable, dataset: Dataset, findings: list[Finding]
) -> None:
    """Ask about cells that are `K5` or `K4` alone: they may be meant as a range."""
    is_alone = written.fill_null("").str.to_uppercase().str.strip_chars().is_in(_KINDERGARTEN)
    text = (
        "rows whose `grades` are `K5` or `K4` were read as kindergarten of that age; where a range is "
        "meant, write `K-5`"
    )
    report(findings, "kindergarten_alone", dataset, raw, is_alone.to_numpy(), text, "warning")


def _grades_of(text: str) -> list[str] | None:
    try:
        return list(expand_grades(text))
    except InputError:
        return None
