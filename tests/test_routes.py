"""Routes, grid streets, persons and Spanish streets as people and publishers write them."""

import polars as pl
import pytest

from geoservice.address.clean import clean_text, place_key
from geoservice.address.delivery import read_delivery
from geoservice.address.lastline import segments_of
from geoservice.address.number import clean_number
from geoservice.address.street import read_street


def street_of(text):
    return read_street(clean_text(text)).display()


@pytest.mark.parametrize(
    ("written", "street"),
    [
        ("Hwy 31", "HIGHWAY 31"),
        ("Highway # 31", "HIGHWAY 31"),
        ("Rte 6", "ROUTE 6"),
        ("IL 31", "STATE ROUTE 31"),
        ("IL-31", "STATE ROUTE 31"),
        ("Illinois Route 31", "STATE ROUTE 31"),
        ("MT Hwy 360", "STATE ROUTE 360"),
        ("State Hwy 031", "STATE ROUTE 31"),
        ("SR31", "STATE ROUTE 31"),
        ("NC Hwy 54", "STATE ROUTE 54"),
        ("N.C. 54", "STATE ROUTE 54"),
        ("NC 54 Hwy", "STATE ROUTE 54"),
        ("M-37", "STATE ROUTE 37"),
        ("US 64", "US HIGHWAY 64"),
        ("U.S. Highway 64", "US HIGHWAY 64"),
        ("US Hwy No. 64 East", "US HIGHWAY 64 E"),
        ("US-31W", "US HIGHWAY 31 W"),
        ("Hwy A1A", "HIGHWAY A1A"),
        ("E 40 Hwy", "E HIGHWAY 40"),
        ("Old US Hwy 17", "OLD US HIGHWAY 17"),
        ("Old US 17 Rd", "OLD US HIGHWAY 17"),
        ("US 17 Byp N", "US HIGHWAY 17 BYPASS N"),
        ("US Hwy 17 Bypass N", "US HIGHWAY 17 BYPASS N"),
        ("Business US 17", "US HIGHWAY 17 BUSINESS"),
        ("US Hwy 17 Bus", "US HIGHWAY 17 BUSINESS"),
        ("US Alt 27", "US HIGHWAY 27 ALTERNATE"),
        ("RM 620", "RANCH ROAD 620"),
        ("RR 620 N", "RANCH ROAD 620 N"),
        ("FM 1960 Rd W", "FARM TO MARKET 1960 W"),
        ("Farm-to-Market Rd 1960 West", "FARM TO MARKET 1960 W"),
        ("Co Rd 12", "COUNTY ROAD 12"),
        ("CR 24 1/2", "COUNTY ROAD 24 1/2"),
        ("County Road BB", "COUNTY ROAD BB"),
        ("N IH-35", "N INTERSTATE 35"),
        ("State Hwy Loop 289", "LOOP 289"),
        ("NE Loop 410", "NE LOOP 410"),
        ("NFS Rd 211", "FOREST ROAD 211"),
        ("I-35 Frontage Rd", "INTERSTATE 35 FRONTAGE RD"),
        ("Business Loop 70", "INTERSTATE 70 BUSINESS LOOP"),
        ("I-70 Bus Loop", "INTERSTATE 70 BUSINESS LOOP"),
        ("Farm Market 1960", "FARM TO MARKET 1960"),
    ],
)
def test_a_route_has_one_reading_however_it_is_written(written, street):
    assert street_of(written) == street


@pytest.mark.parametrize(
    "written",
    [
        "OLD MILL RD",
        "BUSINESS PARK DR",
        "LOOP RD",
        "I ST",
        "K ST",
        "M ST NW",
        "OLD 5 MILE RD",
        "24 1/2 RD",
        "71 RANCH RD",
        "COUNTY LN",
        "STATE ST",
        "OLD LOOP RD",
        "FOREST RD S",
        "RANCH RD N",
    ],
)
def test_streets_that_only_look_like_routes_stay_streets(written):
    assert street_of(written) == written


@pytest.mark.parametrize(
    "typed", ["Hwy 31", "Highway 31", "IL 31", "IL-31", "Route 31", "State Rd 31", "CR 31"]
)
def test_the_kind_of_a_route_may_differ_where_one_route_has_the_number(town, geocode, typed):
    town.street("State Hwy 31", right="100-198")
    found = geocode(f"160 {typed}")
    assert found["geo_address"] == "160 STATE ROUTE 31, SPRINGFIELD, CA 94110"
    assert 90 <= found["geo_score"] <= 100
    assert (found["geo_score"] < 100) == ("route " in (found["geo_changes"] or ""))


@pytest.mark.parametrize("typed", ["Hwy 31", "Route 31", "FM 31"])
def test_the_kind_decides_where_several_routes_have_the_number(town, geocode, typed):
    town.street("State Hwy 31", right="100-198", at=[(0, 0), (200, 0)])
    town.street("County Road 31", right="100-198", at=[(0, 900), (200, 900)])
    assert geocode(f"160 {typed}")["geo_reason"] == "tie"
    assert geocode("160 CR 31")["geo_address"].startswith("160 COUNTY ROAD 31,")


def test_another_kind_is_no_way_out_where_the_typed_route_lacks_the_number(town, geocode):
    town.street("State Hwy 31", right="100-198")
    town.street("County Road 31", right="500-598")
    assert geocode("560 State Route 31")["geo_reason"] == "out_of_range"


@pytest.mark.parametrize(
    ("known", "typed"),
    [
        ("E County Rd 500 S", "E 500 S"),
        ("E County Rd 500 S", "East 500 South"),
        ("E 500 S", "E CR 500 S"),
    ],
)
def test_a_county_road_of_a_grid_may_lack_its_kind(town, geocode, known, typed):
    town.street(known, right="100-198")
    found = geocode(f"160 {typed}")
    assert (found["geo_score"], found["geo_changes"][:6]) == (98.0, "route ")
    assert geocode(f"160 {typed.replace('S', 'N', 1)}")["geo_status"] == "unmatched"


def test_one_road_may_bear_a_plain_and_a_full_name(town, geocode):
    town.street("State Hwy 360", right="100-198")
    town.street("Hwy 360", right="200-298", at=[(200, 0), (400, 0)])
    assert geocode("260 MT Hwy 360")["geo_address"].startswith("260 HIGHWAY 360,")


@pytest.mark.parametrize("typed", ["Old Hwy 17", "US 17 Byp", "Bus US 17", "US Hwy 17 Alt"])
def test_old_bypass_and_business_never_become_the_plain_route(town, geocode, typed):
    town.street("US Hwy 17", right="100-198")
    assert geocode(f"160 {typed}")["geo_reason"] == "unknown_street"


def test_the_plain_route_becomes_the_old_one_only_by_name(town, geocode):
    town.street("Old Highway 31", right="100-198")
    found = geocode("160 Hwy 31")
    assert (found["geo_score"], found["geo_changes"]) == (90.0, "route +OLD")
    town.street("Highway 31", right="500-598")
    assert geocode("160 Hwy 31")["geo_reason"] == "out_of_range"


def test_an_interstate_is_no_state_route(town, geocode):
    town.street("State Hwy 35", right="100-198")
    assert geocode("160 I-35")["geo_reason"] == "unknown_street"


def test_lettered_routes_are_never_taken_for_each_other(town, geocode):
    town.street("County Road BB", right="100-198")
    assert geocode("160 County Road BC")["geo_reason"] == "unknown_street"
    assert geocode("160 Hwy BB")["geo_changes"] == "route HIGHWAY>COUNTY ROAD"


@pytest.mark.parametrize(
    "written",
    [
        "RR 2 Box 14",
        "RR2 Box 14",
        "Rural Route 2 Box 14",
        "HC 1 Box 9",
        "HCR 1 Box 9",
        "Rt 2 Box 44",
        "Route 2, Box 44",
    ],
)
def test_boxes_of_rural_routes_stay_boxes(town, geocode, written):
    town.street("Ranch Rd 2", right="1-99")
    assert geocode(written)["geo_reason"] == "rural_route"


@pytest.mark.parametrize("known", ["E 850 N", "East 850 North", "E 850 NORTH"])
@pytest.mark.parametrize("typed", ["351 E 850 N", "351 East 850 North", "351 East 850 N Apt 4"])
def test_directions_of_grid_streets_may_be_words(town, geocode, known, typed):
    town.street(known, left="301-399")
    assert geocode(typed)["geo_score"] == 100.0
    assert geocode("351 East 850 South")["geo_status"] == "unmatched"


@pytest.mark.parametrize(
    "typed",
    [
        "MLK Blvd",
        "M.L.K. Blvd",
        "Martin L King Blvd",
        "ML King Blvd",
        "Dr. MLK Jr. Blvd",
        "M. L. King Blvd",
        "Martin Luther King, Jr. Blvd",
        "Rev Dr Martin Luther King Jr Boulevard",
    ],
)
@pytest.mark.parametrize("known", ["Martin Luther King Jr Blvd", "MLK BLVD", "DR M L KING JR BLVD"])
def test_one_person_has_one_street(town, geocode, known, typed):
    town.street(known, right="200-298")
    assert geocode(f"252 {typed}, Springfield")["geo_score"] == 100.0


@pytest.mark.parametrize(
    ("known", "typed"),
    [
        ("Avenida Ponce de Leon", "Ave Ponce de León"),
        ("Avenida Ponce de Leon", "Av. Ponce de Leon"),
        ("Calle Luna", "Cl Luna"),
        ("CLL LUNA", "Calle Luna"),
        ("Calle 123", "Cl 123"),
        ("Camino Real", "Cam Real"),
        ("Paseo del Prado", "Pso del Prado"),
        ("Avenue of the Oaks", "Ave of the Oaks"),
    ],
)
def test_types_before_the_name_may_be_short(town, geocode, known, typed):
    town.street(known, right="200-298")
    assert geocode(f"252 {typed}")["geo_score"] == 100.0


@pytest.mark.parametrize(
    "typed", ["160 Old US-17", "160 N Old US-17 Apt 4", "160 K-10", "160 M-37"]
)
def test_a_hyphen_between_kind_and_number_makes_no_unit(typed):
    assert read_delivery(segments_of(clean_text(typed)), "").unit in ("", "APT 4")


def number_and_street(line):
    read = read_delivery(segments_of(clean_text(line)), "")
    return read.number, read.street


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("253.5 Main St", "253 1/2"),
        ("253.25 Main St", "253 1/4"),
        ("252½ Main St", "252 1/2"),
        ("252 ½ Main St", "252 1/2"),
        ("252-1/2 Main St", "252 1/2"),
        ("44-44 1/2 Main St", "44-44 1/2"),
        ("44 - 46 Main St", "44-46"),
        ("N6W23001 Main St", "N6W23001"),
        ("N6 W23001 Main St", "N6W23001"),
        ("N6-W23001 Main St", "N6W23001"),
        ("28W555 Main St", "28W555"),
        ("0N450 Main St", "0N450"),
        ("0120 Main St", "120"),
    ],
)
def test_numbers_with_fractions_and_of_grids(line, number):
    assert number_and_street(line) == (number, "MAIN ST")
    assert clean_number(line.removesuffix(" Main St")).replace(" ", "").replace("-", "") == (
        number.replace(" ", "").replace("-", "")
    )


def test_a_decimal_that_is_no_fraction_is_no_digit_of_the_number():
    assert number_and_street("12.3 Main St") == ("12", "3 MAIN ST")


def test_a_fraction_glued_to_its_number_is_parted():
    assert (clean_number("121/2"), clean_number("12½")) == ("12 1/2", "12 1/2")


def test_half_a_number_finds_its_point_and_no_other(town, geocode):
    town.point("252 1/2", "MAIN ST", 0, 0)
    town.point("2525", "MAIN ST", 500, 0)
    town.point("252", "MAIN ST", 900, 0)
    for typed in ("252½", "252.5", "252 1/2"):
        assert geocode(f"{typed} Main St")["geo_address"].startswith("252 1/2 MAIN ST")


def test_the_first_of_two_numbers_counts_where_none_are_hyphenated(town, geocode):
    town.point("44", "MAIN ST", 0, 0)
    for typed in ("44-46", "44-44 1/2", "44 - 46"):
        assert geocode(f"{typed} Main St")["geo_address"].startswith("44 MAIN ST")


@pytest.mark.parametrize("town_text", ["Not stated", "Unincorporated", "N/A", "UNKNOWN", "None"])
def test_a_town_that_is_not_stated_is_no_town(town, geocode, town_text):
    town.point("155", "OAK ST", 0, 0, city=town_text)
    assert place_key(clean_text(town_text)) == ""
    found = geocode("155 Oak St, Springfield")
    assert (found["geo_score"], found["geo_address"]) == (100.0, "155 OAK ST, 94110")
    assert geocode(f"155 Oak St, {town_text}, CA")["geo_score"] == 100.0


@pytest.mark.parametrize(
    ("known", "typed", "unit"),
    [
        ("HCR 3239", "HCR 3239", ""),
        ("HCR 3239", "HCR #3239", ""),
        ("HCR 3239", "HCR3239", ""),
        ("HCR 3239", "HCR 3239 Apt B", " APT B"),
        ("HCR 3239", "Hill County Road 3239", ""),
        ("LCR 120", "LCR 120", ""),
        ("VZ CR 3415", "VZCR 3415", ""),
        ("VZ CR 3415", "Van Zandt County Rd 3415", ""),
        ("PRIVATE ROAD 4", "PR 4", ""),
        ("PRIVATE ROAD 4", "Pvt Rd 4", ""),
    ],
)
def test_the_number_of_a_county_s_road_is_no_unit(town, tmp_path, known, typed, unit):
    town.street(known, left="101-199")
    lines = [f"{number} {typed}, Springfield" for number in range(101, 199, 2)] * 2
    for frame in (pl.DataFrame({"address": lines}), pl.DataFrame({"address": lines[:1]})):
        found = town.place(tmp_path, frame)["geo_address"]
        assert found[0] == f"101 {known}{unit}, SPRINGFIELD, CA 94110"
        assert found.null_count() == 0


def test_a_number_behind_a_known_street_without_a_type_stays_a_unit(town, geocode):
    town.street("HCR", left="101-199")
    town.street("HCR 3239", left="101-199")
    assert geocode("103 HCR 3239")["geo_address"] == "103 HCR # 3239, SPRINGFIELD, CA 94110"
    assert geocode("103 HCR 3240")["geo_address"] == "103 HCR # 3240, SPRINGFIELD, CA 94110"
