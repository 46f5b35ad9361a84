"""Units of one house: the point of the typed unit, or the middle of all its points."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.spatial.distance import pdist

from geoservice.address.keys import NO_KEY, signed_key_hash
from geoservice.address.unit import apartment_key, unit_key
from geoservice.geocode.hits import POINT, Floats, Hits, Ints, expand, take
from geoservice.model.columns import coded
from geoservice.reference.snapshot import Reference

Apart = Callable[[Floats, Floats, Floats, Floats], NDArray[np.bool_]]
"""Which of some pairs of places (x, y, other x, other y in metres) lie in different zones."""
MOST_APART_M = 250.0
"""Units farther apart than this have no common middle."""
UNIT_LEFT_OPEN = 2.0
_NUMBER_LETTER = r"^[0-9]+-?([A-Z])$"


class TypedUnits:
    """The units that rows typed, as the hashes that address points carry."""

    def __init__(self, unit: pl.Series, number: pl.Series) -> None:
        self._unit = unit
        self._number = number

    def of(self, rows: Ints) -> tuple[Ints, Ints]:
        """The whole unit (BLDG 3 APT 4) and the apartment alone (4) of each row, as hashes.

        A letter behind the house number (12B) counts where no unit was typed.
        """
        unit = self._unit.gather(rows)
        letter = self._number.gather(rows).str.extract(_NUMBER_LETTER).fill_null("")
        code, texts = coded(unit.zip_with(unit != "", letter))
        whole = [signed_key_hash(unit_key(text)) for text in texts]
        apartment = [signed_key_hash(apartment_key(text)) for text in texts]
        return np.array(whole, dtype=np.int64)[code], np.array(apartment, dtype=np.int64)[code]


def of_typed_units(hits: Hits, typed: TypedUnits, reference: Reference) -> Hits:
    """The hits without the other units of a house of which the typed unit is known.

    ``hits`` are sorted by row and place, so that the points of one house stand together.
    """
    if hits.kind != POINT:
        return hits
    shared = np.flatnonzero(_is_shared(hits.row))
    known = reference.array("point_unit")[hits.place[shared]]
    if not known.any():
        return hits
    is_start = _is_house_start(take(hits, shared), reference)
    starts, house = np.flatnonzero(is_start), np.cumsum(is_start) - 1
    is_whole, is_apartment = (
        (known == wanted) & (wanted != NO_KEY) for wanted in typed.of(hits.row[shared])
    )
    has_whole = np.logical_or.reduceat(is_whole, starts)[house]
    is_typed = np.where(has_whole, is_whole, is_apartment)
    dropped = np.logical_or.reduceat(is_typed, starts)[house] & ~is_typed
    keep = np.ones(len(hits.row), dtype=bool)
    keep[shared[dropped]] = False
    return take(hits, keep)


@dataclass(frozen=True)
class Middles:
    """Rows whose places are the points of one house in one zone, and the middle of those.

    ``radius_m`` is the largest distance of a point from the middle ``x``, ``y`` in metres.
    """

    row: Ints
    x: Floats
    y: Floats
    radius_m: Floats
    count: Ints


def middles_of_houses(hits: Hits, apart: Apart, reference: Reference) -> Middles:
    """The middles of houses for the rows whose hits are points of one house each.

    Only where the points lie in one zone of every set and at most `MOST_APART_M` apart.
    """
    hits = take(hits, np.lexsort((hits.place, hits.row)))
    first = np.flatnonzero(np.concatenate([[True], hits.row[1:] != hits.row[:-1]]))
    count = np.diff(np.append(first, len(hits.row)))
    # Students of one house have the same points: each house is looked at once.
    pairs = np.stack([hits.place[first], count], axis=1)
    _, sample, house = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
    house = house.reshape(-1)
    places = take(hits, expand(first[sample], first[sample] + count[sample])[1])
    x, y, radius = _middles(places, count[sample], apart, reference)
    rows = np.flatnonzero(np.isfinite(radius)[house])
    house = house[rows]
    return Middles(hits.row[first][rows], x[house], y[house], radius[house], count[rows])


def _middles(
    hits: Hits, count: Ints, apart: Apart, reference: Reference
) -> tuple[Floats, Floats, Floats]:
    """Middle and radius of groups of places, one after the other; NaN where there is none."""
    starts = np.cumsum(count) - count
    group = np.repeat(np.arange(len(count)), count)
    x, y = reference.array("point_x")[hits.place], reference.array("point_y")[hits.place]
    middle_x, middle_y = (np.add.reduceat(axis, starts) / count for axis in (x, y))
    radius = np.maximum.reduceat(np.hypot(x - middle_x[group], y - middle_y[group]), starts)
    houses = np.add.reduceat(_is_house_start(hits, reference).astype(np.int64), starts)
    is_one = (houses == 1) & (radius <= MOST_APART_M)
    for at in np.flatnonzero(is_one & (radius > MOST_APART_M / 2)):
        own = slice(starts[at], starts[at] + count[at])
        is_one[at] = pdist(np.stack([x[own], y[own]], axis=1)).max() <= MOST_APART_M
    asked = np.flatnonzero(is_one[group])
    if len(asked):
        there = (middle_x[group[asked]], middle_y[group[asked]])
        is_one[group[asked][apart(x[asked], y[asked], *there)]] = False
    return middle_x, middle_y, np.where(is_one, radius, np.nan)


def _is_shared(row: Ints) -> NDArray[np.bool_]:
    """True for the hits of rows that have several; rows must be ascending."""
    same = np.concatenate([[False], row[1:] == row[:-1], [False]])
    return np.asarray(same[1:] | same[:-1])


def _is_house_start(hits: Hits, reference: Reference) -> NDArray[np.bool_]:
    """True where another row or another house begins: street, number, town or ZIP differ."""
    last = reference.array("point_last")[hits.place]
    house = np.stack([hits.row, hits.street, hits.value, last])
    is_start = np.ones(len(hits.row), dtype=bool)
    is_start[1:] = (house[:, 1:] != house[:, :-1]).any(axis=0)
    return is_start
