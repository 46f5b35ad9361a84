"""Look-up of numbers on candidate streets: points and range sides, and the evidence against."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geoservice.reference.snapshot import Reference

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
POINT, RANGE, INTERSECTION, STREET, ZIP, BETWEEN = 0, 1, 2, 3, 4, 5
COARSE = (INTERSECTION, STREET, ZIP)
NO_TOWN, UNKNOWN_TOWN = -1, -2
NO_ZIP = -1
MISSING_PART, EXTRA_PART, UNIT_LETTER = 4.0, 3.0, 1.0
OTHER_ZIP, OTHER_TOWN, STRANGE_TOWN = 8.0, 4.0, 2.0
VETO = np.inf


@dataclass(frozen=True)
class Wanted:
    """What each row says beside its street and number.

    Attributes
    ----------
    pattern
        Number of the pattern around the house number (`geoservice.address.number`).
    zip, town
        Typed ZIP and town as numbers; the constants of this module where there is none.
    zip_known
        True where the reference has the typed ZIP.
    """

    pattern: Ints
    zip: Ints
    town: Ints
    zip_known: NDArray[np.bool_]


@dataclass(frozen=True)
class Asked:
    """Rows with the streets and house numbers they may mean: one entry per row and candidate."""

    row: Ints
    street: Ints
    value: Ints
    penalty: Floats
    candidate: Ints

    def of(self, keep: NDArray[np.bool_]) -> "Asked":
        """The entries where the mask is True."""
        return self if keep.all() else self.at(np.flatnonzero(keep))

    def at(self, entries: Ints) -> "Asked":
        """Some of the entries, by index."""
        return Asked(
            self.row[entries],
            self.street[entries],
            self.value[entries],
            self.penalty[entries],
            self.candidate[entries],
        )


@dataclass(frozen=True)
class Hits:
    """Places that a row may mean: ``place`` is the index of a point or of a range side.

    ``candidate`` is the index of the street candidate it came from, ``width`` the count of
    numbers that a range covers (0 for points).
    """

    kind: int
    row: Ints
    place: Ints
    street: Ints
    value: Ints
    penalty: Floats
    candidate: Ints
    width: Ints


def point_hits(asked: Asked, wanted: Wanted, reference: Reference) -> Hits:
    """Address points with the row's number on a candidate street."""
    if not len(asked.row):
        return no_hits(POINT)
    keys = reference.array("point_key")
    key = (asked.street << 32) | asked.value
    first, last = keys.searchsorted(key, "left"), keys.searchsorted(key, "right")
    entry, place = expand(first, last)
    if not len(entry):
        return no_hits(POINT)
    row = asked.row[entry]
    typed, known = wanted.pattern[row], reference.array("point_extra")[place]
    other = np.where(typed == 0, MISSING_PART, np.where(known == 0, EXTRA_PART, VETO))
    penalty = asked.penalty[entry] + np.where(typed == known, 0.0, other)
    penalty += evidence(wanted, row, reference, "point", place)
    hits = Hits(POINT, row, place, asked.street[entry], asked.value[entry], penalty,
                asked.candidate[entry], np.zeros(len(row), dtype=np.int64))  # fmt: skip
    return possible(hits)


def range_hits(asked: Asked, wanted: Wanted, reference: Reference) -> Hits:
    """Range sides of a candidate street that hold the row's number and its parity."""
    if not len(asked.row):
        return no_hits(RANGE)
    cuts, offset = reference.array("cell_key"), reference.array("cell_offset")
    key = ((asked.street * 2 + asked.value % 2) << 32) | asked.value
    cell = cuts.searchsorted(key, "right") - 1
    inside = cell >= 0
    first = np.where(inside, offset[cell], 0)
    last = np.where(inside, offset[cell + 1], 0)
    entry, slot = expand(first, last)
    if not len(entry):
        return no_hits(RANGE)
    place = reference.array("cell_range")[slot].astype(np.int64)
    row = asked.row[entry]
    penalty = asked.penalty[entry] + np.where(wanted.pattern[row] == 0, 0.0, UNIT_LETTER)
    penalty += evidence(wanted, row, reference, "range", place)
    start, end = reference.array("range_from")[place], reference.array("range_to")[place]
    width = np.abs(end.astype(np.int64) - start)
    hits = Hits(RANGE, row, place, asked.street[entry], asked.value[entry], penalty,
                asked.candidate[entry], width)  # fmt: skip
    return possible(hits)


def no_hits(kind: int) -> Hits:
    """Hits of no row."""
    none = np.zeros(0, dtype=np.int64)
    return Hits(kind, none, none, none, none, np.zeros(0), none, none)


def expand(first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """For half-open spans: the span and the position of every element, spans in order."""
    count = last - first
    entry = np.repeat(np.arange(len(first)), count)
    place = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return entry, place + np.repeat(first, count)


def possible(hits: Hits) -> Hits:
    """The hits that nothing vetoes."""
    keep = np.isfinite(hits.penalty)
    return hits if keep.all() else take(hits, keep)


def in_typed_zip(hits: Hits, wanted: Wanted, reference: Reference) -> Hits:
    """The hits whose place lies in the ZIP that their row names."""
    layer = "point" if hits.kind == POINT else "range"
    return take(hits, reference.array(f"{layer}_zip")[hits.place] == wanted.zip[hits.row])


def take(hits: Hits, keep: NDArray[np.bool_] | Ints) -> Hits:
    """Some of the hits, by mask or by index."""
    return Hits(hits.kind, hits.row[keep], hits.place[keep], hits.street[keep], hits.value[keep],
                hits.penalty[keep], hits.candidate[keep], hits.width[keep])  # fmt: skip


def evidence(wanted: Wanted, row: Ints, reference: Reference, layer: str, place: Ints) -> Floats:
    """Penalty for a ZIP or a town that differs; a veto where both speak against the place.

    A town that the region does not know costs as much as another town where no ZIP was typed.
    """
    zip_, town = reference.array(f"{layer}_zip")[place], reference.array(f"{layer}_city")[place]
    typed_zip, typed_town = wanted.zip[row], wanted.town[row]
    both_zips = (typed_zip != NO_ZIP) & (zip_ != NO_ZIP)
    same_zip, other_zip = both_zips & (typed_zip == zip_), both_zips & (typed_zip != zip_)
    other_town = (typed_town >= 0) & (town >= 0) & (typed_town != town)
    strange = (typed_town == UNKNOWN_TOWN) & (town != NO_TOWN)
    backed = same_zip | ((zip_ == NO_ZIP) & wanted.zip_known[row])
    elsewhere = np.where(same_zip, OTHER_TOWN, VETO)
    unbacked = np.where(typed_zip == NO_ZIP, OTHER_TOWN, VETO)
    unknown = np.where(strange, np.where(backed, STRANGE_TOWN, unbacked), 0.0)
    town_penalty = np.where(other_town, elsewhere, unknown)
    return np.asarray(np.where(other_zip, OTHER_ZIP, 0.0) + town_penalty)
