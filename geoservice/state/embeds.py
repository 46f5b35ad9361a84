"""Embed links: the map that each shows, its expiry, and whether it is revoked."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from geoservice.errors import NotFoundError
from geoservice.model.caller import Caller
from geoservice.state.schema import EMBED_OWNERS, EMBEDS


@dataclass(frozen=True)
class Embed:
    """An embed link. ``choice`` holds the query of the map; times are seconds since 1970.

    ``owner`` is the caller who made it; empty for links of earlier versions.
    """

    id: str
    map: str
    region: str
    choice: Mapping[str, str]
    created: float
    expires: float
    revoked: float | None = None
    owner: str = ""


class Embeds:
    """All embed links of a database."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def add(
        self, map_id: str, region: str, choice: Mapping[str, str], expires: float, owner: str
    ) -> Embed:
        """Create and return a link."""
        embed = Embed(
            secrets.token_hex(6), map_id, region, dict(choice), time.time(), expires, owner=owner
        )
        values = {column.name: getattr(embed, column.name) for column in EMBEDS.c}
        with self._engine.begin() as connection:
            connection.execute(EMBEDS.insert().values(values))
            connection.execute(EMBED_OWNERS.insert().values(embed=embed.id, owner=owner))
        return embed

    def find(self, embed_id: str) -> Embed | None:
        """Return the link of an id; None if it does not exist."""
        with self._engine.connect() as connection:
            row = connection.execute(_QUERY.where(EMBEDS.c.id == embed_id)).mappings().first()
        return None if row is None else Embed(**row)

    def like(
        self,
        map_id: str,
        region: str,
        choice: Mapping[str, str],
        expires_after: float,
        caller: Caller,
    ) -> Embed | None:
        """Return a caller's valid link to the same map that expires after a time; else None."""
        in_use = (
            embed
            for embed in self.list(caller)
            if embed.revoked is None and embed.expires > expires_after
        )
        content = (map_id, region, dict(choice))
        return next(
            (embed for embed in in_use if (embed.map, embed.region, embed.choice) == content), None
        )

    def list(self, caller: Caller) -> list[Embed]:
        """Return the links that a caller may see, oldest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(_QUERY.order_by(EMBEDS.c.created)).mappings().all()
        return [embed for embed in (Embed(**row) for row in rows) if _may_see(caller, embed)]

    def revoke(self, embed_id: str, caller: Caller) -> None:
        """Revoke a link, from now on.

        Raises
        ------
        NotFoundError
            If the caller sees no link of that id.
        """
        embed = self.find(embed_id)
        if embed is None or not _may_see(caller, embed):
            raise NotFoundError(
                "There is no embed link of that id. `geoservice embed list` shows the ids."
            )
        statement = EMBEDS.update().where(EMBEDS.c.id == embed_id).values(revoked=time.time())
        with self._engine.begin() as connection:
            connection.execute(statement)


_QUERY = sa.select(EMBEDS, sa.func.coalesce(EMBED_OWNERS.c.owner, "").label("owner")).select_from(
    sa.outerjoin(EMBEDS, EMBED_OWNERS, EMBED_OWNERS.c.embed == EMBEDS.c.id)
)


def _may_see(caller: Caller, embed: Embed) -> bool:
    """Return True for a caller's own links; the operator of the machine sees all."""
    return caller.is_operator or caller.may_see(embed.owner)
