"""Attendance segments of a real district: zones of three levels, blocks and scenarios from one file."""

import pyogrio
import pytest
from conftest import SHARED
from planned_region import _STREET, collection

from geoservice import Region
from geoservice.directory.zone_files import zone_table
from geoservice.planning.blocks import read_blocks
from geoservice.planning.ground import crossing_blocks
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
    zones = [ZONES.format(level=level, file=SEGMENTS, column=column, grades=grades)
             for level, (column, grades) in LEVELS.items()]  # fmt: skip
    (tmp_path / "region.toml").write_text(MANIFEST.format(file=SEGMENTS) + "".join(zones))
    reference = Region.open(tmp_path).reference
    segments = pyogrio.read_dataframe(f"/vsizip/{SEGMENTS}", read_geometry=False)
    table = zone_table(reference, "2025-26")
    for level, (column, _) in LEVELS.items():
        expected = segments[column].dropna().str.strip().replace("", None).dropna().unique()
        assert set(table.filter(set_id=level)["zone_id"]) == set(expected)
    blocks = read_blocks(load_manifest(tmp_path))
    assert len(blocks.ids) == len(segments)
    school = table.filter(set_id="elementary")["zone_id"][0]
    (tmp_path / "moves.csv").write_text(f"block,school\n{blocks.ids[0]},{school}\n")
    (tmp_path / "try.toml").write_text(SCENARIO)
    outcome = check_scenario(tmp_path / "try.toml", reference, tmp_path)
    assert (outcome.ground.block_school >= 0).mean() > 0.9
    assert len(crossing_blocks(outcome.ground)) < 10
