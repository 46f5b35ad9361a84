"""Depth of collections in well-known binary and text.

GEOS reads a collection in a collection by a recursion without a limit, and the process ends when
its stack is full.
"""

import struct

MAX_DEPTH = 32
"""Files of GIS programs have a depth of one or two."""
_HARMLESS_BYTES = 9_000
"""A shorter shape has fewer than a thousand collections: a collection has nine bytes or more."""
_COLLECTIONS = range(4, 8)
_POLYGON, _LINE, _POINT = 3, 2, 1
_NUMBER_BYTES = 8
_Z, _M, _SRID = 0x8000_0000, 0x4000_0000, 0x2000_0000


def is_too_deep(wkb: bytes | None) -> bool:
    """Return whether a shape has collections in collections, more than `MAX_DEPTH` of them.

    Content that is no well-known binary is not too deep: its reader reports it.
    """
    if wkb is None or len(wkb) < _HARMLESS_BYTES:
        return False
    unread, place = [1], 0
    try:
        while unread and len(unread) <= MAX_DEPTH:
            if unread[-1] == 0:
                unread.pop()
                continue
            unread[-1] -= 1
            kind, count, place = _header(wkb, place)
            if kind in _COLLECTIONS:
                unread.append(count)
    except struct.error:
        return False
    return len(unread) > MAX_DEPTH


def is_text_too_deep(wkt: str | None) -> bool:
    """Return whether well-known text has more collections than `MAX_DEPTH`."""
    return wkt is not None and wkt.upper().count("COLLECTION") > MAX_DEPTH


def _header(wkb: bytes, place: int) -> tuple[int, int, int]:
    """Return the kind of the shape at a place, its number of parts, and the next place.

    The next place is behind the header of a collection, and behind all of another shape.
    """
    order = "<" if wkb[place : place + 1] == b"\x01" else ">"
    (code,) = struct.unpack_from(f"{order}I", wkb, place + 1)
    place += 5 + (4 if code & _SRID else 0)
    kind, has_more = (code & 0xFFFF) % 1000, (code & 0xFFFF) // 1000
    sides = 2 + (bool(code & _Z) + bool(code & _M) or (0, 1, 1, 2)[has_more % 4])
    vertex_bytes = sides * _NUMBER_BYTES
    if kind == _POINT:
        return kind, 0, place + vertex_bytes
    (count,) = struct.unpack_from(f"{order}I", wkb, place)
    place += 4
    if kind == _LINE:
        return kind, count, place + count * vertex_bytes
    if kind == _POLYGON:
        for _ in range(count):
            (vertices,) = struct.unpack_from(f"{order}I", wkb, place)
            place += 4 + vertices * vertex_bytes
    return kind, count, place
