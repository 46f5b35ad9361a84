"""A figure as the report of an area shows it: the area's own zones, hexagons, flows and schools."""

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import shapely

from geoservice.cartography.figure.cells import DISTRICT, Row
from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.figure.layers import POLYGONS, Layer, Shapes
from geoservice.reports.texts import ReportTexts

_LEAST_SHARE = 0.1
"""A zone or hexagon belongs to an area that holds at least this share of it."""
_MARGIN = 0.5
"""A map of areas shows so much of the neighbours on each side, in extents of the area."""
_PARTS = {"zones": "zones_of_area", "hexagons": "hexagons_of_area"}
"""Words that count the parts of an area in a figure of zones or hexagons."""


def of_area(drawing: Drawing, district_drawing: Drawing) -> Drawing:
    """Return a figure of an area: its own zones, hexagons and flows, or all areas around it."""
    name = dict(drawing.options.area).get(drawing.choice.area, drawing.choice.area)
    kind = "hexagons" if drawing.definition.kind == "hexagons" else drawing.definition.units
    if drawing.definition.kind == "flows":
        return _own_flows(drawing, district_drawing, name)
    if kind in _PARTS:
        return _own_parts(drawing, kind, name)
    if drawing.definition.kind == "units":
        bounds = _with_neighbours(drawing.bounds, district_drawing.bounds)
        return replace(drawing, rows=district_drawing.rows, bounds=bounds)
    return drawing


def _own_parts(drawing: Drawing, kind: str, name: str) -> Drawing:
    inside = _inside(drawing)
    rows = _rows_of(drawing, inside)
    layers = tuple(
        _kept(layer, inside) if _has_parts(layer, drawing) else layer for layer in drawing.layers
    )
    sentence = ReportTexts(drawing.choice.lang)(
        _PARTS[kind], area=name, n=len(inside), all=_count(drawing.rows)
    )
    # A map of zones has no value of the district; its sentence counts the zones.
    is_counted = drawing.definition.kind == "zones"
    frames = tuple(
        replace(frame, district=sentence if is_counted else frame.district, finding="")
        for frame in drawing.frames
    )
    return replace(
        drawing,
        rows=rows,
        layers=layers,
        frames=frames,
        alternative=_alternative(drawing, sentence, frames[0].district),
    )


def _own_flows(drawing: Drawing, district_drawing: Drawing, name: str) -> Drawing:
    area = drawing.choice.area
    kept = {row.id for row in drawing.rows if area in row.id.split(">")}
    layers = tuple(_kept(layer, kept) if layer.id == "flows" else layer for layer in drawing.layers)
    drawn = sum(len(layer.features) for layer in layers if layer.id == "flows")
    sentence = ReportTexts(drawing.choice.lang)("flows_of_area", area=name, n=drawn)
    frames = tuple(replace(frame, district=sentence, finding="") for frame in drawing.frames)
    return replace(
        drawing,
        rows=_rows_of(drawing, kept),
        layers=layers,
        frames=frames,
        bounds=district_drawing.bounds,
        alternative=_alternative(drawing, sentence, ""),
    )


def _alternative(drawing: Drawing, sentence: str, district: str) -> str:
    told = district if district != sentence else ""
    parts = [drawing.title, f"{drawing.subtitle}.", sentence, told, drawing.counts]
    return " ".join(part for part in parts if part)


def _inside(drawing: Drawing) -> set[str]:
    """Return the ids of the zones or hexagons that lie in the area."""
    outlines = next(layer for layer in drawing.layers if layer.id == "chosen").shapes.array
    area = shapely.build_area(shapely.union_all(outlines))
    inside = set()
    for layer in drawing.layers:
        if _has_parts(layer, drawing):
            shapes = layer.shapes.array
            shares = shapely.area(shapely.intersection(shapes, area)) / shapely.area(shapes)
            inside |= {layer.features[index].id for index in np.flatnonzero(shares > _LEAST_SHARE)}
    return inside


def _has_parts(layer: Layer, drawing: Drawing) -> bool:
    ids = {row.id for row in drawing.rows}
    return layer.kind == POLYGONS and any(feature.id in ids for feature in layer.features)


def _kept(layer: Layer, ids: Collection[str]) -> Layer:
    indices = [index for index, feature in enumerate(layer.features) if feature.id in ids]
    shapes = layer.shapes.array[indices]
    return replace(
        layer,
        features=tuple(layer.features[index] for index in indices),
        shapes=Shapes(lambda: shapes),
    )


def _rows_of(drawing: Drawing, ids: Collection[str]) -> tuple[Row, ...]:
    return tuple(row for row in drawing.rows if row.id in ids or row.id == DISTRICT)


def _count(rows: Collection[Row]) -> int:
    return sum(row.id != DISTRICT for row in rows)


def _with_neighbours(
    bounds: tuple[float, float, float, float], limits: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    west, south, east, north = bounds
    across, up = (east - west) * _MARGIN, (north - south) * _MARGIN
    return (
        max(west - across, limits[0]),
        max(south - up, limits[1]),
        min(east + across, limits[2]),
        min(north + up, limits[3]),
    )
