"""The main job on a real city, where its public data is present."""

import gzip
import random
import shutil
import string

import numpy as np
import polars as pl
import pyogrio
import pyproj
import pytest
from conftest import SHARED

from geoservice import Region
from geoservice.address.clean import clean_text
from geoservice.address.street import read_street
from geoservice.geometry.polygons import PolygonIndex
from geoservice.placing.accuracy import accuracy

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
    assert found.mean() >= 0.986
    x0, y0 = (axis[found] for axis in metres(points["x0"], points["y0"]))
    x1, y1 = metres(placed.lon[found], placed.lat[found])
    error = np.hypot(x1 - x0, y1 - y0)
    assert np.median(error) <= 17
    assert np.quantile(error, 0.9) <= 31
    mine = placed.zone_elementary.fillna("").to_numpy()[found]
    assert (true_zones(by_ranges, x0, y0) == mine).mean() >= 0.998


def metres(lon, lat):
    """East and north of columns of degrees."""
    project = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:26910", always_xy=True)
    return project.transform(*(np.asarray(axis, dtype=float) for axis in (lon, lat)))


def true_zones(region, x, y):
    """Ids of the zones that hold the places, empty outside all."""
    layer = region.reference.zone_layers[0]
    assert isinstance(layer.index, PolygonIndex)
    return np.array([*layer.ids.to_list(), ""], dtype=object)[layer.index.locate(x, y)]


def test_addresses_whose_points_were_taken_out_are_carried_by_ranges_and_neighbours(
    by_ranges, points, home, tmp_path
):
    asked = points.unique(["number", "street"], keep="first", maintain_order=True).sample(
        10_000, seed=8
    )
    folder = tmp_path / "removed"
    folder.mkdir()
    for path in SOURCE.iterdir():
        shutil.copy(path, folder / path.name)
    kept = points.join(asked, on=["number", "street"], how="anti")
    with gzip.open(folder / "addresses.csv.gz", "wb") as stream:
        kept.select("number", "street", lon="x0", lat="y0").write_csv(stream)
    (folder / "region.toml").write_text(MANIFEST.format(id="sf-removed", points=POINTS))
    placed = Region.open(folder).geocode(
        asked.select("address", "grade"), address="address", grade="grade"
    )
    assert not (placed.geo_match == "point").any()
    found = (placed.geo_status == "matched").to_numpy()
    assert found.mean() >= 0.985
    true = true_zones(by_ranges, *metres(asked["x0"], asked["y0"]))[found]
    mine = placed.zone_elementary.fillna("").to_numpy()[found]
    assert (true == mine).mean() >= 0.995


def damaged(points, harm):
    """Some thousand points with their street's name harmed: the table and the true streets."""
    drawn = random.Random(5)
    rows, true = [], []
    for number, street in points.sample(10_000, seed=3).select("number", "street").iter_rows():
        read = read_street(clean_text(street))
        name = read.name
        if not read.is_numbered and len(name) >= 4 and name in street:
            harmed = harm(name, drawn)
            if harmed != name:
                rows.append(f"{number} {street.replace(name, harmed)}, San Francisco, CA")
                true.append(read)
    return pl.DataFrame({"address": rows}), true


def one_slip(name, drawn):
    at, letter = drawn.randrange(len(name)), drawn.choice(string.ascii_uppercase)
    return drawn.choice(
        [
            name[:at] + name[at + 1 :],
            name[:at] + letter + name[at:],
            name[:at] + letter + name[at + 1 :],
        ]
    )


def swapped(name, drawn):
    pairs = [at for at in range(len(name) - 1) if " " not in name[at : at + 2]]
    at = drawn.choice(pairs)
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def judged(city, table, true):
    """Shares that came to the right street and to a wrong one."""
    placed = city.geocode(table, address="address")
    right = wrong = 0
    for street, found in zip(true, placed.geo_address, strict=True):
        if isinstance(found, str):
            mine = read_street(found.split(",")[0].split(" ", 1)[1])
            right += mine.name == street.name
            wrong += mine.name != street.name
    return right / len(true), wrong / len(true)


@pytest.mark.parametrize(
    ("harm", "least", "most"), [(one_slip, 0.97, 0.003), (swapped, 0.95, 0.005)]
)
def test_a_slip_in_the_name_leads_to_the_right_street_or_nowhere(city, points, harm, least, most):
    right, wrong = judged(city, *damaged(points, harm))
    assert (right >= least, wrong <= most) == (True, True), (right, wrong)


def test_a_number_glued_to_its_street_is_parted(city, points):
    some = points.sample(5_000, seed=4)
    table = some.select(address=pl.col("number") + pl.col("street") + ", San Francisco, CA")
    true = [read_street(clean_text(street)) for street in some["street"]]
    right, wrong = judged(city, table, true)
    assert (right >= 0.95, wrong <= 0.003) == (True, True), (right, wrong)


def test_made_up_streets_and_numbers_far_out_of_range_match_nothing(city, points):
    drawn = random.Random(9)
    sounds = [a + b for a in "BCDFGHKLMNPRSTVWZ" for b in "AEIOU"]
    names = ["".join(drawn.choices(sounds, k=drawn.randrange(2, 5))) for _ in range(5_000)]
    rows = [
        f"{drawn.randrange(1, 9999)} {name} {drawn.choice(['St', 'Ave', 'Way'])}" for name in names
    ]
    far = points.sample(5_000, seed=6)["street"]
    rows += [f"{drawn.randrange(20_000, 99_999)} {street}" for street in far]
    placed = city.geocode(pl.DataFrame({"address": rows}), address="address")
    assert (placed.geo_status == "matched").sum() <= 10


def test_what_the_points_teach_makes_ranges_and_neighbours_better(city):
    ranges, between = accuracy(city.reference)
    assert ranges.matched / ranges.points >= 0.986
    assert (ranges.median_m <= 12, ranges.p90_m <= 29) == (True, True)
    assert (between.median_m <= 5.5, between.p90_m <= 14) == (True, True)
    assert ranges.wrong_zone <= 0.002
    assert between.wrong_zone <= 0.002
    assert 0.93 <= ranges.within_uncertainty <= 0.97
    assert 0.93 <= between.within_uncertainty <= 0.97


@pytest.fixture(scope="module")
def messy(city):
    """Addresses of food businesses as inspectors typed them, placed."""
    table = pl.read_csv(SHARED / "truth" / "sf_messy_addresses.csv", infer_schema=False)
    placed = city.geocode(table.select("address"), address="address")
    return table.select(
        pl.col("address").fill_null(""),
        matched=pl.Series(placed.geo_match.isin(["point", "range"]).to_numpy()),
        lon=pl.Series(placed.lon.to_numpy()),
        lat=pl.Series(placed.lat.to_numpy()),
    )


def plain_words(text):
    return text.upper().replace("'", "").replace(",", " ").split()


def street_keys(text):
    """The number, and the two to four words behind it: loose keys, made without the geocoder's reading."""
    number, *words = plain_words(text) or [""]
    words = [word.lstrip("0") for word in words]
    return [(number, " ".join(words[:end])) for end in range(len(words), 0, -1)]


@pytest.fixture(scope="module")
def streets_of_the_files(points):
    """Names of the streets in the city's two files, without their types."""
    lines = pyogrio.read_dataframe(SOURCE / "streets.zip", read_geometry=False)["STREET"]
    named = [" ".join(plain_words(text)[:-1]) for text in points["street"].unique()]
    return {one.lstrip("0") for one in [*named, *lines.dropna().str.replace("'", "")]} - {""}


def test_messy_addresses_match_where_the_files_hold_their_street(messy, streets_of_the_files):
    """The others are piers, plazas, the ball park and the like, which neither file has."""
    known = [
        text[:1].isdigit()
        and any(street in streets_of_the_files for _, street in street_keys(text))
        for text in messy["address"]
    ]
    assert sum(known) > 2_900
    assert messy.filter(known)["matched"].mean() >= 0.99


def test_messy_addresses_lie_near_the_citys_point_of_the_same_number_and_street(messy, points):
    at = {}
    for number, street, lat, lon in points.select("number", "street", "y0", "x0").iter_rows():
        key = (number, " ".join(plain_words(street)).lstrip("0"))
        at.setdefault(key, []).append((float(lon), float(lat)))
    judged = near = matched = 0
    for text, _, lon, lat in messy.iter_rows():
        true = next((at[key] for key in street_keys(text) if key in at), None)
        if true:
            judged += 1
            matched += lon == lon
            near += any(np.hypot((x - lon) * 88e3, (y - lat) * 111e3) <= 100 for x, y in true)
    assert judged > 2_500
    assert matched / judged >= 0.999
    assert near / judged >= 0.999


@pytest.mark.parametrize("typed", ["OFF THE GRID", "FERRY BUILDING", "PIER ", "EMBARCADERO CENTER"])
def test_what_is_no_address_of_the_files_matches_nothing(messy, typed):
    rows = messy.filter(pl.col("address").str.contains(typed, literal=True))
    assert len(rows) > 5
    assert not rows["matched"].any()


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
    assert page.locator("tbody tr").count() >= len(city.reference.zones())
