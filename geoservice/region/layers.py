"""All files of a region read into layers: our names, our units, one metric CRS."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import shapely

from geoservice.errors import InputError
from geoservice.model.grades import grade_position, grade_range
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
from geoservice.model.region import ZoneSetInfo
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
from geoservice.region.grade_cells import stated_grades
from geoservice.region.manifest import Dataset, Manifest, load_manifest
from geoservice.region.raw_table import RawTable
from geoservice.region.reading import read_raw
from geoservice.region.rules import NAME
from geoservice.region.school_tables import read_ratings, read_schools, read_seats
from geoservice.region.shapes import lines_of, metric_geometry, polygons_of

_NO_POLYGONS = np.empty(0, dtype=object)


def source_hash(manifest: Manifest) -> str:
    """Sixteen hex digits that name the manifest, all its files and the format of the build."""
    whole = hashlib.sha256(f"geoservice {FORMAT}".encode())
    paths = [one.path for one in manifest.datasets]
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
    zones = _joined_ids(zones, schools, "zones", findings)
    ratings = _joined_ids(_stacked(read["ratings"], RATINGS)[0], schools, "ratings", findings)
    seats = _joined_ids(_stacked(read["seats"], SEATS)[0], schools, "seats", findings)
    zones = _grades_from_schools(zones, schools)
    return RegionLayers(
        info=replace(manifest.info, zone_sets=_zone_sets(manifest, zones)),
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


def _read_zones(dataset: Dataset, manifest: Manifest, findings: list[Finding]) -> Layer:
    raw = read_raw(dataset)
    known = ("id", "school_id", "name", "grades")
    frame = mapped(raw, dataset, known, findings, needed=("school_id",))
    grades = stated_grades(frame["grades"], raw, dataset, findings)
    frame = frame.with_columns(
        school_id=id_of(pl.col("school_id")), set_id=pl.lit(dataset.id), grades=grades,
        zone_id=pl.coalesce(id_of(pl.col("id")), id_of(pl.col("school_id"))),
    )  # fmt: skip
    frame, raw = frame.filter(grades.is_not_null()), raw.filter(grades.is_not_null())
    return _dissolved(frame, "zone_id", raw, dataset, manifest, findings, ZONES)


def _read_areas(dataset: Dataset, manifest: Manifest, findings: list[Finding]) -> Layer:
    raw = read_raw(dataset)
    frame = mapped(raw, dataset, ("id", "name"), findings)
    frame = frame.with_columns(
        set_id=pl.lit(dataset.id), area_id=pl.coalesce(id_of(pl.col("id")), "name"),
        name=pl.coalesce("name", "id"),
    )  # fmt: skip
    if len(frame) and frame["area_id"].null_count() == len(frame):
        raise missing(dataset, "name")
    return _dissolved(frame, "area_id", raw, dataset, manifest, findings, AREAS)


def _schooling(read: Callable[[Dataset, Manifest, list[Finding]], pl.DataFrame]) -> _Reader:
    """A reader of a table without geometry as one of layers."""
    return lambda *given: (read(*given), _NO_POLYGONS)


_READERS = {"streets": _read_streets, "addresses": _read_addresses, "aliases": _read_aliases,
            "schools": _schooling(read_schools), "ratings": _schooling(read_ratings),
            "seats": _schooling(read_seats), "zones": _read_zones, "areas": _read_areas}  # fmt: skip


def _dissolved(
    frame: pl.DataFrame, key: str, raw: RawTable, dataset: Dataset, manifest: Manifest,
    findings: list[Finding], schema: dict[str, Any],
) -> Layer:  # fmt: skip
    """Valid polygons, those of one id in one row."""
    shapes, found = metric_geometry(raw, dataset, manifest.info.metric_crs)
    polygons, good, more = polygons_of(shapes, raw.frame["row"].to_numpy(), dataset)
    findings += [*found, *more]
    refuse_district(frame[key], dataset)
    nameless = frame[key].is_null().to_numpy()
    report(findings, "no_id", dataset, raw, nameless, "polygons without an id were left out")
    keep = good & ~nameless
    frame, polygons = frame.filter(keep).select(typed(schema)), polygons[keep]
    twice = (frame[key].is_duplicated() & ~frame[key].is_first_distinct()).to_numpy()
    if not twice.any():
        return frame, polygons
    ids = tuple(frame.filter(twice)[key].unique().sort()[:10].to_list())
    text = "polygons of one id were put together"
    findings.append(Finding("duplicate_id", "repair", dataset.label, text, int(twice.sum()), ids))
    for one in frame.filter(twice)[key].unique():  # Over ids in several pieces.
        rows = np.flatnonzero((frame[key] == one).to_numpy())
        polygons[rows[0]] = shapely.union_all(polygons[rows])
    return frame.filter(~twice), polygons[~twice]


def _joined_ids(
    table: pl.DataFrame, schools: pl.DataFrame, name: str, findings: list[Finding]
) -> pl.DataFrame:
    """School ids that lost or gained leading zeros on one side are made to join."""
    known = set(schools["id"])
    bare = {one.lstrip("0"): one for one in known}
    lost = [one for one in table["school_id"].drop_nulls().unique().sort()
            if one not in known and one.lstrip("0") in bare]  # fmt: skip
    if not lost or len(bare) != len(known):
        return table
    findings.append(Finding("leading_zeros", "repair", name, "school ids that differ by leading "
                            "zeros were joined", len(lost), tuple(lost[:10])))  # fmt: skip
    mended = pl.col("school_id").replace({one: bare[one.lstrip("0")] for one in lost})
    return table.with_columns(school_id=mended)


def _grades_from_schools(zones: pl.DataFrame, schools: pl.DataFrame) -> pl.DataFrame:
    """Zones that state no grades serve those of their school."""
    rows = schools.select("id", "low_grade", "high_grade").drop_nulls().rows()
    served = {school: list(grade_range(low, high)) for school, low, high in rows
              if grade_position(low) <= grade_position(high)}  # fmt: skip
    grades = [given or served.get(school, []) for given, school in
              zones.select("grades", "school_id").rows()]  # fmt: skip
    return zones.with_columns(grades=pl.Series(grades, dtype=pl.List(pl.String)))


def _zone_sets(manifest: Manifest, zones: pl.DataFrame) -> tuple[ZoneSetInfo, ...]:
    sets = []
    for one in manifest.info.zone_sets:
        lists = zones.filter(set_id=one.id)["grades"].to_list()
        grades = sorted({grade for some in lists for grade in some}, key=grade_position)
        sets.append(ZoneSetInfo(one.id, tuple(grades)))
    return tuple(sets)


def _stacked(parts: list[Layer], schema: dict[str, Any]) -> Layer:
    frames = [pl.DataFrame(schema=schema), *(frame for frame, _ in parts)]
    shapes = [_NO_POLYGONS, *(geometry for _, geometry in parts)]
    return pl.concat(frames), np.concatenate(shapes)


def _stem(path: Path) -> str:
    return path.name.split(".")[0]


def _with_side_files(path: Path) -> list[Path]:
    if not path.is_file():
        raise InputError(f"There is no file `{path.name}` in the region's folder.")
    if path.suffix.lower() != ".shp":
        return [path]
    return sorted(one for one in path.parent.glob(f"{path.stem}.*") if one.is_file())
