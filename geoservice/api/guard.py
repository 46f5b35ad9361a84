"""What every request passes: Host and Origin checks, keys, a request id, safe headers."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import Request, Response

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


async def guard(
    request: Request, call_next: Callable[[Request], Awaitable[Response]], access: Access
) -> Response:
    """Refuse what comes from elsewhere; mark and harden each answer."""
    request.state.request_id = secrets.token_hex(8)
    try:
        _check_host(request, access)
        _check_site(request)
        _check_key(request, access)
    except ForbiddenError as fault:
        response = problem(request, fault, status=403 if access.loopback else 401)
    else:
        response = await call_next(request)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'")
    response.headers["X-Request-Id"] = request.state.request_id
    return response


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
