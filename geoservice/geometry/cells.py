"""A lattice of cells over a set of polygons: most points are in a cell that lies in one polygon whole."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
ACROSS = 256
"""Cells in each direction: a few metres to a few hundred, and a quarter of a megabyte a set."""
UNSURE = -2
_MARGIN = 1e-3
"""Metres by which a cell is taken larger than it is, against rounding."""


class Lattice(NamedTuple):
    """Cells of equal size over the bounds of some polygons.

    ``place`` holds for each cell, row by row from the south west, the index of the polygon that
    holds all of it, -1 where none touches it, `UNSURE` where an edge runs through it.
    """

    west: float
    south: float
    width: float
    height: float
    place: NDArray[np.int32]

    def find(self, x: Floats, y: Floats) -> Places:
        """For each point its polygon, -1 for none, `UNSURE` where its cell can't say."""
        column, row = (x - self.west) / self.width, (y - self.south) / self.height
        inside = (column >= 0) & (row >= 0) & (column < ACROSS) & (row < ACROSS)
        cell = np.where(inside, np.floor(row) * ACROSS + np.floor(column), 0).astype(np.int64)
        return np.where(inside, self.place[cell], UNSURE)


def lattice(polygons: NDArray[np.object_], locate: Callable[[Floats, Floats], Places]) -> Lattice:
    """The lattice of some polygons (metres); ``locate`` says which of them holds each point."""
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
    """Every edge of every ring as a line of two points."""
    rings = shapely.get_rings(shapely.get_parts(polygons))
    at, ring = shapely.get_coordinates(rings, return_index=True)
    follows = ring[1:] == ring[:-1]
    ends = np.stack([at[:-1][follows], at[1:][follows]], axis=1)
    return np.asarray(shapely.linestrings(ends))
