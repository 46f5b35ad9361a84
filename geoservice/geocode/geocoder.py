"""The geocoder: tiers from strict to loose; each takes the rows that no earlier tier matched."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.address.reading import Reading
from geoservice.address.templates import AddressReader
from geoservice.geocode.beside import Search
from geoservice.geocode.between import BetweenPoints
from geoservice.geocode.coarse import CoarsePlaces
from geoservice.geocode.compose import compose
from geoservice.geocode.decisions import Decisions
from geoservice.geocode.hits import COARSE, POINT, take
from geoservice.geocode.lost_directions import LostDirections
from geoservice.geocode.namesakes import Namesakes
from geoservice.geocode.queries import Asker, Queries, with_reasons
from geoservice.geocode.range_end import RangeEnds
from geoservice.geocode.resolve import EXACT, NEAR, RELAXED, Candidate, Resolver
from geoservice.geocode.spots import Spot
from geoservice.geocode.street_places import StreetPlaces
from geoservice.geocode.tiers import Tiers, Tried
from geoservice.geocode.units import Apart, middles_of_houses
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
        Meters; NaN without a place.
    zip
        The typed ZIP as a number; negative without a typed ZIP.
    is_coarse
        True for intersections, streets and ZIPs, which are too coarse for zones.
    point
        Index of the matched address point; -1 for other places.
    """

    columns: pl.DataFrame
    x: Floats
    y: Floats
    zip: Ints
    is_coarse: NDArray[np.bool_]
    point: Ints


class Geocoder:
    """Geocodes addresses with a reference. Safe to share between threads."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._reader = AddressReader(reference.gazetteer)
        self._beside = (BetweenPoints(reference), RangeEnds(reference))
        self._places = StreetPlaces(reference)
        self._coarse = CoarsePlaces(reference)
        self._namesakes = Namesakes(reference)
        self._lost_directions = LostDirections(reference)
        self._asker = Asker(reference, Resolver(reference), self._places)
        self._tiers = Tiers(reference, self._places)

    def geocode(self, texts: pl.DataFrame, apart: Apart, allow: Collection[str] = ()) -> Located:
        """Match and place addresses; returns a row for each row, in the same order.

        ``texts`` has the columns ``line``, ``city``, ``state`` and ``zip``, text without nulls.

        ``allow`` may contain ``street`` and ``zip``: rows without a finer place then get a whole
        street or ZIP. If two places match equally well, the first is taken, unless ``apart`` says
        that they lie in different zones; then the row is ambiguous.
        """
        queries = self._asker.ask(self._reader.read(texts))
        decisions, candidates = self._tiers.decide(queries)
        self._take_namesakes(decisions, queries, candidates)
        self._take_beside(decisions, queries)
        self._take_added(decisions, queries, candidates)
        _take_crossings(decisions, queries)
        queries = with_reasons(queries, decisions.kind < 0)
        if allow:
            self._take_coarse(decisions, queries, allow)
        _settle_near_ties(decisions, apart)
        self._settle_units(decisions, apart)
        self._namesakes.settle(decisions, queries, candidates)
        self._lost_directions.settle(decisions, queries, candidates)
        columns = compose(queries, decisions, candidates, self._reference)
        placed = decisions.is_placed
        x, y = (np.where(placed, axis, np.nan) for axis in (decisions.x, decisions.y))
        is_coarse = np.isin(decisions.kind, COARSE)
        return Located(columns, x, y, queries.zip, is_coarse, decisions.point)

    def _take_beside(self, decisions: Decisions, queries: Queries) -> None:
        """Place numbers that no point or range holds: between known points, beside range ends."""
        is_left = queries.is_open & (decisions.kind < 0) & (queries.value >= 0)
        is_left &= ~self._tiers.has_strange_town(queries)
        for tier in (EXACT, NEAR, RELAXED):
            for finder in self._beside:
                rows = np.flatnonzero(is_left & (decisions.loosest >= tier))
                if len(rows):
                    row_streets, candidates = self._tiers.row_streets(queries, rows, tier, 0)
                    search = Search(row_streets, candidates, queries, queries.town_text)
                    for row, spot in finder.find(search).items():
                        decisions.put(np.array([row]), spot)
                    is_left &= decisions.kind < 0

    def _take_namesakes(
        self, decisions: Decisions, queries: Queries, candidates: list[Candidate]
    ) -> None:
        """Add a type where the street as typed lacks the number: RYAN ST for RYAN."""
        rows = np.flatnonzero(queries.is_open & (decisions.kind < 0) & (queries.value >= 0))
        if len(rows) and self._namesakes:
            row_streets, _ = self._tiers.row_streets(queries, rows, EXACT, 0)
            row_streets = self._namesakes.added(row_streets, candidates)
            self._tiers.take_hits(row_streets, queries, decisions)

    def _take_added(
        self, decisions: Decisions, queries: Queries, candidates: list[Candidate]
    ) -> None:
        """Add a part that was not typed, within the typed place, where the street lacks the number.

        `775 Main St` lies on N Main St where Main St ends at 199.
        """
        is_left = queries.is_open & (decisions.kind < 0) & (queries.value >= 0)
        rows = np.flatnonzero(is_left & (decisions.loosest == EXACT))
        if not len(rows):
            return
        row_streets, added = self._tiers.row_streets(queries, rows, NEAR, len(candidates))
        candidates += added
        row_streets = row_streets.of(self._places.here(row_streets, queries))
        self._tiers.take_hits(row_streets, queries, decisions)

    def _settle_units(self, decisions: Decisions, apart: Apart) -> None:
        """Put rows that tie between units of a house at the middle of its points."""
        for hits in decisions.rivals:
            tied = take(hits, decisions.tied[hits.row])
            if hits.kind == POINT and len(tied.row):
                decisions.settle(middles_of_houses(tied, apart, self._reference))

    def _take_coarse(self, decisions: Decisions, queries: Queries, allow: Collection[str]) -> None:
        """Streets and ZIPs for rows that are unmatched for want of a number or of a street."""
        reasons = pl.Series(["no_number", "out_of_range", "unknown_street"])
        details = queries.reason.is_in(reasons.implode()).to_numpy() & (decisions.kind < 0)
        for code in np.unique(queries.text[details]).tolist():
            rows = np.flatnonzero(details & (queries.text == code))
            zip_, town = int(queries.zip[rows[0]]), int(queries.town[rows[0]])
            spot = None
            if "street" in allow:
                spot = self._coarse.street(queries.resolutions[code], zip_, town)
            if spot is None and "zip" in allow:
                spot = self._coarse.zip(zip_)
            if spot is not None:
                decisions.put(rows, spot)

    def tried(self, texts: pl.DataFrame) -> tuple[Reading, list[Tried], list[Spot]]:
        """Return the reading of an address (a table with a single row), and each tier tried.

        Places that are neither point nor range come last: an intersection, or a place near known
        numbers.
        """
        read = self._reader.read(texts)
        tried: list[Tried] = []
        queries = self._asker.ask(read)
        decisions, _ = self._tiers.decide(queries, tried)
        self._take_beside(decisions, queries)
        _take_crossings(decisions, queries)
        return read.readings[0], tried, decisions.spots


geocoder_of = OncePerReference(Geocoder)
"""The geocoder of a reference: it remembers the addresses it resolved."""


def _take_crossings(decisions: Decisions, queries: Queries) -> None:
    for code, crossing in enumerate(queries.crossings):
        if crossing is not None:
            decisions.put(np.flatnonzero(queries.text == code), crossing)


def _settle_near_ties(decisions: Decisions, apart: Apart) -> None:
    rows = np.flatnonzero(np.isfinite(decisions.other_x) & decisions.is_placed)
    if len(rows):
        chosen_place, other_place = (
            (decisions.x, decisions.y),
            (decisions.other_x, decisions.other_y),
        )
        decisions.tied[rows] = apart(*(axis[rows] for axis in (*chosen_place, *other_place)))
