"""What every request passes: Host and Origin checks, keys, a request id, safe headers."""

import secrets
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geoservice.api.metrics import Counters
from geoservice.api.problems import problem
from geoservice.errors import ForbiddenError
from geoservice.state.keys import Keys

_LOCAL = {"localhost", "127.0.0.1", "[::1]", "::1"}
_GEOCODING = ("/v1/geocode", "/v1/reverse", "/v1/jobs", "/geocoder/")
_FRAMED = ("/embed/", "/oembed", "/static/embed.js")
"""Signed links and what other pages need to show them."""
_OPEN_PATHS = ("/healthz", "/readyz", "/static/", "/embed/", "/oembed")
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'",
}


@dataclass(frozen=True)
class Access:
    """Who may call: on loopback everybody on this machine, else holders of a key."""

    loopback: bool
    host: str
    token: str | None
    keys: Keys


class Guard:
    """Refuses what comes from elsewhere; marks and hardens each answer. Streams pass unheld."""

    def __init__(self, app: ASGIApp, access: Access, counters: Counters) -> None:
        self._app, self._access, self._counters = app, access, counters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        request.state.request_id = secrets.token_hex(8)
        begun_s = time.perf_counter()

        async def hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                # The headers of a 304 would replace those that the client has with its copy.
                for name, value in _SAFE.items() if message["status"] != 304 else ():
                    headers.setdefault(name, value)
                if "vary" in headers:  # Compressing names it once more.
                    named = dict.fromkeys(one.strip() for one in headers["vary"].split(","))
                    headers["Vary"] = ", ".join(named)
                headers["X-Request-Id"] = request.state.request_id
                route = getattr(scope.get("route"), "path", "")
                spent_s = time.perf_counter() - begun_s
                self._counters.add(request.method, route, message["status"], spent_s)
            await send(message)

        try:
            _check_host(request, self._access)
            _check_site(request)
            _check_key(request, self._access)
        except ForbiddenError as fault:
            refused = problem(request, fault, status=403 if self._access.loopback else 401)
            await refused(scope, receive, hardened)
        else:
            await self._app(scope, receive, hardened)


def may_read(request: Request, access: Access) -> bool:
    """True where the caller may read maps: on loopback, or with a key of that scope."""
    return access.loopback or bool({"admin", "maps:read"} & set(_scopes(request, access)))


def _check_host(request: Request, access: Access) -> None:
    name = (urlsplit(f"//{request.headers.get('host', '')}").hostname or "").lower()
    if access.loopback and name not in _LOCAL | {access.host}:
        raise ForbiddenError("The service does not answer to this Host.")


def _check_site(request: Request) -> None:
    if request.method == "GET" and request.url.path.startswith(_FRAMED):
        return  # These are made to be asked for by pages of other sites, and change nothing.
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise ForbiddenError("The request comes from another site.")
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise ForbiddenError("The request comes from another site.")


def _check_key(request: Request, access: Access) -> None:
    path = request.url.path
    if access.loopback or path.startswith(_OPEN_PATHS):
        return
    scopes = _scopes(request, access)
    if "admin" not in scopes and _needed(path) not in scopes:
        raise ForbiddenError(f"A key with the scope `{_needed(path)}` is needed.")


def _scopes(request: Request, access: Access) -> tuple[str, ...]:
    _, _, text = request.headers.get("authorization", "").partition("Bearer ")
    return access.keys.scopes(text)


def _needed(path: str) -> str:
    return "geocode" if path.startswith(_GEOCODING) else "maps:read"
