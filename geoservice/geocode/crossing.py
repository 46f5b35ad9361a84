"""Intersections: where two streets meet, by the ends of their centerlines."""

import numpy as np
from numpy.typing import NDArray

from geoservice.address.reading import Reading
from geoservice.geocode.candidate_text import BETWEEN_CANDIDATES, with_coordinates
from geoservice.geocode.hits import INTERSECTION, Floats
from geoservice.geocode.resolve import Candidate, Resolver
from geoservice.geocode.spots import Spot
from geoservice.reference.snapshot import Reference

Ints = NDArray[np.int64]
ONE_PLACE_M = 60.0
"""Nodes nearer than this are one intersection: divided roads meet at several."""
UNCERTAINTY_M = 20.0


class Crossings:
    """Finds intersections of one reference."""

    def __init__(self, reference: Reference, resolver: Resolver) -> None:
        self._reference = reference
        self._resolver = resolver

    def find(self, read: Reading) -> Spot | None:
        """The intersection of the two streets; None where one is unknown or they never meet."""
        first, second = self._resolver.resolve([read.street, read.cross])
        for tier in range(len(first.tiers)):
            ones = [one for some in first.tiers[: tier + 1] for one in some if one.number < 0]
            others = [one for some in second.tiers[: tier + 1] for one in some if one.number < 0]
            met = [pair for one in ones for other in others if (pair := self._meet(one, other))]
            if met:
                return self._chosen(met, read)
        return None

    def _meet(self, one: Candidate, other: Candidate) -> tuple[Candidate, Candidate, Ints] | None:
        common = np.intersect1d(self._nodes(one.street), self._nodes(other.street))
        return (one, other, common) if len(common) and one.street != other.street else None

    def _nodes(self, street: int) -> Ints:
        segments = self._segments(street)
        ends = self._reference.array("segment_node")[segments]
        return np.unique(ends.ravel())

    def _segments(self, street: int) -> Ints:
        offset = self._reference.array("street_offset")
        segments = self._reference.array("street_segment")[offset[street] : offset[street + 1]]
        return segments.astype(np.int64)

    def _chosen(self, met: list[tuple[Candidate, Candidate, Ints]], read: Reading) -> Spot:
        least = min(one.difference.penalty + other.difference.penalty for one, other, _ in met)
        best = [
            (one, other, nodes) for one, other, nodes in met
            if one.difference.penalty + other.difference.penalty == least
        ]  # fmt: skip
        places = [(one, other, int(node)) for one, other, nodes in best for node in nodes.tolist()]
        places = self._of_town(places, read)
        xs, ys = (self._reference.array(f"node_{axis}")[[p[2] for p in places]] for axis in "xy")
        texts = [self._text(*place) for place in places]
        one, other, _ = places[0]
        is_one = bool(np.hypot(xs - xs[0], ys - ys[0]).max() <= ONE_PLACE_M)
        changes = "; ".join((*one.difference.changes, *other.difference.changes))
        segment = int(self._segments(one.street)[0])
        return Spot(
            INTERSECTION,
            float(xs.mean()) if is_one else np.nan,
            float(ys.mean()) if is_one else np.nan,
            texts[0],
            str(self._reference.segment_text["source"][segment]),
            changes if is_one else self._listed(texts, xs, ys),
            least,
            UNCERTAINTY_M,
            1 if is_one else len(places),
        )

    def _listed(self, texts: list[str], xs: Floats, ys: Floats) -> str:
        """The places as candidates of a tie; equal texts with their coordinates."""
        lons, lats = self._reference.projection.to_degrees(xs, ys)
        places = zip(texts, lons.tolist(), lats.tolist(), strict=True)
        listed = [
            with_coordinates(text, lon, lat) if texts.count(text) > 1 else text
            for text, lon, lat in places
        ]
        return BETWEEN_CANDIDATES.join(dict.fromkeys(listed))

    def _of_town(
        self, places: list[tuple[Candidate, Candidate, int]], read: Reading
    ) -> list[tuple[Candidate, Candidate, int]]:
        """The places in the typed town or ZIP, where there are such."""
        lines = [self._last_line(place[2]) for place in places]
        names = dict(zip(self._reference.town_keys, self._reference.town_names, strict=True))
        for wanted in (names.get(read.town), read.zip):
            kept = [place for place, line in zip(places, lines, strict=True)
                    if wanted and wanted in line]  # fmt: skip
            if kept:
                return kept
        return places

    def _text(self, one: Candidate, other: Candidate, node: int) -> str:
        names = self._reference.street_table["display"]
        return f"{names[one.street]} & {names[other.street]}{self._last_line(node)}"

    def _last_line(self, node: int) -> str:
        number = int(self._reference.array("node_last")[node])
        return str(self._reference.last_lines[number]) if number >= 0 else ""
