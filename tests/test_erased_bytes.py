"""After each kind of deletion the planted text is in no byte of the database's files."""

import datetime
import subprocess
import time

import polars as pl
import psycopg
import pytest
import sqlalchemy as sa
from batch_service import PLANTED, changed, client, finished, new_home, service, students, wait

from geoservice.model.caller import Caller
from geoservice.service.keys import keys_of, sessions_of
from geoservice.service.scenario_store import ScenarioStore
from geoservice.service.shelf import Shelf
from geoservice.state.database import connect
from geoservice.state.schema import DATASETS
from geoservice.state.sessions import Person

_PLANNER = Caller("key:1", "key 1", ("maps:read",))
_SCENARIO = {
    "id": "try",
    "name": {"en": f"{PLANTED} plan"},
    "region": "grid",
    "zones": "elementary",
    "first_year": "2027-28",
    "changes": [{"assign": {f"{PLANTED}block": "B"}}],
}
_ENTRY = {
    "owner": "Research office",
    "agreement": f"{PLANTED} agreement",
    "expires": f"{datetime.date.today().year + 1}-06-30",
    "snapshot": "s",
}


def files_of(settings) -> str:
    """The folder of the database's files."""
    if settings.database_url.startswith("sqlite"):
        return str(settings.home)
    folder = settings.database_url.rpartition("host=")[2]
    with psycopg.connect(host=folder, user="geoservice", dbname="postgres", autocommit=True) as db:
        db.execute("CHECKPOINT")
    return f"{folder}/data/base"


def holds(place) -> bool:
    """Return True if a file below a folder has the planted text.

    Another process reads, because closing a file of SQLite drops this process's locks.
    """
    # A certificate names the agreement, and stays.
    line = ["grep", "-rlaF", "--exclude-dir=certificates", PLANTED, str(place)]
    found = subprocess.run(line, capture_output=True, check=False)
    return found.returncode == 0


def keep(shelf):
    rows = pl.DataFrame({"row": [1], "subgroup_el": [PLANTED]})
    shelf.keep("riverbend", "fall", rows, _ENTRY, {"columns": [f"{PLANTED}column"], "rows": 1})


def delete_list(settings):
    shelf = Shelf(settings)
    keep(shelf)
    yield
    shelf.delete("riverbend", "fall")


def let_list_expire(settings):
    shelf = Shelf(settings)
    keep(shelf)
    yield
    with connect(settings.database_url).begin() as connection:
        connection.execute(DATASETS.update().values(expires="2020-01-01"))
    shelf.expire()


def replace_list(settings):
    shelf = Shelf(settings)
    keep(shelf)
    yield
    rows = pl.DataFrame({"row": [1], "subgroup_el": ["other"]})
    shelf.keep("riverbend", "fall", rows, {**_ENTRY, "agreement": "MOU-8"}, {"rows": 1})


def delete_scenario(settings):
    store = ScenarioStore(settings)
    stored = store.save(_SCENARIO, _PLANNER, label=f"{PLANTED} draft")
    yield
    store.delete(stored.id, _PLANNER)


def sign_out(settings):
    sessions = sessions_of(settings)
    text, _ = sessions.begin("user:1", "", Person("user:1", f"{PLANTED} person", ("staff",)))
    yield
    sessions.end(text)


def revoke_key(settings):
    keys, sessions = keys_of(settings), sessions_of(settings)
    key = keys.find(keys.create("script", ["geocode"]))
    with keys.engine.begin() as connection:
        values = {"hash": "h", "csrf": PLANTED, "owner": key.owner, "created": 0, "seen": 0}
        connection.execute(
            sa.text("INSERT INTO sessions VALUES (:hash,:owner,:csrf,:created,:seen)"), values
        )
    yield
    keys.revoke(key.id)
    assert sessions.find("anything") is None


@pytest.mark.parametrize(
    "deletion",
    [delete_list, let_list_expire, replace_list, delete_scenario, sign_out, revoke_key],
)
def test_a_deletion_leaves_no_byte(settings, deletion):
    steps = deletion(settings)
    next(steps)
    assert holds(files_of(settings))
    next(steps, None)
    assert not holds(files_of(settings))


@pytest.fixture
def place(home, riverbend, tmp_path):
    return new_home(tmp_path / "home", home)


def a_job(opened):
    """A finished job whose file name and rows are planted, with a decision about a row."""
    rows = students(30) + f"{PLANTED}id,{PLANTED}x,200 aspen,3\n"
    location = finished(opened, rows, f"{PLANTED}.csv", grade="grade", id="student_id")
    review = opened.get(f"{location}/review?f=json").json()["items"]
    review[0]["use"] = "1"
    assert opened.put(f"{location}/overrides", json={"items": review}).status_code == 202
    wait(opened, location)
    return location, review


def test_a_purged_job_leaves_no_byte(place):
    server = service(place)
    try:
        with client(server) as opened:
            location, _ = a_job(opened)
            assert holds(place)
            assert opened.delete(f"{location}?purge=true").status_code == 204
            assert not holds(place)
    finally:
        server.stop()


def test_decisions_that_are_taken_back_leave_no_byte(place):
    server = service(place)
    try:
        with client(server) as opened:
            location, review = a_job(opened)
            folder = place / "jobs" / location.rpartition("/")[2]
            assert len(list(folder.glob("decisions-*"))) == 1
            review[0]["use"] = ""
            opened.put(f"{location}/overrides", json={"items": review})
            wait(opened, location)
            assert list(folder.glob("decisions-*")) == []
    finally:
        server.stop()


def test_an_expired_job_leaves_no_byte(place):
    server = service(place)
    with client(server) as opened:
        a_job(opened)
    server.stop()
    changed(place, "UPDATE jobs SET expires = 1")
    server = service(place)
    try:
        ends = time.monotonic() + 60
        while holds(place) and time.monotonic() < ends:
            time.sleep(0.5)
        assert not holds(place)
    finally:
        server.stop()
