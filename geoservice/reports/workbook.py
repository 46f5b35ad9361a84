"""All numbers of a report pack as a workbook: a sheet per figure, all measures by area.

Numbers are numbers, printed as the reports print them. Every sheet prints on letter paper,
landscape, as wide as the page, with its heading row on every page.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from geoservice.cartography.data.exports import data_frame
from geoservice.cartography.figure.cells import AT_LEAST, AT_MOST, Column, Value
from geoservice.cartography.figure.figure import Drawing
from geoservice.reports.printed_book import COUNT, FORMATS, MOST_TEXT, PrintedBook, safe_text
from geoservice.reports.report import Report
from geoservice.reports.texts import ReportTexts
from geoservice.tables.writing import neutralised

_BOUNDS = {AT_MOST: "≤ ", AT_LEAST: "≥ "}
_NAME, _NUMBER, _STATUS, _MEASURE = 28, 13, 11, 48
"""Widths of columns in characters."""


def write_workbook(
    target: Path, reports: Sequence[Report], drawings: Sequence[Drawing], texts: ReportTexts
) -> None:
    """Write the workbook; ``drawings`` are the figures of the district."""
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        writer = _Writer(PrintedBook(book, reports[0].first.region_name), texts)
        writer.write_about(drawings)
        writer.write_glance(reports)
        for drawing in drawings:
            writer.write_figure(drawing)


class _Writer:
    """Writes the sheets of a report pack. xlsxwriter has no types."""

    def __init__(self, book: PrintedBook, texts: ReportTexts) -> None:
        self._book, self._texts = book, texts

    def write_about(self, drawings: Sequence[Drawing]) -> None:
        """Write region, year and snapshot, then title and method of each sheet."""
        first_drawing, texts = drawings[0], self._texts
        sheet = self._book.sheet(texts("workbook_about"), first_drawing.region_name)
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 2, 60, self._book.wrapped)
        lines = [
            ("", first_drawing.region_name, first_drawing.subtitle),
            ("", texts("workbook_text"), ""),
            (texts("snapshot"), first_drawing.snapshot, texts("profile")),
            *((drawing.definition.id, drawing.title, drawing.method) for drawing in drawings),
        ]
        for row, cells in enumerate(lines):
            for column, text in enumerate(cells):
                style = self._book.bold if column == 0 else None
                sheet.write_string(row, column, text[:MOST_TEXT], style)

    def write_glance(self, reports: Sequence[Report]) -> None:
        """Write measures down, areas across, the district last."""
        areas, district = [report for report in reports if report.area], reports[-1]
        sheet = self._book.sheet(self._texts("at_a_glance"), district.first.subtitle)
        sheet.set_column(0, 0, _MEASURE)
        sheet.set_column(1, len(areas) + 1, _NUMBER + 3)
        names = [report.name for report in areas]
        self._book.write_heads(sheet, [self._texts("measure"), *names, self._texts("district")])
        columns = [{line.measure: line.area for line in report.glance} for report in areas]
        for row, line in enumerate(district.glance, 1):
            sheet.write_string(row, 0, safe_text(line.measure))
            values = [column.get(line.measure) for column in columns]
            for column_index, value in enumerate([*values, line.district], 1):
                self._write_value(sheet, (row, column_index), value, line.unit)

    def write_figure(self, drawing: Drawing) -> None:
        """Write the table of a figure: each number, then its status."""
        sheet = self._book.sheet(drawing.definition.id, f"{drawing.title} {drawing.subtitle}")
        frame = neutralised(data_frame(drawing))
        heads: list[str] = []
        for column in drawing.columns:
            index = len(heads)
            heads += [column.title, *([self._texts("status")] if column.unit else [])]
            self._write_column(sheet, index, column, frame[column.id].to_list())
            if column.unit:
                status = frame[f"{column.id}_status"].to_list()
                self._write_column(sheet, index + 1, Column("status", ""), status)
        self._book.write_heads(sheet, heads)

    def _write_column(
        self,
        sheet: Any,  # noqa: ANN401
        index: int,
        column: Column,
        cells: Sequence[object],
    ) -> None:
        is_name = column.id == "name" or column.id.endswith("_name")
        width = _STATUS if column.id == "status" else _NAME if is_name else _NUMBER
        sheet.set_column(index, index, width)
        style = self._book.number(FORMATS.get(column.unit, COUNT))
        for row, cell in enumerate(cells, 1):
            if isinstance(cell, str):
                sheet.write_string(row, index, cell[:MOST_TEXT])
            elif cell is not None:
                sheet.write_number(row, index, cell, style)

    def _write_value(
        self,
        sheet: Any,  # noqa: ANN401
        place: tuple[int, int],
        value: Value | None,
        unit: str,
    ) -> None:
        """Write a number as it is printed; a bound keeps its sign in its format."""
        if value is None:
            return
        if value.number is None:
            sheet.write_string(*place, safe_text(value.text), self._book.right)
            return
        bound = _BOUNDS.get(value.status, "")
        pattern = FORMATS.get(unit, COUNT)
        pattern = f'"{bound}"{pattern}' if bound else pattern
        sheet.write_number(*place, value.number, self._book.number(pattern))
