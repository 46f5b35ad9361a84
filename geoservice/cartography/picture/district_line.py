"""The district's value over the years as a line, in the room that the legend leaves."""

from collections.abc import Sequence

from matplotlib.lines import Line2D

from geoservice.cartography.figure.cells import SHOWN, Value
from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.figure.frames import Frame
from geoservice.cartography.figure.ranking import axis
from geoservice.cartography.picture.layout import Box, Layout
from geoservice.cartography.picture.shown_frames import frames_by_year
from geoservice.cartography.picture.text import PicturePage, TextPlace, TextStyle, clean, wide
from geoservice.cartography.texts import texts_of

_TITLE, _TEXT, _LEAST_TEXT = 9.5, 8.0, 5.5
_LINE, _TALL = 0.19, 0.7
"""Inches of a line of text, and of the room for the line; the layout's scale grows them."""


def line_height_of(drawing: Drawing, layout: Layout) -> float:
    """Return the height in inches of the line; 0 where the figure has none."""
    frames = frames_by_year(drawing)
    values = _values(frames)
    is_exact = all(value.status == SHOWN and value.number is not None for value in values)
    if len(values) < 2 or len(values) < len(frames) or not is_exact:
        return 0.0
    return (_TALL + 4 * _LINE) * layout.scale


def _values(frames: Sequence[Frame]) -> list[Value]:
    return [frame.ranking.district for frame in frames if frame.ranking is not None]


def draw_district_line(page: PicturePage, drawing: Drawing, box: Box) -> Box:
    """Draw a point per year with value and year; return the free space.

    Draws nothing for a single year, if a year has no exact value, or if the space is too small.
    """
    height, scale = line_height_of(drawing, page.layout), page.layout.scale
    if not height or box.height < height:
        return box
    frames = frames_by_year(drawing)
    values = _values(frames)
    title = texts_of(drawing.choice.lang)("picture_district_years")
    place = TextPlace(box.left, box.top, box.width)
    top = page.write(title, place, TextStyle(_TITLE, bold=True, lines=1)) - 1.5 * _LINE * scale
    low, high = axis(values)
    step = box.width / len(values)
    places = [
        (
            box.left + (index + 0.5) * step,
            top - (high - (value.number or 0.0)) / (high - low) * _TALL * scale,
        )
        for index, value in enumerate(values)
    ]
    x, y = [point[0] for point in places], [point[1] for point in places]
    page.axes.add_line(
        Line2D(x, y, color=page.looks.ink, linewidth=1.6, marker="o", markersize=5, zorder=6)
    )
    foot = top - _TALL * scale
    for value, frame, (at_x, at_y) in zip(values, frames, places, strict=True):
        _centred(page, value.text, at_x, at_y + (_LINE + 0.05) * scale, step)
        _centred(page, frame.year, at_x, foot - 0.02, step)
    return Box(box.left, box.bottom, box.width, foot - _LINE * scale - 0.12 - box.bottom)


def _centred(page: PicturePage, text: str, middle: float, top: float, room: float) -> None:
    """Write a short text centered at a place."""
    layout = page.layout
    least = layout.least_points / layout.scale or _LEAST_TEXT
    size = page.fitting(text, (max(_TEXT, least), least), room)
    width = wide(clean(text), size * layout.scale)
    place = TextPlace(middle - width / 2, top, room + 0.1)
    page.write(text, place, TextStyle(size, lines=1))
