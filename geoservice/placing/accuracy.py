"""Measure the accuracy of a region's address ranges against its own address points."""

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
    """Accuracy of a kind of match, measured at the region's own address points.

    Attributes
    ----------
    points, matched
        Number of address points, and of points whose house number lies in a range of their street.
    median_m, p90_m, p99_m
        Quantiles of the distance in metres between the match and the point.
    within_uncertainty
        Share of the matches whose error is within the stated uncertainty. The uncertainty is
        learnt from other streets than the share is measured on.
    wrong_zone
        Share of the matches that lie in another zone than the point in any set; NaN without zones.
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
    """Return the accuracy of ranges alone, and of interpolation between neighbouring points.

    Interpolation between neighbours leaves out the point under test.

    Raises
    ------
    ReferenceDataError
        If the region has no address points that lie on ranges.
    """
    pairs = paired(reference)
    if not len(pairs.point):
        section = "[[addresses]]" if len(reference.array("range_street")) else "[[streets]]"
        raise ReferenceDataError(
            "The accuracy of address ranges is measured at address points that lie on them. The "
            f"region has no such points. Name a file in {section} of region.toml."
        )
    point_count = len(reference.array("point_key"))
    around = neighbours(pairs.side, pairs.value, reference)
    between = pairs.of((around.before >= 0) & (around.after >= 0))
    alone = Reference(reference.folder, hidden=(NEIGHBOUR_KEY,))
    accuracies = [_judged("range", pairs, point_count, alone)]
    if len(between.point):
        accuracies.append(
            _judged("range between neighbors", between, len(between.point), reference)
        )
    return accuracies


def _judged(kind: str, pairs: Pairs, point_count: int, reference: Reference) -> Accuracy:
    x, y = _places(pairs, reference)
    error = np.hypot(x - pairs.x, y - pairs.y)
    median, p90, p99 = (
        round(float(quantile), 1) for quantile in np.quantile(error, (0.5, 0.9, 0.99))
    )
    return Accuracy(
        kind,
        point_count,
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
    """Return the share of matches within the uncertainty, by two-fold cross-validation.

    The uncertainty is learnt on half of the streets and tested on the other half, both ways.
    """
    halves = [pairs.street % 2 == half for half in (0, 1)]
    if not all(half.any() for half in halves) or not reference.learnt.points:
        return float(np.mean(_is_within(pairs, reference)))
    shares = []
    for training, test in (halves, halves[::-1]):
        held_out = Reference(reference.folder, hidden=reference.hidden)
        held_out.learnt = learnt_from(pairs.of(training), reference.folder)
        shares.append(_is_within(pairs.of(test), held_out))
    return float(np.mean(np.concatenate(shares)))


def _is_within(pairs: Pairs, reference: Reference) -> NDArray[np.bool_]:
    x, y = _places(pairs, reference)
    error = np.hypot(x - pairs.x, y - pairs.y)
    return np.asarray(error <= range_uncertainty_m(pairs.side, pairs.value, reference))


def _wrong_zone(x: Floats, y: Floats, pairs: Pairs, reference: Reference) -> float:
    true_zones = in_zones(pairs.x, pairs.y, reference)
    if not true_zones.layers:
        return float("nan")
    return float(np.mean(~same_zones(in_zones(x, y, reference), true_zones)))
