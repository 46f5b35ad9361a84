"""Geometry to be looked at: simplified, in degrees, kept per snapshot."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from geoservice.cartography.figure.layers import Shapes
from geoservice.geometry.simplify import simplified_together
from geoservice.reference.snapshot import Reference

Geometries = NDArray[np.object_]
Box = tuple[float, float, float, float]
_PIXELS = 1600
"""Shapes are simplified to a part in so many of the region's width: less than a pixel."""
_GRID_DEGREES = 1e-5
_LEAST_DEGREES = 0.002
"""Extents are never drawn smaller: about 220 m from south to north."""
_MOST_STREET_VERTICES = 30_000
_MARKS = 200
"""Marks of address points stand at most so close: a part in so many of the region's extent."""


@lru_cache(maxsize=32)
def area_table(reference: Reference, set_id: str) -> pl.DataFrame:
    """``id`` and ``name`` of the areas of a set, in the file's order."""
    table = reference.areas().filter(set_id=set_id)
    return table.select(id="area_id", name=pl.col("name").fill_null(pl.col("area_id")))


@lru_cache(maxsize=32)
def zone_table(reference: Reference, set_id: str) -> pl.DataFrame:
    """``id``, ``name`` and ``school_id`` of the zones of a set; named for their school."""
    zones = reference.zone_outlines.filter(set_id=set_id)
    return zones.select("school_id", "name", id="zone_id")


@lru_cache(maxsize=32)
def area_shapes(reference: Reference, set_id: str) -> Geometries:
    """Shapes of `area_table`'s rows."""
    return _display(reference.areas().filter(set_id=set_id))


@lru_cache(maxsize=32)
def zone_shapes(reference: Reference, set_id: str) -> Geometries:
    """Shapes of `zone_table`'s rows."""
    return _display(reference.zone_outlines.filter(set_id=set_id))


@lru_cache(maxsize=8)
def street_shapes(reference: Reference) -> Geometries:
    """Lines of the streets; of very many the longest; without streets marks of address points."""
    lines = shapely.from_wkb(reference.streets()["geometry"].to_list())
    if not len(lines):
        return _point_marks(reference)
    simple = np.asarray(lines, dtype=object)
    bent = shapely.get_num_coordinates(simple) > 2
    simple[bent] = shapely.simplify(simple[bent], _GRID_DEGREES * 4)
    order = np.argsort(-shapely.length(simple), kind="stable")
    counts = shapely.get_num_coordinates(simple)[order].cumsum()
    kept_lines = np.sort(order[counts <= _MOST_STREET_VERTICES])
    return np.asarray(shapely.get_parts(simple[kept_lines]), dtype=object)


def _point_marks(reference: Reference) -> Geometries:
    """A short line for the address points of each cell of a grid: they show where people live."""
    lon, lat = reference.array("point_lon"), reference.array("point_lat")
    if not len(lon):
        return np.array([], dtype=object)
    size = max(float(np.ptp(lon)), float(np.ptp(lat)), _LEAST_DEGREES) / _MARKS
    cells = np.stack([np.floor(lon / size), np.floor(lat / size)])
    _, sample = np.unique(cells, axis=1, return_index=True)
    sample = np.sort(sample)[:: max(1, 2 * len(sample) // _MOST_STREET_VERTICES)]
    west, east = lon[sample] - size * 0.4, lon[sample] + size * 0.4
    ends = np.stack([np.stack([side, lat[sample]], axis=1) for side in (west, east)], axis=1)
    return np.asarray(shapely.linestrings(ends), dtype=object)


@lru_cache(maxsize=32)
def areas_of(reference: Reference, set_id: str) -> Shapes:
    """Return the shapes of a set of areas, as an object that figures of a report share."""
    return Shapes(lambda: area_shapes(reference, set_id))


@lru_cache(maxsize=32)
def zones_of(reference: Reference, set_id: str) -> Shapes:
    """Shapes of a set of zones: the same object for all figures."""
    return Shapes(lambda: zone_shapes(reference, set_id))


@lru_cache(maxsize=8)
def streets_of(reference: Reference) -> Shapes:
    """Lines of the streets: the same object for all figures."""
    return Shapes(lambda: street_shapes(reference))


@lru_cache(maxsize=32)
def whole_box(reference: Reference) -> Box:
    """Return the extent of the zones, else of areas, streets, address points and schools."""
    for table in (reference.zones(), reference.areas(), reference.streets()):
        if len(table):
            return box_of(shapely.from_wkb(table["geometry"].to_list()))
    return reference.extent


def at_least_seen(box: Box) -> Box:
    """Return the box, widened around its center if it is too small to draw."""
    west, south, east, north = box
    wider = max(_LEAST_DEGREES - (east - west), 0) / 2
    taller = max(_LEAST_DEGREES - (north - south), 0) / 2
    return west - wider, south - taller, east + wider, north + taller


@lru_cache(maxsize=32)
def area_boxes(reference: Reference, set_id: str) -> tuple[tuple[str, Box], ...]:
    """West, south, east, north of each area of a set."""
    table = reference.areas().filter(set_id=set_id)
    boxes = np.round(shapely.bounds(shapely.from_wkb(table["geometry"].to_list())), 5).tolist()
    return tuple(
        (area_id, tuple(box)) for area_id, box in zip(table["area_id"], boxes, strict=True)
    )


def box_of(shapes: Sequence[shapely.Geometry] | Geometries) -> Box:
    """West, south, east, north of some shapes."""
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    return west, south, east, north


def points(lon: Sequence[float], lat: Sequence[float]) -> Geometries:
    """Points of about a metre's precision."""
    return np.asarray(shapely.points(np.round(lon, 5), np.round(lat, 5)), dtype=object)


def inner_points(shapes: Geometries) -> Geometries:
    """Return a point inside each shape, for a label or the end of a line."""
    return np.asarray(shapely.point_on_surface(shapes), dtype=object)


@lru_cache(maxsize=8)
def land(reference: Reference) -> shapely.Geometry | None:
    """Return the union of all areas and zones of the region; None without areas and zones."""
    texts = [wkb for table in (reference.areas(), reference.zones()) for wkb in table["geometry"]]
    if not texts:
        return None
    outline = shapely.union_all(shapely.buffer(shapely.from_wkb(texts), 0))
    shapely.prepare(outline)
    return outline


def on_land(shapes: Geometries, reference: Reference) -> Geometries:
    """Cut shapes at the region's edge; shapes outside the region stay whole."""
    region = land(reference)
    if region is None or not len(shapes):
        return shapes
    crossing = ~shapely.contains_properly(region, shapes)
    cut = shapely.buffer(shapely.intersection(shapes[crossing], region), 0)
    clipped = shapes.copy()
    clipped[crossing] = np.where(shapely.is_empty(cut), shapes[crossing], cut)
    return clipped


def tidy(shapes: Geometries) -> Geometries:
    """Shapes on the grid of display coordinates."""
    return np.asarray(shapely.set_precision(shapes, _GRID_DEGREES, mode="pointwise"), dtype=object)


def _display(table: pl.DataFrame) -> Geometries:
    shapes = np.asarray(shapely.from_wkb(table["geometry"].to_list()), dtype=object)
    return display_shapes(shapes)


def display_shapes(shapes: Geometries) -> Geometries:
    """Shapes simplified together, so that shared edges stay shared."""
    if not len(shapes):
        return shapes
    west, _, east, _ = box_of(shapes)
    return tidy(simplified_together(shapes, (east - west) / _PIXELS))
