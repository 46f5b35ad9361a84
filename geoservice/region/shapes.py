"""Geometry as files have it to geometry that can be relied on: CRS, two dimensions, valid."""

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from geoservice.errors import InputError
from geoservice.model.layers import Finding, Geometries
from geoservice.region.layer_crs import are_degrees, source_crs
from geoservice.region.manifest import Dataset
from geoservice.region.raw_table import RawTable

_POLYGONS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
_SHOWN = 10
_MANY_LOST = 0.1
"""More than this share of rows without a shape is no stray row any more."""
__all__ = ["lines_of", "metric_geometry", "polygons_of", "source_crs"]
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
    if crs.is_geographic:
        beyond = ~are_degrees(shapely.bounds(flat))
        text = "shapes whose coordinates are no degrees of longitude and latitude were left out"
        rows = raw.frame["row"].to_numpy()[beyond]
        findings += _finding("bad_position", "error", dataset, text, rows)
        flat[beyond] = None
    return _transformed(flat, crs, pyproj.CRS(metric_crs)), findings


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
    text = "streets in pieces: the longest was kept"
    findings = _finding("parted", "warning", dataset, text, rows[parted])
    return lines, good, findings + _lost("line", good, shapes, rows, dataset)


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
    text = "polygons were invalid and were mended"
    findings = _finding("invalid_geometry", "repair", dataset, text, rows[invalid])
    return mended, good, findings + _lost("polygon", good, shapes, rows, dataset)


def _lost(
    kind: str,
    good: NDArray[np.bool_],
    shapes: Geometries,
    rows: NDArray[np.int64],
    dataset: Dataset,
) -> list[Finding]:
    """The rows without a shape of the kind, apart from those that hold another kind of shape.

    Many rows without any shape are an error. Points and lines beside polygons are none of them: drawing
    programs put marks of schools into the same layer.

    Raises
    ------
    InputError
        Where no row has one.
    """
    if not len(good):
        return [Finding("empty_layer", "warning", dataset.label, "file holds no rows")]
    dimension = {"line": 1, "polygon": 2}[kind]
    is_other = ~good & ~shapely.is_empty(shapes) & ~shapely.is_missing(shapes)
    is_other &= shapely.get_dimensions(shapes) != dimension
    if not good.any():
        raise InputError(
            f"{dataset.label}: none of its {len(good):,} rows has a {kind}. {_remedy(is_other)}"
        )
    is_lost = ~good & ~is_other
    severity = "error" if is_lost.mean() > _MANY_LOST else "warning"
    lost = f"rows without a {kind} were left out"
    other = f"rows with another shape than a {kind} were left out"
    return [
        *_finding(f"no_{kind}", severity, dataset, lost, rows[is_lost]),
        *_finding("other_shape", "warning", dataset, other, rows[is_other]),
    ]


def _remedy(is_other: NDArray[np.bool_]) -> str:
    if is_other.all():
        return "They hold another kind of shape. Name another file or `layer`."
    return "Name another file or `layer`, or name the CRS of its coordinates with `crs`."


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
