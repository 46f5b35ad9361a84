"""`geoservice geocode --resume`: a run that was killed goes on, and its result is that of a run in one go."""

import os
import random
import subprocess
import sys
import time

import pytest
from batch_service import new_home, students

from geoservice.service import large_files

_ROWS = 60_000
_KILLS = 4


@pytest.fixture
def place(home, riverbend, tmp_path):
    return new_home(tmp_path / "home", home)


def start(place, *arguments):
    line = [sys.executable, "-m", "geoservice.cli.main", "geocode", *map(str, arguments)]
    environ = {**os.environ, "GEOSERVICE_HOME": str(place), "GEOSERVICE_CHUNK_ROWS": "1000"}
    return subprocess.Popen(
        [*line, "--region", "riverbend"], env=environ, stderr=subprocess.PIPE, text=True
    )


def ended(place, *arguments):
    process = start(place, *arguments)
    said = process.communicate(timeout=120)[1]
    return process.returncode, said


def left(place):
    """What a run left in the folder of jobs."""
    return sorted(path.name for path in (place / "jobs").iterdir() if path.name != ".store")


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_run_killed_at_random_points_goes_on_to_the_same_bytes(place, tmp_path, ending):
    source, whole, resumed = (
        tmp_path / name for name in ("in.csv", f"whole.{ending}", f"resumed.{ending}")
    )
    source.write_text(students(_ROWS))
    code, said = ended(place, source, "-o", whole, "--resume")
    assert code == 0, said
    draw, heard = random.Random(5), ""
    for _ in range(_KILLS):
        process = start(place, source, "-o", resumed, "--resume")
        until_placed(place, process)
        time.sleep(draw.uniform(0.0, 0.02))  # a few of 60 parts
        process.kill()
        heard += process.communicate()[1]
    assert not resumed.exists()
    code, said = ended(place, source, "-o", resumed, "--resume")
    assert code == 0, said
    assert "Going on with the run that stopped" in said
    assert resumed.read_bytes() == whole.read_bytes()
    assert left(place) == []
    assert [path.name for path in tmp_path.glob(".*.part*")] == []


def until_placed(place, process):
    """Wait until a run has placed some chunks."""
    before = len(list((place / "jobs").glob("*/out-*")))
    ends = time.monotonic() + 60
    while len(list((place / "jobs").glob("*/out-*"))) < before + 2:
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_the_result_is_that_of_a_run_in_one_go(place, tmp_path):
    source = tmp_path / "in.csv"
    source.write_text(students(3_000))
    for name, more in (("a.csv", []), ("b.csv", ["--resume"]), ("c.csv", ["--resume", "--excel"])):
        code, said = ended(place, source, "-o", tmp_path / name, *more)
        assert code == 0, said
    code, said = ended(
        place, source, "-o", tmp_path / "d.csv", "--excel", "--workers", "2", "--resume"
    )
    assert code == 0, said
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert (tmp_path / "c.csv").read_bytes() == (tmp_path / "d.csv").read_bytes()
    assert b'=""0000000""' in (tmp_path / "c.csv").read_bytes()


def killed_midway(place, source, target):
    process = start(place, source, "-o", target, "--resume")
    until_placed(place, process)
    process.kill()
    process.communicate()


def test_a_file_that_changed_is_not_gone_on_with(place, tmp_path):
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(students(20_000))
    killed_midway(place, source, target)
    source.write_text(students(19_999))
    code, said = ended(place, source, "-o", target, "--resume")
    assert code == 2
    assert "has changed" in said
    code, said = ended(place, source, "-o", target, "--resume", "--review", tmp_path / "r.csv")
    assert code == 2
    assert "--review" in said
    assert not target.exists()


def test_a_faulty_row_ends_the_run_and_leaves_nothing(place, tmp_path):
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    lines = students(5_000).splitlines()
    lines[4_000] += ",one,cell,too,many"
    source.write_text("\n".join(lines))
    code, said = ended(place, source, "-o", target, "--resume")
    assert code == 2
    assert "`in.csv`, row 4,000" in said or "`in.csv`, row 4000" in said
    assert not target.exists()
    assert left(place) == []


def test_only_files_over_a_million_rows_go_in_steps_by_themselves(tmp_path):
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    small.write_text("address\n" + "1 Main St\n" * large_files.LARGE_ROWS)
    large.write_text("address\n" + "1 Main St\n" * (large_files.LARGE_ROWS + 1))
    assert [large_files.is_large(path) for path in (small, large)] == [False, True]
