"""Schools whose seats are not known: whom they concern is left out of shares that need seats, and counted as left out."""

import pytest
from measured_town import STUDENTS, Figure, ground, placed, town_of_unknown_seats

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
