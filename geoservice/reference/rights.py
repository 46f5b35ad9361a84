"""Which schools each attendance zone gives a right to, and how to show them."""

from collections.abc import Mapping, Sequence

import polars as pl
import shapely

from geoservice.model.grades import grade_range
from geoservice.model.region import NOT_RATED
from geoservice.model.rights import SEPARATOR, joined, parted
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
    """Schools whose list ``grades`` is empty have those from the lowest to the highest grade."""
    grades = [
        served or (grade_range(low, high) if low and high else ())
        for served, low, high in schools.select("grades", "low_grade", "high_grade").iter_rows()
    ]
    lists = pl.Series([list(served) for served in grades], dtype=pl.List(pl.String))
    return schools.with_columns(grades=lists)


def rights_of(layers: Sequence[PolygonLayer]) -> pl.DataFrame:
    """Schools of right of the zones of some layers, schema of `Reference.school_rights`."""
    rows = [
        (layer.set_id, zone, grade, school)
        for layer in layers
        for grade in layer.grades
        for zone, schools in layer.rows.select("zone_id", "school_id").iter_rows()
        for school in parted(schools)
    ]
    return pl.DataFrame(rows, schema=_RIGHTS, orient="row")


def named_zones(zones: pl.DataFrame, schools: pl.DataFrame, ratings: pl.DataFrame) -> pl.DataFrame:
    """``zone_id``, ``school_id``, ``name`` and ``rating`` of each row of ``zones``.

    Parameters
    ----------
    zones
        ``zone_id``, ``school_id`` (several are joined), ``name`` of the zone.
    schools
        Schema `geoservice.model.layers.SCHOOLS`.
    ratings
        ``school_id`` and ``rating``, a row per rated school.
    """
    names = dict(schools.select("id", "name").unique("id", keep="first").iter_rows())
    labels = dict(ratings.select("school_id", "rating").iter_rows())
    rows = [
        (zone, ids, school_names(ids, names) or zone_name, _rating(parted(ids), labels))
        for zone, ids, zone_name in zones.select("zone_id", "school_id", "name").iter_rows()
    ]
    return pl.DataFrame(rows, schema=_NAMED, orient="row")


def outlines(zones: pl.DataFrame, schools: pl.DataFrame) -> pl.DataFrame:
    """A row per set and zone: ``set_id``, ``zone_id``, ``school_id``, ``name``, ``geometry``.

    ``school_id`` joins the schools of all grades. ``name`` is the schools' names, else the zone's
    name, else its id. ``geometry`` is WKB as in ``zones``, of all its polygons together.
    """
    names = dict(schools.select("id", "name").unique("id", keep="first").iter_rows())
    rows = []
    groups = zones.group_by("set_id", "zone_id", maintain_order=True)
    for (set_id, zone), polygons in groups:
        ids = joined(school for ids in polygons["school_id"] for school in parted(ids)) or None
        zone_name = joined(polygons["name"].drop_nulls()) or str(zone)
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
    """Names of joined school ids, joined alike; None where no school is known."""
    schools = parted(ids)
    if not any(school in names for school in schools):
        return None
    return SEPARATOR.join(names.get(school) or school for school in schools)


def _rating(schools: tuple[str, ...], labels: Mapping[str, str | None]) -> str | None:
    """The label of all schools; where they differ the label of each, in the schools' order."""
    ratings = [labels.get(school) for school in schools]
    if len(set(ratings)) <= 1:
        return ratings[0] if ratings else None
    return SEPARATOR.join(label or NOT_RATED for label in ratings)
