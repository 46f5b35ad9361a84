"""The durable ledger of batch jobs in the database: owners, states, chunks and results."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from geoservice.errors import NotFoundError, TooManyError
from geoservice.state.erased_pages import empty_log, erasing
from geoservice.state.job_traces import add_trace, trace_of
from geoservice.state.schema import CHUNKS, DEATHS, JOB_TRACES, JOBS, NOTICES, RESULTS

OPEN = ("queued", "running")
"""States of jobs that still need a worker."""
GOING = "purging"
"""State of a job whose files are being erased; all queries hide it."""
Row = dict[str, Any]
_OF_JOBS = RESULTS, CHUNKS, DEATHS, NOTICES, JOB_TRACES


class Ledger:
    """Jobs, their chunks and their results. Each method runs in a single transaction.

    The ``owner`` None stands for an administrator, who sees all jobs.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def add(self, job: Mapping[str, Any], most_open: int = 0, trace: str = "") -> str:
        """Add a queued job and return its id.

        If another job has the same idempotency key, return the id of that job. ``trace`` is the
        trace context of the request.

        Raises
        ------
        TooManyError
            If the owner has ``most_open`` jobs that wait or run (0: no limit).
        """
        values = {**job, "state": "queued", "created": time.time(), "total": 0}
        try:
            with self._engine.begin() as connection:
                self._wait_for_owner(connection, job["owner"])
                connection.execute(JOBS.insert().values(values))
                if trace:
                    add_trace(connection, job["id"], trace)
                if most_open and self._open_jobs(connection, job["owner"]) > most_open:
                    raise TooManyError(
                        f"You have {most_open:,} jobs that wait or run, and more are not allowed. "
                        "Send the next job when a job has ended.",
                        retry_after_s=30,
                    )
        except sa.exc.IntegrityError:
            taken = self.by_key(job.get("idempotency_key") or "")
            if taken is None:
                raise
            return str(taken["id"])
        return str(job["id"])

    def by_key(self, key: str) -> Row | None:
        """Return the job of an idempotency key; None without one."""
        with self._engine.connect() as connection:
            query = sa.select(JOBS).where(JOBS.c.idempotency_key == key)
            row = connection.execute(query).mappings().first()
        return None if row is None else dict(row)

    def job(self, job_id: str, owner: str | None = None) -> Row:
        """Return a job with its chunks under ``chunks``.

        Raises
        ------
        NotFoundError
            If the job does not exist, has another owner, or is being erased.
        """
        where = JOBS.c.id == job_id, JOBS.c.state != GOING, *_owned_by(owner)
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(JOBS).where(*where)).mappings().first()
            if row is None:
                raise NotFoundError(
                    "There is no job of that id. List your jobs with `GET /v1/jobs`."
                )
            query = sa.select(CHUNKS).where(CHUNKS.c.job == job_id).order_by(CHUNKS.c.number)
            chunks = connection.execute(query).mappings().all()
        return {**row, "chunks": [dict(chunk) for chunk in chunks]}

    def state(self, job_id: str) -> str | None:
        """Return the state of a job; None if the job does not exist."""
        with self._engine.connect() as connection:
            query = sa.select(JOBS.c.state).where(JOBS.c.id == job_id)
            return connection.execute(query).scalar()

    def page(self, owner: str | None, limit: int, after: str = "") -> list[str]:
        """Return the ids of at most ``limit`` jobs, newest first, from below the job ``after``."""
        query = sa.select(JOBS.c.id).where(JOBS.c.state != GOING, *_owned_by(owner))
        if after:
            created = self.job(after, owner)["created"]
            older = sa.tuple_(JOBS.c.created, JOBS.c.id) < sa.tuple_(created, after)
            query = query.where(older)
        query = query.order_by(JOBS.c.created.desc(), JOBS.c.id.desc()).limit(limit)
        with self._engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def existing(self, job_ids: Sequence[str]) -> set[str]:
        """Return the ids for which a job exists."""
        query = sa.select(JOBS.c.id).where(JOBS.c.id.in_(job_ids))
        with self._engine.connect() as connection:
            return set(connection.execute(query).scalars())

    def to_erase(self, store: str, now: float) -> list[Row]:
        """Return the jobs of a store that are being erased, or are over and have expired."""
        over = (JOBS.c.expires < now) & JOBS.c.state.not_in(OPEN)
        query = sa.select(JOBS).where(JOBS.c.store == store, (JOBS.c.state == GOING) | over)
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def of_stores(self, stores: Sequence[str]) -> list[Row]:
        """Return the jobs of some stores that are not being erased, without their chunks."""
        where = JOBS.c.store.in_(stores), JOBS.c.state != GOING
        query = sa.select(JOBS).where(*where).order_by(JOBS.c.id)
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def move(self, job_ids: Sequence[str], store: str) -> None:
        """Assign jobs to another store."""
        with self._engine.begin() as connection:
            for job_id in job_ids:
                connection.execute(JOBS.update().where(JOBS.c.id == job_id).values(store=store))

    def adopt(self, store: str) -> None:
        """Assign the jobs without a store to a store; earlier versions had a single store."""
        with self._engine.begin() as connection:
            connection.execute(JOBS.update().where(JOBS.c.store.is_(None)).values(store=store))

    def split(self, job_id: str, rows: Sequence[int], checksums: Sequence[str]) -> bool:
        """Record the chunks of a job atomically; return False if the job is no longer open."""
        entries = [
            {"job": job_id, "number": number, "rows": count, "input_checksum": checksum}
            for number, (count, checksum) in enumerate(zip(rows, checksums, strict=True))
        ]
        values = {"total": sum(rows), "chunk_count": len(rows), **_UNCLAIMED, **_UNTROUBLED}
        with self._engine.begin() as connection:
            # Update the job first: this locks its row while the chunks are replaced.
            if connection.execute(JOBS.update().where(_open(job_id)).values(values)).rowcount == 0:
                return False
            connection.execute(CHUNKS.delete().where(CHUNKS.c.job == job_id))
            connection.execute(CHUNKS.insert(), entries)
        return True

    def finish_chunk(
        self, job_id: str, number: int, summary: Mapping[str, Any], checksum: str, begun: float
    ) -> None:
        """Record that a chunk's result is on disk, and when the work on it began."""
        where = (CHUNKS.c.job == job_id) & (CHUNKS.c.number == number)
        times = {"begun": begun, "ended": time.time()}
        values = {"summary": dict(summary), "checksum": checksum, **times, **_UNCLAIMED}
        troubled = _open(job_id) & JOBS.c.error.is_not(None)
        # Keep the number of attempts: each time another chunk may be at fault.
        over = {"error": None, "first_fault": None, "retry_at": None}
        with self._engine.begin() as connection:
            # Everywhere the job comes first, then its parts: locks in another order may deadlock.
            connection.execute(JOBS.update().where(troubled).values(over))
            connection.execute(CHUNKS.update().where(where).values(values))

    def undo_chunk(self, job_id: str, number: int) -> None:
        """Schedule a chunk again, and with it the results of its job."""
        where = (CHUNKS.c.job == job_id) & (CHUNKS.c.number == number)
        with self._engine.begin() as connection:
            self._reopen(connection, job_id, {})
            connection.execute(CHUNKS.update().where(where).values(checksum=None, summary=None))

    def undo_split(self, job_id: str) -> None:
        """Schedule the split of the upload again, and all later stages."""
        with self._engine.begin() as connection:
            self._reopen(connection, job_id, {"chunk_count": None})

    def place_again(self, job_id: str, options: Mapping[str, Any]) -> bool:
        """Schedule all chunks of a finished job again, with other options.

        Return False if the job is not done.
        """
        done = (JOBS.c.id == job_id) & (JOBS.c.state == "done")
        with self._engine.begin() as connection:
            claimed = JOBS.update().where(done).values(options=dict(options))
            if connection.execute(claimed).rowcount == 0:
                return False
            of_job = CHUNKS.update().where(CHUNKS.c.job == job_id)
            connection.execute(of_job.values(checksum=None, summary=None, **_UNCLAIMED))
            self._reopen(connection, job_id, {})
        return True

    def set_state(
        self, job_id: str, state: str, error: str | None = None, code: str | None = None
    ) -> bool:
        """Move an open job to a state; return False if the job was no longer open."""
        values: Row = {"state": state, "error": error, "code": code, **_UNCLAIMED}
        values["started" if state == "running" else "finished"] = time.time()
        with self._engine.begin() as connection:
            moved = connection.execute(JOBS.update().where(_open(job_id)).values(values))
            return moved.rowcount > 0

    def begin(self, job_id: str) -> None:
        """Record that work on a queued job has begun."""
        waiting = (JOBS.c.id == job_id) & (JOBS.c.state == "queued")
        started = sa.func.coalesce(JOBS.c.started, time.time())
        with self._engine.begin() as connection:
            connection.execute(
                JOBS.update().where(waiting).values(state="running", started=started)
            )

    def postpone(self, job_id: str, error: str, code: str, attempts: int, retry_at: float) -> None:
        """Make an open job wait until a time, and record the reason."""
        values = {
            "error": error,
            "code": code,
            "retry_at": retry_at,
            "attempts": attempts,
            "first_fault": sa.func.coalesce(JOBS.c.first_fault, time.time()),
            **_UNCLAIMED,
        }
        with self._engine.begin() as connection:
            connection.execute(JOBS.update().where(_open(job_id)).values(values))

    def add_result(self, job_id: str, form: str, size_bytes: int, sha256: str) -> None:
        """Record a result file on disk, in place of an earlier file of that name."""
        where = (RESULTS.c.job == job_id) & (RESULTS.c.form == form)
        values = {"bytes": size_bytes, "sha256": sha256}
        with self._engine.begin() as connection:
            if connection.execute(RESULTS.update().where(where).values(values)).rowcount == 0:
                connection.execute(RESULTS.insert().values(job=job_id, form=form, **values))

    def result(self, job_id: str, form: str) -> Row | None:
        """Return the record of a result: ``bytes`` and ``sha256``; None without a record."""
        where = RESULTS.c.job == job_id, RESULTS.c.form == form
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(RESULTS).where(*where)).mappings().first()
        return None if row is None else dict(row)

    def mark_going(self, job_id: str, owner: str | None) -> None:
        """Hide a job before its erasure, in any state, and free its idempotency key.

        Raises
        ------
        NotFoundError
            If the job does not exist or has another owner.
        """
        where = JOBS.c.id == job_id, JOBS.c.state != GOING, *_owned_by(owner)
        values = {"state": GOING, "idempotency_key": None}
        with self._engine.begin() as connection:
            if connection.execute(JOBS.update().where(*where).values(values)).rowcount == 0:
                raise NotFoundError(
                    "There is no job of that id. List your jobs with `GET /v1/jobs`."
                )

    def forget(self, job_id: str) -> None:
        """Remove all records of a job, also from the log of the database.

        The files of the job must be removed first.
        """
        with erasing(self._engine, *_OF_JOBS, JOBS) as connection:
            for table in _OF_JOBS:
                connection.execute(table.delete().where(table.c.job == job_id))
            connection.execute(JOBS.delete().where(JOBS.c.id == job_id))

    def trace_of(self, job_id: str) -> str:
        """Return the trace context of the request that made a job; empty without one."""
        return trace_of(self._engine, job_id)

    def empty_log(self) -> None:
        """Empty the log of the database, which keeps erased records."""
        empty_log(self._engine)

    def waiting(self, store: str) -> tuple[int, float | None]:
        """Return the number of open jobs of a store, and the creation time of the oldest.

        The oldest job is the oldest that no worker has taken a part of; None without such a job.
        """
        where = JOBS.c.store == store, JOBS.c.state.in_(OPEN)
        unserved = sa.case((JOBS.c.served.is_(None), JOBS.c.created))
        query = sa.select(sa.func.count(), sa.func.min(unserved)).where(*where)
        with self._engine.connect() as connection:
            count, oldest = connection.execute(query).one()
        return int(count), oldest

    def _wait_for_owner(self, connection: sa.Connection, owner: str) -> None:
        """Let requests of one owner count one after another; SQLite has one writer anyway."""
        if self._engine.dialect.name == "postgresql":
            number = sa.func.hashtextextended(owner, 0)
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))

    def _open_jobs(self, connection: sa.Connection, owner: str) -> int:
        where = JOBS.c.owner == owner, JOBS.c.state.in_(OPEN)
        return int(connection.execute(sa.select(sa.func.count()).where(*where)).scalar_one())

    def _reopen(self, connection: sa.Connection, job_id: str, values: Row) -> None:
        ended = (JOBS.c.id == job_id) & JOBS.c.state.in_((*OPEN, "done"))
        again = {"state": "running", "finished": None, **_UNCLAIMED, **_UNTROUBLED, **values}
        connection.execute(JOBS.update().where(ended).values(again))
        connection.execute(RESULTS.delete().where(RESULTS.c.job == job_id))


_UNCLAIMED: Row = {"claimed_by": None, "lease_until": None}
_UNTROUBLED: Row = {
    "attempts": 0,
    "first_fault": None,
    "retry_at": None,
    "error": None,
    "code": None,
}


def _open(job_id: str) -> sa.ColumnElement[bool]:
    return (JOBS.c.id == job_id) & JOBS.c.state.in_(OPEN)


def _owned_by(owner: str | None) -> tuple[sa.ColumnElement[bool], ...]:
    return () if owner is None else (JOBS.c.owner == owner,)
