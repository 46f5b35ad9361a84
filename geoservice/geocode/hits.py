"""Look-up of numbers on candidate streets: points and range sides, and the evidence against."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geoservice.reference.once import OncePerReference
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
class RowDetails:
    """The parts of each row other than its street and number.

    Attributes
    ----------
    pattern
        Number of the pattern around the house number (`geoservice.address.number`).
    zip, town
        Typed ZIP and town as numbers; the constants of this module where there is none.
    zip_known
        True if the reference has the typed ZIP.
    """

    pattern: Ints
    zip: Ints
    town: Ints
    zip_known: NDArray[np.bool_]


@dataclass(frozen=True)
class RowStreets:
    """The streets and house numbers that rows may mean: an entry per row and candidate."""

    row: Ints
    street: Ints
    value: Ints
    penalty: Floats
    candidate: Ints

    def of(self, keep: NDArray[np.bool_]) -> "RowStreets":
        """The entries where the mask is True."""
        return self if keep.all() else self.at(np.flatnonzero(keep))

    def at(self, entries: Ints) -> "RowStreets":
        """Some of the entries, by index."""
        return RowStreets(
            self.row[entries],
            self.street[entries],
            self.value[entries],
            self.penalty[entries],
            self.candidate[entries],
        )


@dataclass(frozen=True)
class Hits:
    """Places that rows may mean; ``place`` is the index of a point or of a range side.

    ``candidate`` is the index of the street candidate of the hit. ``width`` is the count of numbers
    that a range covers (0 for points).
    """

    kind: int
    row: Ints
    place: Ints
    street: Ints
    value: Ints
    penalty: Floats
    candidate: Ints
    width: Ints


def point_hits(row_streets: RowStreets, details: RowDetails, reference: Reference) -> Hits:
    """Address points with the row's number on a candidate street."""
    if not len(row_streets.row):
        return no_hits(POINT)
    keys = reference.array("point_key")
    key = (row_streets.street << 32) | row_streets.value
    if not len(keys):
        return no_hits(POINT)
    start = np.minimum(keys.searchsorted(key), len(keys) - 1)
    end = np.where(keys[start] == key, _ends_of_houses(reference)[start], start)
    entry, place = expand(start, end)
    if not len(entry):
        return no_hits(POINT)
    row = row_streets.row[entry]
    typed, reference_pattern = details.pattern[row], reference.array("point_extra")[place]
    pattern_penalty = np.where(
        typed == 0, MISSING_PART, np.where(reference_pattern == 0, EXTRA_PART, VETO)
    )
    penalty = row_streets.penalty[entry] + np.where(
        typed == reference_pattern, 0.0, pattern_penalty
    )
    penalty += evidence(details, row, reference, "point", place)
    hits = Hits(
        POINT,
        row,
        place,
        row_streets.street[entry],
        row_streets.value[entry],
        penalty,
        row_streets.candidate[entry],
        np.zeros(len(row), dtype=np.int64),
    )
    return possible(hits)


def _ends_of_keys(reference: Reference) -> Ints:
    """For each address point the index behind the last point of its street and number."""
    keys = reference.array("point_key")
    ends = np.append(np.flatnonzero(keys[1:] != keys[:-1]) + 1, len(keys))
    return np.repeat(ends, np.diff(ends, prepend=0))


_ends_of_houses = OncePerReference(_ends_of_keys)


def range_hits(row_streets: RowStreets, details: RowDetails, reference: Reference) -> Hits:
    """Range sides of a candidate street that hold the row's number and its parity."""
    if not len(row_streets.row):
        return no_hits(RANGE)
    cuts, offset = reference.array("cell_key"), reference.array("cell_offset")
    key = ((row_streets.street * 2 + row_streets.value % 2) << 32) | row_streets.value
    cell = cuts.searchsorted(key, "right") - 1
    inside = cell >= 0
    lowest = np.where(inside, offset[cell], 0)
    highest = np.where(inside, offset[cell + 1], 0)
    entry, slot = expand(lowest, highest)
    if not len(entry):
        return no_hits(RANGE)
    place = reference.array("cell_range")[slot].astype(np.int64)
    row = row_streets.row[entry]
    penalty = row_streets.penalty[entry] + np.where(details.pattern[row] == 0, 0.0, UNIT_LETTER)
    penalty += evidence(details, row, reference, "range", place)
    start, end = reference.array("range_from")[place], reference.array("range_to")[place]
    width = np.abs(end.astype(np.int64) - start)
    hits = Hits(
        RANGE,
        row,
        place,
        row_streets.street[entry],
        row_streets.value[entry],
        penalty,
        row_streets.candidate[entry],
        width,
    )
    return possible(hits)


def no_hits(kind: int) -> Hits:
    """Hits of no row."""
    none = np.zeros(0, dtype=np.int64)
    return Hits(kind, none, none, none, none, np.zeros(0), none, none)


def expand(starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """For half-open spans: the span and the position of every element, spans in order."""
    count = ends - starts
    entry = np.repeat(np.arange(len(starts)), count)
    place = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return entry, place + np.repeat(starts, count)


def possible(hits: Hits) -> Hits:
    """The hits that nothing vetoes."""
    keep = np.isfinite(hits.penalty)
    return hits if keep.all() else take(hits, keep)


def in_typed_zip(hits: Hits, details: RowDetails, reference: Reference) -> Hits:
    """Return the hits that lie in the typed ZIP of their row."""
    layer = "point" if hits.kind == POINT else "range"
    return take(hits, reference.array(f"{layer}_zip")[hits.place] == details.zip[hits.row])


def of_rows(hits: Hits, is_row: NDArray[np.bool_]) -> Hits:
    """The hits of the rows where the mask is True."""
    keep = is_row[hits.row]
    return hits if keep.all() else take(hits, keep)


def take(hits: Hits, keep: NDArray[np.bool_] | Ints) -> Hits:
    """Some of the hits, by mask or by index."""
    return Hits(
        hits.kind,
        hits.row[keep],
        hits.place[keep],
        hits.street[keep],
        hits.value[keep],
        hits.penalty[keep],
        hits.candidate[keep],
        hits.width[keep],
    )


def joined_hits(hits: Hits, others: Hits, order: Ints) -> Hits:
    """Join hits of a kind with further hits, in the given order."""
    columns = ("row", "place", "street", "value", "penalty", "candidate", "width")
    joined_columns = (
        np.concatenate([getattr(hits, column), getattr(others, column)])[order]
        for column in columns
    )
    return Hits(hits.kind, *joined_columns)


def shared_rows(row: Ints) -> NDArray[np.bool_]:
    """True for the entries of rows that have several; rows must be ascending."""
    same = np.concatenate([[False], row[1:] == row[:-1], [False]])
    return np.asarray(same[1:] | same[:-1])


def evidence(
    details: RowDetails, row: Ints, reference: Reference, layer: str, place: Ints
) -> Floats:
    """Penalty for a ZIP or a town that differs; a veto where both speak against the place.

    A town that the region does not know costs as much as another town where no ZIP was typed.
    """
    zip_, town = reference.array(f"{layer}_zip")[place], reference.array(f"{layer}_city")[place]
    typed_zip, typed_town = details.zip[row], details.town[row]
    both_zips = (typed_zip != NO_ZIP) & (zip_ != NO_ZIP)
    same_zip, other_zip = both_zips & (typed_zip == zip_), both_zips & (typed_zip != zip_)
    other_town = (typed_town >= 0) & (town >= 0) & (typed_town != town)
    strange = (typed_town == UNKNOWN_TOWN) & (town != NO_TOWN)
    backed = same_zip | ((zip_ == NO_ZIP) & details.zip_known[row])
    elsewhere = np.where(same_zip, OTHER_TOWN, VETO)
    unbacked = np.where(typed_zip == NO_ZIP, OTHER_TOWN, VETO)
    unknown = np.where(strange, np.where(backed, STRANGE_TOWN, unbacked), 0.0)
    town_penalty = np.where(other_town, elsewhere, unknown)
    return np.asarray(np.where(other_zip, OTHER_ZIP, 0.0) + town_penalty)
