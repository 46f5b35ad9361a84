"""Scripts and styles of all pages by name: ours, those of maps, and the documentation's."""

from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

import swagger_ui_bundle

from geoservice.cartography.assets import asset, assets, digest
from geoservice.errors import NotFoundError

_SWAGGER = ("swagger-ui-bundle.js", "swagger-ui.css")
_DOCS = b'"use strict";\nSwaggerUIBundle({url: "/openapi.json", dom_id: "#docs", validatorUrl: null});\n'


@lru_cache(maxsize=64)
def page_asset(name: str) -> tuple[bytes, str]:
    """An asset, and a digest of it.

    Raises
    ------
    NotFoundError
        Where there is none of that name.
    """
    content = _content(name)
    return content, digest(content)


def static_url(name: str) -> str:
    """The address of an asset: another one once the asset is another."""
    return f"/static/{name}?v={page_asset(name)[1]}"


def _content(name: str) -> bytes:
    if name in _SWAGGER:
        return (Path(swagger_ui_bundle.swagger_ui_path) / name).read_bytes()
    if name == "docs.js":
        return _DOCS
    if name in _own():
        return _own()[name]
    if name in assets():
        return asset(name)
    raise NotFoundError("There is no such asset.")


@cache
def _own() -> dict[str, bytes]:
    folder = files("geoservice.api") / "static"
    return {one.name: one.read_bytes() for one in folder.iterdir() if one.is_file()}
