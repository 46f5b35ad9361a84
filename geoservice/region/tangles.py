"""Detection of polygons with too many self-intersections for a repair in memory."""

import numpy as np
import shapely
from numpy.typing import NDArray

from geoservice.model.layers import Geometries

MOST_CROSSINGS = 1_000
"""Outlines of real zones have a few self-intersections from digitizing errors."""
_PAIRS_AT_ONCE = 4_000_000


def tangled(shapes: Geometries) -> NDArray[np.bool_]:
    """Return True for polygons that cross themselves in more than `MOST_CROSSINGS` places.

    A repair takes memory and time for each crossing, and the number of crossings can grow with
    the square of the number of vertices.
    """
    return np.array([_crosses_too_often(shape) for shape in shapes], dtype=bool)


def _crosses_too_often(shape: shapely.Geometry) -> bool:
    ends = np.concatenate([_ends(ring) for ring in shapely.get_rings(shapely.get_parts(shape))])
    segments = np.asarray(shapely.linestrings(ends))
    tree = shapely.STRtree(segments)
    step = max(1, _PAIRS_AT_ONCE // max(1, len(segments)))
    pairs = 0
    for start in range(0, len(segments), step):  # Batches limit the memory for pairs.
        crossings = tree.query(segments[start : start + step], predicate="crosses")
        pairs += crossings.shape[1]
        if pairs > 2 * MOST_CROSSINGS:  # Each crossing counts twice, once per segment.
            return True
    return False


def _ends(ring: shapely.Geometry) -> NDArray[np.float64]:
    vertices = shapely.get_coordinates(ring)
    return np.stack([vertices[:-1], vertices[1:]], axis=1)
