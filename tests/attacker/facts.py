"""What everybody knows: which homes' places there are, which schools, whom they serve, their ratings and seats."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import shapely

from geoservice.cohort.facts import (
    by_year,
    chosen_scheme,
    school_facts,
    standing_zones,
    zone_schools,
)
from geoservice.model.grades import GRADES
from geoservice.reference.snapshot import Reference

_LEAST_OVERLAP = 1e-11
"""Square degrees, some 0.1 square metres: what overlaps by less is a common edge."""


@dataclass(frozen=True)
class Facts:
    """Public facts of one school year.

    Attributes
    ----------
    places
        By band, a row for each way in which areas, zones and hexagons overlap: a column for each set, and ``right``, the
        school of right.
    schools
        By band, a row for each school that serves it: ``school``, ``label``, ``rank``, ``quality``, ``full`` (null where its
        seats or enrolment are not known), and a column for each set with where it stands.
    """

    places: dict[str, pl.DataFrame]
    schools: dict[str, pl.DataFrame]


def public_facts(reference: Reference, year: str, hexagons: pl.DataFrame | None = None) -> Facts:
    """Facts of a year, with hexagons as places where their outlines are given."""
    info = reference.info
    places, schools = {}, {}
    for band, grades in info.bands.items():
        zones = [one.id for one in info.zone_sets if set(grades) & set(one.grades)]
        rights = {one: zone_schools(reference.zone_layers, one) for one in zones}
        layers = {one.id: _areas(reference, one.id) for one in info.area_sets}
        layers |= {one: _zones(reference, one, grades) for one in zones}
        if hexagons is not None:
            layers["hexagons"] = list(hexagons.select("unit", "geometry").iter_rows())
        found = _overlay(layers)
        right = [next((rights[one].get((row[one], grades[0])) for one in zones), None)
                 for row in found.iter_rows(named=True)]  # fmt: skip
        places[band] = found.with_columns(right=pl.Series(right, dtype=pl.String))
        schools[band] = _schools(reference, year, grades, zones)
    return Facts(places, schools)


def _areas(reference: Reference, set_id: str):
    rows = reference.areas().filter(set_id=set_id)
    return list(rows.select("area_id", "geometry").iter_rows())


def _zones(reference: Reference, set_id: str, grades):
    rows = reference.zones().filter(set_id=set_id)
    mine = rows.filter(pl.col("grades").list.set_intersection(list(grades)).list.len() > 0)
    return list(mine.select("zone_id", "geometry").iter_rows())


def _overlay(layers) -> pl.DataFrame:
    """All combinations of one polygon of each layer that overlap."""
    rows, shapes = [()], [shapely.box(-180, -90, 180, 90)]
    for polygons in layers.values():
        ids = [one for one, _ in polygons]
        tree = shapely.STRtree(shapely.make_valid(shapely.from_wkb([wkb for _, wkb in polygons])))
        left, right = tree.query(shapes, predicate="intersects")
        both = shapely.intersection(np.array(shapes)[left], tree.geometries[right])
        real = shapely.area(both) > _LEAST_OVERLAP
        rows = [(*rows[a], ids[b]) for a, b in zip(left[real], right[real], strict=True)]
        shapes = both[real]
    return pl.DataFrame(rows, schema=dict.fromkeys(layers, pl.String), orient="row").unique(maintain_order=True)  # fmt: skip


def _schools(reference: Reference, year: str, grades, zones) -> pl.DataFrame:
    facts = school_facts(reference)
    standing = standing_zones(facts, reference)
    at = GRADES.index(grades[0])
    yearly = by_year(facts, reference, chosen_scheme(reference), [year])
    joined = facts.with_columns(
        **{one: pl.Series(standing[one][at], dtype=pl.String) for one in zones}
    ).join(yearly.rename({"capacity": "seats", "enrollment": "pupils"}), on="school_id")
    mine = joined.filter(pl.col("grades").list.set_intersection(list(grades)).list.len() > 0, "is_open")  # fmt: skip
    sets = [one.id for one in reference.info.area_sets]
    return mine.select(
        pl.col("label").fill_null("not rated"), "rank", "quality", *zones, school="school_id",
        full=pl.col("seats") <= pl.col("pupils"),
        **{one: pl.col(f"s_area_{one}") for one in sets},
    )  # fmt: skip
