"""The geometric rules for positions of labels on a map.

A label of an area lies inside its shape. A label of a marker touches it, and is clearly nearer to
it than to any other marker. No label covers another label or a marker. A label without space takes
its short form, a number that a list explains. A number without space stands off its own marker, and
a short line leads to the marker.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray

from geoservice.cartography.picture.text import wide

Rect = tuple[float, float, float, float]
"""Left, bottom, right, top in metres."""
Floats = NDArray[np.float64]
LEADING = 1.18
"""Height of a line in sizes of the type."""
_PADDING = 0.015
"""Inches between the words of a label and the edge of its box."""
_LETTERS, _DIGITS = 1.0, 0.8
"""Heights of a line of letters, with those that hang below it, and of a number, in its size."""
_NEARER, _NEARER_INSIDE = 0.03, 0.003
"""Inches by which a label is nearer to its own marker than to others; less inside a shape."""
_GRID = np.linspace(0.02, 0.98, 21)
_GAPS = (0.015, 0.035)
"""Inches between a marker and a label that touches it."""
_LEADER_GAPS = (0.05, 0.07, 0.11, 0.16, 0.22, 0.3, 0.4, 0.5)
"""Inches between a marker and a number with a line that leads to it."""
_LEADER_ROOM = 0.015
"""Half width in inches of the room of a line."""
_ANGLES = (np.arange(16) * np.pi / 8)[
    np.argsort([index % 4 * 4 + index % 8 for index in range(16)], kind="stable")
]
"""Directions from a marker to its label: right, up, left, down, then others."""
_WAYS = np.column_stack([np.cos(_ANGLES), np.sin(_ANGLES)])


@dataclass(frozen=True)
class Markers:
    """Marks on the map: places in metres, radii in metres."""

    places: Floats = field(default_factory=lambda: np.empty((0, 2)))
    radii: Floats = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, eq=False)
class Label:
    """A text to place.

    Attributes
    ----------
    forms
        The wordings, the fullest first; lines are parted by line breaks.
    place
        Where it belongs, in metres.
    shape
        Of an area, inside of which it lies; None of a marker and of an arrow.
    way
        Of an arrow: the places along it where the label may stand, the best first.
    markers
        Indices of the markers that it belongs to; those of an arrow lie along it.
    number
        The short form of the label, where it has one; a list explains it.
    is_context
        True of names around what the figure measures.
    rank
        Labels of a lower rank are placed first.
    """

    forms: tuple[str, ...]
    place: tuple[float, float]
    shape: shapely.Geometry | None = None
    way: Sequence[tuple[float, float]] = ()
    markers: tuple[int, ...] = ()
    number: str = ""
    is_context: bool = False
    rank: int = 1


@dataclass(frozen=True)
class Room:
    """The map that labels are placed on.

    Attributes
    ----------
    limits
        The map in metres.
    inch
        Metres per inch.
    points
        Size of the type.
    markers
        Marks that no label covers.
    blocked
        Boxes where no label may stand.
    """

    limits: Rect
    inch: float
    points: float
    markers: Markers
    blocked: tuple[Rect, ...] = ()


def text_size(text: str, points: float) -> tuple[float, float]:
    """Return the width and the height of a label's box in inches."""
    lines = text.split("\n")
    width = max(wide(line, points, bold=True) for line in lines)
    last = _DIGITS if lines[-1].isdigit() else _LETTERS
    height = ((len(lines) - 1) * LEADING + last) * points / 72
    return width + 2 * _PADDING, height + 2 * _PADDING


def marker_gaps(boxes: Floats, markers: Markers) -> Floats:
    """Return the distance in metres from each box to the edge of each marker."""
    x, y = markers.places[:, 0], markers.places[:, 1]
    across = np.maximum(np.maximum(boxes[:, [0]] - x, x - boxes[:, [2]]), 0.0)
    up = np.maximum(np.maximum(boxes[:, [1]] - y, y - boxes[:, [3]]), 0.0)
    return np.asarray(np.hypot(across, up) - markers.radii)


def boxes_meet(boxes: Floats, others: Floats) -> NDArray[np.bool_]:
    """Return for each box and each other box whether they overlap."""
    box, other = boxes[:, None, :], others[None, :, :]
    return np.asarray(
        (other[..., 0] < box[..., 2])
        & (other[..., 2] > box[..., 0])
        & (other[..., 1] < box[..., 3])
        & (other[..., 3] > box[..., 1])
    )


def allowed_boxes(label: Label, text: str, room: Room) -> Floats:
    """Return the allowed boxes for a text, the best box first; other labels are ignored.

    On an arrow, boxes that no other arrow crosses are the best.
    """
    width, height = (length * room.inch for length in text_size(text, room.points))
    boxes = np.vstack([rows_of([]), *_candidates(label, width, height, room)])
    boxes = boxes[_lies_within(boxes, room.limits)]
    if label.way:
        return boxes[np.argsort(_meets_other_markers(boxes, label, room), kind="stable")]
    boxes = boxes[_is_clear(boxes, label, room)]
    if label.shape is not None and len(boxes):
        boxes = boxes[_lies_inside(boxes, label.shape)]
    return boxes


def boxes_with_leaders(label: Label, room: Room) -> tuple[Floats, Floats]:
    """Return the boxes of a number off its own markers, and the lines that lead to the markers.

    A line runs from the edge of the box to the edge of the marker, over no other marker. The line
    of a shape without markers leads to a point inside of the shape.
    """
    width, height = (length * room.inch for length in text_size(label.number, room.points))
    ends = _ends_of_leaders(label, room)
    own_ends = label.markers or tuple(range(len(ends.places)))
    if not own_ends:
        return rows_of([]), rows_of([])
    gaps = np.array(_LEADER_GAPS) * room.inch
    boxes = _beside(ends, own_ends, (width, height), gaps)
    own = np.tile(np.repeat(own_ends, len(_WAYS)), len(gaps))
    is_possible = _lies_within(boxes, room.limits)
    is_possible &= _is_clear(boxes, label, room, has_leader=True)
    boxes, own = boxes[is_possible], own[is_possible]
    leaders = _leaders(boxes, own, ends)
    is_possible = _lies_within(leaders[:, [2, 3, 2, 3]], room.limits)
    is_possible &= _passes_markers(leaders, own if label.markers else None, room.markers)
    return boxes[is_possible], leaders[is_possible]


def _ends_of_leaders(label: Label, room: Room) -> Markers:
    """Return the marks that the lines of a label may lead to."""
    if label.markers:
        return room.markers
    has_end = label.shape is not None and not label.is_context
    return Markers() if not has_end else Markers(np.array([label.place]), np.zeros(1))


@lru_cache(maxsize=4096)
def boxes_along(leader: Rect, inch: float) -> tuple[Rect, ...]:
    """Return small boxes along a line, which other labels do not cover."""
    half = _LEADER_ROOM * inch
    start, end = np.array(leader[:2]), np.array(leader[2:])
    places = start + np.linspace(0.1, 0.9, 5)[:, None] * (end - start)
    return tuple((x - half, y - half, x + half, y + half) for x, y in places.tolist())


def _leaders(boxes: Floats, own: NDArray[np.int64], markers: Markers) -> Floats:
    """Return the shortest lines from boxes to the edges of their markers, as two points each."""
    middles = markers.places[own]
    starts = np.clip(middles, boxes[:, :2], boxes[:, 2:])
    ways = starts - middles
    lengths = np.hypot(*ways.T)[:, None]
    return np.hstack([starts, middles + ways / lengths * markers.radii[own][:, None]])


def _passes_markers(
    leaders: Floats, own: NDArray[np.int64] | None, markers: Markers
) -> NDArray[np.bool_]:
    """Return True for lines that touch no marker except their own, where they have one."""
    lines = shapely.linestrings(leaders.reshape(-1, 2, 2))
    gaps = shapely.distance(lines[:, None], shapely.points(markers.places)[None, :])
    gaps -= markers.radii
    if own is not None:
        gaps[np.arange(len(own)), own] = np.inf
    return np.asarray((gaps > 0).all(axis=1))


def _lies_within(boxes: Floats, limits: Rect) -> NDArray[np.bool_]:
    left, bottom, right, top = limits
    is_across = (boxes[:, 0] >= left) & (boxes[:, 2] <= right)
    return np.asarray(is_across & (boxes[:, 1] >= bottom) & (boxes[:, 3] <= top))


def _is_clear(
    boxes: Floats, label: Label, room: Room, *, has_leader: bool = False
) -> NDArray[np.bool_]:
    """Return True for boxes that cover no marker; without a line they are nearest to their own."""
    if not len(room.markers.places) or not len(boxes):
        return np.ones(len(boxes), dtype=bool)
    gaps = marker_gaps(boxes, room.markers)
    is_clear = (gaps > 0).all(axis=1)
    if label.markers and not has_leader:
        is_own = np.zeros(gaps.shape[1], dtype=bool)
        is_own[list(label.markers)] = True
        others = gaps[:, ~is_own].min(axis=1, initial=np.inf)
        nearer = _NEARER if label.shape is None else _NEARER_INSIDE
        is_clear &= gaps[:, is_own].min(axis=1) + nearer * room.inch < others
    return np.asarray(is_clear)


def _meets_other_markers(boxes: Floats, label: Label, room: Room) -> NDArray[np.bool_]:
    """Return True for boxes on a marker that is not the label's own: there arrows cross."""
    is_other = np.ones(len(room.markers.places), dtype=bool)
    is_other[list(label.markers)] = False
    gaps = marker_gaps(boxes, room.markers)[:, is_other]
    return np.asarray((gaps <= 0).any(axis=1))


def _lies_inside(boxes: Floats, shape: shapely.Geometry) -> NDArray[np.bool_]:
    corners = boxes[:, [0, 1, 0, 3, 2, 1, 2, 3]].reshape(-1, 2)
    inside = shapely.contains_xy(shape, corners[:, 0], corners[:, 1]).reshape(-1, 4).all(axis=1)
    inside[inside] = shapely.contains(shape, shapely.box(*boxes[inside].T))
    return np.asarray(inside)


def _candidates(label: Label, width: float, height: float, room: Room) -> Iterator[Floats]:
    if label.way:
        yield _boxes(np.array(label.way), width, height)
    elif label.shape is not None:
        yield _boxes(_places_inside(label, width, height), width, height)
    else:
        gaps = np.array(_GAPS) * room.inch
        yield _beside(room.markers, label.markers, (width, height), gaps)


def _places_inside(label: Label, width: float, height: float) -> Floats:
    """Return the centres of boxes that lie within the bounds of a shape, the best first."""
    left, bottom, right, top = shapely.bounds(label.shape)
    if width > right - left or height > top - bottom:
        return np.empty((0, 2))
    grid = np.stack(
        np.meshgrid(
            left + width / 2 + _GRID * (right - left - width),
            bottom + height / 2 + _GRID * (top - bottom - height),
        ),
        axis=-1,
    ).reshape(-1, 2)
    places = np.vstack([[label.place], grid])
    return np.asarray(places[np.argsort(np.hypot(*(places - label.place).T), kind="stable")])


def _beside(
    markers: Markers, own: Sequence[int], size: tuple[float, float], gaps: Floats
) -> Floats:
    """Return the boxes around markers at some gaps, in metres: gap by gap, marker by marker."""
    own_places, own_radii = markers.places[list(own)], markers.radii[list(own)]
    off = own_radii + gaps[:, None]
    # Axes: gap, marker, direction, coordinate.
    from_marker = _WAYS * off[:, :, None, None] + np.array(size) / 2 * np.clip(_WAYS * 1.6, -1, 1)
    centres = from_marker + own_places[None, :, None, :]
    return _boxes(centres.reshape(-1, 2), *size)


def _boxes(places: Floats, width: float, height: float) -> Floats:
    x, y = places[:, 0], places[:, 1]
    return np.column_stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2])


def rows_of(boxes: Sequence[Rect]) -> Floats:
    """Return boxes as the rows of an array, which has four columns although it may be empty."""
    return np.array(boxes, dtype=float).reshape(-1, 4)
