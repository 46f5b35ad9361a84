"""Preparation of geometry: metric CRS, two dimensions, valid shapes."""

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from geoservice.errors import InputError
from geoservice.model.counted import in_number
from geoservice.model.layers import Finding, Geometries
from geoservice.region.layer_crs import are_degrees, source_crs
from geoservice.region.manifest import Dataset
from geoservice.region.raw_table import RawTable
from geoservice.region.tangles import MOST_CROSSINGS, tangled

_POLYGONS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
_SHOWN = 10
_MANY_LOST = 0.1
"""A larger share of rows without a shape is an error."""
__all__ = ["valid_lines", "metric_geometry", "valid_polygons", "source_crs"]
CheckedShapes = tuple[Geometries, NDArray[np.bool_], list[Finding]]


def metric_geometry(
    raw: RawTable, dataset: Dataset, metric_crs: str
) -> tuple[Geometries, list[Finding]]:
    """Return a file's geometry in two dimensions and metres; None for rows without shape."""
    if raw.geometry is None:
        raise InputError(
            f"{dataset.label} has no geometry. Use a Shapefile, GeoPackage or GeoJSON file."
        )
    crs, findings = source_crs(raw, dataset)
    flat = np.asarray(shapely.force_2d(raw.geometry), dtype=object)
    if raw.geometry.size and shapely.has_z(raw.geometry).any():
        findings.append(Finding("z_dropped", "repair", dataset.label, "heights were dropped"))
    if crs.is_geographic:
        beyond = ~are_degrees(shapely.bounds(flat))
        text = "[shape|shapes] outside the range of longitude and latitude [was|were] left out"
        rows = raw.frame["row"].to_numpy()[beyond]
        findings += _finding("bad_position", "error", dataset, text, rows)
        flat[beyond] = None
    return _transformed(flat, crs, pyproj.CRS(metric_crs)), findings


def valid_lines(shapes: Geometries, rows: NDArray[np.int64], dataset: Dataset) -> CheckedShapes:
    """Return a line for each row, True for rows with a line, and the findings."""
    is_multi = shapely.get_type_id(shapes) == shapely.GeometryType.MULTILINESTRING
    lines = shapes.copy()
    lines[is_multi] = shapely.line_merge(shapes[is_multi])
    parted = shapely.get_type_id(lines) == shapely.GeometryType.MULTILINESTRING
    for row in np.flatnonzero(parted):  # Over streets in pieces: a few.
        parts = shapely.get_parts(lines[row])
        lines[row] = parts[np.argmax(shapely.length(parts))]
    good = (shapely.get_type_id(lines) == shapely.GeometryType.LINESTRING) & (
        shapely.length(lines) > 0
    )
    text = "[street|streets] in pieces: the longest was kept"
    findings = _finding("parted", "warning", dataset, text, rows[parted])
    return lines, good, findings + _missing_shapes("line", good, shapes, rows, dataset)


def valid_polygons(shapes: Geometries, rows: NDArray[np.int64], dataset: Dataset) -> CheckedShapes:
    """Return a valid polygon for each row, True for rows with a polygon, and the findings."""
    invalid = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    repaired, is_tangled = shapes.copy(), np.zeros(len(shapes), dtype=bool)
    is_tangled[invalid] = tangled(shapes[invalid])
    repaired[is_tangled], invalid = None, invalid & ~is_tangled
    repaired[invalid] = shapely.make_valid(shapes[invalid])
    mixed = shapely.get_type_id(repaired) == shapely.GeometryType.GEOMETRYCOLLECTION
    for row in np.flatnonzero(mixed):  # Over repaired shapes with lines or points: a few.
        parts = shapely.get_parts(repaired[row])
        repaired[row] = shapely.union_all(parts[np.isin(shapely.get_type_id(parts), _POLYGONS)])
    good = np.isin(shapely.get_type_id(repaired), _POLYGONS) & ~shapely.is_empty(repaired)
    text = "[polygon was invalid and was|polygons were invalid and were] repaired"
    findings = _finding("invalid_geometry", "repair", dataset, text, rows[invalid])
    text = (
        "[polygon crosses itself|polygons cross themselves] in more than "
        f"{MOST_CROSSINGS:,} places; draw [it|them] again"
    )
    findings += _finding("tangled", "error", dataset, text, rows[is_tangled])
    if is_tangled.any() and not good.any():
        count = int(is_tangled.sum())
        raise InputError(f"{dataset.label}: {count:,} {in_number(text, count)}.")
    return repaired, good, findings + _missing_shapes("polygon", good, shapes, rows, dataset)


def _missing_shapes(
    kind: str,
    good: NDArray[np.bool_],
    shapes: Geometries,
    rows: NDArray[np.int64],
    dataset: Dataset,
) -> list[Finding]:
    """Return findings on rows without a shape, and on rows with another type of shape.

    Many rows without a shape are an error. Other types are only a warning, because drawing
    programs put school symbols into a layer of polygons.

    Raises
    ------
    InputError
        If no row has a shape of the kind.
    """
    if not len(good):
        return [Finding("empty_layer", "warning", dataset.label, "the file holds no rows")]
    dimension = {"line": 1, "polygon": 2}[kind]
    is_other = ~good & ~shapely.is_empty(shapes) & ~shapely.is_missing(shapes)
    is_other &= shapely.get_dimensions(shapes) != dimension
    if not good.any():
        raise InputError(
            f"{dataset.label}: none of its {len(good):,} rows has a {kind}. {_remedy(is_other)}"
        )
    is_missing = ~good & ~is_other
    severity = "error" if is_missing.mean() > _MANY_LOST else "warning"
    no_shape_text = f"[row|rows] without a {kind} [was|were] left out"
    other_shape_text = f"[row|rows] with another shape than a {kind} [was|were] left out"
    return [
        *_finding(f"no_{kind}", severity, dataset, no_shape_text, rows[is_missing]),
        *_finding("other_shape", "warning", dataset, other_shape_text, rows[is_other]),
    ]


def _remedy(is_other: NDArray[np.bool_]) -> str:
    if is_other.all():
        return "They have another type of shape. Name another file or `layer`."
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
