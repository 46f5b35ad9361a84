"""Routes of the workspace: its page, its token, quality reports, docs, assets."""

import hmac
import mimetypes
from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import orjson
from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from geoservice.api.answers import Caching, kept_answer
from geoservice.api.map_catalogue import grouped
from geoservice.api.page_assets import page_asset
from geoservice.api.rights import may_change_regions, may_keep, may_plan
from geoservice.api.services import services
from geoservice.api.session_cookie import end_session, session_text, set_session
from geoservice.api.sign_in_log import log_sign_in, log_sign_out
from geoservice.api.views import page
from geoservice.api.words import page_words
from geoservice.errors import ForbiddenError, NotFoundError
from geoservice.model.caller import LOCAL
from geoservice.model.roles import ROLES
from geoservice.model.years import school_year_in
from geoservice.reference.snapshot import Reference
from geoservice.service.choices import choices
from geoservice.state.sessions import Session

ROUTER = APIRouter()
Lang = Annotated[str, Query(max_length=8)]
_BOOK = "workspace."
_YEAR_S, _FRESH_S = 365 * 86_400, 600
_FIRST_MAP = "ratings"
_SHOWN = ("areas", "area", "band", "year", "zone", "school", "scenario", "view", "lang", "theme")
"""Parameters of the workspace that choose what the preview shows."""
_ORDER = ("error", "warning", "repair", "note")


@ROUTER.get("/", tags=["workspace"])
def workspace(
    request: Request,
    region: Annotated[str, Query(max_length=80)] = "",
    map: Annotated[str, Query(max_length=80)] = "",
    lang: Lang = "",
) -> Response:
    """Show the workspace: maps, geocoding, the quality of regions, embed links."""
    held = services(request)
    if not _is_let_in(request):
        return page(
            request,
            "token.html",
            lang,
            by_key=not held.access.loopback,
            by_account=held.access.desk is not None,
            by_form=not held.access.is_accounts_only,
        )
    summaries = held.of_each(_summary)
    first_region = summaries[0]["id"] if summaries else next(iter(held.offered), "")
    chosen = held.region(region or first_region)
    if map and map not in {definition.id for definition in held.maps.catalogue()}:
        raise NotFoundError("There is no map of that name.")
    info, map_id = chosen.info, map or _FIRST_MAP
    return page(
        request,
        "workspace.html",
        lang,
        region=info,
        choices=choices(chosen, page_words(lang).lang),
        groups=grouped(held.maps.offered(chosen)),
        current=map_id,
        thumbnails_of=info.id,
        with_question=False,
        map_link=_map_links(info.id, lang),
        preview=_preview(request, map_id, info.id),
        regions=summaries,
        absent=held.maps.absent(chosen),
        columns=ROLES,
        may_plan=may_plan(request, held.access),
        may_keep=may_keep(request, held.access),
        may_change_regions=may_change_regions(request, held.access),
        w=page_words(lang, _BOOK),
        keep_year=school_year_in(date.today().isoformat()) or info.school_year,
        csrf=_csrf(request),
        settings=_settings(request, chosen, lang, summaries),
    )


@ROUTER.post("/token", tags=["workspace"], include_in_schema=False)
def enter(
    request: Request,
    token: Annotated[str, Form(max_length=200)] = "",
    lang: Annotated[str, Form(max_length=8)] = "",
    next: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Open the workspace with the token that the service printed, or with a key.

    ``next`` may be ``sign-ins``, the page that the browser came from.
    """
    access = services(request).access
    owner = access.sign_in(request.scope, token)
    spoken = page_words(lang).lang if lang else ""
    path = "/sign-ins" if next == "sign-ins" else "/"
    answer = RedirectResponse(f"{path}?lang={spoken}" if spoken else path, status_code=303)
    if access.sessions is not None:
        text, _ = access.sessions.begin(owner, session_text(request))
        set_session(request, answer, text)
    log_sign_in(request.scope, owner)
    return answer


@ROUTER.post("/sign-out", tags=["workspace"], include_in_schema=False)
def leave(request: Request, csrf: Annotated[str, Form(max_length=200)] = "") -> Response:
    """End the sign-in of this browser, and lead people on to sign out at the provider."""
    session, sessions = request.state.session, services(request).access.sessions
    at_provider = ""
    if session is not None and sessions is not None:
        if not hmac.compare_digest(csrf.encode(), session.csrf.encode()):
            raise ForbiddenError("The page is out of date. Load it again.")
        sessions.end(session_text(request))
        log_sign_out(request.scope, session.owner)
        at_provider = _sign_out_address(request, session)
    # A page leads to the provider: browsers refuse redirects of forms to other sites.
    answer: Response = RedirectResponse("/", status_code=303)
    if at_provider:
        answer = page(request, "signed_out.html", address=at_provider)
    end_session(request, answer)
    return answer


def _sign_out_address(request: Request, session: Session) -> str:
    """Return the provider's address for signing out; empty for sign-ins with a key."""
    held = services(request)
    desk = held.access.desk
    if session.person is None or desk is None:
        return ""
    return desk.sign_out_address(f"{held.settings.public_url}/")


@ROUTER.get("/regions/{region}", tags=["workspace"])
def quality(region: str, request: Request, lang: Lang = "") -> Response:
    """Show the quality report of a region."""
    reference = services(request).region(region)
    numbered = sorted(
        enumerate(reference.findings()), key=lambda pair: _ORDER.index(pair[1].severity)
    )
    words = page_words(lang, _BOOK)
    return page(
        request,
        "region.html",
        lang,
        info=reference.info,
        snapshot=reference.snapshot,
        findings=[finding for _, finding in numbered],
        numbers=[number for number, _ in numbered],
        w=words,
        settings=_json({"region": reference.info.id, "words": words.script}),
    )


@ROUTER.get("/docs", include_in_schema=False)
def docs(request: Request) -> Response:
    """Show the documentation of the HTTP interface, without external assets."""
    return page(request, "docs.html")


@ROUTER.get("/static/{name}", include_in_schema=False)
def static(name: str, request: Request, v: Annotated[str, Query(max_length=40)] = "") -> Response:
    """Return an asset of the pages; an address with its digest may be cached for a year."""
    content, content_digest = page_asset(name)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return kept_answer(
        request,
        services(request).bodies,
        f"static {name} {content_digest}",
        kind,
        lambda: content,
        caching=Caching(max_age_s=_YEAR_S if v == content_digest else _FRESH_S),
    )


@ROUTER.get("/favicon.ico", include_in_schema=False)
def favicon() -> Response:
    """Return no picture."""
    return Response(status_code=204)


def _map_links(region: str, lang: str) -> Callable[[str], str]:
    """Return a function that gives the workspace's address of a map."""
    query = {"region": region, **({"lang": page_words(lang).lang} if lang else {})}
    return lambda map_id: f"/?{urlencode({**query, 'map': map_id})}"


def _settings(
    request: Request, reference: Reference, lang: str, summaries: Sequence[dict[str, Any]]
) -> str:
    """Return what the scripts of the workspace need, as JSON."""
    words = page_words(lang)
    offered = services(request).maps.offered(reference)
    return _json(
        {
            **choices(reference, words.lang),
            "words": {**words.script, **page_words(lang, _BOOK).script},
            "lang": words.lang,
            "region": reference.info.id,
            "school_year": reference.info.school_year,
            "titles": {definition.id: definition.title.of(words.lang) for definition in offered},
            "csrf": _csrf(request),
            "snapshots": {summary["id"]: summary["snapshot"] for summary in summaries},
        }
    )


def _preview(request: Request, map_id: str, region: str) -> str:
    """Return the address of the map that the preview begins with."""
    query = {name: request.query_params.get(name, "") for name in _SHOWN}
    chosen = {name: text for name, text in query.items() if text}
    return f"/maps/{quote(map_id)}?{urlencode({'region': region, **chosen})}"


def _json(content: dict[str, Any]) -> str:
    """Return JSON that is safe inside an HTML script element."""
    return orjson.dumps(content).decode().replace("<", "\\u003c")


def _is_let_in(request: Request) -> bool:
    access, caller = services(request).access, request.state.caller
    if access.loopback and access.token is None:
        return True
    return caller is not None and caller.owner != LOCAL


def _csrf(request: Request) -> str:
    """Return the CSRF token that pages send with every change; empty without a sign-in."""
    session = request.state.session
    return session.csrf if session is not None else ""


def _summary(reference: Reference) -> dict[str, Any]:
    info = reference.info
    return {
        "id": info.id,
        "name": info.name,
        "school_year": info.school_year,
        "bands": list(info.bands),
        "zone_sets": [zone_set.id for zone_set in info.zone_sets],
        "area_sets": [area_set.named("en") for area_set in info.area_sets],
        "snapshot": reference.snapshot,
    }
