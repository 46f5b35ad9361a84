"""Who calls: keys, sign-ins, and callers on the loopback address."""

import hmac
from dataclasses import dataclass, field
from functools import cached_property

from fastapi import Request
from starlette.types import Scope

from geoservice.api.guesses import Guesses
from geoservice.api.origins import LOCAL_NAMES, Network, client_address, networks
from geoservice.api.session_cookie import session_text
from geoservice.api.sign_in_log import log_refusal
from geoservice.errors import ForbiddenError, TooManyError, UnauthorizedError
from geoservice.model.caller import OPERATOR, WORKSPACE, Caller
from geoservice.model.limits import Limits
from geoservice.service.single_sign_on import SignInDesk
from geoservice.state.keys import Key, Keys
from geoservice.state.sessions import Person, Session, Sessions
from geoservice.state.shared_rates import SharedRates

CSRF_HEADER = "x-csrf-token"
_CHECKED_IN_FORM = ("/token", "/sign-out", "/sign-ins/end")
_CHANGES_NOTHING = "/finder"
READING = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Access:
    """The rules of access to the service.

    Attributes
    ----------
    loopback
        True if every caller on this machine may call without a key.
    host
        The address that the service listens on.
    token
        The token that opens the workspace on loopback; None if the workspace is open.
    keys
        All keys.
    sessions
        Sign-ins of browsers.
    proxies
        Addresses of trusted proxies, whose forwarding headers are used.
    public_host
        The public host name of the service; empty if none is set.
    require_tls
        True to refuse unencrypted requests of other machines.
    limits
        Limits on requests and on wrong keys.
    desk
        Signs people in with an account of the district; None if single sign-on is off.
    """

    loopback: bool
    host: str
    token: str | None
    keys: Keys
    sessions: Sessions | None = None
    proxies: tuple[str, ...] = ()
    public_host: str = ""
    require_tls: bool = False
    limits: Limits = field(default_factory=Limits)
    desk: SignInDesk | None = None

    @cached_property
    def proxy_networks(self) -> tuple[Network, ...]:
        """The networks of the proxies."""
        return networks(self.proxies)

    @cached_property
    def hosts(self) -> frozenset[str]:
        """The host names that the service answers to; empty for any name."""
        if self.loopback:
            return LOCAL_NAMES | {self.host}
        if self.public_host:
            return LOCAL_NAMES | {self.host, self.public_host}
        return frozenset()

    @cached_property
    def guesses(self) -> Guesses:
        """The wrong guesses of addresses."""
        return Guesses(SharedRates(self.keys.engine), self.limits.failed_keys_per_minute)

    @property
    def is_accounts_only(self) -> bool:
        """Whether browsers sign in with accounts of the district alone."""
        return self.desk is not None and self.desk.is_only

    def caller(self, request: Request) -> Caller | None:
        """Return the caller by key, sign-in or loopback address; None for an unknown caller.

        Raises
        ------
        UnauthorizedError
            If the request has a key that is unknown, expired or revoked.
        TooManyError
            If the address has sent too many wrong keys.
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
        """Return the sign-in of a browser; None without a valid cookie."""
        if self.sessions is None:
            return None
        return self.sessions.find(session_text(request))

    def sign_in(self, scope: Scope, text: str) -> str:
        """Return the owner of the workspace that a token (on loopback) or a key opens.

        Raises
        ------
        ForbiddenError
            If the token or key is wrong.
        """
        if self.is_accounts_only:
            raise ForbiddenError("Keys are for programs here. Sign in with your account.")
        self.refuse_guessing(scope)
        token = self.token or ""
        if self.loopback and token and hmac.compare_digest(_bytes(text), _bytes(token)):
            return WORKSPACE
        key = self.keys.find(text)
        if key is not None:
            return key.owner
        self.count_failure(scope)
        if self.loopback:
            raise ForbiddenError("The token is wrong. The service prints it when it starts.")
        raise ForbiddenError(
            "The key is unknown, expired or revoked. Ask the operator of the service."
        )

    def _checked_key(self, scope: Scope, text: str) -> Key:
        self.refuse_guessing(scope)
        key = self.keys.find(text)
        if key is None:
            self.count_failure(scope)
            raise UnauthorizedError("The key is unknown, expired or revoked.")
        return key

    def count_failure(self, scope: Scope) -> None:
        """Count a wrong key, token or provider's answer against the address of the caller.

        Raises
        ------
        TooManyError
            If other services of the database have counted too many before.
        """
        log_refusal(scope)
        _refuse_until(self.guesses.count(client_address(scope)))

    def refuse_guessing(self, scope: Scope) -> None:
        """Refuse an address that has sent too many wrong keys.

        Raises
        ------
        TooManyError
            If it has; the error gives the time to wait.
        """
        _refuse_until(self.guesses.wait_s(client_address(scope)))

    def _session_caller(self, session: Session) -> Caller | None:
        if session.owner == WORKSPACE:
            return Caller(WORKSPACE, "workspace", OPERATOR.scopes) if self.loopback else None
        if session.person is not None:
            return self._person_caller(session.person)
        if self.is_accounts_only:
            return None
        key = self.keys.by_id(session.owner.partition(":")[2])
        return None if key is None else _key_caller(key)

    def _person_caller(self, person: Person) -> Caller | None:
        """Return a person as a caller; None if the settings no longer grant any scope."""
        scopes = () if self.desk is None else self.desk.scopes_of(person)
        return Caller(person.owner, f"user {person.name}", scopes) if scopes else None


def _refuse_until(wait_s: float) -> None:
    if wait_s > 0:
        raise TooManyError(
            "Too many wrong keys came from this address. Wait a minute.", retry_after_s=wait_s
        )


def check_csrf(request: Request, session: Session | None) -> None:
    """Refuse a change by a signed-in browser without the CSRF token of its pages."""
    is_change = request.method not in READING and request.scope["path"] not in (
        *_CHECKED_IN_FORM,
        _CHANGES_NOTHING,
    )
    if session is None or not is_change or "authorization" in request.headers:
        return
    sent = request.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(_bytes(sent), _bytes(session.csrf)):
        raise ForbiddenError("The page is out of date. Load it again.")


def _key_caller(key: Key) -> Caller:
    return Caller(key.owner, f"key {key.id} {key.name}".strip(), key.scopes)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
