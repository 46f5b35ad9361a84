"""Each part of the system struck once while jobs are open (`benchmarks.kill_points` strikes a hundred times)."""

import pytest

from benchmarks.kill_points import strike
from benchmarks.kill_system import System

_ROWS = 40_000


@pytest.fixture
def system():
    running = System(chunk_rows=500, disk_mb=120)
    yield running
    running.close()


def test_jobs_outlive_the_death_of_each_part_of_the_system(system):
    outcome = strike(system, points=len(system.strikes), rows=_ROWS, seconds=240)
    assert outcome.faults == []
    assert set(outcome.points) == set(system.strikes)
