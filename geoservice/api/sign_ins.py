"""The page on which people see their sign-ins and end them."""

import hmac
import time
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from geoservice.api.services import services
from geoservice.api.sign_in_log import log_sign_out
from geoservice.api.views import page
from geoservice.api.workspace import Lang
from geoservice.errors import ForbiddenError
from geoservice.state.sessions import Session, Sessions, SignIn

ROUTER = APIRouter()
PATH = "/sign-ins"
_FRESH_S = 900
"""Seconds after a proof of identity in which a person may end other sign-ins."""


@ROUTER.get(PATH, tags=["workspace"], include_in_schema=False)
def sign_ins(request: Request, lang: Lang = "") -> Response:
    """Show the sign-ins of the person or key that this browser is signed in with."""
    session, sessions = _signed_in(request)
    if session is None or sessions is None:
        return RedirectResponse("/", status_code=303)
    access = services(request).access
    return page(
        request,
        "sign_ins.html",
        lang,
        sign_ins=[_described(sign_in, session) for sign_in in sessions.list(session.owner)],
        csrf=session.csrf,
        is_fresh=_is_fresh(session),
        by_account=session.person is not None,
        by_key=not access.loopback,
    )


@ROUTER.post(f"{PATH}/end", tags=["workspace"], include_in_schema=False)
def end(
    request: Request,
    csrf: Annotated[str, Form(max_length=200)] = "",
    sign_in: Annotated[str, Form(max_length=40)] = "",
    lang: Annotated[str, Form(max_length=8)] = "",
) -> Response:
    """End a sign-in of the same owner; without an id, all but that of this browser."""
    session, sessions = _signed_in(request)
    if session is not None and sessions is not None:
        if not hmac.compare_digest(csrf.encode(), session.csrf.encode()):
            raise ForbiddenError("The page is out of date. Load it again.")
        if not _is_fresh(session):
            raise ForbiddenError("Sign in again before you end other sign-ins.")
        if sign_in:
            sessions.end_by_id(sign_in, session.owner)
        else:
            sessions.end_others(session)
        log_sign_out(request.scope, session.owner)
    return RedirectResponse(f"{PATH}?lang={lang}" if lang.isalpha() else PATH, status_code=303)


def _signed_in(request: Request) -> tuple[Session | None, Sessions | None]:
    """Return the sign-in of this browser, unless its owner may do nothing any more."""
    session, caller = request.state.session, request.state.caller
    if session is None or caller is None or caller.owner != session.owner:
        return None, None
    return session, services(request).access.sessions


def _is_fresh(session: Session) -> bool:
    """Return True shortly after a proof of identity, which a borrowed browser cannot give."""
    return session.proved >= time.time() - _FRESH_S


def _described(sign_in: SignIn, session: Session) -> dict[str, object]:
    return {
        "id": sign_in.id,
        "begun": _time(sign_in.begun),
        "seen": _time(sign_in.seen),
        "is_this": sign_in.id == session.id,
    }


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
