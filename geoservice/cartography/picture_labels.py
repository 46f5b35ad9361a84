"""Printed values of a picture: placed one after the other so that none lies on another."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geoservice.cartography.picture_text import wide

_SIZES = (8.5, 7.0, 6.0)
_CORNERS = (4, 2)
"""How many corners of a label are to lie in its area: all, else half of them."""
_TALL = 1.5
_STEPS, _FINE_STEPS = np.linspace(-0.42, 0.42, 7), np.linspace(-0.46, 0.46, 25)
"""Where labels may stand in the box of their shape, beside its inner point; fine where they must be inside."""
_GAP = re.compile(r"(?<![≥≤≈<])\s+")
"""Where a text may be parted: not between a sign and its number."""
Rect = tuple[float, float, float, float]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Label:
    """A text to place.

    Attributes
    ----------
    at
        Where it belongs, metres.
    shape
        Of an area, inside of which it stands, metres; None for points, whose labels stand beside them.
    radius
        Of its point, in inches.
    way
        Of an arrow: the places along it where the label may stand, the best first.
    may_cover
        True where it may lie on a point if it must: numbers, but not names.
    is_inside
        True where it may not lie on the edge of its shape, because edges are what the figure is about.
    is_context
        True of names around what the figure measures, which come after all that is measured.
    """

    text: str
    at: tuple[float, float]
    shape: shapely.Geometry | None = None
    radius: float = 0.0
    way: Sequence[tuple[float, float]] = ()
    may_cover: bool = True
    is_inside: bool = False
    is_context: bool = False


def placed(
    labels: Sequence[Label], marks: Sequence[tuple[float, float, float]], inch: float,
    limits: Rect, kept: Sequence[Rect] = (),
) -> Iterator[tuple[str, float, float, float]]:  # fmt: skip
    """Text, place and size in points of each label that fits; what is measured comes first, and of that large shapes.

    Parameters
    ----------
    marks
        Places (metres) and radii (inches) of points that labels should not cover.
    inch
        Metres per inch.
    limits
        Left, right, bottom, top of the map in metres.
    kept
        Boxes (left, bottom, right, top) where no label may stand.
    """
    taken = list(kept)
    held = _boxes(np.array([(x, y) for x, y, _ in marks]).reshape(-1, 2),
                  *(np.array([2 * r * inch for _, _, r in marks]),) * 2)  # fmt: skip
    for label in sorted(labels, key=_importance):
        found = _first(label, np.array(taken).reshape(-1, 4), held, inch, limits)
        if found is not None:
            text, box, size = found
            taken.append(box)
            yield text, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, size


def along(arrow: shapely.Geometry) -> list[tuple[float, float]]:
    """Places along the middle of an arrow (`arrows`), those near its half first."""
    ring = shapely.get_coordinates(arrow)[:-1]
    neck = (len(ring) - 3) // 2
    middle = (ring[:neck] + ring[::-1][:neck]) / 2
    fine = np.column_stack([
        np.interp(np.linspace(0, neck - 1, 4 * neck), np.arange(neck), middle[:, at]) for at in (0, 1)
    ])  # fmt: skip
    order = np.argsort(np.abs(np.linspace(-0.5, 0.5, len(fine))), kind="stable")
    return [(float(x), float(y)) for x, y in fine[order][: int(len(fine) * 0.8)]]


def tip(arrow: shapely.Geometry) -> Rect:
    """Box of an arrow's head, on which no label may stand: left, bottom, right, top."""
    ring = shapely.get_coordinates(arrow)[:-1]
    neck = (len(ring) - 3) // 2
    left, bottom = ring[neck : neck + 3].min(axis=0).tolist()
    right, top = ring[neck : neck + 3].max(axis=0).tolist()
    return left, bottom, right, top


def shaft(arrow: shapely.Geometry) -> list[tuple[float, float, float]]:
    """Places and half widths along an arrow, which names of areas should not cover."""
    ring = shapely.get_coordinates(arrow)[:-1]
    neck = (len(ring) - 3) // 2
    one, other = ring[:neck], ring[::-1][:neck]
    half = np.hypot(*(one - other).T) / 2
    steps = np.linspace(0, neck - 1, 4 * neck)
    x, y, r = (np.interp(steps, np.arange(neck), each) for each in (*((one + other) / 2).T, half))
    return list(zip(x.tolist(), y.tolist(), r.tolist(), strict=True))


def _importance(label: Label) -> tuple[bool, float, float, str]:
    area = label.radius if label.shape is None else float(shapely.area(label.shape))
    kind = 0.0 if label.shape is not None else 0.5 if label.way else 1.0
    return label.is_context, kind, -area, label.text


def _first(
    label: Label, taken: Floats, held: Floats, inch: float, limits: Rect
) -> tuple[str, Rect, float] | None:
    """The first place that covers nothing, else the first that covers marks only."""
    spare = None
    corners = _CORNERS[:1] if label.is_inside else _CORNERS
    places = _places(label)
    tried: dict[tuple[str, float], tuple[Floats, NDArray[np.int64]]] = {}
    for size, least, text in itertools.product(_SIZES, corners, _forms(label)):
        if (text, size) not in tried:
            tried[text, size] = _candidates(label, places, *_box_of(text, size, inch), inch)
        boxes, inside = tried[text, size]
        boxes = boxes[(inside >= least) & _inside(boxes, limits)]
        if label.is_inside:
            boxes = boxes[shapely.contains(label.shape, shapely.box(*boxes.T))]
        free = boxes[~_meets_any(boxes, taken)]
        clear = free[~_meets_any(free, held)]
        if len(clear):
            return text, _rect(clear[0]), size
        if spare is None and len(free):
            spare = text, _rect(free[0]), size
    return spare if label.may_cover and (label.shape is not None or label.way) else None


def _box_of(text: str, size: float, inch: float) -> tuple[float, float]:
    """Width and height in metres of a text of some lines."""
    lines = text.split("\n")
    width = (max(wide(one, size, bold=True) for one in lines) + 0.06) * inch
    return width, size * (_TALL + 1.2 * (len(lines) - 1)) / 72 * inch


def _forms(label: Label) -> list[str]:
    """The text in one line, and that of an area in two lines too."""
    words = _GAP.split(label.text)
    if label.shape is None or len(words) < 2:
        return [label.text]
    cuts = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
    return [label.text, "\n".join(min(cuts, key=lambda cut: max(map(len, cut))))]


def _places(label: Label) -> Floats:
    """Where the middle of an area's label may stand, the best first; of others none."""
    if label.way or label.shape is None:
        return np.empty((0, 2))
    left, bottom, right, top = shapely.bounds(label.shape)
    steps = _FINE_STEPS if label.is_inside else _STEPS
    grid = np.stack(np.meshgrid(steps * (right - left), steps * (top - bottom)), axis=-1).reshape(-1, 2)  # fmt: skip
    middle = np.array([(left + right) / 2, (bottom + top) / 2])
    places = np.vstack([[label.at], grid + middle])
    order = np.argsort(np.hypot(*(places - label.at).T), kind="stable")
    return np.asarray(places[order])


def _candidates(
    label: Label, places: Floats, width: float, height: float, inch: float
) -> tuple[Floats, NDArray[np.int64]]:
    """Boxes where a label may stand, the best first; and how many corners of each lie in its area, where it has one."""
    x, y = label.at
    if label.way:
        found = _boxes(np.array(label.way), width, height)
    elif label.shape is None:
        off = label.radius * inch
        across, up = off + width / 2, off + height / 2
        found = _boxes(np.array([(x + across, y), (x - across, y), (x, y + up), (x, y - up)]), width, height)  # fmt: skip
    else:
        left, bottom, right, top = shapely.bounds(label.shape)
        is_wider = width > (right - left) * 1.05 or height > top - bottom
        found = _boxes(places[:0] if is_wider else places, width, height)
        corners = found[:, [0, 1, 0, 3, 2, 1, 2, 3]].reshape(-1, 2)
        inside = shapely.contains_xy(label.shape, corners[:, 0], corners[:, 1])
        return found, np.asarray(inside.reshape(-1, 4).sum(axis=1))
    return found, np.full(len(found), max(_CORNERS))


def _boxes(places: Floats, width: float | Floats, height: float | Floats) -> Floats:
    x, y = places[:, 0], places[:, 1]
    return np.column_stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2])


def _rect(box: Floats) -> Rect:
    left, bottom, right, top = box.tolist()
    return left, bottom, right, top


def _inside(boxes: Floats, limits: Rect) -> NDArray[np.bool_]:
    left, right, bottom, top = limits
    return np.asarray((boxes[:, 0] >= left) & (boxes[:, 2] <= right)
                      & (boxes[:, 1] >= bottom) & (boxes[:, 3] <= top))  # fmt: skip


def _meets_any(boxes: Floats, others: Floats) -> NDArray[np.bool_]:
    """True of boxes that lie on any of the others."""
    one, other = boxes[:, None, :], others[None, :, :]
    meets = (
        (other[..., 0] < one[..., 2]) & (other[..., 2] > one[..., 0])
        & (other[..., 1] < one[..., 3]) & (other[..., 3] > one[..., 1])
    )  # fmt: skip
    return np.asarray(meets.any(axis=1))
