"""Routes that people look at: the workspace, maps and their layers, docs, assets."""

import hashlib
import hmac
import html
import mimetypes
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import orjson
import swagger_ui_bundle
from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from geoservice.api.data import services
from geoservice.cartography.drawing import Choice
from geoservice.cartography.page import asset, assets
from geoservice.errors import ForbiddenError, NotFoundError

ROUTER = APIRouter()
_COOKIE = "geoservice"
_SWAGGER = ("swagger-ui-bundle.js", "swagger-ui.css")
_DOCS = b'"use strict";\nSwaggerUIBundle({url: "/openapi.json", dom_id: "#docs", validatorUrl: null});\n'
_MONTH = "public, max-age=86400"
Text = Annotated[str, Query(max_length=80)]


@ROUTER.get("/maps", tags=["maps"])
def catalogue(request: Request, f: str = "") -> Response:
    """The catalogue of maps, as JSON or HTML."""
    found = services(request).maps.catalogue()
    if f == "json" or "text/html" not in request.headers.get("accept", ""):
        items = [{"id": one.id, "title": one.title, "question": one.question,
                  "href": f"/maps/{one.id}"} for one in found]  # fmt: skip
        return Response(orjson.dumps({"items": items, "next": None}), media_type="application/json")
    lines = "".join(
        f'<li><a href="/maps/{quote(one.id)}">{html.escape(one.title)}</a>: '
        f"{html.escape(one.question)}</li>"
        for one in found
    )
    return _page(request, "Maps", f"<h1>Maps</h1><ul>{lines}</ul>")


@ROUTER.get("/maps/{map}", tags=["maps"])
def show_map(
    map: str, request: Request, region: Text = "", areas: Text = "", area: Text = "",
    band: Text = "", year: Text = "", students: Text = "",
) -> Response:  # fmt: skip
    """The interactive page of a map; with ``.html`` one self-contained file."""
    mine = services(request)
    reference = mine.region(region)
    choice = Choice(areas, area, band, year)
    if map.endswith(".html"):
        text = mine.maps.file(map.removesuffix(".html"), reference, choice, students)
        name = {"Content-Disposition": f'attachment; filename="{quote(map)}"'}
        return HTMLResponse(text, headers=name)
    page = mine.maps.page(map, reference, choice, students)
    return HTMLResponse(page.html, headers={
        "Content-Security-Policy": _policy(request, f"script-src 'self' 'nonce-{page.nonce}'")
    })  # fmt: skip


@ROUTER.get("/maps/{map}/layers/{layer}.geojson", tags=["maps"])
def show_layer(
    map: str, layer: str, request: Request, region: Text = "", areas: Text = "", area: Text = "",
    band: Text = "", year: Text = "", students: Text = "",
) -> Response:  # fmt: skip
    """One layer of a map as GeoJSON."""
    mine = services(request)
    choice = Choice(areas, area, band, year)
    content = mine.maps.layer(map, layer, mine.region(region), choice, students)
    tag = f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="application/geo+json", headers=headers)


@ROUTER.get("/", tags=["workspace"])
def workspace(request: Request) -> Response:
    """The workspace: choose region and map, upload a file."""
    mine = services(request)
    token = mine.access.token
    if token is not None and not hmac.compare_digest(
        request.cookies.get(_COOKIE, "").encode(), token.encode()
    ):
        form = (
            '<h1>geoservice</h1><form method="post" action="/token"><label>Token printed at the '
            'start <input name="token" type="password" autocomplete="off"></label>'
            "<button>Open</button></form>"
        )
        return _page(request, "geoservice", form)
    regions = "".join(f"<option>{html.escape(one)}</option>" for one in mine.offered)
    maps = "".join(
        f'<option value="{html.escape(one.id)}">{html.escape(one.title)}</option>'
        for one in mine.maps.catalogue()
    )
    bands = sorted({band for one in mine.offered for band in mine.region(one).info.bands})
    band_options = '<option value="">First of the region</option>' + "".join(
        f"<option>{html.escape(one)}</option>" for one in bands
    )
    body = (
        f'<h1>geoservice</h1><form id="choice"><label>Region <select name="region">{regions}'
        f'</select></label><label>Map <select name="map">{maps}</select></label>'
        f'<label>Grade band <select name="band">{band_options}</select></label></form>'
        '<p><a id="link" href="/maps">Open this map by itself</a></p>'
        '<iframe id="preview" title="Preview of the map"></iframe><h2>Geocode a file</h2>'
        f'<form id="upload"><label>Region <select name="region">{regions}</select></label>'
        '<label>File (CSV or XLSX) <input type="file" name="file" required></label>'
        '<label>Address column <input name="address"></label>'
        '<label>Grade column <input name="grade"></label><button>Geocode</button></form>'
        '<p id="job" role="status"></p><script src="/static/workspace.js"></script>'
    )
    return _page(request, "geoservice", body)


@ROUTER.post("/token", tags=["workspace"], include_in_schema=False)
def enter(request: Request, token: Annotated[str, Form()] = "") -> Response:
    """Open the workspace with the token that was printed at the start."""
    wanted = services(request).access.token or ""
    if not hmac.compare_digest(token.encode(), wanted.encode()):
        raise ForbiddenError("The token is wrong. It is printed where the service was started.")
    answer = RedirectResponse("/", status_code=303)
    answer.set_cookie(_COOKIE, token, httponly=True, samesite="strict")
    return answer


@ROUTER.get("/docs", include_in_schema=False)
def docs(request: Request) -> Response:
    """The documentation of the HTTP interface, from own assets."""
    body = (
        '<link rel="stylesheet" href="/static/swagger-ui.css"><div id="docs"></div>'
        '<script src="/static/swagger-ui-bundle.js"></script><script src="/static/docs.js"></script>'
    )
    return _page(request, "geoservice: HTTP interface", body)


@ROUTER.get("/static/{name}", include_in_schema=False)
def static(name: str) -> Response:
    """Assets of our pages."""
    if name in _SWAGGER:
        content = (Path(swagger_ui_bundle.swagger_ui_path) / name).read_bytes()
    elif name == "docs.js":
        content = _DOCS
    elif name in assets():
        content = asset(name)
    else:
        raise NotFoundError("There is no such asset.")
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response(content, media_type=kind, headers={"Cache-Control": _MONTH})


@ROUTER.get("/favicon.ico", include_in_schema=False)
def favicon() -> Response:
    """No picture."""
    return Response(status_code=204)


def _policy(request: Request, scripts: str) -> str:
    ancestors = services(request).settings.frame_ancestors
    return (
        f"default-src 'none'; {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        f"connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
        f"frame-ancestors {ancestors}"
    )


def _page(request: Request, title: str, body: str) -> Response:
    text = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width, initial-scale=1"><title>{html.escape(title)}</title>'
        '<link rel="stylesheet" href="/static/page.css"></head>'
        f"<body><main>{body}</main></body></html>"
    )
    headers = {"Content-Security-Policy": _policy(request, "script-src 'self'")}
    return HTMLResponse(text, headers=headers)
