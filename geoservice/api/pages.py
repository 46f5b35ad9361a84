"""Routes that people look at: the workspace, docs, assets."""

import hmac
import html
import mimetypes
from pathlib import Path
from typing import Annotated

import swagger_ui_bundle
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from geoservice.api.data import services
from geoservice.cartography.assets import asset, assets
from geoservice.errors import ForbiddenError, NotFoundError

ROUTER = APIRouter()
_COOKIE = "geoservice"
_SWAGGER = ("swagger-ui-bundle.js", "swagger-ui.css")
_DOCS = b'"use strict";\nSwaggerUIBundle({url: "/openapi.json", dom_id: "#docs", validatorUrl: null});\n'
_MONTH = "public, max-age=86400"


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
        return text_page(request, "geoservice", form)
    regions = "".join(f"<option>{html.escape(one)}</option>" for one in mine.offered)
    maps = "".join(
        f'<option value="{html.escape(one.id)}">{html.escape(one.title.en)}</option>'
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
    return text_page(request, "geoservice", body)


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
    return text_page(request, "geoservice: HTTP interface", body)


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


def policy(request: Request, scripts: str) -> str:
    """The Content-Security-Policy of a page."""
    ancestors = services(request).settings.frame_ancestors
    return (
        f"default-src 'none'; {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        f"connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
        f"frame-ancestors {ancestors}"
    )


def text_page(request: Request, title: str, body: str) -> Response:
    """A page of ours without a map."""
    text = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width, initial-scale=1"><title>{html.escape(title)}</title>'
        '<link rel="stylesheet" href="/static/page.css"></head>'
        f"<body><main>{body}</main></body></html>"
    )
    headers = {"Content-Security-Policy": policy(request, "script-src 'self'")}
    return HTMLResponse(text, headers=headers)
