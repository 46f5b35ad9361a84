"""Handle places in overlapping zones: each combination of zones is a table row of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.model.rights import join_ids, split_ids
from geoservice.reference.polygon_layers import PolygonLayer
from geoservice.reference.snapshot import Reference

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class ZoneRows:
    """The zones of each place, as row numbers of a table.

    Attributes
    ----------
    table
        `Reference.zone_schools`, followed by a row for each combination of overlapping zones.
    first_shared
        The number of the first row of ``table`` that stands for several zones.
    rows
        For each layer, the row of ``table`` for each place; -1 if no zone of the layer gives
        the place a school.
    """

    table: pl.DataFrame
    first_shared: int
    rows: tuple[Places, ...]

    def are_shared(self, rows: Places) -> Bools:
        """Return True for rows of ``table`` that stand for several zones."""
        return rows >= self.first_shared


def zone_rows(
    layers: Sequence[PolygonLayer],
    places: Sequence[Places],
    inside: Sequence[Bools],
    x: Floats,
    y: Floats,
    reference: Reference,
) -> ZoneRows:
    """Return the zones of places, including the places in several zones.

    ``places`` holds the polygon of each place by layer. ``inside`` is true where the layer serves
    the grade of the place. ``x`` and ``y`` are in metres.
    """
    zones = reference.zone_schools
    rows: list[Places] = []
    combinations: list[pl.DataFrame] = []
    first_row = 0
    for layer, polygon, mask in zip(layers, places, inside, strict=True):
        row = np.where(mask, polygon + first_row, -1)
        for place, polygons in _in_several(layer, polygon, mask, x, y):
            row[place] = len(zones) + len(combinations)
            combinations.append(zones[[first_row + index for index in polygons]])
        rows.append(row)
        first_row += len(layer.ids)
    table = pl.concat([zones, _together(combinations, reference)]) if combinations else zones
    return ZoneRows(table, len(zones), tuple(rows))


def _in_several(
    layer: PolygonLayer, polygon: Places, mask: Bools, x: Floats, y: Floats
) -> list[tuple[Places, tuple[int, ...]]]:
    """Return the places inside several polygons, by combination of polygons."""
    if not layer.overlaps:
        return []
    near = np.flatnonzero(mask & np.isin(polygon, layer.overlaps.involved))
    number, combinations = layer.overlaps.combinations(x[near], y[near])
    return [(near[number == index], polygons) for index, polygons in enumerate(combinations)]


def _together(combinations: Sequence[pl.DataFrame], reference: Reference) -> pl.DataFrame:
    """Return a row for each combination of zones: the zone ids, and each school once."""
    rows = [
        (
            join_ids(zones["zone_id"].drop_nulls()),
            join_ids(school for ids in zones["school_id"] for school in split_ids(ids)) or None,
            join_ids(zones["name"].drop_nulls()) or None,
        )
        for zones in combinations
    ]
    schema = dict.fromkeys(("zone_id", "school_id", "name"), pl.String)
    return reference.named_zones(pl.DataFrame(rows, schema=schema, orient="row"))
