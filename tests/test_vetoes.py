"""A typed direction, type or word is used, or it costs and is named: no shorter reading escapes."""

import pytest

QUADRANTS = ("NW", "NE", "SW", "SE")


def street(town, name, y=0, numbers="101-199", **fields):
    low, high = map(int, numbers.split("-"))
    town.street(name, left=numbers, right=f"{low - 1}-{high - 1}", at=[(0, y), (200, y)], **fields)


def street_of(found):
    """The street's name in a standard address, None where nothing matched."""
    address = found["geo_address"]
    return address and address.split(",")[0].partition(" ")[2]


@pytest.mark.parametrize(
    "line",
    [
        "251 12th Ave NW, Springfield, CA 94110",
        "251 12th Ave NW",
        "251 NW 12th Ave",
        "251 12th Avenue Northwest",
        "251 Northwest 12th Avenue",
        "251 12th Ave North West",
        "251 12th NW Ave",
        "251 12th Ave N.W., Springfield",
        "251 12th Ave, NW, Springfield",
        "251 12th NW",
        "251 12th Northwest",
        "251 12th Ave NW Tower Building",
        "251 12th Ave Tower Building NW",
        "251 12th Ave NW Apt 4",
        "251 12th Ave Apt 4 NW",
        "251 12th Ave #4 NW, Springfield",
        "251 12th Ave, Apt 4, NW, Springfield",
        "251 12th Ave NW, Tower Building",
        "NW 251 12th Ave",
        "NW, 251 12th Ave, Springfield",
        "251 12th Ave, Springfield NW",
        "251 12th Ave NW Springfield CA 94110",
        "251 12th Ave Northwest Springfield",
        "PO Box 3, 251 12th Ave NW",
        "251NW 12th Ave",
    ],
)
def test_a_typed_quadrant_is_never_another_one(town, geocode, line):
    street(town, "12TH AVE NW", 0)
    street(town, "12TH AVE SE", 1000, "201-299", zip="94111")
    found = geocode(line)
    assert (found["geo_status"], found["geo_reason"]) == ("unmatched", "out_of_range")


@pytest.mark.parametrize("last", ["", " 68102", ", Omaha", " Omaha NE", " NE 68102"])
def test_a_quadrant_behind_the_type_is_no_state(town, geocode, last):
    street(town, "12TH AVE NE", 0, city="Omaha", state_left="NE", state_right="NE", zip="68102")
    street(town, "12TH AVE SE", 1000, city="Omaha", state_left="NE", state_right="NE", zip="68102")
    assert street_of(geocode(f"151 12th Ave NE{last}")) == "12TH AVE NE"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("151 Main St, Oak Terrace Apartments, Springfield", "OAK TERRACE APARTMENTS"),
        ("151 Main St Oak Terrace Apartments", "OAK TERRACE APARTMENTS"),
        ("151 Main St Apt 4 Oak Terrace", "OAK TERRACE"),
        ("151 N Main St # 23 SE", "SE"),
    ],
)
def test_words_beside_a_street_cost_little_and_are_named(town, geocode, line, words):
    street(town, "MAIN ST", 0)
    street(town, "N MAIN ST", 1000)
    found = geocode(line)
    assert (found["geo_score"], found["geo_changes"]) == (98.0, f"words -{words}")


def test_an_unknown_quadrant_of_a_known_street_is_an_unknown_street(town, geocode):
    street(town, "12TH AVE SE", 0)
    assert geocode("120 12th Ave NW")["geo_reason"] == "unknown_street"


@pytest.mark.parametrize("typed", ["Main St West", "Main St W", "Main W St"])
def test_a_direction_behind_the_type_leads_to_the_street_that_bears_it(town, geocode, typed):
    street(town, "MAIN ST", 0)
    street(town, "E MAIN ST", 1000)
    street(town, "W MAIN ST", 2000)
    found = geocode(f"152 {typed}")
    assert (street_of(found), found["geo_score"]) == ("W MAIN ST", 98.0)
    assert found["geo_changes"] == "direction moved"


def test_a_direction_that_no_street_bears_costs_and_is_named(town, geocode):
    street(town, "MAIN ST", 0)
    found = geocode("152 Main St W")
    assert (street_of(found), found["geo_score"]) == ("MAIN ST", 95.0)
    assert found["geo_changes"] == "direction -W"


@pytest.mark.parametrize("line", ["152 N Main St S", "152 N Main St SE", "152 NE Main St N"])
def test_two_directions_that_contradict_each_other_are_no_street_with_one_of_them(
    town, geocode, line
):
    street(town, "N MAIN ST", 0)
    street(town, "NE MAIN ST", 1000)
    assert geocode(line)["geo_status"] == "unmatched"


@pytest.mark.parametrize(
    ("known", "line"),
    [
        ("3RD ST NW", "151 3rd St Pl NW"),
        ("OAK ST", "151 Oak St Ct"),
        ("PARK AVE", "151 Park Ave Cir"),
        ("PARK AVE", "151 Park Ave Hill"),
        ("3RD ST PL NW", "151 3rd St NW"),
        ("PARK AVE CIR", "151 Park Ave"),
    ],
)
def test_a_street_with_a_second_type_is_another_street(town, geocode, known, line):
    street(town, known)
    assert geocode(line)["geo_status"] == "unmatched"


def test_the_street_of_two_types_is_found(town, geocode):
    street(town, "3RD ST NW", 0)
    street(town, "3RD ST PL NW", 1000)
    assert street_of(geocode("151 3rd Street Place NW")) == "3RD ST PL NW"


def test_a_street_that_keeps_all_typed_words_is_meant_before_one_that_drops_some(town, geocode):
    street(town, "S VAN NESS AVE", 0)
    street(town, "VAN NESS AVE", 1000, "201-299")
    assert geocode("251 South Van Ness")["geo_reason"] == "out_of_range"
    assert geocode("251 Van Ness Ave S")["geo_reason"] == "out_of_range"


def test_a_street_elsewhere_does_not_close_the_typed_town(town, geocode):
    street(town, "MAIN ST", 0, city="Shelbyville", zip="94111")
    street(town, "E MAIN ST", 1000, "201-299")
    found = geocode("252 Main St, Springfield, CA 94110")
    assert (street_of(found), found["geo_changes"]) == ("E MAIN ST", "direction +E")


@pytest.mark.parametrize(
    ("known", "line"),
    [
        ("E 850 N", "150 E 850 S"),
        ("E 850 N", "150 N 850 E"),
        ("E 850 N", "150 E 850"),
        ("E ST", "150 E 850"),
        ("N MAIN ST E", "150 E Main St N"),
    ],
)
def test_a_grid_needs_its_directions_in_their_places(town, geocode, known, line):
    street(town, known)
    assert geocode(line)["geo_status"] == "unmatched"


@pytest.mark.parametrize("line", ["150 North St", "150 East Ave", "150 West St"])
def test_a_direction_that_is_the_name_is_no_slip_of_another_word(town, geocode, line):
    street(town, "WORTH ST")
    street(town, "EAST2 ST")
    street(town, "EASY AVE")
    street(town, "WEST ST", 900, "201-299")
    assert geocode(line)["geo_status"] == "unmatched"


def test_a_street_that_exists_in_another_direction_is_not_misspelt(town, geocode):
    street(town, "S OAK ST")
    street(town, "OAKS ST")
    assert geocode("150 N Oak St")["geo_reason"] == "unknown_street"


def test_a_direction_glued_to_the_number_speaks_against_another_one(town, geocode):
    street(town, "12TH AVE NW")
    assert geocode("151S 12th Ave")["geo_status"] == "unmatched"


@pytest.mark.parametrize(
    ("known", "line", "change"),
    [
        ("LITTLE FALLS RD", "150 Little Falls", "type +RD"),
        ("ROCK SPRING RD", "150 Rock Spring", "type +RD"),
        ("MILL RUN RD", "150 Mill Run, Springfield", "type +RD"),
        ("KNOB HILL CT", "150 Knob Hill", "type +CT"),
        ("W LAKE DR", "150 West Lake", "type +DR"),
        ("NORTH POINT ST", "150 North Point", "type +ST"),
        ("OLD MILL CREEK DR NW", "150 Old Mill Creek NW", "type +DR"),
        ("N KNOB HILL CT", "150 Knob Hill", "direction +N; type +CT"),
        ("FOREST SIDE AVE", "150 Forest Side", "type +AVE"),
        ("RIVER FRONT DR", "150 River Front", "type +DR"),
        ("SWING GATE RD", "150 Swing Gate, 94110", "type +RD"),
    ],
)
def test_a_word_that_is_also_a_type_may_belong_to_the_name(town, geocode, known, line, change):
    street(town, known)
    found = geocode(line)
    assert (found["geo_status"], found["geo_changes"]) == ("matched", change)


def test_the_street_of_that_type_is_meant_first(town, geocode):
    street(town, "MILL RUN", 0)
    street(town, "MILL RUN CT", 1000)
    assert (street_of(geocode("150 Mill Run")), geocode("150 Mill Run Ct")["geo_score"]) == (
        "MILL RUN",
        100.0,
    )


@pytest.mark.parametrize(
    ("known", "line"),
    [
        ("NORTH ST", "150 North St"),
        ("W NORTH AVE", "150 W North Ave"),
        ("SOUTH PARK AVE", "150 South Park Ave"),
        ("S PARK AVE", "150 South Park Ave"),
        ("E ST NW", "150 E St NW"),
        ("WEST END AVE", "150 West End Ave"),
        ("BROADWAY E", "150 Broadway East"),
        ("BROADWAY E", "150 Broadway E"),
    ],
)
def test_directions_in_names_are_read_as_the_reference_reads_them(town, geocode, known, line):
    street(town, known)
    assert geocode(line)["geo_score"] == 100.0


def test_a_type_behind_a_name_that_ends_in_one_may_be_dropped(town, geocode):
    street(town, "SOUTH PARK", 0)
    street(town, "PARK ST", 1000)
    found = geocode("150 South Park St")
    assert (street_of(found), found["geo_changes"]) == ("SOUTH PARK", "type -ST")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("150 Main St Annex", "ANNEX"),
        ("150 Main St Street", "STREET"),
        ("150 Main St 44 Rear 5", "44 REAR 5"),
    ],
)
def test_words_behind_a_street_cost_and_are_named(town, geocode, line, words):
    street(town, "MAIN ST")
    found = geocode(line)
    assert (street_of(found), found["geo_score"]) == ("MAIN ST", 96.0)
    assert found["geo_changes"] == f"words -{words}"


def test_a_type_is_a_slip_only_where_one_street_bears_the_name(town, geocode):
    street(town, "GRANT ST", 0)
    street(town, "GRANT CT", 1000, zip="94111")
    assert geocode("150 Grant Rd")["geo_status"] == "unmatched"


def test_a_direction_that_no_street_bears_ties_where_another_direction_has_the_number(
    town, geocode
):
    street(town, "MAIN ST")
    street(town, "N MAIN ST", y=-3000, numbers="101-149")
    found = geocode("141 S Main St, Springfield, CA 94110")
    assert (found["geo_reason"], found["lon"]) == ("tie", None)
    assert found["geo_changes"] == (
        "141 MAIN ST, SPRINGFIELD, CA 94110 | 141 N MAIN ST, SPRINGFIELD, CA 94110"
    )
    alone = geocode("151 S Main St, Springfield, CA 94110")
    assert (alone["geo_address"], alone["geo_changes"]) == (
        "151 MAIN ST, SPRINGFIELD, CA 94110",
        "direction -S",
    )


def test_a_lost_direction_is_no_tie_with_a_street_of_another_town(town, geocode):
    street(town, "MAIN ST")
    street(town, "N MAIN ST", y=-3000, city="Shelbyville", zip="94111")
    found = geocode("141 S Main St, Springfield, CA 94110")
    assert found["geo_changes"] == "direction -S"


@pytest.mark.parametrize("city", ["Springfield", None])
def test_an_extension_is_no_town(town, geocode, city):
    for at, name in enumerate(("VALLEY RD", "VALLEY ROAD EXT")):
        street(town, name, y=-1000 * at, city=city)
    assert street_of(geocode("141 Valley Road Ext")) == "VALLEY ROAD EXT"
    assert street_of(geocode("141 N Valley Road Ext")) == "VALLEY ROAD EXT"
    assert street_of(geocode("141 Valley Rd")) == "VALLEY RD"
