"""Shapes of the units that figures are counted by: areas, zones, schools and hexagons."""

from collections.abc import Mapping

import shapely

from geoservice.measures.ground import HEXAGONS, SCHOOL
from geoservice.reference.snapshot import Reference
from geoservice.service.measures import Measures


def unit_shapes(
    unit: str, reference: Reference, measures: Measures, students: str = ""
) -> Mapping[str, shapely.Geometry]:
    """Return the shape of each unit of a kind, in WGS 84 degrees.

    Parameters
    ----------
    unit
        ``area_ID``, ``zone_ID``, ``school`` or ``hexagons``, as `unit_of` returns it.
    students
        The data set whose homes the hexagons were made for.
    """
    if unit == HEXAGONS:
        return measures.hexagons(reference, students)
    if unit == SCHOOL:
        schools = reference.schools().drop_nulls(["lon", "lat"])
        points = shapely.points(schools["lon"].to_numpy(), schools["lat"].to_numpy())
        return dict(zip(schools["id"].to_list(), points, strict=True))
    kind, _, set_id = unit.partition("_")
    table = reference.areas() if kind == "area" else reference.zones()
    table = table.filter(set_id=set_id)
    shapes: dict[str, shapely.Geometry] = {}
    # A zone may consist of several rows: polygons with grades of their own.
    for unit_id, polygon in zip(
        table[f"{kind}_id"], shapely.from_wkb(table["geometry"].to_list()), strict=True
    ):
        shapes[unit_id] = shapely.union(shapes[unit_id], polygon) if unit_id in shapes else polygon
    return shapes
