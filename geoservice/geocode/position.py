"""Where on the ground a range match lies: along its centerline, or between known neighbours."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geoservice.reference.snapshot import Reference

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
POINT_UNCERTAINTY_M = 10.0
NEIGHBOUR_KEY, NEIGHBOUR_POINT = "neighbour_key", "neighbour_point"
"""Arrays of the points known on each range side: key is side << 32 | number, ascending."""
_PER_METRE_OF_RANGE, _PER_METRE_OF_GAP = 0.15, 0.5
"""Metres of doubt for each metre of a centerline or gap longer than those learnt from."""
_LEFT = 0


class Neighbours(NamedTuple):
    """Known points on the same side: the next lower and higher number, or -1."""

    before: Ints
    after: Ints


def along_ranges(
    place: Ints, number: Ints, reference: Reference, offset_m: float, inset_m: float
) -> tuple[Floats, Floats]:
    """East and north in metres of house numbers on range sides.

    The fraction is signed, so ranges that run against the digitising are not mirrored; a range
    of a single number lies at the middle. Ends are inset so that corner houses do not fall into
    the cross street, and the point is set off to the side by the bearing of the local piece.
    """
    segment = reference.array("range_segment")[place].astype(np.int64)
    first_vertex = reference.array("segment_offset")[segment]
    last_vertex = reference.array("segment_offset")[segment + 1] - 1
    run = reference.array("vertex_m")
    length = run[last_vertex] - run[first_vertex]
    inset = np.minimum(inset_m, length / 4)
    target = run[first_vertex] + inset + _fraction(place, number, reference) * (length - 2 * inset)
    piece = np.clip(
        run.searchsorted(target, "right") - 1,
        first_vertex,
        np.maximum(first_vertex, last_vertex - 1),
    )
    return _beside(piece, target, reference.array("range_side")[place], reference, offset_m)


def between_neighbours(place: Ints, number: Ints, reference: Reference) -> tuple[Floats, Floats]:
    """Return the place on the range, moved as far from it as the known neighbors.

    Between two neighbors the distance is interpolated along the street. With a single neighbor, its
    distance is used.
    """
    learnt = reference.learnt
    x, y = along_ranges(place, number, reference, learnt.offset_m, learnt.inset_m)
    if not reference.has(NEIGHBOUR_KEY):
        return x, y
    around = neighbours(place, number, reference)
    has_neighbour = np.flatnonzero((around.before >= 0) | (around.after >= 0))
    if not len(has_neighbour):
        return x, y
    known_neighbours = Neighbours(around.before[has_neighbour], around.after[has_neighbour])
    off_x, off_y = _residuals(
        place[has_neighbour], number[has_neighbour], known_neighbours, reference
    )
    x[has_neighbour] += off_x
    y[has_neighbour] += off_y
    return x, y


def neighbours(place: Ints, number: Ints, reference: Reference) -> Neighbours:
    """Entries of the neighbour arrays next to each number on its side, itself left out."""
    keys = reference.array(NEIGHBOUR_KEY)
    if not len(keys):
        none = np.full(len(place), -1, dtype=np.int64)
        return Neighbours(none, none)
    key = (place << 32) | number
    before = keys.searchsorted(key, "left") - 1
    after = keys.searchsorted(key, "right")
    has_before = keys[np.maximum(before, 0)] >> 32 == place
    has_after = keys[np.minimum(after, len(keys) - 1)] >> 32 == place
    return Neighbours(
        np.where((before >= 0) & has_before, before, -1),
        np.where((after < len(keys)) & has_after, after, -1),
    )


def range_uncertainty_m(place: Ints, number: Ints, reference: Reference) -> Floats:
    """Return the half-width of the 95% interval in metres, from the centerline or the gap."""
    learnt = reference.learnt
    length = lengths_m(place, reference)
    doubt = _by_size(length, learnt.length_m, learnt.range_uncertainty_m, _PER_METRE_OF_RANGE)
    if reference.has(NEIGHBOUR_KEY):
        around = neighbours(place, number, reference)
        between = np.flatnonzero((around.before >= 0) & (around.after >= 0))
        gap = gaps_m(Neighbours(around.before[between], around.after[between]), reference)
        sizes, levels = learnt.gap_m, learnt.neighbour_uncertainty_m
        doubt[between] = _by_size(gap, sizes, levels, _PER_METRE_OF_GAP)
    return doubt


def _by_size(
    size: Floats, sizes: tuple[float, ...], levels: tuple[float, ...], beyond: float
) -> Floats:
    """Interpolate the learnt level for each size, and extrapolate beyond the largest size."""
    excess = np.maximum(size - sizes[-1], 0.0)
    return np.asarray(np.interp(size, sizes, levels) + beyond * excess)


def lengths_m(place: Ints, reference: Reference) -> Floats:
    """Length in metres of the centerline under each range side."""
    segment = reference.array("range_segment")[place].astype(np.int64)
    offset, run = reference.array("segment_offset"), reference.array("vertex_m")
    return np.asarray(run[offset[segment + 1] - 1] - run[offset[segment]])


def gaps_m(around: Neighbours, reference: Reference) -> Floats:
    """Distance in metres between two neighbours; there must be both."""
    point = reference.array(NEIGHBOUR_POINT)
    before_point, after_point = point[around.before], point[around.after]
    xs, ys = reference.array("point_x"), reference.array("point_y")
    return np.asarray(
        np.hypot(xs[before_point] - xs[after_point], ys[before_point] - ys[after_point])
    )


def _residuals(
    place: Ints, number: Ints, around: Neighbours, reference: Reference
) -> tuple[Floats, Floats]:
    """Return the distance of the neighbors from the range, interpolated by house number."""
    before = np.where(around.before >= 0, around.before, around.after)
    after = np.where(around.after >= 0, around.after, around.before)
    keys = reference.array(NEIGHBOUR_KEY)
    low, high = keys[before] & 0xFFFFFFFF, keys[after] & 0xFFFFFFFF
    span = np.where(high > low, high - low, 1)
    share = np.where(high > low, (number - low) / span, 0.0)
    before_residual, after_residual = (
        _residual(place, neighbour, reference) for neighbour in (before, after)
    )
    x, y = (
        before_part * (1 - share) + after_part * share
        for before_part, after_part in zip(before_residual, after_residual, strict=True)
    )
    return x, y


def _residual(place: Ints, entry: Ints, reference: Reference) -> tuple[Floats, Floats]:
    number = reference.array(NEIGHBOUR_KEY)[entry] & 0xFFFFFFFF
    point = reference.array(NEIGHBOUR_POINT)[entry]
    learnt = reference.learnt
    x, y = along_ranges(place, number, reference, learnt.offset_m, learnt.inset_m)
    return reference.array("point_x")[point] - x, reference.array("point_y")[point] - y


def _fraction(place: Ints, number: Ints, reference: Reference) -> Floats:
    start = reference.array("range_from")[place].astype(np.float64)
    span = reference.array("range_to")[place] - start
    return np.where(span == 0, 0.5, (number - start) / np.where(span == 0, 1.0, span))


def _beside(
    piece: Ints, target: Floats, side: NDArray[np.int8], reference: Reference, offset_m: float
) -> tuple[Floats, Floats]:
    xs, ys, run = (reference.array(f"vertex_{axis}") for axis in "xym")
    after = np.minimum(piece + 1, len(xs) - 1)
    dx, dy = xs[after] - xs[piece], ys[after] - ys[piece]
    size = np.hypot(dx, dy)
    length = np.where(size > 0, size, 1.0)
    step = np.clip((target - run[piece]) / length, 0.0, 1.0)
    away = np.where(side == _LEFT, offset_m, -offset_m) / length
    return xs[piece] + step * dx - away * dy, ys[piece] + step * dy + away * dx
