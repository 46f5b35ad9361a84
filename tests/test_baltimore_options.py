"""Twenty-two published boundary options, reproduced to the student from the district's own file."""

import polars as pl
import pytest
from conftest import SHARED
from planned_region import _STREET, collection

from geoservice import Region
from geoservice.planning.scenario_file import read_scenario
from geoservice.service.scenarios import ScenarioChoice, Scenarios, numbers_of

DATA = SHARED / "planning" / "baltimore-county-southwest"
MANIFEST = f"""
id = "southwest"
metric_crs = "EPSG:26985"
school_year = "2015-16"
[[streets]]
file = "streets.geojson"
[streets.fields]
full_name = "NAME"
from_left = "LF"
to_left = "LT"
[schools]
file = "{DATA}/schools.geojson"
[schools.fields]
id = "NUMBER_"
name = "NAME"
capacity = "state_rated_capacity"
[[zones]]
id = "elementary"
file = "{DATA}/planning_blocks.geojson"
grades = "KG-05"
[zones.fields]
id = "ES1516"
school_id = "ES1516"
[[blocks]]
file = "{DATA}/planning_blocks.geojson"
[blocks.fields]
id = "PBID"
students = "K5LiveAtt"
"""
SCENARIO = """
id = "{option}"
region = "southwest"
zones = "elementary"
first_year = "2016-17"
[[changes]]
assign = "{file}"
block = "PBID"
school = "{option}"
"""


@pytest.mark.skipif(not DATA.is_dir(), reason="no planning data beside the checkout")
def test_all_options_are_reproduced_to_the_student(tmp_path, monkeypatch):
    monkeypatch.setenv("GEOSERVICE_HOME", str(tmp_path / "home"))
    collection(tmp_path / "streets.geojson", [_STREET])
    (tmp_path / "region.toml").write_text(MANIFEST)
    region = Region.open(tmp_path)
    moved = pl.read_csv(DATA / "expected_moved.csv")
    students = pl.read_csv(DATA / "expected_students_by_school.csv")
    paths = []
    for option in moved["option"]:
        path = tmp_path / f"{option}.toml"
        path.write_text(SCENARIO.format(option=option, file=DATA / "planning_blocks.geojson"))
        paths.append(path)
    settings = region._settings
    scenarios = [read_scenario(path) for path in paths]
    cases = Scenarios(settings).cases(scenarios, region.reference, tmp_path, ScenarioChoice())
    numbers, outcomes = numbers_of(cases), [case.outcome for case in cases]
    ours = numbers.filter(by="school", grade="all", measure="students").select(
        "scenario", "name", pl.col("after").cast(pl.Int64)
    )
    assert sorted(ours.filter(pl.col("after") > 0).rows()) == sorted(students.rows())
    whole = numbers.filter(by="district", grade="all", measure="moved")["after"].cast(pl.Int64)
    assert whole.to_list() == moved["students_moved"].to_list()
    blocks = [int((one.block_school != one.ground.block_school).sum()) for one in outcomes]
    assert blocks == moved["blocks_moved"].to_list()
