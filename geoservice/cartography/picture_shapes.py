"""Shapes of layers as pictures need them: in the region's metres, kept for the next picture of the same ground."""

from functools import lru_cache

import numpy as np
import shapely
from matplotlib.path import Path
from numpy.typing import NDArray

from geoservice.cartography.figure import Shapes
from geoservice.geometry.projection import Projection

_MOST_KEPT = 16
"""Streets, zones and areas of one region are at most eight; what belongs to one figure alone soon makes room."""


@lru_cache(maxsize=8)
def projection_of(metric_crs: str) -> Projection:
    """The projection of a region."""
    return Projection(metric_crs)


@lru_cache(maxsize=_MOST_KEPT)
def in_metres(shapes: Shapes, metric_crs: str) -> NDArray[np.object_]:
    """Shapes of a layer, ready to be asked what lies inside of them."""
    made = projection_of(metric_crs).shapes_to_metres(shapes.array)
    shapely.prepare(made)
    return made


@lru_cache(maxsize=_MOST_KEPT)
def stands(shapes: Shapes, metric_crs: str) -> NDArray[np.float64]:
    """A place inside of each polygon, where its label stands if it may."""
    return np.asarray(shapely.get_coordinates(shapely.point_on_surface(in_metres(shapes, metric_crs))))  # fmt: skip


@lru_cache(maxsize=_MOST_KEPT)
def lines_of(shapes: Shapes, metric_crs: str) -> Path:
    """One path of all lines of a layer."""
    return path_of(in_metres(shapes, metric_crs), closed=False)


def path_of(shapes: NDArray[np.object_], *, closed: bool = True) -> Path:
    """One path of the rings of all polygons, or of all lines."""
    rings = shapely.get_rings(shapely.get_parts(shapes)) if closed else shapes
    places, of = shapely.get_coordinates(rings, return_index=True)
    codes = np.full(len(places), Path.LINETO, dtype=Path.code_type)
    starts = np.searchsorted(of, np.arange(len(rings)))
    codes[starts] = Path.MOVETO
    if closed:
        codes[np.append(starts[1:], len(places)) - 1] = Path.CLOSEPOLY
    return Path(places, codes)
