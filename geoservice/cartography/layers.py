"""Layers of a drawing as bytes: only what is drawn, named and said on cards."""

from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from geoservice.cartography.figure import POLYGONS, STREETS, Drawing, Feature, Layer
from geoservice.cartography.shapes import inner_points
from geoservice.errors import NotFoundError


def layer_of(drawing: Drawing, layer_id: str) -> Layer:
    """One layer of a drawing.

    Raises
    ------
    NotFoundError
        Where it has no such layer.
    """
    found = next((one for one in drawing.layers if one.id == layer_id), None)
    if found is None:
        raise NotFoundError("The map has no such layer.")
    return found


def layer_json(drawing: Drawing, layer_id: str) -> bytes:
    """One layer as GeoJSON; streets as packed lines, which are a third of the bytes."""
    return orjson.dumps(
        layer_content(layer_of(drawing, layer_id)), option=orjson.OPT_SERIALIZE_NUMPY
    )


def layer_content(layer: Layer) -> dict[str, Any]:
    """What `layer_json` writes, for pages that hold it inside."""
    if layer.kind == STREETS:
        steps, counts = _packed(layer)
        return {"type": "Lines", "scale": 1e5, "steps": steps, "counts": counts}
    texts = shapely.to_geojson(layer.shapes.array) if len(layer.features) else []
    stands = _label_places(layer)
    features = [
        {"type": "Feature", "properties": {**_properties(one), "at": at},
         "geometry": orjson.Fragment(text)}
        for one, text, at in zip(layer.features, texts, stands, strict=True)
    ]  # fmt: skip
    return {"type": "FeatureCollection", "features": features}


def _properties(feature: Feature) -> dict[str, Any]:
    """``id``, ``name``, ``size``, perhaps ``dashed``, and by frame: ``k`` legend key, ``t`` label, ``l`` lines of the card."""
    states = {frame: {"k": one.key, "t": one.label, "l": one.lines} for frame, one in feature.states.items()}  # fmt: skip
    dashed = {"dashed": True} if feature.is_dashed else {}
    return {
        "id": feature.id,
        "name": feature.name,
        "size": feature.size,
        **dashed,
        "states": states,
    }


def _label_places(layer: Layer) -> list[list[float] | None]:
    """Where the label of each polygon stands."""
    if layer.kind != POLYGONS or not len(layer.features):
        return [None] * len(layer.features)
    places = np.round(shapely.get_coordinates(inner_points(layer.shapes.array)), 5)
    found: list[list[float] | None] = places.tolist()
    return found


def _packed(layer: Layer) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Steps from vertex to vertex, in hundred-thousandths of a degree, and vertices per line."""
    lines = layer.shapes.array
    places = np.round(shapely.get_coordinates(lines) * 1e5).astype(np.int64)
    steps = np.diff(places, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    return steps.ravel(), shapely.get_num_coordinates(lines).astype(np.int64)
