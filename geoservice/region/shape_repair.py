"""Repair of shapes: open rings are closed, vertices without coordinates are removed."""

from collections.abc import Iterable

import numpy as np
import shapely
from numpy.typing import NDArray

from geoservice.errors import InputError
from geoservice.model.layers import Finding, Geometries
from geoservice.region.manifest import Dataset
from geoservice.region.shape_nesting import MAX_DEPTH, is_text_too_deep, is_too_deep

_SHOWN = 10
_FEWEST_IN_RING = 3
_FEWEST_IN_LINE = 2


def shapes_of(wkb: NDArray[np.object_], dataset: Dataset) -> tuple[Geometries, list[Finding]]:
    """Return shapes from well-known binary (None for missing shapes), and the repairs.

    Findings count rows from 1.

    Raises
    ------
    InputError
        If collections are nested too deep.
    """
    _refuse_deep([is_too_deep(content) for content in wkb], dataset)
    with np.errstate(invalid="ignore"):  # `repaired_shapes` handles NaN coordinates.
        shapes = np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object)
        has_bytes = np.array([content is not None for content in wkb], dtype=bool)
        unread = shapely.is_missing(shapes) & has_bytes
        shapes[unread] = shapely.from_wkb(wkb[unread], on_invalid="fix")
    closed = unread & ~shapely.is_missing(shapes)
    text = "[shape|shapes] had open rings, which were closed"
    shapes, repairs = repaired_shapes(shapes, dataset)
    return shapes, [*_repair("open_ring", dataset, text, closed), *repairs]


def shapes_of_texts(
    texts: NDArray[np.object_], dataset: Dataset
) -> tuple[Geometries, list[Finding]]:
    """Return shapes from well-known text, None for unreadable cells, and the repairs.

    Raises
    ------
    InputError
        If collections are nested too deep.
    """
    _refuse_deep([is_text_too_deep(text) for text in texts], dataset)
    with np.errstate(invalid="ignore"):  # `repaired_shapes` handles NaN coordinates.
        shapes = np.asarray(shapely.from_wkt(texts, on_invalid="fix"), dtype=object)
    return repaired_shapes(shapes, dataset)


def repaired_shapes(shapes: Geometries, dataset: Dataset) -> tuple[Geometries, list[Finding]]:
    """Return the shapes without vertices that lack coordinates, and the repairs."""
    shapes, nowhere = with_finite_coordinates(shapes)
    text = "[shape|shapes] had vertices without coordinates, which were left out"
    return shapes, _repair("no_coordinates", dataset, text, nowhere)


def with_finite_coordinates(shapes: Geometries) -> tuple[Geometries, NDArray[np.bool_]]:
    """Return the shapes without NaN or infinite vertices, and True for changed shapes.

    A part with too few remaining vertices is left out; a shape without parts becomes None.
    """
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    broken = np.zeros(len(shapes), dtype=bool)
    broken[owner[~np.isfinite(coordinates).all(axis=1)]] = True
    for place in np.flatnonzero(broken):  # Over the broken shapes: a few.
        shapes[place] = _finite(shapes[place])
    return shapes, broken


def _refuse_deep(is_deep: list[bool], dataset: Dataset) -> None:
    if any(is_deep):
        raise InputError(
            f"{dataset.label}, row {is_deep.index(True) + 1}: a shape has collections in "
            f"collections, more than {MAX_DEPTH} of them. Write it as a plain polygon, line or "
            "point."
        )


def _finite(shape: shapely.Geometry) -> shapely.Geometry | None:
    if shape.geom_type == "Polygon":
        outer = _ring(shape.exterior)
        holes = [hole for hole in map(_ring, shape.interiors) if hole is not None]
        return None if outer is None else shapely.Polygon(outer, holes)
    if hasattr(shape, "geoms"):
        parts = [part for part in map(_finite, shape.geoms) if part is not None]
        return _collected(parts, shape.geom_type) if parts else None
    vertices = _finite_vertices(shape)
    if shape.geom_type == "Point":
        return shapely.Point(vertices[0]) if len(vertices) else None
    return shapely.LineString(vertices) if len(vertices) >= _FEWEST_IN_LINE else None


def _collected(parts: Iterable[shapely.Geometry], kind: str) -> shapely.Geometry:
    return getattr(shapely, kind)(list(parts))


def _ring(ring: shapely.LinearRing) -> NDArray[np.float64] | None:
    vertices = _finite_vertices(ring)
    return vertices if len(np.unique(vertices, axis=0)) >= _FEWEST_IN_RING else None


def _finite_vertices(shape: shapely.Geometry) -> NDArray[np.float64]:
    vertices: NDArray[np.float64] = shapely.get_coordinates(shape)
    return vertices[np.isfinite(vertices).all(axis=1)]


def _repair(code: str, dataset: Dataset, text: str, rows: NDArray[np.bool_]) -> list[Finding]:
    if not rows.any():
        return []
    shown = tuple(str(row) for row in (np.flatnonzero(rows)[:_SHOWN] + 1).tolist())
    return [Finding(code, "repair", dataset.label, text, int(rows.sum()), shown)]
