"""The best place of each row among its hits, and the rows that tie."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geoservice.geocode.hits import POINT, Floats, Hits, Ints, joined_hits, shared_rows, take
from geoservice.geocode.position import along_ranges, between_neighbours
from geoservice.geocode.units import TypedUnits, of_typed_units
from geoservice.reference.snapshot import Reference

TIE_M = 25.0
"""Best places farther apart than this are a tie."""


@dataclass(frozen=True)
class ChosenHits:
    """The best hit of each row that has one.

    Attributes
    ----------
    hits
        One hit per row, rows ascending.
    x, y
        East and north in metres of the hit.
    tied
        True if another place has the same penalty and is farther away than `TIE_M`.
    other_x, other_y
        The farthest place with the same penalty; NaN without such a place.
    rivals
        All hits with the smallest penalty, for rows with several such places.
    """

    hits: Hits
    x: Floats
    y: Floats
    tied: NDArray[np.bool_]
    other_x: Floats
    other_y: Floats
    rivals: Hits


def choose(hits: Hits, units: TypedUnits, reference: Reference) -> ChosenHits:
    """Keep the hits with the smallest penalty, and the narrowest range of a street, town and ZIP.

    Ranges of two different streets tie, because their width says nothing. Rows of ``hits`` ascend.
    """
    is_shared = shared_rows(hits.row)
    if not is_shared.any():
        return _alone(hits, reference)
    if is_shared.all():
        return _best(hits, units, reference)
    # Most rows have one hit: only those with several are sorted.
    alone = _alone(take(hits, np.flatnonzero(~is_shared)), reference)
    return _together(alone, _best(take(hits, np.flatnonzero(is_shared)), units, reference))


def _together(alone: ChosenHits, best: ChosenHits) -> ChosenHits:
    """Join the choices of different rows, rows ascending."""
    order = np.argsort(np.concatenate([alone.hits.row, best.hits.row]), kind="stable")
    columns = {
        name: np.concatenate([getattr(alone, name), getattr(best, name)])[order]
        for name in ("x", "y", "tied", "other_x", "other_y")
    }
    hits = joined_hits(alone.hits, best.hits, order)
    return ChosenHits(hits=hits, rivals=best.rivals, **columns)


def _best(hits: Hits, units: TypedUnits, reference: Reference) -> ChosenHits:
    hits = take(hits, np.lexsort((hits.place, hits.width, hits.penalty, hits.row)))
    best_entries = _first_of_row(hits.row)
    best = take(hits, hits.penalty <= hits.penalty[best_entries] + 1e-9)
    best = of_typed_units(best, units, reference)
    best = _narrowest(best, reference)
    x, y = locate(best, reference)
    lead = _first_of_row(best.row)
    distance = np.hypot(x - x[lead], y - y[lead])
    starts = np.unique(lead)
    farthest = _farthest(distance, starts)
    far = distance[farthest]
    tied = far > TIE_M
    alone = far <= 0
    rivals = take(best, np.isin(best.row, best.row[starts][~alone]))
    return ChosenHits(
        hits=take(best, starts),
        x=x[starts],
        y=y[starts],
        tied=tied,
        other_x=np.where(alone, np.nan, x[farthest]),
        other_y=np.where(alone, np.nan, y[farthest]),
        rivals=rivals,
    )


def _narrowest(hits: Hits, reference: Reference) -> Hits:
    """The hits without ranges more than twice as wide as another of their row, street and place."""
    if hits.kind == POINT:
        return hits
    last_line = reference.array("range_last")[hits.place]
    order = np.lexsort((hits.width, last_line, hits.street, hits.row))
    groups = np.stack([hits.row, hits.street, last_line], axis=1)[order]
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = (groups[1:] != groups[:-1]).any(axis=1)
    narrowest = hits.width[order][is_first][np.cumsum(is_first) - 1]
    keep = np.empty(len(order), dtype=bool)
    keep[order] = hits.width[order] <= 2 * narrowest
    return take(hits, keep)


def choose_place(hits: Hits, x: Floats, y: Floats, reference: Reference) -> Hits:
    """Return for each row the hit whose place is nearest to the known place of the row."""
    learnt = reference.learnt
    at_x, at_y = along_ranges(hits.place, hits.value, reference, learnt.offset_m, learnt.inset_m)
    distance = np.hypot(at_x - x[hits.row], at_y - y[hits.row])
    hits = take(hits, np.lexsort((hits.place, distance, hits.row)))
    return take(hits, np.unique(_first_of_row(hits.row)))


def _alone(hits: Hits, reference: Reference) -> ChosenHits:
    x, y = locate(hits, reference)
    nowhere = np.full(len(x), np.nan)
    none = take(hits, np.zeros(0, dtype=np.int64))
    return ChosenHits(hits, x, y, np.zeros(len(x), dtype=bool), nowhere, nowhere, none)


def locate(hits: Hits, reference: Reference) -> tuple[Floats, Floats]:
    """East and north in metres of hits."""
    if hits.kind == POINT:
        return reference.array("point_x")[hits.place], reference.array("point_y")[hits.place]
    return between_neighbours(hits.place, hits.value, reference)


def _first_of_row(row: Ints) -> Ints:
    """For each hit the index of the first hit of its row; rows must be ascending."""
    return np.searchsorted(row, row, side="left")


def _farthest(distance: Floats, starts: Ints) -> Ints:
    """Index of the largest distance in each group that begins at ``starts``, first of equals."""
    if not len(starts):
        return starts
    group = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(distance))))
    order = np.lexsort((-np.arange(len(distance)), distance, group))
    ends = np.append(starts[1:], len(distance)) - 1
    return np.asarray(order[ends])
