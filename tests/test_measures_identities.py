"""What must hold of the measures whatever the students are, and the network of streets."""

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from measured_town import STUDENTS, YEAR, Figure, ground, placed, town
from town import ORIGIN

from geoservice.cohort.students import cohort
from geoservice.measures.cells import tally
from geoservice.measures.figures import figures
from geoservice.measures.measure import PART_COUNT, PART_SHARE, TOTAL
from geoservice.measures.registry import MEASURES

GRADES = [None, "KG", "03", "05", "06", "12"]
SCHOOLS = [None, "A", "B", "C", "D", "E", "unheard-of"]
HOMES = st.one_of(st.none(), st.integers(-400, 4400))
LISTS = st.lists(st.tuples(HOMES, st.sampled_from(GRADES), st.sampled_from(SCHOOLS)), max_size=40)
BY = {"area": "area_halves", "zone": "zone_elementary", "school": "school"}
KEY = ["year", "band", "unit"]


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return town(tmp_path_factory.mktemp("town"))


many = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)


def lines(measure, made, by):
    return figures(measure, by, made).select(
        *KEY, "part", "value", "numerator", "denominator", "left_out", "status"
    )


@many
@given(LISTS, st.sampled_from(["area_halves", "zone_elementary"]))
def test_who_stays_and_who_leaves_are_the_residents_whose_school_is_known(reference, students, by):
    made = ground(reference, placed(students))
    found = {one: figures(one, by, made) for one in ("stay", "leave", "residents")}
    joined = (
        found["stay"]
        .join(found["leave"], on=KEY, suffix="_leave")
        .join(found["residents"], on=KEY, suffix="_all")
    )
    both = joined["value"] + joined["value_leave"]
    assert (both == joined["denominator"]).all()
    assert (both + joined["left_out"] == joined["value_all"]).all()


@many
@given(LISTS, st.sampled_from(["area_halves", "zone_elementary"]))
def test_who_stays_and_who_enters_are_the_attenders_whose_home_is_known(reference, students, by):
    made = ground(reference, placed(students))
    found = {one: figures(one, by, made) for one in ("stay", "enter", "attenders")}
    joined = (
        found["stay"]
        .join(found["enter"], on=KEY, suffix="_in")
        .join(found["attenders"], on=KEY, suffix="_all")
    )
    units = joined.filter(pl.col("unit") != "district")
    assert (units["value"] + units["value_in"] == units["denominator_in"]).all()
    assert (units["denominator_in"] + units["left_out_in"] == units["value_all"]).all()


@many
@given(LISTS)
def test_types_of_attendance_sum_to_one(reference, students):
    table = figures("attendance_type", "area_halves", ground(reference, placed(students)))
    sums = table.filter(pl.col("denominator") > 0).group_by(KEY).agg(pl.col("value").sum())
    assert np.allclose(sums["value"], 1.0)


@many
@given(LISTS, st.sampled_from(["area_halves", "zone_elementary"]))
def test_the_district_is_the_sum_of_its_units(reference, students, by):
    made = ground(reference, placed(students))
    counted = [
        one
        for one in MEASURES.values()
        if one.protection in (TOTAL, PART_COUNT, PART_SHARE)
        and one.id not in ("coverage", "net_flow", "tier_table")
        and by.split("_")[0] in one.by
    ]
    for measure in counted:
        table = figures(measure.id, by, made)
        key = ["year", "band", "part"]
        units = (
            table.filter(pl.col("unit") != "district")
            .group_by(key)
            .agg(pl.col("numerator", "denominator").sum())
        )
        both = table.filter(unit="district").join(units, on=key, suffix="_sum")
        assert len(both) == len(table.filter(unit="district"))
        assert both["numerator"].to_list() == both["numerator_sum"].to_list(), measure.id
        assert both["denominator"].to_list() == both["denominator_sum"].to_list(), measure.id


@settings(many, max_examples=6)
@given(LISTS, st.randoms(use_true_random=False))
def test_no_figure_changes_when_rows_are_shuffled(reference, students, random):
    shuffled = list(students)
    random.shuffle(shuffled)
    one, other = (ground(reference, placed(some)) for some in (students, shuffled))
    for measure in (one for one in MEASURES.values() if not one.has_destinations):
        by = next(by for kind, by in BY.items() if kind in measure.by)
        assert figures(measure.id, by, one).equals(figures(measure.id, by, other)), measure.id


@many
@given(LISTS)
def test_shares_lie_within_their_interval(reference, students):
    table = figures("capture", "area_halves", ground(reference, placed(students)))
    known = table.filter(pl.col("value").is_not_null())
    assert (known["low"] <= known["value"] + 1e-12).all()
    assert (known["value"] <= known["high"] + 1e-12).all()


def test_along_the_streets_a_way_is_never_shorter_than_the_straight_line(reference):
    students = placed(STUDENTS)
    straight, network = (
        cohort(students, reference, distance=one) for one in ("straight", "network")
    )
    for column in ("far_m", "nearest_m"):
        both = pl.DataFrame(
            {"straight": straight.metres(column), "network": network.metres(column)}
        ).drop_nulls()
        assert (both["network"] >= both["straight"] - 1e-6).all()
    # all stand 50 m from the one street: student 1 walks 50 + 100 + 50 metres to A
    assert network.metres("far_m")[0] == pytest.approx(200, abs=0.01)
    assert network.metres("nearest_m")[2] == pytest.approx(50 + 1000 + 50, abs=0.01)


def test_the_figure_names_how_its_distances_were_measured(reference):
    made = ground(reference, placed(STUDENTS), distance="network")
    line = Figure("distance", made).line("W", "median")
    assert line["distances"] == "along the streets, a straight line where none leads"
    assert line["value"] == pytest.approx(550 + 100, abs=0.01)
    assert Figure("residents", made).line("W")["distances"] is None


def test_a_home_that_no_street_joins_has_a_straight_line(reference):
    beside = placed([(100, "01", "A")]).with_columns(y=pl.lit(ORIGIN[1] + 400.0))
    ready = cohort(beside, reference, distance="network")
    assert ready.unjoined == 1
    straight = (400**2 + 400**2) ** 0.5
    assert ready.metres("far_m")[0] == pytest.approx(straight, abs=0.01)
    assert ready.metres("nearest_m")[0] == pytest.approx(straight, abs=0.01)


def test_the_region_chooses_the_network(tmp_path):
    reference = town(tmp_path, distance="network")
    assert cohort(placed(STUDENTS), reference).distances.startswith("along the streets")
    assert cohort(placed(STUDENTS), reference, distance="straight").distances == "straight line"
    assert len(cohort(placed([], YEAR), reference).students) == 0


def test_counts_of_other_grades_are_other_counts(reference):
    """Lists of grades that begin and end alike once shared one count."""
    students = placed([(100, grade, "A") for grade in ("KG", "03", "03", "05")])
    made = ground(reference, students)
    numbers = []
    for grade in ("03", "04"):
        some = made.cohort.students["grade"].is_in(["KG", "01", grade, "05"]).to_numpy()
        numbers.append(tally(made, "district", some, with_unplaced=True).number[-1, 0, -1])
    assert numbers == [4, 2]
