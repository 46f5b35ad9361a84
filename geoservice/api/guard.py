"""What every request passes: where it comes from, who calls, what they may do; and safe headers on every answer."""

import secrets
import time

from fastapi import Request
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geoservice.api.access import COOKIE, Access, check_csrf, check_scope, is_open
from geoservice.api.metrics import Counters
from geoservice.api.origins import (
    check_host,
    check_site,
    client_address,
    forwarded,
    host_name,
    refuse_unnamed_proxy,
)
from geoservice.api.problems import database_away, problem
from geoservice.api.rates import Rate
from geoservice.errors import GeoserviceError, InputError, TooManyError, UnauthorizedError
from geoservice.model.caller import LOCAL, WORKSPACE, Caller
from geoservice.state.sessions import Session

_STUDENT_ANSWERS = ("/v1/geocode", "/v1/reverse", "/v1/jobs", "/geocoder/", "/finder")
"""Below these, answers are about single students: nothing on the way may keep them."""
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'",
}
_BURST_S = 4.0
__all__ = ["Access", "Guard"]


class Guard:
    """Refuses what comes from elsewhere; marks and hardens each answer. Streams pass unheld."""

    def __init__(self, app: ASGIApp, access: Access, counters: Counters) -> None:
        self._app, self._access, self._counters = app, access, counters
        per_s = access.limits.requests_per_s
        self._rate = Rate(per_s, _BURST_S * per_s)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = forwarded(scope, self._access.proxy_networks)
        request = Request(scope)
        request.state.request_id = secrets.token_hex(8)
        hardened = self._hardened(request, send)
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
        if access.loopback:
            refuse_unnamed_proxy(scope)
        check_site(scope)
        caller: Caller | None = None
        session: Session | None = None
        if "authorization" in request.headers or COOKIE in request.cookies:
            # The database is asked: not on the loop, which it would hold up.
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

    def _hardened(self, request: Request, send: Send) -> Send:
        """What sends an answer with safe headers, and counts it."""
        begun_s = time.perf_counter()

        async def send_hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                # The headers of a 304 would replace those that the client has with its copy.
                for name, value in _SAFE.items() if message["status"] != 304 else ():
                    headers.setdefault(name, value)
                if request.scope["path"].startswith(_STUDENT_ANSWERS):
                    headers["Cache-Control"] = "no-store"
                if "vary" in headers:  # Compressing names it once more.
                    named = dict.fromkeys(part.strip() for part in headers["vary"].split(","))
                    headers["Vary"] = ", ".join(named)
                headers["X-Request-Id"] = request.state.request_id
                route = getattr(request.scope.get("route"), "path", "")
                spent_s = time.perf_counter() - begun_s
                self._counters.add(request.method, route, message["status"], spent_s)
            await send(message)

        return send_hardened


def _who(access: Access, request: Request) -> tuple[Caller | None, Session | None]:
    """The caller and the sign-in of a request; on open paths a key that does not work is none."""
    try:
        caller = access.caller(request)
    except UnauthorizedError:
        if not is_open(request.scope["path"]):
            raise
        caller = None
    return caller, access.session(request)
