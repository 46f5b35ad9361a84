"""Attendance zones of a file: polygons, schools and grades."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from geoservice.model.grades import GRADES, grade_position
from geoservice.model.layers import ZONES, Finding, Geometries
from geoservice.model.region import ZoneSetInfo
from geoservice.model.rights import SEPARATOR, split_ids
from geoservice.region.fields import id_of, mapped, missing, refuse_district, report_rows, typed
from geoservice.region.grade_cells import stated_grades
from geoservice.region.manifest import Dataset, Manifest
from geoservice.region.polygon_tables import merged_polygons, with_distinct_ids
from geoservice.region.reading import read_raw
from geoservice.region.shapes import metric_geometry, valid_polygons

_LINK_COLUMNS = {
    "zone_id": ("zone_id", "zone", "zoneid", "id"),
    "school_id": ("school_id", "school", "schoolid", "school_name", "name"),
    "grades": ("grades", "grade"),
}
"""Default columns of a linking table for fields without a mapping, in order of preference."""


def read_zones(
    dataset: Dataset, manifest: Manifest, findings: list[Finding]
) -> tuple[pl.DataFrame, Geometries]:
    """Return the zones of a file, schema model.layers.ZONES, and their polygons in metres.

    ``school_id`` has ids or names as written; ``zone_id`` is null for files without ``id``.
    """
    raw = read_raw(dataset)
    needed = ("school_id",) if dataset.links is None else ("id",)
    fields = ("id", "school_id", "name", "grades")
    frame = mapped(raw, dataset, fields, findings, needed=needed)
    grades = stated_grades(frame["grades"], raw, dataset, findings)
    frame = frame.with_columns(
        zone_id=id_of(pl.col("id")),
        school_id=id_of(pl.col("school_id")),
        set_id=pl.lit(dataset.id),
        grades=grades,
    ).filter(grades.is_not_null())
    raw = raw.filter(grades.is_not_null())
    shapes, crs_findings = metric_geometry(raw, dataset, manifest.info.metric_crs)
    polygons, is_polygon, shape_findings = valid_polygons(
        shapes, raw.frame["row"].to_numpy(), dataset
    )
    findings += [*crs_findings, *shape_findings]
    key = frame.select(pl.coalesce("zone_id", "school_id").alias("key"))["key"]
    refuse_district(key, dataset)
    is_nameless = key.is_null().to_numpy()
    text = "[polygon|polygons] without an id and without a school [was|were] left out"
    report_rows(findings, "no_id", dataset, raw, is_nameless, text)
    is_kept = is_polygon & ~is_nameless
    zones, polygons = frame.filter(is_kept).select(typed(ZONES)), polygons[is_kept]
    if dataset.links is None:
        return zones, polygons
    return _linked(zones, polygons, dataset, dataset.links, findings)


def finished_zones(
    zones: pl.DataFrame, polygons: Geometries, schools: pl.DataFrame, findings: list[Finding]
) -> tuple[pl.DataFrame, Geometries]:
    """Return zones with ids and grades, and polygons merged by school, name and grades.

    A zone without an id gets the id of its school. Polygons with the same id keep their own
    grades. If they name different schools for the same grade, the id of the school is added to
    the zone's id.
    """
    zones = _with_grades(zones.with_columns(zone_id=pl.coalesce("zone_id", "school_id")), schools)
    zones, polygons = merged_polygons(zones, polygons, "zone_id", "zones", findings)
    zones = with_distinct_ids(zones, "zone_id", "school_id", _contradict, findings)
    several = zones.select("set_id", "zone_id").is_duplicated()
    ids = zones.filter(several)["zone_id"].unique().sort()
    if len(ids):
        text = "[zone has|zones have] several polygons, each with its own grades, school or name"
        findings.append(Finding("zone_in_parts", "note", "zones", text, len(ids), tuple(ids[:10])))
    return zones, polygons


def zone_sets(sets: Sequence[ZoneSetInfo], zones: pl.DataFrame) -> tuple[ZoneSetInfo, ...]:
    """Return the zone sets with all grades of their zones."""
    served = dict(
        zones.group_by("set_id").agg(pl.col("grades").explode().drop_nulls().unique()).iter_rows()
    )
    return tuple(
        replace(zone_set, grades=tuple(sorted(served.get(zone_set.id, []), key=grade_position)))
        for zone_set in sets
    )


def _with_grades(zones: pl.DataFrame, schools: pl.DataFrame) -> pl.DataFrame:
    """Return zones with grades; zones without grades get those of their schools."""
    served = dict(schools.select("id", "grades").iter_rows())
    grades = [
        stated
        or _in_order({grade for school in split_ids(ids) for grade in served.get(school) or []})
        for stated, ids in zones.select("grades", "school_id").iter_rows()
    ]
    return zones.with_columns(grades=pl.Series(grades, dtype=pl.List(pl.String)))


def _in_order(grades: set[str]) -> list[str]:
    return [grade for grade in GRADES if grade in grades]


def _contradict(zones: pl.DataFrame) -> bool:
    """Return whether zones with the same id name different schools for the same grade."""
    school_of: dict[str, str | None] = {}
    for school, grades in zones.select("school_id", "grades").iter_rows():
        for grade in grades or [""]:
            if school_of.setdefault(grade, school) != school:
                return True
    return False


def _linked(
    zones: pl.DataFrame,
    polygons: Geometries,
    dataset: Dataset,
    links: Dataset,
    findings: list[Finding],
) -> tuple[pl.DataFrame, Geometries]:
    """Return zones with the schools of a linking table, one row for each group of grades."""
    table = _link_table(dataset, links, findings)
    zone_ids = zones["zone_id"].drop_nulls().unique()
    is_known = pl.col("zone_id").is_in(zone_ids.implode())
    strange = table.filter(~is_known)["zone_id"].unique().sort()
    if len(strange):
        text = "zone [id|ids] of the linking table [does|do] not exist in the zones"
        findings.append(
            Finding("unknown_zone", "warning", links.label, text, len(strange), tuple(strange[:10]))
        )
    rows = zones.with_row_index("row").join(
        table, on="zone_id", how="left", maintain_order="left_right"
    )
    rows = rows.with_columns(
        school_id=pl.coalesce("linked_school", "school_id"),
        grades=pl.when(pl.col("linked_grades").list.len() > 0)
        .then("linked_grades")
        .otherwise("grades"),
    )
    return rows.select(typed(ZONES)), polygons[rows["row"].to_numpy()]


def _link_table(dataset: Dataset, links: Dataset, findings: list[Finding]) -> pl.DataFrame:
    """Return ``zone_id``, ``linked_school`` (ids joined) and ``linked_grades`` (may be empty)."""
    raw = read_raw(links)
    columns = {name.lower(): name for name in raw.frame.columns if name != "row"}
    fields = {}
    for field, names in _LINK_COLUMNS.items():
        of_zones = dataset.fields.get("id" if field == "zone_id" else field, "").lower()
        candidates = [columns[name] for name in (of_zones, *names) if name in columns]
        if field in links.fields or candidates:
            fields[field] = links.fields.get(field) or candidates[0]
    links = replace(links, fields=fields)
    for field in ("zone_id", "school_id"):
        if field not in fields:
            raise missing(links, field)
    frame = mapped(raw, links, ("zone_id", "school_id", "grades"), findings)
    frame = frame.with_columns(
        id_of(pl.col("zone_id")),
        id_of(pl.col("school_id")),
        grades=stated_grades(frame["grades"], raw, replace(links, grades=()), findings),
    ).drop_nulls()
    return (
        frame.group_by("zone_id", "grades", maintain_order=True)
        .agg(
            pl.col("school_id")
            .unique(maintain_order=True)
            .str.join(SEPARATOR)
            .alias("linked_school")
        )
        .rename({"grades": "linked_grades"})
    )
