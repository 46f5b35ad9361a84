"""How accurate a region's ranges are, judged by its own address points."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geoservice.assign.schools import in_zones, same_zones
from geoservice.errors import ReferenceDataError
from geoservice.geocode.learn import Pairs, learnt_from, paired
from geoservice.geocode.position import (
    NEIGHBOUR_KEY,
    along_ranges,
    between_neighbours,
    neighbours,
    range_uncertainty_m,
)
from geoservice.reference.snapshot import Reference

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Accuracy:
    """Accuracy of one kind of match over the region's own points.

    Attributes
    ----------
    points, matched
        Numbers asked for, and those that a range of their street holds.
    median_m, p90_m, p99_m
        Distance in metres to the point.
    within_uncertainty
        Share of the matched within the stated uncertainty, on streets held out while it was
        learnt.
    wrong_zone
        Share of the matched that fall into another zone of some set than the point; NaN without
        zones.
    """

    kind: str
    points: int
    matched: int
    median_m: float
    p90_m: float
    p99_m: float
    within_uncertainty: float
    wrong_zone: float


def accuracy(reference: Reference) -> list[Accuracy]:
    """Accuracy of ranges alone, and of places between neighbours with the point itself held out.

    Raises
    ------
    ReferenceDataError
        Where the region has no address points on ranges to judge by.
    """
    pairs = paired(reference)
    if not len(pairs.point):
        section = "[[addresses]]" if len(reference.array("range_street")) else "[[streets]]"
        raise ReferenceDataError(
            "The accuracy of address ranges is judged by address points that lie on them, and the "
            f"region has none. Name a file in {section} of region.toml."
        )
    asked = len(reference.array("point_key"))
    around = neighbours(pairs.side, pairs.value, reference)
    between = pairs.of((around.before >= 0) & (around.after >= 0))
    alone = Reference(reference.folder, hidden=(NEIGHBOUR_KEY,))
    found = [_judged("range", pairs, asked, alone)]
    if len(between.point):
        found.append(_judged("range between neighbours", between, len(between.point), reference))
    return found


def _judged(kind: str, pairs: Pairs, asked: int, reference: Reference) -> Accuracy:
    x, y = _places(pairs, reference)
    error = np.hypot(x - pairs.x, y - pairs.y)
    median, p90, p99 = (round(float(one), 1) for one in np.quantile(error, (0.5, 0.9, 0.99)))
    return Accuracy(
        kind,
        asked,
        len(error),
        median,
        p90,
        p99,
        round(_within(pairs, reference), 4),
        round(_wrong_zone(x, y, pairs, reference), 4),
    )


def _places(pairs: Pairs, reference: Reference) -> tuple[Floats, Floats]:
    learnt = reference.learnt
    if reference.has(NEIGHBOUR_KEY):
        return between_neighbours(pairs.side, pairs.value, reference)
    return along_ranges(pairs.side, pairs.value, reference, learnt.offset_m, learnt.inset_m)


def _within(pairs: Pairs, reference: Reference) -> float:
    """Share within the uncertainty: learnt on one half of the streets, judged on the other."""
    halves = [pairs.street % 2 == half for half in (0, 1)]
    if not all(half.any() for half in halves) or not reference.learnt.points:
        return float(np.mean(_is_within(pairs, reference)))
    shares = []
    for taught, judged in (halves, halves[::-1]):
        other = Reference(reference.folder, hidden=reference.hidden)
        other.learnt = learnt_from(pairs.of(taught), reference.folder)
        shares.append(_is_within(pairs.of(judged), other))
    return float(np.mean(np.concatenate(shares)))


def _is_within(pairs: Pairs, reference: Reference) -> NDArray[np.bool_]:
    x, y = _places(pairs, reference)
    error = np.hypot(x - pairs.x, y - pairs.y)
    return np.asarray(error <= range_uncertainty_m(pairs.side, pairs.value, reference))


def _wrong_zone(x: Floats, y: Floats, pairs: Pairs, reference: Reference) -> float:
    there = in_zones(pairs.x, pairs.y, reference)
    if not there.layers:
        return float("nan")
    return float(np.mean(~same_zones(in_zones(x, y, reference), there)))
