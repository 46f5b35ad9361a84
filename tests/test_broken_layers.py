"""Layers that are broken in one place: repaired or left out, counted, named by row; loss is an error."""

import json
from pathlib import Path

import pytest

from geoservice.model.layers import Finding, RegionLayers
from geoservice.region.layers import read_layers

STREETS = """
id = "small"
metric_crs = "EPSG:26910"
school_year = "2023-24"
[[streets]]
file = "streets.geojson"
[streets.fields]
full_name = "NAME"
from_left = "LF"
to_left = "LT"
"""
ZONES = """
[[zones]]
id = "elementary"
file = "{file}"
{more}
[zones.fields]
school_id = "SCHOOL"
{fields}
"""
WEST, EAST = (-122.42, 37.69, -122.40, 37.71), (-122.40, 37.69, -122.38, 37.71)


def ring(west: float, south: float, east: float, north: float) -> list[list[float]]:
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def feature(geometry: dict[str, object] | None, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def polygon(*rings: list[list[float]]) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": list(rings)}


def write_geojson(path: Path, *features: dict[str, object], **members: object) -> Path:
    content = {"type": "FeatureCollection", **members, "features": list(features)}
    path.write_text(json.dumps(content))
    return path


def region(folder: Path, file: str, more: str = 'grades = "KG-05"', fields: str = "") -> Path:
    """A region with one street and one file of zones."""
    line = {"type": "LineString", "coordinates": [[-122.41, 37.7], [-122.39, 37.7]]}
    write_geojson(folder / "streets.geojson", feature(line, NAME="Oak St", LF=101, LT=199))
    text = STREETS + ZONES.format(file=file, more=more, fields=fields)
    (folder / "region.toml").write_text(text)
    return folder


def named(layers: RegionLayers, code: str) -> Finding:
    """The one finding of a code."""
    (finding,) = [finding for finding in layers.findings if finding.code == code]
    return finding


def grades_of(folder: Path, *cells: str) -> RegionLayers:
    """Zones whose column of grades has these cells."""
    features = [feature(polygon(ring(*WEST)), SCHOOL=f"S{row}", G=cell) for row, cell in enumerate(cells, start=1)]  # fmt: skip
    write_geojson(folder / "zones.geojson", *features)
    return read_layers(region(folder, "zones.geojson", more="", fields='grades = "G"'))


def test_codes_of_other_states_are_grades(tmp_path):
    layers = grades_of(tmp_path, "EE-02", "JK-SK", "K4, K5, 1", "PK-05")
    assert [row[-1] for row in layers.zones["grades"]] == ["02", "KG", "01", "05"]
    assert layers.findings == ()


@pytest.mark.parametrize("cell", ["XX-05", "middle", "5-K", "K-15", "?"])
def test_an_unknown_grade_leaves_out_its_own_row_and_names_it(tmp_path, cell):
    layers = grades_of(tmp_path, "KG-05", cell, "06-08")
    assert layers.zones["zone_id"].to_list() == ["S1", "S3"]
    assert len(layers.zone_polygons) == 2
    found = named(layers, "unknown_grade")
    assert (found.severity, found.count, found.rows) == ("error", 1, ("2",))
    assert cell not in found.message


@pytest.mark.parametrize("cell", ["5-Mar", "Mar-05", "3/5/2024", "2024-03-05"])
def test_a_day_of_the_calendar_hints_at_the_spreadsheet(tmp_path, cell):
    found = named(grades_of(tmp_path, "KG-05", cell), "grade_is_day")
    assert found.rows == ("2",)
    assert "spreadsheet" in found.message


def test_a_lone_k5_is_kindergarten_and_is_asked_about(tmp_path):
    layers = grades_of(tmp_path, "K5", "K-5", "K8")
    assert layers.zones["grades"].list.len().to_list() == [1, 6, 9]
    assert named(layers, "kindergarten_alone").rows == ("1",)
