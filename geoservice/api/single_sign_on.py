"""Routes of single sign-on: to the district's identity provider, and back."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from geoservice.api.access import Access
from geoservice.api.problems import problem
from geoservice.api.services import services
from geoservice.api.session_cookie import is_secure, session_text, set_session
from geoservice.api.sign_in_log import log_sign_in, log_sign_out
from geoservice.api.views import page
from geoservice.errors import ForbiddenError, NotFoundError
from geoservice.service.single_sign_on import SignInDesk

ROUTER = APIRouter()
PENDING_COOKIE = "geoservice-sign-in"
_BACK = "/sign-in/callback"
LOGOUT = "/sign-in/logout"
"""Where the provider tells that it has ended a person's session."""
_PENDING_S = 600
Answer = Annotated[str, Query(max_length=4_000)]


@ROUTER.get("/sign-in", tags=["workspace"], include_in_schema=False)
def begin(request: Request, again: bool = False) -> Response:
    """Send the browser to the district's identity provider.

    With ``again`` the provider asks for a new proof of identity.
    """
    access = services(request).access
    address, browser = _desk(access).begin(_callback(request), is_again=again)
    answer = RedirectResponse(address, status_code=303)
    answer.headers["Cache-Control"] = "no-store"
    # The provider's page starts the request back, and browsers send no strict cookie with it.
    answer.set_cookie(
        PENDING_COOKIE,
        browser,
        max_age=_PENDING_S,
        path=_BACK,
        httponly=True,
        samesite="lax",
        secure=is_secure(request),
    )
    return answer


@ROUTER.get(_BACK, tags=["workspace"], include_in_schema=False)
async def finish(
    request: Request, state: Answer = "", code: Answer = "", error: Answer = "", iss: Answer = ""
) -> Response:
    """Take the provider's answer, and start a session as after a sign-in with a key."""
    access = services(request).access
    desk = _desk(access)
    if iss and not hmac.compare_digest(iss.encode(), desk.issuer.encode()):
        raise ForbiddenError(
            "The answer comes from another identity provider. Begin the sign-in again."
        )
    browser, before = request.cookies.get(PENDING_COOKIE, ""), session_text(request)
    access.refuse_guessing(request.scope)
    try:
        text = await run_in_threadpool(
            desk.finish, (state, browser), "" if error else code, _callback(request), before
        )
    except ForbiddenError:
        await run_in_threadpool(access.count_failure, request.scope)
        raise
    # Answer with a page that continues, not with a redirect: after a redirect chain from the
    # provider's site, the browser would not send the strict cookie.
    log_sign_in(request.scope, "user")
    answer = page(request, "signed_in.html")
    set_session(request, answer, text)
    answer.delete_cookie(PENDING_COOKIE, path=_BACK, httponly=True, samesite="lax")
    return answer


@ROUTER.post(LOGOUT, tags=["workspace"], include_in_schema=False)
def ended_at_provider(
    request: Request, logout_token: Annotated[str, Form(max_length=10_000)] = ""
) -> Response:
    """End the sign-ins that the identity provider has ended (OIDC back-channel logout)."""
    access = services(request).access
    access.refuse_guessing(request.scope)
    try:
        _desk(access).end(logout_token)
        log_sign_out(request.scope, "user")
    except ForbiddenError as fault:
        access.count_failure(request.scope)
        return problem(request, fault, status=400)
    return Response(headers={"Cache-Control": "no-store"})


def _desk(access: Access) -> SignInDesk:
    if access.desk is None:
        raise NotFoundError(
            "Sign-in with an account of the district is not set up. Sign in with a key."
        )
    return access.desk


def _callback(request: Request) -> str:
    return f"{services(request).settings.public_url}{_BACK}"
