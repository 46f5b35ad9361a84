"""Leases: no part of a job is held twice, the parts of the dead are free, and owners take turns."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from geoservice.state.claims import LEASE_S, Claim, Claims, living_workers
from geoservice.state.database import connect
from geoservice.state.deaths import MOST_DEATHS
from geoservice.state.ledger import Ledger
from geoservice.state.schema import CHUNKS, JOBS
from geoservice.tables.presence import is_dead, process_token


class State:
    def __init__(self, settings):
        self.engine = connect(settings.database_url)
        self.ledger = Ledger(self.engine)

    def job(self, name, owner="key:a", chunks=0, options=None):
        self.ledger.add(
            {
                "id": name,
                "owner": owner,
                "store": "s",
                "region": "r",
                "snapshot": "x",
                "file": "f",
                "options": options or {},
            }
        )
        if chunks:
            self.ledger.split(name, [1] * chunks, ["c"] * chunks)

    def worker(self, name="w"):
        return Claims(self.engine, name, "s")

    def run(self, statement):
        with self.engine.begin() as connection:
            connection.execute(statement)


@pytest.fixture
def state(settings):
    return State(settings)


def test_many_workers_at_once_never_hold_one_part(state):
    state.job("long", chunks=60)

    def take_all(number):
        worker, parts = state.worker(f"w{number}"), []
        while (claim := worker.take()) is not None:
            parts.append(claim)
        return parts

    with ThreadPoolExecutor(8) as pool:
        parts = [part for parts in pool.map(take_all, range(8)) for part in parts]
    assert sorted(part.number for part in parts) == list(range(60))


def test_one_worker_alone_splits_and_one_assembles(state):
    state.job("j")
    assert state.worker("a").take() == Claim("j", "split")
    assert state.worker("b").take() is None
    state.ledger.split("j", [5], ["c"])
    assert state.worker("b").take() == Claim("j", "chunk", 0)
    assert state.worker("a").take() is None
    state.ledger.finish_chunk("j", 0, {"rows": 5}, "d", 1.0)
    assert state.worker("a").take() == Claim("j", "assemble")
    assert state.worker("b").take() is None


def test_parts_that_are_handed_back_are_taken_again(state):
    state.job("j", chunks=1)
    worker = state.worker("a")
    claim = worker.take()
    worker.hand_back()
    assert state.worker("b").take() == claim


@pytest.mark.parametrize("shift_s", [-1.0, 100 * LEASE_S])
def test_a_lease_that_is_over_or_of_a_clock_set_back_is_free(state, shift_s):
    state.job("j", chunks=1)
    claim = state.worker("a").take()
    assert state.worker("b").take() is None
    state.run(CHUNKS.update().values(lease_until=time.time() + shift_s))
    assert state.worker("b").take() == claim


def test_what_a_dead_process_of_this_machine_held_is_free_at_once(state):
    machine, boot, _, _ = process_token().split("-")
    state.job("j", chunks=1)
    dead = state.worker(f"{machine}-{boot}-4194304-1.0")
    dead.enter()
    claim = dead.take()
    other = state.worker(f"{process_token()}.0")
    other.enter()
    assert other.take() is None
    other.free_parts_of_the_dead()
    assert other.take() == claim
    assert living_workers(state.engine, "s") == 1


def test_a_job_whose_part_ends_one_worker_after_another_fails(state):
    """Without an end, such a part would kill all workers for ever; another job goes on."""
    machine, boot, _, _ = process_token().split("-")
    state.job("poison", chunks=2)
    other = state.worker(f"{process_token()}.0")
    other.enter()
    for number in range(MOST_DEATHS):
        assert state.ledger.job("poison")["state"] == "queued"
        dead = state.worker(f"{machine}-{boot}-4194304-1.{number}")
        dead.enter()
        assert dead.take() == Claim("poison", "chunk", 0)
        other.free_parts_of_the_dead()
    job = state.ledger.job("poison")
    assert (job["state"], job["code"]) == ("failed", "crash")
    assert "GEOSERVICE_CHUNK_ROWS" in job["error"]
    assert other.take() is None
    state.job("sound", chunks=1)
    assert other.take() == Claim("sound", "chunk", 0)
    state.ledger.forget("poison")


def test_a_killed_process_is_dead_before_its_parent_asks_for_its_status():
    program = "from geoservice.tables.presence import process_token; print(process_token())"
    line = [sys.executable, "-c", f"{program}; input()"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(line, **pipes) as process:
        token = process.stdout.readline().strip()
        assert is_dead(token) is False
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert is_dead(token) is True


def test_a_heartbeat_renews_leases_and_leaving_ends_them(state):
    state.job("j", chunks=1)
    worker = state.worker("a")
    worker.enter()
    worker.take()
    state.run(CHUNKS.update().values(lease_until=time.time() - 1))
    worker.enter()
    assert state.worker("b").take() is None
    worker.leave()
    assert state.worker("b").take() is not None


def test_owners_take_turns_and_a_long_job_holds_up_no_short_one(state):
    state.job("a-long", "key:a", chunks=50)
    worker = state.worker()
    turns = [worker.take().job for _ in range(3)]
    state.job("a-short", "key:a", chunks=1)
    state.job("b-one", "key:b", chunks=2)
    turns += [worker.take().job for _ in range(6)]
    assert turns[:3] == ["a-long"] * 3
    assert set(turns[3:5]) == {"b-one", "a-short"}
    assert turns[5:9].count("b-one") >= 1
    assert turns[5:9].count("a-long") >= 2


def test_jobs_of_another_store_and_jobs_that_wait_are_passed_over(state):
    state.job("elsewhere", chunks=1)
    state.run(JOBS.update().values(store="other"))
    state.job("waits", chunks=1)
    state.ledger.postpone("waits", "The disk is full.", "disk_full", 1, time.time() + 60)
    assert state.worker().take() is None
    state.run(JOBS.update().where(JOBS.c.id == "waits").values(retry_at=time.time() - 1))
    assert state.worker().take().job == "waits"


def test_parts_of_jobs_that_are_over_are_not_taken(state):
    state.job("j", chunks=2)
    state.ledger.set_state("j", "cancelled")
    assert state.worker().take() is None
    assert state.ledger.finish_chunk("j", 0, {"rows": 1}, "c", 1.0) is None
    with state.engine.connect() as connection:
        assert connection.execute(sa.select(JOBS.c.state)).scalar() == "cancelled"
