"""Streets that differ only by a missing type, such as RYAN and RYAN ST.

A missing type would lead to the other street without a warning, so both are looked up.
"""

from collections import defaultdict

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.address.street import compact
from geoservice.address.vocabulary import vocabulary
from geoservice.geocode.compare import ADDED_TYPE, NO_DIFFERENCE, Difference
from geoservice.geocode.decisions import Decisions
from geoservice.geocode.hits import (
    POINT,
    RANGE,
    Hits,
    Ints,
    RowDetails,
    RowStreets,
    point_hits,
    range_hits,
    take,
)
from geoservice.geocode.resolve import Candidate
from geoservice.geocode.street_pairs import (
    StreetPairs,
    as_good_elsewhere,
    decided,
    rows_whose,
    tie,
)
from geoservice.reference.snapshot import Reference

_PARTS = ("predir", "pretype", "name", "type", "postdir", "modifier")
_TYPE_ADDED = Difference(ADDED_TYPE, ("type added",))


class Namesakes:
    """Streets of a reference with a namesake that has a type more."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._table = reference.street_table
        self._pairs = StreetPairs(_pairs(self._table), len(self._table))

    def __len__(self) -> int:
        return len(self._pairs)

    def settle(
        self, decisions: Decisions, details: RowDetails, candidates: list[Candidate]
    ) -> None:
        """Decide rows again if their street as typed has a namesake.

        Suppose the namesake has the number too, with the same penalty and farther away than
        `TIE_M`. Then a row without a type is a tie, and so is a row on a range if the namesake has
        a known point. Otherwise a name that ends in a type keeps its street, and ``geo_changes``
        names the namesake.
        """
        rows = self._rows(decisions, candidates)
        if not len(rows):
            return
        for find in (point_hits, range_hits):
            row_streets = self._pairs.row_streets(
                decided(rows, decisions, candidates), NO_DIFFERENCE, candidates
            )
            hits = find(row_streets, details, self._reference)
            hits = as_good_elsewhere(hits, decisions, self._reference)
            is_tie = self._is_bare(decisions.street[hits.row])
            is_tie |= (hits.kind == POINT) & (decisions.kind[hits.row] == RANGE)
            tie(take(hits, is_tie), decisions)
            self._tell(take(hits, ~is_tie), decisions, candidates)
            rows = np.setdiff1d(rows, hits.row)

    def added(self, row_streets: RowStreets, candidates: list[Candidate]) -> RowStreets:
        """Return the namesakes of the requested streets, each with the penalty of its type."""
        before = len(candidates)
        added = self._pairs.row_streets(row_streets, _TYPE_ADDED, candidates)
        for index in range(before, len(candidates)):
            type_ = self._table["type"][candidates[index].street]
            change = Difference(ADDED_TYPE, (f"type +{type_}",))
            candidates[index] = Candidate(candidates[index].street, change)
        return added

    def _rows(self, decisions: Decisions, candidates: list[Candidate]) -> Ints:
        """Rows at a point or range of a street as typed that has a namesake."""
        return rows_whose(_is_as_typed, self._pairs.rows(decisions), decisions, candidates)

    def _is_bare(self, street: Ints) -> NDArray[np.bool_]:
        return (self._table["type"].gather(street) == "").to_numpy()

    def _tell(self, hits: Hits, decisions: Decisions, candidates: list[Candidate]) -> None:
        """Name the namesake in the changes of its row, with the penalty of its type."""
        for row, namesake in zip(hits.row.tolist(), hits.street.tolist(), strict=True):
            change = Difference(ADDED_TYPE, (f"or {self._table['display'][namesake]}",))
            named_candidate = candidates[decisions.candidate[row]].with_change(change)
            decisions.candidate[row] = len(candidates)
            decisions.penalty[row] += ADDED_TYPE
            candidates.append(named_candidate)


def _is_as_typed(candidate: Candidate) -> bool:
    return not candidate.difference.changes


def _pairs(table: pl.DataFrame) -> set[tuple[int, int]]:
    """Each street with the streets that are named so once their type is left out."""
    full: dict[tuple[str, ...], list[int]] = defaultdict(list)
    typed = table.with_row_index("street").filter(pl.col("type") != "")
    ends_in_type = pl.col("name").str.extract(r" (\S+)$").is_in(list(vocabulary().types))
    names = table.filter(pl.col("type") == "")["name"].unique()
    may_be = typed.filter(
        ends_in_type.fill_null(value=False) | pl.col("name").is_in(names.implode())
    )
    if not len(may_be):
        return set()
    for street, parts in enumerate(table.select(_PARTS).iter_rows()):
        full[_key(*parts)].append(street)
    return {
        (street, namesake)
        for namesake, *parts in may_be.select("street", *_PARTS).iter_rows()
        for street in full.get(_key(*_without_type(*parts)), ())
    }


def _without_type(
    predir: str, pretype: str, name: str, _type: str, postdir: str, modifier: str
) -> tuple[str, ...]:
    """The parts as they are read where the type is left out: the name's last word may be a type."""
    before, _, last_word = name.rpartition(" ")
    type_ = vocabulary().types.get(last_word, "") if before else ""
    return predir, pretype, before if type_ else name, type_, postdir, modifier


def _key(*parts: str) -> tuple[str, ...]:
    predir, pretype, name, *others = parts
    return predir, pretype, compact(name), *others
