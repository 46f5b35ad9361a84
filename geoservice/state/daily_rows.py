"""The limit on the rows that an owner sends in a day."""

import time

import sqlalchemy as sa

from geoservice.errors import TooManyError
from geoservice.model.counted import counted
from geoservice.state.schema import JOBS

_DAY_S = 86_400.0


def refuse_too_many_rows(engine: sa.Engine, owner: str, most: int) -> None:
    """Refuse a further job of an owner who has sent as many rows as a day allows.

    Rows count when their job is split, so the job that passes the limit is still placed. The job is
    refused until the oldest job of the day is a day old.

    Raises
    ------
    TooManyError
        If the limit is reached (0: no limit); tells the seconds to wait.
    """
    if not most:
        return
    now = time.time()
    recent = JOBS.c.owner == owner, JOBS.c.created > now - _DAY_S, JOBS.c.total > 0
    columns = sa.func.coalesce(sa.func.sum(JOBS.c.total), 0), sa.func.min(JOBS.c.created)
    with engine.connect() as connection:
        rows, oldest = connection.execute(sa.select(*columns).where(*recent)).one()
    if rows >= most:
        raise TooManyError(
            f"You have sent {counted(rows, 'row')} within a day, and {most:,} are "
            "allowed. Send more rows "
            "later.",
            retry_after_s=max(1, int(oldest + _DAY_S - now)),
        )
