"""All files of a region read into layers: our names, our units, one metric CRS."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import shapely

from geoservice.errors import InputError
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
from geoservice.model.snapshot import FORMAT
from geoservice.region.address_points import read_address_points
from geoservice.region.field_list import STREET_PARTS
from geoservice.region.fields import (
    id_of,
    joined,
    mapped,
    missing,
    refuse_district,
    report,
    town_of,
    typed,
    value_of,
    whole_number,
)
from geoservice.region.manifest import Dataset, Manifest, load_manifest
from geoservice.region.polygon_tables import apart, united
from geoservice.region.reading import read_raw
from geoservice.region.rules import NAME
from geoservice.region.school_joins import (
    SchoolKeys,
    joined_schools,
    joined_zones,
    school_keys,
)
from geoservice.region.school_places import school_points
from geoservice.region.school_tables import read_ratings, read_schools, read_seats
from geoservice.region.shapes import lines_of, metric_geometry, polygons_of
from geoservice.region.zone_tables import finished_zones, read_zones, zone_sets

_NO_POLYGONS = np.empty(0, dtype=object)


def source_hash(manifest: Manifest) -> str:
    """Sixteen hex digits that name the manifest, all its files and the format of the build."""
    whole = hashlib.sha256(f"geoservice {FORMAT}".encode())
    files = [*manifest.datasets, *(one.links for one in manifest.datasets if one.links)]
    paths = [file.path for file in files]
    for path in [manifest.folder / NAME, *paths]:
        for part in _with_side_files(path):
            whole.update(hashlib.sha256(part.read_bytes()).digest())
    return whole.hexdigest()[:16]


def read_layers(folder: Path) -> RegionLayers:
    """Read every dataset that ``region.toml`` of the folder names.

    Raises
    ------
    InputError
        Where a file cannot be read or a field that is needed is not there.
    """
    return read_manifest_layers(load_manifest(folder))


def read_manifest_layers(manifest: Manifest) -> RegionLayers:
    """Read every dataset of a manifest.

    Raises
    ------
    InputError
        Where a file cannot be read or a field that is needed is not there.
    """
    findings: list[Finding] = []
    read = {kind: [_READERS[kind](one, manifest, findings) for one in manifest.datasets
                   if one.kind == kind] for kind in _READERS}  # fmt: skip
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
    return RegionLayers(
        info=replace(manifest.info, zone_sets=zone_sets(manifest.info.zone_sets, zones)),
        streets=streets, street_lines=lines,
        addresses=_stacked(read["addresses"], ADDRESSES)[0],
        schools=schools, ratings=ratings, zones=zones, zone_polygons=zone_polygons,
        areas=areas, area_polygons=area_polygons, findings=tuple(findings),
        aliases=_stacked(read["aliases"], ALIASES)[0], seats=seats,
    )  # fmt: skip


Layer = tuple[pl.DataFrame, Geometries]
_Reader = Callable[[Dataset, Manifest, list[Finding]], Layer]


def _read_streets(dataset: Dataset, manifest: Manifest, findings: list[Finding]) -> Layer:
    raw = read_raw(dataset)
    frame = mapped(raw, dataset, tuple(STREETS), findings)
    if not {"premod", "presep", "postmod"}.isdisjoint(dataset.fields):
        whole = joined(raw, dataset, STREET_PARTS)
        frame = frame.with_columns(full_name=pl.coalesce("full_name", whole))
    for part in ("city", "zip", "state"):  # A plain `city` stands for both sides.
        both = [f"{part}_left", f"{part}_right"]
        if part in dataset.fields or part in dataset.defaults:
            value = value_of(raw, dataset, part)
            frame = frame.with_columns(pl.col(side).fill_null(value) for side in both)
    towns = (town_of(pl.col(f"city_{side}")) for side in ("left", "right"))
    frame = frame.with_columns(towns)
    if frame["name"].null_count() == len(frame) == frame["full_name"].null_count() and len(frame):
        raise missing(dataset, "name")
    ends = ["from_left", "to_left", "from_right", "to_right"]
    frame = frame.with_columns(whole_number(pl.col(end)) for end in ends)
    frame = frame.with_columns(pl.when(pl.col(end) > 0).then(pl.col(end)) for end in ends)
    frame = frame.with_columns(source=pl.lit(_stem(dataset.path)))
    shapes, found = metric_geometry(raw, dataset, manifest.info.metric_crs)
    lines, good, more = lines_of(shapes, raw.frame["row"].to_numpy(), dataset)
    findings += [*found, *more]
    return frame.filter(good).select(typed(STREETS)), lines[good]


def _read_addresses(dataset: Dataset, manifest: Manifest, findings: list[Finding]) -> Layer:
    return read_address_points(dataset, _stem(dataset.path), findings), _NO_POLYGONS


def _read_aliases(dataset: Dataset, manifest: Manifest, findings: list[Finding]) -> Layer:
    raw = read_raw(dataset)
    frame = mapped(raw, dataset, tuple(ALIASES), findings, needed=("street", "alias"))
    return frame.select(typed(ALIASES)), _NO_POLYGONS


def _read_areas(dataset: Dataset, manifest: Manifest, findings: list[Finding]) -> Layer:
    raw = read_raw(dataset)
    frame = mapped(raw, dataset, ("id", "name"), findings)
    frame = frame.with_columns(
        set_id=pl.lit(dataset.id), area_id=pl.coalesce(id_of(pl.col("id")), "name"),
        name=pl.coalesce("name", "id"),
    )  # fmt: skip
    if len(frame) and frame["area_id"].null_count() == len(frame):
        raise missing(dataset, "name")
    shapes, crs_findings = metric_geometry(raw, dataset, manifest.info.metric_crs)
    polygons, is_polygon, more = polygons_of(shapes, raw.frame["row"].to_numpy(), dataset)
    findings += [*crs_findings, *more]
    refuse_district(frame["area_id"], dataset)
    is_nameless = frame["area_id"].is_null().to_numpy()
    text = "polygons without an id were left out"
    report(findings, "no_id", dataset, raw, is_nameless, text)
    is_kept = is_polygon & ~is_nameless
    areas = frame.filter(is_kept).select(typed(AREAS))
    areas = apart(areas, "area_id", "name", _named_differently, findings)
    return united(areas, polygons[is_kept], "area_id", dataset.label, findings)


def _named_differently(areas: pl.DataFrame) -> bool:
    """True where areas of one id have different names."""
    return areas["name"].n_unique() > 1


def _schooling(read: Callable[[Dataset, Manifest, list[Finding]], pl.DataFrame]) -> _Reader:
    """A reader of a table without geometry as one of layers."""
    return lambda *given: (read(*given), _NO_POLYGONS)


_READERS = {"streets": _read_streets, "addresses": _read_addresses, "aliases": _read_aliases,
            "schools": _schooling(read_schools), "ratings": _schooling(read_ratings),
            "seats": _schooling(read_seats), "zones": read_zones, "areas": _read_areas}  # fmt: skip


def _joined_sets(
    zones: pl.DataFrame,
    places: tuple[Mapping[str, shapely.Point], Geometries],
    keys: SchoolKeys,
    findings: list[Finding],
) -> pl.DataFrame:
    """The zones of each set joined to schools.

    Grades of the set, then the places of schools and zones, tell schools of one name apart.
    """
    points, polygons = places
    parts = [pl.DataFrame(schema=ZONES)]
    for set_id in zones["set_id"].unique(maintain_order=True):
        of_set = zones.filter(set_id=set_id)
        grades = frozenset(of_set["grades"].explode().drop_nulls())
        of_places = (points, polygons[(zones["set_id"] == set_id).to_numpy()])
        parts.append(joined_zones(of_set, keys, f"zones {set_id}", findings, grades, of_places))
    return pl.concat(parts)


def _stacked(parts: list[Layer], schema: dict[str, Any]) -> Layer:
    frames = [pl.DataFrame(schema=schema), *(frame for frame, _ in parts)]
    shapes = [_NO_POLYGONS, *(geometry for _, geometry in parts)]
    return pl.concat(frames), np.concatenate(shapes)


def _stem(path: Path) -> str:
    return path.name.split(".")[0]


def _with_side_files(path: Path) -> list[Path]:
    if path.suffix.lower() == ".gdb" and path.is_dir():
        return sorted(part for part in path.iterdir() if part.is_file())
    if not path.is_file():
        raise InputError(f"There is no file `{path.name}` in the region's folder.")
    if path.suffix.lower() != ".shp":
        return [path]
    return sorted(one for one in path.parent.glob(f"{path.stem}.*") if one.is_file())
