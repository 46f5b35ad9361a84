"""Where polygons of one layer overlap, and which polygons hold a point there."""

import numpy as np
import shapely
from numpy.typing import NDArray

from geoservice.geometry.polygons import Floats, Places

_LEAST_WIDTH_M = 2.0
"""Narrower overlaps are slips of digitizing: the first polygon counts, and its edge is near."""


def wide_overlaps(polygons: NDArray[np.object_]) -> tuple[Places, Places, NDArray[np.object_]]:
    """Pairs of polygons (metres) that overlap by more than a slip: indexes and shared areas."""
    first, second = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    is_pair = first < second
    first, second = first[is_pair], second[is_pair]
    shared = shapely.intersection(polygons[first], polygons[second])
    is_wide = ~shapely.is_empty(shapely.buffer(shared, -_LEAST_WIDTH_M / 2))
    return first[is_wide], second[is_wide], np.asarray(shared[is_wide], dtype=object)


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

    def __init__(self, first: Places, second: Places, shapes: NDArray[np.object_]) -> None:
        self.first, self.second, self.shapes = first, second, shapes
        self._tree = shapely.STRtree(shapes)
        self.involved = np.unique(np.concatenate([first, second]))

    def __bool__(self) -> bool:
        """True where any two polygons overlap."""
        return bool(len(self.first))

    def combinations(self, x: Floats, y: Floats) -> tuple[Places, list[tuple[int, ...]]]:
        """The polygons that hold each point, where there are at least two.

        Returns
        -------
        tuple
            For each point the number of its combination, -1 where fewer than two polygons hold
            it; and each combination as ascending indexes of polygons.
        """
        number = np.full(len(x), -1, dtype=np.int64)
        point, pair = self._tree.query(shapely.points(x, y), predicate="intersects")
        if not len(point):
            return number, []
        rows, at = np.unique(point, return_inverse=True)
        holds = np.zeros((len(rows), len(self.involved)), dtype=bool)
        for polygons in (self.first, self.second):
            holds[at, np.searchsorted(self.involved, polygons[pair])] = True
        distinct, of_row = np.unique(holds, axis=0, return_inverse=True)
        number[rows] = of_row.reshape(-1)
        return number, [tuple(self.involved[mask].tolist()) for mask in distinct]

    def within_m(self, x: Floats, y: Floats, places: Places, limit_m: Floats) -> Floats:
        """Metres from each point to the nearest overlap of its polygon, at most ``limit_m``."""
        distance = limit_m.copy()
        for place in np.intersect1d(self.involved, places):
            rows = np.flatnonzero(places == place)
            for shape in self.shapes[(self.first == place) | (self.second == place)]:
                near = rows[_box_distance(shape, x[rows], y[rows]) < distance[rows]]
                spots = shapely.points(x[near], y[near])
                distance[near] = np.minimum(distance[near], shapely.distance(spots, shape))
        return distance


def _box_distance(shape: shapely.Geometry, x: Floats, y: Floats) -> Floats:
    """Metres from each point to the bounds of a shape, 0 inside: never more than to the shape."""
    west, south, east, north = shape.bounds
    east_m = np.maximum(np.maximum(west - x, x - east), 0.0)
    north_m = np.maximum(np.maximum(south - y, y - north), 0.0)
    return np.asarray(np.hypot(east_m, north_m))
