"""The trace context of the request that made a job, for the spans of the job's parts."""

import sqlalchemy as sa

from geoservice.state.schema import JOB_TRACES


def add_trace(connection: sa.Connection, job_id: str, trace: str) -> None:
    """Record the trace context of a new job, in the transaction that adds the job."""
    connection.execute(JOB_TRACES.insert().values(job=job_id, trace=trace))


def trace_of(engine: sa.Engine, job_id: str) -> str:
    """Return the trace context of a job; empty without one."""
    query = sa.select(JOB_TRACES.c.trace).where(JOB_TRACES.c.job == job_id)
    with engine.connect() as connection:
        return str(connection.execute(query).scalar() or "")
