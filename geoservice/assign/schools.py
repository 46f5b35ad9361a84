"""Places to zones by grade, schools of right, ratings and areas."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.model.columns import gathered
from geoservice.model.grades import GRADES
from geoservice.model.results import ATTENDS_COLUMN
from geoservice.reference.snapshot import PolygonLayer, Reference

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


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

    ``x`` and ``y`` are metres, ``grade`` places in `geoservice.model.grades.GRADES` or -1. Of several sets that serve a
    grade the first in the manifest gives the school of right, the margin and the doubt.
    """
    inside = [
        (places >= 0) & _serves(layer)[grade]
        for layer, places in zip(zones.layers, zones.places, strict=True)
    ]
    columns = {
        f"zone_{one.id}": _zone_ids(zones, inside, one.id, reference, len(x))
        for one in reference.info.zone_sets
    }
    chosen = _chosen(zones, inside, len(x))
    margin = pl.Series(_margin_m(zones, inside, x, y), nan_to_null=True)
    table = reference.zone_schools
    columns["school_of_right"] = gathered(table["school_id"], chosen)
    columns["school_of_right_name"] = gathered(table["name"], chosen)
    columns["rating"] = gathered(table["rating"], chosen)
    columns["zone_margin_m"] = margin.round(1)
    columns["zone_doubtful"] = uncertainty_m > margin
    if attended is not None:
        columns[ATTENDS_COLUMN.name] = attended == columns["school_of_right"]
    return columns


def _membership(layers: tuple[PolygonLayer, ...], x: Floats, y: Floats) -> Membership:
    known = np.flatnonzero(np.isfinite(x))
    places = []
    for layer in layers:
        found = np.full(len(x), -1, dtype=np.int64)
        found[known] = layer.index.locate(x[known], y[known])
        places.append(found)
    return Membership(layers, tuple(places))


def _serves(layer: PolygonLayer) -> NDArray[np.bool_]:
    """By place in `GRADES` whether the layer serves the grade; the last, -1, is no grade."""
    return np.array([*(grade in layer.grades for grade in GRADES), False])


def _margin_m(zones: Membership, inside: list[NDArray[np.bool_]], x: Floats, y: Floats) -> Floats:
    """Distance in metres to the edge of the zone that gives the school of right."""
    margin = np.full(len(x), np.nan)
    for layer, places, mask in zip(zones.layers, zones.places, inside, strict=True):
        rows = np.flatnonzero(mask & np.isnan(margin))
        if len(rows):
            margin[rows] = layer.index.margin_m(x[rows], y[rows], places[rows])
    return margin


def _zone_ids(
    zones: Membership, inside: list[NDArray[np.bool_]], set_id: str, reference: Reference, rows: int
) -> pl.Series:
    kept = [
        mask & (layer.set_id == set_id) for layer, mask in zip(zones.layers, inside, strict=True)
    ]
    return gathered(reference.zone_schools["zone_id"], _chosen(zones, kept, rows))


def _chosen(zones: Membership, inside: list[NDArray[np.bool_]], rows: int) -> Places:
    """For each row its polygon in the first layer that serves it: a row of `zone_schools`."""
    chosen = np.full(rows, -1, dtype=np.int64)
    before = 0
    for layer, places, mask in zip(zones.layers, zones.places, inside, strict=True):
        chosen = np.where((chosen < 0) & mask, places + before, chosen)
        before += len(layer.ids)
    return chosen
