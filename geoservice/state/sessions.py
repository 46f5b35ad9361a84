"""Sign-ins of browsers: a random cookie, stored as a hash, that expires when idle."""

import hashlib
import secrets
import time
from dataclasses import dataclass

import sqlalchemy as sa

from geoservice.state.database import reading
from geoservice.state.erased_pages import erasing
from geoservice.state.schema import PEOPLE, SESSIONS

_LONGEST_S = 7 * 86_400.0
_LONGEST_OF_PEOPLE_S = 12 * 3600.0
"""Shorter for people: the provider sends a person's groups only at the sign-in."""
_SEEN_EVERY_S = 60.0
"""Requests update the last use of a session at most this often."""


@dataclass(frozen=True)
class Person:
    """A person with an account at the district's identity provider.

    Attributes
    ----------
    owner
        The owner of the person's jobs: ``user:`` with a hash of the account.
    name
        The person's name in the record of disclosures.
    groups
        The person's groups, as far as the settings name them.
    """

    owner: str
    name: str
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Session:
    """A sign-in: its owner, and the CSRF token that forms and scripts send with every change."""

    owner: str
    csrf: str
    person: Person | None = None


class Sessions:
    """All sign-ins of a database."""

    def __init__(self, engine: sa.Engine, idle_s: float) -> None:
        self._engine, self._idle_s = engine, idle_s

    def begin(
        self, owner: str, before: str = "", person: Person | None = None
    ) -> tuple[str, Session]:
        """Create a sign-in and return it with the text of its cookie.

        The browser's earlier cookie, ``before``, becomes void.
        """
        text, now = secrets.token_urlsafe(32), time.time()
        session = Session(owner, secrets.token_urlsafe(24), person)
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
            if person is not None:
                about = {"session": _hash(text), "name": person.name, "groups": person.groups}
                connection.execute(PEOPLE.insert().values(about))
            _forget_people(connection)
        return text, session

    def find(self, text: str) -> Session | None:
        """Return the sign-in of a cookie; None if it does not exist or has expired."""
        if not text:
            return None
        now, name = time.time(), _hash(text)
        with reading(self._engine) as connection:
            joined = sa.outerjoin(SESSIONS, PEOPLE, PEOPLE.c.session == SESSIONS.c.hash)
            columns = *SESSIONS.c, PEOPLE.c.name, PEOPLE.c.groups
            query = sa.select(*columns).select_from(joined)
            is_live = (SESSIONS.c.hash == name) & ~self._is_over(now)
            row = connection.execute(query.where(is_live)).mappings().first()
        if row is None:
            return None
        if now - row["seen"] > _SEEN_EVERY_S:
            with self._engine.begin() as connection:
                connection.execute(
                    SESSIONS.update().where(SESSIONS.c.hash == name).values(seen=now)
                )
        if row["name"] is None:
            return Session(row["owner"], row["csrf"])
        if row["created"] < now - _LONGEST_OF_PEOPLE_S:
            return None
        person = Person(row["owner"], row["name"], tuple(row["groups"]))
        return Session(row["owner"], row["csrf"], person)

    def end(self, text: str) -> None:
        """Sign out."""
        with erasing(self._engine, SESSIONS, PEOPLE) as connection:
            connection.execute(SESSIONS.delete().where(SESSIONS.c.hash == _hash(text)))
            _forget_people(connection)

    def end_all(self) -> int:
        """End all sign-ins and return their number."""
        with erasing(self._engine, SESSIONS, PEOPLE) as connection:
            ended = connection.execute(SESSIONS.delete()).rowcount
            _forget_people(connection)
        return ended

    def _is_over(self, now: float) -> sa.ColumnElement[bool]:
        return (SESSIONS.c.seen < now - self._idle_s) | (SESSIONS.c.created < now - _LONGEST_S)


def _forget_people(connection: sa.Connection) -> None:
    """Delete the names and groups of sign-ins that have ended."""
    connection.execute(PEOPLE.delete().where(~PEOPLE.c.session.in_(sa.select(SESSIONS.c.hash))))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
