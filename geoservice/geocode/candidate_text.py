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
    return [candidate_place(part) for part in text.split(BETWEEN_CANDIDATES)]


def candidate_place(text: str) -> CandidatePlace:
    """Read a candidate: an address, optionally with longitude and latitude in parentheses."""
    match = _COORDINATES.match(text)
    if match is None:
        return CandidatePlace(text)
    return CandidatePlace(match[1] or "", float(match[2]), float(match[3]))


def with_coordinates(address: str, lon: float, lat: float) -> str:
    """Return a candidate with its coordinates, for candidates that share an address."""
    return f"{address} ({round(lon, 6)}, {round(lat, 6)})"
