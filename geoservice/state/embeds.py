"""Embed links: what each shows, until when, and whether it was revoked."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from geoservice.errors import NotFoundError
from geoservice.state.database import EMBEDS


@dataclass(frozen=True)
class Embed:
    """One link. ``choice`` holds the query of the map, times are seconds since 1970."""

    id: str
    map: str
    region: str
    choice: Mapping[str, str]
    created: float
    expires: float
    revoked: float | None = None


class Embeds:
    """All embed links of a database."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def add(self, map_id: str, region: str, choice: Mapping[str, str], expires: float) -> Embed:
        """A new link."""
        made = Embed(secrets.token_hex(6), map_id, region, dict(choice), time.time(), expires)
        with self._engine.begin() as connection:
            connection.execute(EMBEDS.insert().values(vars(made)))
        return made

    def find(self, embed_id: str) -> Embed | None:
        """The link of an id."""
        query = sa.select(EMBEDS).where(EMBEDS.c.id == embed_id)
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else Embed(**row)

    def like(
        self, map_id: str, region: str, choice: Mapping[str, str], expires_after: float
    ) -> Embed | None:
        """A link in use that shows the same and lives longer than a time."""
        found = (one for one in self.list() if one.revoked is None and one.expires > expires_after)
        wanted = (map_id, region, dict(choice))
        return next((one for one in found if (one.map, one.region, one.choice) == wanted), None)

    def list(self) -> list[Embed]:
        """All links, oldest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(EMBEDS).order_by(EMBEDS.c.created)).mappings().all()
        return [Embed(**row) for row in rows]

    def revoke(self, embed_id: str) -> None:
        """Make a link useless from now on."""
        statement = EMBEDS.update().where(EMBEDS.c.id == embed_id).values(revoked=time.time())
        with self._engine.begin() as connection:
            if connection.execute(statement).rowcount == 0:
                raise NotFoundError("There is no embed link of that id.")
