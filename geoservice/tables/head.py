"""The beginning of a text table: its delimiter, its header, and lines above the header."""

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from geoservice.errors import InputError
from geoservice.tables.header import (
    SEARCHED_ROWS,
    Header,
    expected_count,
    filled_count,
    find_header,
    has_all_expected,
)
from geoservice.tables.layout import TableLayout

_BLOCK = 1 << 20
_MAX_COLUMNS = 10_000
_DELIMITERS = (",", ";", "\t", "|")
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\r?(?:\n|$)', re.IGNORECASE)
"""A first line that states the delimiter for Excel."""


@dataclass(frozen=True)
class Head:
    """Facts from the beginning of a text table.

    Attributes
    ----------
    delimiter, newline
        Text between cells and at the end of lines.
    header
        The header; its row number counts all rows of the file, including blank rows.
    lines_above
        Physical lines of the file before the (last) row of the header.
    has_separator_line
        True if the first line is ``sep=;``.
    """

    delimiter: str
    newline: str
    header: Header
    lines_above: int
    has_separator_line: bool = False


def read_head(utf8_path: Path, name: str, delimiter: str | None, layout: TableLayout) -> Head:
    """Find delimiter and header of a text table in UTF-8.

    Raises
    ------
    InputError
        If there is no header, or it has too many columns.
    """
    with utf8_path.open(encoding="utf-8-sig", newline="") as stream:
        start = stream.read(_BLOCK)
        if layout.header_row is not None and layout.header_row > SEARCHED_ROWS:
            start += stream.read(_BLOCK * 16)
    separator = _SEPARATOR_LINE.match(start)
    if separator is not None:
        heads = [_head(start, delimiter or separator[1], layout, name, has_separator_line=True)]
    elif delimiter is not None:
        heads = [_head(start, delimiter, layout, name)]
    else:
        heads = _heads(start, layout, name)
    best = max(heads, key=lambda head: _fit(head, layout))
    if not filled_count(best.header.names):
        raise InputError(f"`{name}` has no header line with column names.")
    if len(best.header.names) > _MAX_COLUMNS:
        raise InputError(f"`{name}` has more than {_MAX_COLUMNS} columns.")
    if any("\n" in cell for cell in best.header.names):
        _refuse_open_quote(start, best, name)
    return best


def _refuse_open_quote(start: str, head: Head, name: str) -> None:
    """Refuse a header with an unclosed quotation mark: its cell would include rows."""
    lines = io.StringIO(start, newline="").readlines()[head.lines_above :]
    try:
        next(csv.reader(lines, delimiter=head.delimiter, strict=True))
    except csv.Error as fault:
        row = head.header.row + 1
        raise InputError(
            f"`{name}`, row {row}: a quotation mark of the header is not closed. Mend that line.",
            row=row,
        ) from fault


def _heads(start: str, layout: TableLayout, name: str) -> list[Head]:
    """Return the head by the first line's delimiter, and by other delimiters if in doubt."""
    first_delimiter = _delimiter(start)
    head = _head(start, first_delimiter, layout, name)
    rows = _records(start, first_delimiter, 2)
    is_even = len(rows) < 2 or len(rows[1][1]) == len(rows[0][1])
    is_expected = not layout.expected or has_all_expected(head.header, layout)
    if head.header.row == 0 and len(head.header.names) > 1 and is_even and is_expected:
        return [head]
    others = [
        delimiter
        for delimiter in _DELIMITERS
        if delimiter != first_delimiter and delimiter in start
    ]
    return [head, *(_head(start, delimiter, layout, name) for delimiter in others)]


def _head(
    start: str, delimiter: str, layout: TableLayout, name: str, *, has_separator_line: bool = False
) -> Head:
    record_limit = max(SEARCHED_ROWS, layout.header_row or 0)
    records = _records(start, delimiter, record_limit)
    rows: list[list[str]] = [cells for _, cells in records]
    if has_separator_line and rows:
        rows[0] = []
    header = find_header(rows, layout, name)
    lines_above = records[header.row][0] if records else 0
    newline = "\r\n" if "\r\n" in start else "\n"
    return Head(delimiter, newline, header, lines_above, has_separator_line)


def _records(start: str, delimiter: str, record_limit: int) -> list[tuple[int, list[str]]]:
    """Return the first records, each with the number of physical lines before it."""
    reader = csv.reader(io.StringIO(start, newline=""), delimiter=delimiter)
    records = []
    lines = 0
    try:
        for cells in reader:
            records.append((lines, cells))
            lines = reader.line_num
            if len(records) >= record_limit:
                break
    except csv.Error:  # An odd quotation mark further down; the records above it are complete.
        pass
    return records


def _fit(head: Head, layout: TableLayout) -> tuple[int, int]:
    return expected_count(head.header, layout), filled_count(head.header.names)


def _delimiter(start: str) -> str:
    """Return the most frequent delimiter of the first line, outside quotation marks."""
    line: list[str] = []
    quoted = False
    for character in start:
        quoted ^= character == '"'
        if character in "\r\n" and not quoted:
            break
        if not quoted:
            line.append(character)
    counts = {delimiter: line.count(delimiter) for delimiter in _DELIMITERS}
    best = max(counts, key=lambda delimiter: counts[delimiter])
    return best if counts[best] else ","
