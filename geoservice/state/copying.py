"""Copy a state database, SQLite or PostgreSQL, as a consistent snapshot."""

import sqlalchemy as sa

from geoservice.state.schema import (
    METADATA,
    PENDING_SIGN_INS,
    PEOPLE,
    PROVIDER_SIGN_INS,
    SCHEMA,
    SERVICES,
    SESSIONS,
    SPENT_RATES,
    WORKERS,
)

_SIGN_INS = (SESSIONS, PEOPLE, PROVIDER_SIGN_INS, PENDING_SIGN_INS)
_TEMPORARY = (*_SIGN_INS, SERVICES, SPENT_RATES, WORKERS)
"""Tables that are not copied: sign-ins, processes and rates do not outlive a restore."""
_LEASES = ("claimed_by", "lease_until")
_ROWS_AT_ONCE = 100


def copy_state(source: sa.Engine, target: sa.Engine) -> int:
    """Copy all rows of a database into a new database and return their number.

    The source may be in use: a single transaction reads all tables. Sign-ins and leases are not
    copied.
    """
    count = 0
    with _snapshot(source) as reading, target.begin() as writing:
        writing.execute(SCHEMA.delete())
        for table in METADATA.sorted_tables:
            if table in _TEMPORARY:
                continue
            rows = reading.execution_options(yield_per=_ROWS_AT_ONCE).execute(sa.select(table))
            for part in rows.mappings().partitions():
                writing.execute(table.insert(), [_without_lease(row) for row in part])
                count += len(part)
    return count


def is_in_use(engine: sa.Engine) -> bool:
    """Return True if any table but the schema version has rows."""
    with engine.connect() as connection:
        tables = (table for table in METADATA.sorted_tables if table is not SCHEMA)
        return any(
            connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first()
            for table in tables
        )


def _snapshot(engine: sa.Engine) -> sa.Connection:
    """Return a connection that sees the database as it is now, despite later writes."""
    if engine.dialect.name == "sqlite":
        connection = engine.connect()
        connection.exec_driver_sql("BEGIN")
        return connection
    return engine.connect().execution_options(isolation_level="REPEATABLE READ")


def _without_lease(row: sa.RowMapping) -> dict[str, object]:
    return {name: None if name in _LEASES else value for name, value in row.items()}
