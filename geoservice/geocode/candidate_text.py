"""Candidates of ties as they are written in ``geo_changes`` and in reviews, and read from there."""

import re
from typing import NamedTuple

BETWEEN_CANDIDATES = " | "
_COORDINATES = re.compile(r"^(.*\S)?\s*\((-?[0-9.]+), (-?[0-9.]+)\)$")


class CandidatePlace(NamedTuple):
    """A candidate of a tie: its address and, where that is not enough, its place in degrees."""

    address: str
    lon: float | None = None
    lat: float | None = None


def candidate_places(text: str) -> list[CandidatePlace]:
    """The candidates that a text of `geoservice.geocode.rivals.rival_texts` lists."""
    return [candidate_place(one) for one in text.split(BETWEEN_CANDIDATES)]


def candidate_place(text: str) -> CandidatePlace:
    """One candidate: an address, perhaps with longitude and latitude in parentheses behind it."""
    found = _COORDINATES.match(text)
    if found is None:
        return CandidatePlace(text)
    return CandidatePlace(found[1] or "", float(found[2]), float(found[3]))


def with_coordinates(address: str, lon: float, lat: float) -> str:
    """A candidate whose address does not tell it from the others."""
    return f"{address} ({round(lon, 6)}, {round(lat, 6)})"
