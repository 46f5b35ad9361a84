"""The database of the service: its tables, and the way to it. SQLite by default, PostgreSQL by URL."""

import os
import secrets
from pathlib import Path

import sqlalchemy as sa

from geoservice.errors import DatabaseError, StorageError
from geoservice.state.migrations import LATEST, migrate

METADATA = sa.MetaData()
JOBS = sa.Table(
    "jobs", METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("region", sa.String, nullable=False),
    sa.Column("snapshot", sa.String, nullable=False),
    sa.Column("file", sa.String, nullable=False),
    sa.Column("options", sa.JSON, nullable=False),
    sa.Column("total", sa.Integer, nullable=False, default=0),
    sa.Column("error", sa.String),
    sa.Column("idempotency_key", sa.String, unique=True),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("started", sa.Float),
    sa.Column("finished", sa.Float),
    sa.Column("owner", sa.String),
    sa.Column("store", sa.String),  # the folder that holds the files
    sa.Column("purpose", sa.String),
    sa.Column("upload_bytes", sa.BigInteger),
    sa.Column("upload_sha256", sa.String),
    sa.Column("chunk_count", sa.Integer),  # null until the upload is split
    sa.Column("expires", sa.Float),
    sa.Column("code", sa.String),  # of the error
    sa.Column("attempts", sa.Integer),
    sa.Column("first_fault", sa.Float),
    sa.Column("retry_at", sa.Float),
    sa.Column("served", sa.Float),  # when a worker last took up a part of it
    sa.Column("claimed_by", sa.String),
    sa.Column("lease_until", sa.Float),
)  # fmt: skip
CHUNKS = sa.Table(
    "chunks", METADATA,
    sa.Column("job", sa.String, sa.ForeignKey("jobs.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("summary", sa.JSON),
    sa.Column("checksum", sa.String),
    sa.Column("input_checksum", sa.String),
    sa.Column("claimed_by", sa.String),
    sa.Column("lease_until", sa.Float),
)  # fmt: skip
RESULTS = sa.Table(
    "results", METADATA,
    sa.Column("job", sa.String, sa.ForeignKey("jobs.id"), primary_key=True),
    sa.Column("form", sa.String, primary_key=True),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.String, nullable=False),
)  # fmt: skip
WORKERS = sa.Table(
    "workers", METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("store", sa.String, nullable=False),
    sa.Column("started", sa.Float, nullable=False),
    sa.Column("seen", sa.Float, nullable=False),
)  # fmt: skip
SESSIONS = sa.Table(
    "sessions", METADATA,
    sa.Column("hash", sa.String, primary_key=True),
    sa.Column("owner", sa.String, nullable=False),
    sa.Column("csrf", sa.String, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("seen", sa.Float, nullable=False),
)  # fmt: skip
SCHEMA = sa.Table(
    "schema_version", METADATA,
    sa.Column("database", sa.String, primary_key=True),  # a random name of this database
    sa.Column("version", sa.Integer, nullable=False),
)  # fmt: skip
KEYS = sa.Table(
    "keys", METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("hash", sa.String, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("scopes", sa.JSON, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("revoked", sa.Float),
    sa.Column("expires", sa.Float),
    sa.Column("previous_hash", sa.String),  # of the secret before a rotation
    sa.Column("previous_until", sa.Float),
)  # fmt: skip
DATASETS = sa.Table(
    "student_datasets", METADATA,
    sa.Column("region", sa.String, primary_key=True),
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("version", sa.String),  # of the rows; null until they are written
    sa.Column("owner", sa.String, nullable=False),
    sa.Column("agreement", sa.String, nullable=False),
    sa.Column("expires", sa.String, nullable=False),  # the last day, as 2027-06-30
    sa.Column("added", sa.String, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False, default=0),
    sa.Column("snapshot", sa.String, nullable=False),
    sa.Column("content", sa.JSON, nullable=False),  # counts, years, findings, hash: no student
)  # fmt: skip
STUDENT_PARTS = sa.Table(
    "student_parts", METADATA,
    sa.Column("region", sa.String, primary_key=True),
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("version", sa.String, primary_key=True),
    sa.Column("part", sa.Integer, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
)  # fmt: skip
DISCLOSURES = sa.Table(
    "disclosures", METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("time", sa.String, nullable=False),
    sa.Column("who", sa.String, nullable=False),
    sa.Column("role", sa.String, nullable=False),
    sa.Column("purpose", sa.String, nullable=False),
    sa.Column("endpoint", sa.String, nullable=False),
    sa.Column("region", sa.String, nullable=False),
    sa.Column("filters", sa.Text, nullable=False),
    sa.Column("data_version", sa.String, nullable=False),
    sa.Column("students", sa.Integer, nullable=False),
    sa.Column("student_set", sa.String, nullable=False),
    sa.Column("hash", sa.String, nullable=False),
)  # fmt: skip
STUDENT_SETS = sa.Table(
    "disclosed_students", METADATA,
    sa.Column("hash", sa.String, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
)  # fmt: skip
AUDIT_HEAD = sa.Table(
    "disclosures_head", METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("hash", sa.String, nullable=False),
    sa.Column("seal", sa.String, nullable=False),
)  # fmt: skip
EMBEDS = sa.Table(
    "embeds", METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("map", sa.String, nullable=False),
    sa.Column("region", sa.String, nullable=False),
    sa.Column("choice", sa.JSON, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("expires", sa.Float, nullable=False),
    sa.Column("revoked", sa.Float),
)  # fmt: skip
_POOL_WAIT_S = 10
_PATIENCE = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""Seconds and milliseconds after which a PostgreSQL that is silent counts as away: requests must not wait for the network's own limits."""
_LOCKS = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": "SELECT pg_advisory_xact_lock(7365727669636531)",
}
"""What makes others wait until the transaction is over."""


def connect(url: str) -> sa.Engine:
    """An engine with all tables; a SQLite file is readable by its owner alone.

    Raises
    ------
    StorageError
        Where the database cannot be opened.
    """
    address = _address(url)
    if address.get_backend_name() not in _LOCKS:
        raise StorageError(
            "GEOSERVICE_DATABASE must be the URL of a SQLite file or of a PostgreSQL."
        )
    if address.get_backend_name() == "sqlite" and address.database:
        _private(Path(address.database))
    # A connection that the database dropped meanwhile is replaced before it is used.
    is_sqlite = address.get_backend_name() == "sqlite"
    arguments = {} if is_sqlite else _PATIENCE
    engine = sa.create_engine(
        address, pool_pre_ping=True, pool_timeout=_POOL_WAIT_S, connect_args=arguments
    )
    if address.get_backend_name() == "sqlite":
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
        raise StorageError("GEOSERVICE_DATABASE is no URL of a database.") from fault
    if address.drivername in ("postgresql", "postgres"):
        return address.set(drivername="postgresql+psycopg")
    return address


def database_id(engine: sa.Engine) -> str:
    """The random name of a database."""
    with engine.connect() as connection:
        return str(connection.execute(sa.select(SCHEMA.c.database)).scalar_one())


def _bring_up_to_date(engine: sa.Engine) -> None:
    """Make missing tables, and migrate older ones; of processes that do so at once, all but the first wait.

    Raises
    ------
    StorageError
        Where a newer version of the program made the database.
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
    """Version of the tables that are there; 1, as that of 0.1.0, where none is written down."""
    if SCHEMA.name in _missing_tables(connection):
        return 1
    version = connection.execute(sa.select(SCHEMA.c.version)).scalar() or 1
    if version > LATEST:
        raise StorageError(
            "A newer version of geoservice made the database. Update this one, or put a copy of "
            "the older database back."
        )
    return version


def _private(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Never open a database that is there: closing it again would drop the locks that SQLite
        # holds in this process, and another process could then take its log away.
        if not path.exists():
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    except OSError as fault:
        raise StorageError("The data folder cannot be written.") from fault


def _set_up_sqlite(connection: object, _: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for statement in ("busy_timeout=10000", "journal_mode=WAL", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {statement}")
    cursor.close()
