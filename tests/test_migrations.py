"""Databases of other versions: an older one is brought up to date with all it holds, a newer one is refused."""

import json
import subprocess
import sys

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from geoservice.errors import StorageError
from geoservice.model.caller import LOCAL
from geoservice.service.keys import keys_of
from geoservice.state.database import _address, connect, database_id
from geoservice.state.ledger import Ledger
from geoservice.state.migrations import LATEST
from geoservice.state.schema import METADATA

_OLD = {
    "jobs": "id VARCHAR NOT NULL PRIMARY KEY, state VARCHAR NOT NULL, region VARCHAR NOT NULL, "
    "snapshot VARCHAR NOT NULL, file VARCHAR NOT NULL, options JSON NOT NULL, total INTEGER NOT NULL, "
    "error VARCHAR, idempotency_key VARCHAR UNIQUE, created FLOAT NOT NULL, started FLOAT, finished FLOAT",
    "chunks": "job VARCHAR NOT NULL REFERENCES jobs (id), number INTEGER NOT NULL, rows INTEGER NOT NULL, "
    "summary JSON, checksum VARCHAR, PRIMARY KEY (job, number)",
    "keys": "id VARCHAR NOT NULL PRIMARY KEY, hash VARCHAR NOT NULL, name VARCHAR NOT NULL, "
    "scopes JSON NOT NULL, created FLOAT NOT NULL, revoked FLOAT",
}
"""Tables of version 0.1.0 that later ones changed."""


@pytest.fixture
def old(settings):
    """The settings of a database of version 0.1.0 with a job, a chunk and a key."""
    settings.home.mkdir(exist_ok=True)
    engine = sa.create_engine(_address(settings.database_url))
    options = json.dumps({"grade": "g"})
    with engine.begin() as opened:
        for name, columns in _OLD.items():
            opened.exec_driver_sql(f"CREATE TABLE {name} ({columns})")
        opened.exec_driver_sql(
            f"INSERT INTO jobs VALUES ('j', 'done', 'r', 's', 'input.csv', '{options}', 7, NULL, 'k', 1.5, 2.5, 3.5)"
        )
        opened.exec_driver_sql(
            "INSERT INTO jobs VALUES ('waits', 'queued', 'r', 's', 'input.csv', '{}', 0, NULL, NULL, 2, NULL, NULL)"
        )
        opened.exec_driver_sql("INSERT INTO chunks VALUES ('j', 0, 7, '{\"rows\": 7}', 'abc')")
        opened.exec_driver_sql("INSERT INTO keys VALUES ('k1', 'h', 'n', '[\"geocode\"]', 1, NULL)")
    engine.dispose()
    return settings


def test_a_database_of_version_0_1_0_is_brought_up_to_date(old):
    engine = connect(old.database_url)
    ledger = Ledger(engine)
    ledger.adopt("store")
    job = ledger.job("j", LOCAL)
    assert (job["total"], job["options"], job["chunk_count"], job["store"]) == (
        7,
        {"grade": "g"},
        1,
        "store",
    )
    assert job["chunks"][0]["checksum"] == "abc"
    assert ledger.job("waits")["chunk_count"] is None
    assert [key.state for key in keys_of(old).list()] == ["in use"]
    wanted = {name: set(table.columns.keys()) for name, table in METADATA.tables.items()}
    there = sa.inspect(engine)
    for name, columns in wanted.items():
        assert {column["name"] for column in there.get_columns(name)} == columns, name
    assert database_id(connect(old.database_url)) == database_id(engine)


def test_processes_that_find_an_old_database_at_once_migrate_it_once(old):
    code = (
        "import os\nfrom geoservice.model.settings import Settings\n"
        "from geoservice.state.database import connect\n"
        "connect(Settings.read(os.environ).database_url)\n"
    )
    environ = {
        "GEOSERVICE_HOME": str(old.home),
        "GEOSERVICE_DATABASE": old.database_url,
        "PATH": "/usr/bin:/bin",
    }
    running = [subprocess.Popen([sys.executable, "-c", code], env=environ) for _ in range(4)]
    assert [process.wait(timeout=120) for process in running] == [0] * 4


def test_a_database_of_a_newer_version_is_refused_with_a_sentence(settings):
    engine = connect(settings.database_url)
    with engine.begin() as opened:
        opened.exec_driver_sql(f"UPDATE schema_version SET version = {LATEST + 1}")
    with pytest.raises(StorageError, match="newer version"):
        connect(settings.database_url)


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()])
def test_new_databases_have_the_types_of_migrated_ones(dialect):
    """The steps name types as text; those of the tables compile to the same."""
    from geoservice.state.migrations import _TO

    for statement in (text for steps in _TO.values() for text in steps if "ADD COLUMN" in text):
        _, _, table, _, _, column, kind = statement.split()
        compiled = METADATA.tables[table].columns[column].type.compile(dialect)
        assert compiled == kind, statement
