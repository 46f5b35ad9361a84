"""Numbers that no range holds, between two known points of a street that only points know."""

from functools import cached_property
from typing import NamedTuple

import numpy as np

from geoservice.geocode.beside import BesidePlaces, Described, Search, best_of_rows
from geoservice.geocode.hits import Floats, Ints, evidence, expand
from geoservice.geocode.spots import Spot
from geoservice.reference.snapshot import Reference

MOST_APART = 40
"""Neighbours whose numbers differ by more say too little about what lies between them."""
MOST_APART_M = 200.0
_PENALTY = 5.0
_LEAST_UNCERTAINTY_M = 15.0


class _Rows(NamedTuple):
    """Points in rows, a row being a street's points of one parity, town and ZIP.

    ``street`` is street * 2 + parity of each row, ascending; ``key`` is row << 32 | number of each
    point, ascending, and ``point`` its index.
    """

    street: Ints
    key: Ints
    point: Ints


class BetweenPoints:
    """Finds the known points around a number on its street, of its parity."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    def find(self, search: Search) -> dict[int, Spot]:
        """A place for each row whose number lies between two points; several far apart are a tie."""
        rows, asked = self._rows, search.asked
        if not len(rows.key):
            return {}
        street = asked.street * 2 + asked.value % 2
        spans = (rows.street.searchsorted(street, side) for side in ("left", "right"))
        entry, row = expand(*spans)
        key = (row << 32) | asked.value[entry]
        after = np.minimum(rows.key.searchsorted(key, "right"), len(rows.key) - 1)
        before = np.maximum(rows.key.searchsorted(key, "left") - 1, 0)
        low, high = rows.key[before], rows.key[after]
        fits = (low >> 32 == row) & (high >> 32 == row) & (low < key) & (high > key)
        fits &= high - low <= MOST_APART
        first, second = rows.point[before], rows.point[after]
        gap = self._distance_m(first, second)
        penalty = asked.penalty[entry] + _PENALTY
        penalty += evidence(search.wanted, asked.row[entry], self._reference, "point", first)
        keep = np.flatnonzero(fits & (gap <= MOST_APART_M) & np.isfinite(penalty))
        share = (key[keep] - low[keep]) / (high[keep] - low[keep])
        x, y = (self._along(f"point_{axis}", first[keep], second[keep], share) for axis in "xy")
        doubt = np.maximum(_LEAST_UNCERTAINTY_M, gap[keep] / 2)
        places = BesidePlaces(entry[keep], "point", first[keep], x, y, penalty[keep], doubt)
        described = [self._describe(int(first[at]), int(second[at])) for at in keep]
        return best_of_rows(places, described, search, self._reference)

    @cached_property
    def _rows(self) -> _Rows:
        key = self._reference.array("point_key")
        street, value = key >> 32, key & 0xFFFFFFFF
        last = self._reference.array("point_last").astype(np.int64)
        distinct, row = np.unique(((street * 2 + value % 2) << 32) | last, return_inverse=True)
        packed = (row.astype(np.int64) << 32) | value
        order = np.argsort(packed, kind="stable")
        return _Rows(distinct >> 32, packed[order], order)

    def _distance_m(self, first: Ints, second: Ints) -> Floats:
        xs, ys = self._reference.array("point_x"), self._reference.array("point_y")
        return np.asarray(np.hypot(xs[first] - xs[second], ys[first] - ys[second]))

    def _along(self, axis: str, first: Ints, second: Ints, share: Floats) -> Floats:
        metres = self._reference.array(axis)
        return np.asarray(metres[first] + share * (metres[second] - metres[first]))

    def _describe(self, first: int, second: int) -> Described:
        sources = self._reference.point_text["source"]
        return Described(f"{sources[first]}; {sources[second]}", "number between known points")
