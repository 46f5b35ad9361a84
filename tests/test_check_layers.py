"""`region check` compares the layers of a region with each other and tries them."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from geoservice import Region
from geoservice.cli.main import main
from geoservice.region.check import check_layers
from geoservice.region.layers import read_layers
from geoservice.region.outliers import far_points, mirrored
from geoservice.service.self_test import self_test

HEAD = 'id = "town"\nmetric_crs = "EPSG:26916"\nschool_year = "2023-24"\n'
STREETS = """
[[streets]]
file = "streets.geojson"
fields = { full_name = "NAME", from_left = "LF", to_left = "LT", from_right = "RF", to_right = "RT" }
"""
ADDRESSES = """
[[addresses]]
file = "points.csv"
fields = { number = "number", street = "street", state = "state", lon = "lon", lat = "lat" }
"""
SCHOOLS = """
[schools]
file = "schools.csv"
fields = { id = "id", low_grade = "low", high_grade = "high", lon = "lon", lat = "lat" }
"""
ZONES = """
[[zones]]
id = "elementary"
file = "zones.geojson"
grades = "K-5"
fields = { school_id = "school" }
"""
NAMES = ["Oak St", "Elm Ave", "Main St", "Pine Rd", "Lake Dr"]


def collection(features: list[tuple[dict[str, object], str, object]]) -> str:
    """A GeoJSON text of properties, kinds of geometry and coordinates."""
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": properties,
                    "geometry": {"type": kind, "coordinates": places},
                }
                for properties, kind, places in features
            ],
        }
    )


def streets(names: list[str] = NAMES) -> str:
    """Parallel streets of a kilometre with the ranges 101-199 and 100-198."""
    ends = {"LF": 101, "LT": 199, "RF": 100, "RT": 198}
    return collection(
        [
            (
                {"NAME": name, **ends},
                "LineString",
                [[-87.0, 40 + at * 1e-3], [-86.99, 40 + at * 1e-3]],
            )
            for at, name in enumerate(names)
        ]
    )


def points(change: dict[int, tuple[float, float]] | None = None) -> str:
    """Address points along the streets; some moved to other places, by row."""
    rows = [
        (100 + 10 * at, name, -87 + at * 1e-3, 40 + place * 1e-3)
        for place, name in enumerate(NAMES)
        for at in range(10)
    ]
    lines = []
    for at, (number, name, lon, lat) in enumerate(rows):
        moved = (change or {}).get(at, (lon, lat))
        lines.append(f"{number},{name},IN,{moved[0]:.6f},{moved[1]:.6f}")
    return "\n".join(["number,street,state,lon,lat", *lines, ""])


def zones(west: float = -87.001, south: float = 39.99, *, exchanged: bool = False) -> str:
    """Two zones side by side that hold the whole town."""
    shapes = []
    for school, left in (("1", west), ("2", west + 0.006)):
        ring = [
            (left, south),
            (left + 0.006, south),
            (left + 0.006, south + 0.02),
            (left, south + 0.02),
            (left, south),
        ]
        places = [[lat, lon] if exchanged else [lon, lat] for lon, lat in ring]
        shapes.append(({"school": school}, "Polygon", [places]))
    return collection(shapes)


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """A folder with streets, points, schools and zones that fit together."""
    (tmp_path / "region.toml").write_text(HEAD + STREETS + ADDRESSES + SCHOOLS + ZONES)
    (tmp_path / "streets.geojson").write_text(streets())
    (tmp_path / "points.csv").write_text(points())
    (tmp_path / "schools.csv").write_text(
        "id,low,high,lon,lat\n1,K,5,-87,40.001\n2,K,5,-86.993,40.001\n"
    )
    (tmp_path / "zones.geojson").write_text(zones())
    return tmp_path


def report(folder: Path) -> dict[str, list[object]]:
    """The findings of reading and checking, by code."""
    layers = read_layers(folder)
    by_code: dict[str, list[object]] = {}
    for finding in (*layers.findings, *check_layers(layers), *self_test(layers)):
        by_code.setdefault(finding.code, []).append(finding)
    return by_code


def test_layers_that_fit_have_no_finding_of_place(town):
    codes = set(report(town))
    assert not codes & {
        "layers_apart",
        "far_point",
        "outside_zones",
        "wrong_hemisphere",
        "metric_crs_elsewhere",
    }


def test_the_report_begins_with_what_was_read(town, home, capsys):
    assert main(["region", "check", str(town)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("Read ") for line in lines) == 1
    assert lines[0] == "Read 50 addresses, 2 schools, 2 zones, 5 streets, no areas, no ratings."


@pytest.mark.parametrize(
    ("moved", "slip"),
    [
        ({"exchanged": True}, "longitude and latitude seem to be exchanged"),
        ({"west": 86.99}, "the longitudes seem to lack their minus sign"),
        ({"south": -40.01}, "the latitudes seem to lack their minus sign"),
        ({"west": -90.0}, "its CRS is wrong, or it is a file of another place"),
    ],
)
def test_zones_that_lie_elsewhere_are_an_error_with_the_likely_slip(
    town, home, moved, slip, capsys
):
    (town / "zones.geojson").write_text(zones(**moved))
    (finding,) = report(town)["layers_apart"]
    assert (finding.severity, finding.dataset) == ("error", "zones elementary")
    assert finding.message.endswith(slip)
    assert main(["region", "check", str(town)]) == 3
    assert "lies nowhere near the streets" in capsys.readouterr().out


def test_streets_of_another_county_are_blamed_not_the_three_layers_that_agree(town):
    (town / "streets.geojson").write_text(
        streets().replace("-87.0,", "-84.0,").replace("-86.99,", "-83.99,")
    )
    assert [finding.dataset for finding in report(town)["layers_apart"]] == ["streets"]


@pytest.mark.parametrize(
    ("place", "hint"),
    [
        ((87.0, 40.0), "has lost its sign"),
        ((-87.0, 30.0), "dropped"),
        ((-8.7, 40.0), "dropped"),
        ((-87.0, -40.0), "dropped"),
    ],
)
def test_a_point_far_from_the_rest_is_named_and_takes_no_part(town, home, place, hint):
    (town / "points.csv").write_text(points({7: place}))
    (finding,) = report(town)["far_point"]
    assert finding.rows == ("8",)
    assert hint in finding.message
    assert len(read_layers(town).addresses) == 49
    asked = pl.DataFrame({"address": ["170 Oak St"]})
    placed = Region.open(town).geocode(asked, address="address")
    assert placed.lon[0] == pytest.approx(-87, abs=0.02)


def test_a_school_far_from_the_rest_loses_its_place_and_stays_a_school(town):
    rows = [f"{at},K,5,{-87 + at * 1e-3},40.001" for at in range(1, 9)]
    (town / "schools.csv").write_text(
        "\n".join(["id,low,high,lon,lat", *rows, "9,K,5,87.001,40.001"])
    )
    schools = read_layers(town).schools
    assert (len(schools), schools["lon"].null_count()) == (9, 1)


def test_islands_and_far_towns_of_a_county_are_no_outliers():
    random = np.random.default_rng(3)
    valley = np.column_stack([random.uniform(-118, -117, 3000), random.uniform(34, 34.5, 3000)])
    desert_town = random.normal((-114.6, 34.8), 0.02, (200, 2))
    island = random.normal((-118.4, 33.4), 0.02, (50, 2))
    lon, lat = np.vstack([valley, desert_town, island]).T
    assert not far_points(lon, lat).any()


def test_a_file_of_two_far_halves_has_no_outliers():
    lon = np.array([-87.0] * 10 + [-120.0] * 8)
    assert not far_points(lon, np.full(18, 40.0)).any()


def test_rows_without_a_place_are_never_far():
    lon = np.array([-87.0] * 10 + [np.nan, 87.0])
    lat = np.full(12, 40.0)
    far = far_points(lon, lat)
    assert far.tolist() == [False] * 11 + [True]
    assert mirrored(lon, lat, far).tolist() == far.tolist()


def test_points_outside_all_zones_are_counted(town):
    (town / "zones.geojson").write_text(zones(west=-86.9955))
    (finding,) = report(town)["outside_zones"]
    assert (finding.severity, finding.count) == ("warning", 25)
    assert "50.0%" in finding.message


def test_a_region_whose_points_all_lie_outside_its_zones_is_an_error(town):
    (town / "zones.geojson").write_text(zones(west=-86.9905))
    (finding,) = report(town)["outside_zones"]
    assert (finding.severity, finding.count) == ("error", 50)


def test_a_whole_region_on_the_other_side_of_the_globe_is_told_by_its_states(town):
    (town / "region.toml").write_text(HEAD.replace("26916", "32645") + ADDRESSES)
    (town / "points.csv").write_text(points().replace(",-8", ",8"))
    (finding,) = report(town)["wrong_hemisphere"]
    assert finding.severity == "error"
    assert finding.message.endswith("the longitudes lack their minus sign")


def test_a_metric_crs_for_another_place_is_told_with_the_right_zone(town):
    (town / "region.toml").write_text(HEAD.replace("26916", "26910") + STREETS)
    (finding,) = report(town)["metric_crs_elsewhere"]
    assert "Write `EPSG:26916`" in finding.message


def test_addresses_that_fit_their_streets_pass_the_self_test(town):
    (finding,) = report(town)["self_test"]
    assert (finding.severity, finding.count) == ("note", 50)
    assert "100.0%" in finding.message


def test_addresses_that_do_not_fit_their_streets_are_an_error(town, home, capsys):
    names = ["Oak St", "Elm Ave", "Main St", "First Rd", "Second Dr"]
    (town / "streets.geojson").write_text(streets(names))
    (finding,) = report(town)["self_test"]
    assert (finding.severity, finding.count) == ("error", 50)
    assert "60.0% were matched near their place (not: 20 unknown_street)" in finding.message
    assert main(["region", "check", str(town)]) == 3
    assert capsys.readouterr().out.splitlines()[1].startswith("error   streets: 50 address points")


def test_points_without_a_street_near_them_are_not_asked(town):
    far_away = "".join(f"{at},Far Rd,IN,-87.2,40.2\n" for at in range(100, 200))
    (town / "points.csv").write_text(points() + far_away)
    (finding,) = report(town)["self_test"]
    assert (finding.severity, finding.count) == ("note", 50)


def test_a_region_of_zones_alone_is_built_with_a_warning_and_matches_no_row(
    town, home, capsys, tmp_path
):
    (town / "region.toml").write_text(HEAD + SCHOOLS + ZONES)
    assert main(["region", "check", str(town)]) == 0
    told = capsys.readouterr().out
    assert "Read no addresses, 2 schools, 2 zones, no streets" in told
    assert "warning region: the region has neither streets nor addresses" in told
    assert main(["map", "zones", "-o", str(tmp_path / "zones.svg"), "--region", str(town)]) == 0
    rows, placed = tmp_path / "rows.csv", tmp_path / "placed.csv"
    rows.write_text("address\n12 Oak St\n")
    main(["geocode", str(rows), "-o", str(placed), "--region", str(town), "--address", "address"])
    assert "unknown_street" in placed.read_text()


def test_a_region_whose_streets_cannot_be_read_is_refused(town, home):
    (town / "streets.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    (town / "region.toml").write_text(HEAD + STREETS + SCHOOLS + ZONES)
    assert main(["region", "check", str(town)]) == 2


def test_a_region_of_schools_alone_is_an_error(town, home, capsys):
    (town / "region.toml").write_text(HEAD + SCHOOLS)
    assert main(["region", "check", str(town)]) == 3
    assert "neither streets nor addresses" in capsys.readouterr().out
