"""Count the jobs of a store, over all owners."""

from typing import Any

import sqlalchemy as sa

from geoservice.state.schema import CHUNKS, JOBS

STATES = ("queued", "running", "done", "failed", "cancelled")


def states(engine: sa.Engine, store: str) -> dict[str, int]:
    """Return the number of jobs in each state."""
    query = sa.select(JOBS.c.state, sa.func.count()).where(JOBS.c.store == store)
    with engine.connect() as connection:
        rows = connection.execute(query.group_by(JOBS.c.state)).all()
    counts = {str(state): int(count) for state, count in rows}
    return {state: counts.get(state, 0) for state in STATES}


def recent_summaries(engine: sa.Engine, store: str, since: float) -> list[dict[str, Any]]:
    """Return the summaries of the placed chunks of jobs that were created since a time."""
    joined = sa.join(CHUNKS, JOBS, CHUNKS.c.job == JOBS.c.id)
    is_recent = (JOBS.c.store == store) & (JOBS.c.created >= since)
    query = sa.select(CHUNKS.c.summary).select_from(joined).where(is_recent)
    with engine.connect() as connection:
        return [dict(summary) for summary in connection.execute(query).scalars() if summary]
