"""Places to zones by grade, schools of right, ratings and areas."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.assign.shared import ZoneRows, zone_rows
from geoservice.model.columns import gathered
from geoservice.model.results import ATTENDS_COLUMN
from geoservice.model.rights import attends
from geoservice.reference.polygon_layers import PolygonLayer
from geoservice.reference.snapshot import Reference

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Membership:
    """In which polygon each place lies, for every layer of a kind.

    ``places[i]`` holds for each place the index of its polygon in ``layers[i]``, -1 for none.
    """

    layers: tuple[PolygonLayer, ...]
    places: tuple[Places, ...]


def in_areas(x: Floats, y: Floats, reference: Reference) -> Membership:
    """Areas of all regionalisations that hold the places (metres; NaN lies nowhere)."""
    return _membership(reference.area_layers, x, y)


def in_zones(x: Floats, y: Floats, reference: Reference) -> Membership:
    """Zones of all sets that hold the places (metres; NaN lies nowhere)."""
    return _membership(reference.zone_layers, x, y)


def area_columns(areas: Membership) -> dict[str, pl.Series]:
    """``area_ID`` for each regionalisation: the area's id, null outside all of them."""
    return {
        f"area_{layer.set_id}": gathered(layer.ids, places)
        for layer, places in zip(areas.layers, areas.places, strict=True)
    }


def same_zones(one: Membership, other: Membership) -> NDArray[np.bool_]:
    """True where two memberships agree in every layer."""
    same = np.ones(len(one.places[0]) if one.places else 0, dtype=bool)
    for left, right in zip(one.places, other.places, strict=True):
        same &= left == right
    return same


def school_columns(
    zones: Membership,
    x: Floats,
    y: Floats,
    grade: Places,
    uncertainty_m: pl.Series,
    attended: pl.Series | None,
    reference: Reference,
) -> dict[str, pl.Series]:
    """Zone columns of every set, the school of right, its rating, margin and doubt.

    ``x`` and ``y`` are metres, ``grade`` places in `geoservice.model.grades.GRADES` or -1. Of
    several sets that serve a grade the first in the manifest gives the school of right, the margin
    and the doubt. Where several zones of that set hold a place, the columns name them all, joined
    by `geoservice.model.rights.SEPARATOR`; the margin is 0 and the zone is doubtful.
    """
    inside = [
        (places >= 0) & layer.serves[grade]
        for layer, places in zip(zones.layers, zones.places, strict=True)
    ]
    holding = zone_rows(zones.layers, zones.places, inside, x, y, reference)
    columns = {
        f"zone_{zone_set.id}": _zone_ids(zones, holding, zone_set.id, len(x))
        for zone_set in reference.info.zone_sets
    }
    chosen = _first(holding.rows, len(x))
    is_shared = holding.are_shared(chosen)
    margin_m = _margin_m(zones, inside, x, y)
    margin_m[is_shared] = 0.0
    margin = pl.Series(margin_m, nan_to_null=True)
    columns["school_of_right"] = gathered(holding.table["school_id"], chosen)
    columns["school_of_right_name"] = gathered(holding.table["name"], chosen)
    columns["rating"] = gathered(holding.table["rating"], chosen)
    columns["zone_margin_m"] = margin.round(1)
    is_doubtful = uncertainty_m > margin
    columns["zone_doubtful"] = (
        is_doubtful | pl.Series(is_shared) if is_shared.any() else is_doubtful
    )
    if attended is not None:
        columns[ATTENDS_COLUMN.name] = attends(attended, columns["school_of_right"])
    return columns


def _membership(layers: tuple[PolygonLayer, ...], x: Floats, y: Floats) -> Membership:
    known = np.flatnonzero(np.isfinite(x))
    places = []
    for layer in layers:
        found = np.full(len(x), -1, dtype=np.int64)
        found[known] = layer.index.locate(x[known], y[known])
        places.append(found)
    return Membership(layers, tuple(places))


def _margin_m(zones: Membership, inside: list[Bools], x: Floats, y: Floats) -> Floats:
    """Distance in metres to where the zone that gives the school of right ends or is shared."""
    margin = np.full(len(x), np.nan)
    for layer, places, mask in zip(zones.layers, zones.places, inside, strict=True):
        rows = np.flatnonzero(mask & np.isnan(margin))
        if len(rows):
            margin[rows] = layer.index.margin_m(x[rows], y[rows], places[rows])
            if layer.overlaps:
                margin[rows] = layer.overlaps.within_m(x[rows], y[rows], places[rows], margin[rows])
    return margin


def _zone_ids(zones: Membership, holding: ZoneRows, set_id: str, count: int) -> pl.Series:
    """Zone ids of one set."""
    of_set = [
        rows
        for layer, rows in zip(zones.layers, holding.rows, strict=True)
        if layer.set_id == set_id
    ]
    return gathered(holding.table["zone_id"], _first(of_set, count))


def _first(rows: Sequence[Places], count: int) -> Places:
    """For each place its row in the first layer that serves it, -1 for none."""
    first = np.full(count, -1, dtype=np.int64)
    for of_layer in rows:
        first = np.where(first < 0, of_layer, first)
    return first
