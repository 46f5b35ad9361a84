"""The middleware that checks each request's origin, caller and scope, and secures answers."""

import secrets

from fastapi import Request
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geoservice.api.access import Access, check_csrf
from geoservice.api.observing import Observation, Observer
from geoservice.api.origins import (
    check_encryption,
    check_host,
    check_site,
    client_address,
    forwarded,
    host_name,
    refuse_unnamed_proxy,
)
from geoservice.api.problems import database_away, problem
from geoservice.api.rates import Rate
from geoservice.api.rights import check_scope, is_open
from geoservice.api.session_cookie import is_secure, session_text
from geoservice.errors import GeoserviceError, InputError, TooManyError, UnauthorizedError
from geoservice.model.caller import LOCAL, WORKSPACE, Caller
from geoservice.state.sessions import Session

_STUDENT_ANSWERS = (
    "/v1/geocode",
    "/v1/reverse",
    "/v1/jobs",
    "/v1/students",
    "/v1/scenarios",
    "/geocoder/",
)
"""Answers under these paths are about students, so no cache may store them."""
_FAMILY_PAGE = "/finder"
"""The school finder's page is about a single home."""
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
_OVER_HTTPS = "max-age=31536000; includeSubDomains"
"""Browsers use only HTTPS for a year."""
__all__ = ["Access", "Guard"]


class Guard:
    """Refuses unauthorized requests, and adds a request id and safe headers to each answer.

    Streams pass without buffering.
    """

    def __init__(self, app: ASGIApp, access: Access, observer: Observer, rate: Rate) -> None:
        self._app, self._access, self._observer, self._rate = app, access, observer, rate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = forwarded(scope, self._access.proxy_networks)
        request = Request(scope)
        request.state.request_id = secrets.token_hex(8)
        observation = self._observer.begin(request)
        hardened = self._hardened(request, send, observation)
        try:
            await self._answer(request, receive, hardened)
        finally:
            observation.end()

    async def _answer(self, request: Request, receive: Receive, hardened: Send) -> None:
        scope = request.scope
        try:
            await self._check(request)
        except SQLAlchemyError as fault:
            await database_away(request, fault)(scope, receive, hardened)
        except InputError as fault:
            await problem(request, fault, status=400)(scope, receive, hardened)
        except GeoserviceError as fault:
            await problem(request, fault)(scope, receive, hardened)
        else:
            await self._app(scope, receive, hardened)

    async def _check(self, request: Request) -> None:
        scope, access = request.scope, self._access
        host_name(scope)
        check_host(scope, access.hosts)
        if access.require_tls:
            check_encryption(scope)
        if access.loopback:
            refuse_unnamed_proxy(scope)
        check_site(scope)
        caller: Caller | None = None
        session: Session | None = None
        if "authorization" in request.headers or session_text(request):
            # A database query in the event loop would block all other requests.
            caller, session = await run_in_threadpool(_who, access, request)
        else:
            caller = access.caller(request)
        request.state.caller, request.state.session = caller, session
        self._check_rate(scope, caller)
        check_scope(scope, caller)
        check_csrf(request, session)

    def _check_rate(self, scope: Scope, caller: Caller | None) -> None:
        if caller is not None and caller.owner in (LOCAL, WORKSPACE):
            return
        name = client_address(scope) if caller is None else caller.owner
        wait_s = self._rate.take(name)
        if wait_s > 0:
            raise TooManyError(
                "Too many requests came at once. Send them more slowly.", retry_after_s=wait_s
            )

    def _hardened(self, request: Request, send: Send, observation: Observation) -> Send:
        """Return a `send` that adds safe headers to the answer and counts it."""

        async def send_hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                # The headers of a 304 would replace the headers of the client's copy.
                for name, value in _SAFE.items() if message["status"] != 304 else ():
                    headers.setdefault(name, value)
                path = request.scope["path"]
                if path == _FAMILY_PAGE or path.startswith(_STUDENT_ANSWERS):
                    headers["Cache-Control"] = "no-store"
                if "vary" in headers:  # The compression repeats a name.
                    named = dict.fromkeys(part.strip() for part in headers["vary"].split(","))
                    headers["Vary"] = ", ".join(named)
                if is_secure(request):
                    headers["Strict-Transport-Security"] = _OVER_HTTPS
                headers["X-Request-Id"] = request.state.request_id
                observation.answered(message["status"])
            await send(message)

        return send_hardened


def _who(access: Access, request: Request) -> tuple[Caller | None, Session | None]:
    """Return the caller and the sign-in of a request; open paths ignore a wrong key."""
    try:
        caller = access.caller(request)
    except UnauthorizedError:
        if not is_open(request.scope["path"]):
            raise
        caller = None
    return caller, access.session(request)
