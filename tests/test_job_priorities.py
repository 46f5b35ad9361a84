"""A job of low priority lets all others go first, and is done when nothing else waits."""

import pytest
from batch_service import client, key, new_home, post, rows_of, service, students, wait, worker
from test_claims import State

from geoservice.state.claims import LOW, PRIORITY


def test_a_job_of_low_priority_gets_a_part_only_where_no_other_job_has_one(settings):
    state = State(settings)
    state.job("low", options={PRIORITY: LOW}, chunks=2)
    state.job("normal", chunks=3)
    taken = [state.worker("w").take().job for _ in range(5)]
    assert taken == ["normal", "normal", "normal", "low", "low"]


@pytest.fixture
def place(home, riverbend, tmp_path):
    return new_home(tmp_path / "home", home)


@pytest.fixture
def opened(place):
    server = service(place, "--workers", "0", chunk_rows="100")
    with client(server, key(place, "office")) as caller:
        yield caller
    server.stop()


def test_a_later_job_passes_a_job_of_low_priority(place, opened):
    low = post(opened, students(3_000), priority="low")
    assert low.json()["priority"] == "low"
    normal = post(opened, students(1_500, "Other"))
    assert normal.json()["priority"] == "normal"
    working = worker(place, chunk_rows="100")
    try:
        ended = [wait(opened, sent.headers["Location"]) for sent in (low, normal)]
    finally:
        working.terminate()
        working.wait(timeout=30)
    assert [(job["state"], job["done"]) for job in ended] == [("done", 3_000), ("done", 1_500)]
    finishes = dict(rows_of(place, "SELECT id, finished FROM jobs"))
    assert finishes[normal.json()["id"]] < finishes[low.json()["id"]]


def test_another_word_for_a_priority_is_refused(opened):
    refused = post(opened, students(3), priority="urgent")
    assert refused.status_code == 422, refused.text
    assert "low or normal" in refused.json()["detail"]
