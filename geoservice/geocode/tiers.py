"""Tiers from strict to loose; each tier decides rows that stricter tiers left open."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geoservice.geocode.choose import choose
from geoservice.geocode.decisions import Decisions, undecided
from geoservice.geocode.hits import (
    NO_ZIP,
    UNKNOWN_TOWN,
    Hits,
    RowStreets,
    expand,
    in_typed_zip,
    of_rows,
    point_hits,
    range_hits,
)
from geoservice.geocode.queries import Queries
from geoservice.geocode.resolve import EXACT, FUZZY, NEAR, TIERS, Candidate
from geoservice.geocode.street_places import StreetPlaces, best_placed
from geoservice.geocode.units import TypedUnits
from geoservice.reference.snapshot import Reference

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Tried:
    """The candidates and hits of a tier for an address."""

    tier: int
    candidates: list[Candidate]
    points: Hits
    ranges: Hits


@dataclass(frozen=True)
class AsTyped:
    """The places on the streets as typed, for all open rows. Two later steps use them.

    Attributes
    ----------
    asked, candidates
        The rows with their streets.
    points, ranges
        The places; ranges only for rows without a point in their typed ZIP.
    in_other_zip
        True for rows with a place, but not in their typed ZIP, which is known.
    """

    row_streets: RowStreets
    candidates: list[Candidate]
    points: Hits
    ranges: Hits
    in_other_zip: Mask


class Tiers:
    """Decides rows tier by tier with a reference."""

    def __init__(self, reference: Reference, places: StreetPlaces) -> None:
        self._reference = reference
        self._places = places

    def decide(
        self, queries: Queries, tried: list[Tried] | None = None
    ) -> tuple[Decisions, list[Candidate]]:
        """Decide each row; ``tried`` collects the result of each tier.

        A row goes to a looser tier only if no candidate of this tier lies in its typed ZIP or town.
        If the street exists there, it is meant, even if it lacks the number.
        """
        decisions = undecided(len(queries))
        candidates: list[Candidate] = []
        decisions.loosest[self.has_strange_town(queries)] = NEAR
        as_typed = self._as_typed(queries, candidates)
        self._try_typed_zip(as_typed, queries, decisions, candidates, tried)
        self._try_tiers(queries, decisions, candidates, tried, as_typed)
        self._try_other_towns(queries, decisions, candidates, tried)
        return decisions, candidates

    def _as_typed(self, queries: Queries, candidates: list[Candidate]) -> AsTyped:
        """The places of all open rows on their streets as typed; their candidates come first."""
        row_streets, streets = self.row_streets(queries, np.flatnonzero(queries.is_open), EXACT, 0)
        candidates += streets
        points = point_hits(row_streets, queries, self._reference)
        has_point, in_zip = np.zeros((2, len(queries)), dtype=bool)
        has_point[points.row] = True
        is_zip_known = queries.zip_known & (queries.zip >= 0)
        if is_zip_known.any():
            in_zip[in_typed_zip(points, queries, self._reference).row] = True
        is_open_still = ~has_point | (is_zip_known & ~in_zip)
        ranges = range_hits(
            row_streets.of(is_open_still[row_streets.row]), queries, self._reference
        )
        elsewhere = np.zeros(len(queries), dtype=bool)
        if is_zip_known.any():
            elsewhere[points.row], elsewhere[ranges.row] = True, True
            in_zip[in_typed_zip(ranges, queries, self._reference).row] = True
            elsewhere &= is_zip_known & ~in_zip
        return AsTyped(row_streets, streets, points, ranges, elsewhere)

    def _try_typed_zip(
        self,
        as_typed: AsTyped,
        queries: Queries,
        decisions: Decisions,
        candidates: list[Candidate],
        tried: list[Tried] | None,
    ) -> None:
        """Decide rows whose number exists in the typed ZIP on the street with a part added.

        `349 Main St, TX 76055` is E MAIN ST in this ZIP rather than MAIN ST in another ZIP. The
        tiers decide rows that no other ZIP matches, and rows that match in the typed ZIP as typed.
        """
        rows = np.flatnonzero(as_typed.in_other_zip)
        if not len(rows):
            return
        row_streets, streets = self.row_streets(queries, rows, NEAR, len(candidates))
        candidates += streets
        taken = self.take_hits(row_streets, queries, decisions, in_zip=True)
        if tried is not None:
            tried.append(Tried(NEAR, streets, *taken))

    def has_strange_town(self, queries: Queries) -> Mask:
        """Return True for rows with an unknown town and no typed ZIP.

        The town alone does not make a row unmatched. Together with a slip or an unknown number it
        does.
        """
        is_strange = (queries.town == UNKNOWN_TOWN) & (queries.zip == NO_ZIP)
        return np.asarray(is_strange & bool(self._reference.town_keys))

    def _try_other_towns(
        self,
        queries: Queries,
        decisions: Decisions,
        candidates: list[Candidate],
        tried: list[Tried] | None,
    ) -> None:
        """Decide rows without a ZIP whose street does not lie in the typed town.

        Post towns differ from the towns of a file, so places in all towns count.
        """
        is_left = queries.is_open & (decisions.kind < 0) & (queries.zip == NO_ZIP)
        is_left &= (queries.town >= 0) & (decisions.loosest == FUZZY)
        if not is_left.any():
            return
        loosest = decisions.loosest.copy()
        decisions.loosest[is_left] = NEAR
        town = np.where(is_left, UNKNOWN_TOWN, queries.town)
        anywhere = replace(queries, town=town, is_open=is_left)
        self._try_tiers(anywhere, decisions, candidates, tried)
        decisions.loosest[:] = loosest

    def _try_tiers(
        self,
        queries: Queries,
        decisions: Decisions,
        candidates: list[Candidate],
        tried: list[Tried] | None,
        as_typed: AsTyped | None = None,
    ) -> None:
        """Decide open rows tier by tier, and append the candidates of each tier.

        ``as_typed`` holds the places of the strictest tier if they are known already.
        """
        for tier in TIERS:
            is_left = queries.is_open & (decisions.kind < 0) & (decisions.loosest >= tier)
            if not is_left.any() and (tried is None or (decisions.kind >= 0).all()):
                break
            if tier == EXACT and as_typed is not None:
                row_streets, streets = as_typed.row_streets, as_typed.candidates
                taken = self._take_known(as_typed, queries, decisions)
            else:
                rows = np.flatnonzero(is_left)
                row_streets, streets = self.row_streets(queries, rows, tier, len(candidates))
                candidates += streets
                taken = self.take_hits(row_streets, queries, decisions)
            row_streets = row_streets.of(decisions.kind[row_streets.row] < 0)
            if len(row_streets.row):
                decisions.loosest[row_streets.row[self._places.here(row_streets, queries)]] = tier
            if tried is not None:
                tried.append(Tried(tier, streets, *taken))

    def take_hits(
        self,
        row_streets: RowStreets,
        queries: Queries,
        decisions: Decisions,
        *,
        in_zip: bool = False,
    ) -> tuple[Hits, Hits]:
        """Decide rows by points, then the others by ranges; ``in_zip``: only in their typed ZIP."""
        taken = []
        for find in (point_hits, range_hits):
            hits = find(row_streets, queries, self._reference)
            hits = in_typed_zip(hits, queries, self._reference) if in_zip else hits
            self._take_best(hits, queries, decisions)
            row_streets = row_streets.of(decisions.kind[row_streets.row] < 0)
            taken.append(hits)
        return taken[0], taken[1]

    def _take_known(
        self, as_typed: AsTyped, queries: Queries, decisions: Decisions
    ) -> tuple[Hits, Hits]:
        """As `take_hits`, of places that were looked up before."""
        taken = []
        for known_hits in (as_typed.points, as_typed.ranges):
            hits = of_rows(known_hits, decisions.kind < 0)
            self._take_best(hits, queries, decisions)
            taken.append(hits)
        return taken[0], taken[1]

    def _take_best(self, hits: Hits, queries: Queries, decisions: Decisions) -> None:
        if len(hits.row):
            units = TypedUnits(queries.unit, queries.number)
            decisions.take(choose(hits, units, self._reference))

    def row_streets(
        self, queries: Queries, rows: Ints, tier: int, before: int
    ) -> tuple[RowStreets, list[Candidate]]:
        """The rows with the streets of a tier, and these: candidates numbered from ``before``."""
        row_streets, candidates = _candidates(queries, rows, tier, before)
        return best_placed(row_streets, queries, self._places), candidates


def _candidates(
    queries: Queries, rows: Ints, tier: int, before: int
) -> tuple[RowStreets, list[Candidate]]:
    """The rows with each street that their text may mean.

    Candidates are numbered from ``before``.
    """
    is_asked = np.zeros(len(queries.resolutions), dtype=bool)
    is_asked[queries.text[rows]] = True
    texts = np.flatnonzero(is_asked)
    by_text = [queries.resolutions[text].tier(tier) for text in texts.tolist()]
    candidates = [candidate for text_candidates in by_text for candidate in text_candidates]
    if not candidates:
        nothing = np.zeros(0, dtype=np.int64)
        return RowStreets(nothing, nothing, nothing, np.zeros(0), nothing), []
    count = np.zeros(len(is_asked), dtype=np.int64)
    count[texts] = [len(text_candidates) for text_candidates in by_text]
    ends = np.cumsum(count)
    text = queries.text[rows]
    entry, candidate = expand((ends - count)[text], ends[text])
    street = np.array([entry.street for entry in candidates], dtype=np.int64)
    penalty = np.array([entry.difference.penalty for entry in candidates])
    split = np.array([entry.number for entry in candidates], dtype=np.int64)[candidate]
    row = rows[entry]
    value = np.where(split >= 0, split, queries.value[row])
    row_streets = RowStreets(row, street[candidate], value, penalty[candidate], candidate + before)
    return row_streets, candidates
