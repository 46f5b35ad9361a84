"""The line that long commands show on a terminal, and that a pipe does not get."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

ROWS = 3_000


@pytest.fixture
def students(riverbend_folder, tmp_path):
    """The beginning of the fictional district's list."""
    lines = (riverbend_folder / "students.csv").read_text("utf-8").splitlines()[: ROWS + 1]
    path = tmp_path / "students.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def on_a_terminal(home: Path, *arguments: object) -> str:
    """Return what a command writes to a terminal."""
    ours, theirs = pty.openpty()
    line = [sys.executable, "-m", "geoservice.cli.main", *map(str, arguments)]
    environ = {**os.environ, "GEOSERVICE_HOME": str(home)}
    run = subprocess.Popen(line, stdout=theirs, stderr=theirs, stdin=theirs, env=environ)
    os.close(theirs)
    said = b""
    while True:
        try:
            part = os.read(ours, 65_536)
        except OSError:  # The other end is closed.
            break
        if not part:
            break
        said += part
    assert run.wait(timeout=60) == 0, said.decode()
    return said.decode()


def geocoding(students, tmp_path):
    columns = ("--address", "address", "--grade", "grade")
    return ("geocode", students, "-o", tmp_path / "out.csv", "--region", "riverbend", *columns)


def test_a_terminal_shows_a_bar_of_the_rows_that_is_gone_at_the_end(
    riverbend, home, students, tmp_path
):
    said = on_a_terminal(home, *geocoding(students, tmp_path))
    assert f"{ROWS}/{ROWS}" in said
    assert "100%" in said
    # The bar is wiped before the summary stands in its place.
    before, summary = said.split(f"{ROWS:,} rows in", 1)
    assert before.endswith(("\r", "\n"))
    assert "%" not in summary.split("(")[0]


def test_a_pipe_gets_sentences_alone(riverbend, command, students, tmp_path):
    run = command(*geocoding(students, tmp_path))
    assert run.returncode == 0
    assert "\r" not in run.stderr
    assert "%|" not in run.stderr
    assert f"{ROWS:,} rows in" in run.stderr


def test_a_command_that_takes_more_than_a_second_shows_the_time_so_far(riverbend_folder, tmp_path):
    said = on_a_terminal(tmp_path / "home", "region", "build", riverbend_folder)
    assert "Building region riverbend" in said
    assert "Building region riverbend (new or changed). 00:0" in said
