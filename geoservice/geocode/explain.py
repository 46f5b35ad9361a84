"""The explanation of a match: parts of the address, tiers, candidates and penalties."""

from typing import Any

import numpy as np
import polars as pl

from geoservice.address.reading import Reading
from geoservice.address.readings import readings
from geoservice.geocode.geocoder import Geocoder
from geoservice.geocode.hits import POINT, Hits
from geoservice.geocode.resolve import EXACT, FUZZY, NEAR, RELAXED
from geoservice.geocode.tiers import Tried
from geoservice.reference.snapshot import Reference

_TIERS = {"exact": (EXACT,), "relaxed": (NEAR, RELAXED), "fuzzy": (FUZZY,)}
_MOST_SHOWN = 20


def explain(geocoder: Geocoder, texts: pl.DataFrame, reference: Reference) -> dict[str, Any]:
    """Explain the match of an address (a table with a single row, as `Geocoder.geocode` takes).

    Returns
    -------
    dict
        ``reading`` (the parts), ``streets`` (ways to read its street), ``tiers``: for each tier
        that was tried its candidates (street, penalty, changes) and what the look-up of the number
        found (address feature, penalty); ``beside``: intersections, and places beside known
        numbers,
        which are looked for last.
    """
    read, tried, neighbours = geocoder.tried(texts)
    return {
        "reading": read._asdict(),
        "streets": [street.display() for street in _streets(read)],
        "tiers": [
            _tier(name, [hits for hits in tried if hits.tier in tiers], reference)
            for name, tiers in _TIERS.items()
            if any(hits.tier in tiers for hits in tried)
        ],
        "beside": [
            {"source": place.source, "penalty": place.penalty, "changes": place.changes}
            for place in neighbours
        ],
    }


def _streets(read: Reading) -> list[Any]:
    return [reading.street for reading in readings(read.street)] if read.street else []


def _tier(name: str, tried: list[Tried], reference: Reference) -> dict[str, Any]:
    names = reference.street_table["display"]
    candidates = [candidate for tier in tried for candidate in tier.candidates]
    return {
        "tier": name,
        "candidates": [
            {
                "street": names[candidate.street],
                "penalty": candidate.difference.penalty,
                "changes": list(candidate.difference.changes),
            }
            for candidate in candidates[:_MOST_SHOWN]
        ],
        "points": [hit for tier in tried for hit in _hits(tier.points, reference)],
        "ranges": [hit for tier in tried for hit in _hits(tier.ranges, reference)],
    }


def _hits(hits: Hits, reference: Reference) -> list[dict[str, Any]]:
    order = np.argsort(hits.penalty, kind="stable")[:_MOST_SHOWN]
    if hits.kind == POINT:
        source = reference.point_text["source"].gather(hits.place[order])
    else:
        segment = reference.array("range_segment")[hits.place[order]]
        source = reference.segment_text["source"].gather(segment)
    penalty = hits.penalty[order].tolist()
    return [
        {"source": name, "penalty": hit_penalty}
        for name, hit_penalty in zip(source.to_list(), penalty, strict=True)
    ]
