"""Places of the cells of a binary sheet (XLSB), which is a sequence of records."""

import io
import struct
from typing import IO

from geoservice.tables.sheet_places import SheetExtent

_ROW, _CELLS, _BEGIN_CELLS, _END_CELLS = 0, range(2, 12), 145, 146
"""Kinds of records. A cell of kind 1 is blank."""
_PLACE = struct.Struct("<I")


def binary_extent(part: IO[bytes]) -> SheetExtent:
    """Return the extent of a part of an XLSB file; empty for a part that is no sheet."""
    stream = io.BufferedReader(part)  # type: ignore[type-var]
    extent, row, is_inside = SheetExtent(), 0, False
    while (kind := _kind(stream)) is not None:
        content = stream.read(_size(stream))
        if kind in (_BEGIN_CELLS, _END_CELLS):
            is_inside = kind == _BEGIN_CELLS
        elif is_inside and len(content) >= _PLACE.size:
            (place,) = _PLACE.unpack_from(content)
            if kind == _ROW:
                row = place + 1
            elif kind in _CELLS:
                extent = extent.to(row, place + 1)
    return extent


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
