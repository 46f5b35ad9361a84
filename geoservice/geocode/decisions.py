"""The decisions of the tiers: an entry per row, filled tier by tier."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geoservice.geocode.choose import ChosenHits
from geoservice.geocode.hits import POINT, Hits
from geoservice.geocode.resolve import FUZZY
from geoservice.geocode.spots import Spot
from geoservice.geocode.units import UNIT_LEFT_OPEN, Middles

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
UNDECIDED = -1


@dataclass(frozen=True)
class Decisions:
    """The chosen place of each row; ``kind`` is `UNDECIDED` if no tier found a place.

    Attributes
    ----------
    place, street, value, penalty, candidate
        As in `geoservice.geocode.hits.Hits`.
    x, y, other_x, other_y, tied
        As in `geoservice.geocode.choose.ChosenHits`; NaN without a place.
    rivals
        Hits that tie with the best hit of their row, by tier.
    spread_m, units
        For rows at the middle of a house's points: the largest distance of a point from the
        middle in meters, and the number of points. NaN and 0 for all other rows.
    spots
        Intersections, streets and ZIPs; ``place`` of such a row is an index into this list.
    loosest
        The loosest tier that may still decide the row.
    """

    kind: NDArray[np.int8]
    place: Ints
    street: Ints
    value: Ints
    penalty: Floats
    candidate: Ints
    x: Floats
    y: Floats
    other_x: Floats
    other_y: Floats
    tied: NDArray[np.bool_]
    spread_m: Floats
    units: Ints
    rivals: list[Hits]
    spots: list[Spot]
    loosest: NDArray[np.int8]

    @property
    def is_placed(self) -> NDArray[np.bool_]:
        """True if a row has a single place."""
        return (self.kind >= 0) & ~self.tied

    @property
    def point(self) -> Ints:
        """The address point that is the place of each row, -1 if none is."""
        is_point = self.is_placed & (self.kind == POINT) & (self.units == 0)
        return np.where(is_point, self.place, -1)

    def take(self, choice: ChosenHits) -> None:
        """Enter the choices of a tier."""
        hits = choice.hits
        rows = hits.row
        self.kind[rows] = hits.kind
        for name in ("place", "street", "value", "penalty", "candidate"):
            getattr(self, name)[rows] = getattr(hits, name)
        for name in ("x", "y", "other_x", "other_y", "tied"):
            getattr(self, name)[rows] = getattr(choice, name)
        if len(choice.rivals.row):
            self.rivals.append(choice.rivals)

    def settle(self, middles: Middles) -> None:
        """Put rows at the middles of the houses that their points belong to."""
        rows = middles.row
        self.x[rows], self.y[rows] = middles.x, middles.y
        self.spread_m[rows], self.units[rows] = middles.radius_m, middles.count
        self.penalty[rows] += UNIT_LEFT_OPEN
        self.tied[rows] = False

    def put(self, rows: Ints, spot: Spot) -> None:
        """Enter places that are not hits."""
        self.kind[rows] = spot.kind
        self.place[rows] = len(self.spots)
        self.penalty[rows] = spot.penalty
        self.x[rows], self.y[rows] = spot.x, spot.y
        self.tied[rows] = spot.count > 1
        self.spots.append(spot)


def undecided(rows: int) -> Decisions:
    """Decisions of no row yet."""
    return Decisions(
        kind=np.full(rows, UNDECIDED, dtype=np.int8),
        place=np.zeros(rows, dtype=np.int64),
        street=np.zeros(rows, dtype=np.int64),
        value=np.zeros(rows, dtype=np.int64),
        penalty=np.full(rows, np.nan),
        candidate=np.zeros(rows, dtype=np.int64),
        x=np.full(rows, np.nan),
        y=np.full(rows, np.nan),
        other_x=np.full(rows, np.nan),
        other_y=np.full(rows, np.nan),
        tied=np.zeros(rows, dtype=bool),
        spread_m=np.full(rows, np.nan),
        units=np.zeros(rows, dtype=np.int64),
        rivals=[],
        spots=[],
        loosest=np.full(rows, FUZZY, dtype=np.int8),
    )
