"""Where on the ground a hit lies: the point itself, or interpolated along a centerline."""

import numpy as np
from numpy.typing import NDArray

from geoservice.reference.snapshot import Reference

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
OFFSET_M = 12.0
"""Default distance of houses from the centerline, to the side of the range."""
INSET_M = 10.0
"""Default distance that the first and last house keep from the ends of the centerline."""
POINT_UNCERTAINTY_M = 10.0
_LEFT = 0


def along_ranges(place: Ints, number: Ints, reference: Reference) -> tuple[Floats, Floats]:
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
    inset = np.minimum(INSET_M, length / 4)
    target = run[first] + inset + _fraction(place, number, reference) * (length - 2 * inset)
    piece = np.clip(run.searchsorted(target, "right") - 1, first, np.maximum(first, last - 1))
    return _beside(piece, target, reference.array("range_side")[place], reference)


def range_uncertainty_m(place: Ints, reference: Reference) -> Floats:
    """Half-width in metres of the 95% interval of range positions: grows with the segment."""
    segment = reference.array("range_segment")[place].astype(np.int64)
    offset, run = reference.array("segment_offset"), reference.array("vertex_m")
    length = run[offset[segment + 1] - 1] - run[offset[segment]]
    return np.asarray(np.minimum(25.0 + 0.15 * length, 500.0))


def _fraction(place: Ints, number: Ints, reference: Reference) -> Floats:
    start = reference.array("range_from")[place].astype(np.float64)
    span = reference.array("range_to")[place] - start
    return np.where(span == 0, 0.5, (number - start) / np.where(span == 0, 1.0, span))


def _beside(
    piece: Ints, target: Floats, side: NDArray[np.int8], reference: Reference
) -> tuple[Floats, Floats]:
    xs, ys, run = (reference.array(f"vertex_{axis}") for axis in "xym")
    after = np.minimum(piece + 1, len(xs) - 1)
    dx, dy = xs[after] - xs[piece], ys[after] - ys[piece]
    size = np.hypot(dx, dy)
    known = np.where(size > 0, size, 1.0)
    step = np.clip((target - run[piece]) / known, 0.0, 1.0)
    away = np.where(side == _LEFT, OFFSET_M, -OFFSET_M) / known
    return xs[piece] + step * dx - away * dy, ys[piece] + step * dy + away * dx
