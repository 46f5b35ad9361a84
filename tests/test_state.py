"""The database: the same on SQLite and on a real PostgreSQL, and opened by many at once."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import polars as pl
import pytest
import sqlalchemy as sa
from psycopg.pq import TransactionStatus

from geoservice.errors import ConflictError, NotFoundError, StorageError
from geoservice.service.keys import keys_of
from geoservice.state.claims import Claims
from geoservice.state.database import connect, reading
from geoservice.state.datasets import DataSets
from geoservice.state.ledger import Ledger
from geoservice.state.schema import KEYS, METADATA
from geoservice.state.secret import secret_for


def test_keys_work_until_they_are_revoked(settings):
    keys = keys_of(settings)
    text = keys.create("reports", ["geocode", "maps:read"])
    assert keys.scopes(text) == ("geocode", "maps:read")
    assert keys.scopes(text + "x") == ()
    keys.revoke(keys.list()[0].id)
    assert (keys.scopes(text), keys.any()) == ((), False)


def test_a_look_at_a_key_is_a_single_query_and_later_changes_are_whole_or_none(settings):
    keys = keys_of(settings)
    text = keys.create("reports", ["geocode"])
    if keys.engine.dialect.name == "postgresql":
        with reading(keys.engine) as connection:
            connection.execute(sa.select(KEYS))
            status = connection.connection.dbapi_connection.info.transaction_status
        assert status == TransactionStatus.IDLE
    assert keys.find(text) is not None
    with keys.engine.connect() as connection:
        connection.execute(KEYS.delete())
        connection.rollback()
    assert keys.find(text) is not None


def test_the_ledger_keeps_jobs_and_chunks(settings):
    ledger = Ledger(connect(settings.database_url))
    job = ledger.add(
        {
            "id": "j1",
            "owner": "key:a",
            "region": "r",
            "snapshot": "s",
            "file": "f",
            "options": {"grade": "g"},
            "idempotency_key": "k",
        }
    )
    assert ledger.by_key("k")["id"] == job
    assert ledger.split(job, [10, 5], ["c", "d"])
    assert ledger.set_state(job, "running")
    ledger.finish_chunk(job, 0, {"rows": 10}, "abc", 1.0)
    found = ledger.job(job)
    assert (found["total"], found["options"], found["state"]) == (15, {"grade": "g"}, "running")
    assert [one["summary"] for one in found["chunks"]] == [{"rows": 10}, None]
    assert ledger.set_state(job, "done")
    assert not ledger.set_state(job, "cancelled")
    with pytest.raises(NotFoundError):
        ledger.job(job, "key:b")
    ledger.mark_going(job, "key:a")
    assert ledger.page(None, 10) == []
    ledger.forget(job)
    with pytest.raises(NotFoundError):
        ledger.job(job)


def test_a_failed_job_keeps_its_reason_while_other_workers_finish_their_parts(settings):
    ledger = Ledger(connect(settings.database_url))
    job = ledger.add(
        {"id": "j1", "owner": "key:a", "region": "r", "snapshot": "s", "file": "f", "options": {}}
    )
    assert ledger.split(job, [10, 5], ["c", "d"])
    assert ledger.set_state(job, "failed", "Send the file again.", "damaged")
    ledger.finish_chunk(job, 0, {"rows": 10}, "abc", 1.0)
    failed = ledger.job(job)
    assert (failed["error"], failed["code"]) == ("Send the file again.", "damaged")


def test_workers_that_claim_finish_undo_and_split_at_once_do_not_block_each_other(settings):
    engine = connect(settings.database_url)
    ledger, about = Ledger(engine), {"id": "j1", "owner": "key:a", "store": "s"}
    job = ledger.add({**about, "region": "r", "snapshot": "s", "file": "f", "options": {}})
    rows, checksums = [10] * 20, ["c"] * 20
    assert ledger.split(job, rows, checksums)

    def finish(turn):
        ledger.postpone(job, "The disk is full.", "disk_full", 1, 0.0)
        ledger.finish_chunk(job, turn % 20, {"rows": 10}, "abc", 1.0)

    def undo(turn):
        ledger.undo_chunk(job, turn % 20)

    def split(_):
        ledger.split(job, rows, checksums)

    def claim(turn):
        claims = Claims(engine, f"worker{turn % 3}", "s")
        claims.take()
        claims.hand_back()

    turns = [(work, turn) for turn in range(100) for work in (finish, undo, split, claim)]
    with ThreadPoolExecutor(6) as pool:
        waiting = [pool.submit(work, turn) for work, turn in turns]
    assert [done.exception() for done in waiting if done.exception()] == []


def test_processes_that_open_a_new_database_at_once_all_find_it_whole(settings):
    code = (
        "import os\nfrom geoservice.model.settings import Settings\n"
        "from geoservice.state.database import connect\nfrom geoservice.state.schema import METADATA\n"
        "import sqlalchemy as sa\n"
        "engine = connect(Settings.read(os.environ).database_url)\n"
        "assert set(METADATA.tables) <= set(sa.inspect(engine).get_table_names())\n"
    )
    environ = {
        "GEOSERVICE_HOME": str(settings.home),
        "GEOSERVICE_DATABASE": settings.database_url,
        "PATH": "/usr/bin:/bin",
    }
    running = [subprocess.Popen([sys.executable, "-c", code], env=environ) for _ in range(6)]
    assert [one.wait(timeout=120) for one in running] == [0] * 6
    assert set(METADATA.tables) <= set(sa.inspect(connect(settings.database_url)).get_table_names())


@pytest.mark.parametrize(
    "url", ["no url", "mysql://nobody@localhost/x", "postgresql://nobody@/none?host=/nowhere"]
)
def test_a_database_that_cannot_be_opened_is_told_without_its_address(url):
    with pytest.raises(StorageError) as fault:
        connect(url)
    assert "nobody" not in fault.value.detail


def test_threads_make_one_secret_and_purposes_have_their_own_keys(tmp_path, settings):
    fresh = replace(settings, home=tmp_path / "new")
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: secret_for("a", fresh), range(16)))
    assert len(found) == 1
    assert secret_for("b", fresh) not in found
    assert [one.name for one in fresh.home.iterdir()] == ["secret"]
    assert (fresh.home / "secret").stat().st_mode & 0o777 == 0o600


def test_machines_share_a_secret_file(tmp_path, settings):
    shared = tmp_path / "shared"
    one, two = (replace(settings, home=tmp_path / name, secret_file=shared) for name in "ab")
    assert secret_for("a", one) == secret_for("a", two)
    shared.write_text("short")
    with pytest.raises(StorageError):
        secret_for("a", one)


class _NoRows:
    """A store of rows that keeps none."""

    def write(self, *_: object) -> None:
        """Nothing."""

    def remove(self, *_: object, **__: object) -> int:
        """Nothing."""
        return 0


def test_of_two_who_add_a_data_set_at_once_one_is_told(settings):
    engine, start, faults = connect(settings.database_url), Barrier(8), []
    about = {"owner": "o", "agreement": "a", "expires": "2090-01-01", "snapshot": "s"}

    def add(number):
        start.wait()
        try:
            DataSets(engine, _NoRows()).keep(
                "town", "trial", pl.DataFrame({"n": [number]}), about, {}
            )
        except Exception as fault:
            faults.append(type(fault))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(8)))
    assert set(faults) <= {ConflictError}
    assert len(DataSets(engine, _NoRows()).list()) == 1
