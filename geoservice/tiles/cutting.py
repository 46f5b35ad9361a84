"""Cuts geometries to a tile: clipped, rounded to tile units, without invisible parts."""

import numpy as np
import shapely
from numpy.typing import NDArray

from geoservice.tiles.mercator import EXTENT, TileId
from geoservice.tiles.mvt import Parts

_MARGIN = 1 / 32
_DETAIL_UNITS = 6.0
"""A third of a pixel: bends below it are left out."""


def cut_points(points: NDArray[np.object_], features: NDArray[np.int64], tile: TileId) -> Parts:
    """Points inside of a tile; ``features`` are the ascending numbers of their features."""
    places = tile.units(shapely.get_coordinates(points))
    is_inside = ((places >= 0) & (places < EXTENT)).all(axis=1)
    return Parts(places[is_inside], np.arange(is_inside.sum()), features[is_inside])


def cut_lines(lines: NDArray[np.object_], features: NDArray[np.int64], tile: TileId) -> Parts:
    """Line strings cut to a tile; ``features`` are the ascending numbers of their features."""
    clipped = _seen(shapely.clip_by_rect(lines, *tile.box(_MARGIN)), tile)
    parts, owner = shapely.get_parts(clipped, return_index=True)
    points, of_part = shapely.get_coordinates(parts, return_index=True)
    return _kept(tile.units(points), of_part, features[owner], 2)


def cut_polygons(polygons: NDArray[np.object_], features: NDArray[np.int64], tile: TileId) -> Parts:
    """Cut polygons to a tile; on the screen outer rings are clockwise, inner rings are not."""
    clipped = _seen(shapely.clip_by_rect(polygons, *tile.box(_MARGIN)), tile)
    parts, owner = shapely.get_parts(clipped, return_index=True)
    areal = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    # The square's y runs down, so what shapely calls counter-clockwise is clockwise there.
    turned = shapely.orient_polygons(parts[areal])
    rings, of_polygon = shapely.get_rings(turned, return_index=True)
    points, of_ring = shapely.get_coordinates(rings, return_index=True)
    is_closing = np.diff(of_ring, append=-1) != 0
    return _kept(
        tile.units(points[~is_closing]), of_ring[~is_closing], features[owner[areal]][of_polygon], 3
    )


def _seen(clipped: NDArray[np.object_], tile: TileId) -> NDArray[np.object_]:
    detail = _DETAIL_UNITS / EXTENT / (1 << tile.z)
    return np.asarray(shapely.simplify(clipped, detail, preserve_topology=True))


def _kept(
    points: NDArray[np.int64],
    of_part: NDArray[np.int64],
    features: NDArray[np.int64],
    min_points: int,
) -> Parts:
    """Drop points equal to the point before, and parts that collapse to a point."""
    same = (np.diff(points, axis=0, prepend=-1 << 40) == 0).all(axis=1)
    same &= np.diff(of_part, prepend=-1) == 0
    points, of_part = points[~same], of_part[~same]
    is_large_enough = np.bincount(of_part, minlength=len(features)) >= min_points
    points, of_part = points[is_large_enough[of_part]], of_part[is_large_enough[of_part]]
    starts = np.flatnonzero(np.diff(of_part, prepend=-1))
    return Parts(points, starts, features[is_large_enough])
