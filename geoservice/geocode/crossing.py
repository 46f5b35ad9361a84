"""Intersections: where two streets meet, by the ends of their centerlines."""

import numpy as np
from numpy.typing import NDArray

from geoservice.address.reading import Reading
from geoservice.geocode.candidate_text import BETWEEN_CANDIDATES, with_coordinates
from geoservice.geocode.hits import INTERSECTION, Floats
from geoservice.geocode.resolve import Candidate, Resolution, Resolver
from geoservice.geocode.spots import Spot
from geoservice.geocode.street_places import StreetPlaces
from geoservice.reference.snapshot import Reference

Ints = NDArray[np.int64]
ONE_PLACE_M = 60.0
"""Nodes nearer than this are one intersection: divided roads meet at several."""
UNCERTAINTY_M = 20.0


class Crossings:
    """Finds intersections of a reference."""

    def __init__(self, reference: Reference, resolver: Resolver, places: StreetPlaces) -> None:
        self._reference = reference
        self._resolver = resolver
        self._places = places

    def find(self, read: Reading, zip_: int, town: int) -> Spot | None:
        """Return the intersection of two streets; None if a street is unknown or they never meet.

        ``zip_`` and ``town`` are the typed values as numbers (`geoservice.geocode.hits`). If a
        street lies in this ZIP or town, only crossings of this street count.
        """
        street_steps, cross_steps = (
            self._steps(street_resolution, zip_, town)
            for street_resolution in self._resolver.resolve([read.street, read.cross])
        )
        for step in range(max(len(street_steps), len(cross_steps))):
            streets = [
                street_candidate
                for candidates in street_steps[: step + 1]
                for street_candidate in candidates
            ]
            cross_streets = [
                cross_candidate
                for candidates in cross_steps[: step + 1]
                for cross_candidate in candidates
            ]
            met = [
                pair
                for street_candidate in streets
                for cross_candidate in cross_streets
                if (pair := self._meet(street_candidate, cross_candidate))
            ]
            if met:
                return self._chosen(met, read)
        return None

    def _steps(self, resolution: Resolution, zip_: int, town: int) -> list[list[Candidate]]:
        """The candidates of each tier up to the first that has a street in the typed place."""
        steps = []
        for tier in resolution.tiers:
            candidates = [candidate for candidate in tier if candidate.number < 0]
            steps.append(candidates)
            if self._places.any_here([candidate.street for candidate in candidates], zip_, town):
                break
        return steps

    def _meet(
        self, street: Candidate, cross: Candidate
    ) -> tuple[Candidate, Candidate, Ints] | None:
        common = np.intersect1d(self._nodes(street.street), self._nodes(cross.street))
        return (street, cross, common) if len(common) and street.street != cross.street else None

    def _nodes(self, street: int) -> Ints:
        segments = self._segments(street)
        ends = self._reference.array("segment_node")[segments]
        return np.unique(ends.ravel())

    def _segments(self, street: int) -> Ints:
        offset = self._reference.array("street_offset")
        segments = self._reference.array("street_segment")[offset[street] : offset[street + 1]]
        return segments.astype(np.int64)

    def _chosen(self, met: list[tuple[Candidate, Candidate, Ints]], read: Reading) -> Spot | None:
        smallest_penalty = min(
            street.difference.penalty + cross.difference.penalty for street, cross, _ in met
        )
        best = [
            (street, cross, nodes)
            for street, cross, nodes in met
            if street.difference.penalty + cross.difference.penalty == smallest_penalty
        ]
        places = [
            (street, cross, int(node)) for street, cross, nodes in best for node in nodes.tolist()
        ]
        places = self._of_town(places, read)
        if not places:
            return None
        xs, ys = (self._reference.array(f"node_{axis}")[[p[2] for p in places]] for axis in "xy")
        texts = [self._text(*place) for place in places]
        chosen_street, chosen_cross, _ = places[0]
        is_one = bool(np.hypot(xs - xs[0], ys - ys[0]).max() <= ONE_PLACE_M)
        changes = "; ".join((*chosen_street.difference.changes, *chosen_cross.difference.changes))
        segment = int(self._segments(chosen_street.street)[0])
        return Spot(
            INTERSECTION,
            float(xs.mean()) if is_one else np.nan,
            float(ys.mean()) if is_one else np.nan,
            texts[0],
            str(self._reference.segment_text["source"][segment]),
            changes if is_one else self._listed(texts, xs, ys),
            smallest_penalty,
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
        """The places in the typed town, or of unknown town; of these in the typed ZIP, if any."""
        names = dict(zip(self._reference.town_keys, self._reference.town_names, strict=True))
        town = names.get(read.town)
        if town:
            places = [place for place in places if _town(self._last_line(place[2])) in ("", town)]
        in_zip = [
            place for place in places if read.zip and self._last_line(place[2]).endswith(read.zip)
        ]
        return in_zip or places

    def _text(self, street: Candidate, cross: Candidate, node: int) -> str:
        names = self._reference.street_table["display"]
        return f"{names[street.street]} & {names[cross.street]}{self._last_line(node)}"

    def _last_line(self, node: int) -> str:
        number = int(self._reference.array("node_last")[node])
        return str(self._reference.last_lines[number]) if number >= 0 else ""


def _town(last_line: str) -> str:
    """Return the town of a last line such as ``, LAKE PARK, CA 94110``; empty without a town."""
    _, _, town_text = last_line.partition(", ")
    town, comma, _ = town_text.partition(", ")
    return town if comma else ""
