"""Small multiples for a map of several years: the district's line, then a map per year.

They are above the large map and choose its year. Only the large map has a scale.
"""

from html import escape

import numpy as np
import shapely

from geoservice.cartography.figure.cells import SHOWN
from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.figure.frames import Frame
from geoservice.cartography.figure.layers import POLYGONS, Layer
from geoservice.cartography.figure.ranking import axis
from geoservice.cartography.figure.shapes import Geometries
from geoservice.cartography.texts import texts_of
from geoservice.geometry.simplify import simplified_together

_WIDTH = 300.0
"""Units of a small map's width, about pixels; shapes are simplified to one."""
_LINE_HEIGHT, _LINE_TOP = 80.0, 6.0
"""Pixels; the line's axis begins at 0, as that of the bars."""


def years_html(drawing: Drawing) -> str:
    """Return the section of small maps; empty for a figure of a single year."""
    frames = _frames(drawing)
    layer = next((layer for layer in drawing.layers if layer.id == "units"), None)
    if len(frames) < 2 or layer is None or layer.kind != POLYGONS or not layer.features:
        return ""
    paths, height = _paths(drawing, layer)
    title = escape(texts_of(drawing.choice.lang)("page_years"))
    shapes = "".join(f'<path id="year-{number}" d="{path}"/>' for number, path in enumerate(paths))
    items = "".join(_item(drawing, layer, frame, height) for frame in frames)
    return (
        f'<section id="years" aria-label="{title}"><svg width="0" height="0" aria-hidden="true">'
        f"<defs>{shapes}</defs></svg>{_line(frames)}<ol>{items}</ol></section>"
    )


def _frames(drawing: Drawing) -> list[Frame]:
    """Return the frames of the view shown first that have a year, the earliest first."""
    if drawing.definition.years != "all":
        return []
    same_view = [frame for frame in drawing.frames if frame.view == drawing.frame.view]
    return sorted(same_view, key=lambda frame: frame.year)


def _paths(drawing: Drawing, layer: Layer) -> tuple[list[str], float]:
    """Return the outline of each unit as an SVG path, and the height of the map."""
    west, south, east, north = drawing.bounds
    across = _WIDTH / (east - west)
    up = across / np.cos(np.radians((south + north) / 2))
    shapes = simplified_together(layer.shapes.array, (east - west) / _WIDTH)
    moved: Geometries = shapely.transform(
        shapes,
        lambda points: np.column_stack(
            [(points[:, 0] - west) * across, (north - points[:, 1]) * up]
        ),
    )
    return [_path(shape) for shape in moved], (north - south) * up


def _path(shape: shapely.Geometry) -> str:
    rings = [ring for part in shapely.get_parts(shape) for ring in shapely.get_rings(part)]
    lines = (shapely.get_coordinates(ring).round(1).tolist() for ring in rings)
    return "".join("M" + "L".join(f"{x:g},{y:g}" for x, y in line) + "Z" for line in lines)


def _item(drawing: Drawing, layer: Layer, frame: Frame, height: float) -> str:
    """Return the small map of a year as a button that shows this year on the large map."""
    looks = {
        entry.key: f"url(#hatch-{entry.hatch})" if entry.hatch else entry.colour
        for entry in frame.legend
    }
    fills = (looks.get(feature.states[frame.id].key, "none") for feature in layer.features)
    uses = "".join(
        f'<use href="#year-{number}" fill="{fill}"/>' for number, fill in enumerate(fills)
    )
    is_current = ' aria-current="true"' if frame.id == drawing.frame.id else ""
    return (
        f'<li><button type="button" data-year="{escape(frame.year)}"{is_current}>'
        f"<b>{escape(frame.district)}</b>"
        f'<svg viewBox="-1 -1 {_WIDTH + 2:g} {height + 2:.0f}" aria-hidden="true">{uses}</svg>'
        "</button></li>"
    )


def _line(frames: list[Frame]) -> str:
    """Return the district's value over the years as a line; empty if a year has no value."""
    values = [frame.ranking.district for frame in frames if frame.ranking is not None]
    numbers = [value.number for value in values if value.status == SHOWN]
    exact = [number for number in numbers if number is not None]
    if len(exact) < len(frames):
        return ""
    low, high = axis(values)
    room = _LINE_HEIGHT - 2 * _LINE_TOP
    points = [
        f"{100 * index + 50},{_LINE_TOP + (high - number) / (high - low) * room:.1f}"
        for index, number in enumerate(exact)
    ]
    dots = "".join(f"M{point}h0" for point in points)
    size = f"0 0 {100 * len(frames)} {_LINE_HEIGHT:g}"
    return (
        f'<svg class="district-line" viewBox="{size}" preserveAspectRatio="none" '
        f'aria-hidden="true"><polyline points="{" ".join(points)}"/><path d="{dots}"/></svg>'
    )
