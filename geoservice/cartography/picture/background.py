"""The background of a picture's map: land, parks, water, railways, outlines and place names."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from numpy.typing import NDArray

from geoservice.cartography.figure.background import LAND
from geoservice.cartography.figure.layers import ONLY, Layer
from geoservice.cartography.picture.placement import Rect
from geoservice.cartography.picture.shapes import in_metres, path_of
from geoservice.cartography.picture.sheet import Sheet
from geoservice.cartography.picture.text import clean, wide
from geoservice.cartography.picture.type import write_on
from geoservice.model.background import PARKS, PLACES, RAILWAYS, WATER

UNDER, OVER, STREETS_LEVEL, OUTLINES_LEVEL = 0.5, 2.0, 2.4, 2.9
"""Levels: land beneath the figure's colours, water above them, then streets, then outlines."""
_LINE, _CASING = 2.0, 3.6
"""Widths of outlines in points: 2.7 pixels, and the casing around them."""
_NAME_SIZE, _PLACE_SIZE = 6.5, 7.5
_APART = 0.03
"""Inches between a name and what stands beside it."""
_LEAST_INCHES = 0.35
"""Extent of the smallest water or park whose name is printed."""


@dataclass(frozen=True)
class GroundLooks:
    """Colours of the background in a theme."""

    outside: str
    land: str
    parks: str
    water: str
    shore: str
    railway: str
    casing: str
    water_name: str
    place_name: str


GROUNDS = {
    "light": GroundLooks(
        *("#dde2e6", "#f4f5f3", "#d3e6cb", "#b9d6e8", "#86b2cd"),
        *("#7c838a", "#ffffff", "#2d6587", "#626d77"),
    ),
    "dark": GroundLooks(
        *("#151c23", "#222c35", "#223a2d", "#173a52", "#2f6688"),
        *("#7b8894", "#0f151a", "#8fc3e3", "#9eabb7"),
    ),
    "print": GroundLooks(
        *("#ececec", "#ffffff", "#eeeeee", "#dcdcdc", "#a8a8a8"),
        *("#8c8c8c", "#ffffff", "#333333", "#333333"),
    ),
}


@dataclass(frozen=True)
class DrawnGround:
    """The background layer of a map. ``is_coloured`` is true under areas with colours."""

    layer: Layer
    metric_crs: str
    looks: GroundLooks
    is_coloured: bool

    @property
    def shapes(self) -> NDArray[np.object_]:
        """Shapes in metres."""
        return in_metres(self.layer.shapes, self.metric_crs)

    def of(self, kind: str) -> NDArray[np.object_]:
        """Return the shapes of a kind in metres."""
        rows = [
            index
            for index, feature in enumerate(self.layer.features)
            if feature.states[ONLY].key == kind
        ]
        return np.asarray(self.shapes[rows])


def draw_background(axes: Axes, ground: DrawnGround) -> None:
    """Draw land and parks beneath the figure, water and railways above its colours."""
    looks = ground.looks
    land = ground.of(LAND)
    if len(land):
        axes.set_facecolor(looks.outside)
        _fill(axes, land, looks.land, "none", UNDER)
    _fill(axes, ground.of(PARKS), looks.parks, "none", UNDER + 0.1 if ground.is_coloured else OVER)
    _fill(axes, ground.of(WATER), looks.water, looks.shore, OVER + 0.1)
    _lines(axes, ground.of(WATER), looks.shore, (0.9, "solid"), OVER + 0.1)
    _lines(axes, ground.of(RAILWAYS), looks.railway, (1.3, "solid"), OVER + 0.2)
    _lines(axes, ground.of(RAILWAYS), looks.land, (0.7, (0, (4, 4))), OVER + 0.3)


def draw_outlines(axes: Axes, path: Path, colour: str, casing: str, share: float = 1.0) -> None:
    """Draw outlines of zones or areas above the streets, with a casing on both sides.

    Parameters
    ----------
    share
        Share of their usual width, for a small map.
    """
    for width, edge, level in ((_CASING, casing, 0.0), (_LINE, colour, 0.05)):
        axes.add_artist(
            PathPatch(
                path,
                facecolor="none",
                edgecolor=edge,
                linewidth=width * share,
                joinstyle="round",
                zorder=OUTLINES_LEVEL + level,
            )
        )


def write_names(axes: Axes, ground: DrawnGround, sheet: Sheet, taken: Sequence[Rect]) -> None:
    """Write names of water, parks and places in the free space."""
    inch = sheet.inch
    if ground.is_coloured:
        return
    boxes = list(taken)
    left, right = axes.get_xlim()
    bottom, top = axes.get_ylim()
    window = shapely.box(left, bottom, right, top)
    for feature, shape in zip(ground.layer.features, ground.shapes, strict=True):
        kind, name = feature.states[ONLY].key, clean(feature.name)
        seen = shapely.intersection(shape, window) if name else shape
        if not name or seen.is_empty or kind == RAILWAYS:
            continue
        west, south, east, north = seen.bounds
        if kind != PLACES and max(east - west, north - south) < _LEAST_INCHES * inch:
            continue
        place = shapely.point_on_surface(seen)
        size = max(_PLACE_SIZE if kind == PLACES else _NAME_SIZE, sheet.least_points)
        half_width = (wide(name, size) / 2 + _APART) * inch
        half_height = size / 72 * 0.75 * inch
        box = (
            place.x - half_width,
            place.y - half_height,
            place.x + half_width,
            place.y + half_height,
        )
        is_seen = left < box[0] and box[2] < right and bottom < box[1] and box[3] < top
        if is_seen and not any(_meet(box, other) for other in boxes):
            boxes.append(box)
            colour = ground.looks.water_name if kind == WATER else ground.looks.place_name
            write_on(
                axes,
                place.x,
                place.y,
                name,
                fontsize=size,
                color=colour,
                ha="center",
                va="center",
                zorder=5.9,
                parse_math=False,
                clip_on=True,
            )


def _meet(box: Rect, other: Rect) -> bool:
    is_across = box[0] < other[2] and other[0] < box[2]
    return is_across and box[1] < other[3] and other[1] < box[3]


def _fill(axes: Axes, shapes: NDArray[np.object_], colour: str, edge: str, level: float) -> None:
    parts = shapely.get_parts(shapes)
    polygons = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    if len(polygons):
        axes.add_artist(
            PathPatch(
                path_of(polygons), facecolor=colour, edgecolor=edge, linewidth=0.5, zorder=level
            )
        )


def _lines(
    axes: Axes,
    shapes: NDArray[np.object_],
    colour: str,
    stroke: tuple[float, str | tuple[int, tuple[int, int]]],
    level: float,
) -> None:
    parts = shapely.get_parts(shapes)
    lines = parts[shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING]
    width, dashes = stroke
    axes.add_collection(
        LineCollection(
            [shapely.get_coordinates(line) for line in lines],
            colors=colour,
            linewidths=width,
            linestyles=[dashes],
            zorder=level,
        ),
        autolim=False,
    )
