"""The main job on a real city, where its public data is present."""

import shutil

import numpy as np
import polars as pl
import pyproj
import pytest
from conftest import SHARED

from geoservice import Region
from geoservice.geometry.polygons import PolygonIndex

SOURCE = SHARED / "regions" / "san-francisco"
MANIFEST = """
id = "{id}"
metric_crs = "EPSG:26910"
school_year = "2023-24"
[bands]
"K-5" = "TK-05"
[[streets]]
file = "streets.zip"
defaults = {{ city = "San Francisco", state = "CA" }}
[streets.fields]
id = "CNN"
name = "STREET"
type = "ST_TYPE"
from_left = "LF_FADD"
to_left = "LF_TOADD"
from_right = "RT_FADD"
to_right = "RT_TOADD"
zip_left = "ZIP_CODE"
zip_right = "ZIP_CODE"
{points}
[schools]
file = "schools.csv"
fields = {{ id = "SCHNO", name = "FULLNAME", low_grade = "BEGGRADE", high_grade = "ENDGRADE", lon = "Longitude", lat = "Latitude" }}
[[ratings]]
file = "ratings.csv"
scheme = "composite"
fields = {{ school_id = "SCHNO", year = "SCHOOL_YEAR", value = "COMPOSITE" }}
[rating_schemes.composite]
kind = "score"
labels = [ {{ id = "A", min = 70 }}, {{ id = "B", min = 50 }}, {{ id = "C", min = 30 }}, {{ id = "D" }} ]
[[zones]]
id = "elementary"
file = "elementary_zones.zip"
grades = "TK-05"
fields = {{ school_id = "SCHNO" }}
[[areas]]
id = "neighborhoods"
file = "neighborhoods.geojson"
fields = {{ name = "nhood" }}
"""
POINTS = """
[[addresses]]
file = "addresses.csv.gz"
defaults = { city = "San Francisco", state = "CA" }
fields = { number = "number", street = "street", lon = "lon", lat = "lat" }
"""
pytestmark = pytest.mark.skipif(not SOURCE.is_dir(), reason="the city's public data is not here")


def opened(folder, home, points):
    for path in SOURCE.iterdir():
        shutil.copy(path, folder / path.name)
    name = "sf-points" if points else "sf-ranges"
    (folder / "region.toml").write_text(MANIFEST.format(id=name, points=POINTS if points else ""))
    return Region.open(folder)


@pytest.fixture(scope="module")
def city(tmp_path_factory, home, riverbend):
    return opened(tmp_path_factory.mktemp("sf"), home, points=True)


@pytest.fixture(scope="module")
def by_ranges(tmp_path_factory, home, riverbend):
    return opened(tmp_path_factory.mktemp("sf"), home, points=False)


@pytest.fixture(scope="module")
def points():
    table = pl.read_csv(SOURCE / "addresses.csv.gz", infer_schema=False)
    line = pl.col("number") + " " + pl.col("street") + ", San Francisco, CA"
    return table.with_columns(address=line, grade=pl.lit("3")).rename({"lon": "x0", "lat": "y0"})


def test_every_address_point_matches_by_point(city, points):
    placed = city.geocode(points.select("address"), address="address")
    assert (placed.geo_match == "point").all()


def test_ranges_alone_place_nearly_all_near_and_in_the_right_zone(by_ranges, points):
    placed = by_ranges.geocode(points.select("address", "grade"), address="address", grade="grade")
    found = (placed.geo_match == "range").to_numpy()
    assert found.mean() >= 0.985
    to_metres = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:26910", always_xy=True)
    x0, y0 = to_metres.transform(*(points[axis].cast(float).to_numpy() for axis in ("x0", "y0")))
    x1, y1 = to_metres.transform(placed.lon.to_numpy()[found], placed.lat.to_numpy()[found])
    error = np.hypot(x1 - x0[found], y1 - y0[found])
    assert np.median(error) <= 20
    assert np.quantile(error, 0.9) <= 40
    layer = by_ranges.reference.zone_layers[0]
    assert isinstance(layer.index, PolygonIndex)
    true = layer.index.locate(x0[found], y0[found])
    ids = np.array([*layer.ids.to_list(), ""], dtype=object)
    mine = placed.zone_elementary.fillna("").to_numpy()[found]
    assert (ids[true] == mine).mean() >= 0.995


def test_most_messy_addresses_match(city):
    table = pl.read_csv(SHARED / "truth" / "sf_messy_addresses.csv", infer_schema=False)
    column = next(one for one in table.columns if "address" in one.lower())
    placed = city.geocode(table.select(column), address=column)
    assert placed.geo_match.isin(["point", "range"]).mean() >= 0.9


def test_every_zone_joins_to_a_school_and_a_rating(city):
    zones = city.reference.zones()
    assert len(zones) == 58
    assert set(zones["school_id"]) <= set(city.reference.schools()["id"])
    rated = city.reference.ratings().drop_nulls("label")["school_id"]
    assert set(zones["school_id"]) <= set(rated)


def test_the_ratings_map_opens_without_faults_or_other_hosts(city, page, tmp_path):
    city.map("ratings").save(tmp_path / "ratings.html")
    page.goto(f"file://{tmp_path}/ratings.html")
    page.wait_for_selector("body[data-ready]")
    assert page.faults == []
    assert [url for url in page.asked if not url.startswith("file://")] == []
    assert page.locator("tbody tr").count() == 58
