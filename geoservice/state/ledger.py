"""The durable ledger of batch jobs: what is to do, what is done, in the database."""

import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from geoservice.errors import NotFoundError
from geoservice.state.database import CHUNKS, JOBS

OPEN = ("queued", "running")


class Ledger:
    """Jobs and their chunks. Each method is one transaction."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def add(self, values: Mapping[str, Any]) -> str:
        """Add a queued job; the answer is its id."""
        job_id = values.get("id") or secrets.token_hex(12)
        with self._engine.begin() as connection:
            connection.execute(JOBS.insert().values(
                {**values, "id": job_id, "state": "queued", "created": time.time(), "total": 0}
            ))  # fmt: skip
        return str(job_id)

    def by_key(self, key: str) -> str | None:
        """Id of the job that was made under an idempotency key."""
        with self._engine.connect() as connection:
            query = sa.select(JOBS.c.id).where(JOBS.c.idempotency_key == key)
            return connection.execute(query).scalar()

    def job(self, job_id: str) -> dict[str, Any]:
        """One job with its chunks' summaries under ``chunks``."""
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(JOBS).where(JOBS.c.id == job_id)).mappings().first()
            if row is None:
                raise NotFoundError("There is no job of that id.")
            query = sa.select(CHUNKS).where(CHUNKS.c.job == job_id).order_by(CHUNKS.c.number)
            chunks = connection.execute(query).mappings().all()
        return {**row, "chunks": [dict(one) for one in chunks]}

    def ids(self, states: Sequence[str] = ()) -> list[str]:
        """Ids of all jobs, or of those in some states, oldest first."""
        query = sa.select(JOBS.c.id).order_by(JOBS.c.created)
        if states:
            query = query.where(JOBS.c.state.in_(states))
        with self._engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def split(self, job_id: str, rows: Sequence[int]) -> None:
        """Record the chunks of a job, all at once."""
        entries = [{"job": job_id, "number": at, "rows": count} for at, count in enumerate(rows)]
        with self._engine.begin() as connection:
            connection.execute(CHUNKS.insert(), entries)
            connection.execute(JOBS.update().where(JOBS.c.id == job_id).values(total=sum(rows)))

    def finish_chunk(
        self, job_id: str, number: int, summary: Mapping[str, Any], checksum: str
    ) -> None:
        """Record that a chunk's result is on disk."""
        where = (CHUNKS.c.job == job_id) & (CHUNKS.c.number == number)
        with self._engine.begin() as connection:
            connection.execute(
                CHUNKS.update().where(where).values(summary=dict(summary), checksum=checksum)
            )

    def set_state(self, job_id: str, state: str, error: str | None = None) -> bool:
        """Move an open job to a state; False where it was no longer open."""
        values: dict[str, Any] = {"state": state, "error": error}
        values["started" if state == "running" else "finished"] = time.time()
        where = (JOBS.c.id == job_id) & JOBS.c.state.in_(OPEN)
        with self._engine.begin() as connection:
            return connection.execute(JOBS.update().where(where).values(values)).rowcount > 0

    def purge(self, job_id: str) -> None:
        """Forget a job."""
        with self._engine.begin() as connection:
            connection.execute(CHUNKS.delete().where(CHUNKS.c.job == job_id))
            connection.execute(JOBS.delete().where(JOBS.c.id == job_id))
