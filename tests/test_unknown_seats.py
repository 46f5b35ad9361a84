"""Schools whose seats are not known: whom they concern is left out of shares that need seats, and counted as left out."""

from dataclasses import replace

import polars as pl
import pytest
from measured_town import STUDENTS, Figure, ground, placed, town_of_unknown_seats

from geoservice.measures.families import families
from geoservice.measures.release_tables import LEAVING, RATINGS, is_of, stage_specs
from geoservice.measures.standards import OWN, Standard
from geoservice.measures.unsure import unsure_families

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
    assert (full["status"], full["value"], full["denominator"]) == ("no_data", None, 0)
    assert full["left_out"] == 8
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


def test_which_parts_stand_apart_follows_from_public_facts(made):
    assert unsure_families(made.cohort, "2023-24") == {"access", "leaving"}
    nothing = made.cohort.by_year.with_columns(capacity=pl.lit(None, dtype=pl.Int64))
    assert not unsure_families(replace(made.cohort, by_year=nothing), "2023-24")


@pytest.mark.parametrize(("standard", "named"), [
    (OWN, {"leaving|right_full", *(f"access|{miles} mi with room" for miles in MILES)}),
    (Standard("stars"), {"leaving by stars|right_full", *(f"access by stars|{miles} mi with room" for miles in MILES)}),
    (Standard("", "network"), {"leaving|right_full", *(f"access along network|{miles} mi with room" for miles in MILES)}),
])  # fmt: skip
def test_tables_that_stand_apart_are_named_for_what_they_are_by(made, standard, named):
    known = families(made.labels)
    specs = [one for stage in (RATINGS, LEAVING)
             for one in stage_specs(stage, made.cohort, known, ("access", "leaving"), standard)]  # fmt: skip
    units = {one.units for one in specs if one.units.count("|") == 2}
    assert {
        one.removeprefix("area_halves|") for one in units if one.startswith("area_halves")
    } == named
    lines = pl.DataFrame({"units": sorted(units)})
    assert set(lines.filter(is_of("access", "area_halves", standard))["units"]) == {f"area_halves|{one}" for one in named if one.startswith("access")}  # fmt: skip
