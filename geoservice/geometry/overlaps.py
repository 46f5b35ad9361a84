"""Overlaps of polygons in a layer, and the polygons that hold a point in an overlap."""

import numpy as np
import shapely
from numpy.typing import NDArray

from geoservice.geometry.polygons import Floats, Places

_MIN_WIDTH_M = 2.0
"""Narrower overlaps are digitizing errors: the first polygon wins."""


def wide_overlaps(polygons: NDArray[np.object_]) -> tuple[Places, Places, NDArray[np.object_]]:
    """Return pairs of polygons (metres) with a wide overlap: both indexes and the shared area."""
    index_a, index_b = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    is_pair = index_a < index_b
    index_a, index_b = index_a[is_pair], index_b[is_pair]
    shared = shapely.intersection(polygons[index_a], polygons[index_b])
    is_wide = ~shapely.is_empty(shapely.buffer(shared, -_MIN_WIDTH_M / 2))
    return index_a[is_wide], index_b[is_wide], np.asarray(shared[is_wide], dtype=object)


class Overlaps:
    """The overlaps of polygons in a metric CRS. Safe to share between threads.

    Attributes
    ----------
    first, second
        Indexes of the polygons of each pair that overlaps.
    shapes
        The area that the two polygons of each pair share.
    involved
        Indexes of all polygons that overlap another, ascending.
    """

    def __init__(self, index_a: Places, index_b: Places, shapes: NDArray[np.object_]) -> None:
        self.first, self.second, self.shapes = index_a, index_b, shapes
        self._tree = shapely.STRtree(shapes)
        self.involved = np.unique(np.concatenate([index_a, index_b]))

    def __bool__(self) -> bool:
        """Return whether any two polygons overlap."""
        return bool(len(self.first))

    def combinations(self, x: Floats, y: Floats) -> tuple[Places, list[tuple[int, ...]]]:
        """Return which polygons hold each point, for points in at least two polygons.

        Returns
        -------
        tuple
            The combination number of each point, -1 if fewer than two polygons hold it; and the
            combinations as ascending polygon indexes.
        """
        number = np.full(len(x), -1, dtype=np.int64)
        point, pair = self._tree.query(shapely.points(x, y), predicate="intersects")
        if not len(point):
            return number, []
        rows, row_of_pair = np.unique(point, return_inverse=True)
        holds = np.zeros((len(rows), len(self.involved)), dtype=bool)
        for polygons in (self.first, self.second):
            holds[row_of_pair, np.searchsorted(self.involved, polygons[pair])] = True
        distinct, of_row = np.unique(holds, axis=0, return_inverse=True)
        number[rows] = of_row.reshape(-1)
        return number, [tuple(self.involved[mask].tolist()) for mask in distinct]

    def within_m(self, x: Floats, y: Floats, places: Places, limit_m: Floats) -> Floats:
        """Return the metres to the nearest overlap of each point's polygon, at most ``limit_m``."""
        distance = limit_m.copy()
        for place in np.intersect1d(self.involved, places):
            rows = np.flatnonzero(places == place)
            for shape in self.shapes[(self.first == place) | (self.second == place)]:
                near = rows[_box_distance(shape, x[rows], y[rows]) < distance[rows]]
                spots = shapely.points(x[near], y[near])
                distance[near] = np.minimum(distance[near], shapely.distance(spots, shape))
        return distance


def _box_distance(shape: shapely.Geometry, x: Floats, y: Floats) -> Floats:
    """Return the metres from each point to the bounds of a shape, a lower bound of the distance."""
    west, south, east, north = shape.bounds
    east_m = np.maximum(np.maximum(west - x, x - east), 0.0)
    north_m = np.maximum(np.maximum(south - y, y - north), 0.0)
    return np.asarray(np.hypot(east_m, north_m))
