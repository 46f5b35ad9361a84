"""Streets of a reference with others that a row may mean beside them, and ties between the two."""

from collections.abc import Callable, Iterable

import numpy as np

from geoservice.geocode.choose import TIE_M, locate
from geoservice.geocode.compare import Difference
from geoservice.geocode.decisions import Decisions
from geoservice.geocode.hits import POINT, RANGE, Hits, Ints, RowStreets, expand, take
from geoservice.geocode.resolve import Candidate
from geoservice.reference.snapshot import Reference


class StreetPairs:
    """Streets, each with the other streets that it may be confused with."""

    def __init__(self, pairs: Iterable[tuple[int, int]], streets: int) -> None:
        pairs = sorted(pairs)
        self._street = np.array([street for street, _ in pairs], dtype=np.int64)
        self._other = np.array([partner for _, partner in pairs], dtype=np.int64)
        self._has_other = np.zeros(streets, dtype=bool)
        self._has_other[self._street] = True

    def __len__(self) -> int:
        return len(self._street)

    def rows(self, decisions: Decisions) -> Ints:
        """Return rows with a single place, a point or range of a street that has pairs."""
        if not len(self):
            return self._street
        is_hit = np.isin(decisions.kind, (POINT, RANGE)) & ~decisions.tied
        return np.flatnonzero(is_hit & self._has_other[decisions.street])

    def row_streets(
        self, row_streets: RowStreets, change: Difference, candidates: list[Candidate]
    ) -> RowStreets:
        """Return an entry for each pair of the requested streets, with both penalties.

        The penalties are those of the request and of the change. The candidates of the entries are
        appended.
        """
        row_streets = row_streets.of(self._has_other[row_streets.street])
        ends = (self._street.searchsorted(row_streets.street, side) for side in ("left", "right"))
        entry, pair = expand(*ends)
        before = len(candidates)
        candidates += [Candidate(int(self._other[pair_index]), change) for pair_index in pair]
        return RowStreets(
            row_streets.row[entry],
            self._other[pair],
            row_streets.value[entry],
            row_streets.penalty[entry] + change.penalty,
            np.arange(before, before + len(entry)),
        )


def rows_whose(
    is_so: Callable[[Candidate], bool],
    rows: Ints,
    decisions: Decisions,
    candidates: list[Candidate],
) -> Ints:
    """Return the rows whose decided candidate passes a test; each candidate is tested once."""
    of_row = decisions.candidate[rows]
    passes = np.zeros(len(candidates), dtype=bool)
    passes[of_row] = True
    tested = np.flatnonzero(passes)
    passes[tested] = [is_so(candidates[candidate]) for candidate in tested.tolist()]
    return np.asarray(rows[passes[of_row]])


def decided(rows: Ints, decisions: Decisions, candidates: list[Candidate]) -> RowStreets:
    """Return street and number of decided rows, with the penalty of the street alone."""
    candidate = decisions.candidate[rows]
    penalty = np.array(
        [candidates[candidate_index].difference.penalty for candidate_index in candidate],
        dtype=np.float64,
    )
    return RowStreets(rows, decisions.street[rows], decisions.value[rows], penalty, candidate)


def as_good_elsewhere(hits: Hits, decisions: Decisions, reference: Reference) -> Hits:
    """Return hits as good as the decided place of their row and farther than `TIE_M`."""
    x, y = locate(hits, reference)
    away = np.hypot(x - decisions.x[hits.row], y - decisions.y[hits.row])
    as_good = hits.penalty <= decisions.penalty[hits.row] + 1e-9
    return take(hits, as_good & (away > TIE_M))


def tie(hits: Hits, decisions: Decisions) -> None:
    """Make ties of rows that were decided, with the hits as candidates beside the decided place."""
    if len(hits.row):
        rows = np.unique(hits.row)
        decisions.tied[rows] = True
        decisions.rivals.extend([*_decided_hits(rows, decisions), hits])


def _decided_hits(rows: Ints, decisions: Decisions) -> list[Hits]:
    """The decided points and ranges of rows as hits: candidates beside others."""
    hits = []
    for kind in (POINT, RANGE):
        of_kind = rows[decisions.kind[rows] == kind]
        columns = (decisions.place, decisions.street, decisions.value, decisions.penalty)
        place, street, value, penalty = (column[of_kind] for column in columns)
        candidate, width = decisions.candidate[of_kind], np.zeros_like(of_kind)
        hits.append(Hits(kind, of_kind, place, street, value, penalty, candidate, width))
    return hits
