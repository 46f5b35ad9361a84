"""Leases on parts of jobs: workers that share a database never hold the same part."""

import time
from dataclasses import dataclass

import sqlalchemy as sa

from geoservice.state.deaths import count_deaths
from geoservice.state.ledger import OPEN
from geoservice.state.schema import CHUNKS, JOBS, WORKERS
from geoservice.tables.presence import is_dead, token_in

LEASE_S = 60.0
"""Seconds after a worker's last sign of life until its parts are free again."""
PRIORITY, LOW, NORMAL = "priority", "low", "normal"
"""Key of a job's options, and its values: a job of low priority lets all others go first."""
_TRIES = 4


@dataclass(frozen=True)
class Claim:
    """A part of a job that a worker holds.

    ``stage`` is ``split``, ``assemble``, or ``chunk`` with the chunk's ``number``.
    """

    job: str
    stage: str
    number: int = -1


class Claims:
    """The claims of a worker.

    Each claim is a conditional UPDATE; SQLite and PostgreSQL let a single worker succeed. A worker
    with a ``job`` takes only parts of this job.
    """

    def __init__(self, engine: sa.Engine, worker: str, store: str, job: str | None = None) -> None:
        self._engine, self._worker, self._store, self._job = engine, worker, store, job

    def enter(self) -> None:
        """Register the worker, or record a sign of life, and renew its leases."""
        now = time.time()
        with self._engine.begin() as connection:
            renewal = WORKERS.update().where(WORKERS.c.id == self._worker).values(seen=now)
            if connection.execute(renewal).rowcount == 0:
                new = {"id": self._worker, "store": self._store, "started": now, "seen": now}
                connection.execute(WORKERS.insert().values(new))
            for table in (JOBS, CHUNKS):
                held = table.c.claimed_by == self._worker
                connection.execute(table.update().where(held).values(lease_until=now + LEASE_S))

    def leave(self) -> None:
        """Free all parts of this worker and remove it from the list of workers."""
        self._remove(self._worker)

    def hand_back(self) -> None:
        """Free all parts of this worker, which continues to work."""
        with self._engine.begin() as connection:
            _free_all(connection, self._worker)

    def free_parts_of_the_dead(self) -> None:
        """Free the parts of workers that died without handing them back.

        Workers on other machines cannot be checked; their leases end by time. A job fails if one of
        its parts was held by many workers that died.
        """
        now = time.time()
        with self._engine.connect() as connection:
            workers = connection.execute(sa.select(WORKERS.c.id, WORKERS.c.seen)).all()
        for worker, seen in workers:
            if _is_dead(worker):
                self._remove(worker, died=True)
            elif seen < now - 10 * LEASE_S:
                self._remove(worker)

    def take(self) -> Claim | None:
        """Take the next part for this worker; return None if no part is free.

        Jobs of low priority wait for the parts of all others. Owners take turns, and so do the jobs
        of an owner: a long job delays no short job.
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
        if self._job is not None:
            is_due = is_due & (JOBS.c.id == self._job)
        columns = (
            *(JOBS.c.id, JOBS.c.owner, JOBS.c.created, JOBS.c.served, JOBS.c.chunk_count),
            JOBS.c.options,
        )
        owners = sa.select(JOBS.c.owner, sa.func.max(JOBS.c.served)).group_by(JOBS.c.owner)
        with self._engine.connect() as connection:
            jobs = connection.execute(sa.select(*columns).where(is_open, is_due)).all()
            rows = connection.execute(owners).all() if len(jobs) > 1 else []
        served = {row[0]: row[1] for row in rows}
        in_turn = sorted(
            jobs,
            key=lambda job: (
                job.options.get(PRIORITY) == LOW,
                served.get(job.owner) or 0.0,
                job.served or 0.0,
                job.created,
            ),
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
                # The time of service orders the owners' turns. As in the ledger, the job comes
                # first, then its parts: locks in another order may deadlock.
                connection.execute(JOBS.update().where(JOBS.c.id == job_id).values(served=now))
                taken = connection.execute(CHUNKS.update().where(where).values(self._lease(now)))
                if taken.rowcount:
                    return Claim(job_id, "chunk", number)
                connection.rollback()
        return None

    def _is_placed(self, job_id: str) -> bool:
        waits = (CHUNKS.c.job == job_id) & CHUNKS.c.checksum.is_(None)
        with self._engine.connect() as connection:
            query = sa.select(CHUNKS.c.number).where(waits).limit(1)
            return connection.execute(query).first() is None

    def _lease(self, now: float) -> dict[str, object]:
        return {"claimed_by": self._worker, "lease_until": now + LEASE_S}

    def _remove(self, worker: str, *, died: bool = False) -> None:
        with self._engine.begin() as connection:
            removed = connection.execute(WORKERS.delete().where(WORKERS.c.id == worker)).rowcount
            if died and removed:  # Of several workers that notice a death, one counts it.
                count_deaths(connection, worker)
            _free_all(connection, worker)


def living_workers(engine: sa.Engine, store: str) -> int:
    """Return the number of workers of a store with a sign of life within the last lease."""
    where = WORKERS.c.store == store, WORKERS.c.seen > time.time() - LEASE_S
    with engine.connect() as connection:
        workers = connection.execute(sa.select(WORKERS.c.id).where(*where)).scalars().all()
    return sum(not _is_dead(worker) for worker in workers)


def _is_dead(worker: str) -> bool:
    token = token_in(worker)
    return token is not None and bool(is_dead(token))


def _free_all(connection: sa.Connection, worker: str) -> None:
    for table in (JOBS, CHUNKS):
        held = table.c.claimed_by == worker
        connection.execute(table.update().where(held).values(claimed_by=None, lease_until=None))


def _is_free(table: sa.Table, now: float) -> sa.ColumnElement[bool]:
    """Return the condition that no worker holds a row.

    A lease that ends too far in the future counts as over: the clock has been set back since.
    """
    until = table.c.lease_until
    return table.c.claimed_by.is_(None) | (until < now) | (until > now + 2 * LEASE_S)
