"""Erased rows leave as little text as possible in the files of a database."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

_PATIENCE_MS = 1_000
"""The wait for readers; writers wait meanwhile."""


@contextmanager
def erasing(engine: sa.Engine, *tables: sa.Table) -> Iterator[sa.Connection]:
    """Yield the connection of a transaction that erases rows of some tables.

    After the transaction, the rows leave the log of SQLite, or the tables of PostgreSQL.
    """
    with engine.begin() as connection:
        yield connection
    empty_log(engine)
    if engine.dialect.name == "postgresql":  # Erased rows stay in its files until a VACUUM.
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as vacuum:
            vacuum.execute(sa.text(f"VACUUM {', '.join(table.name for table in tables)}"))


def empty_log(engine: sa.Engine) -> None:
    """Move the write-ahead log of SQLite into the database and empty it.

    The log keeps the rows of earlier transactions, erased rows too. If another process reads
    for longer than a second, the log stays until the next call. Other databases look after
    their own logs.
    """
    if engine.dialect.name != "sqlite":
        return
    with engine.connect() as connection:
        usual = connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()
        connection.exec_driver_sql(f"PRAGMA busy_timeout={_PATIENCE_MS}")
        try:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={usual}")
