"""Pages of our own templates, with a Content-Security-Policy that allows no inline script."""

from functools import cache
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from geoservice.api.data import services
from geoservice.api.page_assets import static_url
from geoservice.api.words import page_words
from geoservice.cartography.texts import LANGUAGE_NAMES

_PAGES, _EMBED = ("/maps", "/regions/", "/embed/"), "/embed/"
"""Paths that people open in a browser, beside the workspace; and those in frames of other pages."""


def page(
    request: Request,
    template: str,
    lang: str | None = None,
    *,
    status: int = 200,
    **values: Any,  # noqa: ANN401
) -> HTMLResponse:
    """A page of a template; all values are escaped by it. Without ``lang`` it is one in English alone."""
    words = page_words(lang or "")
    text = (
        _templates()
        .get_template(template)
        .render(
            t=words,
            lang=words.lang,
            tail=f"?lang={lang}" if lang else "",
            languages=[] if lang is None else _languages(request),
            **values,
        )
    )
    is_embed = request.url.path.startswith(_EMBED)
    headers = {"Content-Security-Policy": policy(request, "script-src 'self'", is_embed=is_embed),
               "Cache-Control": "no-store"}  # fmt: skip
    return HTMLResponse(text, status, headers=headers)


def problem_page(request: Request, status: int, detail: str) -> HTMLResponse | None:
    """What a reader in a browser sees of a fault where a page would stand; None for programs and other paths."""
    path = request.url.path
    is_page = path == "/" or path.startswith(_PAGES)
    if (
        request.method != "GET"
        or not is_page
        or "text/html" not in request.headers.get("accept", "")
    ):
        return None
    asked = request.query_params.get("lang", "")
    lang = asked if asked in LANGUAGE_NAMES else ""
    number = getattr(request.state, "request_id", "")
    made = page(request, "problem.html", lang, status=status, detail=detail, number=number,
                is_embed=path.startswith(_EMBED))  # fmt: skip
    made.headers["Vary"] = "Accept"
    return made


def policy(request: Request, scripts: str, *, is_embed: bool = False) -> str:
    """The Content-Security-Policy of a page. Settings say who may frame it; else all may frame embeds."""
    # `*` stands for network addresses alone; reports that are opened from disk are files.
    framed_by = services(request).settings.frame_ancestors or ("* file:" if is_embed else "'self'")
    return (
        f"default-src 'none'; {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        f"connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
        f"frame-ancestors {framed_by}"
    )


def _languages(request: Request) -> list[tuple[str, str, str]]:
    """Id and name of each language, and the address of this page in it."""
    asked = [(key, one) for key, one in request.query_params.items() if key != "lang"]
    return [(one, name, f"{request.url.path}?{urlencode([*asked, ('lang', one)])}")
            for one, name in LANGUAGE_NAMES.items()]  # fmt: skip


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("geoservice.api"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True,
    )  # fmt: skip
    made.globals["static"] = static_url
    return made
