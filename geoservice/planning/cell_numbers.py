"""Numbers that schools, areas and the district have in common."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geoservice.planning.comparison import Comparison
from geoservice.planning.counting import CellCounter, ratio
from geoservice.planning.ground import Bools, Floats, Ints, summed

SPLIT_SHARE = 0.05
"""A neighbourhood or feeder is split where a second school takes at least this share of it."""
Pair = tuple[Floats, Floats]
"""A number by unit, before and after."""


@dataclass(frozen=True)
class Units:
    """Units of numbers: the unit of each row of the residents before and after.

    ``totals`` are the students of the units, before suppression.
    """

    keys: tuple[Ints, Ints]
    size: int
    totals: Pair


def units_of(counter: CellCounter, keys: tuple[Ints, Ints], size: int) -> Units:
    """The units of a pair of keys."""
    before = counter.cells(keys[0], size)
    after = before if keys[0] is keys[1] else counter.cells(keys[1], size)
    return Units(keys, size, (before, after))


def parts(name: str, counter: CellCounter, units: Units, masks: Sequence[Bools]) -> dict[str, Pair]:
    """Number and share of the students of a mask, before and after."""
    numbers, shares = [], []
    for key, total, mask in zip(units.keys, units.totals, masks, strict=True):
        number, share = counter.part(counter.cells(key, units.size, mask), total)
        numbers.append(number)
        shares.append(share)
    return {name: (numbers[0], numbers[1]), f"{name}_share": (shares[0], shares[1])}


def distances(comparison: Comparison, counter: CellCounter, units: Units) -> dict[str, Pair]:
    """Mean and median distance, and the students beyond the walking distance."""
    means, medians, weight = [], [], counter.weight
    for side in (0, 1):
        key, miles = units.keys[side], comparison.miles[side]
        measured = np.where(np.isfinite(miles), key, -1)
        students = summed(weight, measured, units.size)
        mean = ratio(summed(weight * np.nan_to_num(miles), measured, units.size), students)
        order = comparison.nearest_first[side]
        median = _medians(miles[order], weight[order], key[order], units.size)
        counts = units.totals[side]
        means.append(counter.statistic(mean, counts))
        medians.append(counter.statistic(median, counts))
    return {
        "distance_mean_miles": (means[0], means[1]),
        "distance_median_miles": (medians[0], medians[1]),
        **parts("beyond_walking", counter, units, comparison.is_beyond),
    }


def takers(counter: CellCounter, home: Ints, taker: Ints, homes: int, schools: int) -> Floats:
    """Return by home unit the number of schools with at least `SPLIT_SHARE` of its students."""
    has_both = (home >= 0) & (taker >= 0)
    pair = np.where(has_both, home * schools + taker, -1)
    by_home = counter.cells(pair, homes * schools).reshape(homes, schools)
    total = by_home.sum(axis=1)
    enough = by_home >= np.maximum(SPLIT_SHARE * total[:, None], _least(counter))
    return np.where(total > 0, enough.sum(axis=1), np.nan)


def _least(counter: CellCounter) -> float:
    """Return the smallest number of students of a school that counts; public: the minimum."""
    return np.finfo(float).tiny if counter.public is None else float(counter.public.min_n)


def _medians(values: Floats, count: Floats, keys: Ints, size: int) -> Floats:
    """Weighted lower medians by key of ascending values; NaN for keys without a row."""
    medians = np.full(size, np.nan)
    # Small whole numbers are sorted by their digits, which is several times as fast.
    small = keys.astype(np.int16) if size < np.iinfo(np.int16).max else keys
    order = np.argsort(small, kind="stable")
    order = order[(keys[order] >= 0) & (count[order] > 0)]
    if not len(order):
        return medians
    key, running = keys[order], np.cumsum(count[order])
    starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    before = np.r_[0.0, running[starts[1:] - 1]]
    totals = np.r_[running[starts[1:] - 1], running[-1]] - before
    middle = np.searchsorted(running, before + totals / 2, side="left")
    medians[key[starts]] = values[order][middle]
    return medians
