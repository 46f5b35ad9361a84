"""Releases planned in another process, and two processes that remember at once."""

import multiprocessing
import subprocess
import sys

import polars as pl
import pytest

from geoservice.measures.release_tables import COUNTS, MOVEMENT, RATINGS
from geoservice.model.settings import Settings
from geoservice.placing.options import PlaceOptions
from geoservice.service.ahead import ahead
from geoservice.service.measures import Measures
from geoservice.service.students import RecordOptions, Students
from geoservice.state.releases import ReleaseStore

YEARS = ("2022-23", "2023-24")
REMEMBER = """
import sys
import polars as pl
from pathlib import Path
from geoservice.state.releases import ReleaseStore
store, mine = ReleaseStore(Path(sys.argv[1])), sys.argv[2]
for at in range(25):
    store.remember("r", mine, pl.DataFrame({"year": ["2023-24"], "band": [""], "units": ["zone"], "unit": [str(at)],
                                            "part": [""], "value": [40]}))
"""


@pytest.fixture
def settings(riverbend, riverbend_folder, tmp_path):
    """A small list, once for each year."""
    made = Settings(home=tmp_path, database_url=f"sqlite:///{tmp_path}/g.db")
    pl.read_csv(riverbend_folder / "students.csv", infer_schema=False).head(1500).write_csv(
        tmp_path / "students.csv"
    )
    options = PlaceOptions(address="address", grade="grade", school="school")
    about = {"owner": "tests", "agreement": "fictional", "expires": "2099-12-31"}
    for year in YEARS:
        Students(made).add(tmp_path / "students.csv", f"in-{year}", options, riverbend.reference, about,
                           records=RecordOptions(school_year=year))  # fmt: skip
    return made


def test_what_another_process_plans_is_found_and_says_the_same(settings, riverbend):
    measures = Measures(settings)
    with ahead(measures, riverbend.reference, "", RATINGS) as ratings:
        ratings.start()
        ratings.wait()
    folder = settings.home / "releases" / "riverbend"
    kept = {one.name.split("_", 1)[1] for one in folder.glob("*_status.parquet")}
    assert kept == {
        f"{stage}_{year}_status.parquet" for stage in (COUNTS, RATINGS) for year in YEARS
    }
    release = measures.release(riverbend.reference)
    assert not release.waits_for(RATINGS)
    assert release.waits_for(MOVEMENT)
    found = release.plan(RATINGS).status
    for one in folder.iterdir():
        one.unlink()
    assert Measures(settings).release(riverbend.reference).plan(RATINGS).status.equals(found)


def test_nothing_is_begun_where_nobody_waits(settings, riverbend, tmp_path):
    measures = Measures(settings)
    measures.release(riverbend.reference).plan(RATINGS)
    nobody = Measures(
        Settings(home=tmp_path / "none", database_url=f"sqlite:///{tmp_path}/none.db")
    )
    before = set((tmp_path / "releases").rglob("*"))
    for some in (measures, nobody):
        with ahead(some, riverbend.reference, "", RATINGS) as ratings:
            ratings.start()
            ratings.wait()
    assert set((tmp_path / "releases").rglob("*")) == before
    assert not (tmp_path / "none" / "releases").exists()


def test_a_process_that_is_gone_leaves_the_work_to_the_caller(settings, riverbend):
    measures = Measures(settings)
    with ahead(measures, riverbend.reference, "", RATINGS) as ratings:
        ratings.start()
        for one in multiprocessing.active_children():
            one.kill()
        ratings.wait()
    assert measures.release(riverbend.reference).plan(RATINGS).holds


def test_two_processes_that_remember_at_once_forget_nothing(tmp_path):
    both = [
        subprocess.Popen([sys.executable, "-c", REMEMBER, str(tmp_path), one])
        for one in ("counts", "ratings")
    ]
    assert [one.wait(timeout=60) for one in both] == [0, 0]
    assert len(ReleaseStore(tmp_path).before("r")) == 50
