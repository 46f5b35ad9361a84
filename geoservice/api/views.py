"""Pages from templates, with a Content-Security-Policy that forbids inline scripts."""

from functools import cache
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from geoservice.api.page_assets import static_url
from geoservice.api.services import services
from geoservice.api.words import page_words
from geoservice.cartography.texts import LANGUAGE_NAMES
from geoservice.model.built_site import built_site

_FRAMED = ("/embed/", "/finder")
"""Paths of pages that may appear in frames of other pages."""
_PROGRAMS = ("/v1/", "/ogc/", "/tiles/", "/geocoder/", "/static/", "/.well-known/")
_PROGRAM_FILES = ("/openapi.json", "/healthz", "/readyz", "/metrics", "/oembed")
"""Paths whose errors are read by programs, also where a browser opens them."""
_FORMS = ("/finder", "/token", "/sign-out", "/sign-ins/end")
"""Paths to which forms of pages are sent."""
_ADVICE = {
    401: "problem_sign_in",
    403: "problem_forbidden",
    404: "problem_absent",
    429: "problem_later",
    503: "problem_later",
}


def page(
    request: Request,
    template: str,
    lang: str | None = None,
    *,
    status: int = 200,
    **values: Any,  # noqa: ANN401
) -> HTMLResponse:
    """Return a page from a template, which escapes all values.

    Without ``lang`` the page is in English and offers no other language.
    """
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
    is_embed = request.url.path.startswith(_FRAMED)
    headers = {
        "Content-Security-Policy": policy(request, "script-src 'self'", is_embed=is_embed),
        "Cache-Control": "no-store",
    }
    return HTMLResponse(text, status, headers=headers)


def problem_page(request: Request, status: int, detail: str) -> HTMLResponse | None:
    """Return the error page for a reader in a browser; None for programs and their paths.

    ``detail`` is in English; advice by status is in the chosen language, or in every language.
    """
    if not _is_read_by_people(request):
        return None
    requested = request.query_params.get("lang", "")
    lang = requested if requested in LANGUAGE_NAMES else ""
    number = getattr(request.state, "request_id", "")
    answer = page(
        request,
        "problem.html",
        lang,
        status=status,
        detail=detail,
        number=number,
        is_embed=request.url.path.startswith(_FRAMED),
        spoken=[page_words(code) for code in ([lang] if lang else LANGUAGE_NAMES)],
        advice=_ADVICE.get(status, ""),
    )
    answer.headers["Vary"] = "Accept"
    return answer


def _is_read_by_people(request: Request) -> bool:
    path = request.url.path
    is_page = not f"{path}/".startswith(_PROGRAMS) and path not in _PROGRAM_FILES
    is_opened = request.method == "GET" or (request.method == "POST" and path in _FORMS)
    return is_page and is_opened and "text/html" in request.headers.get("accept", "")


def policy(request: Request, scripts: str, *, is_embed: bool = False, images: str = "") -> str:
    """Return the Content-Security-Policy of a page.

    The settings name the sites that may frame it. Without them any site may frame embeds.
    ``images`` is another origin that the page may ask for pictures.
    """
    # `*` does not include `file:`, which reports need when a reader opens them from disk.
    framed_by = services(request).settings.frame_ancestors or ("* file:" if is_embed else "'self'")
    return (
        f"default-src 'none'; {scripts}; style-src 'self' 'unsafe-inline'; "
        f"img-src 'self' data:{f' {images}' if images else ''}; "
        f"connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
        f"frame-ancestors {framed_by}"
    )


def _languages(request: Request) -> list[tuple[str, str, str]]:
    """Return the id and name of each language, and the address of this page in it."""
    parameters = [(key, value) for key, value in request.query_params.items() if key != "lang"]
    return [
        (code, name, f"{request.url.path}?{urlencode([*parameters, ('lang', code)])}")
        for code, name in LANGUAGE_NAMES.items()
    ]


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("geoservice.api"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    environment.globals["static"] = static_url
    environment.globals["has_manual"] = lambda: built_site() is not None
    return environment
