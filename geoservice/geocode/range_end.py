"""Numbers just beyond a range, or in the gap between two: the nearest range end of their street."""

from functools import cached_property
from typing import NamedTuple

import numpy as np

from geoservice.geocode.beside import BesidePlaces, Described, Search, best_of_rows
from geoservice.geocode.hits import Ints, evidence, expand
from geoservice.geocode.position import along_ranges, range_uncertainty_m
from geoservice.geocode.spots import Spot
from geoservice.reference.snapshot import Reference

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
    """Finds the ends of ranges that lie nearest to a number on its street, of its parity."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    def find(self, search: Search) -> dict[int, Spot]:
        """Return a place for each row with a range end near its number.

        On a street, town and ZIP the nearest end counts, or the lower of two equally near ends.
        Ends of different streets that match equally well and lie far apart are a tie.
        """
        entry, end = self._near(search)
        row_streets, place = search.row_streets, self._ends.place[end]
        number = self._ends.key[end] & 0xFFFFFFFF
        learnt = self._reference.learnt
        x, y = along_ranges(place, number, self._reference, learnt.offset_m, learnt.inset_m)
        value = row_streets.value[entry]
        doubt = range_uncertainty_m(place, number, self._reference)
        doubt = doubt + _BEYOND_M * np.abs(value - number)
        penalty = row_streets.penalty[entry] + _PENALTY
        penalty += evidence(search.details, row_streets.row[entry], self._reference, "range", place)
        places = BesidePlaces(entry, "range", place, x, y, penalty, doubt)
        keep = np.flatnonzero(np.isfinite(penalty))
        described = [
            self._describe(int(place[index]), int(value[index]), int(number[index]))
            for index in keep
        ]
        return best_of_rows(places.at(keep), described, search, self._reference)

    def _near(self, search: Search) -> tuple[Ints, Ints]:
        """Return the entries with the nearest end for each town and ZIP of their street."""
        row_streets, ends = search.row_streets, self._ends
        group = (row_streets.street * 2 + row_streets.value % 2) << 32
        lowest = group | np.maximum(row_streets.value - MOST_BEYOND, 0)
        start = ends.key.searchsorted(lowest, "left")
        stop = ends.key.searchsorted((group | row_streets.value) + MOST_BEYOND, "right")
        entry, end = expand(start, stop)
        number = ends.key[end] & 0xFFFFFFFF
        away = np.abs(number - row_streets.value[entry])
        line = self._reference.array("range_last")[ends.place[end]]
        order = np.lexsort((number, away, line, entry))
        pairs = np.stack([entry, line], axis=1)[order]
        is_first = np.ones(len(order), dtype=bool)
        is_first[1:] = (pairs[1:] != pairs[:-1]).any(axis=1)
        nearest = order[is_first]
        return entry[nearest], end[nearest]

    @cached_property
    def _ends(self) -> _Ends:
        street = self._reference.array("range_street").astype(np.int64)
        place = np.arange(len(street), dtype=np.int64)
        end_columns = [
            self._reference.array(f"range_{end}").astype(np.int64) for end in ("from", "to")
        ]
        keys = np.concatenate([((street * 2 + value % 2) << 32) | value for value in end_columns])
        order = np.argsort(keys, kind="stable")
        return _Ends(keys[order], np.concatenate([place, place])[order])

    def _describe(self, place: int, value: int, number: int) -> Described:
        segment = int(self._reference.array("range_segment")[place])
        source = str(self._reference.segment_text["source"][segment])
        return Described(source, f"number {value} beside the range's end {number}")
