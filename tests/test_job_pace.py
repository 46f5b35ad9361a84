"""The pace of a job counts the time that workers place its rows, not the time that it waits."""

import pytest

from geoservice.service.job_status import job_status
from geoservice.state.database import connect
from geoservice.state.ledger import Ledger
from geoservice.state.schema import CHUNKS, JOBS

_CHUNKS, _ROWS = 4, 100


@pytest.fixture
def ledger(settings):
    ledger = Ledger(connect(settings.database_url))
    job = {"id": "j", "owner": "key:a", "region": "r", "snapshot": "s", "file": "f", "options": {}}
    ledger.add(job)
    ledger.split("j", [_ROWS] * _CHUNKS, ["c"] * _CHUNKS)
    ledger.begin("j")
    return ledger


def placed(ledger, **spells):
    """The status of a job whose chunks were placed in these spells: of seconds 0 to 5, say."""
    with ledger._engine.begin() as connection:
        connection.execute(JOBS.update().values(started=0.0))
        for number, (begun, ended) in enumerate(spells.values()):
            values = {"summary": {"rows": _ROWS}, "begun": begun, "ended": ended}
            connection.execute(CHUNKS.update().where(CHUNKS.c.number == number).values(values))
    return job_status(ledger.job("j"))


def test_a_pace_needs_a_row(ledger):
    status = job_status(ledger.job("j"))
    assert (status["rows_per_s"], status["eta_s"]) == (0.0, None)


def test_the_time_in_the_queue_and_after_a_restart_does_not_count(ledger):
    status = placed(ledger, first=(1_000.0, 1_010.0), after_a_night=(40_000.0, 40_010.0))
    assert (status["rows_per_s"], status["eta_s"]) == (10.0, 20.0)


def test_workers_at_the_same_time_add_their_paces(ledger):
    status = placed(ledger, one=(0.0, 10.0), two=(0.0, 8.0), three=(5.0, 15.0))
    assert (status["rows_per_s"], status["eta_s"]) == (20.0, 5.0)


def test_chunks_of_an_earlier_version_have_no_times_and_no_pace(ledger):
    status = placed(ledger, one=(None, None), two=(0.0, 10.0))
    assert (status["done"], status["rows_per_s"]) == (200, 10.0)


def test_the_ledger_keeps_when_a_chunk_was_placed(ledger):
    ledger.finish_chunk("j", 0, {"rows": _ROWS}, "abc", 5.0)
    chunk = ledger.job("j")["chunks"][0]
    assert chunk["begun"] == 5.0 < chunk["ended"]
