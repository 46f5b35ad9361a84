"""Layers of polygons that each place lies in: areas of a regionalisation, zones of some grades."""

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
    (empty for areas); ``rows`` is the table without its geometry, a row per id; ``overlaps`` says
    where polygons of zones overlap. ``serves`` is true by place in `GRADES` for the grades that
    the layer serves; its last item, at -1, stands for no grade.
    """

    def __init__(
        self,
        set_id: str,
        table: pl.DataFrame,
        id_column: str,
        grades: tuple[str, ...] = (),
        overlaps: pl.DataFrame | None = None,
    ) -> None:
        self.set_id = set_id
        self.grades = grades
        self.serves = np.array([*(grade in grades for grade in GRADES), False])
        rows = table.unique(id_column, keep="first", maintain_order=True)
        self.ids = rows[id_column]
        self.rows = rows.drop("geometry", "metric", "row", strict=False)
        self.polygons = _united(table, id_column)
        self.index = PolygonIndex(self.polygons)
        self.overlaps = _overlaps(table, rows[id_column], overlaps)


def zone_layers(set_id: str, zones: pl.DataFrame, overlaps: pl.DataFrame) -> list[PolygonLayer]:
    """The zones of one set, in layers of grades that the same polygons serve.

    ``zones`` has the column ``row``, which the columns ``first`` and ``second`` of ``overlaps``
    refer to.

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
        PolygonLayer(set_id, zones[list(rows)], "zone_id", tuple(grades), overlaps)
        for rows, grades in grades_of.items()
    ]


def _overlaps(table: pl.DataFrame, ids: pl.Series, pairs: pl.DataFrame | None) -> Overlaps:
    """Overlaps of different zones of a layer, as places among its ids."""
    if pairs is None or pairs.is_empty():
        nowhere = np.empty(0, dtype=np.int64)
        return Overlaps(nowhere, nowhere, np.empty(0, dtype=object))
    places = pl.DataFrame({ids.name: ids}).with_row_index("place")
    place_of = table.select("row", ids.name).join(places, on=ids.name).select("row", "place")
    placed = pairs.join(place_of, left_on="first", right_on="row", maintain_order="left").join(
        place_of, left_on="second", right_on="row", suffix="_second", maintain_order="left"
    )
    placed = placed.filter(pl.col("place") != pl.col("place_second"))
    first, second = (placed[name].to_numpy().astype(np.int64) for name in ("place", "place_second"))
    return Overlaps(first, second, np.asarray(shapely.from_wkb(placed["metric"].to_list())))


def _united(table: pl.DataFrame, id_column: str) -> NDArray[np.object_]:
    """A polygon per id, in order of the first row of each id."""
    shapes = np.asarray(shapely.from_wkb(table["metric"].to_list()), dtype=object)
    groups = table.with_row_index("at").group_by(id_column, maintain_order=True).agg("at")
    polygons = [
        shapes[rows[0]] if len(rows) == 1 else shapely.union_all(shapes[rows])
        for rows in groups["at"].to_list()
    ]
    united = np.empty(len(polygons), dtype=object)
    united[:] = polygons
    return united
