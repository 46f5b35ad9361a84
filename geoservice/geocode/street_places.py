"""The places of streets: which candidate streets of a row lie in its typed town or ZIP."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from geoservice.geocode.hits import NO_TOWN, NO_ZIP, RowDetails, RowStreets, shared_rows
from geoservice.reference.snapshot import Reference

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


class StreetPlaces:
    """The ZIPs and towns of every street of a reference, from its points and ranges."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    def here(self, row_streets: RowStreets, details: RowDetails) -> Mask:
        """Return True for each entry whose street lies in the typed ZIP or town.

        An unknown ZIP or town counts as not typed. Without a typed ZIP and town, every street lies
        here. A street without ZIP or town may lie anywhere.
        """
        zip_, town = details.zip[row_streets.row], details.town[row_streets.row]
        typed_zip = (zip_ >= 0) & details.zip_known[row_streets.row]
        typed_town = town >= 0
        in_zip = _has(self._zips, row_streets.street, zip_)
        in_town = _has(self._towns, row_streets.street, town)
        no_zip = _has(self._zips, row_streets.street, np.full_like(zip_, NO_ZIP))
        no_town = _has(self._towns, row_streets.street, np.full_like(town, NO_TOWN))
        by_zip = typed_zip & (in_zip | (no_zip & ~typed_town))
        by_town = typed_town & (in_town | (no_town & ~typed_zip))
        neither = ~typed_zip & ~typed_town
        return np.asarray(
            neither | by_zip | by_town | (no_zip & no_town) | self._unplaced[row_streets.street]
        )

    def any_here(self, streets: list[int], zip_: int, town: int) -> bool:
        """Return True if any of the streets lies in a typed ZIP or town, see `here`."""
        if not streets:
            return False
        row, street = np.zeros(len(streets), dtype=np.int64), np.array(streets, dtype=np.int64)
        row_streets = RowStreets(row, street, row, row.astype(np.float64), row)
        is_known = bool(np.isin(zip_, self._reference.known_zips))
        details = RowDetails(row[:1], np.array([zip_]), np.array([town]), np.array([is_known]))
        return bool(self.here(row_streets, details).any())

    def in_zip(self, row_streets: RowStreets, details: RowDetails) -> Mask:
        """Return True for each entry whose street lies in the typed ZIP."""
        return _has(self._zips, row_streets.street, details.zip[row_streets.row]) & (
            details.zip[row_streets.row] >= 0
        )

    @cached_property
    def _unplaced(self) -> Mask:
        """True for each street that has neither points nor ranges."""
        unplaced = np.ones(len(self._reference.street_table), dtype=bool)
        unplaced[self._zips >> 32] = False
        return unplaced

    @cached_property
    def _zips(self) -> Ints:
        return self._pairs("zip")

    @cached_property
    def _towns(self) -> Ints:
        return self._pairs("city")

    def _pairs(self, part: str) -> Ints:
        """Each street with each of its ZIPs or towns once, as packed keys, ascending."""
        reference = self._reference
        points = _packed(reference.array("point_key") >> 32, reference.array(f"point_{part}"))
        ranges = _packed(reference.array("range_street"), reference.array(f"range_{part}"))
        return np.unique(np.concatenate([points, ranges]))


def best_placed(row_streets: RowStreets, details: RowDetails, places: StreetPlaces) -> RowStreets:
    """Drop streets elsewhere from rows that also have a street in their typed place.

    So the geocoder does not change ZIP or town while a street in the typed place fits. The typed
    ZIP counts before the town.
    """
    if len(row_streets.row) < 2:
        return row_streets
    rivals = np.flatnonzero(shared_rows(row_streets.row))
    if not len(rivals):
        return row_streets
    keep = np.ones(len(row_streets.row), dtype=bool)
    for is_here in (places.in_zip, places.here):
        left = rivals[keep[rivals]]
        is_placed = is_here(row_streets.at(left), details)
        keep[left] = is_placed | ~np.isin(row_streets.row[left], row_streets.row[left][is_placed])
    return row_streets.of(keep)


def _packed(street: NDArray[np.integer], part: NDArray[np.integer]) -> Ints:
    # Part + 2 is never negative: places that have no ZIP or town are numbered below 0.
    return (street.astype(np.int64) << 32) | (part.astype(np.int64) + 2)


def _has(pairs: Ints, street: Ints, part: Ints) -> Mask:
    if not len(pairs):
        return np.zeros(len(street), dtype=bool)
    key = _packed(street, part)
    position = np.minimum(pairs.searchsorted(key), len(pairs) - 1)
    return np.asarray(pairs[position] == key)
