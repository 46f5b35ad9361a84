"""House numbers of street ranges, and the place of each on the ground, as the geocoder has it."""

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
"""A zone edge is near a centerline within the region's largest uncertainty, in these bounds."""
_MOST_NUMBERS = 10_000
"""Numbers of one range that are looked at; longer ranges are faulty data and are thinned."""


@dataclass(frozen=True)
class Numbers:
    """House numbers, in order of their range and ascending.

    Attributes
    ----------
    side
        Index of the range in the reference's arrays ``range_…``; -1 for points on no range.
    value
        The number.
    x, y
        Metres of the region's CRS.
    uncertainty_m
        Half-width within which the true place is expected (95%).
    point
        Index of the address point that gives the place; -1 where it lies along the range.
    """

    side: Ints
    value: Ints
    x: Floats
    y: Floats
    uncertainty_m: Floats
    point: Ints


def range_numbers(reference: Reference) -> Numbers:
    """The numbers to look at: every number of ranges near a zone edge, else the first and the last.

    The number of a known address point lies at the point.
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
    """Numbers of address points that lie on no range, in the order of street and number."""
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
    """By range: True where its homes may lie in more than one zone of a layer.

    That is where the centerline passes near a zone's edge, or where address points of the range
    lie in another zone than its middle.
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
    """How far from its centerline a home may stand, as far as the region knows."""
    start = reference.array("range_from").astype(np.int64)
    if not len(start):
        return _NEAR_M
    doubt = range_uncertainty_m(np.arange(len(start)), start, reference)
    return float(np.clip(doubt.max(), _NEAR_M, _FAR_M))


def _strays(locate: Callable[[Floats, Floats], Ints], reference: Reference) -> Bools:
    """Ranges with address points in another polygon than another point of the range."""
    found = np.zeros(len(reference.array("range_segment")), dtype=bool)
    if not reference.has(NEIGHBOUR_KEY) or not len(reference.array(NEIGHBOUR_KEY)):
        return found
    side = (reference.array(NEIGHBOUR_KEY) >> 32).astype(np.int64)
    point = reference.array(NEIGHBOUR_POINT)
    x, y = (reference.array(f"point_{axis}")[point].astype(np.float64) for axis in "xy")
    place = locate(x, y)
    differs = (side[1:] == side[:-1]) & (place[1:] != place[:-1])
    found[side[1:][differs]] = True
    return found


def _placed(side: Ints, value: Ints, reference: Reference) -> Numbers:
    x, y = between_neighbours(side, value, reference)
    doubt = range_uncertainty_m(side, value, reference)
    point = np.full(len(side), -1)
    if reference.has(NEIGHBOUR_KEY) and len(reference.array(NEIGHBOUR_KEY)):
        keys, wanted = reference.array(NEIGHBOUR_KEY), (side << 32) | value
        at = np.minimum(keys.searchsorted(wanted), len(keys) - 1)
        is_known = keys[at] == wanted
        point[is_known] = reference.array(NEIGHBOUR_POINT)[at[is_known]]
        x[is_known], y[is_known] = (
            reference.array(f"point_{axis}")[point[is_known]] for axis in "xy"
        )
        doubt[is_known] = POINT_UNCERTAINTY_M
    return Numbers(side, value, x, y, doubt, point)
