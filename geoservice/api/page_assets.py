"""Scripts and styles of all pages by name: workspace, maps and API documentation."""

import re
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

import swagger_ui_bundle

from geoservice.cartography.page.assets import asset, assets, digest
from geoservice.errors import NotFoundError

_IMPORT = re.compile(rb'from "\./([a-z-]+\.js)"')
_SWAGGER = ("swagger-ui-bundle.js", "swagger-ui.css")
_DOCS = b"""\
"use strict";
SwaggerUIBundle({url: "/openapi.json", dom_id: "#docs", validatorUrl: null});
"""


@lru_cache(maxsize=64)
def page_asset(name: str) -> tuple[bytes, str]:
    """Return an asset and its digest.

    Raises
    ------
    NotFoundError
        If no asset has that name.
    """
    content = _content(name)
    return content, digest(content)


def static_url(name: str) -> str:
    """Return the address of an asset, which changes with its content."""
    return f"/static/{name}?v={page_asset(name)[1]}"


def _content(name: str) -> bytes:
    if name in _SWAGGER:
        return (Path(swagger_ui_bundle.swagger_ui_path) / name).read_bytes()
    if name == "docs.js":
        return _DOCS
    if name in _own():
        return _with_digests(_own()[name]) if name.endswith(".js") else _own()[name]
    if name in assets():
        return asset(name)
    raise NotFoundError("There is no such asset.")


def _with_digests(script: bytes) -> bytes:
    """Return a script whose imports name digests, so that it never loads an outdated module."""
    return _IMPORT.sub(lambda match: b'from "%s"' % static_url(match[1].decode()).encode(), script)


@cache
def _own() -> dict[str, bytes]:
    folder = files("geoservice.api") / "static"
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
