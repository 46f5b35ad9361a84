"""Swatches of a legend: the look of each entry, as large as on the map."""

from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Rectangle

from geoservice.cartography.figure.frames import LegendEntry
from geoservice.cartography.picture.fills import fill_of
from geoservice.cartography.picture.layout import Layout
from geoservice.cartography.picture.text import PicturePage
from geoservice.cartography.picture.type import write_on

MARKERS = {"star": "*", "square": "s", "diamond": "D"}
"""matplotlib's names of marks; of all others a circle."""
_MARK_SIZES = {"star": 13, "square": 12, "diamond": 10.5}
_STAR = 1.8**0.5
"""Diameter of a star, by that of a circle of its size."""
SWATCH, _POINT = (0.28, 0.155), 0.09
"""Inches: width and height of a swatch, and the usual radius of a point."""
_USUAL_LINE, _POINTS_PER_PIXEL = 3.0, 0.75


def swatch_radius(layout: Layout, entry: LegendEntry) -> float:
    """Return the radius in inches of an entry's point."""
    is_sized = entry.mark == "point" and entry.size
    if is_sized:
        return entry.size * _POINTS_PER_PIXEL / 72 * layout.marks
    if entry.mark == "star" and entry.size:
        return entry.size * _POINTS_PER_PIXEL / 72 * layout.marks * _STAR
    return _POINT * layout.scale * layout.tightness


def swatch(page: PicturePage, entry: LegendEntry, left: float, middle: float) -> None:
    """Draw the look of a legend's entry."""
    centre = left + SWATCH[0] * page.layout.scale / 2
    if entry.mark == "line":
        _line_swatch(page, entry, left, middle)
    elif entry.mark == "fill":
        _fill_swatch(page, entry, left, middle)
    else:
        _point_swatch(page, entry, centre, middle)
        _letter(page, entry, centre, middle)


def _line_swatch(page: PicturePage, entry: LegendEntry, left: float, middle: float) -> None:
    page.axes.add_line(
        Line2D(
            [left, left + SWATCH[0] * page.layout.scale],
            [middle, middle],
            color=line_colour(entry, page),
            linewidth=(entry.size or _USUAL_LINE) * _POINTS_PER_PIXEL,
            linestyle=(0, (1.5, 1.5)) if entry.hatch else "solid",
        )
    )


def _fill_swatch(page: PicturePage, entry: LegendEntry, left: float, middle: float) -> None:
    width, height = (length * page.layout.scale for length in SWATCH)
    fill = fill_of(entry, page.looks)
    page.axes.add_artist(
        Rectangle(
            (left, middle - height / 2),
            width,
            height,
            facecolor=fill.face,
            hatch=fill.hatch,
            edgecolor=fill.line,
            linewidth=0.6,
        )
    )


def _point_swatch(page: PicturePage, entry: LegendEntry, x: float, y: float) -> None:
    if entry.mark in MARKERS:
        size = _MARK_SIZES[entry.mark] * page.layout.scale
        if entry.size:  # A star, which is as large as on the map.
            size = 2 * entry.size * _POINTS_PER_PIXEL * page.layout.marks * _STAR
        page.axes.plot(
            [x],
            [y],
            marker=MARKERS[entry.mark],
            color=entry.colour,
            markersize=size,
            markeredgecolor=page.looks.outline,
            markeredgewidth=0.6,
        )
        return
    fill = fill_of(entry, page.looks)
    page.axes.add_artist(
        Circle(
            (x, y),
            swatch_radius(page.layout, entry),
            facecolor=fill.face,
            hatch=fill.hatch,
            edgecolor=page.looks.outline,
            linewidth=0.6,
        )
    )


def _letter(page: PicturePage, entry: LegendEntry, x: float, y: float) -> None:
    if not entry.letter:
        return
    write_on(
        page.axes,
        x,
        y,
        entry.letter,
        fontsize=page.layout.sized(7.5),
        fontweight="bold",
        ha="center",
        va="center_baseline",
        color=fill_of(entry, page.looks).ink,
        parse_math=False,
    )


def line_colour(entry: LegendEntry, page: PicturePage) -> str:
    """Colour of a line: outlines and the chosen area follow the theme."""
    theme_colours = {"outline": page.looks.outline, "chosen": page.looks.chosen}
    return theme_colours.get(entry.key, entry.colour)
