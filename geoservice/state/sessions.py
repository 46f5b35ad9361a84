"""Sign-ins of browsers: a random cookie, stored as a hash; it ends by idling, by age and by signing out."""

import hashlib
import secrets
import time
from dataclasses import dataclass

import sqlalchemy as sa

from geoservice.state.database import SESSIONS

_LONGEST_S = 7 * 86_400.0
_SEEN_EVERY_S = 60.0
"""A request within this time of the last does not write again that the session is in use."""


@dataclass(frozen=True)
class Session:
    """One sign-in: whose it is, and the token that forms and scripts send with every change."""

    owner: str
    csrf: str


class Sessions:
    """All sign-ins of a database."""

    def __init__(self, engine: sa.Engine, idle_s: float) -> None:
        self._engine, self._idle_s = engine, idle_s

    def begin(self, owner: str, before: str = "") -> tuple[str, Session]:
        """A new sign-in and the text of its cookie; the cookie that the browser had before is void."""
        text, session, now = (
            secrets.token_urlsafe(32),
            Session(owner, secrets.token_urlsafe(24)),
            time.time(),
        )
        values = {
            "hash": _hash(text),
            "owner": owner,
            "csrf": session.csrf,
            "created": now,
            "seen": now,
        }
        with self._engine.begin() as connection:
            connection.execute(SESSIONS.delete().where(self._is_over(now)))
            connection.execute(SESSIONS.delete().where(SESSIONS.c.hash == _hash(before)))
            connection.execute(SESSIONS.insert().values(values))
        return text, session

    def find(self, text: str) -> Session | None:
        """The sign-in of a cookie; None where there is none or it is over."""
        if not text:
            return None
        now, name = time.time(), _hash(text)
        with self._engine.connect() as connection:
            query = sa.select(SESSIONS).where(SESSIONS.c.hash == name, ~self._is_over(now))
            row = connection.execute(query).mappings().first()
        if row is None:
            return None
        if now - row["seen"] > _SEEN_EVERY_S:
            with self._engine.begin() as connection:
                connection.execute(
                    SESSIONS.update().where(SESSIONS.c.hash == name).values(seen=now)
                )
        return Session(row["owner"], row["csrf"])

    def end(self, text: str) -> None:
        """Sign out."""
        with self._engine.begin() as connection:
            connection.execute(SESSIONS.delete().where(SESSIONS.c.hash == _hash(text)))

    def _is_over(self, now: float) -> sa.ColumnElement[bool]:
        return (SESSIONS.c.seen < now - self._idle_s) | (SESSIONS.c.created < now - _LONGEST_S)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
