"""The ranked bars of a choropleth in the room that its legend leaves."""

from collections.abc import Sequence

from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from geoservice.cartography.figure.cells import SHOWN
from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.figure.ranking import RankedUnit, Ranking
from geoservice.cartography.picture.fills import HATCHES
from geoservice.cartography.picture.layout import Box, Layout
from geoservice.cartography.picture.legend import has_own_bars
from geoservice.cartography.picture.text import (
    PicturePage,
    TextPlace,
    TextStyle,
    clean,
    fitted,
    tall,
    wide,
)
from geoservice.cartography.texts import texts_of

_TITLE, _TEXT = (9.5, 7.0), (8.8, 7.0)
"""Largest and smallest type of the title and of the rows, in points."""
_TITLE_LINES = 2
_UNDER_TITLE = 0.03
_ROW, _GAP = 0.19, 0.08
"""Inches of a row, and between its name, its bar and its value; the layout's scale grows them."""
_ROUNDING = 1e-6
"""Inches; the longest name has its own width as room, and sums of floats may fall short of it."""
_FEWEST_ROWS, _MANY_ROWS = 4, 15
_LONGEST_NAME = 0.58
"""Names take at most so much of the width."""


def draw_ranking(page: PicturePage, drawing: Drawing, box: Box) -> None:
    """Draw the bars of the first frame, if there is space for at least some bars.

    Without space for all, the units with the highest and lowest values are drawn, and the chosen
    area, whose name is bold.
    """
    ranking = drawing.frame.ranking
    if ranking is None or has_own_bars(drawing):
        return
    layout, scale = page.layout, page.layout.scale
    row_height = _ROW * scale
    title, smallest = _types(layout)
    size = page.fitting(ranking.title, title, box.width, lines=_TITLE_LINES, bold=True)
    title_height = tall(ranking.title, size * scale, box.width, bold=True)
    count = int((box.height - title_height - _UNDER_TITLE) / row_height + _ROUNDING)
    if count < min(_FEWEST_ROWS, len(ranking.units)):
        return
    style = TextStyle(size, bold=True)
    top = page.write(ranking.title, TextPlace(box.left, box.top, box.width), style) - _UNDER_TITLE
    chosen = drawing.choice.area
    rows = _fitting(ranking.units, count, chosen)
    longest = box.width * _LONGEST_NAME
    points = min(page.fitting(unit.name, smallest, longest) for unit in rows if unit)
    axis = _axis(page, rows, box.lowered(top), points, chosen)
    for index, unit in enumerate(rows):  # Over units: at most some dozens.
        top -= row_height
        if unit is None:
            place = TextPlace(box.left, top + row_height, box.width)
            _more(page, drawing, place, _between(ranking.units, rows, index), points)
            continue
        _row(page, drawing, ranking, unit, Box(axis.left, top, axis.width, row_height), box, points)
    if ranking.line is not None:
        x = axis.left + ranking.line * axis.width
        page.axes.add_line(
            Line2D([x, x], [top, axis.top], color=page.looks.ink, linewidth=1.2, zorder=6)
        )


def ranking_height(drawing: Drawing, layout: Layout) -> float:
    """Return the height in inches of the bars of all units, or of some of many; 0 without bars."""
    ranking = drawing.frame.ranking
    if ranking is None or has_own_bars(drawing):
        return 0.0
    title, _ = _types(layout)
    width = layout.legend.width / layout.legend_columns
    head = tall(ranking.title, title[1] * layout.scale, width, bold=True) + _UNDER_TITLE
    return head + min(len(ranking.units), _MANY_ROWS) * _ROW * layout.scale


def _types(layout: Layout) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the largest and smallest type of title and rows, before the scale multiplies them."""
    least = layout.least_points / layout.scale
    title, text = (tuple(max(size, least) for size in sizes) for sizes in (_TITLE, _TEXT))
    return (title[0], title[1]), (text[0], text[1])


def _more(
    page: PicturePage,
    drawing: Drawing,
    place: TextPlace,
    count: int,
    points: float,
) -> None:
    """Write how many units stand between two rows."""
    if not count:
        return
    text = texts_of(drawing.choice.lang)("picture_more_units", n=count)
    page.write(text, place, TextStyle(points, soft=True, lines=1))


def _between(units: Sequence[RankedUnit], rows: Sequence[RankedUnit | None], gap: int) -> int:
    """Return how many units stand between the rows before and after a gap."""
    before, after = (units.index(row) for row in (rows[gap - 1], rows[gap + 1]) if row is not None)
    return after - before - 1


def _fitting(units: Sequence[RankedUnit], count: int, chosen: str) -> list[RankedUnit | None]:
    """Return the units to draw; None is the gap between the highest and the lowest."""
    if len(units) <= count:
        return list(units)
    high = count // 2
    low = count - 1 - high
    between = units[high : len(units) - low]
    chosen_units = [unit for unit in between if unit.id == chosen]
    if chosen_units and low > 1:  # The chosen area and a second gap take the places of two rows.
        high, low = high - 1, low - 1
        return [*units[:high], None, *chosen_units, None, *units[len(units) - low :]]
    middle: list[RankedUnit | None] = [*chosen_units] or [None]
    return [*units[:high], *middle, *units[len(units) - low :]]


def _axis(
    page: PicturePage,
    rows: Sequence[RankedUnit | None],
    box: Box,
    points: float,
    chosen: str,
) -> Box:
    """Return the room for the bars between names and values."""
    size, gap = points * page.layout.scale, _GAP * page.layout.scale
    units = [unit for unit in rows if unit is not None]
    longest = max(wide(clean(unit.name), size, bold=unit.id == chosen) for unit in units)
    name = min(longest, box.width * _LONGEST_NAME)
    value = max(wide(clean(unit.value.text), size) for unit in units)
    left = box.left + name + gap
    height = _ROW * page.layout.scale * len(rows)
    return Box(left, box.top - height, box.right - value - gap - left, height)


def _row(
    page: PicturePage,
    drawing: Drawing,
    ranking: Ranking,
    unit: RankedUnit,
    bar_box: Box,
    box: Box,
    points: float,
) -> None:
    size, gap = points * page.layout.scale, _GAP * page.layout.scale
    is_chosen = unit.id == drawing.choice.area
    room = bar_box.left - gap - box.left + _ROUNDING
    name = fitted(clean(unit.name), size, room, bold=is_chosen)
    style = TextStyle(points, lines=1, bold=is_chosen)
    page.write(name, TextPlace(box.left, bar_box.top, box.width), style)
    value = wide(clean(unit.value.text), size)
    place = TextPlace(box.right - value, bar_box.top, value + 0.1)
    page.write(unit.value.text, place, style)
    ends = ranking.bar(unit)
    if ends is None:
        return
    colours = {entry.key: entry.colour for entry in drawing.frame.legend if not entry.hatch}
    hatch = None if unit.value.status == SHOWN else HATCHES["suppressed"]
    looks, (start, end) = page.looks, ends
    page.axes.add_artist(
        Rectangle(
            (bar_box.left + start * bar_box.width, bar_box.bottom + bar_box.height * 0.18),
            (end - start) * bar_box.width,
            bar_box.height * 0.64,
            facecolor=looks.ground if hatch else colours.get(unit.key, looks.ground),
            edgecolor=looks.hatch if hatch else looks.outline,
            hatch=hatch,
            linewidth=0.5,
        )
    )
