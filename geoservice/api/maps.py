"""Routes of maps: catalogue, pages, layers, and all other forms by the path's ending."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from geoservice.api.answers import kept_answer
from geoservice.api.data import services
from geoservice.api.embed_code import discovery, open_graph
from geoservice.api.views import page, policy
from geoservice.api.words import page_words
from geoservice.cartography.config import query
from geoservice.cartography.definition import Definition
from geoservice.cartography.exports import file_name
from geoservice.cartography.figure import Choice, Drawing
from geoservice.cartography.page import Page
from geoservice.errors import InputError, NotFoundError
from geoservice.reference.snapshot import Reference
from geoservice.students.filters import PUBLIC_REFUSAL

ROUTER = APIRouter(tags=["maps"])
Text = Annotated[str, Query(max_length=80)]
_KINDS = {
    "html": "text/html; charset=utf-8", "png": "image/png", "svg": "image/svg+xml",
    "pdf": "application/pdf", "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "geojson": "application/geo+json", "gpkg": "application/geopackage+sqlite3",
}  # fmt: skip
PICTURE_SIZE, PICTURE_PX = "slide", (1999, 1125)
"""Of pictures that other pages show in place of a map."""
_SHOWN_INLINE = ("png", "svg")


_FILTERS = ("subgroup", "programme", "grade")
"""Parameters of nothing: who asks for some students must not take all of them for these."""


def chosen(
    request: Request, areas: Text = "", area: Text = "", band: Text = "", year: Text = "",
    lang: Text = "en", theme: Text = "light", zone: Text = "", school: Text = "", view: Text = "",
    beside: Text = "",
) -> Choice:  # fmt: skip
    """The choice of a request."""
    if any(request.query_params.get(name) for name in _FILTERS):
        raise InputError(PUBLIC_REFUSAL)
    return Choice(
        areas, area, band, year, lang or "en", theme or "light", zone, school, view, beside
    )


Chosen = Annotated[Choice, Depends(chosen)]


@ROUTER.get("/maps")
def catalogue(
    request: Request, f: Literal["", "json", "html"] = "", lang: Text = "", region: Text = ""
) -> Response:
    """The maps of which a region, or any region, has data, as JSON or HTML; and what others lack."""
    mine, spoken = services(request), page_words(lang).lang
    absent_of = mine.maps.absent
    lacking = [absent_of(mine.region(region))] if region else mine.of_each(absent_of)
    absent = _absent_everywhere(lacking)
    offered = [one for one in mine.maps.catalogue() if one.id not in absent]
    asked = f"?{urlencode({'region': region})}" if region else ""
    asks_html = "text/html" in request.headers.get("accept", "")
    if f == "json" or not (f or asks_html):
        items = [{"id": one.id, "title": one.title.of(spoken), "question": one.question.of(spoken),
                  "href": f"/maps/{one.id}{asked}"} for one in offered]  # fmt: skip
        lacks = [{"id": one.id, "title": one.title.of(spoken), "needs": list(files)}
                 for one, files in absent.values()]  # fmt: skip
        return _json({"items": items, "next": None, "absent": lacks})
    query = urlencode({name: text for name, text in (("region", region), ("lang", lang)) if text})
    return page(
        request, "catalogue.html", lang, maps=offered, absent=list(absent.values()),
        query=f"?{query}" if query else "",
    )  # fmt: skip


def _absent_everywhere(
    lacking: Sequence[Sequence[tuple[Definition, tuple[str, ...]]]],
) -> dict[str, tuple[Definition, tuple[str, ...]]]:
    """Maps of which no region has data, by id, with what would bring them to the first region."""
    by_region = [
        {definition.id: (definition, files) for definition, files in absent} for absent in lacking
    ]
    first = by_region[0] if by_region else {}
    return {
        map_id: found
        for map_id, found in first.items()
        if all(map_id in each for each in by_region)
    }


@ROUTER.get("/maps/{map}")
def show_map(
    map: str, request: Request, choice: Chosen, region: Text = "", students: Text = "",
    size: Text = "",
) -> Response:  # fmt: skip
    """The interactive page of a map; with an ending such as ``.png`` or ``.csv`` another form."""
    reference = services(request).region(region)
    name, dot, ending = map.rpartition(".")
    if dot:
        return form_answer(request, name, ending, reference, choice, students, size)
    return map_answer(request, map, reference, choice, students)


@ROUTER.get("/maps/{map}/figure.json")
def show_figure(
    map: str, request: Request, choice: Chosen, region: Text = "", students: Text = ""
) -> Response:
    """What the page knows of its figure, and the rows of its table, as JSON."""
    maps, reference = services(request).maps, services(request).region(region)
    stamp = f"{maps.stamp(map, reference, choice, students)} figure"
    return kept_answer(
        request, services(request).bodies, stamp, "application/json",
        lambda: maps.figure(map, reference, choice, students), public=False,
    )  # fmt: skip


@ROUTER.get("/maps/{map}/layers/{layer}.geojson")
def show_layer(
    map: str, layer: str, request: Request, choice: Chosen, region: Text = "", students: Text = ""
) -> Response:
    """One layer of a map as GeoJSON."""
    reference = services(request).region(region)
    return layer_answer(request, map, layer, reference, choice, students, public=False)


def map_answer(
    request: Request, map: str, reference: Reference, choice: Choice, students: str, base: str = ""
) -> Response:
    """The page of a map; under ``base``, the path of a signed link, it is one for frames."""
    mine = services(request)
    here = base_url(request)
    stamp = f"{mine.maps.stamp(map, reference, choice, students)} page {base} {here}"

    def make() -> Page:
        drawing = mine.maps.drawing(map, reference, choice, students)
        return mine.maps.page(map, reference, choice, students, base=base,
                              head=_head(drawing, here, base))  # fmt: skip

    def shown() -> Page:
        return mine.pages.get(stamp, make)

    def html() -> bytes:
        return shown().html.encode()

    def headers() -> dict[str, str]:
        return {
            "Content-Security-Policy": policy(
                request, f"script-src {shown().scripts}", is_embed=bool(base)
            )
        }

    return kept_answer(request, mine.bodies, stamp, "text/html; charset=utf-8",
                       html, headers=headers, public=bool(base))  # fmt: skip


def layer_answer(
    request: Request, map: str, layer: str, reference: Reference, choice: Choice, students: str, *,
    public: bool,
) -> Response:  # fmt: skip
    """One layer of a map, the same bytes for all themes."""
    maps, same = services(request).maps, replace(choice, theme="light")
    stamp = f"{maps.stamp(map, reference, same, students)} layer {layer}"
    return kept_answer(
        request, services(request).bodies, stamp, "application/geo+json",
        lambda: maps.layer(map, layer, reference, same, students), public=public,
    )  # fmt: skip


def form_answer(
    request: Request, map: str, ending: str, reference: Reference, choice: Choice, students: str,
    size: str, *, public: bool = False,
) -> Response:  # fmt: skip
    """A map in one of its other forms."""
    if ending not in _KINDS:
        raise NotFoundError(f"A map is written as {', '.join(_KINDS)}.")
    maps = services(request).maps
    stamp = f"{maps.stamp(map, reference, choice, students)} form {ending} {size}"

    def headers() -> dict[str, str]:
        drawing = maps.drawing(map, reference, choice, students)
        where = "inline" if ending in _SHOWN_INLINE else "attachment"
        named = f'{where}; filename="{file_name(drawing, ending)}"'
        shared = {"Cross-Origin-Resource-Policy": "cross-origin"} if public else {}
        return {**shared, "Content-Disposition": named,
                "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}  # fmt: skip

    return kept_answer(
        request, services(request).bodies, stamp, _KINDS[ending],
        lambda: maps.export(map, ending, reference, choice, students, size=size),
        headers=headers, public=public,
    )  # fmt: skip


def base_url(request: Request) -> str:
    """Where readers reach the service, without a slash at the end."""
    return services(request).settings.public_url or str(request.base_url).rstrip("/")


def _head(drawing: Drawing, here: str, base: str) -> str:
    """Links and tags by which other pages find how to show this one."""
    tail = query(drawing)
    url = f"{here}{base}" if base else f"{here}/maps/{quote(drawing.definition.id)}?{tail}"
    picture = (f"{url}/picture.png" if base else
               f"{here}/maps/{quote(drawing.definition.id)}.png?{tail}&size={PICTURE_SIZE}")  # fmt: skip
    title = f"{drawing.title} {drawing.subtitle}"
    return discovery(here, url, title) + open_graph(
        url, title, drawing.alternative, picture, PICTURE_PX
    )


def _json(content: Any) -> Response:  # noqa: ANN401 - whatever JSON can hold
    return Response(orjson.dumps(content), media_type="application/json")
