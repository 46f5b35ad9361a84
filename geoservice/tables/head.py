"""The beginning of a text table: its delimiter, its header, and what stands above it."""

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from geoservice.errors import InputError
from geoservice.tables.header import (
    LOOKED_AT,
    Header,
    filled_count,
    find_header,
    has_all_wanted,
    wanted_count,
)
from geoservice.tables.layout import Layout

_BLOCK = 1 << 20
_MOST_COLUMNS = 10_000
_DELIMITERS = (",", ";", "\t", "|")
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\r?(?:\n|$)', re.IGNORECASE)
"""The first line by which Excel is told the delimiter."""


@dataclass(frozen=True)
class Head:
    """What the beginning of a text table says.

    Attributes
    ----------
    delimiter, newline
        How cells and lines end.
    header
        The header; its row counts all rows of the file, also blank ones.
    lines_above
        Physical lines of the file before the (last) row of the header.
    has_separator_line
        True where the first line is ``sep=;``.
    """

    delimiter: str
    newline: str
    header: Header
    lines_above: int
    has_separator_line: bool = False


def read_head(plain: Path, name: str, delimiter: str | None, layout: Layout) -> Head:
    """Find delimiter and header of a text table in UTF-8.

    Raises
    ------
    InputError
        Where there is no header, or it has too many columns.
    """
    with plain.open(encoding="utf-8-sig", newline="") as stream:
        start = stream.read(_BLOCK)
        if layout.header_row is not None and layout.header_row > LOOKED_AT:
            start += stream.read(_BLOCK * 16)
    separator = _SEPARATOR_LINE.match(start)
    if separator is not None:
        heads = [_head(start, delimiter or separator[1], layout, name, is_told=True)]
    elif delimiter is not None:
        heads = [_head(start, delimiter, layout, name)]
    else:
        heads = _heads(start, layout, name)
    best = max(heads, key=lambda head: _fit(head, layout))
    if not filled_count(best.header.names):
        raise InputError(f"`{name}` has no header line with column names.")
    if len(best.header.names) > _MOST_COLUMNS:
        raise InputError(f"`{name}` has more than {_MOST_COLUMNS} columns.")
    if any("\n" in cell for cell in best.header.names):
        _refuse_open_quote(start, best, name)
    return best


def _refuse_open_quote(start: str, head: Head, name: str) -> None:
    """Refuse a header whose quotation mark is not closed: it would swallow rows."""
    lines = io.StringIO(start, newline="").readlines()[head.lines_above :]
    try:
        next(csv.reader(lines, delimiter=head.delimiter, strict=True))
    except csv.Error as fault:
        row = head.header.row + 1
        raise InputError(
            f"`{name}`, row {row}: a quotation mark of the header is not closed. Mend that line.",
            row=row,
        ) from fault


def _heads(start: str, layout: Layout, name: str) -> list[Head]:
    """The head by the first line's delimiter, and by the others where it is not surely right."""
    first = _delimiter(start)
    head = _head(start, first, layout, name)
    rows = _records(start, first, 2)
    is_even = len(rows) < 2 or len(rows[1][1]) == len(rows[0][1])
    is_wanted = not layout.wanted or has_all_wanted(head.header, layout)
    if head.header.row == 0 and len(head.header.names) > 1 and is_even and is_wanted:
        return [head]
    others = [other for other in _DELIMITERS if other != first and other in start]
    return [head, *(_head(start, other, layout, name) for other in others)]


def _head(
    start: str, delimiter: str, layout: Layout, name: str, *, is_told: bool = False
) -> Head:  # fmt: skip
    most = max(LOOKED_AT, layout.header_row or 0)
    records = _records(start, delimiter, most)
    rows: list[list[str]] = [cells for _, cells in records]
    if is_told and rows:
        rows[0] = []
    header = find_header(rows, layout, name)
    lines_above = records[header.row][0] if records else 0
    newline = "\r\n" if "\r\n" in start else "\n"
    return Head(delimiter, newline, header, lines_above, is_told)


def _records(start: str, delimiter: str, most: int) -> list[tuple[int, list[str]]]:
    """The first records, each with the number of physical lines before it."""
    reader = csv.reader(io.StringIO(start, newline=""), delimiter=delimiter)
    records = []
    lines = 0
    try:
        for cells in reader:
            records.append((lines, cells))
            lines = reader.line_num
            if len(records) >= most:
                break
    except csv.Error:  # An odd quotation mark far below; what stands above it was read.
        pass
    return records


def _fit(head: Head, layout: Layout) -> tuple[int, int]:
    return wanted_count(head.header, layout), filled_count(head.header.names)


def _delimiter(start: str) -> str:
    """The delimiter that stands most often in the first line, outside quotation marks."""
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
