"""Notices of ended jobs: the address of each notice, and the time of the next attempt."""

import time
from dataclasses import dataclass

import sqlalchemy as sa

from geoservice.state.schema import JOBS, NOTICES

_OVER = ("done", "failed", "cancelled")
_HELD_S = 60.0
"""Seconds for which the sender of a notice holds it."""


@dataclass(frozen=True)
class Notice:
    """A job that is over, and the address that waits for the news."""

    job: str
    url: str
    attempts: int


class Notices:
    """The notices of the jobs of a store. Each method runs in a single transaction."""

    def __init__(self, engine: sa.Engine, store: str) -> None:
        self._engine, self._store = engine, store

    def add(self, job_id: str, url: str) -> None:
        """Record that an address waits for the end of a job."""
        values = {"job": job_id, "url": url, "attempts": 0, "due": 0.0}
        with self._engine.begin() as connection:
            connection.execute(NOTICES.insert().values(values))

    def take(self) -> Notice | None:
        """Return a notice that is due, for this sender alone; None if no notice is due."""
        now = time.time()
        ended = sa.select(JOBS.c.id).where(JOBS.c.store == self._store, JOBS.c.state.in_(_OVER))
        is_due = (NOTICES.c.due <= now) & NOTICES.c.job.in_(ended)
        with self._engine.begin() as connection:
            row = connection.execute(sa.select(NOTICES).where(is_due).limit(1)).mappings().first()
            if row is None:
                return None
            held = NOTICES.update().where(NOTICES.c.job == row["job"], is_due)
            if connection.execute(held.values(due=now + _HELD_S)).rowcount == 0:
                return None
        return Notice(row["job"], row["url"], row["attempts"])

    def postpone(self, job_id: str, attempts: int, due: float) -> None:
        """Record a failed attempt and the time of the next."""
        where = NOTICES.c.job == job_id
        with self._engine.begin() as connection:
            connection.execute(NOTICES.update().where(where).values(attempts=attempts, due=due))

    def remove(self, job_id: str) -> None:
        """Remove the notice of a job: it was told, or no attempt is left."""
        with self._engine.begin() as connection:
            connection.execute(NOTICES.delete().where(NOTICES.c.job == job_id))
