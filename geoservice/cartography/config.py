"""What a page knows of its figure: one JSON, in the page and for other programs."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from geoservice.cartography.figure import STREETS, TILES, Drawing, Layer
from geoservice.cartography.layers import layer_content
from geoservice.cartography.texts import words


def page_config(
    drawing: Drawing, catalogue: Sequence[tuple[str, str]] = (), *, inside: bool = False,
    base: str = "",
) -> dict[str, Any]:  # fmt: skip
    """The figure for scripts. ``inside`` puts the layers' data in; else they have URLs.

    ``base`` is the path of a signed link, under which layers and tiles lie then.
    """
    tail = query(drawing)
    layers = [_layer(drawing, one, tail, inside=inside, base=base) for one in drawing.layers
              if not (inside and one.kind == TILES)]  # fmt: skip
    return {
        "id": drawing.definition.id, "title": drawing.title, "subtitle": drawing.subtitle,
        "short": drawing.definition.title.of(drawing.choice.lang), "bounds": drawing.bounds,
        "labels": drawing.definition.labels != "none", "layers": layers,
        "frames": [asdict(one) for one in drawing.frames],
        "legend": [asdict(one) for one in drawing.legend], "legend_title": drawing.legend_title,
        "bars": [{"label": label, **asdict(value)} for label, value in drawing.bars], "bars_title": drawing.bars_title, "bars_most": drawing.longest_bar,
        "areas": [{"id": one, "name": name, "box": dict(drawing.options.boxes).get(one)}
                  for one, name in drawing.options.area],
        "years": [one for one, _ in drawing.options.year], "year": drawing.choice.year,
        "maps": [{"id": one, "title": title} for one, title in catalogue],
        "query": "" if inside or base else tail, "inside": inside or bool(base), "facts": drawing.facts,
        "words": {key: text for key, text in words(drawing.choice.lang).items()
                  if key.startswith("page_")},
    }  # fmt: skip


def figure_json(drawing: Drawing) -> bytes:
    """The figure as other pages and programs fetch it, with the rows of its table."""
    rows = [{"id": row.id, "cells": [one if isinstance(one, str) else asdict(one) for one in row.cells]}
            for row in drawing.rows]  # fmt: skip
    more = {"columns": [asdict(one) for one in drawing.columns], "rows": rows,
            "alternative": drawing.alternative, "profile": drawing.profile}  # fmt: skip
    return orjson.dumps({**page_config(drawing), **more})


def query(drawing: Drawing) -> str:
    """The choice as a query string, without what is at its default."""
    choice = {"region": drawing.region, **asdict(drawing.choice), "students": drawing.students}
    defaults = {"lang": "en", "theme": "light"}
    return urlencode({key: one for key, one in choice.items() if one and defaults.get(key) != one})


def script_json(element_id: str, content: Any) -> str:  # noqa: ANN401 - whatever JSON can hold
    """A script element of data that no markup can leave."""
    text = orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY).decode().replace("<", "\\u003c")
    return f'<script type="application/json" id="{element_id}">{text}</script>'


def _layer(drawing: Drawing, layer: Layer, tail: str, *, inside: bool, base: str) -> dict[str, Any]:
    made = {"id": layer.id, "title": layer.title, "kind": layer.kind, "frames": layer.has_frames,
            "on": layer.is_on, "url": layer.url}  # fmt: skip
    if inside:
        return {**made, "data": layer_content(layer)}
    if layer.kind == STREETS:
        region = "" if base else f"?{urlencode({'region': drawing.region})}"
        return {**made, "kind": TILES, "url": f"{base}/tiles/streets/{{z}}/{{x}}/{{y}}.mvt{region}"}
    if base:
        made["url"] = f"{base}/layers/{layer.id}.geojson"
    elif not layer.url:
        made["url"] = f"/maps/{quote(drawing.definition.id)}/layers/{layer.id}.geojson?{tail}"
    return made
