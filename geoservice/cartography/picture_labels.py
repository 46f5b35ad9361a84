"""Printed values of a picture: placed one after the other so that none lies on another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geoservice.cartography.picture_text import wide

_SIZES = (8.5, 7.0, 5.8)
_TALL = 1.5
Rect = tuple[float, float, float, float]
Rects = NDArray[np.float64]


@dataclass(frozen=True)
class Label:
    """A text to place.

    Attributes
    ----------
    at
        Where it belongs, metres.
    room
        Width and height of its shape in metres; None for points, whose labels stand beside them.
    radius
        Of its point, in inches.
    """

    text: str
    at: tuple[float, float]
    room: tuple[float, float] | None
    radius: float = 0.0


def placed(
    labels: Sequence[Label], marks: Sequence[tuple[float, float, float]], inch: float,
    limits: tuple[float, float, float, float],
) -> Iterator[tuple[str, float, float, float]]:  # fmt: skip
    """Text, place and size in points of each label that fits; those of large shapes come first.

    Parameters
    ----------
    marks
        Places (metres) and radii (inches) of points that labels should not cover.
    inch
        Metres per inch.
    limits
        Left, right, bottom, top of the map in metres.
    """
    taken: list[Rect] = []
    held = np.array([(x - r * inch, y - r * inch, x + r * inch, y + r * inch) for x, y, r in marks])
    for label in sorted(labels, key=_importance):
        found = _first(label, np.array(taken), held, inch, limits)
        if found is not None:
            box, size = found
            taken.append(box)
            yield label.text, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, size


def _importance(label: Label) -> tuple[float, float, str]:
    area = label.radius if label.room is None else label.room[0] * label.room[1]
    return (0.0 if label.room is not None else 1.0, -area, label.text)


def _first(
    label: Label, taken: Rects, held: Rects, inch: float, limits: Rect
) -> tuple[Rect, float] | None:
    """The first place that covers nothing, else the first that covers marks only."""
    spare = None
    for size in _SIZES:
        width, height = (wide(label.text, size, bold=True) + 0.06) * inch, size * _TALL / 72 * inch
        if label.room is not None and (width > label.room[0] * 1.05 or height > label.room[1]):
            continue
        for x, y in _candidates(label, width, height, inch):
            box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
            if not _inside(box, limits) or _meets_any(box, taken):
                continue
            if not _meets_any(box, held):
                return box, size
            spare = spare or (box, size)
    return spare if label.room is not None else None


def _candidates(
    label: Label, width: float, height: float, inch: float
) -> list[tuple[float, float]]:
    x, y = label.at
    if label.room is None:
        off = label.radius * inch
        return [(x + off + width / 2, y), (x - off - width / 2, y), (x, y + off + height / 2), (x, y - off - height / 2)]  # fmt: skip
    up, across = min(label.room[1] / 4, 2.5 * height), min(label.room[0] / 4, width)
    return [(x, y), (x, y + up / 2), (x, y - up / 2), (x, y + up), (x, y - up), (x + across / 2, y), (x - across / 2, y)]  # fmt: skip


def _inside(box: Rect, limits: Rect) -> bool:
    left, right, bottom, top = limits
    return box[0] >= left and box[2] <= right and box[1] >= bottom and box[3] <= top


def _meets_any(one: Rect, others: Rects) -> bool:
    if not len(others):
        return False
    apart = (
        (others[:, 0] >= one[2]) | (others[:, 2] <= one[0])
        | (others[:, 1] >= one[3]) | (others[:, 3] <= one[1])
    )  # fmt: skip
    return not bool(apart.all())
