"""Numbers that no range holds, between two known points of a street that only points know."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from geoservice.geocode.hits import BETWEEN, Asked, Wanted, evidence
from geoservice.geocode.spots import Spot
from geoservice.reference.snapshot import Reference

Ints = NDArray[np.int64]
MOST_APART = 40
"""Neighbours whose numbers differ by more say too little about what lies between them."""
MOST_APART_M = 200.0
_PENALTY = 5.0
_LEAST_UNCERTAINTY_M = 15.0


class BetweenPoints:
    """Finds the known points around a number on its street, of its parity."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    def find(self, asked: Asked, wanted: Wanted) -> dict[int, Spot]:
        """A place for each row that has one; the first candidate street counts."""
        keys, order = self._keys
        if not len(keys) or not len(asked.row):
            return {}
        key = ((asked.street * 2 + asked.value % 2) << 32) | asked.value
        after = np.minimum(keys.searchsorted(key, "right"), len(keys) - 1)
        before = np.maximum(keys.searchsorted(key, "left") - 1, 0)
        fits = (keys[before] >> 32 == key >> 32) & (keys[after] >> 32 == key >> 32)
        fits &= (keys[before] < key) & (keys[after] > key)
        fits &= keys[after] - keys[before] <= MOST_APART
        one, other = order[before], order[after]
        fits &= self._near(one, other)
        penalty = asked.penalty + _PENALTY
        penalty += evidence(wanted, asked.row, self._reference, "point", one)
        fits &= np.isfinite(penalty)
        found: dict[int, Spot] = {}
        for at in np.flatnonzero(fits).tolist():
            row = int(asked.row[at])
            if row not in found:
                share = (key[at] - keys[before[at]]) / (keys[after[at]] - keys[before[at]])
                found[row] = self._spot(
                    int(one[at]),
                    int(other[at]),
                    float(share),
                    int(asked.value[at]),
                    float(penalty[at]),
                )
        return found

    @cached_property
    def _keys(self) -> tuple[Ints, Ints]:
        """Points by street, parity and number: the packed keys, ascending, and the points."""
        key = self._reference.array("point_key")
        street, value = key >> 32, key & 0xFFFFFFFF
        packed = ((street * 2 + value % 2) << 32) | value
        order = np.argsort(packed, kind="stable")
        return packed[order], order

    def _near(self, one: Ints, other: Ints) -> NDArray[np.bool_]:
        xs, ys = self._reference.array("point_x"), self._reference.array("point_y")
        last = self._reference.array("point_last")
        distance = np.hypot(xs[one] - xs[other], ys[one] - ys[other])
        return np.asarray((distance <= MOST_APART_M) & (last[one] == last[other]))

    def _spot(self, one: int, other: int, share: float, value: int, penalty: float) -> Spot:
        reference = self._reference
        (x, x2), (y, y2) = (reference.array(f"point_{axis}")[[one, other]] for axis in "xy")
        street = int(reference.array("point_key")[one] >> 32)
        last = reference.last_lines[int(reference.array("point_last")[one])]
        sources = reference.point_text["source"]
        gap = float(np.hypot(x - x2, y - y2))
        return Spot(
            BETWEEN,
            float(x + share * (x2 - x)),
            float(y + share * (y2 - y)),
            f"{value} {reference.street_table['display'][street]}{last}",
            f"{sources[one]}; {sources[other]}",
            "number between known points",
            penalty,
            max(_LEAST_UNCERTAINTY_M, gap / 2),
        )
