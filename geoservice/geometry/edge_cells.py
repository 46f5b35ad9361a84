"""The distance from many points inside a polygon to its edge, by cells of a grid.

All points of a cell share the few edges that may be nearest to them.
"""

from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_ACROSS = 32
"""Cells in each direction: more cells have fewer edges each, but take longer to fill."""
_AT_ONCE = 50_000
"""Pairs of point and edge in one array operation, which limits memory."""
_SLACK_M = 1e-3
"""Metres added to the reach of a cell, so that rounding cannot miss an edge."""


class EdgeCells:
    """The edges of a polygon by cell; a cell is filled when the first point falls into it."""

    def __init__(self, segments: Floats, tree: shapely.STRtree) -> None:
        self._segments = np.ascontiguousarray(segments.T)
        self._tree = tree
        corners = segments.reshape(-1, 2)
        self._low = corners.min(axis=0)
        self._size = np.maximum((corners.max(axis=0) - self._low) / _ACROSS, _SLACK_M)
        self._start = np.full(_ACROSS * _ACROSS, -1, dtype=np.int64)
        self._count = np.zeros(_ACROSS * _ACROSS, dtype=np.int64)
        self._edges = np.zeros(0, dtype=np.int64)

    def distance(self, x: Floats, y: Floats) -> Floats:
        """Return the metres from points in the bounds of the polygon to its nearest edge."""
        column, row = (
            np.clip((axis - low) / size, 0, _ACROSS - 1).astype(np.int64)
            for axis, low, size in zip((x, y), self._low, self._size, strict=True)
        )
        cell = row * _ACROSS + column
        self._fill(np.unique(cell[self._start[cell] < 0]))
        pairs = np.cumsum(self._count[cell])
        cuts = np.searchsorted(pairs, np.arange(_AT_ONCE, int(pairs[-1]), _AT_ONCE))
        bounds = [0, *np.unique(cuts[cuts > 0]).tolist(), len(x)]
        return np.concatenate(
            [
                self._nearest(cell[start:end], x[start:end], y[start:end])
                for start, end in pairwise(bounds)
            ]
        )

    def _fill(self, cells: Ints) -> None:
        """Find the edges of cells: those that may be nearest to any point of the cell."""
        if not len(cells):
            return
        row, column = np.divmod(cells, _ACROSS)
        middles = shapely.points(self._low + (np.stack([column, row], axis=1) + 0.5) * self._size)
        _, nearest = self._tree.query_nearest(middles, return_distance=True, all_matches=False)
        reach = nearest + np.hypot(*self._size) + _SLACK_M
        index, edge = self._tree.query(middles, predicate="dwithin", distance=reach)
        order = np.argsort(index, kind="stable")
        counts = np.bincount(index, minlength=len(cells))
        self._start[cells] = len(self._edges) + np.cumsum(counts) - counts
        self._count[cells] = counts
        self._edges = np.concatenate([self._edges, edge[order]])

    def _nearest(self, cell: Ints, x: Floats, y: Floats) -> Floats:
        count = self._count[cell]
        first = np.cumsum(count) - count
        offset = np.arange(int(count.sum())) - np.repeat(first, count)
        edge = self._edges[np.repeat(self._start[cell], count) + offset]
        ends = [axis[edge] for axis in self._segments]
        distance = _distance(ends, np.repeat(x, count), np.repeat(y, count))
        return np.asarray(np.minimum.reduceat(distance, first))


def _distance(ends: list[Floats], x: Floats, y: Floats) -> Floats:
    """Return the distance of each point from its edge, with the formula of GEOS, digit by digit."""
    x0, y0, x1, y1 = ends
    dx, dy = x1 - x0, y1 - y0
    from_x, from_y = x - x0, y - y0
    square = dx * dx + dy * dy
    along = from_x * dx + from_y * dy
    beside = np.abs(from_x * dy - from_y * dx) / np.where(square > 0, square, 1.0)
    beside *= np.sqrt(square)
    beyond = along >= square
    away_x, away_y = np.where(beyond, x - x1, from_x), np.where(beyond, y - y1, from_y)
    to_end = np.sqrt(away_x * away_x + away_y * away_y)
    return np.asarray(np.where(beyond | (along <= 0), to_end, beside))
