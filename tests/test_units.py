"""Units: the typed one decides; where it decides nothing, the middle of the house or a tie."""

import gzip

import numpy as np
import polars as pl
import pytest
from conftest import SHARED
from town import metres

from geoservice import Region
from geoservice.address.clean import clean_text
from geoservice.address.delivery import read_delivery
from geoservice.address.lastline import segments_of
from geoservice.address.unit import known_unit, unit_key

CHARLOTTESVILLE = SHARED / "regions" / "charlottesville"


def typed_unit(line):
    return read_delivery(segments_of(clean_text(line)), "").unit


@pytest.mark.parametrize(
    ("line", "unit"),
    [
        ("12 Oak Court-298", "# 298"),
        ("12 Oak St#4", "# 4"),
        ("12 Oak Ave.Apt 3", "APT 3"),
        ("12 Oak Dr, 12B", "# 12B"),
        ("12 Oak Dr, B, Springfield", "# B"),
        ("12 Oak St-4B", "# 4B"),
        ("12 Oak St/4", "# 4"),
        ("12 Oak Ct-Apt 3", "APT 3"),
        ("12 Oak St Apt-298", "APT 298"),
        ("12 Oak St Apt: 298", "APT 298"),
        ("12 Oak St Apt. No. 4", "APT 4"),
        ("12 Oak St Apt Bsmt", "BSMT"),
        ("12 Oak St Unit Cottage", "UNIT COTTAGE"),
        ("12 Carlton Rd 13", "# 13"),
        ("12 Oak St - 2", "# 2"),
        ("12 Oak St Apt 2 B", "APT 2B"),
        ("12 Oak St Apto 4", "APT 4"),
        ("12 Oak St Upper Unit", "UPPR"),
        ("12 Oak St Garage Apt", "GARAGE"),
        ("12 Oak St #", ""),
        ("12 W South St 203", "# 203"),
        ("12 N RM 620 Apt 5", "APT 5"),
        ("12 County Rd-12", ""),
        ("12 Calle 123", ""),
        ("12 Unit Dr", ""),
    ],
)
def test_units_are_read_where_people_put_them(line, unit):
    assert typed_unit(line) == unit


@pytest.mark.parametrize(
    ("known", "typed"),
    [
        ("0298", "Apt 298"),
        ("APT 298", "#0298"),
        ("298", "Unit 298"),
        ("298", "298"),
        ("Ste 4-B", "Apt 4B"),
        ("A", "#A"),
        ("A01", "Apt A-1"),
        ("2nd Floor", "Fl 2"),
        ("Bldg 3 Apt 4", "Building 3 Unit 04"),
        ("Bldg 3 Apt 4", "Apt 4 Bldg 3"),
        ("Basement", "Apt Bsmt"),
        ("COTT", "Unit COTT"),
    ],
)
def test_one_unit_has_one_key(known, typed):
    assert unit_key(known_unit(known)) == unit_key(typed_unit(f"12 Oak St {typed}")) != ""


@pytest.mark.parametrize(
    ("known", "typed"), [("2", "Fl 2"), ("4", "Bldg 4"), ("4", "PO Box 4"), ("12", "Apt 1-2B")]
)
def test_floors_buildings_and_boxes_are_no_apartments(known, typed):
    assert unit_key(known_unit(known)) != unit_key(typed_unit(f"12 Oak St {typed}"))


@pytest.fixture
def house(town):
    """A house of four units along 90 metres in one zone."""
    for at, unit in enumerate(("1", "2", "3A", "B")):
        town.point("10", "OAK AVE", 30.0 * at, 0, unit=unit)
    town.zone("E1", (-500, -500, 500, 500))
    return town


def place_of(found):
    return metres(found["lon"], found["lat"])


@pytest.mark.parametrize(
    ("typed", "x"),
    [
        ("Apt 1", 0),
        ("#02", 30),
        ("2", 30),
        ("Unit 3-A", 60),
        ("apt b", 90),
        (", B, Springfield", 90),
    ],
)
def test_the_typed_unit_decides(house, geocode, typed, x):
    found = geocode(f"10 Oak Ave {typed}")
    assert place_of(found) == (pytest.approx(x, abs=0.3), pytest.approx(0, abs=0.3))
    assert (found["geo_score"], found["geo_changes"]) == (100.0, None)
    assert found["geo_uncertainty_m"] == 10.0


@pytest.mark.parametrize(
    ("typed", "said"), [("", "unit not given"), (" Apt 77", "unit APT 77 unknown")]
)
def test_a_unit_that_decides_nothing_gives_the_middle_with_an_uncertainty_over_all(
    house, geocode, typed, said
):
    found = geocode(f"10 Oak Ave{typed}", grade="3")
    assert place_of(found) == (pytest.approx(45, abs=0.3), pytest.approx(0, abs=0.3))
    assert (found["geo_status"], found["geo_match"]) == ("matched", "point")
    assert found["geo_uncertainty_m"] == pytest.approx(55, abs=0.5)
    assert found["geo_changes"] == f"{said}, middle of 4 places"
    assert found["geo_score"] < 100
    assert (found["zone_elementary"], found["zone_doubtful"]) == ("E1", False)


def test_units_in_several_zones_of_any_set_tie(house, geocode):
    house.zone("H1", (-500, -500, 50, 500), set_id="high", grades=("09",))
    house.zone("H2", (50, -500, 500, 500), set_id="high", grades=("09",))
    assert geocode("10 Oak Ave", grade="3")["geo_reason"] == "tie"
    assert geocode("10 Oak Ave Apt 77", grade="3")["geo_reason"] == "tie"
    assert geocode("10 Oak Ave Apt 2", grade="3")["geo_score"] == 100.0


@pytest.mark.parametrize(("x", "status"), [(240, "matched"), (260, "ambiguous")])
def test_units_far_apart_tie(town, geocode, x, status):
    town.point("10", "OAK AVE", 0, 0, unit="1")
    town.point("10", "OAK AVE", x, 0, unit="2")
    assert geocode("10 Oak Ave")["geo_status"] == status


def test_houses_of_two_towns_have_no_middle(town, geocode):
    for at, name in enumerate(("Springfield", "Shelbyville")):
        town.point("10", "OAK AVE", 100.0 * at, 0, unit="1", city=name)
        town.point("10", "OAK AVE", 100.0 * at + 40, 0, unit="2", city=name)
    assert geocode("10 Oak Ave")["geo_reason"] == "tie"
    assert geocode("10 Oak Ave Apt 2")["geo_reason"] == "tie"
    assert geocode("10 Oak Ave Apt 2, Shelbyville")["geo_score"] == 100.0


def test_two_units_within_a_few_metres_are_told_apart_too(town, geocode):
    town.point("10", "OAK AVE", 0, -5, unit="1")
    town.point("10", "OAK AVE", 0, 5, unit="2")
    town.zone("E1", (-500, -500, 500, 0))
    town.zone("E2", (-500, 0, 500, 500))
    assert geocode("10 Oak Ave #2", grade="3")["zone_elementary"] == "E2"
    assert geocode("10 Oak Ave", grade="3")["geo_reason"] == "tie"


def test_a_letter_of_the_number_is_a_unit_and_the_other_way_round(town, geocode):
    for at, letter in enumerate("AB"):
        town.point("10", "OAK AVE", 60.0 * at, 0, unit=letter)
        town.point(f"20{letter}", "OAK AVE", 60.0 * at, 500)
    assert place_of(geocode("10B Oak Ave"))[0] == pytest.approx(60, abs=0.3)
    assert place_of(geocode("20 Oak Ave Apt B"))[0] == pytest.approx(60, abs=0.3)


def test_the_change_of_a_number_names_the_known_one(town, geocode):
    town.point("20B", "OAK AVE", 0, 0)
    found = geocode("20 Oak Ave")
    assert found["geo_address"].startswith("20B OAK AVE,")
    assert found["geo_changes"] == "number 20>20B"


def test_the_apartment_alone_decides_where_its_building_is_not_known(house, geocode):
    assert place_of(geocode("10 Oak Ave Bldg 7 Apt 2"))[0] == pytest.approx(30, abs=0.3)


def test_equal_units_of_two_buildings_stay_open_until_the_building_is_typed(town, geocode):
    for at in (1, 2):
        town.point("10", "OAK AVE", 60.0 * at, 0, unit=f"Bldg {at} Apt 4")
        town.point("10", "OAK AVE", 60.0 * at, 40, unit=f"Bldg {at} Apt 5")
    found = geocode("10 Oak Ave Bldg 2 Apt 4")
    assert place_of(found) == (pytest.approx(120, abs=0.3), pytest.approx(0, abs=0.3))
    assert geocode("10 Oak Ave Apt 4")["geo_changes"].startswith("unit APT 4 unknown, middle of 4")


def test_units_of_files_with_whole_addresses_decide_too(tmp_path, home, riverbend):
    rows = ["10 Oak Ave Apt 1,-122.43,37.76", '"10 Oak Ave, Unit 2",-122.42,37.76']
    (tmp_path / "points.csv").write_text("\n".join(["address,lon,lat", *rows]))
    (tmp_path / "region.toml").write_text(
        'id = "whole-addresses"\nmetric_crs = "EPSG:26910"\nschool_year = "2023-24"\n'
        '[[addresses]]\nfile = "points.csv"\n'
        'fields = { full_address = "address", lon = "lon", lat = "lat" }\n'
    )
    asked = pl.DataFrame({"address": ["10 Oak Ave #2", "10 Oak Ave Apt 1"]})
    placed = Region.open(tmp_path).geocode(asked, address="address")
    assert placed.lon.round(2).tolist() == [-122.42, -122.43]


MANIFEST = """
id = "charlottesville-units"
metric_crs = "EPSG:26917"
school_year = "2023-24"
[[addresses]]
file = "address_points.csv.gz"
defaults = { city = "Charlottesville", state = "VA" }
[addresses.fields]
number = "geo_MAT_ST_NUMBER"
predir = "geo_MAT_PREDIR"
name = "geo_MAT_ST_NAME"
type = "geo_MAT_SUFFIX"
postdir = "geo_MAT_POSTDIR"
unit = "unit"
lon = "lon"
lat = "lat"
"""


@pytest.mark.skipif(not CHARLOTTESVILLE.is_dir(), reason="the city's public data is not here")
@pytest.mark.parametrize(
    "form", ["{} #{}", "{} Apt {}", "{}, Unit {}, Charlottesville, VA", "{} {}"]
)
def test_units_of_a_real_city_lead_to_their_own_points(tmp_path, home, riverbend, form):
    source = CHARLOTTESVILLE / "address_points.csv.gz"
    (tmp_path / source.name).write_bytes(source.read_bytes())
    (tmp_path / "region.toml").write_text(MANIFEST)
    with gzip.open(source) as stream:
        table = pl.read_csv(stream.read(), infer_schema=False).fill_null("")
    table = table.filter(pl.col("unit").str.strip_chars() != "")
    parts = ["ST_NUMBER", "PREDIR", "ST_NAME", "SUFFIX", "POSTDIR"]
    text = pl.concat_str([pl.col(f"geo_MAT_{part}") for part in parts], separator=" ")
    street = table.select(text.str.replace_all(r"\s+", " ").str.strip_chars()).to_series()
    lines = [form.format(*pair) for pair in zip(street, table["unit"], strict=True)]
    placed = Region.open(tmp_path).geocode(pl.DataFrame({"address": lines}), address="address")
    lon, lat = (table[axis].cast(pl.Float64).to_numpy() for axis in ("lon", "lat"))
    is_own = (np.abs(placed.lon - lon) < 2e-6) & (np.abs(placed.lat - lat) < 2e-6)
    assert len(lines) > 12_000
    assert is_own.mean() >= 0.99
    assert (placed.geo_status == "matched").mean() >= 0.99
