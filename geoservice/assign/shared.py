"""Places that several zones of one set hold: each combination of zones as a row of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.model.rights import joined, parted
from geoservice.reference.polygon_layers import PolygonLayer
from geoservice.reference.snapshot import Reference

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class ZoneRows:
    """The zones of each place, as rows of one table.

    Attributes
    ----------
    table
        `Reference.zone_schools`, then a row for each combination of zones that share a place.
    first_shared
        The first row of ``table`` that stands for several zones.
    rows
        By layer the row of ``table`` for each place; -1 where no zone of the layer gives it a
        school.
    """

    table: pl.DataFrame
    first_shared: int
    rows: tuple[Places, ...]

    def are_shared(self, rows: Places) -> Bools:
        """True for rows of ``table`` that stand for several zones."""
        return rows >= self.first_shared


def zone_rows(
    layers: Sequence[PolygonLayer],
    places: Sequence[Places],
    inside: Sequence[Bools],
    x: Floats,
    y: Floats,
    reference: Reference,
) -> ZoneRows:
    """The zones of places in metres; ``places`` are their polygons by layer.

    ``inside`` is true where the layer serves the grade of the place.
    """
    zones = reference.zone_schools
    rows: list[Places] = []
    combinations: list[pl.DataFrame] = []
    before = 0
    for layer, polygon, mask in zip(layers, places, inside, strict=True):
        row = np.where(mask, polygon + before, -1)
        for place, polygons in _in_several(layer, polygon, mask, x, y):
            row[place] = len(zones) + len(combinations)
            combinations.append(zones[[before + index for index in polygons]])
        rows.append(row)
        before += len(layer.ids)
    table = pl.concat([zones, _together(combinations, reference)]) if combinations else zones
    return ZoneRows(table, len(zones), tuple(rows))


def _in_several(
    layer: PolygonLayer, polygon: Places, mask: Bools, x: Floats, y: Floats
) -> list[tuple[Places, tuple[int, ...]]]:
    """Places that several polygons hold, by the combination of polygons."""
    if not layer.overlaps:
        return []
    near = np.flatnonzero(mask & np.isin(polygon, layer.overlaps.involved))
    number, combinations = layer.overlaps.combinations(x[near], y[near])
    return [(near[number == at], polygons) for at, polygons in enumerate(combinations)]


def _together(combinations: Sequence[pl.DataFrame], reference: Reference) -> pl.DataFrame:
    """A row for each combination of zones: their ids, and each of their schools once."""
    rows = [
        (
            joined(zones["zone_id"].drop_nulls()),
            joined(school for ids in zones["school_id"] for school in parted(ids)) or None,
            joined(zones["name"].drop_nulls()) or None,
        )
        for zones in combinations
    ]
    schema = dict.fromkeys(("zone_id", "school_id", "name"), pl.String)
    return reference.named_zones(pl.DataFrame(rows, schema=schema, orient="row"))
