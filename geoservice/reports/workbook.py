"""All numbers of a report pack as one XLSX workbook: a sheet per figure, and all measures by area."""

import datetime
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from geoservice.cartography.exports import data_frame
from geoservice.cartography.figure import Drawing
from geoservice.reports.report import Report
from geoservice.reports.texts import ReportTexts
from geoservice.tables.writing import neutralised

_FORMATS = {"share": "0.0%", "miles": "0.0", "gap": "+#,##0;-#,##0;0"}
_EPOCH = datetime.datetime(2000, 1, 1)
_MOST_TEXT = 32_767


def write_workbook(
    target: Path, reports: Sequence[Report], drawings: Sequence[Drawing], texts: ReportTexts
) -> None:
    """Write the workbook; ``drawings`` are the figures of the whole district."""
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties({"title": reports[0].first.region_name, "created": _EPOCH})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        _about(book.add_worksheet(_sheet_name(texts("workbook_about"))), drawings, texts, bold)
        _glance(book.add_worksheet(_sheet_name(texts("at_a_glance"))), reports, texts, bold)
        for drawing in drawings:
            _figure(book, drawing, bold)


def _about(sheet: Any, drawings: Sequence[Drawing], texts: ReportTexts, bold: Any) -> None:  # noqa: ANN401 - xlsxwriter has no types
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 2, 70)
    first = drawings[0]
    lines = [("", first.region_name, first.subtitle), ("", texts("workbook_text"), ""),
             (texts("snapshot"), first.snapshot, texts("profile")), *(
        (drawing.definition.id, drawing.title, drawing.method) for drawing in drawings)]  # fmt: skip
    for at, cells in enumerate(lines):
        for column, text in enumerate(cells):
            sheet.write_string(at, column, text[:_MOST_TEXT], *([bold] if column == 0 else []))


def _glance(sheet: Any, reports: Sequence[Report], texts: ReportTexts, bold: Any) -> None:  # noqa: ANN401
    """Measures down, areas across, the district last; texts as printed."""
    areas = [one for one in reports if one.area]
    sheet.set_column(0, 0, 48)
    sheet.set_column(1, len(areas) + 1, 16)
    for at, text in enumerate([texts("measure"), *(one.name for one in areas), texts("district")]):
        sheet.write_string(0, at, _safe(text), bold)
    columns = [{line.measure: line.here for line in one.glance} for one in areas]
    for row, line in enumerate(reports[0].glance, 1):
        cells = [line.measure, *(one.get(line.measure, "") for one in columns), line.district]
        for at, text in enumerate(cells):
            sheet.write_string(row, at, _safe(text))
    sheet.freeze_panes(1, 1)


def _figure(book: Any, drawing: Drawing, bold: Any) -> None:  # noqa: ANN401
    sheet = book.add_worksheet(_sheet_name(drawing.definition.id))
    frame = neutralised(data_frame(drawing))
    units = {one.id: one.unit for one in drawing.columns}
    for at, name in enumerate(frame.columns):
        shown = book.add_format({"num_format": _FORMATS.get(units.get(name, ""), "#,##0")})
        sheet.set_column(at, at, 26 if name.endswith("name") else 14)
        sheet.write_string(0, at, name, bold)
        for line, cell in enumerate(frame[name].to_list(), 1):
            if isinstance(cell, str):
                sheet.write_string(line, at, cell[:_MOST_TEXT])
            elif cell is not None:
                sheet.write_number(line, at, cell, shown)
    sheet.freeze_panes(1, 1)


def _sheet_name(text: str) -> str:
    return re.sub(r"[\[\]:*?/\\]", " ", text)[:31]


def _safe(text: str) -> str:
    """A text that no program takes for a formula; printed numbers stay as they are."""
    risky = text[:1] in ("=", "@", "\t", "\r") or (
        text[:1] in ("+", "-") and not text[1:2].isdigit()
    )
    return f"'{text}" if risky else text
