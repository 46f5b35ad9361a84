"""Learns from the region's address points how far houses stand from centerlines."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geoservice.geocode.choose import choose_place
from geoservice.geocode.hits import NO_TOWN, NO_ZIP, RowDetails, RowStreets, range_hits
from geoservice.geocode.position import (
    NEIGHBOUR_KEY,
    NEIGHBOUR_POINT,
    Neighbours,
    along_ranges,
    between_neighbours,
    gaps_m,
    lengths_m,
    neighbours,
)
from geoservice.model.learnt import FILE, Learnt
from geoservice.reference.snapshot import Reference

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FEWEST_POINTS, FEWEST_STREETS = 200, 20
_INSETS_M = np.arange(0.0, 30.0, 2.0)
_NEAREST_M, _FARTHEST_M = 3.0, 60.0
_MISPLACED_M = 200.0
_SAMPLE = 100_000
_CLASSES = 12
_LEVEL = 0.95


@dataclass(frozen=True)
class Pairs:
    """Address points with the range sides that contain their numbers: an entry per pair."""

    point: Ints
    side: Ints
    street: Ints
    value: Ints
    x: Floats
    y: Floats

    def of(self, keep: NDArray[np.bool_] | Ints) -> "Pairs":
        """Some of the pairs."""
        return Pairs(
            self.point[keep],
            self.side[keep],
            self.street[keep],
            self.value[keep],
            self.x[keep],
            self.y[keep],
        )


def learn(folder: Path) -> None:
    """Add estimates from the points to a snapshot: neighbors, offset, inset, uncertainty.

    Adds nothing if the snapshot has no points on ranges.
    """
    reference = Reference(folder)
    pairs = paired(reference)
    if not len(pairs.point):
        return
    distinct = _one_per_number(pairs)
    np.save(folder / f"{NEIGHBOUR_KEY}.npy", (distinct.side << 32) | distinct.value)
    np.save(folder / f"{NEIGHBOUR_POINT}.npy", distinct.point.astype(np.int32))
    if len(distinct.point) >= FEWEST_POINTS and len(np.unique(pairs.street)) >= FEWEST_STREETS:
        (folder / FILE).write_text(learnt_from(distinct, folder).to_json(), "utf-8")


def learnt_from(pairs: Pairs, folder: Path) -> Learnt:
    """Offset, inset and the 95% intervals that the pairs teach."""
    reference = Reference(folder)
    sample = pairs.of(np.unique(np.linspace(0, len(pairs.point) - 1, _SAMPLE).astype(np.int64)))
    offset = _offset_m(sample, reference)
    inset = min(
        _INSETS_M,
        key=lambda candidate_inset: _median_error_m(sample, reference, offset, candidate_inset),
    )
    learnt = Learnt(offset_m=round(offset, 1), inset_m=float(inset), points=len(pairs.point))
    reference.learnt = learnt
    error = range_errors_m(sample, reference)
    length = lengths_m(sample.side, reference)
    middle, level = _by_class(length, error)
    learnt = replace(learnt, length_m=middle, range_uncertainty_m=level)
    around, between = neighbour_errors_m(sample, reference)
    if len(between) < FEWEST_POINTS:
        return learnt
    middle, level = _by_class(gaps_m(around, reference), between)
    return replace(learnt, gap_m=middle, neighbour_uncertainty_m=level)


def paired(reference: Reference) -> Pairs:
    """Pair each address point with the range side of its street that contains its number.

    Points far from this side are left out.
    """
    key = reference.array("point_key")
    street, value = key >> 32, key & 0xFFFFFFFF
    row = np.arange(len(key))
    zips, towns = (reference.array(f"point_{part}").astype(np.int64) for part in ("zip", "city"))
    nothing = np.zeros(len(key), dtype=np.int64)
    details = RowDetails(
        reference.array("point_extra").astype(np.int64),
        np.where(zips < 0, NO_ZIP, zips),
        np.where(towns < 0, NO_TOWN, towns),
        np.ones(len(key), dtype=bool),
    )
    plain = details.pattern == 0
    row_streets = RowStreets(row, street, value, nothing.astype(np.float64), nothing).of(plain)
    hits = range_hits(row_streets, details, reference)
    best = choose_place(hits, reference.array("point_x"), reference.array("point_y"), reference)
    pairs = Pairs(
        best.row,
        best.place,
        best.street,
        best.value,
        reference.array("point_x")[best.row],
        reference.array("point_y")[best.row],
    )
    return pairs.of(
        range_errors_m(pairs, reference) < _MISPLACED_M + lengths_m(pairs.side, reference)
    )


def range_errors_m(pairs: Pairs, reference: Reference) -> Floats:
    """Distance in metres from each point to where its range alone puts its number."""
    learnt = reference.learnt
    x, y = along_ranges(pairs.side, pairs.value, reference, learnt.offset_m, learnt.inset_m)
    return np.asarray(np.hypot(x - pairs.x, y - pairs.y))


def neighbour_errors_m(pairs: Pairs, reference: Reference) -> tuple[Neighbours, Floats]:
    """The same for numbers between two neighbours, the point itself held out."""
    around = neighbours(pairs.side, pairs.value, reference)
    between = np.flatnonzero((around.before >= 0) & (around.after >= 0))
    x, y = between_neighbours(pairs.side[between], pairs.value[between], reference)
    error = np.hypot(x - pairs.x[between], y - pairs.y[between])
    return Neighbours(around.before[between], around.after[between]), np.asarray(error)


def _one_per_number(pairs: Pairs) -> Pairs:
    """The first point of each number on a side, ascending: flats share a number."""
    order = np.lexsort((pairs.point, pairs.value, pairs.side))
    pairs = pairs.of(order)
    again = (np.diff(pairs.side) == 0) & (np.diff(pairs.value) == 0)
    return pairs.of(np.concatenate([[True], ~again]))


def _offset_m(pairs: Pairs, reference: Reference) -> float:
    """Median distance of the points to the side of the place that the range gives on the line."""
    inset = reference.learnt.inset_m
    on_x, on_y = along_ranges(pairs.side, pairs.value, reference, 0.0, inset)
    off_x, off_y = along_ranges(pairs.side, pairs.value, reference, 1.0, inset)
    aside = (pairs.x - on_x) * (off_x - on_x) + (pairs.y - on_y) * (off_y - on_y)
    near = np.abs(aside) < _MISPLACED_M
    median = float(np.median(aside[near])) if near.any() else reference.learnt.offset_m
    return min(max(median, _NEAREST_M), _FARTHEST_M)


def _median_error_m(pairs: Pairs, reference: Reference, offset_m: float, inset_m: float) -> float:
    x, y = along_ranges(pairs.side, pairs.value, reference, offset_m, inset_m)
    return float(np.median(np.hypot(x - pairs.x, y - pairs.y)))


def _by_class(predictor: Floats, error: Floats) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Middles of classes of the predictor of equal size, and the level's quantile of the errors."""
    order = np.argsort(predictor, kind="stable")
    groups = np.array_split(order, min(_CLASSES, max(1, len(order) // 100)))
    middle = [round(float(np.median(predictor[group])), 1) for group in groups]
    level = [round(float(np.quantile(error[group], _LEVEL)), 1) for group in groups]
    return tuple(middle), tuple(level)
