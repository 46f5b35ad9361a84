"""The database of the service: its tables, and the way to it. SQLite by default, PostgreSQL by URL."""

import os
from pathlib import Path

import sqlalchemy as sa

from geoservice.errors import StorageError

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
)  # fmt: skip
CHUNKS = sa.Table(
    "chunks", METADATA,
    sa.Column("job", sa.String, sa.ForeignKey("jobs.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("summary", sa.JSON),
    sa.Column("checksum", sa.String),
)  # fmt: skip
KEYS = sa.Table(
    "keys", METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("hash", sa.String, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("scopes", sa.JSON, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("revoked", sa.Float),
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
    engine = sa.create_engine(address)
    if address.get_backend_name() == "sqlite":
        sa.event.listen(engine, "connect", _set_up_sqlite)
    try:
        _create_tables(engine)
    except sa.exc.SQLAlchemyError as fault:
        raise StorageError("The database cannot be opened.") from fault
    return engine


def _address(url: str) -> sa.URL:
    try:
        address = sa.engine.make_url(url)
    except sa.exc.ArgumentError as fault:
        raise StorageError("GEOSERVICE_DATABASE is no URL of a database.") from fault
    if address.drivername in ("postgresql", "postgres"):
        return address.set(drivername="postgresql+psycopg")
    return address


def _create_tables(engine: sa.Engine) -> None:
    """The tables that are missing; of processes that open a new database at once, one makes them and the others wait."""
    with engine.connect() as connection:
        if set(METADATA.tables) <= set(sa.inspect(connection).get_table_names()):
            return
    with engine.connect() as connection:
        connection.exec_driver_sql(_LOCKS[engine.dialect.name])
        METADATA.create_all(connection)
        connection.commit()


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
