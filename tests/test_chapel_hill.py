"""Attendance segments of a real district: zones of three levels, blocks and scenarios from one file."""

import numpy as np
import pyogrio
import pytest
import shapely
from conftest import SHARED
from planned_region import _STREET, collection

from geoservice import Region
from geoservice.directory.zone_files import zone_export
from geoservice.planning.blocks import read_blocks
from geoservice.planning.ground import crossing_blocks
from geoservice.planning.scenario_file import read_scenario
from geoservice.region.manifest import load_manifest
from geoservice.service.scenarios import check_scenario

SEGMENTS = SHARED / "planning" / "chapel-hill-carrboro" / "attendance_segments.zip"
ZONES = """
[[zones]]
id = "{level}"
file = "{file}"
grades = "{grades}"
[zones.fields]
id = "{column}"
school_id = "{column}"
"""
LEVELS = {
    "elementary": ("ENAME", "KG-05"),
    "middle": ("MNAME", "06-08"),
    "high": ("HNAME", "09-12"),
}
MANIFEST = """
id = "chapel-hill"
metric_crs = "EPSG:32119"
school_year = "2025-26"
[[streets]]
file = "streets.geojson"
[streets.fields]
full_name = "NAME"
from_left = "LF"
to_left = "LT"
[[blocks]]
file = "{file}"
[blocks.fields]
id = "SEGNO"
"""
WALK_ZONES = """
[[zones]]
id = "walk-{level}"
file = "{file}"
grades = "{grades}"
where = "{flag} = 'Y'"
[zones.fields]
id = "{column}"
school_id = "{column}"
"""
FLAGS = {"elementary": "ESWALK", "middle": "MSWALK", "high": "HSWALK"}
SCENARIO = """
id = "one-segment"
region = "chapel-hill"
zones = "elementary"
first_year = "2026-27"
[[changes]]
assign = "moves.csv"
"""


@pytest.mark.skipif(not SEGMENTS.is_file(), reason="no attendance segments beside the checkout")
def test_segments_give_zones_of_three_levels_and_blocks(tmp_path, monkeypatch):
    monkeypatch.setenv("GEOSERVICE_HOME", str(tmp_path / "home"))
    collection(tmp_path / "streets.geojson", [_STREET])
    zones = [
        ZONES.format(level=level, file=SEGMENTS, column=column, grades=grades)
        for level, (column, grades) in LEVELS.items()
    ]
    (tmp_path / "region.toml").write_text(MANIFEST.format(file=SEGMENTS) + "".join(zones))
    reference = Region.open(tmp_path).reference
    segments = pyogrio.read_dataframe(f"/vsizip/{SEGMENTS}", read_geometry=False)
    table = zone_export(reference, "2025-26")
    for level, (column, _) in LEVELS.items():
        expected = segments[column].dropna().str.strip().replace("", None).dropna().unique()
        assert set(table.filter(set_id=level)["zone_id"]) == set(expected)
    blocks = read_blocks(load_manifest(tmp_path))
    assert len(blocks.ids) == len(segments)
    school = table.filter(set_id="elementary")["zone_id"][0]
    (tmp_path / "moves.csv").write_text(f"block,school\n{blocks.ids[0]},{school}\n")
    (tmp_path / "try.toml").write_text(SCENARIO)
    outcome = check_scenario(read_scenario(tmp_path / "try.toml"), reference, tmp_path)
    assert (outcome.ground.block_school >= 0).mean() > 0.9
    assert len(crossing_blocks(outcome.ground)) < 10


@pytest.mark.skipif(not SEGMENTS.is_file(), reason="no attendance segments beside the checkout")
def test_flagged_segments_give_the_walk_zone_of_each_school(tmp_path, monkeypatch):
    monkeypatch.setenv("GEOSERVICE_HOME", str(tmp_path / "home"))
    collection(tmp_path / "streets.geojson", [_STREET])
    sets = [
        form.format(level=level, file=SEGMENTS, column=column, grades=grades, flag=FLAGS[level])
        for form in (ZONES, WALK_ZONES)
        for level, (column, grades) in LEVELS.items()
    ]
    (tmp_path / "region.toml").write_text(MANIFEST.format(file=SEGMENTS) + "".join(sets))
    table = zone_export(Region.open(tmp_path).reference, "2025-26")
    shapes = table.with_columns(shape=shapely.from_wkb(table["geometry"].to_list()))
    segments = pyogrio.read_dataframe(f"/vsizip/{SEGMENTS}").to_crs("EPSG:4326")
    for level, (column, _) in LEVELS.items():
        flagged = segments[segments[FLAGS[level]] == "Y"]
        expected = {
            name.strip(): shapely.union_all(shapely.force_2d(group.geometry.to_numpy()))
            for name, group in flagged.groupby(column)
        }
        walk = dict(shapes.filter(set_id=f"walk-{level}").select("zone_id", "shape").rows())
        zones = dict(shapes.filter(set_id=level).select("zone_id", "shape").rows())
        assert set(walk) == set(expected)
        assert 0 < len(walk) <= len(zones)
        for school, shape in walk.items():
            own = expected[school]
            assert shapely.area(shapely.symmetric_difference(shape, own)) < 1e-3 * own.area
            outside = shapely.difference(shape, zones[school])
            assert outside.area < 1e-3 * shape.area
        overlap = (
            sum(shape.area for shape in walk.values())
            - shapely.union_all(np.array(list(walk.values()))).area
        )
        assert abs(overlap) < 1e-3 * sum(shape.area for shape in walk.values())
