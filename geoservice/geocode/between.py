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
    """Points grouped by street, parity, town and ZIP; each group is called a row.

    ``street`` is street * 2 + parity of each row, ascending. ``key`` is row << 32 | number of each
    point, ascending, and ``point`` is the index of the point.
    """

    street: Ints
    key: Ints
    point: Ints


class BetweenPoints:
    """Finds the known points around a number on its street, of its parity."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    def find(self, search: Search) -> dict[int, Spot]:
        """Return a place for each row whose number lies between two points.

        If there are several places far apart, the row is a tie.
        """
        rows, row_streets = self._rows, search.row_streets
        if not len(rows.key):
            return {}
        street = row_streets.street * 2 + row_streets.value % 2
        spans = (rows.street.searchsorted(street, side) for side in ("left", "right"))
        entry, row = expand(*spans)
        key = (row << 32) | row_streets.value[entry]
        after = np.minimum(rows.key.searchsorted(key, "right"), len(rows.key) - 1)
        before = np.maximum(rows.key.searchsorted(key, "left") - 1, 0)
        low, high = rows.key[before], rows.key[after]
        fits = (low >> 32 == row) & (high >> 32 == row) & (low < key) & (high > key)
        fits &= high - low <= MOST_APART
        lower, upper = rows.point[before], rows.point[after]
        gap = self._distance_m(lower, upper)
        penalty = row_streets.penalty[entry] + _PENALTY
        penalty += evidence(search.details, row_streets.row[entry], self._reference, "point", lower)
        keep = np.flatnonzero(fits & (gap <= MOST_APART_M) & np.isfinite(penalty))
        share = (key[keep] - low[keep]) / (high[keep] - low[keep])
        x, y = (self._along(f"point_{axis}", lower[keep], upper[keep], share) for axis in "xy")
        doubt = np.maximum(_LEAST_UNCERTAINTY_M, gap[keep] / 2)
        places = BesidePlaces(entry[keep], "point", lower[keep], x, y, penalty[keep], doubt)
        described = [self._describe(int(lower[index]), int(upper[index])) for index in keep]
        return best_of_rows(places, described, search, self._reference)

    @cached_property
    def _rows(self) -> _Rows:
        key = self._reference.array("point_key")
        street, value = key >> 32, key & 0xFFFFFFFF
        last_lines = self._reference.array("point_last").astype(np.int64)
        distinct, row = np.unique(
            ((street * 2 + value % 2) << 32) | last_lines, return_inverse=True
        )
        packed = (row.astype(np.int64) << 32) | value
        order = np.argsort(packed, kind="stable")
        return _Rows(distinct >> 32, packed[order], order)

    def _distance_m(self, lower: Ints, upper: Ints) -> Floats:
        xs, ys = self._reference.array("point_x"), self._reference.array("point_y")
        return np.asarray(np.hypot(xs[lower] - xs[upper], ys[lower] - ys[upper]))

    def _along(self, axis: str, lower: Ints, upper: Ints, share: Floats) -> Floats:
        metres = self._reference.array(axis)
        return np.asarray(metres[lower] + share * (metres[upper] - metres[lower]))

    def _describe(self, lower: int, upper: int) -> Described:
        sources = self._reference.point_text["source"]
        return Described(f"{sources[lower]}; {sources[upper]}", "number between known points")
