"""Embed links: the map that each shows, its expiry, and whether it is revoked."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from geoservice.errors import NotFoundError
from geoservice.state.schema import EMBEDS


@dataclass(frozen=True)
class Embed:
    """An embed link. ``choice`` holds the query of the map; times are seconds since 1970."""

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
        """Create and return a link."""
        embed = Embed(secrets.token_hex(6), map_id, region, dict(choice), time.time(), expires)
        with self._engine.begin() as connection:
            connection.execute(EMBEDS.insert().values(vars(embed)))
        return embed

    def find(self, embed_id: str) -> Embed | None:
        """Return the link of an id; None if it does not exist."""
        query = sa.select(EMBEDS).where(EMBEDS.c.id == embed_id)
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else Embed(**row)

    def like(
        self, map_id: str, region: str, choice: Mapping[str, str], expires_after: float
    ) -> Embed | None:
        """Return a valid link to the same map that expires after a time; None without one."""
        in_use = (
            embed
            for embed in self.list()
            if embed.revoked is None and embed.expires > expires_after
        )
        content = (map_id, region, dict(choice))
        return next(
            (embed for embed in in_use if (embed.map, embed.region, embed.choice) == content), None
        )

    def list(self) -> list[Embed]:
        """Return all links, oldest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(EMBEDS).order_by(EMBEDS.c.created)).mappings().all()
        return [Embed(**row) for row in rows]

    def revoke(self, embed_id: str) -> None:
        """Revoke a link, from now on."""
        statement = EMBEDS.update().where(EMBEDS.c.id == embed_id).values(revoked=time.time())
        with self._engine.begin() as connection:
            if connection.execute(statement).rowcount == 0:
                raise NotFoundError(
                    "There is no embed link of that id. `geoservice embed list` shows the ids."
                )
