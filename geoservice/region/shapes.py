"""Geometry as files have it to geometry that can be relied on: CRS, two dimensions, valid."""

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from geoservice.errors import InputError
from geoservice.model.layers import Finding, Geometries
from geoservice.region.manifest import Dataset
from geoservice.region.reading import RawTable

_POLYGONS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
_SHOWN = 10
Mended = tuple[Geometries, NDArray[np.bool_], list[Finding]]


def metric_geometry(
    raw: RawTable, dataset: Dataset, metric_crs: str
) -> tuple[Geometries, list[Finding]]:
    """The geometry of a file, two-dimensional and in metres; None where a row has none."""
    if raw.geometry is None:
        raise InputError(
            f"{dataset.label} has no geometry. Give a Shapefile, GeoPackage or GeoJSON file."
        )
    crs, findings = source_crs(raw, dataset)
    flat = np.asarray(shapely.force_2d(raw.geometry), dtype=object)
    if raw.geometry.size and shapely.has_z(raw.geometry).any():
        findings.append(Finding("z_dropped", "repair", dataset.label, "heights were dropped"))
    return _transformed(flat, crs, pyproj.CRS(metric_crs)), findings


def source_crs(raw: RawTable, dataset: Dataset) -> tuple[pyproj.CRS, list[Finding]]:
    """The CRS of the file, else the manifest's, else WGS 84 where the numbers are degrees."""
    if raw.crs is not None:
        return raw.crs, []
    if dataset.crs is not None:
        try:
            return pyproj.CRS.from_user_input(dataset.crs), []
        except pyproj.exceptions.CRSError as fault:
            raise InputError(f"{dataset.label}: `crs` is no CRS that is known.") from fault
    west, south, east, north = shapely.total_bounds(raw.geometry)
    if west >= -180 and east <= 180 and south >= -90 and north <= 90:
        note = "the file names no CRS; its numbers are degrees and were taken as WGS 84"
        return pyproj.CRS("EPSG:4326"), [Finding("no_crs", "repair", dataset.label, note)]
    raise InputError(
        f"{dataset.label} names no CRS (its .prj is missing) and its numbers are not degrees. "
        "Say which it is with `crs`, for example `EPSG:2227`."
    )


def lines_of(shapes: Geometries, rows: NDArray[np.int64], dataset: Dataset) -> Mended:
    """One line per row, which rows have one, and what was mended."""
    is_multi = shapely.get_type_id(shapes) == shapely.GeometryType.MULTILINESTRING
    lines = shapes.copy()
    lines[is_multi] = shapely.line_merge(shapes[is_multi])
    parted = shapely.get_type_id(lines) == shapely.GeometryType.MULTILINESTRING
    for at in np.flatnonzero(parted):  # Over the few streets that are in pieces.
        parts = shapely.get_parts(lines[at])
        lines[at] = parts[np.argmax(shapely.length(parts))]
    good = (shapely.get_type_id(lines) == shapely.GeometryType.LINESTRING) & (
        shapely.length(lines) > 0
    )
    findings = _finding("parted", "warning", dataset, "streets in pieces: the longest was kept",
                        rows[parted])  # fmt: skip
    return (
        lines,
        good,
        findings
        + _finding("no_line", "warning", dataset, "rows without a usable line", rows[~good]),
    )


def polygons_of(shapes: Geometries, rows: NDArray[np.int64], dataset: Dataset) -> Mended:
    """One valid (multi)polygon per row, which rows have one, and what was mended."""
    invalid = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    mended = shapes.copy()
    mended[invalid] = shapely.make_valid(shapes[invalid])
    mixed = shapely.get_type_id(mended) == shapely.GeometryType.GEOMETRYCOLLECTION
    for at in np.flatnonzero(mixed):  # Over the few that mending left with lines or points.
        parts = shapely.get_parts(mended[at])
        mended[at] = shapely.union_all(parts[np.isin(shapely.get_type_id(parts), _POLYGONS)])
    good = np.isin(shapely.get_type_id(mended), _POLYGONS) & ~shapely.is_empty(mended)
    findings = _finding("invalid_geometry", "repair", dataset, "polygons were invalid and were "
                        "mended", rows[invalid])  # fmt: skip
    return (
        mended,
        good,
        findings
        + _finding(
            "no_polygon", "warning", dataset, "rows without a polygon were left out", rows[~good]
        ),
    )


def _finding(
    code: str, severity: str, dataset: Dataset, text: str, rows: NDArray[np.int64]
) -> list[Finding]:
    if not len(rows):
        return []
    shown = tuple(str(row) for row in rows[:_SHOWN].tolist())
    return [Finding(code, severity, dataset.label, text, len(rows), shown)]


def _transformed(shapes: Geometries, source: pyproj.CRS, target: pyproj.CRS) -> Geometries:
    if source.equals(target, ignore_axis_order=True):
        return shapes
    transformer = pyproj.Transformer.from_crs(source, target, always_xy=True)
    moved = shapely.transform(
        shapes, lambda xy: np.stack(transformer.transform(xy[:, 0], xy[:, 1]), axis=1)
    )
    bounds = shapely.bounds(moved)
    beyond = (
        ~shapely.is_missing(moved) & ~shapely.is_empty(moved) & ~np.isfinite(bounds).all(axis=1)
    )
    moved = np.asarray(moved, dtype=object)
    moved[beyond] = None
    return moved
