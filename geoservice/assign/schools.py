"""Assign places to areas and, by grade, to zones, schools of right and ratings."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.assign.point_places import (
    POINT_AREAS,
    POINT_MARGINS,
    POINT_ZONES,
    zone_edge_m,
)
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
    """The polygon that each place lies in, for each layer of areas or of zones.

    Attributes
    ----------
    places
        ``places[i]`` holds for each place the index of its polygon in ``layers[i]``; -1 outside.
    x, y
        Coordinates of the places in metres; NaN if a row has no place.
    point
        Index of the address point at each place; -1 if the place is no address point.
    """

    layers: tuple[PolygonLayer, ...]
    places: tuple[Places, ...]
    x: Floats
    y: Floats
    point: Places


def in_areas(x: Floats, y: Floats, reference: Reference, point: Places | None = None) -> Membership:
    """Return the areas of all regionalisations that contain the places.

    Coordinates are in metres; NaN lies in no area. ``point`` holds the index of the address point
    at each place, or -1. The snapshot stores the areas of address points, so they need no search.
    """
    return _membership(reference.area_layers, POINT_AREAS, x, y, point, reference)


def in_zones(x: Floats, y: Floats, reference: Reference, point: Places | None = None) -> Membership:
    """Return the zones of all sets that contain the places.

    Coordinates are in metres; NaN lies in no zone. ``point`` holds the index of the address point
    at each place, or -1. The snapshot stores the zones of address points, so they need no search.
    """
    return _membership(reference.zone_layers, POINT_ZONES, x, y, point, reference)


def area_columns(areas: Membership) -> dict[str, pl.Series]:
    """Return ``area_ID`` for each regionalisation: the area's id, null outside its areas."""
    return {
        f"area_{layer.set_id}": gathered(layer.ids, places)
        for layer, places in zip(areas.layers, areas.places, strict=True)
    }


def same_zones(first_places: Membership, second_places: Membership) -> NDArray[np.bool_]:
    """Return True if two memberships agree in every layer."""
    same = np.ones(len(first_places.places[0]) if first_places.places else 0, dtype=bool)
    for left, right in zip(first_places.places, second_places.places, strict=True):
        same &= left == right
    return same


def school_columns(
    zones: Membership,
    grade: Places,
    uncertainty_m: pl.Series,
    attended: pl.Series | None,
    reference: Reference,
) -> dict[str, pl.Series]:
    """Return the zone of each set, the school of right, its rating, the margin and the doubt.

    ``grade`` holds indexes into `geoservice.model.grades.GRADES`, or -1. If several sets serve a
    grade, the first set in the manifest gives the school of right, the margin and the doubt. If
    several zones of that set contain a place, the columns name all of them, joined by
    `geoservice.model.rights.SEPARATOR`; the margin is 0 and the zone is doubtful.
    """
    inside = [
        (places >= 0) & layer.serves[grade]
        for layer, places in zip(zones.layers, zones.places, strict=True)
    ]
    holding = zone_rows(zones.layers, zones.places, inside, zones.x, zones.y, reference)
    columns = {
        f"zone_{zone_set.id}": _zone_ids(zones, holding, zone_set.id, len(grade))
        for zone_set in reference.info.zone_sets
    }
    chosen = _first(holding.rows, len(grade))
    is_shared = holding.are_shared(chosen)
    margin_m = _margin_m(zones, inside, reference)
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


def _membership(
    layers: tuple[PolygonLayer, ...],
    array_name: str,
    x: Floats,
    y: Floats,
    point: Places | None,
    reference: Reference,
) -> Membership:
    if point is None or not reference.has(array_name):
        point = np.full(len(x), -1, dtype=np.int64)
    at_point = np.flatnonzero(point >= 0)
    elsewhere = np.flatnonzero(np.isfinite(x) & (point < 0))
    places = []
    for row, layer in enumerate(layers):
        polygon = np.full(len(x), -1, dtype=np.int64)
        if len(at_point):
            polygon[at_point] = reference.array(array_name)[row][point[at_point]]
        if len(elsewhere):
            polygon[elsewhere] = layer.index.locate(x[elsewhere], y[elsewhere])
        places.append(polygon)
    return Membership(layers, tuple(places), x, y, point)


def _margin_m(zones: Membership, inside: list[Bools], reference: Reference) -> Floats:
    """Return the distance in metres to the edge or overlap of the zone of the school of right."""
    margin = np.full(len(zones.x), np.nan)
    is_stored = (zones.point >= 0) & reference.has(POINT_MARGINS)
    for row, (layer, polygon) in enumerate(zip(zones.layers, zones.places, strict=True)):
        is_missing = inside[row] & np.isnan(margin)
        at_point = np.flatnonzero(is_missing & is_stored)
        if len(at_point):
            margin[at_point] = reference.array(POINT_MARGINS)[row][zones.point[at_point]]
        elsewhere = np.flatnonzero(is_missing & ~is_stored)
        if len(elsewhere):
            margin[elsewhere] = zone_edge_m(
                layer, zones.x[elsewhere], zones.y[elsewhere], polygon[elsewhere]
            )
    return margin


def _zone_ids(zones: Membership, holding: ZoneRows, set_id: str, count: int) -> pl.Series:
    """Return the zone id of each place in a set of zones."""
    of_set = [
        rows
        for layer, rows in zip(zones.layers, holding.rows, strict=True)
        if layer.set_id == set_id
    ]
    return gathered(holding.table["zone_id"], _first(of_set, count))


def _first(rows: Sequence[Places], count: int) -> Places:
    """Return for each place its row in the first layer that serves it; -1 if no layer does."""
    served_row = np.full(count, -1, dtype=np.int64)
    for layer_rows in rows:
        served_row = np.where(served_row < 0, layer_rows, served_row)
    return served_row
