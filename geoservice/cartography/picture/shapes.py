"""Shapes of layers in the region's metres, kept for the next picture of the same ground."""

from functools import lru_cache

import numpy as np
import shapely
from matplotlib.path import Path
from numpy.typing import NDArray

from geoservice.cartography.figure.layers import Shapes
from geoservice.geometry.projection import Projection

_MOST_KEPT = 16
"""Streets, zones and areas of one region are at most eight.

What belongs to one figure alone soon makes room.
"""


@lru_cache(maxsize=8)
def projection_of(metric_crs: str) -> Projection:
    """The projection of a region."""
    return Projection(metric_crs)


@lru_cache(maxsize=_MOST_KEPT)
def in_metres(shapes: Shapes, metric_crs: str) -> NDArray[np.object_]:
    """Return shapes of a layer in meters, prepared for point-in-polygon tests."""
    projected = projection_of(metric_crs).shapes_to_metres(shapes.array)
    shapely.prepare(projected)
    return projected


@lru_cache(maxsize=_MOST_KEPT)
def stands(shapes: Shapes, metric_crs: str) -> NDArray[np.float64]:
    """Return the preferred position of each polygon's label; NaN for empty polygons."""
    places = shapely.point_on_surface(in_metres(shapes, metric_crs))
    return np.column_stack([shapely.get_x(places), shapely.get_y(places)])


@lru_cache(maxsize=_MOST_KEPT)
def lines_of(shapes: Shapes, metric_crs: str) -> Path:
    """Return a path of all lines of a layer."""
    return path_of(in_metres(shapes, metric_crs), closed=False)


def path_of(shapes: NDArray[np.object_], *, closed: bool = True) -> Path:
    """Return a path of the rings of all polygons, or of all lines."""
    rings = shapely.get_rings(shapely.get_parts(shapes)) if closed else shapes
    places, of = shapely.get_coordinates(rings, return_index=True)
    codes = np.full(len(places), Path.LINETO, dtype=Path.code_type)
    starts = np.searchsorted(of, np.arange(len(rings)))
    codes[starts] = Path.MOVETO
    if closed:
        codes[np.append(starts[1:], len(places)) - 1] = Path.CLOSEPOLY
    return Path(places, codes)
