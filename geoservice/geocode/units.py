"""Units of a house: the point of the typed unit, or the middle of all points."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.address.keys import NO_KEY, signed_key_hash
from geoservice.address.unit import apartment_key, unit_key
from geoservice.geocode.hits import POINT, Floats, Hits, Ints, expand, shared_rows, take
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
        whole_units = [signed_key_hash(unit_key(text)) for text in texts]
        apartment = [signed_key_hash(apartment_key(text)) for text in texts]
        return np.array(whole_units, dtype=np.int64)[code], np.array(apartment, dtype=np.int64)[
            code
        ]


def of_typed_units(hits: Hits, typed: TypedUnits, reference: Reference) -> Hits:
    """Drop the other units of a house if the typed unit is known.

    ``hits`` are sorted by row and place, so the points of a house are adjacent.
    """
    if hits.kind != POINT:
        return hits
    shared = np.flatnonzero(shared_rows(hits.row))
    reference_unit = reference.array("point_unit")[hits.place[shared]]
    if not reference_unit.any():
        return hits
    is_start = _is_house_start(take(hits, shared), reference)
    starts, house = np.flatnonzero(is_start), np.cumsum(is_start) - 1
    is_whole, is_apartment = (
        (reference_unit == typed_unit) & (typed_unit != NO_KEY)
        for typed_unit in typed.of(hits.row[shared])
    )
    has_whole = np.logical_or.reduceat(is_whole, starts)[house]
    is_typed = np.where(has_whole, is_whole, is_apartment)
    dropped = np.logical_or.reduceat(is_typed, starts)[house] & ~is_typed
    keep = np.ones(len(hits.row), dtype=bool)
    keep[shared[dropped]] = False
    return take(hits, keep)


@dataclass(frozen=True)
class Middles:
    """Rows whose places are the points of a house in a single zone, and the middle of the points.

    ``radius_m`` is the largest distance of a point from the middle ``x``, ``y`` in meters.
    """

    row: Ints
    x: Floats
    y: Floats
    radius_m: Floats
    count: Ints


def middles_of_houses(hits: Hits, apart: Apart, reference: Reference) -> Middles:
    """Return the middles of houses for rows whose hits are points of a single house.

    The points must lie in the same zone of every set and at most `MOST_APART_M` apart.
    """
    hits = take(hits, np.lexsort((hits.place, hits.row)))
    first_of_row = np.flatnonzero(np.concatenate([[True], hits.row[1:] != hits.row[:-1]]))
    count = np.diff(np.append(first_of_row, len(hits.row)))
    # Students of one house have the same points: each house is looked at once.
    pairs = np.stack([hits.place[first_of_row], count], axis=1)
    _, sample, house = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
    house = house.reshape(-1)
    places = take(hits, expand(first_of_row[sample], first_of_row[sample] + count[sample])[1])
    x, y, radius = _middles(places, count[sample], apart, reference)
    rows = np.flatnonzero(np.isfinite(radius)[house])
    house = house[rows]
    return Middles(hits.row[first_of_row][rows], x[house], y[house], radius[house], count[rows])


def _middles(
    hits: Hits, count: Ints, apart: Apart, reference: Reference
) -> tuple[Floats, Floats, Floats]:
    """Return middle and radius of consecutive groups of places; NaN for empty groups."""
    starts = np.cumsum(count) - count
    group = np.repeat(np.arange(len(count)), count)
    x, y = reference.array("point_x")[hits.place], reference.array("point_y")[hits.place]
    middle_x, middle_y = (np.add.reduceat(axis, starts) / count for axis in (x, y))
    radius = np.maximum.reduceat(np.hypot(x - middle_x[group], y - middle_y[group]), starts)
    houses = np.add.reduceat(_is_house_start(hits, reference).astype(np.int64), starts)
    is_one = (houses == 1) & (radius <= MOST_APART_M)
    for house in np.flatnonzero(is_one & (radius > MOST_APART_M / 2)):
        house_points = slice(starts[house], starts[house] + count[house])
        is_one[house] = _widest_m(x[house_points], y[house_points]) <= MOST_APART_M
    house_rows = np.flatnonzero(is_one[group])
    if len(house_rows):
        middle = (middle_x[group[house_rows]], middle_y[group[house_rows]])
        is_one[group[house_rows][apart(x[house_rows], y[house_rows], *middle)]] = False
    return middle_x, middle_y, np.where(is_one, radius, np.nan)


def _widest_m(x: Floats, y: Floats) -> float:
    """The largest distance between any two of some points."""
    return max(float(np.hypot(x - x[index], y - y[index]).max()) for index in range(len(x)))


def _is_house_start(hits: Hits, reference: Reference) -> NDArray[np.bool_]:
    """True if another row or another house begins: street, number, town or ZIP differ."""
    last_line = reference.array("point_last")[hits.place]
    house = np.stack([hits.row, hits.street, hits.value, last_line])
    is_start = np.ones(len(hits.row), dtype=bool)
    is_start[1:] = (house[:, 1:] != house[:, :-1]).any(axis=0)
    return is_start
