"""Ties are results in every tier: no width, order or nearness decides between two streets."""

import pytest


@pytest.mark.parametrize("numbers", ["101-109", "101-199", "1-999"])
def test_the_width_of_a_range_does_not_decide_between_streets(town, geocode, numbers):
    town.street("PORTER ST", left=numbers)
    town.street("PORTER AVE", left="101-199")
    found = geocode("105 Porter")
    assert (found["geo_status"], found["geo_reason"]) == ("ambiguous", "tie")
    assert found["geo_changes"].split(" | ") == [
        "105 PORTER AVE, SPRINGFIELD, CA 94110",
        "105 PORTER ST, SPRINGFIELD, CA 94110",
    ]


def test_the_width_of_a_range_does_not_decide_between_towns_or_zips(town, geocode):
    town.street("MAIN ST", left="101-109", city="Shelbyville")
    town.street("MAIN ST", left="101-199", city="Springfield")
    assert geocode("105 Main St")["geo_reason"] == "tie"
    town.street("OAK ST", left="101-109", zip="94111")
    town.street("OAK ST", left="101-199", zip="94112")
    assert geocode("105 Oak St")["geo_reason"] == "tie"


def test_on_one_street_the_narrower_range_is_taken(town, geocode):
    town.street("MAIN ST", left="101-109", at=[(0, 0), (100, 0)])
    town.street("MAIN ST", left="1-999", at=[(100, 0), (900, 0)])
    assert geocode("105 Main St")["geo_source"] == "streets:1"


@pytest.mark.parametrize("last", ["", ", Springfield", ", Springfield, CA 94110"])
def test_beside_the_ends_of_two_streets_is_a_tie(town, geocode, last):
    town.street("E MAIN ST", left="901-999")
    town.street("W MAIN ST", left="901-997")
    found = geocode(f"1005 Main St{last}")
    assert (found["geo_status"], found["geo_reason"], found["lon"]) == ("ambiguous", "tie", None)
    assert found["geo_changes"].split(" | ") == [
        "1005 E MAIN ST, SPRINGFIELD, CA 94110",
        "1005 W MAIN ST, SPRINGFIELD, CA 94110",
    ]


def test_beside_the_ends_of_one_street_in_two_towns_is_a_tie(town, geocode):
    town.street("MAIN ST", left="101-199", city="Springfield")
    town.street("MAIN ST", left="101-199", city="Shelbyville")
    assert geocode("205 Main St")["geo_reason"] == "tie"
    found = geocode("205 Main St, Shelbyville")
    assert found["geo_address"] == "205 MAIN ST, SHELBYVILLE, CA 94110"


def test_beside_an_end_the_street_that_differs_least_is_taken_and_what_it_added_is_told(
    town, geocode
):
    town.street("N GRANT ST", left="101-199")
    town.street("GRANT ST", left="101-195")
    found = geocode("205 Grant, Springfield")
    assert found["geo_address"] == "205 GRANT ST, SPRINGFIELD, CA 94110"
    assert found["geo_changes"] == "type +ST; number 205 beside the range's end 195"
    assert found["geo_score"] == 87.0


def test_beside_an_end_in_another_zip_the_zip_is_told(town, geocode):
    town.street("GRANT ST", left="101-199", zip="94110")
    town.street("OAK ST", left="101-199", zip="94111")
    found = geocode("205 Grant St, Springfield, CA 94111")
    assert found["geo_changes"] == "number 205 beside the range's end 199; zip 94111>94110"
    assert found["geo_score"] == 82.0


def test_between_points_of_two_streets_is_a_tie(town, geocode):
    for name, y in (("GRANT ST", 0), ("GRANT AVE", 900)):
        town.point("101", name, 0, y)
        town.point("109", name, 80, y)
    found = geocode("105 Grant")
    assert (found["geo_reason"], found["geo_changes"].count(" | ")) == ("tie", 1)
    assert geocode("105 Grant Ave")["geo_changes"] == "number between known points"


def test_between_points_of_one_street_in_two_towns_is_a_tie(town, geocode):
    for city, y in (("Springfield", 0), ("Shelbyville", 900)):
        town.point("101", "GRANT ST", 0, y, city=city)
        town.point("109", "GRANT ST", 80, y, city=city)
    assert geocode("105 Grant St")["geo_reason"] == "tie"
    assert geocode("105 Grant St, Shelbyville")["geo_status"] == "matched"


def test_streets_that_differ_by_type_in_two_zips_tie_without_and_not_with_the_zip(town, geocode):
    town.street("GRANT ST", left="101-199", zip="94111")
    town.street("GRANT AVE", left="101-199", zip="94112")
    assert geocode("105 Grant")["geo_reason"] == "tie"
    found = geocode("105 Grant, Springfield, CA 94112")
    assert found["geo_address"] == "105 GRANT AVE, SPRINGFIELD, CA 94112"


def test_no_zip_changes_to_reach_another_street_than_one_of_the_typed_zip(town, geocode):
    town.street("GRANT ST", left="101-199", zip="94111")
    town.street("GRANT AVE", left="501-599", zip="94112")
    assert geocode("505 Grant, Springfield, CA 94111")["geo_reason"] == "out_of_range"


def test_added_directions_tie_in_another_zip_too(town, geocode):
    town.street("N OAK ST", left="101-199", zip="94112")
    town.street("S OAK ST", left="101-105", zip="94112")
    town.street("ELM ST", left="101-199", zip="94111")
    assert geocode("105 Oak St, 94111")["geo_reason"] == "tie"


def test_slips_that_lead_to_two_streets_tie(town, geocode):
    town.street("GRANT ST", left="101-199")
    town.street("GRAND ST", left="101-105")
    assert geocode("105 Grank St")["geo_reason"] == "tie"


def test_a_direction_that_was_left_out_is_added_where_the_bare_street_has_no_such_number(
    town, geocode
):
    town.street("Main St", left="101-199", right="100-198")
    town.street("N Main St", left="701-799", right="700-798")
    row = geocode("775 Main St")
    assert row["geo_address"].startswith("775 N MAIN ST")
    assert row["geo_changes"] == "direction +N"
    assert row["geo_score"] < 100


def test_two_directions_that_could_be_added_are_a_tie(town, geocode):
    town.street("Main St", left="101-199", right="100-198")
    town.street("N Main St", left="701-799", right="700-798")
    town.street("S Main St", left="701-799", right="700-798")
    assert geocode("775 Main St")["geo_reason"] == "tie"


def test_a_part_that_was_left_out_is_added_in_the_typed_zip_before_another_zip_is_taken(
    town, geocode
):
    town.street("Main St", left="301-399", zip="94112")
    town.street("E Main St", left="301-399", zip="94111")
    found = geocode("349 Main St, CA 94111")
    assert found["geo_address"] == "349 E MAIN ST, SPRINGFIELD, CA 94111"
    assert found["geo_changes"] == "direction +E"


def test_two_parts_that_could_be_added_in_the_typed_zip_are_a_tie(town, geocode):
    town.street("Main St", left="301-399", zip="94112")
    for direction in "EW":
        town.street(f"{direction} Main St", left="301-399", zip="94111")
    assert geocode("349 Main St, CA 94111")["geo_reason"] == "tie"
    assert geocode("349 E Main St, CA 94111")["geo_status"] == "matched"


def test_a_street_as_typed_that_runs_through_two_zips_gives_way_to_the_number_of_the_zip(
    town, geocode
):
    town.street("Main St", left="301-399", zip="94112")
    town.street("Main St", left="101-199", zip="94111")
    town.point("349", "W MAIN ST", 0, 0, zip="94111")
    found = geocode("349 Main St, CA 94111")
    assert found["geo_address"] == "349 W MAIN ST, SPRINGFIELD, CA 94111"


def test_another_zip_answers_where_the_typed_one_has_no_such_number(town, geocode):
    town.street("Main St", left="301-399", zip="94112")
    town.street("E Main St", left="101-199", zip="94111")
    found = geocode("349 Main St, CA 94111")
    assert found["geo_changes"] == "zip 94111>94112"


def test_a_street_without_type_ties_with_its_namesake_that_has_one(town, geocode):
    town.street("RYAN", left="1-99")
    town.street("RYAN ST", left="1-99")
    town.street("RYAN ST", left="101-199")
    found = geocode("51 Ryan, Springfield, CA 94110")
    assert found["geo_reason"] == "tie"
    assert found["geo_changes"] == (
        "51 RYAN, SPRINGFIELD, CA 94110 | 51 RYAN ST, SPRINGFIELD, CA 94110"
    )
    assert geocode("51 Ryan St")["geo_address"] == "51 RYAN ST, SPRINGFIELD, CA 94110"
    added = geocode("101 Ryan")
    assert added["geo_address"] == "101 RYAN ST, SPRINGFIELD, CA 94110"
    assert added["geo_changes"] == "type +ST"


def test_a_namesake_at_the_same_place_or_in_another_zip_is_no_tie(town, geocode):
    town.street("RYAN", left="1-99", at=[(0, 0), (100, 0)])
    town.street("RYAN ST", left="1-99", at=[(0, 0), (100, 0)])
    assert geocode("51 Ryan")["geo_address"] == "51 RYAN, SPRINGFIELD, CA 94110"
    town.street("OAK", left="1-99")
    town.street("OAK ST", left="1-99", zip="94112")
    assert geocode("51 Oak, CA 94110")["geo_address"] == "51 OAK, SPRINGFIELD, CA 94110"


def test_a_name_that_ends_in_a_type_tells_the_street_it_may_be_without_its_type(town, geocode):
    town.street("JACKSON LN", left="1-99")
    town.street("JACKSON LANE RD", left="1-199")
    found = geocode("51 Jackson Lane")
    assert found["geo_address"] == "51 JACKSON LN, SPRINGFIELD, CA 94110"
    assert (found["geo_changes"], found["geo_score"]) == ("or JACKSON LANE RD", 97.0)
    assert (
        geocode("151 Jackson Lane")["geo_address"] == "151 JACKSON LANE RD, SPRINGFIELD, CA 94110"
    )


def test_a_range_ties_with_the_known_point_of_a_namesake(town, geocode):
    town.street("WESTON ST", left="1-99", at=[(0, 0), (800, 0)])
    for number, x in (("41", 100), ("45", 350)):
        town.point(number, "WESTON ST", x, 10)
    town.point("43", "WESTON ST EXT", 600, 10)
    found = geocode("43 Weston St")
    assert found["geo_reason"] == "tie"
    assert found["geo_changes"] == (
        "43 WESTON ST, SPRINGFIELD, CA 94110 | 43 WESTON ST EXT, SPRINGFIELD, CA 94110"
    )
    assert geocode("45 Weston St")["geo_match"] == "point"
