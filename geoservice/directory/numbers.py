"""House numbers of street ranges, and the position that the geocoder gives to each."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geoservice.geocode.position import (
    NEIGHBOUR_KEY,
    NEIGHBOUR_POINT,
    POINT_UNCERTAINTY_M,
    between_neighbours,
    range_uncertainty_m,
)
from geoservice.reference.snapshot import Reference

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
_NEAR_M, _FAR_M = 60.0, 300.0
"""Bounds for the search distance around centerlines (see `_reach_m`)."""
_MOST_NUMBERS = 10_000
"""Most numbers checked per range; longer ranges are faulty data and are thinned."""


@dataclass(frozen=True)
class Numbers:
    """House numbers, sorted by range and number.

    Attributes
    ----------
    side
        Index into the reference's arrays ``range_…``; -1 for address points on no range.
    value
        House number.
    x, y
        Position in the region's metric CRS.
    uncertainty_m
        Distance within which the true position is expected (95%).
    point
        Index of the address point that gives the position; -1 for interpolated positions.
    """

    side: Ints
    value: Ints
    x: Floats
    y: Floats
    uncertainty_m: Floats
    point: Ints


def range_numbers(reference: Reference) -> Numbers:
    """Return the numbers to check: all of ranges near a zone edge, else only both ends.

    A number with an address point has the position of that point.
    """
    start, end = (reference.array(f"range_{name}").astype(np.int64) for name in ("from", "to"))
    low, high = np.minimum(start, end), np.maximum(start, end)
    step = np.where((low - high) % 2 == 0, 2, 1)
    is_near = near_zone_edge(reference)
    step = np.where(is_near, step, np.maximum(high - low, 1))
    step = np.maximum(step, (high - low) // _MOST_NUMBERS + 1)
    count = (high - low) // step + 1
    side = np.repeat(np.arange(len(low)), count)
    place = np.arange(len(side)) - np.repeat(np.cumsum(count) - count, count)
    return _placed(side, low[side] + place * step[side], reference)


def lone_points(reference: Reference) -> Numbers:
    """Return the numbers of address points on no range, sorted by street and number."""
    key = reference.array("point_key")
    held = np.zeros(len(key), dtype=bool)
    if reference.has(NEIGHBOUR_KEY):
        held[reference.array(NEIGHBOUR_POINT)] = True
    point = np.flatnonzero(~held)
    x, y = (reference.array(f"point_{axis}")[point].astype(np.float64) for axis in "xy")
    side = np.full(len(point), -1)
    doubt = np.full(len(point), POINT_UNCERTAINTY_M)
    return Numbers(side, (key[point] & 0xFFFFFFFF).astype(np.int64), x, y, doubt, point)


def near_zone_edge(reference: Reference) -> Bools:
    """Return True for ranges whose homes may lie in more than one zone of a layer.

    Either the centerline passes near a zone edge, or the address points of the range lie in
    different zones.
    """
    offset = reference.array("segment_offset").astype(np.int64)
    vertices = np.column_stack([reference.array("vertex_x"), reference.array("vertex_y")])
    line_of = np.repeat(np.arange(len(offset) - 1), np.diff(offset))
    lines = shapely.linestrings(vertices, indices=line_of) if len(vertices) else np.empty(0, object)
    tree = shapely.STRtree(lines)
    near = np.zeros(len(lines), dtype=bool)
    reach_m = _reach_m(reference)
    segment = reference.array("range_segment").astype(np.int64)
    strays = np.zeros(len(segment), dtype=bool)
    for layer in reference.zone_layers:  # Over sets of zones: a few.
        edges = shapely.get_parts(shapely.boundary(layer.polygons))
        near[tree.query(edges, "dwithin", distance=reach_m)[1]] = True
        strays |= _strays(layer.index.locate, reference)
    return near[segment] | strays


def _reach_m(reference: Reference) -> float:
    """Return the search distance: the largest range uncertainty, within the bounds above."""
    start = reference.array("range_from").astype(np.int64)
    if not len(start):
        return _NEAR_M
    doubt = range_uncertainty_m(np.arange(len(start)), start, reference)
    return float(np.clip(doubt.max(), _NEAR_M, _FAR_M))


def _strays(locate: Callable[[Floats, Floats], Ints], reference: Reference) -> Bools:
    """Return True for ranges whose address points lie in different polygons."""
    has_number = np.zeros(len(reference.array("range_segment")), dtype=bool)
    if not reference.has(NEIGHBOUR_KEY) or not len(reference.array(NEIGHBOUR_KEY)):
        return has_number
    side = (reference.array(NEIGHBOUR_KEY) >> 32).astype(np.int64)
    point = reference.array(NEIGHBOUR_POINT)
    x, y = (reference.array(f"point_{axis}")[point].astype(np.float64) for axis in "xy")
    place = locate(x, y)
    differs = (side[1:] == side[:-1]) & (place[1:] != place[:-1])
    has_number[side[1:][differs]] = True
    return has_number


def _placed(side: Ints, value: Ints, reference: Reference) -> Numbers:
    x, y = between_neighbours(side, value, reference)
    doubt = range_uncertainty_m(side, value, reference)
    point = np.full(len(side), -1)
    if reference.has(NEIGHBOUR_KEY) and len(reference.array(NEIGHBOUR_KEY)):
        keys, range_keys = reference.array(NEIGHBOUR_KEY), (side << 32) | value
        key_place = np.minimum(keys.searchsorted(range_keys), len(keys) - 1)
        has_point = keys[key_place] == range_keys
        point[has_point] = reference.array(NEIGHBOUR_POINT)[key_place[has_point]]
        x[has_point], y[has_point] = (
            reference.array(f"point_{axis}")[point[has_point]] for axis in "xy"
        )
        doubt[has_point] = POINT_UNCERTAINTY_M
    return Numbers(side, value, x, y, doubt, point)
