"""Two lists of one year: the command line, Python and HTTP name the lists and the remedies."""

import csv
import datetime
import os
import subprocess
import sys

import pytest
from batch_service import client, new_home, service

from geoservice import Region
from geoservice.errors import ConflictError

pytestmark = pytest.mark.slow
_NEXT_YEAR = f"{datetime.date.today().year + 1}-06-30"


@pytest.fixture(scope="module")
def place(home, riverbend, tmp_path_factory):
    """A data folder with two lists of one year."""
    folder = tmp_path_factory.mktemp("lists")
    place = new_home(folder / "home", home)
    with (folder / "in.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "address", "grade"])
        writer.writerows([row, f"{100 + row} 2nd ave, northfield", 3] for row in range(200))
    for name in ("fall", "spring"):
        line = ["students", "add", folder / "in.csv", "--region", "riverbend", "--name", name]
        about = ["--owner", "Office", "--agreement", "MOU-7", "--expires", _NEXT_YEAR]
        columns = ["--address", "address", "--id", "id", "--grade", "grade"]
        done = run(place, *line, *about, *columns, "--school-year", "2025-26")
        assert done.returncode == 0, done.stderr
    return place


def run(place, *arguments):
    line = [sys.executable, "-m", "geoservice.cli.main", *map(str, arguments)]
    environ = {**os.environ, "GEOSERVICE_HOME": str(place)}
    return subprocess.run(line, capture_output=True, text=True, env=environ, timeout=120)


def check(text):
    for part in ("`fall`, `spring`", "2025-26", "`--students`", "students delete"):
        assert part in text


def test_the_command_line_names_the_lists(place, tmp_path):
    line = ["measure", "residents", "--region", "riverbend", "-o", tmp_path / "out.csv"]
    done = run(place, *line)
    assert done.returncode != 0
    check(done.stderr)
    assert run(place, *line, "--students", "spring").returncode == 0


def test_python_names_the_lists(place, riverbend_folder, monkeypatch):
    monkeypatch.setenv("GEOSERVICE_HOME", str(place))
    region = Region.open(riverbend_folder)
    with pytest.raises(ConflictError) as fault:
        region.measure("residents")
    check(fault.value.detail)
    assert len(region.measure("residents", students="fall"))


def test_an_answer_names_the_lists(place):
    server = service(place, "--workers", "0")
    try:
        with client(server) as opened:
            refused = opened.get("/v1/regions/riverbend/measures/residents")
            assert refused.status_code == 409
            check(refused.json()["detail"])
            assert (
                opened.get("/v1/regions/riverbend/measures/residents?students=fall").status_code
                == 200
            )
    finally:
        server.stop()
