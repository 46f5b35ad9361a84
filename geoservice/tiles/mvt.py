"""Encodes layers of a vector tile (Mapbox Vector Tile 2.1), all coordinates of a layer at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from geoservice.tiles.mercator import EXTENT

POINTS, LINES, POLYGONS = 1, 2, 3
_MOVE, _CLOSE = 9, 15
Tags = Mapping[str, str | int]


@dataclass(frozen=True)
class Parts:
    """Lines or rings of a layer in tile units.

    Attributes
    ----------
    points
        Shape (n, 2), the parts one after the other; a ring does not repeat its first point.
    starts
        Where each part begins in ``points``.
    features
        Number of the feature that each part belongs to, ascending from 0.
    """

    points: NDArray[np.int64]
    starts: NDArray[np.int64]
    features: NDArray[np.int64]


def encode_layer(name: str, kind: int, parts: Parts, tags: Sequence[Tags]) -> bytes:
    """Encode a layer as part of a tile; ``tags`` holds the properties of each feature."""
    if not len(parts.starts):
        return b""
    keys: dict[str, int] = {}
    values: dict[str | int, int] = {}
    commands = _moves(parts) if kind == POINTS else _commands(kind, parts)
    body = [_text(1, name)]
    for geometry, properties in zip(commands, tags, strict=True):
        numbers = [
            number
            for key, value in properties.items()
            for number in (keys.setdefault(key, len(keys)), values.setdefault(value, len(values)))
        ]
        feature = _field(2, _packed(numbers)) + bytes((0x18, kind)) + _field(4, geometry)
        body.append(_field(2, feature))
    body += [_text(3, key) for key in keys]
    body += [_field(4, _value(value)) for value in values]
    body.append(b"\x28" + _varint(EXTENT) + b"\x78\x02")
    return _field(3, b"".join(body))


def _commands(kind: int, parts: Parts) -> list[bytes]:
    """The packed geometry of each feature."""
    count, lengths = len(parts.points), np.diff(parts.starts, append=len(parts.points))
    deltas = np.diff(parts.points, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    first_points = parts.starts[np.flatnonzero(np.diff(parts.features, prepend=-1))]
    deltas[first_points] = parts.points[first_points]
    zigzag = (deltas << 1) ^ (deltas >> 63)
    # Each part: a move, its point, a line command, its points, and of a ring a close.
    extra = 3 if kind == POLYGONS else 2
    before = np.repeat(np.arange(len(lengths)) * extra + 1, lengths)
    within = np.arange(count) - np.repeat(parts.starts, lengths)
    positions = 2 * np.arange(count) + before + (within > 0)
    stream = np.zeros(2 * count + extra * len(lengths), dtype=np.uint64)
    stream[positions], stream[positions + 1] = zigzag[:, 0], zigzag[:, 1]
    begin = 2 * parts.starts + extra * np.arange(len(lengths))
    stream[begin] = _MOVE
    stream[begin + 3] = ((lengths - 1) << 3) | 2
    if kind == POLYGONS:
        stream[begin + 2 * lengths + 2] = _CLOSE
    content, sizes = _varints(stream)
    ends = np.append(0, np.cumsum(sizes))
    cuts = np.append(begin[np.flatnonzero(np.diff(parts.features, prepend=-1))], len(stream))
    return [content[ends[a] : ends[b]] for a, b in pairwise(cuts)]


def _moves(parts: Parts) -> list[bytes]:
    """Return the packed geometry of points, for each feature."""
    zigzag = (parts.points << 1) ^ (parts.points >> 63)
    return [bytes((_MOVE,)) + _varint(x) + _varint(y) for x, y in zigzag.tolist()]


def _varints(values: NDArray[np.uint64]) -> tuple[bytes, NDArray[np.int64]]:
    """Values below 2^35 as varints, and the number of bytes of each."""
    shifted = values[:, None] >> np.arange(0, 35, 7, dtype=np.uint64)
    sizes = np.maximum((shifted > 0).sum(axis=1), 1)
    continues = np.arange(5) < (sizes - 1)[:, None]
    spread = (shifted & np.uint64(0x7F)).astype(np.uint8) | (continues * np.uint8(0x80))
    return spread[np.arange(5) < sizes[:, None]].tobytes(), sizes


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append((value & 0x7F) | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _packed(numbers: Sequence[int]) -> bytes:
    return b"".join(map(_varint, numbers))


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _text(number: int, text: str) -> bytes:
    return _field(number, text.encode())


def _value(value: str | int) -> bytes:
    return _text(1, value) if isinstance(value, str) else b"\x28" + _varint(value)
