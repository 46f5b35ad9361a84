"""The district's identity provider: its addresses and keys, and the person who signs in.

This module connects to the host of ``GEOSERVICE_OIDC_ISSUER`` and to the hosts that the issuer's
own document names; nothing else in the service does. It never sends anything about students.
"""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from geoservice.errors import ForbiddenError, InputError, TemporaryError
from geoservice.model.digests import digest_of
from geoservice.model.environment import Environment
from geoservice.model.single_sign_on import SingleSignOn
from geoservice.state.pending_sign_ins import PendingSignIn
from geoservice.state.sessions import Person

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures by a private key of the provider; never `none`, never a shared secret."""
_TIMEOUT_S = 10
_FRESH_S, _RETRY_S = 3600.0, 30.0
_LEEWAY_S = 60
_MOST_BYTES = 1_000_000
_NAMES = ("preferred_username", "email", "name", "sub")
_LONGEST_NAME = 200
_SIGN_OUT = "end_session_endpoint"
_LOGOUT_TYPE = "logout+jwt"
_LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_LOGOUT_LIFE_S = 120 + _LEEWAY_S
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True)
class EndedSignIns:
    """The sign-ins that the provider ended: an account's, or those of one session there.

    Empty texts stand for what the provider did not name.
    """

    owner: str
    provider_session: str


@dataclass(frozen=True)
class Publication:
    """The published addresses and keys of a provider, and the time when they were read."""

    metadata: Mapping[str, Any]
    keys: KeySet
    read_at: float


class IdentityProvider:
    """Sign-in by the authorization code flow with PKCE. Safe to share between threads."""

    def __init__(self, settings: SingleSignOn) -> None:
        self._settings = settings
        secret_file = settings.oidc_client_secret_file
        self._secret = secret_file.read_text("utf-8").strip() if secret_file else None
        self._lock = threading.Lock()
        self._publication: Publication | None = None

    def address(self, pending: PendingSignIn, redirect_uri: str, *, is_again: bool = False) -> str:
        """Return the address that a browser opens to sign in.

        With ``is_again`` the provider asks for the password, or other proof, even of a person who
        is signed in there.

        Raises
        ------
        TemporaryError
            If the provider does not answer.
        """
        metadata = self._published().metadata
        with self._session(metadata, redirect_uri) as session:
            address, _ = session.create_authorization_url(
                metadata["authorization_endpoint"],
                state=pending.state,
                nonce=pending.nonce,
                code_verifier=pending.verifier,
                **self._proof_options(is_again=is_again),
            )
        return str(address)

    def _proof_options(self, *, is_again: bool) -> dict[str, str]:
        """Return the parameters of a request that ask for strength and age of the proof."""
        settings = self._settings
        strengths = {"acr_values": " ".join(settings.oidc_acr)} if settings.oidc_acr else {}
        if is_again:
            return {**strengths, "prompt": "login", "max_age": "0"}
        age_s = settings.oidc_max_age_minutes * 60
        return {**strengths, "max_age": str(age_s)} if age_s else strengths

    def sign_out_address(self, return_to: str) -> str:
        """Return the address that signs a browser out at the provider; empty if it has none.

        Raises
        ------
        TemporaryError
            If the provider does not answer.
        """
        endpoint = str(self._published().metadata.get(_SIGN_OUT) or "")
        if not endpoint:
            return ""
        # No ID token is kept as a hint: some providers therefore ask whether to sign out.
        query = {
            "client_id": self._settings.oidc_client_id,
            "post_logout_redirect_uri": return_to,
        }
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    def person(self, code: str, pending: PendingSignIn, redirect_uri: str) -> Person:
        """Exchange a code for the person whom the provider names.

        Raises
        ------
        ForbiddenError
            If the provider refuses the code, the ID token is not valid, or the person is in no
            group of the settings.
        TemporaryError
            If the provider does not answer.
        """
        claims = self._claims(self._id_token(code, pending, redirect_uri), pending.nonce)
        proved = self._proved(claims)
        groups = self._settings.groups_of(claims)
        if not groups:
            raise ForbiddenError("No group of the account may use this service. Ask its operator.")
        owner, session = self._owner(claims["sub"]), self._provider_session(claims.get("sid"))
        return Person(owner, _name_of(claims), groups, session, proved)

    def ended(self, logout_token: str) -> EndedSignIns:
        """Return the sign-ins that a logout token of the provider ends.

        Raises
        ------
        ForbiddenError
            If the token is not valid, or is a token of another kind.
        TemporaryError
            If the provider does not answer.
        """
        token = self._verified(logout_token, self._rules(is_named=False))
        claims = token.claims
        events = claims.get("events")
        is_logout = (
            str(token.header.get("typ", "")).lower() == _LOGOUT_TYPE
            and isinstance(events, dict)
            and isinstance(events.get(_LOGOUT_EVENT), dict)
            and "nonce" not in claims
            and claims["iat"] >= time.time() - _LOGOUT_LIFE_S
        )
        sub, sid = claims.get("sub"), claims.get("sid")
        if not is_logout or not (isinstance(sub, str) or isinstance(sid, str)):
            raise ForbiddenError("The logout token is not valid.")
        owner = self._owner(sub) if isinstance(sub, str) else ""
        return EndedSignIns(owner, self._provider_session(sid))

    def _owner(self, sub: str) -> str:
        """Return the owner of an account's jobs: a hash of the issuer and the account."""
        return f"user:{self._digest(sub)[:32]}"

    def _provider_session(self, sid: object) -> str:
        return self._digest(f"session\n{sid}") if isinstance(sid, str) and sid else ""

    def _digest(self, text: str) -> str:
        return digest_of(f"{self._settings.oidc_issuer}\n{text}")

    def _proved(self, claims: Mapping[str, Any]) -> float:
        """Return when the person proved the identity, after the checks of strength and age.

        Raises
        ------
        ForbiddenError
            If the settings want a stronger or a later proof.
        """
        settings = self._settings
        if settings.oidc_acr and claims.get("acr") not in settings.oidc_acr:
            raise ForbiddenError(
                "The sign-in at the identity provider was not strong enough. Sign in there with "
                "the second factor that the district requires."
            )
        proved = 0.0
        stated = claims.get("auth_time")
        if isinstance(stated, int | float) and not isinstance(stated, bool):
            proved = min(float(stated), time.time())
        oldest = time.time() - settings.oidc_max_age_minutes * 60 - _LEEWAY_S
        if settings.oidc_max_age_minutes and proved < oldest:
            raise ForbiddenError(
                "The sign-in at the identity provider is too old. Sign out there, and begin again."
            )
        return proved

    def _id_token(self, code: str, pending: PendingSignIn, redirect_uri: str) -> str:
        metadata = self._published().metadata
        try:
            with self._session(metadata, redirect_uri) as session:
                token = session.fetch_token(
                    metadata["token_endpoint"],
                    code=code,
                    code_verifier=pending.verifier,
                    timeout=_TIMEOUT_S,
                    allow_redirects=False,
                )
        except requests.RequestException as fault:
            raise _away() from fault
        except (AuthlibBaseError, ValueError, KeyError, TypeError) as fault:
            raise ForbiddenError(
                "The identity provider refused the sign-in. Begin again, or ask the operator of "
                "the service."
            ) from fault
        id_token = token.get("id_token") if isinstance(token, dict) else None
        if not isinstance(id_token, str):
            raise ForbiddenError("The identity provider sent no ID token. Begin the sign-in again.")
        return id_token

    def _claims(self, id_token: str, nonce: str) -> dict[str, Any]:
        """Return the claims of an ID token after all checks.

        The signature, issuer, audience, times and nonce are checked.
        """
        token = self._verified(id_token, self._rules(nonce=nonce))
        audiences, party = token.claims["aud"], token.claims.get("azp")
        is_shared = isinstance(audiences, list) and len(audiences) > 1
        if (is_shared or party is not None) and party != self._settings.oidc_client_id:
            raise ForbiddenError("The ID token is not valid. Begin the sign-in again.")
        return dict(token.claims)

    def _verified(self, text: str, rules: jwt.JWTClaimsRegistry) -> jwt.Token:
        """Return a token with a good signature and good claims.

        Raises
        ------
        ForbiddenError
            If signature or claims are not valid.
        """
        for is_renewed in (False, True):
            try:
                token = jwt.decode(text, self._published(is_renewed).keys, algorithms=ALGORITHMS)
                rules.validate(token.claims)
                return token
            except (JoseError, ValueError, TypeError, KeyError) as fault:
                reason = fault  # The provider may have changed its keys since they were read.
        raise ForbiddenError("The ID token is not valid. Begin the sign-in again.") from reason

    def _rules(self, *, nonce: str = "", is_named: bool = True) -> jwt.JWTClaimsRegistry:
        """Return the rules of claims; a token of a person names the person and the nonce."""
        named: dict[str, Any] = {"sub": {"essential": True}} if is_named else {}
        named |= {"nonce": {"essential": True, "value": nonce}} if nonce else {}
        return jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_S,
            iss={"essential": True, "value": self._settings.oidc_issuer},
            aud={"essential": True, "value": self._settings.oidc_client_id},
            exp={"essential": True},
            iat={"essential": True},
            **named,
        )

    def _session(self, metadata: Mapping[str, Any], redirect_uri: str) -> OAuth2Session:
        methods = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        is_basic = "client_secret_basic" in methods
        confidential = "client_secret_basic" if is_basic else "client_secret_post"
        session = OAuth2Session(
            self._settings.oidc_client_id,
            self._secret,
            token_endpoint_auth_method="none" if self._secret is None else confidential,
            scope="openid profile email",
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
        )
        return self._set_up(session)

    def _set_up(self, session: requests.Session) -> requests.Session:
        """Return a session that ignores proxies and other environment variables."""
        session.trust_env = False
        if self._settings.oidc_ca_file is not None:
            session.verify = str(self._settings.oidc_ca_file)
        return session

    def _published(self, is_renewed: bool = False) -> Publication:
        """Return the provider's publication, at most an hour old.

        It is read again at most every 30 seconds.
        """
        with self._lock:
            age_s = time.monotonic() - self._publication.read_at if self._publication else _FRESH_S
            if self._publication is None or age_s >= (_RETRY_S if is_renewed else _FRESH_S):
                self._publication = self._read()
            return self._publication

    def _read(self) -> Publication:
        issuer = self._settings.oidc_issuer
        with self._set_up(requests.Session()) as session:
            path = "/.well-known/openid-configuration"
            metadata = _json_of(session, issuer.rstrip("/") + path)
            if metadata.get("issuer") != issuer:
                raise InputError("GEOSERVICE_OIDC_ISSUER is not the name that the provider uses.")
            for endpoint in _ENDPOINTS:
                addresses = Environment({endpoint: str(metadata.get(endpoint, ""))})
                if not addresses.address(endpoint, is_secure=True):
                    raise InputError(f"The identity provider names no {endpoint}.")
            sign_out = Environment({_SIGN_OUT: str(metadata.get(_SIGN_OUT, ""))})
            _ = sign_out.address(_SIGN_OUT, is_secure=True)
            keys = _json_of(session, metadata["jwks_uri"])
        try:
            key_set = KeySet.import_key_set(keys)  # type: ignore[arg-type]
            return Publication(metadata, key_set, time.monotonic())
        except (JoseError, ValueError, KeyError, TypeError) as fault:
            raise TemporaryError("The identity provider's keys cannot be read.") from fault


def _json_of(session: requests.Session, address: str) -> dict[str, Any]:
    """Return a JSON object of the provider, limited in size; redirects are not followed."""
    try:
        with session.get(address, timeout=_TIMEOUT_S, allow_redirects=False, stream=True) as answer:
            content = answer.raw.read(_MOST_BYTES + 1, decode_content=True)
            is_good = answer.status_code == requests.codes.ok and len(content) <= _MOST_BYTES
            value = json.loads(content) if is_good else None
    except (requests.RequestException, OSError, ValueError) as fault:
        raise _away() from fault
    if not isinstance(value, dict):
        raise _away()
    return value


def _away() -> TemporaryError:
    return TemporaryError(
        "The identity provider does not answer. Try again in a moment, or sign in with a key.",
        retry_after_s=5,
    )


def _name_of(claims: Mapping[str, Any]) -> str:
    """Return the name of a person for the record of disclosures."""
    names = (claims.get(claim) for claim in _NAMES)
    name = next(name for name in names if isinstance(name, str) and name.strip())
    shown = "".join(letter for letter in name if letter.isprintable())
    return shown.strip()[:_LONGEST_NAME]
