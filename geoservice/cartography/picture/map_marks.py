"""Points of a map as marks: their positions and looks."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.figure.frames import LegendEntry
from geoservice.cartography.figure.layers import Feature, Layer
from geoservice.cartography.picture.fills import fill_of
from geoservice.cartography.picture.layout import Looks
from geoservice.cartography.picture.marks import Mark, MarkLook
from geoservice.cartography.picture.points import side_by_side
from geoservice.cartography.picture.shapes import in_metres
from geoservice.cartography.picture.sheet import Sheet
from geoservice.cartography.picture.swatches import MARKERS
from geoservice.cartography.picture.text import clean

MOST_LETTERS = 150
"""Beyond so many points their letters are drawn as outlines: as text they would take seconds."""
_LEAST_SIZE = 4
_RIM, _STAR_RIM = 1.12, 1.55
"""Radius of a mark with its pale rim, by its own radius."""

Look = Callable[[Feature], LegendEntry | None]
"""Gives the look of a feature in the frame that is drawn."""


@dataclass(frozen=True, eq=False)
class PlacedMarks:
    """The marks of a layer: places in metres, radii in inches, with their rims."""

    layer: Layer
    places: NDArray[np.float64]
    radii: NDArray[np.float64]


def placed_marks(layer: Layer, drawing: Drawing, sheet: Sheet, look: Look) -> PlacedMarks:
    """Return the places of the marks of a layer; marks at the same site lie side by side."""
    places = shapely.get_coordinates(in_metres(layer.shapes, drawing.metric_crs))
    radii = np.array([_radius(feature, sheet) for feature in layer.features])
    entries = [look(feature) for feature in layer.features]
    is_star = np.array([entry is not None and entry.mark == "star" for entry in entries], bool)
    if 0 < len(layer.features) <= MOST_LETTERS:
        places = side_by_side(places, radii * sheet.inch * sheet.spacing)
    return PlacedMarks(layer, places, radii * np.where(is_star, _STAR_RIM, _RIM))


def marks_to_draw(placed: PlacedMarks, look: Look, sheet: Sheet, looks: Looks) -> list[Mark]:
    """Return the marks of a layer, the largest first, so that no mark covers a smaller one."""
    has_letters = len(placed.layer.features) <= MOST_LETTERS
    marks = []
    for feature, (x, y) in zip(placed.layer.features, placed.places, strict=True):
        entry = look(feature)
        if entry is None:
            continue
        points = min(9, max(5, feature.size * 0.8)) * sheet.marks if has_letters else 0.0
        mark_look = replace(_mark_look(entry, looks), is_dashed=feature.is_dashed)
        mark_look = replace(mark_look, letter_points=points)
        marks.append(Mark(float(x), float(y), _radius(feature, sheet) * 72, mark_look))
    return sorted(marks, key=lambda mark: -mark.radius)


def _radius(feature: Feature, sheet: Sheet) -> float:
    """Return the radius of a mark in inches."""
    return max(feature.size, _LEAST_SIZE) * sheet.pixel


def _mark_look(entry: LegendEntry, looks: Looks) -> MarkLook:
    fill = fill_of(entry, looks)
    return MarkLook(
        marker=MARKERS.get(entry.mark, "o"),
        fill=fill.face,
        edge=looks.outline,
        halo=looks.ground,
        ink=fill.ink,
        hatch=fill.hatch or "",
        letter=clean(entry.letter),
    )
