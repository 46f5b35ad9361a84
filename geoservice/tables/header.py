"""Detection of a table's header, which may be any of the first rows, or two rows."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from geoservice.errors import InputError
from geoservice.tables.header_names import is_known_name, name_key
from geoservice.tables.layout import TableLayout

SEARCHED_ROWS = 60
"""Number of first rows that may hold a title, notes and the header."""
_MIN_NAMED_SHARE = 0.6
"""A header has names for at least this share of the columns of the fullest row."""
_MIN_KNOWN_NAMES = 2
_DATUM = re.compile(r"[-+$]?[\d.,]+%?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[ T].*)?")
Cells = Sequence[str]


@dataclass(frozen=True)
class Header:
    """The header of a table.

    Attributes
    ----------
    row
        Index of the (last) row of the header, from 0.
    names
        Its cells, unchanged.
    is_double
        True if two rows form the header.
    """

    row: int
    names: tuple[str, ...]
    is_double: bool = False


def find_header(rows: Sequence[Cells], layout: TableLayout, name: str) -> Header:
    """Return the header among the first rows of a table.

    A stated header row wins. Otherwise it is the row, or the pair of rows, with all or most of the
    expected columns; otherwise the first row that looks like column names.

    Raises
    ------
    InputError
        If the stated row is empty or beyond the end.
    """
    if layout.header_row is not None:
        return _stated_header(rows, layout.header_row, name)
    expected = _keys(layout.expected)
    if expected:
        for place in range(len(rows)):
            if expected <= _keys(rows[place]):
                return _with_upper_row(rows, place, expected)
        for place in range(1, len(rows)):
            double = _two_row_header(rows, place, expected)
            if expected <= _keys(double.names):
                return double
        counts = [len(expected & _keys(row)) for row in rows]
        if any(counts):
            return _with_upper_row(rows, counts.index(max(counts)), expected)
    if not rows:
        return Header(0, ())
    place = _likely_header_row(rows)
    return _with_upper_row(rows, place + _has_lower_row(rows, place), expected)


def expected_count(header: Header, layout: TableLayout) -> int:
    """Return the number of expected columns that the header has."""
    return len(_keys(layout.expected) & _keys(header.names))


def has_all_expected(header: Header, layout: TableLayout) -> bool:
    """Return whether there are expected columns and the header has all of them."""
    return bool(layout.expected) and _keys(layout.expected) <= _keys(header.names)


def known_count(names: Iterable[str]) -> int:
    """Return the number of cells with common column names of student files."""
    return sum(map(is_known_name, names))


def filled_count(row: Cells) -> int:
    """Return the number of nonempty cells of a row."""
    return sum(1 for cell in row if cell.strip())


def note_of(header: Header, name: str) -> str | None:
    """Return a sentence for the user if the header is not the first row."""
    if header.is_double:
        return f"`{name}`: the header was read from rows {header.row} and {header.row + 1}."
    if header.row:
        return f"`{name}`: the header was found in row {header.row + 1}."
    return None


def _stated_header(rows: Sequence[Cells], row: int, name: str) -> Header:
    if row > len(rows) or not filled_count(rows[row - 1]):
        raise InputError(
            f"`{name}`: row {row}, the header row, is empty. Name another row.", row=row
        )
    return Header(row - 1, tuple(rows[row - 1]))


def _likely_header_row(rows: Sequence[Cells]) -> int:
    """Return the index of the row that looks like a header, without expected names."""
    filled = [filled_count(row) for row in rows]
    width = max(filled, default=0)
    first_filled = next((place for place, count in enumerate(filled) if count), 0)
    if width < _MIN_KNOWN_NAMES:
        return first_filled
    counts = [known_count(row) for row in rows]
    if counts[first_filled] < _MIN_KNOWN_NAMES and max(counts) >= _MIN_KNOWN_NAMES:
        return counts.index(max(counts))
    if filled[first_filled] == width:
        return first_filled
    min_filled = max(_MIN_KNOWN_NAMES, _MIN_NAMED_SHARE * width)
    likely = [
        place
        for place in range(len(rows))
        if filled[place] >= min_filled and _are_names(rows[place])
    ]
    return likely[0] if likely else first_filled


def _has_lower_row(rows: Sequence[Cells], place: int) -> bool:
    """Return whether the next row names the columns that this row groups."""
    if place + 1 >= len(rows) or known_count(rows[place + 1]) < _MIN_KNOWN_NAMES:
        return False
    pairs = [
        (bool(above.strip()), bool(below.strip()))
        for above, below in zip(rows[place], rows[place + 1], strict=False)
    ]
    return (False, True) in pairs and (True, False) in pairs and _are_names(rows[place + 1])


def _are_names(row: Cells) -> bool:
    """Return whether the filled cells are distinct and none is a number or a day."""
    filled = [cell.strip().lower() for cell in row if cell.strip()]
    return len(set(filled)) == len(filled) and not any(map(_DATUM.fullmatch, filled))


def _with_upper_row(rows: Sequence[Cells], place: int, expected: set[str]) -> Header:
    """Return a header of one row; of two rows if names of the lower row repeat or are empty."""
    header = Header(place, tuple(rows[place]))
    if place == 0 or filled_count(rows[place - 1]) < _MIN_KNOWN_NAMES:
        return header
    lower, upper = rows[place], rows[place - 1]
    counted = Counter(cell.strip().lower() for cell in lower)
    repeats = any(count > 1 for cell, count in counted.items() if cell)
    is_merged = any(
        above.strip() and not below.strip() for above, below in zip(upper, lower, strict=False)
    )
    if not (repeats or is_merged):
        return header
    double = _two_row_header(rows, place, expected)
    keeps_expected = expected & _keys(header.names) <= _keys(double.names)
    return double if keeps_expected and _are_names(upper) else header


def _two_row_header(rows: Sequence[Cells], place: int, expected: set[str]) -> Header:
    """Return the header of a row and the row above: groups of columns, or merged cells.

    A name is the lower cell; the upper cell where the lower is empty; or both, joined, where the
    lower repeats or the joined name is expected.
    """
    lower = [" ".join(cell.split()) for cell in rows[place]]
    upper = [" ".join(cell.split()) for cell in rows[place - 1]]
    upper += [""] * (len(lower) - len(upper))
    lower += [""] * (len(upper) - len(lower))
    counted = Counter(cell.lower() for cell in lower)
    names, group = [], ""
    for above, below in zip(upper, lower, strict=True):
        group = above or group
        combined = f"{group} {below}".strip()
        is_repeated = below and counted[below.lower()] > 1 and below.lower() not in expected
        names.append(combined if combined.lower() in expected or is_repeated else below or above)
    return Header(place, tuple(names), is_double=True)


def _keys(names: Iterable[str]) -> set[str]:
    return {name_key(name) for name in names if name.strip()}
