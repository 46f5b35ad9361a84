"""Places of the cells of an old binary workbook (.xls), which is a sequence of records."""

import struct
from collections.abc import Iterator
from typing import IO

from geoservice.tables.compound_file import CompoundFile
from geoservice.tables.sheet_places import SheetExtent

_STREAMS = ("Workbook", "Book", "WORKBOOK", "BOOK")
_ROWS, _COLUMNS = 65_536, 256
_BEGIN, _END, _SHEET, _DIMENSIONS, _SEVERAL = 0x0809, 0x000A, 0x0085, 0x0200, 0x00BD
"""Kinds of records: begin and end of a part, place of a sheet, its size, several cells."""
_TEXTS, _MORE, _SHARED = 0x00FC, 0x003C, 0x00FD
"""Kinds of records: all texts, what has no room in the record before, a cell with such a text."""
_RICH, _EXTENDED, _WIDE = 0x8, 0x4, 0x1
_CELLS = frozenset(
    (0x0006, 0x00D6, 0x00FD, _SEVERAL, 0x0203, 0x0204, 0x0205, 0x027E),
)
"""Kinds of cells that are not blank."""
_DIMENSIONS_BY_BYTES = {10: struct.Struct("<HHHH"), 14: struct.Struct("<IIHH")}
_HEAD, _PLACE, _NUMBER = struct.Struct("<HH"), struct.Struct("<HH"), struct.Struct("<I")


def old_extents(stream: IO[bytes]) -> list[SheetExtent]:
    """Return the extents of the sheets of an XLS file; a sheet that is named twice counts twice.

    Raises
    ------
    ValueError
        If the file is damaged, or says of itself what no XLS file can hold.
    """
    container = CompoundFile(stream.read())
    book = next((held for name in _STREAMS if (held := container.stream(name)) is not None), b"")
    places = [
        _NUMBER.unpack_from(content)[0] for kind, content in _records(book, 0) if kind == _SHEET
    ]
    lengths = _lengths(_texts(book))
    extents: dict[int, SheetExtent] = {}
    unread_bytes = len(book)
    for place in dict.fromkeys(places):
        extents[place], read_bytes = _extent(book, place, lengths)
        unread_bytes -= read_bytes
        if unread_bytes < 0:
            raise ValueError("sheets lie in each other")
    return [extents[place] for place in places]


def _texts(book: bytes) -> list[bytes]:
    """Return the record of all texts, and the records that go on with it."""
    parts: list[bytes] = []
    before = 0
    for kind, content in _records(book, 0):
        if kind == _TEXTS:
            parts = [content[8:]]
        elif kind == _MORE and before == _TEXTS:
            parts.append(content)
            continue
        before = kind
    return parts


def _lengths(parts: list[bytes]) -> list[int]:
    """Return the bytes of each text, at least as many as the reader takes for it.

    Texts that are cut off are left out: the reader refuses such a file.
    """
    lengths: list[int] = []
    part, at, pending = b"", 0, parts[::-1]
    while True:
        while at >= len(part):
            if not pending:
                return lengths
            at, part = at - len(part), pending.pop()
        if len(part) - at < 3:
            return lengths
        signs, flags = struct.unpack_from("<HB", part, at)
        lengths.append(signs * 3)
        at += 3
        skipped = 0
        if flags & _RICH:
            skipped += 4 * int.from_bytes(part[at : at + 2], "little")
            at += 2
        if flags & _EXTENDED:
            skipped += int.from_bytes(part[at : at + 4], "little")
            at += 4
        width = 2 if flags & _WIDE else 1
        while signs > (room := max(0, len(part) - at) // width):
            signs -= room
            if not pending or not pending[-1]:
                return lengths
            part = pending.pop()
            width, at = (2 if part[0] & _WIDE else 1), 1
        at += signs * width + skipped


def _extent(book: bytes, place: int, lengths: list[int]) -> tuple[SheetExtent, int]:
    """Return the extent of the sheet at a place, and the bytes of its records."""
    rows = columns = read_bytes = text_bytes = 0
    for kind, content in _records(book, place):
        read_bytes += _HEAD.size + len(content)
        if kind in _CELLS:
            row, column = _PLACE.unpack_from(content)
            if kind == _SEVERAL:
                (column,) = struct.unpack("<H", content[-2:])
            if column >= _COLUMNS:
                raise ValueError("a cell beyond the last column")
            if kind == _SHARED:
                (number,) = _NUMBER.unpack_from(content, 6)
                text_bytes += lengths[number] if number < len(lengths) else 0
            rows, columns = max(rows, row + 1), max(columns, column + 1)
        elif kind == _DIMENSIONS:
            _refuse_dimensions(content)
    return SheetExtent(rows, columns, text_bytes), read_bytes


def _refuse_dimensions(content: bytes) -> None:
    """Refuse a size that no sheet can have: the reader makes room for it."""
    first_row, rows, _, columns = _DIMENSIONS_BY_BYTES[len(content)].unpack_from(content)
    if first_row > max(rows, 1) or rows * columns > _ROWS * _COLUMNS:
        raise ValueError("a size that no sheet has")


def _records(book: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Yield the records of a part of the workbook, with those of parts within it such as charts."""
    depth = 0
    while at + _HEAD.size <= len(book):
        kind, size = _HEAD.unpack_from(book, at)
        at += _HEAD.size
        yield kind, book[at : at + size]
        at += size
        depth += (kind == _BEGIN) - (kind == _END)
        if kind == _END and depth <= 0:
            return
