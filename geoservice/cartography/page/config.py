"""The data of a page about its figure: a JSON text, in the page and for other programs."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.figure.frames import Frame
from geoservice.cartography.figure.layers import STREETS, TILES, Layer
from geoservice.cartography.page.layers import layer_inside
from geoservice.cartography.page.pair import second_frame
from geoservice.cartography.page.ranking import ranking_content
from geoservice.cartography.texts import words


def page_config(
    drawing: Drawing,
    catalogue: Sequence[tuple[str, str]] = (),
    *,
    inside: bool = False,
    base: str = "",
) -> dict[str, Any]:
    """The figure for scripts. ``inside`` puts the layers' data in; else they have URLs.

    ``base`` is the path of a signed link, under which layers and tiles lie then.
    """
    tail, second = query(drawing), second_frame(drawing)
    layers = [
        _layer(drawing, layer, tail, inside=inside, base=base)
        for layer in drawing.layers
        if not (inside and layer.kind == TILES)
    ]
    return {
        "id": drawing.definition.id,
        "title": drawing.title,
        "subtitle": drawing.subtitle,
        "short": drawing.definition.title.of(drawing.choice.lang),
        "bounds": drawing.bounds,
        "labels": drawing.definition.labels != "none",
        "layers": layers,
        "frames": [_frame(frame) for frame in drawing.frames],
        "legend": [asdict(entry) for entry in drawing.legend],
        "legend_title": drawing.legend_title,
        "bars": [{"label": label, **asdict(value)} for label, value in drawing.bars],
        "together": "" if second is None else f"frame:{second.id}",
        "bars_title": drawing.bars_title,
        "bars_most": drawing.longest_bar,
        "areas": [
            {"id": area_id, "name": name, "box": dict(drawing.options.boxes).get(area_id)}
            for area_id, name in drawing.options.area
        ],
        "years": [year for year, _ in drawing.options.year],
        "year": drawing.choice.year,
        "maps": [{"id": map_id, "title": title} for map_id, title in catalogue],
        "query": "" if inside or base else tail,
        "inside": inside or bool(base),
        "facts": drawing.facts,
        "words": {
            key: text for key, text in words(drawing.choice.lang).items() if key.startswith("page_")
        },
    }


def figure_json(drawing: Drawing) -> bytes:
    """The figure as other pages and programs fetch it, with the rows of its table."""
    rows = [
        {
            "id": row.id,
            "cells": [cell if isinstance(cell, str) else asdict(cell) for cell in row.cells],
        }
        for row in drawing.rows
    ]
    table = {
        "columns": [asdict(column) for column in drawing.columns],
        "rows": rows,
        "alternative": drawing.alternative,
        "profile": drawing.profile,
    }
    return orjson.dumps({**page_config(drawing), **table})


def query(drawing: Drawing) -> str:
    """The choice as a query string, without default values."""
    choice = {"region": drawing.region, **asdict(drawing.choice), "students": drawing.students}
    defaults = {"lang": "en", "theme": "light"}
    return urlencode(
        {key: value for key, value in choice.items() if value and defaults.get(key) != value}
    )


def script_json(element_id: str, content: Any) -> str:  # noqa: ANN401 - whatever JSON can hold
    """A script element of data that no markup can leave."""
    text = orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY).decode().replace("<", "\\u003c")
    return f'<script type="application/json" id="{element_id}">{text}</script>'


def _frame(frame: Frame) -> dict[str, Any]:
    """Return a frame for scripts; its bars are in the order of the ranking."""
    ranking = None if frame.ranking is None else ranking_content(frame.ranking)
    return {**asdict(replace(frame, ranking=None)), "ranking": ranking}


def _layer(drawing: Drawing, layer: Layer, tail: str, *, inside: bool, base: str) -> dict[str, Any]:
    description = {
        "id": layer.id,
        "title": layer.title,
        "kind": layer.kind,
        "frames": layer.has_frames,
        "on": layer.is_on,
        "url": layer.url,
    }
    if inside:
        return {**description, "data": layer_inside(layer)}
    if layer.kind == STREETS:
        region = "" if base else f"?{urlencode({'region': drawing.region})}"
        return {
            **description,
            "kind": TILES,
            "url": f"{base}/tiles/streets/{{z}}/{{x}}/{{y}}.mvt{region}",
        }
    if base:
        description["url"] = f"{base}/layers/{layer.id}.geojson"
    elif not layer.url:
        description["url"] = (
            f"/maps/{quote(drawing.definition.id)}/layers/{layer.id}.geojson?{tail}"
        )
    return description
