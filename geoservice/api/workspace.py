"""Routes of the workspace: its page, its token, quality reports, docs, assets."""

import hmac
import mimetypes
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from geoservice.api.access import COOKIE
from geoservice.api.answers import kept_answer
from geoservice.api.data import services
from geoservice.api.page_assets import page_asset
from geoservice.api.views import page
from geoservice.api.words import page_words
from geoservice.errors import ForbiddenError, NotFoundError
from geoservice.model.caller import LOCAL
from geoservice.reference.snapshot import Reference
from geoservice.service.choices import choices

ROUTER = APIRouter()
Lang = Annotated[str, Query(max_length=8)]
_YEAR_S, _FRESH_S = 365 * 86_400, 600
_FORMS = (
    (".png", "PNG"),
    (".svg", "SVG"),
    (".pdf", "PDF"),
    (".csv", "CSV"),
    (".xlsx", "XLSX"),
    (".geojson", "GeoJSON"),
    (".gpkg", "GeoPackage"),
)
_COLUMNS = ("address", "street", "city", "state", "zip", "grade", "school", "id")
_NEEDS = {"destinations": "zone", "draw": "school"}
"""Kinds of maps that are about one zone or one school."""
_ORDER = ("error", "warning", "repair", "note")


@ROUTER.get("/", tags=["workspace"])
def workspace(
    request: Request,
    region: Annotated[str, Query(max_length=80)] = "",
    map: Annotated[str, Query(max_length=80)] = "",
    lang: Lang = "",
) -> Response:
    """The workspace: look at a map, geocode a file, judge regions, mind embed links."""
    mine, words = services(request), page_words(lang)
    if not _is_let_in(request):
        return page(request, "token.html", lang, by_key=not mine.access.loopback)
    summaries = mine.of_each(_summary)
    first = summaries[0]["id"] if summaries else next(iter(mine.offered), "")
    chosen = mine.region(region or first)
    found = choices(chosen)
    maps = [
        {"id": one.id, "title": one.title.of(words.lang), "needs": _NEEDS.get(one.kind, "")}
        for one in mine.maps.offered(chosen)
    ]
    if map and map not in {one.id for one in mine.maps.catalogue()}:
        raise NotFoundError("There is no map of that name.")
    return page(
        request,
        "workspace.html",
        lang,
        region=chosen.info,
        choices=found,
        maps=maps,
        forms=_FORMS,
        regions=summaries,
        absent=mine.maps.absent(chosen),
        chosen={"map": map or "ratings"},
        columns=_COLUMNS,
        csrf=_csrf(request),
        settings=_json(
            {**found, "words": words.script, "lang": words.lang, "csrf": _csrf(request)}
        ),
    )


@ROUTER.post("/token", tags=["workspace"], include_in_schema=False)
def enter(
    request: Request,
    token: Annotated[str, Form(max_length=200)] = "",
    lang: Annotated[str, Form(max_length=8)] = "",
) -> Response:
    """Open the workspace: with the token that was printed at the start, or in network mode with a key."""
    access = services(request).access
    owner = access.sign_in(request.scope, token)
    spoken = page_words(lang).lang if lang else ""
    answer = RedirectResponse(f"/?lang={spoken}" if spoken else "/", status_code=303)
    if access.sessions is not None:
        text, _ = access.sessions.begin(owner, request.cookies.get(COOKIE, ""))
        answer.set_cookie(
            COOKIE,
            text,
            httponly=True,
            samesite="strict",
            secure=request.scope["scheme"] == "https",
        )
    return answer


@ROUTER.post("/sign-out", tags=["workspace"], include_in_schema=False)
def leave(request: Request, csrf: Annotated[str, Form(max_length=200)] = "") -> Response:
    """End the sign-in of this browser."""
    session, sessions = request.state.session, services(request).access.sessions
    if session is not None and sessions is not None:
        if not hmac.compare_digest(csrf.encode(), session.csrf.encode()):
            raise ForbiddenError("The page is out of date. Load it again.")
        sessions.end(request.cookies.get(COOKIE, ""))
    answer = RedirectResponse("/", status_code=303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer


@ROUTER.get("/regions/{region}", tags=["workspace"])
def quality(region: str, request: Request, lang: Lang = "") -> Response:
    """The quality report of a region as a page."""
    reference = services(request).region(region)
    found = sorted(reference.findings(), key=lambda one: _ORDER.index(one.severity))
    return page(
        request,
        "region.html",
        lang,
        info=reference.info,
        snapshot=reference.snapshot,
        findings=found,
    )


@ROUTER.get("/docs", include_in_schema=False)
def docs(request: Request) -> Response:
    """The documentation of the HTTP interface, from own assets."""
    return page(request, "docs.html")


@ROUTER.get("/static/{name}", include_in_schema=False)
def static(name: str, request: Request, v: Annotated[str, Query(max_length=40)] = "") -> Response:
    """Assets of our pages; kept for long where they are asked for by their digest."""
    content, found = page_asset(name)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return kept_answer(
        request,
        services(request).bodies,
        f"static {name} {found}",
        kind,
        lambda: content,
        max_age_s=_YEAR_S if v == found else _FRESH_S,
    )


@ROUTER.get("/favicon.ico", include_in_schema=False)
def favicon() -> Response:
    """No picture."""
    return Response(status_code=204)


def _json(content: dict[str, Any]) -> str:
    """JSON that no markup can leave."""
    return orjson.dumps(content).decode().replace("<", "\\u003c")


def _is_let_in(request: Request) -> bool:
    access, caller = services(request).access, request.state.caller
    if access.loopback and access.token is None:
        return True
    return caller is not None and caller.owner != LOCAL


def _csrf(request: Request) -> str:
    """The token that the page's scripts and forms send with every change; empty where nobody signed in."""
    session = request.state.session
    return session.csrf if session is not None else ""


def _summary(reference: Reference) -> dict[str, Any]:
    info = reference.info
    return {
        "id": info.id,
        "name": info.name,
        "school_year": info.school_year,
        "bands": list(info.bands),
        "area_sets": [one.name or one.id for one in info.area_sets],
        "snapshot": reference.snapshot,
    }
