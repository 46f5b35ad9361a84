"""The panel of a picture: bars, the district's line, ranked units, below or beside the legend.

A wide page often has room between map and legend: the map is as large as its height lets it be.
"""

from dataclasses import replace

from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.picture.district_line import draw_district_line, line_height_of
from geoservice.cartography.picture.layout import GAP, Box, Layout, columns_of, shown_scale
from geoservice.cartography.picture.legend import (
    bars_height,
    draw_bars,
    fitted_legend,
    with_roomy_legend,
)
from geoservice.cartography.picture.ranking import draw_ranking, ranking_height
from geoservice.cartography.picture.shown_frames import frames_of_picture
from geoservice.cartography.picture.text import PicturePage

_LEAST_SCALE, _LEAST_SCALE_OF_SEVERAL = 0.9, 0.98
"""So much of its scale a map keeps at the least beside a panel; several maps are small already."""


def arranged(layout: Layout, drawing: Drawing) -> Layout:
    """Return the layout with room for the whole legend, and with a panel where there is room."""
    return _with_panel(with_roomy_legend(layout, drawing), drawing)


def _with_panel(layout: Layout, drawing: Drawing) -> Layout:
    if not layout.is_legend_beside:
        return layout
    heights = (
        bars_height(drawing, layout),
        line_height_of(drawing, layout),
        ranking_height(drawing, layout),
    )
    if not any(heights) or sum(heights) <= fitted_legend(layout, drawing, 0).room.height:
        return layout
    box, width = layout.map, layout.legend.width / layout.legend_columns
    smaller = replace(box, width=box.width - width - GAP)
    least = _LEAST_SCALE if len(frames_of_picture(drawing)) == 1 else _LEAST_SCALE_OF_SEVERAL
    if smaller.width <= 0 or _scale(smaller, drawing) < least * _scale(box, drawing):
        return layout
    panel = Box(smaller.right + GAP, box.bottom, width, box.height)
    return replace(layout, map=smaller, panel=panel)


def _scale(box: Box, drawing: Drawing) -> float:
    """Return the scale of the map, or of each of several maps, in a box."""
    count = len(frames_of_picture(drawing))
    across = columns_of(count, box, drawing.bounds)
    part = replace(box, width=box.width / across, height=box.height / -(-count // across))
    return shown_scale(part, drawing.bounds)


def draw_panel(page: PicturePage, drawing: Drawing, below: Box) -> None:
    """Draw what the figure has beside its map: in the panel, or in the room below the legend."""
    panel = page.layout.panel
    rooms = [below] if panel is None else [below, panel]
    for draw in (draw_bars, draw_district_line):
        for index, room in enumerate(rooms):
            rooms[index] = draw(page, drawing, room)
            if rooms[index] != room:
                break
    draw_ranking(page, drawing, max(rooms, key=lambda room: room.height))
