"""Schools whose seats are not known: whom they concern is left out of shares that need seats, and counted as left out."""

import pytest
from measured_town import STUDENTS, Figure, ground, placed, town_of_unknown_seats, town_without

from geoservice.cartography.figure.choice import Choice
from geoservice.model.settings import Settings
from geoservice.service.maps import Maps

MILES = ("0.5", "1", "2", "3")


@pytest.fixture
def made(tmp_path):
    """The town, of whose school A (full else, and the school of right in the west) the seats are not known."""
    return ground(town_of_unknown_seats(tmp_path, "A"), placed(STUDENTS))


def test_who_has_only_schools_of_unknown_seats_nearby_is_left_out_of_access_with_room(made):
    access = Figure("access", made)
    # 1, 2, 6, 7, 8 have A alone within half a mile; 4 and 5 have C, which has room; 3 has neither.
    assert access.share("W", "0.5 mi with room") == (2, 3)
    assert access.line("W", "0.5 mi with room")["left_out"] == 5
    # C, with room, is within a mile of all but 1 and 2.
    assert access.share("W", "1 mi with room") == (6, 6)
    assert access.line("W", "1 mi with room")["left_out"] == 2


def test_other_shares_of_access_count_everybody(made):
    access = Figure("access", made)
    assert access.share("W", "0.5 mi") == (7, 8)
    assert access.line("W", "0.5 mi")["left_out"] == 0


def test_whether_a_school_of_right_of_unknown_seats_was_full_is_no_data(made):
    reasons = Figure("leave_reason", made)
    full = reasons.line("W", "right_full")
    assert (full["status"], full["value"], full["denominator"]) == ("no_data", None, None)
    assert reasons.share("W", "lower") == (2, 2)
    assert reasons.share("E", "right_full") == (0, 1)
    assert reasons.share("district", "right_full") == (0, 1)


def test_a_share_of_nobody_is_not_applicable_still(tmp_path):
    stays = [one for one in STUDENTS if one[2] == "A" and (one[0] or 0) < 2000]
    made = ground(town_of_unknown_seats(tmp_path, "A"), placed(stays))
    assert Figure("leave_reason", made).line("W", "right_full")["status"] == "not_applicable"


def test_schools_of_unknown_seats_that_are_no_quality_schools_leave_nobody_out(tmp_path):
    made = ground(town_of_unknown_seats(tmp_path, "E"), placed(STUDENTS))
    assert Figure("access", made).line("W", "0.5 mi with room")["left_out"] == 0


def spoken(tmp_path, reference, map_id, lang="en"):
    """All sentences, facts and totals of a map, as text."""
    maps = Maps(Settings.read({"GEOSERVICE_HOME": str(tmp_path / "home")}))
    drawing = maps.drawing(map_id, reference, Choice(lang=lang))
    district = [
        cell.text
        for row in drawing.rows
        for cell in row.cells
        if row.id == "district" and hasattr(cell, "text")
    ]
    return f"{drawing.alternative} {drawing.facts} {district}"


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("map_id", ["reference", "ratings"])
def test_seats_of_which_nothing_is_known_are_neither_0_nor_a_share(tmp_path, map_id, lang):
    text = spoken(tmp_path, town_without(tmp_path, {"schools": ["capacity"]}), map_id, lang)
    assert {"en": "4 schools; seats unknown", "es": "4 escuelas; cupos desconocidos"}[lang] in text
    if map_id == "ratings":
        told = {
            "en": "The seats of quality schools are unknown",
            "es": "No se conocen los cupos de las escuelas de calidad",
        }
        assert told[lang] in text
    for false in ("0 seats", "no data of", "0%", "0 cupos", "sin datos de las"):
        assert false not in text


def test_seats_are_told_where_nothing_is_known_of_enrolment(tmp_path):
    text = spoken(tmp_path, town_without(tmp_path, {"schools": ["enrollment"]}), "reference")
    assert "4 schools; 36 seats in the 3 schools whose seats are known" in text
    assert "['36', 'no data']" in text


def test_seats_known_in_part_are_called_so(tmp_path):
    reference = town_of_unknown_seats(tmp_path, "A")
    assert "4 schools; 30 seats in the 2 schools whose seats are known" in spoken(
        tmp_path, reference, "reference"
    )
    ratings = spoken(tmp_path, reference, "ratings")
    assert "86.7% of the known seats are in quality schools" in ratings


def test_the_seats_of_a_single_school_are_told_in_the_singular(tmp_path):
    reference = town_of_unknown_seats(tmp_path, "A", "C")
    told = spoken(tmp_path, reference, "reference")
    assert "4 schools; 4 seats in the 1 school whose seats are known" in told
    told = spoken(tmp_path, reference, "reference", "es")
    assert "4 cupos en la única escuela cuyos cupos se conocen" in told


def test_no_share_is_named_where_the_seats_of_no_quality_school_are_known(tmp_path):
    ratings = spoken(tmp_path, town_of_unknown_seats(tmp_path, "A", "C"), "ratings")
    assert "The seats of quality schools are unknown" in ratings


def test_buildings_whose_use_is_unknown_are_not_counted_as_0_of_0(tmp_path):
    reference = town_without(tmp_path, {"schools": ["enrollment"]})
    maps = Maps(Settings.read({"GEOSERVICE_HOME": str(tmp_path / "home")}))
    assert "utilisation" not in {one.id for one in maps.offered(reference)}
    partly = spoken(
        tmp_path, town_of_unknown_seats(tmp_path / "part", "A", "B", "C"), "utilisation"
    )
    assert "0 of 0 buildings" not in partly


@pytest.mark.parametrize(
    ("lacking", "title"),
    [
        ({"schools": ["capacity"], "seats": None}, "Schools by level (dashed: seats not known)"),
        ({}, "Schools by level; size by seats (dashed: seats not known)"),
    ],
)
def test_the_legend_tells_sizes_by_seats_only_where_seats_are_known(tmp_path, lacking, title):
    maps = Maps(Settings.read({"GEOSERVICE_HOME": str(tmp_path / "home")}))
    reference = town_without(tmp_path, lacking)
    assert maps.drawing("reference", reference, Choice()).legend_title == title
