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
    """Finds intersections of one reference."""

    def __init__(self, reference: Reference, resolver: Resolver, places: StreetPlaces) -> None:
        self._reference = reference
        self._resolver = resolver
        self._places = places

    def find(self, read: Reading, zip_: int, town: int) -> Spot | None:
        """The intersection of the two streets; None where one is unknown or they never meet.

        ``zip_`` and ``town`` are the typed ones as numbers (`geoservice.geocode.hits.Wanted`). A
        street that lies there is meant, whatever others meet.
        """
        first, second = (
            self._steps(one, zip_, town)
            for one in self._resolver.resolve([read.street, read.cross])
        )
        for step in range(max(len(first), len(second))):
            ones = [one for some in first[: step + 1] for one in some]
            others = [one for some in second[: step + 1] for one in some]
            met = [pair for one in ones for other in others if (pair := self._meet(one, other))]
            if met:
                return self._chosen(met, read)
        return None

    def _steps(self, resolution: Resolution, zip_: int, town: int) -> list[list[Candidate]]:
        """The candidates of each tier up to the first that has a street in the typed place."""
        steps = []
        for tier in resolution.tiers:
            candidates = [one for one in tier if one.number < 0]
            steps.append(candidates)
            if self._places.any_here([one.street for one in candidates], zip_, town):
                break
        return steps

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

    def _chosen(self, met: list[tuple[Candidate, Candidate, Ints]], read: Reading) -> Spot | None:
        least = min(one.difference.penalty + other.difference.penalty for one, other, _ in met)
        best = [
            (one, other, nodes) for one, other, nodes in met
            if one.difference.penalty + other.difference.penalty == least
        ]  # fmt: skip
        places = [(one, other, int(node)) for one, other, nodes in best for node in nodes.tolist()]
        places = self._of_town(places, read)
        if not places:
            return None
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
        """The places in the typed town, or of unknown town; of these in the typed ZIP, if any."""
        names = dict(zip(self._reference.town_keys, self._reference.town_names, strict=True))
        town = names.get(read.town)
        if town:
            places = [one for one in places if _town(self._last_line(one[2])) in ("", town)]
        in_zip = [one for one in places if read.zip and self._last_line(one[2]).endswith(read.zip)]
        return in_zip or places

    def _text(self, one: Candidate, other: Candidate, node: int) -> str:
        names = self._reference.street_table["display"]
        return f"{names[one.street]} & {names[other.street]}{self._last_line(node)}"

    def _last_line(self, node: int) -> str:
        number = int(self._reference.array("node_last")[node])
        return str(self._reference.last_lines[number]) if number >= 0 else ""


def _town(last_line: str) -> str:
    """The town of a last line such as ``, LAKE PARK, CA 94110``; empty where it names none."""
    _, _, rest = last_line.partition(", ")
    town, comma, _ = rest.partition(", ")
    return town if comma else ""
