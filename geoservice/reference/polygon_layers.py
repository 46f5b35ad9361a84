"""Layers of polygons that each place lies in: areas of a regionalisation, zones of some grades."""

from functools import cached_property

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from geoservice.geometry.overlaps import Overlaps
from geoservice.geometry.polygons import PolygonIndex
from geoservice.model.grades import GRADES


class PolygonLayer:
    """Polygons of one set: an index over them and the ids they carry.

    ``set_id`` names the set of zones or areas; ``grades`` are those that all of them serve
    (empty for areas); ``rows`` is the table without its geometry, a row per id.
    """

    def __init__(
        self, set_id: str, table: pl.DataFrame, id_column: str, grades: tuple[str, ...] = ()
    ) -> None:
        self.set_id = set_id
        self.grades = grades
        rows = table.unique(id_column, keep="first", maintain_order=True)
        self.ids = rows[id_column]
        self.rows = rows.drop("geometry", "metric")
        self.polygons = _united(table, id_column)
        self.index = PolygonIndex(self.polygons)

    @cached_property
    def overlaps(self) -> Overlaps:
        """Where polygons of the layer overlap."""
        return Overlaps(self.polygons)


def zone_layers(set_id: str, zones: pl.DataFrame) -> list[PolygonLayer]:
    """The zones of one set, in layers of grades that the same polygons serve.

    Each grade is served by one layer. Polygons of one zone in one layer are united, so that the
    zone's edge is where another zone begins. Polygons that serve no grade make a layer without
    grades.
    """
    grades_of: dict[tuple[int, ...], list[str]] = {}
    served = zones["grades"].to_list()
    for grade in GRADES:
        rows = tuple(row for row, grades in enumerate(served) if grade in (grades or ()))
        if rows:
            grades_of.setdefault(rows, []).append(grade)
    idle = tuple(row for row, grades in enumerate(served) if not grades)
    if idle:
        grades_of[idle] = []
    return [
        PolygonLayer(set_id, zones[list(rows)], "zone_id", tuple(grades))
        for rows, grades in grades_of.items()
    ]


def _united(table: pl.DataFrame, id_column: str) -> NDArray[np.object_]:
    """A polygon per id, in order of the first row of each id."""
    shapes = np.asarray(shapely.from_wkb(table["metric"].to_list()), dtype=object)
    groups = table.with_row_index("row").group_by(id_column, maintain_order=True).agg("row")
    polygons = [
        shapes[rows[0]] if len(rows) == 1 else shapely.union_all(shapes[rows])
        for rows in groups["row"].to_list()
    ]
    united = np.empty(len(polygons), dtype=object)
    united[:] = polygons
    return united
