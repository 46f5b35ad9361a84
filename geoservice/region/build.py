"""Build of the reference snapshot: an immutable folder named by the hash of its sources."""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import polars as pl
import pyproj
import shapely
from numpy.typing import NDArray

from geoservice.errors import ReferenceDataError, StorageError
from geoservice.geometry.overlaps import wide_overlaps
from geoservice.geometry.polygons import PolygonIndex
from geoservice.model.layers import Finding, RegionLayers
from geoservice.model.snapshot import FORMAT, MANIFEST
from geoservice.region.node_index import index_nodes
from geoservice.region.place_index import Towns, find_towns, index_points, index_ranges, last_lines
from geoservice.region.street_index import StreetIndex


def build_snapshot(
    layers: RegionLayers,
    target: Path,
    snapshot: str,
    findings: Sequence[Finding] = (),
    finish: Callable[[Path], None] = lambda _: None,
) -> None:
    """Write the snapshot of the layers as the folder ``target``, completely or not at all.

    ``finish`` may add files to the folder before it is renamed to ``target``.

    Raises
    ------
    ReferenceDataError
        If the layers are not usable, see `is_usable`.
    StorageError
        If the folder cannot be written.
    """
    if not is_usable(layers):
        raise ReferenceDataError(
            "The region has no usable streets or addresses. Name a file in "
            "[[streets]] or [[addresses]] of region.toml."
        )
    part_folder = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        part_folder.mkdir(parents=True, mode=0o700)
        _write(layers, part_folder, snapshot, [*layers.findings, *findings])
        finish(part_folder)
        _swap(part_folder, target)
    except OSError as fault:
        raise StorageError(f"The snapshot cannot be written: {fault.strerror}.") from fault
    finally:
        shutil.rmtree(part_folder, ignore_errors=True)


def is_usable(layers: RegionLayers) -> bool:
    """Return whether a snapshot of the layers serves a purpose.

    Layers with streets or addresses can geocode. Zones or areas alone are usable only if
    `region.toml` names no streets or addresses: otherwise a file for geocoding is unreadable.
    """
    if len(layers.streets) or len(layers.addresses):
        return True
    named = {source.dataset for source in layers.info.sources}
    return not named & {"streets", "addresses"} and len(layers.zones) + len(layers.areas) > 0


def _swap(part_folder: Path, target: Path) -> None:
    try:
        part_folder.rename(target)
    except OSError:
        if not (target / MANIFEST).is_file():  # Otherwise another process built it first.
            raise


def _write(layers: RegionLayers, folder: Path, snapshot: str, findings: Sequence[Finding]) -> None:
    streets, towns = StreetIndex(layers), find_towns(layers)
    patterns = {"": 0}
    points, point_text = index_points(layers, streets, towns, patterns)
    ranges, segment_text = index_ranges(layers, streets, towns)
    numbered, lines = last_lines(points | ranges, towns)
    arrays = streets.arrays() | points | ranges | numbered
    arrays |= index_nodes(arrays, streets)
    lines.write_parquet(folder / "last_lines.parquet")
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", np.ascontiguousarray(array))
    point_text.write_ipc(folder / "point_text.arrow", compression="uncompressed")
    segment_text.write_ipc(folder / "segment_text.arrow", compression="uncompressed")
    for name, table in _tables(layers, streets, arrays).items():
        table.write_parquet(folder / f"{name}.parquet")
    manifest = _manifest(layers, towns, patterns, snapshot, findings)
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")


def _manifest(
    layers: RegionLayers,
    towns: Towns,
    patterns: dict[str, int],
    snapshot: str,
    findings: Sequence[Finding],
) -> dict[str, object]:
    return {
        "format": FORMAT,
        "snapshot": snapshot,
        "info": asdict(layers.info),
        "towns": asdict(towns),
        "patterns": patterns,
        "findings": [asdict(finding) for finding in findings],
    }


def _tables(
    layers: RegionLayers, streets: StreetIndex, arrays: dict[str, NDArray[np.generic]]
) -> dict[str, pl.DataFrame]:
    crs = layers.info.metric_crs
    names = streets.table()["display"].to_list()
    shown = [names[number] if number >= 0 else "" for number in streets.segment_street]
    return {
        "schools": layers.schools,
        "seats": layers.seats,
        "ratings": layers.ratings,
        "zones": _with_geometry(layers.zones, layers.zone_polygons, crs),
        "zone_overlaps": _zone_overlaps(layers),
        "areas": _with_geometry(layers.areas, layers.area_polygons, crs),
        "zip_areas": _zip_areas(layers, arrays),
        "basemap": pl.DataFrame({"name": pl.Series(shown, dtype=pl.String)}).with_columns(
            geometry=_wkb(to_degrees(layers.street_lines, crs))
        ),
        "background": layers.background.with_columns(
            geometry=_wkb(to_degrees(layers.background_shapes, crs))
        ),
        "streets": streets.table(),
    }


def to_degrees(geometries: NDArray[np.object_], metric_crs: str) -> NDArray[np.object_]:
    """Return the geometries in WGS 84, longitude first."""
    transformer = pyproj.Transformer.from_crs(metric_crs, "EPSG:4326", always_xy=True)
    return np.asarray(
        shapely.transform(
            geometries, lambda xy: np.stack(transformer.transform(xy[:, 0], xy[:, 1]), axis=1)
        )
    )


def _zone_overlaps(layers: RegionLayers) -> pl.DataFrame:
    """Return pairs of overlapping zones of a set (row numbers), and their shared area."""
    schema = {"first": pl.UInt32, "second": pl.UInt32, "metric": pl.Binary}
    parts = [pl.DataFrame(schema=schema)]
    for set_id in layers.zones["set_id"].unique(maintain_order=True):
        rows = np.flatnonzero((layers.zones["set_id"] == set_id).to_numpy())
        left, right, shared = wide_overlaps(layers.zone_polygons[rows])
        pairs = {"first": rows[left], "second": rows[right], "metric": _wkb(shared)}
        parts.append(pl.DataFrame(pairs, schema_overrides=schema))
    return pl.concat(parts)


def _with_geometry(table: pl.DataFrame, polygons: NDArray[np.object_], crs: str) -> pl.DataFrame:
    return table.with_columns(geometry=_wkb(to_degrees(polygons, crs)), metric=_wkb(polygons))


def _wkb(geometries: NDArray[np.object_]) -> pl.Series:
    return pl.Series(shapely.to_wkb(geometries).tolist(), dtype=pl.Binary)


def _zip_areas(layers: RegionLayers, arrays: dict[str, NDArray[np.generic]]) -> pl.DataFrame:
    """Return the areas of each ZIP code by area set, with the number of addresses in each."""
    zips, x, y = _zip_places(layers, arrays)
    schema = {"zip": pl.String, "set_id": pl.String, "area_id": pl.String, "addresses": pl.Int64}
    parts = [pl.DataFrame(schema=schema)]
    for area_set in layers.info.area_sets:
        rows = np.flatnonzero((layers.areas["set_id"] == area_set.id).to_numpy())
        place = PolygonIndex(layers.area_polygons[rows]).locate(x, y)
        ids = layers.areas["area_id"].gather(rows)
        counted = (
            pl.DataFrame({"zip": zips[place >= 0], "place": place[place >= 0]})
            .group_by("zip", "place")
            .len()
            .sort("zip", "place")
        )
        parts.append(
            counted.select(
                pl.col("zip").cast(pl.String).str.zfill(5),
                pl.lit(area_set.id).alias("set_id"),
                ids.gather(counted["place"]).alias("area_id"),
                pl.col("len").cast(pl.Int64).alias("addresses"),
            )
        )
    return pl.concat(parts)


def _zip_places(
    layers: RegionLayers, arrays: dict[str, NDArray[np.generic]]
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
    first_vertex = arrays["segment_offset"][arrays["range_segment"]]
    zips = np.concatenate([arrays["point_zip"], arrays["range_zip"]]).astype(np.int32)
    x = np.concatenate([arrays["point_x"], arrays["vertex_x"][first_vertex]]).astype(np.float64)
    y = np.concatenate([arrays["point_y"], arrays["vertex_y"][first_vertex]]).astype(np.float64)
    return zips[zips >= 0], x[zips >= 0], y[zips >= 0]
