"""Parts of jobs that workers died with: such a part would end every worker, one after another."""

import time

import sqlalchemy as sa

from geoservice.state.schema import CHUNKS, DEATHS, JOBS

MOST_DEATHS = 8
"""Deaths after which a job fails. Workers that are stopped or killed by chance count too."""
CODE = "crash"
_NO_CHUNK = -1
_ERROR = (
    f"A part of the job ended {MOST_DEATHS} workers, for lack of memory or by a fault of the "
    "program. Set GEOSERVICE_CHUNK_ROWS lower, and send the file again."
)


def count_deaths(connection: sa.Connection, worker: str) -> None:
    """Count the death of a worker for each part that it held; fail jobs with too many."""
    chunks = sa.select(CHUNKS.c.job, CHUNKS.c.number).where(CHUNKS.c.claimed_by == worker)
    jobs = sa.select(JOBS.c.id).where(JOBS.c.claimed_by == worker)
    held = [(job, number) for job, number in connection.execute(chunks)]
    held += [(job, _NO_CHUNK) for job in connection.execute(jobs).scalars()]
    for job, number in held:
        if _counted(connection, job, number) >= MOST_DEATHS:
            _fail(connection, job)


def _counted(connection: sa.Connection, job: str, number: int) -> int:
    """Count a death of a part, and return the number of its deaths."""
    of_part = (DEATHS.c.job == job) & (DEATHS.c.number == number)
    more = DEATHS.update().where(of_part).values(count=DEATHS.c.count + 1)
    if connection.execute(more).rowcount == 0:
        connection.execute(DEATHS.insert().values(job=job, number=number, count=1))
    return int(connection.execute(sa.select(DEATHS.c.count).where(of_part)).scalar_one())


def _fail(connection: sa.Connection, job: str) -> None:
    is_open = (JOBS.c.id == job) & JOBS.c.state.in_(("queued", "running"))
    failed = {"state": "failed", "error": _ERROR, "code": CODE, "finished": time.time()}
    connection.execute(JOBS.update().where(is_open).values(failed))
