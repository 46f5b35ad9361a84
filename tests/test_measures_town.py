"""Every measure in a town that is counted by hand: the arithmetic stands beside each number."""

from dataclasses import replace

import polars as pl
import pytest
from measured_town import STARS, STUDENTS, YEAR, Figure, ground, placed, town, town_without

from geoservice.errors import InputError
from geoservice.measures.figures import figures, wilson
from geoservice.measures.registry import MEASURES


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return town(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="module")
def made(reference):
    return ground(reference, placed(STUDENTS))


@pytest.fixture
def figure(made):
    return lambda measure, by="area_halves": Figure(measure, made, by)


def test_residents_are_all_who_live_there(figure):
    residents = figure("residents")
    assert residents.line("W")["value"] == 8  # students 1 to 8
    assert residents.line("E")["value"] == 5  # students 9 to 13; the last has no place
    assert residents.line("E", band="K-5")["value"] == 4  # without the sixth-grader
    assert residents.line("district")["value"] == 13


def test_attenders_are_all_who_attend_there_wherever_they_live(figure):
    attenders = figure("attenders")
    # A: students 1, 2, 3, 12 and the one without a place; E: student 6
    assert attenders.line("W")["value"] == 6
    # B: students 5, 9, 10; C: students 4, 11, 13
    assert attenders.line("E")["value"] == 6
    # one school is unheard-of, one was closed
    assert attenders.line("district")["left_out"] == 2
    assert figure("attenders", "school").line("A")["value"] == 5


def test_stay_and_leave_are_residents_whose_school_is_known(figure):
    # of the 8 in the west 2 attend no school that is known and open
    assert figure("stay").line("W", "stay")["value"] == 4  # 1, 2, 3 at A and 6 at E
    assert figure("leave").line("W", "leave")["value"] == 2  # 4 to C, 5 to B
    assert figure("leave").line("W", "leave")["left_out"] == 2
    assert figure("capture").share("W", "stay") == (4, 6)
    assert figure("capture").share("E", "stay") == (4, 5)


def test_the_nearest_school_is_the_nearest_open_school_that_serves_the_grade(figure):
    # 1 and 2 attend A, the nearest; 6 attends E, as near as A; 3, 4 and 5 pass E.
    # 7 and 8 attend schools that are not known or closed.
    nearest = figure("nearest_school")
    assert nearest.share("W", "nearest") == (3, 6)
    assert nearest.line("W", "nearest")["left_out"] == 2
    # 9 attends B, as near as C; 10 B; 11 C; 13 attends C, the only school of grade 6; 12 passes C.
    assert nearest.share("E", "nearest") == (4, 5)


def test_enter_is_attenders_whose_home_is_known_less_those_who_stay(figure):
    assert figure("enter").line("W", "enter")["value"] == 1  # student 12
    assert figure("enter").line("W", "enter")["denominator"] == 5  # 6 attenders, 1 without a place
    assert figure("enter").line("W", "enter")["left_out"] == 1
    assert figure("net_flow").line("W")["value"] == 1 - 2
    assert figure("net_flow").line("E")["value"] == 2 - 1


def test_attendance_types(figure):
    types = figure("attendance_type")
    parts = ("zoned", "other_in_area", "out_of_area")
    assert [types.share("W", part) for part in parts] == [(3, 6), (1, 6), (2, 6)]
    assert [types.share("E", part) for part in parts] == [(2, 5), (2, 5), (1, 5)]


def test_participation_of_zones(figure):
    participation = figure("participation", "zone_elementary")
    assert participation.share("A", "zoned") == (3, 6)  # students 1 to 6
    assert participation.share("B", "zoned") == (2, 4)  # students 9 to 12: grade 6 has no zone
    assert participation.line("A", "zoned")["left_out"] == 2


def test_participation_of_areas_is_of_those_who_have_a_school_of_right(figure):
    participation = figure("participation")
    assert participation.share("W", "zoned") == (3, 6)
    assert participation.share("E", "zoned") == (2, 4)  # grade 6 has no zone
    assert (
        participation.line("E", "zoned")["left_out"]
        == figure("attendance_type").line("E", "zoned")["left_out"] + 1
    )


def test_in_boundary_and_draw(figure):
    inside = figure("in_boundary", "school")
    assert inside.share("A", "in_boundary") == (3, 4)  # 1, 2, 3 of 1, 2, 3, 12
    assert inside.line("A", "in_boundary")["left_out"] == 1  # the one without a place
    assert inside.share("B", "in_boundary") == (2, 3)  # 9, 10 of 5, 9, 10
    assert figure("draw", "school").share("A", "draw") == (1, 4)
    assert inside.line("C", "in_boundary")["status"] == "not_applicable"  # it has no zone


def test_utilisation_counts_a_building_once(figure):
    utilisation = figure("utilisation")
    assert utilisation.share("W") == (6, 6)
    assert utilisation.line("W")["class"] == "over"
    assert utilisation.line("W")["left_out"] == 1  # E has no seats; D is closed
    assert utilisation.share("E") == (2 + 13, 4 + 26)
    assert utilisation.line("E")["class"] == "under"
    # of the thirteen grades of C six are in the band: 13 * 6/13 pupils, 26 * 6/13 seats
    assert utilisation.share("E", band="K-5") == pytest.approx((2 + 6, 4 + 12))
    assert figure("utilisation", "school").share("C") == (13, 26)


def test_unfilled_seats_of_a_full_school_are_none(figure):
    assert figure("unfilled_seats").line("W")["value"] == 0
    assert figure("unfilled_seats").line("E")["value"] == 2 + 13
    assert figure("unfilled_seats").line("E", band="K-5")["value"] == pytest.approx(2 + 6)


def test_quality_seats(figure):
    seats = figure("quality_seat_share")
    assert seats.share("W") == (6, 6)
    assert seats.share("E") == (26, 30)
    assert seats.share("E", band="K-5") == pytest.approx((12, 16))
    assert seats.line("E")["scheme"] == "letters"


def test_students_in_quality_schools_both_ways(figure):
    quality = figure("in_quality")
    assert quality.share("W", "residence") == (4, 6)  # 1, 2, 3 at A, 4 at C
    assert quality.share("E", "residence") == (3, 5)  # 11, 13 at C, 12 at A
    assert quality.share("W", "attendance") == (5, 6)
    assert quality.share("E", "attendance") == (3, 6)


def test_tier_table(figure):
    tiers = figure("tier_table")
    assert tiers.share("W", "schools A") == (1, 2)
    assert tiers.share("W", "schools not rated") == (1, 2)  # E; D is closed
    assert tiers.share("E", "schools B") == (1, 2)
    assert tiers.share("W", "students A") == (5, 6)
    assert tiers.share("E", "students C") == (3, 6)
    assert tiers.share("E", "students D") == (0, 6)


def test_the_tier_table_says_who_attends_no_known_school(figure):
    tiers = figure("tier_table")
    known = figure("in_quality").line("district", "attendance")
    assert tiers.line("district", "students A")["left_out"] == known["left_out"] > 0
    assert tiers.line("W", "students A")["left_out"] == 0
    assert tiers.line("W", "schools A")["left_out"] is None


def test_service_gap_and_level(figure):
    gap, level = figure("service_gap"), figure("service_level")
    assert gap.line("W")["value"] == 8 - 6
    assert gap.line("E", band="K-5")["value"] == pytest.approx(4 - 12)
    assert gap.line("district")["value"] == 13 - 32
    assert level.share("W") == (6, 8)
    assert level.share("E") == (5, 5)


def test_need_ranks_and_their_range(figure):
    ranks = figure("need_rank")
    # K-5, declared: W 8 - 6 = 2, E 4 - 12 = -8. Only the best label: W 2, E 4 - 0 = 4.
    # One label more: E 4 - 16 = -12. With schools not rated: as declared, E has no seats.
    values = {
        part: ranks.line("W", part, "K-5")["value"] for part in ("rank", "best", "worst", "in_top")
    }
    assert values == {"rank": 1, "best": 1, "worst": 2, "in_top": 0}
    assert ranks.line("E", "rank", "K-5")["value"] == 2
    assert ranks.line("W", "mean_rank", "all")["value"] == 1
    assert ranks.line("W", "rank", "all", "all years")["value"] == 1


def test_distance_to_the_school_attended(figure):
    # 1: 100, 2: 100, 3: 1000, 4: 600, 5: 1700, 6: 500
    distance = figure("distance")
    assert distance.line("W", "median")["value"] == pytest.approx((500 + 600) / 2, abs=0.01)
    assert distance.line("W", "mean")["value"] == pytest.approx(4000 / 6, abs=0.01)
    assert distance.line("W", "median")["left_out"] == 2
    assert distance.line("W", "A median")["value"] == pytest.approx(100, abs=0.01)
    assert distance.line("W", "not rated mean")["value"] == pytest.approx(500, abs=0.01)
    assert distance.line("W", "D median")["status"] == "not_applicable"
    assert distance.line("W", "median")["distances"] == "straight line"
    # who attends A lives 100, 100, 1000 and 1700 metres away
    assert figure("distance", "school").line("A", "median")["value"] == pytest.approx(550, abs=0.01)


def test_nearest_quality_school_and_the_excess(figure):
    # A at 500 and C at 2500. 1: 100, 2: 100, 3: 1000, 4: 600, 5: 700, 6: 500, 7: 700, 8: 400
    nearest = figure("nearest_quality")
    assert nearest.line("W", "median")["value"] == pytest.approx((500 + 600) / 2, abs=0.01)
    assert nearest.line("W", "mean")["value"] == pytest.approx(4100 / 8, abs=0.01)
    # only student 5 goes farther: 1700 - 700
    assert nearest.line("W", "excess mean")["value"] == pytest.approx(1000 / 6, abs=0.01)
    # all to C, which alone serves grade 6: 500, 900, 100, 300, 400
    assert nearest.line("E", "mean")["value"] == pytest.approx(2200 / 5, abs=0.01)


def test_access_with_and_without_room(figure):
    access = figure("access")
    assert access.share("W", "0.5 mi") == (7, 8)  # 804.672 m: all but student 3
    assert access.share("W", "1 mi") == (8, 8)
    # A is full. To C: 2100, 1900, 1000, 600, 700, 1500, 1300, 1600
    assert access.share("W", "0.5 mi with room") == (2, 8)
    assert access.share("W", "1 mi with room") == (6, 8)  # 1609.344 m


def test_reasons_to_leave(figure):
    reasons = figure("leave_reason")
    # 4 to C (B, 600 m) and 5 to B (C, 1700 m); their own A (1400 and 1300 m) is better and full
    assert reasons.share("W", "lower") == (2, 2)
    assert reasons.share("W", "nearer") == (1, 2)
    assert reasons.share("W", "lower nearer") == (1, 2)
    assert reasons.share("W", "lower right_full") == (2, 2)
    # 12 to A; its own B is worse, nearer, and has room
    assert reasons.share("E", "higher") == (1, 1)
    assert reasons.share("E", "higher nearer") == (0, 1)
    assert reasons.share("E", "right_full") == (0, 1)


def test_stable_ratings(figure):
    stable = figure("rating_stability")
    assert stable.share("W", "2 of 2 years") == (0, 6)  # A was C a year ago
    assert stable.share("E", "2 of 2 years") == (26, 30)  # C was B in both


def test_programme_density(figure):
    density = figure("programme_density")
    assert density.line("W", "music")["value"] == 100 * 3 / 8  # the entry says so
    assert density.line("W", "chess")["value"] == 100 * 6 / 8  # all of the school
    assert density.line("E", "music")["value"] == 100 * 26 / 5
    assert [density.line(one, "music")["class"] for one in "WE"] == ["1", "3"]
    assert density.line("E", "chess")["class"] == "none in region"


def test_coverage_counts_those_without_an_area_in_the_district(figure):
    assert figure("coverage").share("W", "matched") == (8, 8)
    assert figure("coverage").share("district", "matched") == (13, 14)
    assert figure("residents").line("W")["coverage"] == 1.0


def test_a_share_has_a_wilson_interval(figure):
    # 4 of 6: (0.66667 + 0.32014 -+ 0.35146) / 1.64027, z = 1.95996
    line = figure("capture").line("W", "stay")
    assert (line["low"], line["high"]) == pytest.approx((0.29999, 0.90323), abs=1e-4)
    assert line["district"] == 8 / 11


def test_an_interval_lies_between_none_and_all():
    ends = pl.DataFrame({"n": range(1, 200)}).select(
        low=wilson(pl.lit(0), pl.col("n"))[0], high=wilson(pl.col("n"), pl.col("n"))[1]
    )
    assert ends["low"].min() >= 0
    assert ends["high"].max() <= 1


def test_nobody_participates_in_a_band_that_no_zone_serves(made):
    lines = figures("participation", "area_halves", with_middle(made)).filter(band="6-8")
    assert set(lines["status"]) == {"not_applicable"}
    assert lines["value"].null_count() == len(lines)


def with_middle(made):
    """The town with a band of which it has one student, no zone, and only school C."""
    return replace(made, bands={**made.bands, "6-8": ("06", "07", "08")})


def test_where_no_school_stands_none_is_left_out_of_the_gap(made):
    lines = figures("service_gap", "area_halves", with_middle(made)).filter(band="6-8", unit="W")
    assert lines["left_out"].to_list() == [0]


def test_years_without_ratings_have_no_data_and_other_measures_do(reference):
    made = ground(reference, placed(STUDENTS, "2018-19"))
    quality = figures("in_quality", "area_halves", made)
    assert set(quality["status"]) == {"no_data"}
    assert quality["value"].null_count() == len(quality)
    assert Figure("residents", made).line("W", year="2018-19")["value"] == 8
    assert Figure("utilisation", made).line("E", year="2018-19")["status"] == "no_data"


def test_a_school_counts_in_the_years_in_which_it_was_open(reference):
    made = ground(reference, placed(STUDENTS, "2021-22"))
    assert Figure("attenders", made, "school").line("D", year="2021-22")["value"] == 1


def test_who_attends_a_school_that_does_not_serve_the_grade_counts_there(reference):
    made = ground(reference, placed([(400, "07", "A"), (400, "01", "A")]))
    made = replace(made, bands={**made.bands, "6-8": ("06", "07", "08")})
    attenders = Figure("attenders", made, "school")
    assert (
        attenders.line("A", band="6-8")["value"]
        == attenders.line("district", band="6-8")["value"]
        == 1
    )
    apart = Figure("distance", made, "school").line("A", "median", band="6-8")["value"]
    assert apart == pytest.approx(100)
    assert set(Figure("utilisation", made, "school").table.filter(band="6-8")["unit"]) == {
        "C",
        "district",
    }


@pytest.mark.parametrize(
    "measure", ["attenders", "utilisation", "unfilled_seats", "in_boundary", "distance"]
)
def test_a_school_has_no_line_in_years_in_which_it_was_closed(figure, measure):
    units = set(figure(measure, "school").table.filter(year=YEAR)["unit"])
    assert units == {"A", "B", "C", "E", "district"}  # D was closed


@pytest.mark.parametrize(
    "measure", ["quality_seat_share", "unfilled_seats", "service_gap", "rating_stability"]
)
def test_the_district_tells_of_schools_that_stand_nowhere(figure, made, measure):
    before = figure(measure).line("district", part=part_of(measure))
    lost = made.cohort.facts.with_columns(
        s_area_halves=pl.when(pl.col("school_id") != "C").then("s_area_halves")
    )
    moved = replace(made, cohort=replace(made.cohort, facts=lost, kept={}))
    after = Figure(measure, moved).line("district", part=part_of(measure))
    assert after["left_out"] == before["left_out"] + 1
    assert after["numerator"] != before["numerator"]


def part_of(measure):
    return "2 of 2 years" if measure == "rating_stability" else ""


def test_room_is_not_known_in_years_without_enrolment(reference):
    made = ground(reference, placed(STUDENTS, "2022-23"))  # rated, but enrolment is that of 2023-24
    access, reason = Figure("access", made), Figure("leave_reason", made)
    room = access.line("W", "1 mi with room", year="2022-23")
    assert (room["status"], room["value"], room["numerator"]) == ("no_data", None, None)
    full = reason.line("W", "right_full", year="2022-23")
    assert (full["status"], full["value"]) == ("no_data", None)
    assert access.line("W", "1 mi", year="2022-23")["status"] == "shown"
    assert reason.line("W", "higher", year="2022-23")["status"] == "shown"
    assert (
        Figure("access", ground(reference, placed(STUDENTS))).line("W", "1 mi with room")["status"]
        == "shown"
    )


@pytest.mark.parametrize("measure", ["service_gap", "service_level", "need_rank"])
def test_need_is_not_known_where_no_seats_are(made, measure):
    unknown = made.cohort.by_year.with_columns(capacity=pl.lit(None, dtype=pl.Int64))
    bare = replace(made, cohort=replace(made.cohort, by_year=unknown, kept={}))
    table = Figure(measure, bare).table
    assert set(table["status"]) <= {"no_data"}  # and not a gap as large as all residents
    assert table["value"].null_count() == len(table)


@pytest.mark.parametrize(
    ("measure", "parts"),
    [("programme_density", {"music", "chess"}), ("rating_stability", {"2 of 2 years"})],
)
def test_there_are_lines_of_parts_that_there_are(figure, measure, parts):
    assert set(figure(measure).table["part"]) == parts


def test_another_scheme_is_another_figure(reference):
    made = ground(reference, placed(STUDENTS), scheme="stars")
    quality = Figure("in_quality", made)
    assert quality.line("E", "residence")["scheme"] == STARS.id
    assert quality.share("E", "residence") == (2, 5)  # only B has five stars: 9, 10
    assert Figure("leave_reason", made).share("E", "lower") == (
        1,
        1,
    )  # from B to A, the last is best


def test_two_schemes_are_never_mixed(reference):
    with pytest.raises(InputError, match="no such rating scheme"):
        ground(reference, placed(STUDENTS), scheme="both")


def test_areas_without_students_count_nobody_and_have_no_share(reference):
    made = ground(reference, placed([one for one in STUDENTS if one[0] and one[0] < 2000]))
    assert Figure("residents", made).line("E")["value"] == 0
    assert Figure("capture", made).line("E", "stay")["status"] == "not_applicable"
    assert Figure("service_gap", made).line("E")["value"] == -26


LACKS = {
    "schools": {"schools": None, "ratings": None, "zones": None},
    "ratings": {"ratings": None, "info": {"schemes": ()}},
    "zones": {"zones": None, "info": {"zone_sets": ()}},
    "all but streets and areas": {
        "schools": None,
        "ratings": None,
        "zones": None,
        "info": {"schemes": (), "zone_sets": (), "bands": {}},
    },
}


@pytest.mark.parametrize("distance", ["straight", "network"])
@pytest.mark.parametrize("lacking", LACKS)
def test_what_a_region_lacks_is_no_data_and_no_fault(tmp_path, lacking, distance):
    made = ground(town_without(tmp_path, LACKS[lacking]), placed(STUDENTS), distance=distance)
    for measure in MEASURES.values():
        for unit in ("area_halves", "zone_elementary", "school"):
            lost = unit.startswith("zone") and "zones" in LACKS[lacking]
            wanted = measure.id != "school_draw"  # It needs hexagons.
            if wanted and unit.partition("_")[0] in measure.by and not lost:
                table = figures(measure.id, unit, made)
                assert set(table["status"]) <= {"shown", "no_data", "not_applicable"}
    assert Figure("residents", made).line("W")["value"] == 8
    if "schools" not in LACKS[lacking]:
        assert Figure("attenders", made).line("W")["value"] == 6
    if lacking != "zones":
        assert set(Figure("access", made).table["status"]) == {"no_data"}


def test_zones_where_no_school_is_known_have_no_seats_and_no_fault(tmp_path):
    made = ground(town_without(tmp_path, {"schools": None, "ratings": None}), placed(STUDENTS))
    for measure in ("utilisation", "unfilled_seats", "quality_seat_share", "tier_table"):
        assert len(Figure(measure, made, "zone_elementary").table)


OF_SCHOOLS = (
    "attenders",
    "stay",
    "leave",
    "enter",
    "net_flow",
    "capture",
    "attendance_type",
    "participation",
    "distance",
)


@pytest.mark.parametrize("measure", OF_SCHOOLS)
def test_where_no_school_is_known_nothing_of_schools_is_known(tmp_path, measure):
    made = ground(town_without(tmp_path, LACKS["schools"]), placed(STUDENTS))
    table = Figure(measure, made).table
    assert len(table)
    assert set(table["status"]) == {"no_data"}
    numbers = table.select("value", "numerator", "denominator", "low", "high", "district")
    assert numbers.null_count().sum_horizontal().item() == 6 * len(table)
    assert Figure("residents", made).line("W")["value"] == 8


@pytest.mark.parametrize("unknown", [("lon", "lat"), ("low_grade", "high_grade")])
@pytest.mark.parametrize(
    "measure", ["access", "nearest_quality", "service_gap", "service_level", "programme_density"]
)
def test_where_no_school_has_a_place_or_grades_nothing_of_supply_is_known(
    tmp_path, measure, unknown
):
    made = ground(town_without(tmp_path, {"schools": unknown}), placed(STUDENTS))
    table = Figure(measure, made).table
    assert set(table["status"]) == {"no_data"}
    assert table["value"].null_count() == len(table)


def test_a_programme_of_a_school_of_unknown_size_is_not_none(tmp_path):
    made = ground(town_without(tmp_path, {"schools": ("capacity",)}), placed(STUDENTS))
    density = Figure("programme_density", made)
    music, chess = (density.line("W", one) for one in ("music", "chess"))
    assert (music["value"], music["left_out"]) == (100 * 3 / 8, 0)  # the entry says so
    assert (chess["status"], chess["class"], chess["left_out"]) == ("no_data", None, 1)
    assert density.line("E", "chess")["class"] == "none in region"
    assert density.line("E", "music")["status"] == "no_data"


def test_measures_that_schools_have_not_are_refused(made):
    with pytest.raises(InputError, match=r"made by areas or zones\."):
        figures("capture", "school", made)
    with pytest.raises(InputError, match=r"made by areas or hexagons or zones\."):
        figures("residents", "school", made)


def test_a_home_in_overlapping_zones_counts_by_its_schools_of_right(reference):
    students = placed([(400, "01", "A"), (600, "02", "B"), (900, "03", "C")]).with_columns(
        zone_elementary=pl.lit(None, dtype=pl.String), school_of_right=pl.lit("A; B")
    )
    made = ground(reference, students)
    assert Figure("in_boundary", made, "school").share("A", "in_boundary") == (1, 1)
    assert Figure("in_boundary", made, "school").share("B", "in_boundary") == (1, 1)
    assert Figure("draw", made, "school").share("B", "draw") == (0, 1)
