"""What every request passes: Host and Origin checks, keys, a request id, safe headers."""

import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geoservice.api.problems import problem
from geoservice.errors import ForbiddenError
from geoservice.state.keys import Keys

_LOCAL = {"localhost", "127.0.0.1", "[::1]", "::1"}
_GEOCODING = ("/v1/geocode", "/v1/reverse", "/v1/jobs", "/geocoder/")
_OPEN_PATHS = ("/healthz", "/readyz", "/static/")


@dataclass(frozen=True)
class Access:
    """Who may call: on loopback everybody on this machine, else holders of a key."""

    loopback: bool
    host: str
    token: str | None
    keys: Keys


class Guard:
    """Refuses what comes from elsewhere; marks and hardens each answer.

    An ASGI application around another: starlette's own class for this costs a task an answer.
    """

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        request.state.request_id = secrets.token_hex(8)
        app = self._app
        try:
            _check_host(request, self._access)
            _check_site(request)
            _check_key(request, self._access)
        except ForbiddenError as fault:
            app = problem(request, fault, status=403 if self._access.loopback else 401)
        await app(scope, receive, _hardened(send, request.state.request_id))


def _hardened(send: Send, request_id: str) -> Send:
    """Sends answers with safe headers and the id of their request."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.setdefault("X-Content-Type-Options", "nosniff")
            headers.setdefault("Referrer-Policy", "same-origin")
            headers.setdefault("Content-Security-Policy", "default-src 'none'")
            headers["X-Request-Id"] = request_id
        await send(message)

    return sent


def _check_host(request: Request, access: Access) -> None:
    name = (urlsplit(f"//{request.headers.get('host', '')}").hostname or "").lower()
    if access.loopback and name not in _LOCAL | {access.host}:
        raise ForbiddenError("The service does not answer to this Host.")


def _check_site(request: Request) -> None:
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise ForbiddenError("The request comes from another site.")
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise ForbiddenError("The request comes from another site.")


def _check_key(request: Request, access: Access) -> None:
    path = request.url.path
    if access.loopback or path.startswith(_OPEN_PATHS):
        return
    _, _, text = request.headers.get("authorization", "").partition("Bearer ")
    scopes = access.keys.scopes(text)
    if "admin" not in scopes and _needed(path) not in scopes:
        raise ForbiddenError(f"A key with the scope `{_needed(path)}` is needed.")


def _needed(path: str) -> str:
    return "geocode" if path.startswith(_GEOCODING) else "maps:read"
