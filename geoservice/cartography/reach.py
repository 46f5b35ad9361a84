"""How near a quality school is: for each hexagon, all of it, a part of it, or none."""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from geoservice.cartography.context import district_schools
from geoservice.cartography.ground import Ground
from geoservice.cartography.ratings import of_quality
from geoservice.cartography.shapes import Geometries
from geoservice.cartography.values import MILE_M
from geoservice.geometry.hexagons import level_of

NEAR, MIXED, FAR = "near", "mixed", "far"


def reach(ground: Ground, ids: Sequence[str], shapes: Geometries) -> list[str]:
    """`NEAR` or `FAR` of each hexagon by its middle; of joined ones, whose middle tells little, `MIXED` where the radius parts them."""
    places = _school_places(ground)
    if not len(places) or not len(shapes):
        return [FAR] * len(shapes)
    moved = ground.reference.projection.shapes_to_metres(shapes)
    radius = ground.definition.radius_miles * MILE_M
    middle = _nearest(shapely.get_coordinates(shapely.centroid(moved)), places)
    joined = np.array([level_of(one) > 0 for one in ids])
    parted = joined & _is_parted(moved, places, radius)
    return [MIXED if some else NEAR if far <= radius else FAR
            for some, far in zip(parted, middle, strict=True)]  # fmt: skip


def _is_parted(shapes: Geometries, places: NDArray[np.float64], radius: float) -> NDArray[np.bool_]:
    """True of hexagons that have ground within the radius and beyond it."""
    corners, of = shapely.get_coordinates(shapes, return_index=True)
    farthest = np.zeros(len(shapes))
    np.maximum.at(farthest, of, _nearest(corners, places))
    nearest = shapely.distance(shapes[:, None], shapely.points(places)[None, :]).min(axis=1)
    return np.asarray((nearest <= radius) & (farthest > radius))


def _nearest(at: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.float64]:
    apart = np.hypot(at[:, None, 0] - places[:, 0], at[:, None, 1] - places[:, 1])
    return np.asarray(apart.min(axis=1))


def _school_places(ground: Ground) -> NDArray[np.float64]:
    """Places of the band's quality schools in all of the district, metres: the nearest may lie outside of the area looked at."""
    table = of_quality(ground, district_schools(ground))
    to_metres = ground.reference.projection.to_metres
    return np.column_stack(to_metres(table["lon"].to_numpy(), table["lat"].to_numpy()))
