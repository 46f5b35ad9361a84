"""Sign-ins of browsers: a random cookie, stored as a hash, that expires when idle."""

import secrets
import time
from dataclasses import dataclass

import sqlalchemy as sa

from geoservice.model.digests import digest_of
from geoservice.state.database import reading
from geoservice.state.erased_pages import erasing
from geoservice.state.schema import PEOPLE, PROVIDER_SIGN_INS, SESSIONS

_LONGEST_S = 7 * 86_400.0
_LONGEST_OF_PEOPLE_S = 12 * 3600.0
"""Shorter for people: the provider sends a person's groups only at the sign-in."""
_SEEN_EVERY_S = 60.0
"""Requests update the last use of a session at most this often."""
_ID_LENGTH = 16
"""Length of a sign-in's public id: the beginning of the hash of its cookie."""


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
    provider_session
        A hash of the person's session at the provider; empty if the provider names none.
    proved
        When the person last proved the identity at the provider, in seconds since 1970.
    """

    owner: str
    name: str
    groups: tuple[str, ...]
    provider_session: str = ""
    proved: float = 0.0


@dataclass(frozen=True)
class Session:
    """A sign-in: its owner, and the CSRF token that forms and scripts send with every change.

    ``id`` is its public id, and ``proved`` the time of the last proof of identity, in seconds
    since 1970.
    """

    owner: str
    csrf: str
    person: Person | None = None
    id: str = ""
    proved: float = 0.0


@dataclass(frozen=True)
class SignIn:
    """A sign-in in lists: public id, owner, name of the person, start and last use."""

    id: str
    owner: str
    name: str
    begun: float
    seen: float


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
        proved = now if person is None else person.proved
        session = Session(owner, secrets.token_urlsafe(24), person, _id(digest_of(text)), proved)
        values = {
            "hash": digest_of(text),
            "owner": owner,
            "csrf": session.csrf,
            "created": now,
            "seen": now,
        }
        with self._engine.begin() as connection:
            connection.execute(SESSIONS.delete().where(self._is_over(now)))
            connection.execute(SESSIONS.delete().where(SESSIONS.c.hash == digest_of(before)))
            connection.execute(SESSIONS.insert().values(values))
            if person is not None:
                about = {"session": digest_of(text), "name": person.name, "groups": person.groups}
                connection.execute(PEOPLE.insert().values(about))
                said = {
                    "session": digest_of(text),
                    "provider_session": person.provider_session,
                    "proved": proved,
                }
                connection.execute(PROVIDER_SIGN_INS.insert().values(said))
            _forget_people(connection)
        return text, session

    def find(self, text: str) -> Session | None:
        """Return the sign-in of a cookie; None if it does not exist or has expired."""
        if not text:
            return None
        now, name = time.time(), digest_of(text)
        with reading(self._engine) as connection:
            is_live = (SESSIONS.c.hash == name) & ~self._is_over(now)
            row = connection.execute(_QUERY.where(is_live)).mappings().first()
        if row is None:
            return None
        if now - row["seen"] > _SEEN_EVERY_S:
            with self._engine.begin() as connection:
                connection.execute(
                    SESSIONS.update().where(SESSIONS.c.hash == name).values(seen=now)
                )
        if row["name"] is None:
            return Session(row["owner"], row["csrf"], None, _id(name), row["created"])
        proved = row["proved"] or 0.0
        person = Person(
            row["owner"],
            row["name"],
            tuple(row["groups"]),
            row["provider_session"] or "",
            proved,
        )
        return Session(row["owner"], row["csrf"], person, _id(name), proved)

    def list(self, owner: str | None = None) -> list[SignIn]:
        """Return the sign-ins of an owner, or all, newest first."""
        is_listed = ~self._is_over(time.time())
        if owner is not None:
            is_listed &= SESSIONS.c.owner == owner
        with reading(self._engine) as connection:
            query = _QUERY.where(is_listed).order_by(SESSIONS.c.created.desc())
            rows = connection.execute(query).mappings().all()
        return [
            SignIn(_id(row["hash"]), row["owner"], row["name"] or "", row["created"], row["seen"])
            for row in rows
        ]

    def end(self, text: str) -> None:
        """Sign out."""
        self._end(SESSIONS.c.hash == digest_of(text))

    def end_all(self) -> int:
        """End all sign-ins and return their number."""
        return self._end(sa.true())

    def end_of(self, owner: str) -> int:
        """End all sign-ins of an owner and return their number."""
        return self._end(SESSIONS.c.owner == owner)

    def end_by_id(self, sign_in: str, owner: str | None = None) -> int:
        """End the sign-in of a public id, of any owner or of one; return the number of ended."""
        is_named = sa.func.substr(SESSIONS.c.hash, 1, _ID_LENGTH) == sign_in
        return self._end(is_named if owner is None else is_named & (SESSIONS.c.owner == owner))

    def end_others(self, session: Session) -> int:
        """End all sign-ins of a session's owner but this one; return their number."""
        is_this = sa.func.substr(SESSIONS.c.hash, 1, _ID_LENGTH) == session.id
        return self._end((SESSIONS.c.owner == session.owner) & ~is_this)

    def end_at_provider(self, provider_session: str) -> int:
        """End the sign-ins of a session at the identity provider; return their number."""
        said = PROVIDER_SIGN_INS.c
        ended = sa.select(said.session).where(said.provider_session == provider_session)
        return self._end(SESSIONS.c.hash.in_(ended))

    def _end(self, which: sa.ColumnElement[bool]) -> int:
        with erasing(self._engine, SESSIONS, PEOPLE, PROVIDER_SIGN_INS) as connection:
            ended = connection.execute(SESSIONS.delete().where(which)).rowcount
            _forget_people(connection)
        return ended

    def _is_over(self, now: float) -> sa.ColumnElement[bool]:
        is_person = SESSIONS.c.hash.in_(sa.select(PEOPLE.c.session))
        return (
            (SESSIONS.c.seen < now - self._idle_s)
            | (SESSIONS.c.created < now - _LONGEST_S)
            | (is_person & (SESSIONS.c.created < now - _LONGEST_OF_PEOPLE_S))
        )


_QUERY = sa.select(
    *SESSIONS.c,
    PEOPLE.c.name,
    PEOPLE.c.groups,
    PROVIDER_SIGN_INS.c.provider_session,
    PROVIDER_SIGN_INS.c.proved,
).select_from(
    SESSIONS.outerjoin(PEOPLE, PEOPLE.c.session == SESSIONS.c.hash).outerjoin(
        PROVIDER_SIGN_INS, PROVIDER_SIGN_INS.c.session == SESSIONS.c.hash
    )
)
"""Each sign-in with what is known of its person."""


def _forget_people(connection: sa.Connection) -> None:
    """Delete the names and groups of sign-ins that have ended."""
    for table in (PEOPLE, PROVIDER_SIGN_INS):
        connection.execute(table.delete().where(~table.c.session.in_(sa.select(SESSIONS.c.hash))))


def _id(digest: str) -> str:
    return digest[:_ID_LENGTH]
