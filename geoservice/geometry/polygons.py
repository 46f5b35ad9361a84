"""Which polygon of a set holds each point, and how far the polygon's edge is."""

import threading

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


class PolygonIndex:
    """Polygons of one set in a metric CRS, none meant to overlap.

    A point on a shared edge, or where two polygons overlap, goes to the polygon that stands
    first in the set. GEOS prepares polygons lazily and not safely between threads, so the index
    holds a lock while it uses them.
    """

    def __init__(self, polygons: NDArray[np.object_]) -> None:
        self._polygons = polygons
        self._bounds = shapely.bounds(polygons).reshape(-1, 4)
        self._edges: dict[int, shapely.STRtree] = {}
        self._lock = threading.Lock()

    def locate(self, x: Floats, y: Floats) -> Places:
        """Index of the polygon that holds each point, -1 where none does.

        Points are sorted by x once; each polygon then tests only the points in its bounds.
        """
        found = np.full(len(x), -1, dtype=np.int64)
        order = np.argsort(x, kind="stable")
        sorted_x = x[order]
        first = np.searchsorted(sorted_x, self._bounds[:, 0], side="left")
        last = np.searchsorted(sorted_x, self._bounds[:, 2], side="right")
        with self._lock:
            for place in np.flatnonzero(last > first):
                near = order[first[place] : last[place]]
                low, high = self._bounds[place, 1], self._bounds[place, 3]
                near = near[(found[near] < 0) & (y[near] >= low) & (y[near] <= high)]
                if len(near):
                    polygon = self._polygons[place]
                    shapely.prepare(polygon)
                    found[near[shapely.intersects_xy(polygon, x[near], y[near])]] = place
        return found

    def margin_m(self, x: Floats, y: Floats, places: Places) -> Floats:
        """Distance in metres from each point to the edge of its polygon, NaN where it has none."""
        margin = np.full(len(x), np.nan)
        order = np.argsort(places, kind="stable")
        start = np.searchsorted(places[order], 0)
        values, firsts = np.unique(places[order][start:], return_index=True)
        groups = np.split(order[start:], firsts[1:]) if len(values) else []
        with self._lock:
            for place, group in zip(values, groups, strict=True):
                points = shapely.points(x[group], y[group])
                _, distance = self._edge_tree(int(place)).query_nearest(
                    points, return_distance=True, all_matches=False
                )
                margin[group] = distance
        return margin

    def _edge_tree(self, place: int) -> shapely.STRtree:
        if place not in self._edges:
            rings = shapely.get_rings(shapely.get_parts(self._polygons[place]))
            self._edges[place] = shapely.STRtree(np.concatenate([_edges(one) for one in rings]))
        return self._edges[place]


def _edges(ring: shapely.LinearRing) -> NDArray[np.object_]:
    vertices = shapely.get_coordinates(ring)
    pairs = np.stack([vertices[:-1], vertices[1:]], axis=1)
    return np.asarray(shapely.linestrings(pairs))
