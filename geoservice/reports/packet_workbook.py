"""The workbook of a board packet: the summary, then all numbers by district, school and area."""

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import xlsxwriter

from geoservice.planning.numbers import NO_DATA, OF_CHANGE, SHOWN, TODAY
from geoservice.reports.packet import BoardPacket
from geoservice.reports.printed_book import COUNT, FORMATS, MOST_TEXT, PrintedBook, safe_text
from geoservice.reports.texts import ReportTexts

_UNITS = {
    "utilisation": "share",
    "in_quality_share": "share",
    "beyond_walking_share": "share",
    "distance_mean_miles": "miles",
    "distance_median_miles": "miles",
    "compactness": "index",
}
"""Measures that are no counts, with their units."""
_SUBGROUP_UNITS = {
    "share": "share",
    "dissimilarity": "index",
    "exposure": "index",
    "isolation": "index",
}
_DECIMAL_COUNT = "#,##0.0"
"""The format of students of a coming year, which a forecast gives with a digit."""
_CHANGE = "+{0};-{0};0"
_SHEETS = ("district", "school", "area")
_ID, _NAME, _YEAR, _MEASURE, _NUMBER = 14, 32, 12, 58, 14
"""Widths of columns in characters."""


def packet_workbook(packet: BoardPacket) -> bytes:
    """Return the workbook; headings and measures are words of the packet's language."""
    texts, target = ReportTexts(packet.lang), io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(target, options) as book:
        writer = _PacketWriter(PrintedBook(book, packet.name), packet, texts)
        writer.write_about()
        writer.write_glance()
        for kind in _SHEETS:
            writer.write_numbers(kind)
    return target.getvalue()


def measure_title(measure: str, texts: ReportTexts) -> str:
    """Return the words for a measure; the measures of a subgroup name the subgroup's column."""
    titles = texts.listed("scenario_measures")
    if measure in titles:
        return titles[measure]
    kind, _, subgroup = measure.partition("_")
    return texts(f"subgroup_{kind}", subgroup=subgroup)


def _pattern(measure: str, value: float) -> str:
    """Return the number format of a value; a forecast may give a part of a student."""
    unit = _UNITS.get(measure) or _SUBGROUP_UNITS.get(measure.partition("_")[0], "")
    return FORMATS.get(unit, COUNT if float(value).is_integer() else _DECIMAL_COUNT)


class _PacketWriter:
    """Writes the sheets of a packet. xlsxwriter has no types."""

    def __init__(self, book: PrintedBook, packet: BoardPacket, texts: ReportTexts) -> None:
        self._book, self._packet, self._texts = book, packet, texts

    def write_about(self) -> None:
        """Write scenario, region, year and profile, then the meaning of the measures."""
        packet, texts = self._packet, self._texts
        sheet = self._book.sheet(texts("workbook_about"), packet.name)
        sheet.set_column(0, 0, _MEASURE, self._book.wrapped)
        sheet.set_column(1, 1, 90, self._book.wrapped)
        drawing = packet.drawings[0]
        lines = [
            (packet.name, drawing.region_name),
            (texts("packet_year"), packet.first_year),
            (texts("snapshot"), drawing.snapshot),
            ("", texts(f"packet_{packet.profile}")),
            ("", texts("packet_about")),
            ("", drawing.counts or texts("packet_own_counts")),
            *((title, texts.listed("scenario_meanings")[key]) for key, title in self._measures()),
        ]
        for row, (head, text) in enumerate(lines):
            sheet.write_string(row, 0, safe_text(head), self._book.bold)
            sheet.write_string(row, 1, safe_text(text)[:MOST_TEXT])

    def write_glance(self) -> None:
        """Write the packet's summary: each measure of the district today and in the scenario."""
        texts = self._texts
        sheet = self._book.sheet(texts("at_a_glance"), self._packet.name)
        sheet.set_column(0, 0, _MEASURE)
        sheet.set_column(1, 3, _NUMBER)
        self._book.write_heads(sheet, [texts("measure"), *self._sides()])
        titles = texts.listed("packet_measures")
        numbers = self._packet.numbers.filter(by="district", grade="all", year=TODAY)
        rows = {row["measure"]: row for row in numbers.iter_rows(named=True)}
        for line, measure in enumerate((name for name in titles if name in rows), 1):
            sheet.write_string(line, 0, titles[measure])
            self._write_values(sheet, line, 1, rows[measure])

    def write_numbers(self, kind: str) -> None:
        """Write a line for each year, unit, grade and measure of a kind of unit."""
        numbers = self._packet.numbers.filter(by=kind)
        texts, is_district = self._texts, kind == "district"
        sheet = self._book.sheet(texts(f"packet_by_{kind}"), self._packet.name)
        names = [] if is_district else [texts("packet_id"), texts(f"packet_name_{kind}")]
        heads = [*names, texts("packet_year"), texts("packet_grades"), texts("measure")]
        widths = [*([] if is_district else [_ID, _NAME]), _YEAR, _YEAR, _MEASURE, *[_NUMBER] * 3]
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        self._book.write_heads(sheet, [*heads, *self._sides()], len(names))
        sheet.autofilter(0, 0, max(len(numbers), 1), len(widths) - 1)
        for line, row in enumerate(numbers.iter_rows(named=True), 1):
            for column, text in enumerate(self._names(row, is_district)):
                sheet.write_string(line, column, safe_text(text)[:MOST_TEXT])
            self._write_values(sheet, line, len(heads), row)

    def _names(self, row: Mapping[str, Any], is_district: bool) -> Iterator[str]:
        """Yield the texts of a line: unit, year, grades and measure."""
        texts = self._texts
        if not is_district:
            yield from (row["unit"], row["name"])
        yield texts("packet_today") if row["year"] == TODAY else row["year"]
        yield texts("packet_all_grades") if row["grade"] == "all" else row["grade"]
        yield measure_title(row["measure"], texts)

    def _write_values(
        self,
        sheet: Any,  # noqa: ANN401
        line: int,
        column: int,
        row: Mapping[str, Any],
    ) -> None:
        """Write today's value, the scenario's value, and the change if both are shown."""
        measure, values = row["measure"], [row["before"], row["after"]]
        patterns = [_pattern(measure, value) for value in values if value is not None]
        for place, side in enumerate(("before", "after")):
            status = row[f"{side}_status"]
            if status == SHOWN:
                style = self._book.number(_pattern(measure, values[place]))
                sheet.write_number(line, column + place, values[place], style)
            elif side == "after" or measure not in OF_CHANGE:
                text = self._texts("no_data" if status == NO_DATA else "withheld")
                sheet.write_string(line, column + place, text, self._book.right)
        if len(patterns) == len(values):
            style = self._book.number(_CHANGE.format(max(patterns, key=len)))
            sheet.write_number(line, column + len(values), values[1] - values[0], style)

    def _sides(self) -> Sequence[str]:
        return [self._texts(f"packet_{side}") for side in ("today", "proposed", "change")]

    def _measures(self) -> Sequence[tuple[str, str]]:
        """Return each measure of the numbers with its title, as far as a meaning is written."""
        measures = self._packet.numbers["measure"].unique(maintain_order=True)
        meanings = self._texts.listed("scenario_meanings")
        return [
            (measure, measure_title(measure, self._texts))
            for measure in measures
            if measure in meanings
        ]
