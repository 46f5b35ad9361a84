"""The connection to the service's database: SQLite by default, or PostgreSQL by URL."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from geoservice.errors import DatabaseError, StorageError
from geoservice.state.migrations import LATEST, migrate
from geoservice.state.schema import METADATA, SCHEMA

_POOL_WAIT_S = 10
_PATIENCE = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""Timeouts of PostgreSQL connections in seconds (``tcp_user_timeout``: milliseconds).

Without them a request would wait for the much longer timeouts of the network.
"""
_SQLITE_SETTINGS = (
    "busy_timeout=10000",
    "journal_mode=WAL",
    "synchronous=FULL",
    "cache_size=-256",  # kB of each connection; the system's cache holds the file once for all.
    "secure_delete=ON",  # Zeros in the place of erased rows, which may name a student.
)
_SQLITE_POOL = {"pool_size": 40}
"""A connection for each request at once: to open another means to read all tables' definitions."""
_POSTGRESQL_POOL = {"pool_pre_ping": True, "connect_args": _PATIENCE}
"""`pool_pre_ping` replaces a connection that the database has dropped."""
_LOCKS = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": "SELECT pg_advisory_xact_lock(7365727669636531)",
}
"""The statement that makes other processes wait until the transaction ends."""


def connect(url: str) -> sa.Engine:
    """Return an engine, after creating missing tables and migrating older ones.

    A SQLite file is readable by its owner alone.

    Raises
    ------
    StorageError
        If the database cannot be opened.
    """
    address = _address(url)
    if address.get_backend_name() not in _LOCKS:
        raise StorageError(
            "GEOSERVICE_DATABASE must be the URL of a SQLite file or of a PostgreSQL database."
        )
    if address.get_backend_name() == "sqlite" and address.database:
        _private(Path(address.database))
    is_sqlite = address.get_backend_name() == "sqlite"
    pool = _SQLITE_POOL if is_sqlite else _POSTGRESQL_POOL
    engine = sa.create_engine(address, pool_timeout=_POOL_WAIT_S, **pool)
    if is_sqlite:
        sa.event.listen(engine, "connect", _set_up_sqlite)
    try:
        _bring_up_to_date(engine)
    except sa.exc.SQLAlchemyError as fault:
        raise DatabaseError("The database cannot be opened.") from fault
    return engine


def _address(url: str) -> sa.URL:
    try:
        address = sa.engine.make_url(url)
    except sa.exc.ArgumentError as fault:
        raise StorageError("GEOSERVICE_DATABASE must be the URL of a database.") from fault
    if address.drivername in ("postgresql", "postgres"):
        return address.set(drivername="postgresql+psycopg")
    return address


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Yield a connection for a single query.

    Each request asks for its key. PostgreSQL gets the query alone, without a begin and an end of a
    transaction: half as many ways to the database and back.
    """
    options = {"isolation_level": "AUTOCOMMIT"} if engine.dialect.name == "postgresql" else {}
    with engine.connect() as connection:
        yield connection.execution_options(**options)


def database_id(engine: sa.Engine) -> str:
    """Return the random name of a database."""
    with engine.connect() as connection:
        return str(connection.execute(sa.select(SCHEMA.c.database)).scalar_one())


def _bring_up_to_date(engine: sa.Engine) -> None:
    """Create missing tables and migrate older ones, under a lock.

    Raises
    ------
    StorageError
        If a newer version of the program created the database.
    """
    with engine.connect() as connection:
        if _version(connection) == LATEST and not _missing_tables(connection):
            return
    with engine.connect() as connection:
        connection.exec_driver_sql(_LOCKS[engine.dialect.name])
        is_new = _missing_tables(connection) >= set(METADATA.tables)
        version = LATEST if is_new else _version(connection)
        METADATA.create_all(connection)
        migrate(connection, version)
        if connection.execute(SCHEMA.update().values(version=LATEST)).rowcount == 0:
            name = secrets.token_hex(8)
            connection.execute(SCHEMA.insert().values(database=name, version=LATEST))
        connection.commit()


def _missing_tables(connection: sa.Connection) -> set[str]:
    return set(METADATA.tables) - set(sa.inspect(connection).get_table_names())


def _version(connection: sa.Connection) -> int:
    """Return the schema version of the database; 1 (release 0.1.0) if none is recorded."""
    if SCHEMA.name in _missing_tables(connection):
        return 1
    version = connection.execute(sa.select(SCHEMA.c.version)).scalar() or 1
    if version > LATEST:
        raise StorageError(
            "A newer version of geoservice wrote the database. Update geoservice, or restore a "
            "backup of the older database."
        )
    return version


def _private(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Never open an existing database file here: closing it would drop the locks that SQLite
        # holds in this process, and another process could then remove its write-ahead log.
        if not path.exists():
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    except OSError as fault:
        raise StorageError("The data folder cannot be written.") from fault


def _set_up_sqlite(connection: object, _: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for statement in _SQLITE_SETTINGS:
        cursor.execute(f"PRAGMA {statement}")
    cursor.close()
