"""Polygon layers that points are joined to: a set of areas, or zones of the same grades."""

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from geoservice.geometry.overlaps import Overlaps
from geoservice.geometry.polygons import PolygonIndex
from geoservice.model.grades import GRADES


class PolygonLayer:
    """Polygons of one set with their spatial index and their ids.

    ``set_id`` names the set of zones or areas. ``grades`` are the grades that all its zones serve
    (empty for areas). ``rows`` is the table without geometry, a row per id. ``overlaps`` holds the
    overlaps of zones. ``serves`` has a boolean per item of `GRADES`, true where the layer serves
    the grade; its last item, at -1, stands for no grade.
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
    """Return the zones of one set in layers; the polygons of a layer serve the same grades.

    The columns ``first`` and ``second`` of ``overlaps`` refer to the column ``row`` of ``zones``.

    One layer serves each grade. Polygons of the same zone and layer are united, so that the edge of
    a zone is the border to another zone. Polygons that serve no grade form a layer without grades.
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
    """Return the overlaps of different zones of a layer, as indexes of its ids."""
    if pairs is None or pairs.is_empty():
        nowhere = np.empty(0, dtype=np.int64)
        return Overlaps(nowhere, nowhere, np.empty(0, dtype=object))
    places = pl.DataFrame({ids.name: ids}).with_row_index("place")
    place_of = table.select("row", ids.name).join(places, on=ids.name).select("row", "place")
    zone_pairs = pairs.join(place_of, left_on="first", right_on="row", maintain_order="left").join(
        place_of, left_on="second", right_on="row", suffix="_second", maintain_order="left"
    )
    zone_pairs = zone_pairs.filter(pl.col("place") != pl.col("place_second"))
    index_a, index_b = (
        zone_pairs[name].to_numpy().astype(np.int64) for name in ("place", "place_second")
    )
    return Overlaps(index_a, index_b, np.asarray(shapely.from_wkb(zone_pairs["metric"].to_list())))


def _united(table: pl.DataFrame, id_column: str) -> NDArray[np.object_]:
    """Return a polygon per id, in order of the first row of each id."""
    shapes = np.asarray(shapely.from_wkb(table["metric"].to_list()), dtype=object)
    groups = (
        table.with_row_index("row_index").group_by(id_column, maintain_order=True).agg("row_index")
    )
    polygons = [
        shapes[rows[0]] if len(rows) == 1 else shapely.union_all(shapes[rows])
        for rows in groups["row_index"].to_list()
    ]
    united = np.empty(len(polygons), dtype=object)
    united[:] = polygons
    return united
