"""The files of a region as layers with standard columns, units and metric CRS."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import shapely

from geoservice.geometry.projection import Projection
from geoservice.model.background import BACKGROUND
from geoservice.model.layers import (
    ADDRESSES,
    ALIASES,
    AREAS,
    RATINGS,
    SCHOOLS,
    SEATS,
    STREETS,
    ZONES,
    Finding,
    Geometries,
    RegionLayers,
)
from geoservice.region.address_points import read_address_points
from geoservice.region.background import near_region, read_background
from geoservice.region.field_list import STREET_PARTS
from geoservice.region.fields import (
    id_of,
    joined_parts,
    mapped,
    missing,
    refuse_district,
    report_rows,
    town_of,
    typed,
    value_of,
    whole_number,
)
from geoservice.region.manifest import Dataset, Manifest, load_manifest
from geoservice.region.polygon_tables import merged_polygons, with_distinct_ids
from geoservice.region.reading import read_raw
from geoservice.region.school_joins import joined_schools, joined_zones
from geoservice.region.school_keys import SchoolKeys, school_keys
from geoservice.region.school_places import school_points
from geoservice.region.school_tables import read_ratings, read_schools, read_seats
from geoservice.region.shapes import metric_geometry, valid_lines, valid_polygons
from geoservice.region.zone_tables import finished_zones, read_zones, zone_sets

_NO_POLYGONS = np.empty(0, dtype=object)


def read_layers(folder: Path) -> RegionLayers:
    """Return the layers of the region in a folder with ``region.toml``.

    Raises
    ------
    InputError
        If a file cannot be read or a required field is missing.
    """
    return read_manifest_layers(load_manifest(folder))


def read_manifest_layers(manifest: Manifest) -> RegionLayers:
    """Return the layers of a region from its manifest.

    Raises
    ------
    InputError
        If a file cannot be read or a required field is missing.
    """
    findings: list[Finding] = []
    read = {
        kind: [
            _READERS[kind](dataset, manifest, findings)
            for dataset in manifest.datasets
            if dataset.kind == kind
        ]
        for kind in _READERS
    }
    streets, lines = _stacked(read["streets"], STREETS)
    zones, zone_polygons = _stacked(read["zones"], ZONES)
    areas, area_polygons = _stacked(read["areas"], AREAS)
    schools = _stacked(read["schools"], SCHOOLS)[0]
    keys = school_keys(schools)
    ratings = joined_schools(_stacked(read["ratings"], RATINGS)[0], keys, "ratings", findings)
    seats = joined_schools(_stacked(read["seats"], SEATS)[0], keys, "seats", findings)
    points = school_points(schools, manifest.info.metric_crs)
    zones = _joined_sets(zones, (points, zone_polygons), keys, findings)
    zones, zone_polygons = finished_zones(zones, zone_polygons, schools, findings)
    ground = _stacked(read["background"], BACKGROUND)
    addresses = _stacked(read["addresses"], ADDRESSES)[0]
    places = np.array([*points.values()], dtype=object)
    grounds = [lines, zone_polygons, area_polygons, places, _corners(addresses, manifest)]
    background, background_shapes = near_region(*ground, grounds, findings)
    return RegionLayers(
        info=replace(manifest.info, zone_sets=zone_sets(manifest.info.zone_sets, zones)),
        streets=streets,
        street_lines=lines,
        addresses=addresses,
        schools=schools,
        ratings=ratings,
        zones=zones,
        zone_polygons=zone_polygons,
        areas=areas,
        area_polygons=area_polygons,
        findings=tuple(findings),
        aliases=_stacked(read["aliases"], ALIASES)[0],
        seats=seats,
        background=background,
        background_shapes=background_shapes,
    )


TableLayer = tuple[pl.DataFrame, Geometries]
_Reader = Callable[[Dataset, Manifest, list[Finding]], TableLayer]


def _read_streets(dataset: Dataset, manifest: Manifest, findings: list[Finding]) -> TableLayer:
    raw = read_raw(dataset)
    frame = mapped(raw, dataset, tuple(STREETS), findings)
    if not {"premod", "presep", "postmod"}.isdisjoint(dataset.fields):
        full_name = joined_parts(raw, dataset, STREET_PARTS)
        frame = frame.with_columns(full_name=pl.coalesce("full_name", full_name))
    for part in ("city", "zip", "state"):  # A field `city` applies to both sides.
        sides = [f"{part}_left", f"{part}_right"]
        if part in dataset.fields or part in dataset.defaults:
            value = value_of(raw, dataset, part)
            frame = frame.with_columns(pl.col(side).fill_null(value) for side in sides)
    towns = (town_of(pl.col(f"city_{side}")) for side in ("left", "right"))
    frame = frame.with_columns(towns)
    if frame["name"].null_count() == len(frame) == frame["full_name"].null_count() and len(frame):
        raise missing(dataset, "name")
    ends = ["from_left", "to_left", "from_right", "to_right"]
    frame = frame.with_columns(whole_number(pl.col(end)) for end in ends)
    frame = frame.with_columns(pl.when(pl.col(end) > 0).then(pl.col(end)) for end in ends)
    frame = frame.with_columns(source=pl.lit(_stem(dataset.path)))
    shapes, crs_findings = metric_geometry(raw, dataset, manifest.info.metric_crs)
    lines, good, shape_findings = valid_lines(shapes, raw.frame["row"].to_numpy(), dataset)
    findings += [*crs_findings, *shape_findings]
    return frame.filter(good).select(typed(STREETS)), lines[good]


def _read_addresses(dataset: Dataset, manifest: Manifest, findings: list[Finding]) -> TableLayer:
    return read_address_points(dataset, _stem(dataset.path), findings), _NO_POLYGONS


def _read_aliases(dataset: Dataset, manifest: Manifest, findings: list[Finding]) -> TableLayer:
    raw = read_raw(dataset)
    frame = mapped(raw, dataset, tuple(ALIASES), findings, needed=("street", "alias"))
    return frame.select(typed(ALIASES)), _NO_POLYGONS


def _read_areas(dataset: Dataset, manifest: Manifest, findings: list[Finding]) -> TableLayer:
    raw = read_raw(dataset)
    frame = mapped(raw, dataset, ("id", "name"), findings)
    frame = frame.with_columns(
        set_id=pl.lit(dataset.id),
        area_id=pl.coalesce(id_of(pl.col("id")), "name"),
        name=pl.coalesce("name", "id"),
    )
    if len(frame) and frame["area_id"].null_count() == len(frame):
        raise missing(dataset, "name")
    shapes, crs_findings = metric_geometry(raw, dataset, manifest.info.metric_crs)
    polygons, is_polygon, shape_findings = valid_polygons(
        shapes, raw.frame["row"].to_numpy(), dataset
    )
    findings += [*crs_findings, *shape_findings]
    refuse_district(frame["area_id"], dataset)
    is_nameless = frame["area_id"].is_null().to_numpy()
    text = "[polygon|polygons] without an id [was|were] left out"
    report_rows(findings, "no_id", dataset, raw, is_nameless, text)
    is_kept = is_polygon & ~is_nameless
    areas = frame.filter(is_kept).select(typed(AREAS))
    areas = with_distinct_ids(areas, "area_id", "name", _named_differently, findings)
    return merged_polygons(areas, polygons[is_kept], "area_id", dataset.label, findings)


def _named_differently(areas: pl.DataFrame) -> bool:
    """Return whether areas with the same id have different names."""
    return areas["name"].n_unique() > 1


def _without_shapes(read: Callable[[Dataset, Manifest, list[Finding]], pl.DataFrame]) -> _Reader:
    """Return a reader of layers from a reader of tables without geometry."""
    return lambda *arguments: (read(*arguments), _NO_POLYGONS)


_READERS = {
    "streets": _read_streets,
    "addresses": _read_addresses,
    "aliases": _read_aliases,
    "schools": _without_shapes(read_schools),
    "ratings": _without_shapes(read_ratings),
    "seats": _without_shapes(read_seats),
    "zones": read_zones,
    "areas": _read_areas,
    "background": read_background,
}


def _corners(addresses: pl.DataFrame, manifest: Manifest) -> Geometries:
    """Return two corners of the box that holds most address points, in the metric CRS."""
    placed = addresses.drop_nulls(["lon", "lat"])
    if placed.is_empty():
        return _NO_POLYGONS
    lon, lat = (np.quantile(placed[axis].to_numpy(), [0.05, 0.95]) for axis in ("lon", "lat"))
    x, y = Projection(manifest.info.metric_crs).to_metres(lon, lat)
    return np.asarray(shapely.points(x, y), dtype=object)


def _joined_sets(
    zones: pl.DataFrame,
    places: tuple[Mapping[str, shapely.Point], Geometries],
    keys: SchoolKeys,
    findings: list[Finding],
) -> pl.DataFrame:
    """Return the zones of each set with the ids of their schools.

    The grades of the set, then the locations, distinguish schools with the same name.
    """
    points, polygons = places
    parts = [pl.DataFrame(schema=ZONES)]
    for set_id in zones["set_id"].unique(maintain_order=True):
        of_set = zones.filter(set_id=set_id)
        grades = frozenset(of_set["grades"].explode().drop_nulls())
        of_places = (points, polygons[(zones["set_id"] == set_id).to_numpy()])
        parts.append(joined_zones(of_set, keys, f"zones {set_id}", findings, grades, of_places))
    return pl.concat(parts)


def _stacked(parts: list[TableLayer], schema: dict[str, Any]) -> TableLayer:
    frames = [pl.DataFrame(schema=schema), *(frame for frame, _ in parts)]
    shapes = [_NO_POLYGONS, *(geometry for _, geometry in parts)]
    return pl.concat(frames), np.concatenate(shapes)


def _stem(path: Path) -> str:
    return path.name.split(".")[0]
