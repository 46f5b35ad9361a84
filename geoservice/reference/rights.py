"""The schools of right of each attendance zone, their names and ratings."""

from collections.abc import Mapping, Sequence

import polars as pl
import shapely

from geoservice.model.grades import grade_range
from geoservice.model.region import NOT_RATED
from geoservice.model.rights import SEPARATOR, join_ids, split_ids
from geoservice.reference.polygon_layers import PolygonLayer

_RIGHTS = {"set_id": pl.String, "zone_id": pl.String, "grade": pl.String, "school_id": pl.String}
_OUTLINES = {
    "set_id": pl.String,
    "zone_id": pl.String,
    "school_id": pl.String,
    "name": pl.String,
    "geometry": pl.Binary,
}
_NAMED = {"zone_id": pl.String, "school_id": pl.String, "name": pl.String, "rating": pl.String}


def with_grades(schools: pl.DataFrame) -> pl.DataFrame:
    """Return schools with empty ``grades`` filled from the lowest to the highest grade."""
    grades = [
        served or (grade_range(low, high) if low and high else ())
        for served, low, high in schools.select("grades", "low_grade", "high_grade").iter_rows()
    ]
    lists = pl.Series([list(served) for served in grades], dtype=pl.List(pl.String))
    return schools.with_columns(grades=lists)


def rights_of(layers: Sequence[PolygonLayer]) -> pl.DataFrame:
    """Return the schools of right of the zones of layers, schema of `Reference.school_rights`."""
    rows = [
        (layer.set_id, zone, grade, school)
        for layer in layers
        for grade in layer.grades
        for zone, schools in layer.rows.select("zone_id", "school_id").iter_rows()
        for school in split_ids(schools)
    ]
    return pl.DataFrame(rows, schema=_RIGHTS, orient="row")


def named_zones(zones: pl.DataFrame, schools: pl.DataFrame, ratings: pl.DataFrame) -> pl.DataFrame:
    """Return ``zone_id``, ``school_id``, ``name`` and ``rating`` of each row of ``zones``.

    ``name`` has the names of the schools; without a known school it is the zone's name.

    Parameters
    ----------
    zones
        ``zone_id``, ``school_id`` (several ids are joined), ``name`` of the zone.
    schools
        Schema `geoservice.model.layers.SCHOOLS`.
    ratings
        ``school_id`` and ``rating``, a row per rated school.
    """
    names = dict(schools.select("id", "name").unique("id", keep="first").iter_rows())
    labels = dict(ratings.select("school_id", "rating").iter_rows())
    rows = [
        (zone, ids, school_names(ids, names) or zone_name, _rating(split_ids(ids), labels))
        for zone, ids, zone_name in zones.select("zone_id", "school_id", "name").iter_rows()
    ]
    return pl.DataFrame(rows, schema=_NAMED, orient="row")


def outlines(zones: pl.DataFrame, schools: pl.DataFrame) -> pl.DataFrame:
    """Return a row per zone: ``set_id``, ``zone_id``, ``school_id``, ``name``, ``geometry``.

    ``school_id`` joins the schools of all grades. ``name`` holds the schools' names, else the
    zone's name, else its id. ``geometry`` is the union of the zone's polygons, WKB as in ``zones``.
    """
    names = dict(schools.select("id", "name").unique("id", keep="first").iter_rows())
    rows = []
    groups = zones.group_by("set_id", "zone_id", maintain_order=True)
    for (set_id, zone), polygons in groups:
        ids = join_ids(school for ids in polygons["school_id"] for school in split_ids(ids)) or None
        zone_name = join_ids(polygons["name"].drop_nulls()) or str(zone)
        rows.append(
            (
                set_id,
                zone,
                ids,
                school_names(ids, names) or zone_name,
                _together(polygons["geometry"].to_list()),
            )
        )
    return pl.DataFrame(rows, schema=_OUTLINES, orient="row")


def _together(shapes: list[bytes]) -> bytes:
    if len(shapes) == 1:
        return shapes[0]
    return bytes(shapely.to_wkb(shapely.union_all(shapely.from_wkb(shapes))))


def school_names(ids: str | None, names: Mapping[str, str]) -> str | None:
    """Return the joined names of joined school ids; None if no school is known."""
    schools = split_ids(ids)
    if not any(school in names for school in schools):
        return None
    return SEPARATOR.join(names.get(school) or school for school in schools)


def _rating(schools: tuple[str, ...], labels: Mapping[str, str | None]) -> str | None:
    """Return the label that all schools share, or the label of each school in their order."""
    ratings = [labels.get(school) for school in schools]
    if len(set(ratings)) <= 1:
        return ratings[0] if ratings else None
    return SEPARATOR.join(label or NOT_RATED for label in ratings)
