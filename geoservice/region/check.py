"""Quality report of a region: what in its data will lead to wrong or missing answers."""

import numpy as np
import polars as pl
import pyproj
import shapely

from geoservice.model.grades import written_grades
from geoservice.model.layers import Finding, RegionLayers
from geoservice.model.region import EXACT_WARNING
from geoservice.model.rights import SEPARATOR, parted
from geoservice.region.check_places import compare_places
from geoservice.region.school_joins import SchoolKeys, school_keys, unjoined

_SLIVER_M2 = 100.0
_SHOWN = 10


def check_layers(layers: RegionLayers) -> list[Finding]:
    """All findings of a region beyond those of reading, most severe first."""
    found = [
        *compare_places(layers), *_joins(layers), *_other_grades(layers), *_schools_in_zones(layers),
        *_partitions(layers), *_ranges(layers),
        *_duplicates(layers), *_unserved(layers), *_seats(layers), *_exact_counts(layers),
    ]  # fmt: skip
    order = {"error": 0, "warning": 1, "repair": 2}
    return sorted(found, key=lambda one: order[one.severity])


def _listed(code: str, severity: str, dataset: str, text: str, ids: list[str]) -> list[Finding]:
    if not ids:
        return []
    return [Finding(code, severity, dataset, text, len(ids), tuple(sorted(ids)[:_SHOWN]))]


def _exact_counts(layers: RegionLayers) -> list[Finding]:
    """What counts without noise do not protect against."""
    info = layers.info
    if info.release.counts != "exact":
        return []
    text = EXACT_WARNING.format(min_n=info.min_n)
    return [Finding("exact_counts", "warning", "release", text)]


def _joins(layers: RegionLayers) -> list[Finding]:
    known = layers.schools["id"]
    found = []
    zones = layers.zones.filter(pl.col("school_id").is_null())
    found += _listed("zone_without_school", "error", "zones", "zones name no school",
                     zones["zone_id"].to_list())  # fmt: skip
    keys = school_keys(layers.schools)
    tables = {"zones": layers.zones, "ratings": layers.ratings, "seats": layers.seats}
    for name, table in tables.items():
        found += _unknown_schools(name, table["school_id"].drop_nulls(), keys)
    now = layers.ratings.filter(year=layers.info.school_year)["school_id"]
    zoned = layers.zones["school_id"].drop_nulls().str.split(SEPARATOR).explode()
    zoned = zoned.filter(zoned.is_in(known.implode()))
    unrated = zoned.filter(~zoned.is_in(now.implode())).unique().to_list()
    if len(layers.ratings):
        text = "schools with a zone have no row in the region's school year"
        found += _listed("no_rating", "warning", "ratings", text, unrated)
    return found


def _unknown_schools(name: str, school_ids: pl.Series, keys: SchoolKeys) -> list[Finding]:
    """Ids and names that are no school's, with the nearest school for each."""
    parts = school_ids.str.split(SEPARATOR)
    known = pl.Series(list(keys.names), dtype=pl.String)
    lost = parts.list.set_difference(known.implode()).list.len() > 0
    listed = unjoined(school_ids.filter(lost).to_list(), keys)
    if not listed:
        return []
    text = f"school ids or names, in {lost.sum():,} rows, are not among the schools"
    if not keys.names:
        text = "ids of schools stand alone: the region has no [schools] with names and grades"
    severity = "error" if name == "zones" and keys.names else "warning"
    return _listed("unknown_school", severity, name, text, listed)


def _other_grades(layers: RegionLayers) -> list[Finding]:
    """Zones whose schools serve none of the zones' grades: an error where most of a set do so."""
    served = dict(layers.schools.select("id", "grades").iter_rows())
    joined: dict[str, int] = {}
    strange: dict[str, list[str]] = {}
    columns = ("set_id", "zone_id", "school_id", "grades")
    for set_id, zone, schools, grades in layers.zones.select(columns).iter_rows():
        known = [school for school in parted(schools) if served.get(school)]
        if not known or not grades:
            continue
        joined[set_id] = joined.get(set_id, 0) + 1
        if not any(set(served[school]) & set(grades) for school in known):
            told = ", ".join(f"{school}: {written_grades(served[school])}" for school in known)
            strange.setdefault(set_id, []).append(f"{zone} ({told})")
    text = "zones name schools that serve none of the grades of the zones; `school_id` may be the "
    text += "column of another level, or `grades` may be wrong"
    found = []
    for set_id, zones in strange.items():
        severity = "error" if len(zones) > joined[set_id] / 2 else "warning"
        found += _listed("zone_of_other_grades", severity, f"zones {set_id}", text, zones)
    return found


def _schools_in_zones(layers: RegionLayers) -> list[Finding]:
    places = layers.schools.drop_nulls(["lon", "lat"])
    to_metres = pyproj.Transformer.from_crs("EPSG:4326", layers.info.metric_crs, always_xy=True)
    x, y = to_metres.transform(places["lon"].to_numpy(), places["lat"].to_numpy())
    where = {one: (east, north) for one, east, north in zip(places["id"], x, y, strict=True)}
    spots: dict[str, list[bool]] = {}
    for zone, schools, polygon in zip(
        layers.zones["zone_id"], layers.zones["school_id"], layers.zone_polygons, strict=True
    ):
        inside = [shapely.intersects_xy(polygon, *where[school]) for school in parted(schools)
                  if school in where]  # fmt: skip
        spots.setdefault(zone, []).extend(inside)
    outside = [zone for zone, inside in spots.items() if inside and not any(inside)]
    text = "zones do not hold their own school"
    return _listed("school_outside_zone", "warning", "zones", text, outside)


def _partitions(layers: RegionLayers) -> list[Finding]:
    """Overlaps and gaps of each zone set per grade, and of each regionalisation."""
    found = []
    for zone_set in layers.info.zone_sets:
        rows_of = np.flatnonzero((layers.zones["set_id"] == zone_set.id).to_numpy())
        served = layers.zones["grades"].gather(rows_of)
        grades_of: dict[tuple[int, ...], list[str]] = {}
        for grade in zone_set.grades:
            rows = tuple(rows_of[served.list.contains(grade).to_numpy()].tolist())
            grades_of.setdefault(rows, []).append(grade)
        for rows, grades in grades_of.items():  # Most grades of a set have the same zones.
            found += _partition(layers.zone_polygons[list(rows)],
                                layers.zones["zone_id"].gather(list(rows)),
                                f"zones {zone_set.id}, grades {written_grades(grades)}")  # fmt: skip
    for area_set in layers.info.area_sets:
        rows_of = np.flatnonzero((layers.areas["set_id"] == area_set.id).to_numpy())
        ids = layers.areas["area_id"].gather(rows_of)
        found += _partition(layers.area_polygons[rows_of], ids, f"areas {area_set.id}")
    return found


def _partition(polygons: np.ndarray, ids: pl.Series, dataset: str) -> list[Finding]:
    left, right = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    pairs = left < right
    left, right = left[pairs], right[pairs]
    shared = shapely.area(shapely.intersection(polygons[left], polygons[right]))
    names = [f"{ids[int(a)]} / {ids[int(b)]}" for a, b, m2 in
             zip(left, right, shared, strict=True)
             if m2 > _SLIVER_M2 and ids[int(a)] != ids[int(b)]]  # fmt: skip
    found = _listed("overlap", "warning", dataset, "pairs overlap", names)
    union = shapely.union_all(polygons, grid_size=0.01)
    holes = [
        ring for part in shapely.get_parts(union) for ring in shapely.get_rings(part)[1:]
        if shapely.area(shapely.polygons(ring)) > _SLIVER_M2
    ]  # fmt: skip
    text = "gaps that no polygon covers lie inside"
    return found + ([Finding("gap", "warning", dataset, text, len(holes))] if holes else [])


def _ranges(layers: RegionLayers) -> list[Finding]:
    ends = ("from_left", "to_left", "from_right", "to_right")
    streets = layers.streets.with_row_index("at", offset=1)
    none = streets.filter(pl.all_horizontal(pl.col(end).is_null() for end in ends))
    found = _rows("no_range", "streets have no address range", none)
    for side in ("left", "right"):
        low, high = pl.col(f"from_{side}"), pl.col(f"to_{side}")
        mixed = streets.filter((low % 2) != (high % 2))
        found += _rows("mixed_parity", f"ranges on the {side} run from odd to even", mixed)
    left = pl.col("to_left") - pl.col("from_left")
    right = pl.col("to_right") - pl.col("from_right")
    against = streets.filter((left * right) < 0)
    return found + _rows("range_reversed", "streets whose sides count in opposite ways", against)


def _rows(code: str, text: str, streets: pl.DataFrame) -> list[Finding]:
    if not len(streets):
        return []
    rows = tuple(str(one) for one in streets["at"].head(_SHOWN))
    return [Finding(code, "warning", "streets", text, len(streets), rows)]


def _duplicates(layers: RegionLayers) -> list[Finding]:
    twice = layers.ratings.filter(
        layers.ratings.select("school_id", "year", "scheme").is_duplicated()
    )
    found = _listed("duplicate_rating", "warning", "ratings", "schools have two ratings in a year; "
                    "the first counts", twice["school_id"].unique().to_list())  # fmt: skip
    names = layers.streets.drop_nulls("id")
    ids = names.filter(names["id"].is_duplicated())["id"].unique().to_list()
    return found + _listed("duplicate_id", "warning", "streets", "segment ids occur twice", ids)


def _seats(layers: RegionLayers) -> list[Finding]:
    """Schools and years that measures of seats leave out."""
    found = []
    for name, table, key in (
        ("schools", layers.schools, "id"),
        ("seats", layers.seats, "school_id"),
    ):
        if table["capacity"].null_count() == len(table):  # The file has no such column.
            continue
        none = table.filter(pl.col("capacity").is_null() | (pl.col("capacity") <= 0))[key]
        text = "schools without seats are in no measure of seats"
        found += _listed("no_capacity", "warning", name, text, none.unique().to_list())
    twice = layers.seats.filter(layers.seats.select("school_id", "year").is_duplicated())
    text = "schools have two rows of seats in a year; the first counts"
    found += _listed("duplicate_seats", "warning", "seats", text, twice["school_id"].unique().to_list())  # fmt: skip
    rated = layers.ratings.select("scheme", "year").unique(maintain_order=True).rows()
    valid = {one.id: one.years for one in layers.info.schemes}
    strange = sorted(
        {year for scheme, year in rated if valid[scheme] and year not in valid[scheme]}
    )
    text = "school years have ratings outside the years of their scheme; they do not count"
    found += _listed("rating_out_of_years", "warning", "ratings", text, strange)
    text = "schemes call no label `quality`, so that no school of theirs is a quality school"
    unmarked = [
        one.id for one in layers.info.schemes if not any(label.quality for label in one.labels)
    ]
    return found + _listed("no_quality", "warning", "rating_schemes", text, unmarked)


def _unserved(layers: RegionLayers) -> list[Finding]:
    if not layers.info.zone_sets:
        return []
    idle = layers.zones.filter(pl.col("grades").list.len() == 0)["zone_id"].unique().to_list()
    if idle:
        text = "zones serve no grade: neither they nor their schools state `grades`"
        return _listed("zone_without_grades", "warning", "zones", text, idle)
    served = {grade for one in layers.info.zone_sets for grade in one.grades}
    banded = {grade for grades in layers.info.bands.values() for grade in grades}
    missing = sorted(banded - served)
    return _listed(
        "unserved_grade", "warning", "zones", "grades of the bands have no zones", missing
    )
