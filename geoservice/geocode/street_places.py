"""Where the streets of a reference lie: which of a row's candidate streets lie in its typed place."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from geoservice.geocode.hits import NO_TOWN, NO_ZIP, Asked, Wanted
from geoservice.reference.snapshot import Reference

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


class StreetPlaces:
    """The ZIPs and towns of every street of one reference, by its points and ranges."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    def here(self, asked: Asked, wanted: Wanted) -> Mask:
        """True for each entry whose street lies in the typed ZIP or town.

        A ZIP or town that the reference does not know is as good as none; where neither is typed
        every street lies here. A street without ZIP or town may lie anywhere.
        """
        zip_, town = wanted.zip[asked.row], wanted.town[asked.row]
        typed_zip = (zip_ >= 0) & wanted.zip_known[asked.row]
        typed_town = town >= 0
        in_zip = _has(self._zips, asked.street, zip_)
        in_town = _has(self._towns, asked.street, town)
        no_zip = _has(self._zips, asked.street, np.full_like(zip_, NO_ZIP))
        no_town = _has(self._towns, asked.street, np.full_like(town, NO_TOWN))
        by_zip = typed_zip & (in_zip | (no_zip & ~typed_town))
        by_town = typed_town & (in_town | (no_town & ~typed_zip))
        neither = ~typed_zip & ~typed_town
        return np.asarray(
            neither | by_zip | by_town | (no_zip & no_town) | self._unplaced[asked.street]
        )

    def any_here(self, streets: list[int], zip_: int, town: int) -> bool:
        """True where one of the streets lies in a typed ZIP or town, as `here` judges it."""
        if not streets:
            return False
        row, street = np.zeros(len(streets), dtype=np.int64), np.array(streets, dtype=np.int64)
        asked = Asked(row, street, row, row.astype(np.float64), row)
        is_known = bool(np.isin(zip_, self._reference.known_zips))
        wanted = Wanted(row[:1], np.array([zip_]), np.array([town]), np.array([is_known]))
        return bool(self.here(asked, wanted).any())

    def in_zip(self, asked: Asked, wanted: Wanted) -> Mask:
        """True for each entry whose street lies in the typed ZIP."""
        return _has(self._zips, asked.street, wanted.zip[asked.row]) & (wanted.zip[asked.row] >= 0)

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


def best_placed(asked: Asked, wanted: Wanted, places: StreetPlaces) -> Asked:
    """The entries without streets elsewhere, of rows that also have a street in their typed place.

    So no ZIP and no town changes to reach another street than one that lies here. The typed ZIP
    counts before the town.
    """
    if len(asked.row) < 2:
        return asked
    rivals = np.flatnonzero(_repeats(asked.row))
    if not len(rivals):
        return asked
    keep = np.ones(len(asked.row), dtype=bool)
    for is_here in (places.in_zip, places.here):
        left = rivals[keep[rivals]]
        here = is_here(asked.at(left), wanted)
        keep[left] = here | ~np.isin(asked.row[left], asked.row[left][here])
    return asked.of(keep)


def _repeats(row: Ints) -> Mask:
    """True for entries whose row has another entry; rows must be ascending."""
    same = row[1:] == row[:-1]
    return np.asarray(np.append(same, False) | np.insert(same, 0, False))


def _packed(street: NDArray[np.integer], part: NDArray[np.integer]) -> Ints:
    # Part + 2 is never negative: places that have no ZIP or town are numbered below 0.
    return (street.astype(np.int64) << 32) | (part.astype(np.int64) + 2)


def _has(pairs: Ints, street: Ints, part: Ints) -> Mask:
    if not len(pairs):
        return np.zeros(len(street), dtype=bool)
    key = _packed(street, part)
    at = np.minimum(pairs.searchsorted(key), len(pairs) - 1)
    return np.asarray(pairs[at] == key)
