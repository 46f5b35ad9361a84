"""Pages of our own templates, with a Content-Security-Policy that allows no inline script."""

from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from geoservice.api.data import services


def page(request: Request, template: str, **values: Any) -> HTMLResponse:  # noqa: ANN401
    """A page of a template; all values are escaped by it."""
    text = _templates().get_template(template).render(**values)
    headers = {"Content-Security-Policy": policy(request, "script-src 'self'"),
               "Cache-Control": "no-store"}  # fmt: skip
    return HTMLResponse(text, headers=headers)


def policy(request: Request, scripts: str, *, is_embed: bool = False) -> str:
    """The Content-Security-Policy of a page. Settings say who may frame it; else all may frame embeds."""
    # `*` stands for network addresses alone; reports that are opened from disk are files.
    framed_by = services(request).settings.frame_ancestors or ("* file:" if is_embed else "'self'")
    return (
        f"default-src 'none'; {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        f"connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
        f"frame-ancestors {framed_by}"
    )


@cache
def own_assets() -> dict[str, bytes]:
    """Scripts and styles of these pages by name."""
    folder = files("geoservice.api") / "static"
    return {one.name: one.read_bytes() for one in folder.iterdir() if one.is_file()}


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("geoservice.api"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True,
    )  # fmt: skip
