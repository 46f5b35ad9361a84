"""Numbers just beyond a range, or in the gap between two: the nearest range end of their street."""

from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geoservice.geocode.hits import BETWEEN, Asked, Wanted, evidence
from geoservice.geocode.position import along_ranges, range_uncertainty_m
from geoservice.geocode.spots import Spot
from geoservice.reference.snapshot import Reference

Ints = NDArray[np.int64]
MOST_BEYOND = 20
"""Numbers farther from a range's end say too little about where the house stands."""
_PENALTY = 10.0
_BEYOND_M = 5.0
"""Metres of doubt for each number beyond: about a lot's width for every second number."""


class _Ends(NamedTuple):
    """Ends of range sides by street, parity and number: packed keys, ascending, and their sides."""

    key: Ints
    place: Ints


class RangeEnds:
    """Finds the end of a range that lies nearest to a number on its street, of its parity."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    def find(self, asked: Asked, wanted: Wanted) -> dict[int, Spot]:
        """A place for each row that has one; the nearest end counts, of equals the lower one."""
        ends = self._ends
        if not len(ends.key) or not len(asked.row):
            return {}
        key = ((asked.street * 2 + asked.value % 2) << 32) | asked.value
        after = np.minimum(ends.key.searchsorted(key, "left"), len(ends.key) - 1)
        before = np.maximum(ends.key.searchsorted(key, "right") - 1, 0)
        away = np.abs(ends.key[np.stack([before, after])] - key)
        at = np.where(away[0] <= away[1], before, after)
        penalty = asked.penalty + _PENALTY
        penalty += evidence(wanted, asked.row, self._reference, "range", ends.place[at])
        fits = (away.min(axis=0) <= MOST_BEYOND) & np.isfinite(penalty)
        found: dict[int, Spot] = {}
        for entry in np.flatnonzero(fits).tolist():
            row = int(asked.row[entry])
            if row not in found:
                found[row] = self._spot(int(at[entry]), int(asked.value[entry]), penalty[entry])
        return found

    @cached_property
    def _ends(self) -> _Ends:
        street = self._reference.array("range_street").astype(np.int64)
        place = np.arange(len(street), dtype=np.int64)
        both = [self._reference.array(f"range_{end}").astype(np.int64) for end in ("from", "to")]
        keys = np.concatenate([((street * 2 + value % 2) << 32) | value for value in both])
        order = np.argsort(keys, kind="stable")
        return _Ends(keys[order], np.concatenate([place, place])[order])

    def _spot(self, at: int, value: int, penalty: float) -> Spot:
        reference = self._reference
        place = self._ends.place[at : at + 1]
        end = self._ends.key[at : at + 1] & 0xFFFFFFFF
        learnt = reference.learnt
        x, y = along_ranges(place, end, reference, learnt.offset_m, learnt.inset_m)
        street = int(reference.array("range_street")[place[0]])
        last = reference.last_lines[int(reference.array("range_last")[place[0]])]
        segment = int(reference.array("range_segment")[place[0]])
        doubt_m = float(range_uncertainty_m(place, end, reference)[0])
        return Spot(
            BETWEEN,
            float(x[0]),
            float(y[0]),
            f"{value} {reference.street_table['display'][street]}{last}",
            str(reference.segment_text["source"][segment]),
            f"number {value} beside the range's end {int(end[0])}",
            float(penalty),
            doubt_m + _BEYOND_M * abs(value - int(end[0])),
        )
