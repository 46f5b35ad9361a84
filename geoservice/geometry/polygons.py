"""Which polygon of a set holds each point, and how far the polygon's edge is."""

import threading

import numpy as np
import shapely
from numpy.typing import NDArray

from geoservice.geometry.cells import UNSURE, Lattice, lattice

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Ends = float | Floats
_MOST_DIRECT = 150
"""Polygons of more edges than this are asked through a tree of their edges."""
_FEW = 8
"""So few points are measured against all edges at once."""
_WORTH_CELLS = 20_000
"""Once so many points were asked for, the cells that answer most of them are made."""


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
        self._segments: dict[int, Floats] = {}
        self._lock = threading.Lock()
        self._asked = 0
        self._lattice: Lattice | None = None

    def locate(self, x: Floats, y: Floats) -> Places:
        """Index of the polygon that holds each point, -1 where none does."""
        cells = self._cells(len(x))
        if cells is None:
            return self._locate(x, y) if len(x) != 1 else self._locate_one(x, y)
        found = cells.find(x, y)
        unsure = np.flatnonzero(found == UNSURE)
        if len(unsure):
            found[unsure] = self._locate(x[unsure], y[unsure])
        return found

    def _cells(self, points: int) -> Lattice | None:
        """The lattice, made when it is worth it: it changes how long an answer takes, never what it is."""
        if self._lattice is None and len(self._polygons):
            self._asked += points
            if self._asked >= _WORTH_CELLS:
                self._lattice = lattice(self._polygons, self._locate)
        return self._lattice

    def _locate_one(self, x: Floats, y: Floats) -> Places:
        """As `_locate`, of one point: without sorting."""
        bounds = self._bounds
        inside = (
            (bounds[:, 0] <= x) & (bounds[:, 2] >= x) & (bounds[:, 1] <= y) & (bounds[:, 3] >= y)
        )
        with self._lock:
            for place in np.flatnonzero(inside).tolist():
                shapely.prepare(self._polygons[place])
                if shapely.intersects_xy(self._polygons[place], x[0], y[0]):
                    return np.array([place])
        return np.array([-1])

    def _locate(self, x: Floats, y: Floats) -> Places:
        """Points are sorted by x once; each polygon then tests only the points in its bounds."""
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
        for place, group in zip(values, groups, strict=True):
            margin[group] = self._edge_distance(int(place), x[group], y[group])
        return margin

    def _edge_distance(self, place: int, x: Floats, y: Floats) -> Floats:
        with self._lock:
            if place not in self._segments:
                rings = shapely.get_rings(shapely.get_parts(self._polygons[place]))
                self._segments[place] = np.concatenate([_segments(one) for one in rings])
            segments = self._segments[place]
            if len(segments) > _MOST_DIRECT:
                points = shapely.points(x, y)
                _, far = self._edge_tree(place).query_nearest(
                    points, return_distance=True, all_matches=False
                )
                return np.asarray(far)
        return _nearest(segments, x, y)

    def _edge_tree(self, place: int) -> shapely.STRtree:
        if place not in self._edges:
            ends = self._segments[place].reshape(-1, 2, 2)
            self._edges[place] = shapely.STRtree(np.asarray(shapely.linestrings(ends)))
        return self._edges[place]


def _segments(ring: shapely.LinearRing) -> Floats:
    """Ends of a ring's edges, one row each: x0, y0, x1, y1. Vertices on a straight are left out."""
    straight = shapely.simplify(ring, 0.0)
    vertices = shapely.get_coordinates(straight)
    return np.concatenate([vertices[:-1], vertices[1:]], axis=1)


def _nearest(segments: Floats, x: Floats, y: Floats) -> Floats:
    """Distance from each point to the nearest of some edges: one pass of arrays per edge."""
    if len(x) <= _FEW:
        starts_x, starts_y, ends_x, ends_y = segments.T[:, :, None]
        return np.asarray(np.sqrt(_squares(starts_x, starts_y, ends_x, ends_y, x, y).min(axis=0)))
    best = np.full(len(x), np.inf)
    for x0, y0, x1, y1 in segments.tolist():  # Over at most `_MOST_DIRECT` edges of one polygon.
        np.minimum(best, _squares(x0, y0, x1, y1, x, y), out=best)
    return np.asarray(np.sqrt(best))


def _squares(x0: Ends, y0: Ends, x1: Ends, y1: Ends, x: Floats, y: Floats) -> Floats:
    """Squared distances from points to edges; edges as single numbers or as a column of them."""
    dx, dy = x1 - x0, y1 - y0
    square = dx * dx + dy * dy
    from_x, from_y = x - x0, y - y0
    along = (from_x * dx + from_y * dy) / np.where(square > 0, square, 1.0)
    share = np.minimum(np.maximum(along, 0.0), 1.0)
    away_x, away_y = from_x - share * dx, from_y - share * dy
    return np.asarray(away_x * away_x + away_y * away_y)
