"""Routes of maps: catalogue, pages, layers, and all other forms by the path's ending."""

import html
from typing import Annotated, Any
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse

from geoservice.api.data import services
from geoservice.api.pages import policy, text_page
from geoservice.cartography.exports import file_name
from geoservice.cartography.figure import Choice

ROUTER = APIRouter(tags=["maps"])
Text = Annotated[str, Query(max_length=80)]
_KINDS = {
    "html": "text/html; charset=utf-8", "png": "image/png", "svg": "image/svg+xml",
    "pdf": "application/pdf", "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "geojson": "application/geo+json", "gpkg": "application/geopackage+sqlite3",
}  # fmt: skip
_SHOWN_INLINE = ("png", "svg")


def chosen(
    areas: Text = "", area: Text = "", band: Text = "", year: Text = "",
    lang: Text = "en", theme: Text = "light", zone: Text = "", school: Text = "", view: Text = "",
) -> Choice:  # fmt: skip
    """The choice of a request."""
    return Choice(areas, area, band, year, lang or "en", theme or "light", zone, school, view)


Chosen = Annotated[Choice, Depends(chosen)]


@ROUTER.get("/maps")
def catalogue(request: Request, f: str = "") -> Response:
    """The catalogue of maps, as JSON or HTML."""
    found = services(request).maps.catalogue()
    if f == "json" or "text/html" not in request.headers.get("accept", ""):
        items = [{"id": one.id, "title": one.title.en, "question": one.question.en,
                  "href": f"/maps/{one.id}"} for one in found]  # fmt: skip
        return _json({"items": items, "next": None})
    lines = "".join(
        f'<li><a href="/maps/{quote(one.id)}">{html.escape(one.title.en)}</a>: '
        f"{html.escape(one.question.en)}</li>"
        for one in found
    )
    return text_page(request, "Maps", f"<h1>Maps</h1><ul>{lines}</ul>")


@ROUTER.get("/maps/{map}")
def show_map(
    map: str, request: Request, choice: Chosen, region: Text = "", students: Text = "",
    size: Text = "",
) -> Response:  # fmt: skip
    """The interactive page of a map; with an ending such as ``.png`` or ``.csv`` another form."""
    mine = services(request)
    reference = mine.region(region)
    name, dot, ending = map.rpartition(".")
    stamp = mine.maps.stamp(name if dot else map, reference, choice, students)
    tag = f'"{stamp}-{size}"'
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=_cached(tag))
    if dot:
        content = mine.maps.export(name, ending, reference, choice, students, size=size)
        drawing = mine.maps.drawing(name, reference, choice, students)
        where = "inline" if ending in _SHOWN_INLINE else "attachment"
        headers = {"Content-Disposition": f'{where}; filename="{file_name(drawing, ending)}"',
                   "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}  # fmt: skip
        return Response(content, media_type=_KINDS[ending], headers={**headers, **_cached(tag)})
    page = mine.maps.page(map, reference, choice, students)
    headers = {
        "Content-Security-Policy": policy(request, f"script-src 'self' 'nonce-{page.nonce}'")
    }
    return HTMLResponse(page.html, headers={**headers, **_cached(tag)})


@ROUTER.get("/maps/{map}/figure.json")
def show_figure(
    map: str, request: Request, choice: Chosen, region: Text = "", students: Text = ""
) -> Response:
    """What the page knows of its figure, and the rows of its table, as JSON."""
    mine = services(request)
    return _tagged(request, mine.maps.stamp(map, mine.region(region), choice, students),
                   lambda: mine.maps.figure(map, mine.region(region), choice, students),
                   "application/json")  # fmt: skip


@ROUTER.get("/maps/{map}/layers/{layer}.geojson")
def show_layer(
    map: str, layer: str, request: Request, choice: Chosen, region: Text = "", students: Text = ""
) -> Response:
    """One layer of a map as GeoJSON; streets as packed lines."""
    mine = services(request)
    return _tagged(request, mine.maps.stamp(map, mine.region(region), choice, students),
                   lambda: mine.maps.layer(map, layer, mine.region(region), choice, students),
                   "application/geo+json")  # fmt: skip


def _tagged(request: Request, stamp: str, make: Any, kind: str) -> Response:  # noqa: ANN401 - makes bytes
    tag = f'"{stamp}"'
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=_cached(tag))
    return Response(make(), media_type=kind, headers=_cached(tag))


def _cached(tag: str) -> dict[str, str]:
    return {"ETag": tag, "Cache-Control": "private, no-cache"}


def _json(content: Any) -> Response:  # noqa: ANN401 - whatever JSON can hold
    return Response(orjson.dumps(content), media_type="application/json")
