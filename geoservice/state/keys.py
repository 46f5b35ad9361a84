"""API keys: shown once, stored as a hash, compared in constant time.

A key can expire, be rotated and be revoked.
"""

import hmac
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from geoservice.errors import InputError, NotFoundError
from geoservice.model.caller import SCOPES
from geoservice.model.digests import digest_of
from geoservice.state.database import reading
from geoservice.state.erased_pages import erasing
from geoservice.state.schema import KEYS, SESSIONS

_NO_HASH = "0" * 64


@dataclass(frozen=True)
class Key:
    """The public attributes of a key, without its secret. Times are seconds since 1970."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created: float
    revoked: float | None
    expires: float | None = None

    @property
    def state(self) -> str:
        """The state: ``in use``, ``revoked`` or ``expired``."""
        if self.revoked is not None:
            return "revoked"
        return "expired" if self.expires is not None and self.expires <= time.time() else "in use"

    @property
    def owner(self) -> str:
        """The owner of the key's jobs; a rotation does not change it."""
        return f"key:{self.id}"


class Keys:
    """All keys of a database."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine

    def create(self, name: str, scopes: Sequence[str], expires: float | None = None) -> str:
        """Create a key and return its text, which cannot be read again."""
        unknown = [scope for scope in scopes if scope not in SCOPES]
        if unknown or not scopes:
            raise InputError(f"Scopes are: {', '.join(SCOPES)}.")
        key_id, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
        values = {
            "id": key_id,
            "hash": digest_of(secret),
            "name": name,
            "scopes": list(scopes),
            "created": time.time(),
            "expires": expires,
        }
        with self.engine.begin() as connection:
            connection.execute(KEYS.insert().values(values))
        return f"gs_{key_id}_{secret}"

    def rotate(self, key_id: str, grace_s: float = 0.0) -> str:
        """Give a key a new text and return it; the old text works for ``grace_s`` seconds.

        The jobs of the key stay with it.

        Raises
        ------
        NotFoundError
            If no key of that id is in use.
        """
        secret = secrets.token_urlsafe(32)
        is_in_use = (KEYS.c.id == key_id) & KEYS.c.revoked.is_(None)
        values = {
            "previous_hash": KEYS.c.hash,
            "previous_until": time.time() + grace_s,
            "hash": digest_of(secret),
        }
        with erasing(self.engine, SESSIONS) as connection:
            if connection.execute(KEYS.update().where(is_in_use).values(values)).rowcount == 0:
                raise NotFoundError(
                    "There is no key of that id in use. `geoservice key list` shows the ids."
                )
            _end_sessions(connection, key_id)
        return f"gs_{key_id}_{secret}"

    def list(self) -> list[Key]:
        """Return all keys, oldest first."""
        with self.engine.connect() as connection:
            rows = connection.execute(sa.select(KEYS).order_by(KEYS.c.created)).mappings().all()
        return [_key(row) for row in rows]

    def revoke(self, key_id: str) -> None:
        """Revoke a key, from now on, and end its sign-ins."""
        statement = KEYS.update().where(KEYS.c.id == key_id).values(revoked=time.time())
        with erasing(self.engine, SESSIONS) as connection:
            if connection.execute(statement).rowcount == 0:
                raise NotFoundError(
                    "There is no key of that id. `geoservice key list` shows the ids."
                )
            _end_sessions(connection, key_id)

    def find(self, text: str) -> Key | None:
        """Return the key of a text; None if it is unknown, revoked or expired."""
        _, _, id_and_secret = text.partition("gs_")
        key_id, _, secret = id_and_secret.partition("_")
        row = self._row(key_id)
        offered = digest_of(secret)
        is_current = hmac.compare_digest(row["hash"] if row else _NO_HASH, offered)
        is_previous = hmac.compare_digest((row and row["previous_hash"]) or _NO_HASH, offered)
        if row is None:
            return None
        lives = is_previous and (row["previous_until"] or 0.0) > time.time()
        key = _key(row)
        return key if (is_current or lives) and key.state == "in use" else None

    def by_id(self, key_id: str) -> Key | None:
        """Return the key of an id; None if it is not in use."""
        row = self._row(key_id)
        key = None if row is None else _key(row)
        return key if key is not None and key.state == "in use" else None

    def scopes(self, text: str) -> tuple[str, ...]:
        """Return the scopes of a key's text; none if it is unknown, revoked or expired."""
        key = self.find(text)
        return () if key is None else key.scopes

    def any(self) -> bool:
        """Return True if at least one key is in use."""
        return any(key.state == "in use" for key in self.list())

    def _row(self, key_id: str) -> Any:  # noqa: ANN401 - a row
        with reading(self.engine) as connection:
            query = sa.select(KEYS).where(KEYS.c.id == key_id)
            return connection.execute(query).mappings().first()


def _key(row: Any) -> Key:  # noqa: ANN401 - a row
    return Key(
        row["id"], row["name"], tuple(row["scopes"]), row["created"], row["revoked"], row["expires"]
    )


def _end_sessions(connection: sa.Connection, key_id: str) -> None:
    connection.execute(SESSIONS.delete().where(SESSIONS.c.owner == f"key:{key_id}"))
