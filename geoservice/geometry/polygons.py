"""Point in polygon for many points, and the distance to the polygon's edge."""

import threading

import numpy as np
import shapely
from numpy.typing import NDArray

from geoservice.geometry.cells import UNSURE, Lattice, lattice
from geoservice.geometry.edge_cells import EdgeCells

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Ends = float | Floats
_MAX_DIRECT_EDGES = 150
"""Polygons with more edges than this use a spatial index of their edges."""
_FEW_POINTS = 8
"""Up to this number of points, one array operation covers all edges."""
_MANY_POINTS = 100
"""From this number of points on, cells of edges save more time than they cost."""
_LATTICE_AFTER_POINTS = 20_000
"""After this number of points, the lattice saves more time than it costs."""


class PolygonIndex:
    """Polygons of one set in a metric CRS; they should not overlap.

    A point on a shared edge, or in two polygons, goes to the polygon with the lower index. GEOS
    prepares polygons lazily, which is not thread-safe, so the index holds a lock meanwhile.
    """

    def __init__(self, polygons: NDArray[np.object_]) -> None:
        self._polygons = polygons
        self._bounds = shapely.bounds(polygons).reshape(-1, 4)
        self._edges: dict[int, shapely.STRtree] = {}
        self._edge_cells: dict[int, EdgeCells] = {}
        self._segments: dict[int, Floats] = {}
        self._lock = threading.Lock()
        self._points_located = 0
        self._lattice: Lattice | None = None

    def locate(self, x: Floats, y: Floats) -> Places:
        """Return the index of each point's polygon, -1 for none."""
        cells = self._cells(len(x))
        if cells is None:
            return self._locate(x, y) if len(x) != 1 else self._locate_one(x, y)
        polygon_index = cells.find(x, y)
        unsure = np.flatnonzero(polygon_index == UNSURE)
        if len(unsure):
            polygon_index[unsure] = self._locate(x[unsure], y[unsure])
        return polygon_index

    def _cells(self, points: int) -> Lattice | None:
        """Return the lattice, built once it saves time; it never changes a result."""
        if self._lattice is None and len(self._polygons):
            self._points_located += points
            if self._points_located >= _LATTICE_AFTER_POINTS:
                self._lattice = lattice(self._polygons, self._locate)
        return self._lattice

    def _locate_one(self, x: Floats, y: Floats) -> Places:
        """Return the polygon of a single point, without sorting."""
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
        """Sort the points by x once; then each polygon tests only the points in its bounds."""
        polygon_index = np.full(len(x), -1, dtype=np.int64)
        order = np.argsort(x, kind="stable")
        sorted_x = x[order]
        starts = np.searchsorted(sorted_x, self._bounds[:, 0], side="left")
        stops = np.searchsorted(sorted_x, self._bounds[:, 2], side="right")
        with self._lock:
            for place in np.flatnonzero(stops > starts):
                candidates = order[starts[place] : stops[place]]
                low, high = self._bounds[place, 1], self._bounds[place, 3]
                candidates = candidates[
                    (polygon_index[candidates] < 0)
                    & (y[candidates] >= low)
                    & (y[candidates] <= high)
                ]
                if len(candidates):
                    polygon = self._polygons[place]
                    shapely.prepare(polygon)
                    polygon_index[
                        candidates[shapely.intersects_xy(polygon, x[candidates], y[candidates])]
                    ] = place
        return polygon_index

    def margin_m(self, x: Floats, y: Floats, places: Places) -> Floats:
        """Return the metres from each point to the edge of its polygon, NaN without a polygon."""
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
                self._segments[place] = np.concatenate([_segments(ring) for ring in rings])
            segments = self._segments[place]
            if len(segments) > _MAX_DIRECT_EDGES:
                if len(x) >= _MANY_POINTS:
                    return self._edge_cells_of(place).distance(x, y)
                points = shapely.points(x, y)
                _, distance = self._edge_tree(place).query_nearest(
                    points, return_distance=True, all_matches=False
                )
                return np.asarray(distance)
        return _nearest(segments, x, y)

    def _edge_tree(self, place: int) -> shapely.STRtree:
        if place not in self._edges:
            ends = self._segments[place].reshape(-1, 2, 2)
            self._edges[place] = shapely.STRtree(np.asarray(shapely.linestrings(ends)))
        return self._edges[place]

    def _edge_cells_of(self, place: int) -> EdgeCells:
        if place not in self._edge_cells:
            tree = self._edge_tree(place)
            self._edge_cells[place] = EdgeCells(self._segments[place], tree)
        return self._edge_cells[place]


def _segments(ring: shapely.LinearRing) -> Floats:
    """Return a row per edge: x0, y0, x1, y1. Vertices on a straight line are left out."""
    straight = shapely.simplify(ring, 0.0)
    vertices = shapely.get_coordinates(straight)
    return np.concatenate([vertices[:-1], vertices[1:]], axis=1)


def _nearest(segments: Floats, x: Floats, y: Floats) -> Floats:
    """Return the distance from each point to the nearest edge."""
    if len(x) <= _FEW_POINTS:
        starts_x, starts_y, ends_x, ends_y = segments.T[:, :, None]
        return np.asarray(np.sqrt(_squares(starts_x, starts_y, ends_x, ends_y, x, y).min(axis=0)))
    nearest = np.full(len(x), np.inf)
    # Loop over at most `_MAX_DIRECT_EDGES` edges of a polygon.
    for x0, y0, x1, y1 in segments.tolist():
        np.minimum(nearest, _squares(x0, y0, x1, y1, x, y), out=nearest)
    return np.asarray(np.sqrt(nearest))


def _squares(x0: Ends, y0: Ends, x1: Ends, y1: Ends, x: Floats, y: Floats) -> Floats:
    """Return squared distances from points to edges; ends are numbers or columns of numbers."""
    dx, dy = x1 - x0, y1 - y0
    square = dx * dx + dy * dy
    from_x, from_y = x - x0, y - y0
    along = (from_x * dx + from_y * dy) / np.where(square > 0, square, 1.0)
    share = np.minimum(np.maximum(along, 0.0), 1.0)
    away_x, away_y = from_x - share * dx, from_y - share * dy
    return np.asarray(away_x * away_x + away_y * away_y)
