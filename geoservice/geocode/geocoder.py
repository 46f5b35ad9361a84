"""Addresses to places: tiers from strict to loose, each on what the ones before left over."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.address.reading import Reading
from geoservice.address.templates import AddressReader
from geoservice.geocode.beside import Search
from geoservice.geocode.between import BetweenPoints
from geoservice.geocode.choose import choose
from geoservice.geocode.coarse import CoarsePlaces
from geoservice.geocode.compose import compose
from geoservice.geocode.decisions import Decisions, undecided
from geoservice.geocode.hits import (
    COARSE,
    NO_ZIP,
    POINT,
    UNKNOWN_TOWN,
    Asked,
    Hits,
    expand,
    in_typed_zip,
    point_hits,
    range_hits,
    take,
)
from geoservice.geocode.queries import Asker, Queries, with_reasons
from geoservice.geocode.range_end import RangeEnds
from geoservice.geocode.resolve import EXACT, FUZZY, NEAR, RELAXED, TIERS, Candidate, Resolver
from geoservice.geocode.spots import Spot
from geoservice.geocode.street_places import StreetPlaces, best_placed
from geoservice.geocode.units import Apart, TypedUnits, middles_of_houses
from geoservice.reference.once import OncePerReference
from geoservice.reference.snapshot import Reference

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Located:
    """Places of addresses.

    Attributes
    ----------
    columns
        `geoservice.model.results.GEOCODE_COLUMNS`.
    x, y
        Metres, NaN where there is no place.
    zip
        The typed ZIP as a number, negative where there is none.
    is_coarse
        True where the place is an intersection, a street or a ZIP: too coarse for zones.
    """

    columns: pl.DataFrame
    x: Floats
    y: Floats
    zip: Ints
    is_coarse: NDArray[np.bool_]


@dataclass(frozen=True)
class Tried:
    """What one tier found for one address."""

    tier: int
    candidates: list[Candidate]
    points: Hits
    ranges: Hits


class Geocoder:
    """Geocodes addresses against one reference. Safe to share between threads."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._reader = AddressReader(reference.gazetteer)
        self._beside = (BetweenPoints(reference), RangeEnds(reference))
        self._places = StreetPlaces(reference)
        self._coarse = CoarsePlaces(reference)
        self._asker = Asker(reference, Resolver(reference), self._places)

    def geocode(self, texts: pl.DataFrame, apart: Apart, allow: Collection[str] = ()) -> Located:
        """Match and place addresses; one row per row, in order.

        ``texts`` has the columns ``line``, ``city``, ``state`` and ``zip``, text without nulls.

        ``allow`` may hold ``street`` and ``zip``: whole streets and ZIPs for rows without a finer
        place. Of two places that are as good and near each other the first is taken, unless they are
        ``apart``: then the row is ambiguous.
        """
        queries = self._asker.ask(self._reader.read(texts))
        decisions, candidates = self._decide(queries)
        self._take_beside(decisions, queries)
        self._take_added(decisions, queries, candidates)
        _take_crossings(decisions, queries)
        queries = with_reasons(queries, decisions.kind < 0)
        if allow:
            self._take_coarse(decisions, queries, allow)
        _settle_near_ties(decisions, apart)
        self._settle_units(decisions, apart)
        columns = compose(queries, decisions, candidates, self._reference)
        placed = decisions.is_placed
        x, y = (np.where(placed, axis, np.nan) for axis in (decisions.x, decisions.y))
        return Located(columns, x, y, queries.zip, np.isin(decisions.kind, COARSE))

    def _take_beside(self, decisions: Decisions, queries: Queries) -> None:
        """Places beside known numbers for numbers that nothing holds: between points, range ends."""
        is_left = queries.is_open & (decisions.kind < 0) & (queries.value >= 0)
        is_left &= ~self._has_strange_town(queries)
        for tier in (EXACT, NEAR, RELAXED):
            for beside in self._beside:
                rows = np.flatnonzero(is_left & (decisions.loosest >= tier))
                if len(rows):
                    asked, candidates = self._asked(queries, rows, tier, 0)
                    search = Search(asked, candidates, queries, queries.town_text)
                    for row, spot in beside.find(search).items():
                        decisions.put(np.array([row]), spot)
                    is_left &= decisions.kind < 0

    def _take_added(
        self, decisions: Decisions, queries: Queries, candidates: list[Candidate]
    ) -> None:
        """Streets of the typed place with a part that was not typed, for numbers that the street lacks.

        `775 Main St` lies on N Main St where Main St ends at 199.
        """
        is_left = queries.is_open & (decisions.kind < 0) & (queries.value >= 0)
        rows = np.flatnonzero(is_left & (decisions.loosest == EXACT))
        if not len(rows):
            return
        asked, added = self._asked(queries, rows, NEAR, len(candidates))
        candidates += added
        asked = asked.of(self._places.here(asked, queries))
        units = TypedUnits(queries.unit, queries.number)
        for find in (point_hits, range_hits):
            hits = find(asked, queries, self._reference)
            if len(hits.row):
                decisions.take(choose(hits, units, self._reference))
                asked = asked.of(decisions.kind[asked.row] < 0)

    def _settle_units(self, decisions: Decisions, apart: Apart) -> None:
        """Put rows that tie between units of one house at the middle of its points."""
        for hits in decisions.rivals:
            tied = take(hits, decisions.tied[hits.row])
            if hits.kind == POINT and len(tied.row):
                decisions.settle(middles_of_houses(tied, apart, self._reference))

    def _take_coarse(self, decisions: Decisions, queries: Queries, allow: Collection[str]) -> None:
        """Streets and ZIPs for rows that are unmatched for want of a number or of a street."""
        reasons = pl.Series(["no_number", "out_of_range", "unknown_street"])
        wanted = queries.reason.is_in(reasons.implode()).to_numpy() & (decisions.kind < 0)
        for code in np.unique(queries.text[wanted]).tolist():
            rows = np.flatnonzero(wanted & (queries.text == code))
            zip_, town = int(queries.zip[rows[0]]), int(queries.town[rows[0]])
            spot = None
            if "street" in allow:
                spot = self._coarse.street(queries.resolutions[code], zip_, town)
            if spot is None and "zip" in allow:
                spot = self._coarse.zip(zip_)
            if spot is not None:
                decisions.put(rows, spot)

    def tried(self, texts: pl.DataFrame) -> tuple[Reading, list[Tried], list[Spot]]:
        """The reading of one address (a table of one row), and each tier that was tried.

        Last the places that are no point or range: an intersection, or one beside known numbers.
        """
        read = self._reader.read(texts)
        tried: list[Tried] = []
        queries = self._asker.ask(read)
        decisions, _ = self._decide(queries, tried)
        self._take_beside(decisions, queries)
        _take_crossings(decisions, queries)
        return read.readings[0], tried, decisions.spots

    def _decide(
        self, queries: Queries, tried: list[Tried] | None = None
    ) -> tuple[Decisions, list[Candidate]]:
        """What each row means; ``tried`` is told what each tier found.

        A row goes to a looser tier only where no candidate of this one lies in its typed place: a
        street that exists is meant, whatever number its neighbours have.
        """
        decisions = undecided(len(queries))
        candidates: list[Candidate] = []
        decisions.loosest[self._has_strange_town(queries)] = NEAR
        self._try_typed_zip(queries, decisions, candidates, tried)
        self._try_tiers(queries, decisions, candidates, tried)
        self._try_other_towns(queries, decisions, candidates, tried)
        return decisions, candidates

    def _try_typed_zip(
        self,
        queries: Queries,
        decisions: Decisions,
        candidates: list[Candidate],
        tried: list[Tried] | None,
    ) -> None:
        """Decide rows whose number the typed ZIP has on the same street with a part added.

        `349 Main St, TX 76055` is E MAIN ST there before MAIN ST in another ZIP. Rows that no other
        ZIP would answer are left to the tiers, and rows that the typed ZIP answers as typed.
        """
        is_left = self._answered_by_another_zip(queries)
        if not is_left.any():
            return
        units = TypedUnits(queries.unit, queries.number)
        asked, some = self._asked(queries, np.flatnonzero(is_left), NEAR, len(candidates))
        candidates += some
        found = []
        for find in (point_hits, range_hits):
            hits = in_typed_zip(find(asked, queries, self._reference), queries, self._reference)
            found.append(hits)
            if len(hits.row):
                decisions.take(choose(hits, units, self._reference))
                asked = asked.of(decisions.kind[asked.row] < 0)
        if tried is not None:
            tried.append(Tried(NEAR, some, *found))

    def _answered_by_another_zip(self, queries: Queries) -> Mask:
        """True for rows whose street as typed has the number, but not in the known ZIP typed."""
        is_asked = queries.is_open & queries.zip_known & (queries.zip >= 0)
        in_zip, anywhere = np.zeros((2, len(queries)), dtype=bool)
        if is_asked.any():
            asked, _ = self._asked(queries, np.flatnonzero(is_asked), EXACT, 0)
            for find in (point_hits, range_hits):
                hits = find(asked, queries, self._reference)
                anywhere[hits.row] = True
                in_zip[in_typed_zip(hits, queries, self._reference).row] = True
        return np.asarray(anywhere & ~in_zip)

    def _has_strange_town(self, queries: Queries) -> Mask:
        """True for rows whose town the region does not know and whose ZIP was not typed.

        The town alone makes no row unmatched, but together with a slip or an unknown number it does.
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
        """Places in all towns for rows without a ZIP whose street does not lie in the typed town.

        Post towns and the towns of a file differ: the typed town is taken for an unknown one.
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
    ) -> None:
        """Decide open rows tier by tier, and add to the candidates those that were asked for."""
        units = TypedUnits(queries.unit, queries.number)
        for tier in TIERS:
            is_left = queries.is_open & (decisions.kind < 0) & (decisions.loosest >= tier)
            if not is_left.any() and (tried is None or (decisions.kind >= 0).all()):
                break
            asked, some = self._asked(queries, np.flatnonzero(is_left), tier, len(candidates))
            candidates += some
            found = []
            for find in (point_hits, range_hits):
                hits = find(asked, queries, self._reference)
                found.append(hits)
                if len(hits.row):
                    decisions.take(choose(hits, units, self._reference))
                    asked = asked.of(decisions.kind[asked.row] < 0)
            if len(asked.row):
                decisions.loosest[asked.row[self._places.here(asked, queries)]] = tier
            if tried is not None:
                tried.append(Tried(tier, some, *found))

    def _asked(
        self, queries: Queries, rows: Ints, tier: int, before: int
    ) -> tuple[Asked, list[Candidate]]:
        asked, candidates = _candidates(queries, rows, tier, before)
        return best_placed(asked, queries, self._places), candidates


geocoder_of = OncePerReference(Geocoder)
"""The geocoder of a reference: it remembers the addresses it resolved."""


def _take_crossings(decisions: Decisions, queries: Queries) -> None:
    for code, crossing in enumerate(queries.crossings):
        if crossing is not None:
            decisions.put(np.flatnonzero(queries.text == code), crossing)


def _settle_near_ties(decisions: Decisions, apart: Apart) -> None:
    rows = np.flatnonzero(np.isfinite(decisions.other_x) & decisions.is_placed)
    if len(rows):
        here, there = (decisions.x, decisions.y), (decisions.other_x, decisions.other_y)
        decisions.tied[rows] = apart(*(axis[rows] for axis in (*here, *there)))


def _candidates(
    queries: Queries, rows: Ints, tier: int, before: int
) -> tuple[Asked, list[Candidate]]:
    """The rows with each street that their text may mean; candidates are numbered from ``before``."""
    is_asked = np.zeros(len(queries.resolutions), dtype=bool)
    is_asked[queries.text[rows]] = True
    by_text = [
        resolution.tier(tier) if asked else ()
        for resolution, asked in zip(queries.resolutions, is_asked.tolist(), strict=True)
    ]
    candidates = [one for many in by_text for one in many]
    if not candidates:
        nothing = np.zeros(0, dtype=np.int64)
        return Asked(nothing, nothing, nothing, np.zeros(0), nothing), []
    count = np.array([len(many) for many in by_text], dtype=np.int64)
    last = np.cumsum(count)
    text = queries.text[rows]
    entry, candidate = expand((last - count)[text], last[text])
    street = np.array([one.street for one in candidates], dtype=np.int64)
    penalty = np.array([one.difference.penalty for one in candidates])
    split = np.array([one.number for one in candidates], dtype=np.int64)[candidate]
    row = rows[entry]
    value = np.where(split >= 0, split, queries.value[row])
    asked = Asked(row, street[candidate], value, penalty[candidate], candidate + before)
    return asked, candidates
