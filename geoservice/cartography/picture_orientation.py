"""North arrow and scale bar of a map in a picture, and the room beside the region where they stand."""

from matplotlib.axes import Axes
from matplotlib.patches import Polygon

from geoservice.cartography.picture_labels import Rect
from geoservice.cartography.picture_layout import Box
from geoservice.cartography.picture_text import Page, wide
from geoservice.cartography.picture_type import write_on
from geoservice.cartography.values import MILE_M

_BARS_MILES = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_LONGEST_BAR, _OF_WIDTH, _LONGEST_TEXT = 1.2, 0.2, 1.05
_EDGE, _ARROW, _BAR_TALL = 0.06, (0.44, 0.62), 0.47
"""Inches: around a region; that an arrow takes of the right side or the upper one, and a bar of the lower one."""


def beside(box: Box, across_m: float, up_m: float) -> tuple[float, float, float]:
    """Metres per inch, and inches left of and below a region of some metres, so that neither arrow nor bar lies on it.

    Each stands beside the region, or above or below it: as lets the region be largest.
    """
    bar = max(_bar_inches(box.width), _LONGEST_TEXT) + 0.28
    (right, top), low = _ARROW, _BAR_TALL
    margins = [(bar, right, _EDGE, _EDGE), (_EDGE, _EDGE, low, top),
               (_EDGE, right, low, _EDGE), (bar, _EDGE, _EDGE, top)]  # fmt: skip

    def scale(margin: tuple[float, float, float, float]) -> float:
        west, east, south, north = margin
        return max(across_m / (box.width - west - east), up_m / (box.height - south - north))

    best = min(margins, key=scale)
    inch, (west, east, south, north) = scale(best), best
    left = west + (box.width - west - east - across_m / inch) / 2
    return inch, left, south + (box.height - south - north - up_m / inch) / 2


def _bar_inches(width: float) -> float:
    return min(_LONGEST_BAR, _OF_WIDTH * width)


def north_arrow(page: Page, axes: Axes, inch: float) -> Rect:
    """Draw it in the upper right corner, ``inch`` metres to the inch; the answer is the box that it takes."""
    (_, right), (_, top) = axes.get_xlim(), axes.get_ylim()
    x, y, unit = right - 0.22 * inch, top - 0.35 * inch, inch * 0.09
    box = (x - 2 * unit, y - 2.5 * unit, x + 2 * unit, y + 3.4 * unit)
    _back(page, axes, box)
    axes.add_artist(Polygon([(x - unit, y), (x, y + 2.8 * unit), (x + unit, y), (x, y + 0.7 * unit)],
                            facecolor=page.looks.ink, edgecolor=page.looks.ground, linewidth=0.8, zorder=7))  # fmt: skip
    write_on(axes, x, y - 0.4 * unit, "N", fontsize=9, fontweight="bold", ha="center", va="top",
              color=page.looks.ink, zorder=7)  # fmt: skip
    return box


def scale_bar(page: Page, axes: Axes, inch: float) -> Rect:
    """Draw it in the lower left corner; the answer is the box that it takes."""
    (left, right), (bottom, _) = axes.get_xlim(), axes.get_ylim()
    longest = _bar_inches((right - left) / inch) * inch
    fitting = [miles for miles in _BARS_MILES if miles * MILE_M <= longest]
    miles = fitting[-1] if fitting else _BARS_MILES[0]
    x, y, length, back = left + 0.16 * inch, bottom + 0.17 * inch, miles * MILE_M, 0.08 * inch
    text = f"{miles:g} mi  ({float(f'{miles * MILE_M / 1000:.2g}'):g} km)"
    box = (x - back, y - back, x + max(length, wide(text, 8) * inch) + back, y + 0.26 * inch)
    _back(page, axes, box)
    tick, ink = 0.05 * inch, page.looks.ink
    axes.plot(
        [x, x, x + length, x + length],
        [y + tick, y, y, y + tick],
        color=ink,
        linewidth=1.6,
        zorder=7,
    )
    write_on(axes, x, y + 0.07 * inch, text, fontsize=8, color=ink, va="bottom", zorder=7)
    return box


def _back(page: Page, axes: Axes, box: Rect) -> None:
    """A ground behind what lies on the map, so that it reads on every colour."""
    axes.add_artist(Polygon([box[:2], (box[0], box[3]), box[2:], (box[2], box[1])],
                            facecolor=page.looks.ground, alpha=0.85, linewidth=0, zorder=6.5))  # fmt: skip
