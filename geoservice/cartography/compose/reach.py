"""Which hexagons lie within a radius of a quality school: fully, in part, or not."""

import math
from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from geoservice.cartography.figure.context import district_schools
from geoservice.cartography.figure.ground import FigureGround
from geoservice.cartography.figure.ratings import of_quality
from geoservice.cartography.figure.shapes import Geometries
from geoservice.geometry.hexagons import EDGE_M, level_of
from geoservice.model.miles import METRES_PER_MILE

NEAR, MIXED, FAR = "near", "mixed", "far"
_MOST_SMALLEST_M2 = 1.05 * 1.5 * math.sqrt(3) * EDGE_M**2
"""A hexagon of more than this area consists of several of the smallest."""


def reach(ground: FigureGround, ids: Sequence[str], shapes: Geometries) -> list[str]:
    """Return `NEAR` or `FAR` for each hexagon by its center.

    A merged hexagon that the radius cuts is `MIXED`, because its center says little.
    """
    places = _school_places(ground)
    if not len(places) or not len(shapes):
        return [FAR] * len(shapes)
    moved = ground.reference.projection.shapes_to_metres(shapes)
    radius = ground.definition.radius_miles * METRES_PER_MILE
    middle = _nearest(shapely.get_coordinates(shapely.centroid(moved)), places)
    parted = merged(ids, moved) & _is_parted(moved, places, radius)
    return [
        MIXED if hexagon_parts else NEAR if far <= radius else FAR
        for hexagon_parts, far in zip(parted, middle, strict=True)
    ]


def merged(ids: Sequence[str], shapes_in_metres: Geometries) -> NDArray[np.bool_]:
    """Return which hexagons consist of several of the smallest."""
    is_large = shapely.area(shapes_in_metres) > _MOST_SMALLEST_M2
    return np.asarray(is_large | np.array([level_of(name) > 0 for name in ids], dtype=bool))


def _is_parted(shapes: Geometries, places: NDArray[np.float64], radius: float) -> NDArray[np.bool_]:
    """Return True for hexagons with parts inside and outside of the radius."""
    corners, of = shapely.get_coordinates(shapes, return_index=True)
    farthest = np.zeros(len(shapes))
    np.maximum.at(farthest, of, _nearest(corners, places))
    nearest = shapely.distance(shapes[:, None], shapely.points(places)[None, :]).min(axis=1)
    return np.asarray((nearest <= radius) & (farthest > radius))


def _nearest(points: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.float64]:
    apart = np.hypot(points[:, None, 0] - places[:, 0], points[:, None, 1] - places[:, 1])
    return np.asarray(apart.min(axis=1))


def _school_places(ground: FigureGround) -> NDArray[np.float64]:
    """Return the places of the band's quality schools in the whole district, in metres.

    The nearest school may lie outside the shown area.
    """
    table = of_quality(ground, district_schools(ground))
    to_metres = ground.reference.projection.to_metres
    return np.column_stack(to_metres(table["lon"].to_numpy(), table["lat"].to_numpy()))
