"""Layers of a page as bytes: the drawn shapes, their labels and the texts of their cards."""

from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.figure.layers import BACKGROUND, POLYGONS, STREETS, Feature, Layer
from geoservice.cartography.figure.shapes import inner_points
from geoservice.errors import NotFoundError

_SCALE = 1e5
"""Packed coordinates are in hundred-thousandths of a degree."""


def layer_of(drawing: Drawing, layer_id: str) -> Layer:
    """Return a layer of a drawing.

    Raises
    ------
    NotFoundError
        If it has no such layer.
    """
    layer = next((candidate for candidate in drawing.layers if candidate.id == layer_id), None)
    if layer is None:
        raise NotFoundError("The map has no such layer.")
    return layer


def layer_json(drawing: Drawing, layer_id: str) -> bytes:
    """Return a layer as GeoJSON; all streets are a single feature."""
    layer = layer_of(drawing, layer_id)
    content = _all_lines(layer) if layer.kind == STREETS else _features(layer)
    return orjson.dumps(content)


def layer_inside(layer: Layer) -> dict[str, Any]:
    """Return a layer for a page that holds its data.

    Streets and polygons come as steps, a third of the bytes. The script ``map-layers.js`` turns the
    steps into coordinates.
    """
    if layer.kind == STREETS:
        steps, counts = _packed(layer)
        return {"type": "Lines", "scale": _SCALE, "steps": steps, "counts": counts}
    content = _features(layer)
    if layer.kind not in (BACKGROUND, POLYGONS):
        return content
    features = [
        {**feature, "geometry": _packed_polygon(shape) or feature["geometry"]}
        for feature, shape in zip(content["features"], layer.shapes.array, strict=True)
    ]
    return {**content, "features": features}


def _all_lines(layer: Layer) -> dict[str, Any]:
    lines = shapely.MultiLineString(list(shapely.get_parts(layer.shapes.array)))
    feature = {
        "type": "Feature",
        "properties": {"name": layer.title},
        "geometry": orjson.Fragment(shapely.to_geojson(lines)),
    }
    return {"type": "FeatureCollection", "features": [feature]}


def _features(layer: Layer) -> dict[str, Any]:
    texts = shapely.to_geojson(layer.shapes.array) if len(layer.features) else []
    stands = _label_places(layer)
    features = [
        {
            "type": "Feature",
            "properties": {**_properties(feature), "at": place},
            "geometry": orjson.Fragment(text),
        }
        for feature, text, place in zip(layer.features, texts, stands, strict=True)
    ]
    return {"type": "FeatureCollection", "features": features}


def _properties(feature: Feature) -> dict[str, Any]:
    """Return the properties of a feature and its state in each frame.

    The keys of a state are ``k`` for the legend key, ``t`` for the label and ``l`` for the lines of
    the card.
    """
    states = {
        frame: {"k": state.key, "t": state.label, "l": state.lines}
        for frame, state in feature.states.items()
    }
    dashed = {"dashed": True} if feature.is_dashed else {}
    named = {"short": feature.short} if feature.short else {}
    markers = {"markers": feature.markers} if feature.markers else {}
    return {
        "id": feature.id,
        "name": feature.name,
        "size": feature.size,
        **dashed,
        **named,
        **markers,
        "states": states,
    }


def _label_places(layer: Layer) -> list[list[float] | None]:
    """Return the position of each polygon's label."""
    if layer.kind not in (BACKGROUND, POLYGONS) or not len(layer.features):
        return [None] * len(layer.features)
    places = np.round(shapely.get_coordinates(inner_points(layer.shapes.array)), 5)
    label_places: list[list[float] | None] = places.tolist()
    return label_places


def _packed_polygon(shape: shapely.Geometry) -> dict[str, Any] | None:
    """Return a polygon as steps and the number of vertices of its rings; None for other shapes."""
    if shape.geom_type not in ("Polygon", "MultiPolygon"):
        return None
    counts = [
        shapely.get_num_coordinates(shapely.get_rings(part)) for part in shapely.get_parts(shape)
    ]
    return {"type": shape.geom_type, "scale": _SCALE, "steps": _steps(shape), "rings": counts}


def _steps(shapes: NDArray[np.object_] | shapely.Geometry) -> NDArray[np.int64]:
    """Return the way from vertex to vertex, x and y by turns, in units of the scale."""
    places = np.round(shapely.get_coordinates(shapes) * _SCALE).astype(np.int64)
    steps: NDArray[np.int64] = np.diff(places, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    return steps.ravel()


def _packed(layer: Layer) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the steps of all lines, and the number of vertices of each line."""
    lines = layer.shapes.array
    return _steps(lines), shapely.get_num_coordinates(lines).astype(np.int64)
