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
    x0, y0 = x0.ravel(), y0.ravel()
    boxes = shapely.box(x0 - _MARGIN, y0 - _MARGIN, x0 + width + _MARGIN, y0 + height + _MARGIN)
    crossed = shapely.STRtree(boxes).query(_edges(polygons), predicate="intersects")[1]
    place = locate(x0 + width / 2, y0 + height / 2).astype(np.int32)
    place[crossed] = UNSURE
    return Lattice(float(west), float(south), float(width), float(height), place)


def _edges(polygons: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return each edge of each ring as a line of two points."""
    rings = shapely.get_rings(shapely.get_parts(polygons))
    vertices, ring_index = shapely.get_coordinates(rings, return_index=True)
    follows = ring_index[1:] == ring_index[:-1]
    ends = np.stack([vertices[:-1][follows], vertices[1:][follows]], axis=1)
    return np.asarray(shapely.linestrings(ends))
