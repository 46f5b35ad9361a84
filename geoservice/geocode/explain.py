"""Why an address was matched as it was: its reading, the tiers tried, candidates, penalties."""

from typing import Any

import numpy as np
import polars as pl

from geoservice.address.reading import Reading
from geoservice.address.street import readings
from geoservice.geocode.geocoder import Geocoder, Tried
from geoservice.geocode.hits import POINT, Hits
from geoservice.geocode.resolve import EXACT, FUZZY, RELAXED
from geoservice.reference.snapshot import Reference

_TIERS = {EXACT: "exact", RELAXED: "relaxed", FUZZY: "fuzzy"}
_MOST_SHOWN = 20


def explain(geocoder: Geocoder, texts: pl.DataFrame, reference: Reference) -> dict[str, Any]:
    """The story of one address (a table of one row, as `Geocoder.geocode` takes).

    Returns
    -------
    dict
        ``reading`` (the parts), ``streets`` (ways to read its street), ``tiers``: for each tier
        that was tried its candidates (street, penalty, changes) and what the look-up of the number
        found (address feature, penalty); ``beside``: intersections, and places beside known numbers,
        which are looked for last.
    """
    read, tried, beside = geocoder.tried(texts)
    return {
        "reading": read._asdict(),
        "streets": [street.display() for street in _streets(read)],
        "tiers": [_tier(one, reference) for one in tried],
        "beside": [
            {"source": one.source, "penalty": one.penalty, "changes": one.changes} for one in beside
        ],
    }


def _streets(read: Reading) -> list[Any]:
    return list(readings(read.street)) if read.street else []


def _tier(tried: Tried, reference: Reference) -> dict[str, Any]:
    names = reference.street_table["display"]
    return {
        "tier": _TIERS[tried.tier],
        "candidates": [
            {"street": names[one.street], "penalty": one.difference.penalty,
             "changes": list(one.difference.changes)}
            for one in tried.candidates[:_MOST_SHOWN]
        ],
        "points": _hits(tried.points, reference),
        "ranges": _hits(tried.ranges, reference),
    }  # fmt: skip


def _hits(hits: Hits, reference: Reference) -> list[dict[str, Any]]:
    order = np.argsort(hits.penalty, kind="stable")[:_MOST_SHOWN]
    if hits.kind == POINT:
        source = reference.point_text["source"].gather(hits.place[order])
    else:
        segment = reference.array("range_segment")[hits.place[order]]
        source = reference.segment_text["source"].gather(segment)
    penalty = hits.penalty[order].tolist()
    return [
        {"source": name, "penalty": one}
        for name, one in zip(source.to_list(), penalty, strict=True)
    ]
