import numpy as np
import polars as pl
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from town import Town, metres

from geoservice.address.street import ordinal
from geoservice.geometry.polygons import PolygonIndex
from geoservice.placing.options import PlaceOptions, resolve
from geoservice.placing.pipeline import explained, place


def test_even_numbers_lie_on_the_even_side(town, geocode):
    town.street("Oak Ave", left="101-199", right="100-198")
    found = geocode("120 Oak Avenue")
    assert (found["geo_match"], found["geo_side"]) == ("range", "R")


def test_ranges_are_interpolated_along_the_street_and_set_off_to_the_side(town, geocode):
    town.street("Oak Ave", left="101-199", right="100-198")
    x, y = metres(*[geocode("150 Oak Ave")[axis] for axis in ("lon", "lat")])
    assert x == pytest.approx(10 + 180 * 50 / 98, abs=0.2)
    assert y == pytest.approx(-12, abs=0.2)


def test_ranges_against_the_digitising_are_not_mirrored(town, geocode):
    town.street("Oak Ave", left="199-101", right="198-100")
    x, _ = metres(*[geocode("110 Oak Ave")[axis] for axis in ("lon", "lat")])
    assert x > 150


def test_a_single_number_lies_at_the_middle(town, geocode):
    town.street("Oak Ave", left="7")
    x, _ = metres(*[geocode("7 Oak Ave")[axis] for axis in ("lon", "lat")])
    assert x == pytest.approx(100, abs=0.2)


def test_a_point_wins_over_a_range(town, geocode):
    town.street("Oak Ave", left="101-199")
    town.point("111", "OAK AV", 55, 30)
    found = geocode("111 oak ave, Springfield, CA 94110")
    assert (found["geo_match"], found["geo_score"]) == ("point", 100.0)
    assert found["geo_address"] == "111 OAK AVE, SPRINGFIELD, CA 94110"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", "empty"),
        ("Oak Ave", "no_number"),
        ("12 Nowhere Rd", "unknown_street"),
        ("999 Oak Ave", "out_of_range"),
        ("PO Box 12", "po_box"),
        ("RR 2 Box 152", "rural_route"),
        ("PSC 1650 Box 10, APO AE 09012", "military"),
        ("120 Oak Ave, Boise, ID 83702", "outside_region"),
        ("HOMELESS", "unreadable"),
        ("!!!", "unreadable"),
        ("\U0001f600", "unreadable"),
    ],
)
def test_every_unmatched_row_says_why(town, geocode, line, reason):
    town.street("Oak Ave", left="101-199", right="100-198")
    found = geocode(line)
    assert (found["geo_status"], found["geo_reason"]) == ("unmatched", reason)


@pytest.mark.parametrize(
    "line",
    [
        "120 N Fifth Avenue",
        "120 NORTH 5TH AV APT 4B, Springfield CA 94110",
        "120 n. 5 ave #12",
        "120 N 05th Ave., springfield, ca, 94110-1234",
        "The Elms, 120 N 5th Ave",
        "Apt 3, 120 N 5th Ave, Springfield",
        "PO Box 7, 120 N 5th Ave",
        "120.0 N 5th Ave",
    ],
)
def test_ways_to_write_one_address_agree(town, geocode, line):
    town.street("N 5TH AVE", left="101-199", right="100-198")
    assert geocode(line)["geo_score"] == 100.0


@pytest.mark.parametrize(
    ("line", "change"),
    [
        ("120 Folsm St", "name FOLSM>FOLSOM"),
        ("120 Foslom St", "name FOSLOM>FOLSOM"),
        ("120 Folsom", "type +ST"),
        ("120 7ht St", "name 7HT>7TH"),
        ("120 Folsom Ave", "type AVE>ST"),
        ("120 N Folsom St", "direction -N"),
        ("120 Folsom St, Springfield, CA 94199", "zip 94199>94110"),
    ],
)
def test_what_had_to_change_is_named_and_costs_score(town, geocode, line, change):
    town.street("Folsom St", left="101-199", right="100-198")
    town.street("7th St", left="101-199", right="100-198")
    found = geocode(line)
    assert found["geo_changes"] == change
    assert found["geo_score"] < 100


@pytest.mark.parametrize(
    ("street", "line"),
    [
        ("8TH AVE", "120 7ht Ave"),
        ("N OAK AVE", "120 S Oak Ave"),
        ("FORESTVIEW LN", "120 Forestview Ct"),
        ("E 850 N", "120 E 850 W"),
    ],
)
def test_vetoed_streets_never_match(town, geocode, street, line):
    town.street(street, left="101-199", right="100-198")
    assert geocode(line)["geo_status"] == "unmatched"


def test_two_towns_with_one_street_name_tie_without_a_town(town, geocode):
    town.street("Main St", right="100-198", city="Springfield")
    town.street("Main St", right="100-198", city="Shelbyville")
    found = geocode("120 Main St")
    assert (found["geo_status"], found["geo_reason"]) == ("ambiguous", "tie")
    assert "SHELBYVILLE" in found["geo_changes"]
    assert found["lon"] is None


def test_the_town_breaks_the_tie(town, geocode):
    town.street("Main St", right="100-198", city="Springfield")
    town.street("Main St", right="100-198", city="Shelbyville")
    found = geocode("120 Main St Shelbyville CA 94110")
    assert found["geo_address"] == "120 MAIN ST, SHELBYVILLE, CA 94110"


@pytest.mark.parametrize("written", ["Lake Park", "LP", "Lakepa", "Lake Prak"])
def test_towns_are_known_by_initials_beginnings_and_slips(town, geocode, written):
    town.street("Main St", right="100-198", city="Springfield", zip="")
    town.street("Main St", right="100-198", city="Lake Park", zip="")
    assert geocode(f"120 Main St, {written}")["geo_address"] == "120 MAIN ST, LAKE PARK, CA"


def test_a_match_is_never_moved_to_another_town_and_zip(town, geocode):
    town.street("Main St", right="100-198", city="Springfield", zip="94110")
    town.street("Oak St", right="100-198", city="Shelbyville", zip="94111")
    assert geocode("120 Main St, Shelbyville 94111")["geo_status"] == "unmatched"


def test_zones_follow_the_grade_and_give_the_school_of_right(town, geocode):
    town.street("Oak Ave", right="100-198")
    town.zone("E1", (-500, -500, 500, 500))
    town.zone("H1", (-500, -500, 500, 500), set_id="high", grades=("09", "10"))
    found = geocode("120 Oak Ave", grade="K", school="E1")
    assert (found["zone_elementary"], found["zone_high"]) == ("E1", None)
    assert (found["school_of_right"], found["rating"]) == ("E1", "A")
    assert found["attends_school_of_right"] is True
    assert found["zone_margin_m"] == pytest.approx(454, abs=5)
    assert found["zone_doubtful"] is False


def test_a_place_near_the_edge_is_doubtful(town, geocode):
    town.street("Oak Ave", right="100-198")
    town.zone("E1", (-500, -500, 500, 0))
    town.zone("E2", (-500, 0, 500, 500))
    found = geocode("120 Oak Ave", grade="3")
    assert (found["zone_elementary"], found["zone_doubtful"]) == ("E1", True)


def test_equal_points_in_two_zones_are_ambiguous(town, geocode):
    town.point("10", "OAK AVE", 0, -5)
    town.point("10", "OAK AVE", 0, 5)
    town.zone("E1", (-500, -500, 500, 0))
    town.zone("E2", (-500, 0, 500, 500))
    assert geocode("10 Oak Ave", grade="3")["geo_reason"] == "tie"


def test_any_split_of_a_table_gives_the_same_rows(town, tmp_path):
    town.street("N 5TH AVE", left="101-199", right="100-198")
    town.street("Oak Ave", left="101-199", right="100-198")
    town.zone("E1", (-500, -500, 500, 500))
    lines = ["120 Oak Ave", "x", None, "121 N 5th Ave", "120 oak", "120 Oak Ave", "9 Oakk Ave"]
    frame = pl.DataFrame({"address": lines, "grade": ["K", "1", "2", None, "x", "9", "5"]})
    whole = town.place(tmp_path, frame)
    parts = pl.concat([town.place(tmp_path, frame[at : at + 1]) for at in range(len(lines))])
    assert whole.equals(parts)


def test_input_columns_stay_untouched_and_lon_lat_get_other_names(town, tmp_path):
    town.street("Oak Ave", left="101-199")
    frame = pl.DataFrame({"id": ["007"], "lon": ["x"], "address": ["101 Oak Ave"]})
    placed = town.place(tmp_path, frame)
    assert placed.columns[:3] == ["id", "lon", "address"]
    assert {"geo_lon", "geo_lat"} <= set(placed.columns)
    assert placed.select(frame.columns).equals(frame)


def test_a_number_glued_to_a_numbered_street_is_parted_where_one_street_fits(town, geocode):
    town.street("19TH AVE", left="201-299")
    town.street("9TH AVE", left="201-299")
    found = geocode("28319th Ave")
    assert (found["geo_status"], found["geo_address"]) == (
        "matched",
        "283 19TH AVE, SPRINGFIELD, CA 94110",
    )
    assert found["geo_changes"] == "number parted from the street"


@pytest.mark.parametrize("typed", ["38th Arve", "38th Avenuf", "38th eve", "38th Avve"])
def test_a_slip_in_the_type_is_mended_where_the_street_exists(town, geocode, typed):
    town.street("38TH AVE", left="201-299")
    found = geocode(f"283 {typed}, Springfield")
    assert found["geo_address"] == "283 38TH AVE, SPRINGFIELD, CA 94110"
    assert found["geo_changes"].startswith("type ")
    assert geocode(f"283 39{typed[2:]}")["geo_reason"] == "unknown_street"


def test_a_slip_that_may_be_two_types_is_a_tie(town, geocode):
    town.street("OAK PATH", left="201-299")
    town.street("OAK PARK", left="201-299", at=[(0, 900), (200, 900)])
    assert geocode("283 Oak Parh")["geo_reason"] == "tie"


def test_a_direction_glued_to_the_number_tells_the_street(town, geocode):
    for direction, y in (("N", 0), ("S", 500)):
        town.street(f"{direction} 1st Ave", left="101-199", at=[(0, y), (200, y)])
        town.point("111", f"{direction} 1st Ave", 55, y + 30)
    found = geocode("111S 1st Ave, Springfield")
    assert (found["geo_status"], found["geo_address"]) == (
        "matched",
        "111 S 1ST AVE, SPRINGFIELD, CA 94110",
    )
    assert found["geo_changes"] == "direction +S; number 111S>111"


def test_a_letter_that_a_known_number_bears_is_no_direction(town, geocode):
    town.point("111S", "1st Ave", 55, 30)
    town.point("111", "S 1st Ave", 55, 530)
    found = geocode("111S 1st Ave, Springfield")
    assert (found["geo_address"], found["geo_score"]) == (
        "111S 1ST AVE, SPRINGFIELD, CA 94110",
        100.0,
    )


def test_a_number_glued_to_a_numbered_street_is_no_guess_where_two_fit(town, geocode):
    town.street("19TH AVE", left="201-299")
    town.street("9TH AVE", left="2801-2899", at=[(0, 900), (200, 900)])
    assert geocode("28319th Ave")["geo_reason"] == "tie"


def test_a_number_between_known_neighbours_lies_between_them(town, geocode):
    town.street("Oak Ave", left="101-199", right="100-198")
    town.point("111", "OAK AVE", 60, 40)
    town.point("115", "OAK AVE", 90, 44)
    found = geocode("113 Oak Ave")
    x, y = metres(found["lon"], found["lat"])
    assert (x, y) == (pytest.approx(75, abs=0.3), pytest.approx(42, abs=0.3))
    assert found["geo_match"] == "range"
    assert found["geo_source"] == "streets:1; points:1; points:2"


def test_offset_inset_and_uncertainty_are_learnt_from_the_points(town, tmp_path):
    for at in range(30):
        base, y = 1000 * at + 1000, 500.0 * at
        town.street(f"Elm{at} St", left=f"{base + 1}-{base + 99}", at=[(0, y), (500, y)])
        for number in range(1, 100, 7 if at % 2 else 8):
            if number % 2:
                town.point(str(base + number), f"ELM{at} ST", 20 + 460 * (number - 1) / 98, y + 31)
    learnt = town.reference(tmp_path).learnt
    assert learnt.offset_m == pytest.approx(31, abs=0.2)
    assert learnt.inset_m == 20
    assert learnt.points > 200
    assert max(learnt.range_uncertainty_m) < 3


def test_without_points_the_defaults_hold(town, tmp_path):
    town.street("Oak Ave", left="101-199")
    learnt = town.reference(tmp_path).learnt
    assert (learnt.offset_m, learnt.inset_m, learnt.points) == (12, 10, 0)


@pytest.fixture
def crossing(town):
    town.street("CLARK ST", right="100-198", at=[(0, -200), (0, 0)])
    town.street("CLARK ST", right="200-298", at=[(0, 0), (0, 200)])
    town.street("W ADDISON ST", right="1-99", at=[(-300, 0), (0, 0)])
    town.street("W ADDISON ST", right="101-199", at=[(0, 0), (300, 0)])
    town.zone("E1", (-500, -500, 500, 500))


@pytest.mark.parametrize(
    "line",
    ["Clark & Addison", "Clark St and W Addison St, Springfield", "Corner of Addison @ Clark"],
)
def test_intersections_lie_where_the_streets_meet_and_get_no_zone(crossing, geocode, line):
    found = geocode(line, grade="3")
    assert (found["geo_status"], found["geo_match"]) == ("matched", "intersection")
    assert metres(found["lon"], found["lat"]) == (pytest.approx(0, abs=0.2),) * 2
    assert (found["zone_elementary"], found["school_of_right"]) == (None, None)
    assert found["area_planning"] == "all"


def test_streets_that_never_meet_are_no_intersection(crossing, town, geocode):
    town.street("FAR RD", right="1-99", at=[(5000, 5000), (5200, 5000)])
    assert geocode("Clark & Far Rd")["geo_reason"] == "unknown_street"


def test_streets_that_meet_twice_are_a_tie(crossing, town, geocode):
    town.street("LOOP RD", right="1-99", at=[(0, -200), (-400, 0), (0, 200)])
    found = geocode("Clark St & Loop Rd")
    assert (found["geo_status"], found["geo_reason"], found["lon"]) == ("ambiguous", "tie", None)


def test_whole_streets_and_zips_are_given_only_where_allowed(town, tmp_path):
    town.street("Oak Ave", left="101-199", right="100-198")
    town.zone("E1", (-500, -500, 500, 500))
    frame = pl.DataFrame(
        {
            "address": ["900 Oak Ave", "Oak Ave", "1 Nowhere Rd, 94110", "PO Box 7, 94110"],
            "grade": ["3"] * 4,
        }
    )
    reference = town.reference(tmp_path)

    def run(*allow):
        options = resolve(
            PlaceOptions(address="address", grade="grade", allow=allow), frame.columns
        )
        return place(frame, options, reference)

    assert set(run()["geo_status"]) == {"unmatched"}
    placed = run("street", "zip")
    assert placed["geo_match"].to_list() == ["street", "street", "zip", None]
    assert placed["geo_address"][0] == "OAK AVE, SPRINGFIELD, CA 94110"
    assert placed["zone_elementary"].to_list() == [None] * 4
    assert placed["geo_reason"].to_list() == [None, None, None, "po_box"]
    assert run("street")["geo_match"][2] is None


CELLS = st.one_of(
    st.none(),
    st.text(max_size=60),
    st.sampled_from(
        [
            "120 Oak Ave",
            "120.0 Oak Ave",
            "\x00\x00",
            "\U0001f3e0 120 Oak Ave",
            "\u202e120 Oak Ave",
            "<script>alert(1)</script>",
            "'; DROP TABLE students; --",
            "{{7*7}}",
            "=1+1",
            "9" * 10_000,
            "120 Oak Ave, Springfield, CA 94110",
            "Oak & Elm",
            "28319th ave",
            "123-125 Oak Ave",
            "1e5",
            "- , - , -",
            "# # #",
            "PO BOX",
            "RR",
            "C/O",
            "and",
            "N N N",
            "1/2",
            "St St St St",
        ]
    ),
)


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    town = Town()
    town.street("Oak Ave", left="101-199", right="100-198")
    town.street("19TH AVE", left="201-299")
    town.point("111", "OAK AVE", 55, 30)
    town.zone("E1", (-500, -500, 500, 500))
    return town.reference(tmp_path_factory.mktemp("any"))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS, CELLS), min_size=1, max_size=90))
def test_any_text_in_gives_the_same_rows_in_the_same_order(reference, rows):
    frame = pl.DataFrame(rows, schema=["address", "city", "state", "zip", "grade"], orient="row")
    frame = frame.cast(pl.String)
    options = resolve(
        PlaceOptions(
            address="address",
            city="city",
            state="state",
            zip="zip",
            grade="grade",
            allow=("street", "zip"),
        ),
        frame.columns,
    )
    placed = place(frame, options, reference)
    assert placed.select(frame.columns).equals(frame)
    assert set(placed["geo_status"]) <= {"matched", "ambiguous", "unmatched"}
    found = placed.filter(geo_status="matched")
    assert found["lon"].null_count() == found["geo_match"].null_count() == 0
    lost = placed.filter(pl.col("geo_status") != "matched")
    assert lost["geo_reason"].null_count() == 0
    assert lost["lon"].null_count() == len(lost)
    assert found["geo_score"].is_between(0, 100).all()


def test_a_region_of_points_alone_and_one_of_ranges_alone(town, geocode):
    town.point("111", "OAK AVE", 55, 30)
    assert geocode("111 Oak Ave")["geo_match"] == "point"
    assert geocode("113 Oak Ave")["geo_reason"] == "out_of_range"
    town.point("119", "OAK AVE", 135, 30)
    found = geocode("113 Oak Ave", grade="3")
    assert metres(found["lon"], found["lat"]) == (
        pytest.approx(75, abs=0.3),
        pytest.approx(30, abs=0.3),
    )
    assert (found["geo_match"], found["geo_source"]) == ("range", "points:1; points:2")
    assert found["geo_changes"] == "number between known points"
    assert geocode("114 Oak Ave")["geo_reason"] == "out_of_range"
    assert geocode("Oak & Elm")["geo_reason"] == "unknown_street"


def test_a_number_just_beyond_a_range_lies_at_its_end(town, geocode):
    town.street("Oak Ave", left="101-149", right="100-148")
    town.street("Oak Ave", left="201-249", right="200-248", at=[(300, 0), (500, 0)])
    end, found = geocode("149 Oak Ave"), geocode("155 Oak Ave")
    assert (found["geo_match"], found["lon"], found["lat"]) == ("range", end["lon"], end["lat"])
    assert found["geo_changes"] == "number 155 beside the range's end 149"
    assert found["geo_address"].startswith("155 OAK AVE")
    assert found["geo_score"] == 90
    assert found["geo_uncertainty_m"] > end["geo_uncertainty_m"]


def test_a_number_far_beyond_all_ranges_or_of_the_other_parity_is_out_of_range(town, geocode):
    town.street("Oak Ave", left="101-149")
    assert geocode("171 Oak Ave")["geo_reason"] == "out_of_range"
    assert geocode("120 Oak Ave")["geo_reason"] == "out_of_range"
    assert geocode("0 Oak Ave")["geo_reason"] == "out_of_range"


@pytest.mark.parametrize(
    ("street", "line"),
    [
        ("PERRY ST", "120 Ferry Building #13"),
        ("THE EMBARCADERO", "120 Embarcadero Center"),
        ("THE EMBARCADERO", "Pier 120 The Embarcadero"),
        ("INTERSTATE ST", "120 St"),
    ],
)
def test_what_only_sounds_like_a_street_matches_nothing(town, geocode, street, line):
    town.street(street, left="101-199", right="100-198")
    assert geocode(line)["geo_status"] == "unmatched"


def test_a_street_named_like_a_kind_of_road_is_a_street(town, geocode):
    town.street("INTERSTATE ST", left="101-199", right="100-198")
    assert geocode("120 Interstate Street")["geo_address"].startswith("120 INTERSTATE ST,")


def test_an_explanation_shows_reading_tiers_candidates_and_penalties(town, tmp_path):
    town.street("Folsom St", left="101-199", right="100-198")
    town.point("111", "FOLSOM ST", 55, 30)
    reference = town.reference(tmp_path)

    def story(line):
        frame = pl.DataFrame({"address": [line]})
        return explained(frame, resolve(PlaceOptions(address="address"), frame.columns), reference)

    found = story("111 Folsm Street Apt 4")
    assert (found["reading"]["number"], found["reading"]["unit"]) == ("111", "APT 4")
    assert [one["tier"] for one in found["tiers"]] == ["exact", "relaxed", "fuzzy"]
    fuzzy = found["tiers"][2]
    assert fuzzy["candidates"] == [
        {"street": "FOLSOM ST", "penalty": 12.0, "changes": ["name FOLSM>FOLSOM"]}
    ]
    assert fuzzy["points"] == [{"source": "points:1", "penalty": 12.0}]
    assert found["result"]["geo_score"] == 88.0
    beyond = story("201 Folsom St")
    assert [one["ranges"] for one in beyond["tiers"]] == [[], [], []]
    assert beyond["beside"] == [
        {"source": "streets:1", "penalty": 10.0, "changes": "number 201 beside the range's end 199"}
    ]


@pytest.mark.parametrize("polygons", [1, 30])
def test_cells_say_of_every_point_what_the_polygons_say(polygons):
    drawn = np.random.default_rng(polygons)
    centers = drawn.uniform(0, 1000, (polygons, 2))
    shapes = np.array(
        [shapely.Point(x, y).buffer(drawn.uniform(20, 200), quad_segs=3) for x, y in centers]
    )
    x, y = drawn.uniform(-300, 1300, (2, 40_000))
    corners = shapely.get_coordinates(shapes)
    x[: len(corners)], y[: len(corners)] = corners.T
    many, few = PolygonIndex(shapes), PolygonIndex(shapes)
    alone = [int(few.locate(x[at : at + 1], y[at : at + 1])[0]) for at in range(500)]
    found = many.locate(x, y)
    assert found[:500].tolist() == alone
    covering = shapely.intersects_xy(shapes[:, None], x, y)
    first = np.where(covering.any(axis=0), covering.argmax(axis=0), -1)
    assert (found == first).all()
    margins = many.margin_m(x, y, found)
    one = few.margin_m(x[:1], y[:1], found[:1])
    assert one[0] == margins[0] or found[0] < 0


@pytest.mark.parametrize(
    ("known", "typed"),
    [
        ("Logan City", "Logan"),
        ("Logan", "Logan City"),
        ("Barre Town", "Barre"),
        ("Troy Township", "Troy"),
        ("Essex", "Essex Village"),
        ("Bath Borough", "Bath"),
    ],
)
def test_the_kind_of_a_town_is_no_part_of_its_name(town, geocode, known, typed):
    town.street("Main St", right="100-198", city=known)
    town.street("Main St", right="100-198", city="Shelbyville")
    found = geocode(f"120 Main St, {typed}, CA")
    assert found["geo_address"] == f"120 MAIN ST, {known.upper()}, CA 94110"
    assert (found["geo_score"], found["geo_changes"]) == (100.0, None)


def test_a_bare_name_of_two_towns_is_a_tie(town, geocode):
    town.street("Main St", right="100-198", city="Barre City")
    town.street("Main St", right="100-198", city="Barre Town")
    assert geocode("120 Main St, Barre")["geo_reason"] == "tie"
    found = geocode("120 Main St, Barre City")
    assert found["geo_address"].startswith("120 MAIN ST, BARRE CITY")


def test_a_bare_name_means_the_town_that_bears_it(town, geocode):
    town.street("Main St", right="100-198", city="Barre")
    town.street("Main St", right="100-198", city="Barre Town")
    assert geocode("120 Main St, Barre")["geo_address"].startswith("120 MAIN ST, BARRE,")


@pytest.mark.parametrize("line", ["120 Main St, Baltimore", "120 Main St, Baltimore CA"])
def test_an_unknown_town_alone_costs_points_and_is_named(town, geocode, line):
    town.street("Main St", right="100-198", city="Springfield")
    found = geocode(line)
    assert (found["geo_status"], found["geo_score"]) == ("matched", 96.0)
    assert found["geo_changes"] == "city BALTIMORE>SPRINGFIELD"


def test_an_unknown_town_decides_nothing_between_towns(town, geocode):
    town.street("Main St", right="100-198", city="Springfield")
    town.street("Main St", right="100-198", city="Shelbyville")
    assert geocode("120 Main St, Baltimore")["geo_reason"] == "tie"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("120 Main St, Baltimore, MD", "outside_region"),
        ("120 Main St, Baltimore 21228", "outside_region"),
        ("120 Main St, Baltimore 94199", "outside_region"),
        ("120 Mian St, Baltimore", "out_of_range"),
        ("201 Main St, Baltimore", "out_of_range"),
    ],
)
def test_an_unknown_town_with_more_against_the_place_is_no_match(town, geocode, line, reason):
    town.street("Main St", left="101-199", right="100-198", city="Springfield")
    found = geocode(line)
    assert (found["geo_status"], found["geo_reason"]) == ("unmatched", reason)


def test_a_street_of_another_town_alone_is_matched_and_the_town_named(town, geocode):
    town.point("120", "MAIN ST", 0, 0, city="Catonsville")
    town.street("Oak St", right="100-198", city="Baltimore")
    found = geocode("120 Main St, Baltimore CA")
    assert found["geo_address"] == "120 MAIN ST, CATONSVILLE, CA 94110"
    assert (found["geo_score"], found["geo_changes"]) == (96.0, "city BALTIMORE>CATONSVILLE")


def test_a_street_in_two_other_towns_is_a_tie(town, geocode):
    for city in ("Catonsville", "Dundalk"):
        town.street("Main St", right="100-198", city=city)
    town.street("Oak St", right="100-198", city="Baltimore")
    assert geocode("120 Main St, Baltimore")["geo_reason"] == "tie"


def test_a_street_of_the_typed_town_is_meant_before_one_of_another_town(town, geocode):
    town.street("Main St", right="100-198", city="Catonsville", zip="94111")
    town.street("E Main St", right="100-198", city="Baltimore")
    found = geocode("120 Main St, Baltimore")
    assert found["geo_address"] == "120 E MAIN ST, BALTIMORE, CA 94110"


def test_the_uncertainty_covers_a_gap_longer_than_all_that_were_learnt(town, tmp_path):
    for street in range(25):
        y = -1000.0 * street
        town.street(f"{ordinal(street + 1)} ST", left="101-199", at=[(0, y), (400, y)])
        for number in range(101, 121, 2):
            town.point(str(number), f"{ordinal(street + 1)} ST", (number - 100) * 4.0, y + 12)
    town.point("199", "1ST ST", 396, 12)
    lines = ["159 1st St", "159 2nd St"]
    frame = town.place(tmp_path, pl.DataFrame({"address": lines}))
    gap = 396 - 19 * 4.0
    assert frame["geo_source"][0].count("points") == 2
    assert frame["geo_uncertainty_m"][0] > gap / 2 - 10


@pytest.mark.parametrize(
    ("known", "typed"),
    [
        ("Logan City", "783 N 500 E Logan CA 94110"),
        ("Logan City", "783 N 500 E LOGAN"),
        ("Logan City", "783 North 500 East Logan CA"),
        ("Logan", "783 N 500 E Logan City CA 94110"),
        ("Logan", "783 N 500 E Logan CA 94110"),
        ("North Logan City", "783 N 500 E North Logan CA 94110"),
    ],
)
def test_a_town_without_commas_is_parted_from_a_grid_street(town, geocode, known, typed):
    town.street("N 500 E", left="701-799", city=known)
    town.street("N 500 E", left="701-799", city="Shelbyville", zip="94111")
    found = geocode(typed)
    assert found["geo_address"] == f"783 N 500 E, {known.upper()}, CA 94110"
    assert (found["geo_score"], found["geo_changes"]) == (100.0, None)


def test_a_bare_name_that_two_towns_share_is_parted_from_the_street(town, geocode):
    for kind in ("City", "Town"):
        town.street("Main St", right="100-198", city=f"Barre {kind}")
    town.street("Elm St", right="100-198", city="Barre Town")
    assert geocode("120 Main St Barre CA 94110")["geo_reason"] == "tie"
    assert geocode("120 Elm St Barre CA")["geo_address"] == "120 ELM ST, BARRE TOWN, CA 94110"


def test_a_street_named_like_a_bare_town_keeps_its_name(town, geocode):
    town.street("Old Maple", right="100-198", city="Maple Township")
    assert geocode("120 Old Maple")["geo_address"] == "120 OLD MAPLE, MAPLE TOWNSHIP, CA 94110"


def test_a_town_behind_a_grid_street_is_parted_where_the_region_names_no_towns(town, geocode):
    town.street("N 500 E", left="701-799", city=None)
    found = geocode("783 N 500 E Logan CA 94110")
    assert (found["geo_address"], found["geo_score"]) == ("783 N 500 E, 94110", 100.0)
