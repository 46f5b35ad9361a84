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
_LEFT = 0


class Neighbours(NamedTuple):
    """Points known on the same side: the next lower and higher number, -1 where there is none."""

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
    first = reference.array("segment_offset")[segment]
    last = reference.array("segment_offset")[segment + 1] - 1
    run = reference.array("vertex_m")
    length = run[last] - run[first]
    inset = np.minimum(inset_m, length / 4)
    target = run[first] + inset + _fraction(place, number, reference) * (length - 2 * inset)
    piece = np.clip(run.searchsorted(target, "right") - 1, first, np.maximum(first, last - 1))
    return _beside(piece, target, reference.array("range_side")[place], reference, offset_m)


def between_neighbours(place: Ints, number: Ints, reference: Reference) -> tuple[Floats, Floats]:
    """The place along the range, moved as far as known neighbours of the same side stand off.

    Between two neighbours this is interpolation that follows the street's curve; beside one it
    takes over that one's distance from where the range would put it.
    """
    learnt = reference.learnt
    x, y = along_ranges(place, number, reference, learnt.offset_m, learnt.inset_m)
    if not reference.has(NEIGHBOUR_KEY):
        return x, y
    around = neighbours(place, number, reference)
    known = np.flatnonzero((around.before >= 0) | (around.after >= 0))
    if not len(known):
        return x, y
    some = Neighbours(around.before[known], around.after[known])
    off_x, off_y = _residuals(place[known], number[known], some, reference)
    x[known] += off_x
    y[known] += off_y
    return x, y


def neighbours(place: Ints, number: Ints, reference: Reference) -> Neighbours:
    """Entries of the neighbour arrays next to each number on its side, itself left out."""
    keys = reference.array(NEIGHBOUR_KEY)
    if not len(keys):
        none = np.full(len(place), -1, dtype=np.int64)
        return Neighbours(none, none)
    wanted = (place << 32) | number
    before = keys.searchsorted(wanted, "left") - 1
    after = keys.searchsorted(wanted, "right")
    here = keys[np.maximum(before, 0)] >> 32 == place
    there = keys[np.minimum(after, len(keys) - 1)] >> 32 == place
    return Neighbours(
        np.where((before >= 0) & here, before, -1), np.where((after < len(keys)) & there, after, -1)
    )


def range_uncertainty_m(place: Ints, number: Ints, reference: Reference) -> Floats:
    """Half-width in metres of the 95% interval: by the centerline's length or the neighbours' gap."""
    learnt = reference.learnt
    found = np.interp(lengths_m(place, reference), learnt.length_m, learnt.range_uncertainty_m)
    if reference.has(NEIGHBOUR_KEY):
        around = neighbours(place, number, reference)
        both = np.flatnonzero((around.before >= 0) & (around.after >= 0))
        some = Neighbours(around.before[both], around.after[both])
        found[both] = np.interp(
            gaps_m(some, reference), learnt.gap_m, learnt.neighbour_uncertainty_m
        )
    return np.asarray(found)


def lengths_m(place: Ints, reference: Reference) -> Floats:
    """Length in metres of the centerline under each range side."""
    segment = reference.array("range_segment")[place].astype(np.int64)
    offset, run = reference.array("segment_offset"), reference.array("vertex_m")
    return np.asarray(run[offset[segment + 1] - 1] - run[offset[segment]])


def gaps_m(around: Neighbours, reference: Reference) -> Floats:
    """Distance in metres between two neighbours; there must be both."""
    point = reference.array(NEIGHBOUR_POINT)
    one, other = point[around.before], point[around.after]
    xs, ys = reference.array("point_x"), reference.array("point_y")
    return np.asarray(np.hypot(xs[one] - xs[other], ys[one] - ys[other]))


def _residuals(
    place: Ints, number: Ints, around: Neighbours, reference: Reference
) -> tuple[Floats, Floats]:
    """How far the neighbours stand off the range's places, by the number's way between them."""
    before = np.where(around.before >= 0, around.before, around.after)
    after = np.where(around.after >= 0, around.after, around.before)
    keys = reference.array(NEIGHBOUR_KEY)
    low, high = keys[before] & 0xFFFFFFFF, keys[after] & 0xFFFFFFFF
    span = np.where(high > low, high - low, 1)
    share = np.where(high > low, (number - low) / span, 0.0)
    first, second = (_residual(place, one, reference) for one in (before, after))
    x, y = (one * (1 - share) + other * share for one, other in zip(first, second, strict=True))
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
    known = np.where(size > 0, size, 1.0)
    step = np.clip((target - run[piece]) / known, 0.0, 1.0)
    away = np.where(side == _LEFT, offset_m, -offset_m) / known
    return xs[piece] + step * dx - away * dy, ys[piece] + step * dy + away * dx
