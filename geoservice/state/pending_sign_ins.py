"""Pending sign-ins: each waits for the provider's answer, and its own browser takes it once."""

import secrets
import time
from dataclasses import dataclass

import sqlalchemy as sa

from geoservice.model.digests import digest_of
from geoservice.state.schema import PENDING_SIGN_INS

_LIFE_S = 600.0
_MOST = 10_000
"""More pending sign-ins than this are an attack: the oldest are deleted."""


@dataclass(frozen=True)
class PendingSignIn:
    """The secrets that bind the provider's answer to a browser and a request.

    Attributes
    ----------
    state
        The OAuth state, which the provider sends back.
    browser
        Text of the browser's cookie.
    nonce
        The nonce, which the provider copies into the ID token.
    verifier
        The PKCE verifier: it proves that the code comes from the process that requested it.
    """

    state: str
    browser: str
    nonce: str
    verifier: str


class PendingSignIns:
    """All pending sign-ins of a database."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def begin(self) -> PendingSignIn:
        """Create and return a pending sign-in."""
        texts = (secrets.token_urlsafe(48) for _ in range(4))
        pending, now = PendingSignIn(*texts), time.time()
        values = {
            "hash": digest_of(pending.state),
            "browser": digest_of(pending.browser),
            "nonce": pending.nonce,
            "verifier": pending.verifier,
            "created": now,
        }
        with self._engine.begin() as connection:
            connection.execute(PENDING_SIGN_INS.delete().where(_is_late(now)))
            self._make_room(connection)
            connection.execute(PENDING_SIGN_INS.insert().values(values))
        return pending

    def take(self, state: str, browser: str) -> PendingSignIn | None:
        """Remove and return the pending sign-in of a state and a cookie; None without one."""
        now = time.time()
        is_state = PENDING_SIGN_INS.c.hash == digest_of(state)
        is_own = PENDING_SIGN_INS.c.browser == digest_of(browser)
        with self._engine.begin() as connection:
            query = sa.select(PENDING_SIGN_INS).where(is_state, is_own, ~_is_late(now))
            row = connection.execute(query).mappings().first()
            taken = connection.execute(PENDING_SIGN_INS.delete().where(is_state, is_own)).rowcount
        # If two answers arrive at the same time, only one of them deletes the row.
        if row is None or not taken:
            return None
        return PendingSignIn(state, browser, row["nonce"], row["verifier"])

    def _make_room(self, connection: sa.Connection) -> None:
        created = PENDING_SIGN_INS.c.created
        newest = sa.select(created).order_by(created.desc()).offset(_MOST).limit(1)
        limit = connection.execute(newest).scalar()
        if limit is not None:
            connection.execute(PENDING_SIGN_INS.delete().where(created <= limit))


def _is_late(now: float) -> sa.ColumnElement[bool]:
    return PENDING_SIGN_INS.c.created < now - _LIFE_S
