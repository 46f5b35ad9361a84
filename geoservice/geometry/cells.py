"""A grid of cells that finds the polygon of most points without a polygon test.

Most points lie in a cell that a single polygon covers completely.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
ACROSS = 256
"""Cells in each direction: a cell is a few to a few hundred metres wide, a lattice takes 256 kB."""
UNSURE = -2
_MARGIN = 1e-3
"""Metres added around each cell, so that rounding cannot miss an edge."""


class Lattice(NamedTuple):
    """A grid of equal cells over the bounds of polygons.

    ``place`` has a value per cell, row by row from the south-west corner: the index of the polygon
    that covers the cell, -1 if no polygon touches the cell, `UNSURE` if an edge crosses the cell.
    """

    west: float
    south: float
    width: float
    height: float
    place: NDArray[np.int32]

    def find(self, x: Floats, y: Floats) -> Places:
        """Return each point's polygon: -1 for none, `UNSURE` if an edge crosses its cell."""
        column, row = (x - self.west) / self.width, (y - self.south) / self.height
        inside = (column >= 0) & (row >= 0) & (column < ACROSS) & (row < ACROSS)
        cell = np.where(inside, np.floor(row) * ACROSS + np.floor(column), 0).astype(np.int64)
        return np.where(inside, self.place[cell], UNSURE)


def lattice(polygons: NDArray[np.object_], locate: Callable[[Floats, Floats], Places]) -> Lattice:
    """Return the grid of polygons in meters; ``locate`` returns the polygon of each point."""
    west, south, east, north = shapely.total_bounds(polygons)
    width, height = max((east - west) / ACROSS, _MARGIN), max((north - south) / ACROSS, _MARGIN)
    x0, y0 = np.meshgrid(west + np.arange(ACROSS) * width, south + np.arange(ACROSS) * height)
    place = locate(x0.ravel() + width / 2, y0.ravel() + height / 2).astype(np.int32)
    place[_crossed(_edges(polygons), west, south, width, height)] = UNSURE
    return Lattice(float(west), float(south), float(width), float(height), place)


def _edges(polygons: NDArray[np.object_]) -> Floats:
    """Return a row per edge of each ring: x0, y0, x1, y1."""
    rings = shapely.get_rings(shapely.get_parts(polygons))
    vertices, ring_index = shapely.get_coordinates(rings, return_index=True)
    follows = ring_index[1:] == ring_index[:-1]
    return np.concatenate([vertices[:-1][follows], vertices[1:][follows]], axis=1)


def _crossed(edges: Floats, west: float, south: float, width: float, height: float) -> Places:
    """Return the cells that an edge touches, and some beside them where rounding may matter."""
    x0, y0, x1, y1 = edges.T
    first, last = (
        _cells(axis - south, height)
        for axis in (np.minimum(y0, y1) - _MARGIN, np.maximum(y0, y1) + _MARGIN)
    )
    edge = np.repeat(np.arange(len(edges)), last - first + 1)
    row = _counted(first, last)
    x0, y0, x1, y1 = edges[edge].T
    rise = np.where(y1 == y0, 1.0, y1 - y0)
    below, above = (
        x0 + np.clip((south + (row + step) * height + slack - y0) / rise, 0.0, 1.0) * (x1 - x0)
        for step, slack in ((0, -_MARGIN), (1, _MARGIN))
    )
    is_flat = y1 == y0
    enters, leaves = np.where(is_flat, x0, below), np.where(is_flat, x1, above)
    first, last = (
        _cells(axis - west, width)
        for axis in (np.minimum(enters, leaves) - _MARGIN, np.maximum(enters, leaves) + _MARGIN)
    )
    return np.repeat(row, last - first + 1) * ACROSS + _counted(first, last)


def _cells(distance: Floats, size: float) -> Places:
    return np.clip(np.floor(distance / size), 0, ACROSS - 1).astype(np.int64)


def _counted(first: Places, last: Places) -> Places:
    """Return the numbers of all spans from first to last, one span after the other."""
    count = last - first + 1
    before = np.cumsum(count) - count
    return np.asarray(np.arange(int(count.sum())) + np.repeat(first - before, count))
