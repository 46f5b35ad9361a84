"""Token buckets in the database, shared by all services, and the list of these services."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from geoservice.model.digests import digest_of
from geoservice.state.database import database_id
from geoservice.state.schema import SERVICES, SPENT_RATES

ALIVE_S = 30.0
"""Seconds after its last sign of life for which a service counts."""
_KEPT_S = 3_600.0
"""Seconds after which an unused bucket is removed."""


@dataclass(frozen=True)
class RateLimit:
    """A limit of ``per_s`` tokens a second with space for ``burst``; 0 a second for no limit.

    ``purpose`` separates the buckets of one name.
    """

    purpose: str
    per_s: float
    burst: float


class SharedRates:
    """The buckets of a database. Names are stored as hashes, without keys and addresses."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._salt = database_id(engine)

    def spend(self, limit: RateLimit, spent: Mapping[str, float]) -> dict[str, float]:
        """Take tokens from the buckets of some names; return the level of each bucket afterwards.

        A level below 0 is a debt: several services took tokens at the same time.
        """
        names = {self._hash(limit.purpose, name): name for name in spent}
        now = self._now()
        entries = [
            {
                "purpose": limit.purpose,
                "name": hashed,
                "level": limit.burst - spent[names[hashed]],
                "updated": now,
            }
            for hashed in sorted(names)  # Two services lock rows in the same order.
        ]
        with self._engine.begin() as connection:
            rows = connection.execute(self._upsert(limit), entries).all()
        return {names[row.name]: row.level for row in rows}

    def enter(self, service: str) -> None:
        """Record a sign of life of a service, and remove the dead and unused buckets."""
        now = self._now()
        with self._engine.begin() as connection:
            renewal = SERVICES.update().where(SERVICES.c.id == service).values(seen=now)
            if connection.execute(renewal).rowcount == 0:
                connection.execute(SERVICES.insert().values(id=service, seen=now))
            connection.execute(SERVICES.delete().where(SERVICES.c.seen < now - ALIVE_S))
            unused = SPENT_RATES.c.updated < now - _KEPT_S
            connection.execute(SPENT_RATES.delete().where(unused))

    def leave(self, service: str) -> None:
        """Remove a service from the list."""
        with self._engine.begin() as connection:
            connection.execute(SERVICES.delete().where(SERVICES.c.id == service))

    def services(self) -> int:
        """Return the number of services that are alive."""
        alive = SERVICES.c.seen > self._now() - ALIVE_S
        query = sa.select(sa.func.count()).select_from(SERVICES).where(alive)
        with self._engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def _upsert(self, limit: RateLimit) -> ReturningInsert[tuple[str, float]]:
        insert = postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert
        statement = insert(SPENT_RATES)
        kept, new = SPENT_RATES.c, statement.excluded
        passed_s = sa.case((new.updated > kept.updated, new.updated - kept.updated), else_=0.0)
        refilled = kept.level + passed_s * limit.per_s
        capped = sa.case((refilled < limit.burst, refilled), else_=limit.burst)
        level = capped + new.level - limit.burst  # A new row is a full bucket less its tokens.
        bounded = sa.case((level > -limit.burst, level), else_=-limit.burst)
        return statement.on_conflict_do_update(
            index_elements=["purpose", "name"], set_={"level": bounded, "updated": new.updated}
        ).returning(kept.name, kept.level)

    def _now(self) -> float:
        """Return the time of the database, because clocks of machines differ."""
        if self._engine.dialect.name != "postgresql":
            return time.time()
        clock = sa.cast(sa.extract("epoch", sa.func.clock_timestamp()), sa.Float)
        with self._engine.connect() as connection:
            return float(connection.execute(sa.select(clock)).scalar_one())

    def _hash(self, purpose: str, name: str) -> str:
        return digest_of(f"{self._salt}\n{purpose}\n{name}")
