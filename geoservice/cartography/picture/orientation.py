"""North arrow and scale bar of a map, and the room beside the region for them."""

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import Polygon

from geoservice.cartography.picture.layout import Box
from geoservice.cartography.picture.placement import Rect
from geoservice.cartography.picture.text import PicturePage, wide
from geoservice.cartography.picture.type import write_on
from geoservice.model.miles import METRES_PER_MILE

_BARS_MILES = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_LONGEST_BAR, _OF_WIDTH, _LONGEST_TEXT = 1.2, 0.2, 1.05
_BAR_POINTS, _NORTH_POINTS = 8.0, 9.0
_EDGE, _ARROW, _BAR_TALL, _BAR_TEXT = 0.06, (0.44, 0.62), 0.47, 0.16
"""Inches: around a region.

That an arrow takes of the right side or the upper one, and a bar of the lower one.
"""


def beside(
    box: Box, across_m: float, up_m: float, *, has_scale: bool = True, least_points: float = 0.0
) -> tuple[float, float, float]:
    """Return meters per inch, and the inches left of and below the region.

    Arrow and bar never cover the region. Each is beside, above or below the region, so that the
    region is as large as possible. The region is centered in its frame if they leave the space.
    """
    bar = max(_bar_inches(box.width), _LONGEST_TEXT * _bar_growth(least_points)) + 0.28
    (right, top), low = _ARROW, _BAR_TALL + _BAR_TEXT * (_bar_growth(least_points) - 1)
    margins = [
        (bar, right, _EDGE, _EDGE),
        (_EDGE, _EDGE, low, top),
        (_EDGE, right, low, _EDGE),
        (bar, _EDGE, _EDGE, top),
    ]
    if not has_scale:
        margins = [(_EDGE, _EDGE, _EDGE, _EDGE)]

    def scale(margin: tuple[float, float, float, float]) -> float:
        west, east, south, north = margin
        return max(across_m / (box.width - west - east), up_m / (box.height - south - north))

    best = min(margins, key=scale)
    inch, (west, east, south, north) = scale(best), best
    left = _centred(box.width - across_m / inch, west, east)
    return inch, left, _centred(box.height - up_m / inch, south, north)


def _centred(free: float, before: float, after: float) -> float:
    """Return the space before the region: half of the free space, or what is left."""
    return max(before, min(free / 2, free - after))


def _bar_inches(width: float) -> float:
    return min(_LONGEST_BAR, _OF_WIDTH * width)


def _bar_growth(least_points: float) -> float:
    return max(1.0, least_points / _BAR_POINTS)


def arrow_box(right: float, top: float, inch: float) -> Rect:
    """Return the box of the north arrow in the upper right corner of a map, in metres."""
    x, y, unit = right - 0.22 * inch, top - 0.35 * inch, inch * 0.09
    return x - 2 * unit, y - 2.5 * unit, x + 2 * unit, y + 3.4 * unit


def north_arrow(page: PicturePage, axes: Axes, inch: float) -> Rect:
    """Draw it in the upper right corner, ``inch`` metres to the inch.

    The answer is the box that it takes.
    """
    (_, right), (_, top) = axes.get_xlim(), axes.get_ylim()
    box = arrow_box(right, top, inch)
    x, y, unit = right - 0.22 * inch, top - 0.35 * inch, inch * 0.09
    _back(page, axes, box)
    axes.add_artist(
        Polygon(
            [(x - unit, y), (x, y + 2.8 * unit), (x + unit, y), (x, y + 0.7 * unit)],
            facecolor=page.looks.ink,
            edgecolor=page.looks.ground,
            linewidth=0.8,
            zorder=7,
        )
    )
    write_on(
        axes,
        x,
        y - 0.4 * unit,
        "N",
        fontsize=max(_NORTH_POINTS, page.layout.least_points),
        fontweight="bold",
        ha="center",
        va="top",
        color=page.looks.ink,
        zorder=7,
    )
    return box


@dataclass(frozen=True)
class ScaleBar:
    """A scale bar: its box and where its line begins, in metres, its length and its text."""

    box: Rect
    x: float
    y: float
    length: float
    text: str


def scale_bar_of(
    left: float, bottom: float, width: float, inch: float, least_points: float = 0.0
) -> ScaleBar:
    """Return the bar in the lower left corner of a map that is so many inches wide."""
    longest = _bar_inches(width) * inch
    fitting = [miles for miles in _BARS_MILES if miles * METRES_PER_MILE <= longest]
    miles = fitting[-1] if fitting else _BARS_MILES[0]
    length = miles * METRES_PER_MILE
    x, y, back = left + 0.16 * inch, bottom + 0.17 * inch, 0.08 * inch
    text = f"{miles:g} mi  ({float(f'{length / 1000:.2g}'):g} km)"
    right = x + max(length, wide(text, max(_BAR_POINTS, least_points)) * inch)
    top = y + (0.1 + _BAR_TEXT * _bar_growth(least_points)) * inch
    return ScaleBar((x - back, y - back, right + back, top), x, y, length, text)


def scale_bar(page: PicturePage, axes: Axes, inch: float) -> Rect:
    """Draw it in the lower left corner; the answer is the box that it takes."""
    (left, right), (bottom, _) = axes.get_xlim(), axes.get_ylim()
    points = max(_BAR_POINTS, page.layout.least_points)
    bar = scale_bar_of(left, bottom, (right - left) / inch, inch, points)
    _back(page, axes, bar.box)
    x, y, tick, ink = bar.x, bar.y, 0.05 * inch, page.looks.ink
    axes.plot(
        [x, x, x + bar.length, x + bar.length],
        [y + tick, y, y, y + tick],
        color=ink,
        linewidth=1.6,
        zorder=7,
    )
    write_on(axes, x, y + 0.07 * inch, bar.text, fontsize=points, color=ink, va="bottom", zorder=7)
    return bar.box


def _back(page: PicturePage, axes: Axes, box: Rect) -> None:
    """Draw a background behind arrow and bar, so that they are readable on every color."""
    axes.add_artist(
        Polygon(
            [box[:2], (box[0], box[3]), box[2:], (box[2], box[1])],
            facecolor=page.looks.ground,
            alpha=0.85,
            linewidth=0,
            zorder=6.5,
        )
    )
