"""API keys: shown once, stored as a hash, compared in constant time."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from geoservice.errors import InputError, NotFoundError
from geoservice.state.database import KEYS

SCOPES = ("maps:read", "geocode", "students:read", "students:write", "admin")


@dataclass(frozen=True)
class Key:
    """What may be told of a key."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created: float
    revoked: float | None


class Keys:
    """All keys of a database."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def create(self, name: str, scopes: Sequence[str]) -> str:
        """The text of a new key; it cannot be read again."""
        strange = [one for one in scopes if one not in SCOPES]
        if strange or not scopes:
            raise InputError(f"Scopes are: {', '.join(SCOPES)}.")
        key_id, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
        with self._engine.begin() as connection:
            connection.execute(KEYS.insert().values(
                id=key_id, hash=_hash(secret), name=name, scopes=list(scopes), created=time.time()
            ))  # fmt: skip
        return f"gs_{key_id}_{secret}"

    def list(self) -> list[Key]:
        """All keys, oldest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(KEYS).order_by(KEYS.c.created)).mappings().all()
        return [Key(row["id"], row["name"], tuple(row["scopes"]), row["created"], row["revoked"])
                for row in rows]  # fmt: skip

    def revoke(self, key_id: str) -> None:
        """Make a key useless from now on."""
        statement = KEYS.update().where(KEYS.c.id == key_id).values(revoked=time.time())
        with self._engine.begin() as connection:
            if connection.execute(statement).rowcount == 0:
                raise NotFoundError("There is no key of that id.")

    def scopes(self, text: str) -> tuple[str, ...]:
        """Scopes of a key's text; none where it is unknown or revoked."""
        _, _, rest = text.partition("gs_")
        key_id, _, secret = rest.partition("_")
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(KEYS).where(KEYS.c.id == key_id)).mappings().first()
        stored = row["hash"] if row else "0" * 64
        same = hmac.compare_digest(stored, _hash(secret))
        return tuple(row["scopes"]) if row and same and row["revoked"] is None else ()

    def any(self) -> bool:
        """True where some key is in use."""
        return any(one.revoked is None for one in self.list())


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
