"""Quality report of a region: faults in its data that lead to wrong or missing answers."""

import numpy as np
import polars as pl
import pyproj
import shapely

from geoservice.model.counted import counted
from geoservice.model.grades import written_grades
from geoservice.model.layers import Finding, RegionLayers
from geoservice.model.region import EXACT_WARNING
from geoservice.model.rights import SEPARATOR, split_ids
from geoservice.region.check_places import compare_places
from geoservice.region.check_ranges import check_ranges
from geoservice.region.school_joins import unjoined
from geoservice.region.school_keys import SchoolKeys, school_keys

_SLIVER_M2 = 100.0
_SHOWN = 10


def check_layers(layers: RegionLayers) -> list[Finding]:
    """Return all findings of a region except reading findings, most severe first."""
    findings = [
        *compare_places(layers),
        *_joins(layers),
        *_other_grades(layers),
        *_schools_in_zones(layers),
        *_partitions(layers),
        *check_ranges(layers.streets),
        *_duplicates(layers),
        *_unserved(layers),
        *_seats(layers),
        *_exact_counts(layers),
    ]
    order = {"error": 0, "warning": 1, "repair": 2}
    return sorted(findings, key=lambda finding: order[finding.severity])


def _listed(code: str, severity: str, dataset: str, text: str, ids: list[str]) -> list[Finding]:
    if not ids:
        return []
    return [Finding(code, severity, dataset, text, len(ids), tuple(sorted(ids)[:_SHOWN]))]


def _exact_counts(layers: RegionLayers) -> list[Finding]:
    """Warn about the risk of counts without noise."""
    info = layers.info
    if info.release.counts != "exact":
        return []
    text = EXACT_WARNING.format(min_n=info.min_n)
    return [Finding("exact_counts", "warning", "release", text)]


def _joins(layers: RegionLayers) -> list[Finding]:
    school_ids = layers.schools["id"]
    findings = []
    zones = layers.zones.filter(pl.col("school_id").is_null())
    findings += _listed(
        "zone_without_school",
        "error",
        "zones",
        "[zone names|zones name] no school",
        zones["zone_id"].to_list(),
    )
    keys = school_keys(layers.schools)
    tables = {"zones": layers.zones, "ratings": layers.ratings, "seats": layers.seats}
    for name, table in tables.items():
        findings += _unknown_schools(name, table["school_id"].drop_nulls(), keys)
    now = layers.ratings.filter(year=layers.info.school_year)["school_id"]
    zoned = layers.zones["school_id"].drop_nulls().str.split(SEPARATOR).explode()
    zoned = zoned.filter(zoned.is_in(school_ids.implode()))
    unrated = zoned.filter(~zoned.is_in(now.implode())).unique().to_list()
    if len(layers.ratings):
        text = "[school|schools] with a zone [has|have] no row in the region's school year"
        findings += _listed("no_rating", "warning", "ratings", text, unrated)
    return findings


def _unknown_schools(name: str, school_ids: pl.Series, keys: SchoolKeys) -> list[Finding]:
    """Return ids and names that match no school, with the most similar school for each."""
    parts = school_ids.str.split(SEPARATOR)
    school_keys = pl.Series(list(keys.names), dtype=pl.String)
    is_unknown = parts.list.set_difference(school_keys.implode()).list.len() > 0
    unknown = unjoined(school_ids.filter(is_unknown).to_list(), keys)
    if not unknown:
        return []
    rows = counted(int(is_unknown.sum()), "row")
    text = f"school [id or name|ids or names], in {rows}, [is|are] not among the schools"
    if not keys.names:
        text = "school [id has no name|ids have no names] and grades: the region has no [schools]"
    severity = "error" if name == "zones" and keys.names else "warning"
    return _listed("unknown_school", severity, name, text, unknown)


def _other_grades(layers: RegionLayers) -> list[Finding]:
    """Return zones whose schools serve none of their grades; an error if most of a set do."""
    served = dict(layers.schools.select("id", "grades").iter_rows())
    joined: dict[str, int] = {}
    strange: dict[str, list[str]] = {}
    columns = ("set_id", "zone_id", "school_id", "grades")
    for set_id, zone, schools, grades in layers.zones.select(columns).iter_rows():
        zone_schools = [school for school in split_ids(schools) if served.get(school)]
        if not zone_schools or not grades:
            continue
        joined[set_id] = joined.get(set_id, 0) + 1
        if not any(set(served[school]) & set(grades) for school in zone_schools):
            served_list = ", ".join(
                f"{school}: {written_grades(served[school])}" for school in zone_schools
            )
            strange.setdefault(set_id, []).append(f"{zone} ({served_list})")
    text = (
        "[zone names|zones name] schools that serve none of [its|their] grades; "
        "`school_id` may be the "
    )
    text += "column of another level, or `grades` may be wrong"
    findings = []
    for set_id, zones in strange.items():
        severity = "error" if len(zones) > joined[set_id] / 2 else "warning"
        findings += _listed("zone_of_other_grades", severity, f"zones {set_id}", text, zones)
    return findings


def _schools_in_zones(layers: RegionLayers) -> list[Finding]:
    places = layers.schools.drop_nulls(["lon", "lat"])
    to_metres = pyproj.Transformer.from_crs("EPSG:4326", layers.info.metric_crs, always_xy=True)
    x, y = to_metres.transform(places["lon"].to_numpy(), places["lat"].to_numpy())
    position_of = dict(zip(places["id"], zip(x, y, strict=True), strict=True))
    spots: dict[str, list[bool]] = {}
    for zone, schools, polygon in zip(
        layers.zones["zone_id"], layers.zones["school_id"], layers.zone_polygons, strict=True
    ):
        inside = [
            shapely.intersects_xy(polygon, *position_of[school])
            for school in split_ids(schools)
            if school in position_of
        ]
        spots.setdefault(zone, []).extend(inside)
    outside = [zone for zone, inside in spots.items() if inside and not any(inside)]
    text = "[zone does|zones do] not hold [its|their] own school"
    return _listed("school_outside_zone", "warning", "zones", text, outside)


def _partitions(layers: RegionLayers) -> list[Finding]:
    """Return overlaps and gaps of each zone set by grade, and of each area set."""
    findings = []
    for zone_set in layers.info.zone_sets:
        rows_of = np.flatnonzero((layers.zones["set_id"] == zone_set.id).to_numpy())
        served = layers.zones["grades"].gather(rows_of)
        grades_of: dict[tuple[int, ...], list[str]] = {}
        for grade in zone_set.grades:
            rows = tuple(rows_of[served.list.contains(grade).to_numpy()].tolist())
            grades_of.setdefault(rows, []).append(grade)
        for rows, grades in grades_of.items():  # Most grades of a set have the same zones.
            findings += _partition(
                layers.zone_polygons[list(rows)],
                layers.zones["zone_id"].gather(list(rows)),
                f"zones {zone_set.id}, grades {written_grades(grades)}",
            )
    for area_set in layers.info.area_sets:
        rows_of = np.flatnonzero((layers.areas["set_id"] == area_set.id).to_numpy())
        ids = layers.areas["area_id"].gather(rows_of)
        findings += _partition(layers.area_polygons[rows_of], ids, f"areas {area_set.id}")
    return findings


def _partition(polygons: np.ndarray, ids: pl.Series, dataset: str) -> list[Finding]:
    left, right = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    pairs = left < right
    left, right = left[pairs], right[pairs]
    shared = shapely.area(shapely.intersection(polygons[left], polygons[right]))
    names = [
        f"{ids[int(a)]} / {ids[int(b)]}"
        for a, b, m2 in zip(left, right, shared, strict=True)
        if m2 > _SLIVER_M2 and ids[int(a)] != ids[int(b)]
    ]
    findings = _listed("overlap", "warning", dataset, "[pair overlaps|pairs overlap]", names)
    union = shapely.union_all(polygons, grid_size=0.01)
    holes = [
        ring
        for part in shapely.get_parts(union)
        for ring in shapely.get_rings(part)[1:]
        if shapely.area(shapely.polygons(ring)) > _SLIVER_M2
    ]
    text = "[gap|gaps] that no polygon covers [lies|lie] inside"
    return findings + ([Finding("gap", "warning", dataset, text, len(holes))] if holes else [])


def _duplicates(layers: RegionLayers) -> list[Finding]:
    twice = layers.ratings.filter(
        layers.ratings.select("school_id", "year", "scheme").is_duplicated()
    )
    findings = _listed(
        "duplicate_rating",
        "warning",
        "ratings",
        "[school has|schools have] two ratings in a year; the first counts",
        twice["school_id"].unique().to_list(),
    )
    names = layers.streets.drop_nulls("id")
    ids = names.filter(names["id"].is_duplicated())["id"].unique().to_list()
    return findings + _listed(
        "duplicate_id", "warning", "streets", "segment [id occurs|ids occur] twice", ids
    )


def _seats(layers: RegionLayers) -> list[Finding]:
    """Return schools and years without usable seats, and faults of rating schemes."""
    findings = []
    for name, table, key in (
        ("schools", layers.schools, "id"),
        ("seats", layers.seats, "school_id"),
    ):
        if table["capacity"].null_count() == len(table):  # The file has no such column.
            continue
        without_seats = table.filter(pl.col("capacity").is_null() | (pl.col("capacity") <= 0))[key]
        text = "[school|schools] without a capacity [is|are] left out of measures of seats"
        findings += _listed("no_capacity", "warning", name, text, without_seats.unique().to_list())
    twice = layers.seats.filter(layers.seats.select("school_id", "year").is_duplicated())
    text = "[school has|schools have] two rows of seats in a year; the first counts"
    findings += _listed(
        "duplicate_seats", "warning", "seats", text, twice["school_id"].unique().to_list()
    )
    rated = layers.ratings.select("scheme", "year").unique(maintain_order=True).rows()
    valid = {scheme.id: scheme.years for scheme in layers.info.schemes}
    strange = sorted(
        {year for scheme_id, year in rated if valid[scheme_id] and year not in valid[scheme_id]}
    )
    text = (
        "school [year has|years have] ratings outside the years of their scheme; they do not count"
    )
    findings += _listed("rating_out_of_years", "warning", "ratings", text, strange)
    text = (
        "[scheme marks|schemes mark] no label as `quality`, so [it has|they have] "
        "no quality schools"
    )
    unmarked = [
        scheme.id
        for scheme in layers.info.schemes
        if not any(label.quality for label in scheme.labels)
    ]
    return findings + _listed("no_quality", "warning", "rating_schemes", text, unmarked)


def _unserved(layers: RegionLayers) -> list[Finding]:
    if not layers.info.zone_sets:
        return []
    idle = layers.zones.filter(pl.col("grades").list.len() == 0)["zone_id"].unique().to_list()
    if idle:
        text = (
            "[zone serves|zones serve] no grade: neither [it|they] nor "
            "[its|their] schools state `grades`"
        )
        return _listed("zone_without_grades", "warning", "zones", text, idle)
    served = {grade for zone_set in layers.info.zone_sets for grade in zone_set.grades}
    banded = {grade for grades in layers.info.bands.values() for grade in grades}
    missing = sorted(banded - served)
    return _listed(
        "unserved_grade",
        "warning",
        "zones",
        "[grade|grades] of the bands [has|have] no zones",
        missing,
    )
