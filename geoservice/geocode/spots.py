"""Positions of matches that are neither an address point nor a number on a range."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Spot:
    """An intersection, or a whole street or ZIP.

    Attributes
    ----------
    kind
        As in `geoservice.geocode.hits`.
    x, y
        Metres; NaN if there are several places.
    address, source
        The standardised text, and the feature it comes from.
    changes
        What had to be changed; for several places, the places.
    penalty
        As in `geoservice.geocode.hits.Hits`.
    uncertainty_m
        Half-width in metres.
    count
        Number of places that are as good.
    """

    kind: int
    x: float
    y: float
    address: str
    source: str
    changes: str
    penalty: float
    uncertainty_m: float
    count: int = 1
