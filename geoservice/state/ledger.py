"""The durable ledger of batch jobs: who owns each, what is to do, what is done, in the database."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from geoservice.errors import NotFoundError, TooManyError
from geoservice.state.database import CHUNKS, JOBS, RESULTS

OPEN = ("queued", "running")
"""States of jobs that workers have something to do for."""
GOING = "purging"
"""State of a job whose files are being erased: nobody sees it any more."""
Row = dict[str, Any]


class Ledger:
    """Jobs, their chunks and their results. Each method is one transaction.

    Where a method takes an ``owner``, None stands for an administrator, who sees all jobs.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def add(self, job: Mapping[str, Any], most_open: int = 0) -> str:
        """Add a queued job and return its id; where its idempotency key is taken, the id of the job that has it.

        Raises
        ------
        TooManyError
            Where its owner has ``most_open`` jobs that wait or run (0: any number).
        """
        values = {**job, "state": "queued", "created": time.time(), "total": 0}
        try:
            with self._engine.begin() as connection:
                connection.execute(JOBS.insert().values(values))
                if most_open and self._open_jobs(connection, job["owner"]) > most_open:
                    raise TooManyError(
                        f"You have {most_open:,} jobs that wait or run. Send the next when some are done.",
                        retry_after_s=30,
                    )
        except sa.exc.IntegrityError:
            taken = self.by_key(job.get("idempotency_key") or "")
            if taken is None:
                raise
            return str(taken["id"])
        return str(job["id"])

    def by_key(self, key: str) -> Row | None:
        """The job that was made under an idempotency key."""
        with self._engine.connect() as connection:
            query = sa.select(JOBS).where(JOBS.c.idempotency_key == key)
            row = connection.execute(query).mappings().first()
        return None if row is None else dict(row)

    def job(self, job_id: str, owner: str | None = None) -> Row:
        """One job with its chunks under ``chunks``.

        Raises
        ------
        NotFoundError
            Where there is no such job, it is another's, or it is being erased.
        """
        where = JOBS.c.id == job_id, JOBS.c.state != GOING, *_owned_by(owner)
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(JOBS).where(*where)).mappings().first()
            if row is None:
                raise NotFoundError("There is no job of that id.")
            query = sa.select(CHUNKS).where(CHUNKS.c.job == job_id).order_by(CHUNKS.c.number)
            chunks = connection.execute(query).mappings().all()
        return {**row, "chunks": [dict(chunk) for chunk in chunks]}

    def state(self, job_id: str) -> str | None:
        """State of a job; None where there is none of that id."""
        with self._engine.connect() as connection:
            query = sa.select(JOBS.c.state).where(JOBS.c.id == job_id)
            return connection.execute(query).scalar()

    def page(self, owner: str | None, limit: int, after: str = "") -> list[str]:
        """Ids of jobs, newest first, at most ``limit`` of those after one of an id."""
        query = sa.select(JOBS.c.id).where(JOBS.c.state != GOING, *_owned_by(owner))
        if after:
            created = self.job(after, owner)["created"]
            older = sa.tuple_(JOBS.c.created, JOBS.c.id) < sa.tuple_(created, after)
            query = query.where(older)
        query = query.order_by(JOBS.c.created.desc(), JOBS.c.id.desc()).limit(limit)
        with self._engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def known(self, job_ids: Sequence[str]) -> set[str]:
        """The ids among some that are those of jobs."""
        query = sa.select(JOBS.c.id).where(JOBS.c.id.in_(job_ids))
        with self._engine.connect() as connection:
            return set(connection.execute(query).scalars())

    def to_erase(self, store: str, now: float) -> list[Row]:
        """Jobs of a store that are being erased, or that have expired and are over."""
        over = (JOBS.c.expires < now) & JOBS.c.state.not_in(OPEN)
        query = sa.select(JOBS).where(JOBS.c.store == store, (JOBS.c.state == GOING) | over)
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def adopt(self, store: str) -> None:
        """Give a store the jobs of an earlier version, which knew of one store alone."""
        with self._engine.begin() as connection:
            connection.execute(JOBS.update().where(JOBS.c.store.is_(None)).values(store=store))

    def split(self, job_id: str, rows: Sequence[int], checksums: Sequence[str]) -> bool:
        """Record the chunks of a job, all at once; False where it is no longer open."""
        entries = [
            {"job": job_id, "number": number, "rows": count, "input_checksum": checksum}
            for number, (count, checksum) in enumerate(zip(rows, checksums, strict=True))
        ]
        values = {"total": sum(rows), "chunk_count": len(rows), **_UNCLAIMED, **_UNTROUBLED}
        with self._engine.begin() as connection:
            # The job first: its row is locked while its chunks are exchanged.
            if connection.execute(JOBS.update().where(_open(job_id)).values(values)).rowcount == 0:
                return False
            connection.execute(CHUNKS.delete().where(CHUNKS.c.job == job_id))
            connection.execute(CHUNKS.insert(), entries)
        return True

    def finish_chunk(
        self, job_id: str, number: int, summary: Mapping[str, Any], checksum: str
    ) -> None:
        """Record that a chunk's result is on disk."""
        where = (CHUNKS.c.job == job_id) & (CHUNKS.c.number == number)
        values = {"summary": dict(summary), "checksum": checksum, **_UNCLAIMED}
        troubled = (JOBS.c.id == job_id) & JOBS.c.error.is_not(None)
        # The number of attempts stays: another part may be at fault each time.
        over = {"error": None, "first_fault": None, "retry_at": None}
        with self._engine.begin() as connection:
            connection.execute(CHUNKS.update().where(where).values(values))
            connection.execute(JOBS.update().where(troubled).values(over))

    def undo_chunk(self, job_id: str, number: int) -> None:
        """Have a chunk made anew, and the results of its job: a worker takes them up."""
        where = (CHUNKS.c.job == job_id) & (CHUNKS.c.number == number)
        with self._engine.begin() as connection:
            connection.execute(CHUNKS.update().where(where).values(checksum=None, summary=None))
            self._reopen(connection, job_id, {})

    def undo_split(self, job_id: str) -> None:
        """Have the upload split anew, and all that follows from it."""
        with self._engine.begin() as connection:
            self._reopen(connection, job_id, {"chunk_count": None})

    def set_state(
        self, job_id: str, state: str, error: str | None = None, code: str | None = None
    ) -> bool:
        """Move an open job to a state; False where it was no longer open."""
        values: Row = {"state": state, "error": error, "code": code, **_UNCLAIMED}
        values["started" if state == "running" else "finished"] = time.time()
        with self._engine.begin() as connection:
            moved = connection.execute(JOBS.update().where(_open(job_id)).values(values))
            return moved.rowcount > 0

    def begin(self, job_id: str) -> None:
        """Note that work on a queued job began."""
        waiting = (JOBS.c.id == job_id) & (JOBS.c.state == "queued")
        started = sa.func.coalesce(JOBS.c.started, time.time())
        with self._engine.begin() as connection:
            connection.execute(
                JOBS.update().where(waiting).values(state="running", started=started)
            )

    def postpone(self, job_id: str, error: str, code: str, attempts: int, retry_at: float) -> None:
        """Let an open job wait until a time, and say why."""
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
        """Record a result that is on disk, in place of an earlier one of its form."""
        where = (RESULTS.c.job == job_id) & (RESULTS.c.form == form)
        values = {"bytes": size_bytes, "sha256": sha256}
        with self._engine.begin() as connection:
            if connection.execute(RESULTS.update().where(where).values(values)).rowcount == 0:
                connection.execute(RESULTS.insert().values(job=job_id, form=form, **values))

    def result(self, job_id: str, form: str) -> Row | None:
        """What is recorded of a result: ``bytes`` and ``sha256``."""
        where = RESULTS.c.job == job_id, RESULTS.c.form == form
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(RESULTS).where(*where)).mappings().first()
        return None if row is None else dict(row)

    def mark_going(self, job_id: str, owner: str | None) -> None:
        """Hide a job that is to be erased, whatever its state; its idempotency key is free again.

        Raises
        ------
        NotFoundError
            Where there is no such job, or it is another's.
        """
        where = JOBS.c.id == job_id, JOBS.c.state != GOING, *_owned_by(owner)
        values = {"state": GOING, "idempotency_key": None}
        with self._engine.begin() as connection:
            if connection.execute(JOBS.update().where(*where).values(values)).rowcount == 0:
                raise NotFoundError("There is no job of that id.")

    def forget(self, job_id: str) -> None:
        """Remove all that is recorded of a job whose files are gone."""
        with self._engine.begin() as connection:
            for table in (RESULTS, CHUNKS):
                connection.execute(table.delete().where(table.c.job == job_id))
            connection.execute(JOBS.delete().where(JOBS.c.id == job_id))

    def waiting(self, store: str) -> tuple[int, float | None]:
        """Number of open jobs of a store, and when the oldest that no worker took up yet was made."""
        where = JOBS.c.store == store, JOBS.c.state.in_(OPEN)
        unserved = sa.case((JOBS.c.served.is_(None), JOBS.c.created))
        query = sa.select(sa.func.count(), sa.func.min(unserved)).where(*where)
        with self._engine.connect() as connection:
            count, oldest = connection.execute(query).one()
        return int(count), oldest

    def _open_jobs(self, connection: sa.Connection, owner: str) -> int:
        where = JOBS.c.owner == owner, JOBS.c.state.in_(OPEN)
        return int(connection.execute(sa.select(sa.func.count()).where(*where)).scalar_one())

    def _reopen(self, connection: sa.Connection, job_id: str, values: Row) -> None:
        ended = (JOBS.c.id == job_id) & JOBS.c.state.in_((*OPEN, "done"))
        again = {"state": "running", "finished": None, **_UNCLAIMED, **_UNTROUBLED, **values}
        connection.execute(RESULTS.delete().where(RESULTS.c.job == job_id))
        connection.execute(JOBS.update().where(ended).values(again))


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
