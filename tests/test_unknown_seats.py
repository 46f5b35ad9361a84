"""Schools whose seats are not known: whom they concern is left out of shares that need seats, and counted as left out."""

from dataclasses import replace

import polars as pl
import pytest
from measured_town import STUDENTS, Figure, ground, placed, town_of_unknown_seats

from geoservice.measures.families import families
from geoservice.measures.release_tables import LEAVING, RATINGS, is_rated, made_anew, stage_specs
from geoservice.measures.unsure import unsure_families


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


def test_tables_that_stand_apart_are_made_anew_by_other_ratings_and_distances(made):
    known = families(made.labels)
    specs = [one for stage in (RATINGS, LEAVING) for one in stage_specs(stage, made.cohort, known, ("access", "leaving"))]  # fmt: skip
    apart = pl.DataFrame({"units": [one.units for one in specs], "part": [one.part for one in specs]}).filter(pl.col("units").str.count_matches(r"\|") == 2)  # fmt: skip
    assert set(apart["units"].str.extract(r"^area_halves\|(.*)$").drop_nulls()) == {
        "leaving|right_full", *(f"access|{miles} mi with room" for miles in ("0.5", "1", "2", "3")),
    }  # fmt: skip
    assert all(is_rated(one) for one in apart["units"])
    assert apart.filter(~made_anew(same_ratings=False)).is_empty()
    same = apart.filter(made_anew(same_ratings=True))
    assert set(same["units"].str.extract(r"\|(\w+)\|")) == {"access"}
