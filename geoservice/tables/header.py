"""Which row of a table is its header: not always the first, and sometimes two rows together."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from geoservice.errors import InputError
from geoservice.tables.header_names import is_known_name, name_key
from geoservice.tables.layout import Layout

LOOKED_AT = 60
"""So many first rows may hold a title, notes and the header."""
_MOSTLY = 0.6
"""A header names at least this share of the columns that the fullest row has."""
_FEWEST_KNOWN = 2
_DATUM = re.compile(r"[-+$]?[\d.,]+%?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[ T].*)?")
Cells = Sequence[str]


@dataclass(frozen=True)
class Header:
    """The header of a table.

    Attributes
    ----------
    row
        Place from 0 of the (last) row of the header.
    names
        Its cells, as they are written.
    is_double
        True where two rows make the header together.
    """

    row: int
    names: tuple[str, ...]
    is_double: bool = False


def find_header(rows: Sequence[Cells], layout: Layout, name: str) -> Header:
    """The header among the first rows of a table.

    The row that users name; else the row, or the two rows, with all wanted columns, or with most of
    them; else the first row that looks like names of columns.

    Raises
    ------
    InputError
        Where there are fewer rows than the header's, or the row that users name is empty.
    """
    if layout.header_row is not None:
        return _stated(rows, layout.header_row, name)
    wanted = _keys(layout.wanted)
    if wanted:
        for place in range(len(rows)):
            if wanted <= _keys(rows[place]):
                return _finished(rows, place, wanted)
        for place in range(1, len(rows)):
            double = _double(rows, place, wanted)
            if wanted <= _keys(double.names):
                return double
        counts = [len(wanted & _keys(row)) for row in rows]
        if any(counts):
            return _finished(rows, counts.index(max(counts)), wanted)
    if not rows:
        return Header(0, ())
    place = _by_look(rows)
    return _finished(rows, place + _has_lower_row(rows, place), wanted)


def wanted_count(header: Header, layout: Layout) -> int:
    """How many of the wanted columns the header has."""
    return len(_keys(layout.wanted) & _keys(header.names))


def has_all_wanted(header: Header, layout: Layout) -> bool:
    """True where columns are wanted and the header has all of them."""
    return bool(layout.wanted) and _keys(layout.wanted) <= _keys(header.names)


def known_count(names: Iterable[str]) -> int:
    """How many cells are names that columns of student files often have."""
    return sum(map(is_known_name, names))


def filled_count(row: Cells) -> int:
    """How many cells of a row hold something."""
    return sum(1 for cell in row if cell.strip())


def note_of(header: Header, name: str) -> str | None:
    """A sentence where the header is not simply the first row."""
    if header.is_double:
        return f"`{name}`: the header was read from rows {header.row} and {header.row + 1}."
    if header.row:
        return f"`{name}`: the header was found in row {header.row + 1}."
    return None


def _stated(rows: Sequence[Cells], row: int, name: str) -> Header:
    if row > len(rows) or not filled_count(rows[row - 1]):
        raise InputError(f"`{name}`: row {row}, which is said to be the header, is empty.", row=row)
    return Header(row - 1, tuple(rows[row - 1]))


def _by_look(rows: Sequence[Cells]) -> int:
    """The place of the row that looks like a header, without knowing any name that is wanted."""
    filled = [filled_count(row) for row in rows]
    width = max(filled, default=0)
    first = next((place for place, count in enumerate(filled) if count), 0)
    if width < _FEWEST_KNOWN:
        return first
    counts = [known_count(row) for row in rows]
    if counts[first] < _FEWEST_KNOWN and max(counts) >= _FEWEST_KNOWN:
        return counts.index(max(counts))
    if filled[first] == width:
        return first
    fewest = max(_FEWEST_KNOWN, _MOSTLY * width)
    alike = [place for place in range(len(rows)) if filled[place] >= fewest and _are_names(rows[place])]  # fmt: skip
    return alike[0] if alike else first


def _has_lower_row(rows: Sequence[Cells], place: int) -> bool:
    """True where the next row names columns that this row only groups, and is empty where it names."""
    if place + 1 >= len(rows) or known_count(rows[place + 1]) < _FEWEST_KNOWN:
        return False
    pairs = [(bool(above.strip()), bool(below.strip()))
             for above, below in zip(rows[place], rows[place + 1], strict=False)]  # fmt: skip
    return (False, True) in pairs and (True, False) in pairs and _are_names(rows[place + 1])


def _are_names(row: Cells) -> bool:
    """True where no filled cell is a number or a day, and none stands twice."""
    filled = [cell.strip().lower() for cell in row if cell.strip()]
    return len(set(filled)) == len(filled) and not any(map(_DATUM.fullmatch, filled))


def _finished(rows: Sequence[Cells], place: int, wanted: set[str]) -> Header:
    """The header of one row; of two, where the row above tells repeated or empty names apart."""
    header = Header(place, tuple(rows[place]))
    if place == 0 or filled_count(rows[place - 1]) < _FEWEST_KNOWN:
        return header
    lower, upper = rows[place], rows[place - 1]
    counted = Counter(cell.strip().lower() for cell in lower)
    repeats = any(count > 1 for cell, count in counted.items() if cell)
    is_merged = any(above.strip() and not below.strip() for above, below in zip(upper, lower, strict=False))  # fmt: skip
    if not (repeats or is_merged):
        return header
    double = _double(rows, place, wanted)
    keeps_wanted = wanted & _keys(header.names) <= _keys(double.names)
    return double if keeps_wanted and _are_names(upper) else header


def _double(rows: Sequence[Cells], place: int, wanted: set[str]) -> Header:
    """The header of a row and the one above it: groups of columns, or cells merged over both rows.

    A name is that of the lower row, the upper one's where that is empty, or both together where the
    lower repeats or both together are wanted.
    """
    lower = [" ".join(cell.split()) for cell in rows[place]]
    upper = [" ".join(cell.split()) for cell in rows[place - 1]]
    upper += [""] * (len(lower) - len(upper))
    lower += [""] * (len(upper) - len(lower))
    counted = Counter(cell.lower() for cell in lower)
    names, group = [], ""
    for above, below in zip(upper, lower, strict=True):
        group = above or group
        both = f"{group} {below}".strip()
        is_repeated = below and counted[below.lower()] > 1 and below.lower() not in wanted
        names.append(both if both.lower() in wanted or is_repeated else below or above)
    return Header(place, tuple(names), is_double=True)


def _keys(names: Iterable[str]) -> set[str]:
    return {name_key(name) for name in names if name.strip()}
