"""Who calls, and what they may do: keys, sign-ins of browsers, and on loopback everybody on this machine."""

import hmac
from dataclasses import dataclass, field
from functools import cached_property

from fastapi import Request
from starlette.types import Scope

from geoservice.api.origins import LOCAL_NAMES, Network, client_address, networks
from geoservice.api.rates import Rate
from geoservice.errors import ForbiddenError, TooManyError, UnauthorizedError
from geoservice.model.caller import LOCAL, OPERATOR, WORKSPACE, Caller
from geoservice.model.limits import Limits
from geoservice.state.keys import Key, Keys
from geoservice.state.sessions import Session, Sessions

COOKIE = "geoservice"
CSRF_HEADER = "x-csrf-token"
_GEOCODING = ("/v1/geocode", "/v1/reverse", "/v1/jobs", "/geocoder/")
_OPEN = frozenset({"/", "/token", "/sign-out", "/healthz", "/readyz", "/oembed", "/favicon.ico"})
"""Paths without a key: the page at `/` asks for it itself."""
_OPEN_BELOW = ("/static/", "/embed/")
_CHECKED_IN_FORM = ("/token", "/sign-out")
_READING = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Access:
    """Who may call.

    Attributes
    ----------
    loopback
        True where everybody on this machine may call without a key.
    host
        The address that the service listens on.
    token
        Opens the workspace on loopback; None where it is open.
    keys
        All keys.
    sessions
        Sign-ins of browsers.
    proxies
        Addresses of proxies whose forwarding headers are believed.
    public_host
        The name by which readers reach the service, empty where none is set.
    """

    loopback: bool
    host: str
    token: str | None
    keys: Keys
    sessions: Sessions | None = None
    proxies: tuple[str, ...] = ()
    public_host: str = ""
    limits: Limits = field(default_factory=Limits)

    @cached_property
    def proxy_networks(self) -> tuple[Network, ...]:
        """The networks of the proxies."""
        return networks(self.proxies)

    @cached_property
    def hosts(self) -> frozenset[str]:
        """Names that the service answers to; empty: any."""
        if self.loopback:
            return LOCAL_NAMES | {self.host}
        if self.public_host:
            return LOCAL_NAMES | {self.host, self.public_host}
        return frozenset()

    @cached_property
    def _failures(self) -> Rate:
        per_minute = self.limits.failed_keys_per_minute
        return Rate(per_minute / 60.0, per_minute)

    def caller(self, request: Request) -> Caller | None:
        """Who calls, by key, sign-in, or being on this machine; None for nobody known.

        Raises
        ------
        UnauthorizedError
            Where a key is sent that is unknown, expired or revoked.
        TooManyError
            Where the address has sent too many of those.
        """
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and text.strip():
            return _key_caller(self._checked_key(request.scope, text.strip()))
        session = self.session(request)
        caller = None if session is None else self._session_caller(session)
        if caller is None and self.loopback:
            return OPERATOR
        return caller

    def session(self, request: Request) -> Session | None:
        """The sign-in of a browser."""
        if self.sessions is None:
            return None
        return self.sessions.find(request.cookies.get(COOKIE, ""))

    def sign_in(self, scope: Scope, text: str) -> str:
        """Whose the workspace is that is opened with a token (on loopback) or a key.

        Raises
        ------
        ForbiddenError
            Where it is wrong.
        """
        self._refuse_guessing(scope)
        token = self.token or ""
        if self.loopback and token and hmac.compare_digest(_bytes(text), _bytes(token)):
            return WORKSPACE
        key = self.keys.find(text)
        if key is not None:
            return key.owner
        self._failures.take(client_address(scope))
        if self.loopback:
            raise ForbiddenError("The token is wrong. It is printed where the service was started.")
        raise ForbiddenError(
            "The key is unknown, expired or revoked. Ask whoever runs the service."
        )

    def _checked_key(self, scope: Scope, text: str) -> Key:
        self._refuse_guessing(scope)
        key = self.keys.find(text)
        if key is None:
            self._failures.take(client_address(scope))
            raise UnauthorizedError("The key is unknown, expired or revoked.")
        return key

    def _refuse_guessing(self, scope: Scope) -> None:
        wait_s = self._failures.wait_s(client_address(scope))
        if wait_s > 0:
            raise TooManyError(
                "Too many wrong keys came from this address. Wait a minute.", retry_after_s=wait_s
            )

    def _session_caller(self, session: Session) -> Caller | None:
        if session.owner == WORKSPACE:
            return Caller(WORKSPACE, "workspace", OPERATOR.scopes) if self.loopback else None
        key = self.keys.by_id(session.owner.partition(":")[2])
        return None if key is None else _key_caller(key)


def is_open(path: str) -> bool:
    """True for paths that need no key."""
    return path in _OPEN or path.startswith(_OPEN_BELOW)


def check_scope(scope: Scope, caller: Caller | None) -> None:
    """Refuse a caller without the scope that the routed path needs.

    The path is that of the request line, by which the router chooses too; the Host header, from
    which a URL would be put together, says nothing.

    Raises
    ------
    UnauthorizedError
        Names the scope.
    """
    path = scope["path"]
    if is_open(path):
        return
    needed = "geocode" if path.startswith(_GEOCODING) else "maps:read"
    if caller is None or not {"admin", needed} & set(caller.scopes):
        raise UnauthorizedError(f"A key with the scope `{needed}` is needed.")


def check_csrf(request: Request, session: Session | None) -> None:
    """Refuse a change that a browser's sign-in pays for without the token of its pages."""
    is_change = request.method not in _READING and request.scope["path"] not in _CHECKED_IN_FORM
    if session is None or not is_change or "authorization" in request.headers:
        return
    sent = request.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(_bytes(sent), _bytes(session.csrf)):
        raise ForbiddenError("The page is out of date. Load it again.")


def may_read(request: Request) -> bool:
    """True where the caller may read maps."""
    caller: Caller | None = request.scope["state"].get("caller")
    return caller is not None and bool({"admin", "maps:read"} & set(caller.scopes))


def is_local(caller: Caller | None) -> bool:
    """True where nobody signed in: a caller on this machine, or nobody known."""
    return caller is None or caller.owner == LOCAL


def _key_caller(key: Key) -> Caller:
    return Caller(key.owner, f"key {key.id} {key.name}".strip(), key.scopes)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
