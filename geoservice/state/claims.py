"""Leases on parts of jobs, so that any number of workers on one database never hold the same part."""

import time
from dataclasses import dataclass

import sqlalchemy as sa

from geoservice.state.database import CHUNKS, JOBS, WORKERS
from geoservice.state.ledger import OPEN
from geoservice.tables.presence import is_dead, token_in

LEASE_S = 60.0
"""A part is free again so long after its worker was last heard of."""
_TRIES = 4


@dataclass(frozen=True)
class Claim:
    """A part of a job that one worker holds: ``split``, ``assemble``, or ``chunk`` with its number."""

    job: str
    stage: str
    number: int = -1


class Claims:
    """What one worker holds.

    Every claim is one conditional UPDATE, which SQLite and PostgreSQL both carry out for one worker alone.
    """

    def __init__(self, engine: sa.Engine, worker: str, store: str) -> None:
        self._engine, self._worker, self._store = engine, worker, store

    def enter(self) -> None:
        """Make the worker known, or say that it still lives; its leases are renewed."""
        now = time.time()
        with self._engine.begin() as connection:
            known = WORKERS.update().where(WORKERS.c.id == self._worker).values(seen=now)
            if connection.execute(known).rowcount == 0:
                new = {"id": self._worker, "store": self._store, "started": now, "seen": now}
                connection.execute(WORKERS.insert().values(new))
            for table in (JOBS, CHUNKS):
                held = table.c.claimed_by == self._worker
                connection.execute(table.update().where(held).values(lease_until=now + LEASE_S))

    def leave(self) -> None:
        """Hand everything back."""
        self._let_go(self._worker)

    def hand_back(self) -> None:
        """Free what this worker holds; it goes on working."""
        with self._engine.begin() as connection:
            _free_all(connection, self._worker)

    def free_parts_of_the_dead(self) -> None:
        """Free what workers hold that ended without handing it back; those of other machines lose their leases by time."""
        now = time.time()
        with self._engine.connect() as connection:
            workers = connection.execute(sa.select(WORKERS.c.id, WORKERS.c.seen)).all()
        for worker, seen in workers:
            if _is_dead(worker) or seen < now - 10 * LEASE_S:
                self._let_go(worker)

    def take(self) -> Claim | None:
        """Take the next part for this worker; None where there is nothing to do.

        Owners take turns, then the jobs of each: a long job holds up no short one.
        """
        for job_id, is_split in self._jobs_in_turn():
            claim = self._chunk_of(job_id) if is_split else self._stage_of(job_id, "split")
            if claim is None and is_split and self._is_placed(job_id):
                claim = self._stage_of(job_id, "assemble")
            if claim is not None:
                return claim
        return None

    def _jobs_in_turn(self) -> list[tuple[str, bool]]:
        now = time.time()
        is_open = JOBS.c.state.in_(OPEN) & (JOBS.c.store == self._store)
        is_due = sa.func.coalesce(JOBS.c.retry_at, 0.0) <= now
        columns = JOBS.c.id, JOBS.c.owner, JOBS.c.created, JOBS.c.served, JOBS.c.chunk_count
        owners = sa.select(JOBS.c.owner, sa.func.max(JOBS.c.served)).group_by(JOBS.c.owner)
        with self._engine.connect() as connection:
            jobs = connection.execute(sa.select(*columns).where(is_open, is_due)).all()
            rows = connection.execute(owners).all() if len(jobs) > 1 else []
        served = {row[0]: row[1] for row in rows}
        in_turn = sorted(
            jobs, key=lambda job: (served.get(job.owner) or 0.0, job.served or 0.0, job.created)
        )
        return [(job.id, job.chunk_count is not None) for job in in_turn]

    def _stage_of(self, job_id: str, stage: str) -> Claim | None:
        now = time.time()
        where = (JOBS.c.id == job_id) & JOBS.c.state.in_(OPEN) & _is_free(JOBS, now)
        values = {**self._lease(now), "served": now}
        with self._engine.begin() as connection:
            taken = connection.execute(JOBS.update().where(where).values(values)).rowcount
        return Claim(job_id, stage) if taken else None

    def _chunk_of(self, job_id: str) -> Claim | None:
        for _ in range(_TRIES):
            now = time.time()
            waits = (CHUNKS.c.job == job_id) & CHUNKS.c.checksum.is_(None) & _is_free(CHUNKS, now)
            query = sa.select(CHUNKS.c.number).where(waits).order_by(CHUNKS.c.number).limit(1)
            with self._engine.connect() as connection:
                number = connection.execute(query).scalar()
            if number is None:
                return None
            where = waits & (CHUNKS.c.number == number)
            with self._engine.begin() as connection:
                taken = connection.execute(CHUNKS.update().where(where).values(self._lease(now)))
                if taken.rowcount:
                    # A worker that never took a part of the job up cannot have been served.
                    connection.execute(JOBS.update().where(JOBS.c.id == job_id).values(served=now))
                    return Claim(job_id, "chunk", number)
        return None

    def _is_placed(self, job_id: str) -> bool:
        waits = (CHUNKS.c.job == job_id) & CHUNKS.c.checksum.is_(None)
        with self._engine.connect() as connection:
            query = sa.select(CHUNKS.c.number).where(waits).limit(1)
            return connection.execute(query).first() is None

    def _lease(self, now: float) -> dict[str, object]:
        return {"claimed_by": self._worker, "lease_until": now + LEASE_S}

    def _let_go(self, worker: str) -> None:
        with self._engine.begin() as connection:
            _free_all(connection, worker)
            connection.execute(WORKERS.delete().where(WORKERS.c.id == worker))


def living_workers(engine: sa.Engine, store: str) -> int:
    """Number of workers of a store that were heard of within a lease."""
    where = WORKERS.c.store == store, WORKERS.c.seen > time.time() - LEASE_S
    with engine.connect() as connection:
        workers = connection.execute(sa.select(WORKERS.c.id).where(*where)).scalars().all()
    return sum(not _is_dead(worker) for worker in workers)


def _is_dead(worker: str) -> bool:
    token = token_in(worker)
    return token is not None and bool(is_dead(token))


def _free_all(connection: sa.Connection, worker: str) -> None:
    for table in (CHUNKS, JOBS):
        held = table.c.claimed_by == worker
        connection.execute(table.update().where(held).values(claimed_by=None, lease_until=None))


def _is_free(table: sa.Table, now: float) -> sa.ColumnElement[bool]:
    """True where nobody holds a row: a lease that ends later than a lease can is of a clock that was set back."""
    until = table.c.lease_until
    return table.c.claimed_by.is_(None) | (until < now) | (until > now + 2 * LEASE_S)
