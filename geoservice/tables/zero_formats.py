"""Numbers that a spreadsheet shows with leading zeros: ids and ZIPs formatted as ``00000``.

The cell holds 2134, people see 02134. The cell reader returns only the number, so this module
reads the formats from the file. Only XLSX files with such formats are read twice.
"""

import re
import zipfile
from pathlib import Path

import polars as pl
from defusedxml import ElementTree

from geoservice.tables.bombs import ARCHIVE_FAULTS

_ZEROS = re.compile(r"0{2,15}(?:;.*)?")
_CELL = re.compile(rb"([A-Z]+)(\d+)")
_ATTRIBUTE = re.compile(rb'(\w+)="([^"]*)"')
_USED_COLUMN = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]+)\d+"(?:[^>]*[^/])?>')
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_PACKAGE = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


def with_leading_zeros(cells: pl.DataFrame, path: Path, sheet: int) -> pl.DataFrame:
    """Return the cells of a sheet (its index from 0) with the leading zeros of their formats."""
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        return cells
    try:
        with zipfile.ZipFile(path) as book:
            widths = _widths(book)
            digits_by_column = _shown(book, sheet, widths) if widths else {}
    except (*ARCHIVE_FAULTS, KeyError, IndexError, ElementTree.ParseError):
        return cells  # The cells are readable; their format is no reason to refuse the file.
    columns = {}
    for place, formats in digits_by_column.items():
        if place >= cells.width or not formats:
            continue
        column = cells.columns[place]
        width = pl.Series(
            [formats.get(row, 0) for row in range(1, len(cells) + 1)], dtype=pl.UInt32
        )
        is_number = cells[column].str.contains(r"^\d+$").fill_null(value=False)
        padded = cells.select(pl.col(column).str.pad_start(width, "0")).to_series()
        columns[column] = padded.zip_with(is_number & (width > 0), cells[column])
    return cells.with_columns(**columns)


def _widths(book: zipfile.ZipFile) -> dict[int, int]:
    """Return the number of digits by cell style, for styles with leading zeros."""
    if "xl/styles.xml" not in book.namelist():
        return {}
    styles = ElementTree.fromstring(book.read("xl/styles.xml"))
    codes = {
        number_format.get("numFmtId"): str(number_format.get("formatCode"))
        for number_format in styles.iter(f"{_SHEET}numFmt")
    }
    digits = {
        format_id: len(code.split(";")[0])
        for format_id, code in codes.items()
        if _ZEROS.fullmatch(code)
    }
    cell_styles = styles.find(f"{_SHEET}cellXfs")
    if cell_styles is None or not digits:
        return {}
    formats = [style.get("numFmtId") for style in cell_styles]
    return {place: digits[number] for place, number in enumerate(formats) if number in digits}


def _shown(book: zipfile.ZipFile, sheet: int, widths: dict[int, int]) -> dict[int, dict[int, int]]:
    """Return the number of displayed digits by column (from 0) and row (from 1).

    Columns count from the first used column, as in the cell reader. Regular expressions find the
    cells: an XML parser takes ten times as long.
    """
    content = book.read(_sheet_path(book, sheet))
    first_column = min(map(_column, set(_USED_COLUMN.findall(content))), default=0)
    styles = b"|".join(str(style).encode() for style in widths)
    digits_by_column: dict[int, dict[int, int]] = {}
    for cell in re.finditer(rb'<(?:\w+:)?c\b(?=[^>]*\bs="(?:%s)")([^>]*[^/])>' % styles, content):
        attributes = dict(_ATTRIBUTE.findall(cell[1]))
        place = _CELL.fullmatch(attributes.get(b"r", b""))
        if place and attributes.get(b"t", b"n") == b"n":
            width = widths[int(attributes[b"s"])]
            digits_by_column.setdefault(_column(place[1]) - first_column, {})[int(place[2])] = width
    return digits_by_column


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1


def _sheet_path(book: zipfile.ZipFile, sheet: int) -> str:
    workbook = ElementTree.fromstring(book.read("xl/workbook.xml"))
    listed = list(workbook.iter(f"{_SHEET}sheet"))
    relations = ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))
    targets = {relation.get("Id"): relation.get("Target") for relation in relations.iter(_PACKAGE)}
    target = str(targets[listed[sheet].get(_RELATION)])
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
