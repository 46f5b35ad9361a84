"""Places of the cells of a binary sheet (XLSB), which is a sequence of records."""

import io
import struct
from collections.abc import Iterator, Sequence
from typing import IO

from geoservice.tables.sheet_places import SheetExtent

_ROW, _CELLS, _BEGIN_CELLS, _END_CELLS = 0, range(2, 12), 145, 146
"""Kinds of records. A cell of kind 1 is blank."""
_TEXT, _SHARED, _NUMBER_AT = 19, 7, 8
"""Kinds of records for shared texts and for cells with one, whose number has this place."""
_PLACE = struct.Struct("<I")


def binary_extent(part: IO[bytes]) -> SheetExtent:
    """Return the extent of a part of an XLSB file; empty for a part that is no sheet."""
    extent, row, is_inside = SheetExtent(), 0, False
    for kind, content in _records(part):
        if kind in (_BEGIN_CELLS, _END_CELLS):
            is_inside = kind == _BEGIN_CELLS
        elif is_inside and len(content) >= _PLACE.size:
            (place,) = _PLACE.unpack_from(content)
            if kind == _ROW:
                row = place + 1
            elif kind in _CELLS:
                extent = extent.to(row, place + 1)
    return extent


def binary_lengths(part: IO[bytes]) -> list[int]:
    """Return the bytes of each shared text in a part of an XLSB file."""
    return [len(content) for kind, content in _records(part) if kind == _TEXT]


def binary_uses(part: IO[bytes], lengths: Sequence[int]) -> list[SheetExtent]:
    """Return the bytes of the shared texts of all cells in a part of an XLSB file."""
    numbers = (
        _PLACE.unpack_from(content, _NUMBER_AT)[0]
        for kind, content in _records(part)
        if kind == _SHARED and len(content) >= _NUMBER_AT + _PLACE.size
    )
    used = sum(lengths[number] for number in numbers if number < len(lengths))
    return [SheetExtent(text_bytes=used)]


def _records(part: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    stream = io.BufferedReader(part)  # type: ignore[type-var]
    while (kind := _kind(stream)) is not None:
        yield kind, stream.read(_size(stream))


def _kind(stream: IO[bytes]) -> int | None:
    first = stream.read(1)
    if not first:
        return None
    if first[0] < 0x80:
        return first[0]
    second = stream.read(1)
    return (first[0] & 0x7F) | (second[0] & 0x7F) << 7 if second else None


def _size(stream: IO[bytes]) -> int:
    size = 0
    for shift in range(0, 28, 7):
        byte = stream.read(1)
        if not byte:
            return 0
        size |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            break
    return size
