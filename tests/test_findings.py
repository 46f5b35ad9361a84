"""The sentence under a map's title: true to the numbers, neutral, and never about a tie."""

import pytest
from released import PLANTED, drawn

from geoservice.cartography.figure.cells import AT_LEAST, AT_MOST, NO_DATA, SHOWN, SUPPRESSED, Value
from geoservice.cartography.findings.counts import part_of, uncapitalised
from geoservice.cartography.findings.extremes import highest, lowest
from geoservice.cartography.findings.matrix import matrix_finding
from geoservice.cartography.findings.places import (
    buildings_finding,
    edges_finding,
    ratings_finding,
    reference_finding,
    zones_finding,
)
from geoservice.cartography.findings.plans import (
    Forecasted,
    forecast_finding,
    moves_finding,
    scenario_access_finding,
    use_finding,
)
from geoservice.cartography.findings.students import (
    ZoneStudents,
    access_finding,
    destinations_finding,
    draw_finding,
    flows_finding,
    residents_finding,
)
from geoservice.cartography.findings.units import Measured, units_finding
from geoservice.cartography.findings.years import years_finding
from geoservice.cartography.texts import LANGUAGES, texts_of
from geoservice.model.shipped import shipped_folder
from geoservice.reports.wording import offences

EN, ES = texts_of("en"), texts_of("es")
SEATS = Measured("quality_seat_share", "", "Share of seats in quality schools", "share", "area")
IN_QUALITY = Measured("in_quality", "residence", "Share of students", "share", "area")
GAP = Measured("service_gap", "", "Service gap", "gap", "area")
MILES = Measured("distance", "median", "Median distance to school", "miles", "area")
MAPS = sorted(path.stem for path in shipped_folder("maps").glob("*.toml"))
WITHHELD = Value(SUPPRESSED, None, "withheld")


def share(number):
    return Value(SHOWN, number, f"{number * 100:.1f}%")


def count(number):
    return Value(SHOWN, float(number), f"{number:,}")


def shares(**by_name):
    return [(name, share(number)) for name, number in by_name.items()]


def at_least(number):
    return Value(AT_LEAST, number, f"≥ {number * 100:.0f}%")


def at_most(number):
    return Value(AT_MOST, number, f"≤ {number * 100:.0f}%")


def test_few_quality_seats_are_told_in_the_words_of_a_board():
    named = shares(North=0.64, West=0.63, Fair=0.4, Hill=0.158, East=0.133, River=0.0)
    assert units_finding(EN, SEATS, named, share(0.357)) == (
        "In three of six areas, fewer than one in five seats are quality seats; River has none."
    )
    assert units_finding(ES, SEATS, named, share(0.357)) == (
        "En tres de seis áreas, menos del 20% de los cupos son de calidad; River no tiene."
    )


def test_a_tie_for_the_lowest_names_no_area():
    named = shares(North=0.64, Hill=0.15, East=0.15)
    finding = units_finding(EN, SEATS, named, share(0.3))
    assert finding == "In two of three areas, fewer than one in five seats are quality seats."
    assert lowest(named) is None
    assert highest(named) == named[0]


def test_several_areas_without_any_are_counted_and_not_named():
    mixed = shares(North=0.64, West=0.6, Hill=0.05, East=0.0, River=0.0)
    assert units_finding(EN, SEATS, mixed, share(0.3)) == (
        "In three of five areas, fewer than one in ten seats are quality seats; "
        "two of them have none."
    )
    zeros = shares(North=0.64, West=0.6, Hill=0.15, East=0.0, River=0.0)
    assert units_finding(EN, SEATS, zeros, share(0.3)) == (
        "In two of five areas, no seats are quality seats."
    )


def test_a_bound_is_neither_lowest_nor_highest_and_hides_an_uncertain_end():
    named = [*shares(North=0.64, Hill=0.12), ("East", at_most(0.05))]
    assert lowest(named) is None
    assert highest(named) == named[0]
    above = [*shares(North=0.64, Hill=0.12), ("East", at_least(0.95))]
    assert highest(above) is None
    assert lowest(above) == above[1]
    # A bound beyond the lowest value leaves no doubt about it.
    assert lowest([*shares(North=0.3, Hill=0.4), ("East", at_least(0.9))])[0] == "North"


def test_withheld_areas_are_counted_apart():
    named = [*shares(North=0.64, Hill=0.12, East=0.13), ("River", WITHHELD)]
    finding = units_finding(EN, SEATS, named, share(0.3))
    assert finding.startswith("In two of the three areas shown, fewer than one in five")
    assert "the lowest share is in Hill (12.0%)" in finding
    assert "River" not in finding


def test_high_shares_are_told_from_above():
    named = shares(North=0.996, Hill=0.957, East=0.957)
    coverage = Measured("coverage", "matched", "Share of addresses matched", "share", "area")
    assert units_finding(EN, coverage, named, share(0.97)) == (
        "In all three areas, at least 95 in 100 addresses are matched; "
        "the highest share is in North (99.6%)."
    )


def test_one_area_and_no_area_with_a_value():
    finding = units_finding(EN, SEATS, shares(North=0.64), share(0.64))
    assert finding == "Share of seats in quality schools: North 64.0%; district 64.0%."
    assert units_finding(EN, SEATS, [("North", WITHHELD)], share(0.64)) == ""


def test_a_gap_is_told_by_students_and_seats():
    named = [("East", Value(SHOWN, 1933.0, "1,933")), ("West", Value(SHOWN, 585.0, "585"))]
    assert units_finding(EN, GAP, named, count(2518)) == (
        "In both areas, more students live than there are quality seats; "
        "the service gap is largest in East (1,933 seats short)."
    )
    covered = [("East", Value(SHOWN, -3.0, "-3")), ("West", Value(SHOWN, 0.0, "0"))]
    assert "at least as many quality seats" in units_finding(EN, GAP, covered, count(3))


def test_other_measures_name_both_ends_and_the_district():
    named = [("Hill", Value(SHOWN, 0.9, "0.90")), ("Fair", Value(SHOWN, 0.7, "0.70"))]
    district = Value(SHOWN, 0.8, "0.80")
    assert units_finding(EN, MILES, named, district) == (
        "Median distance to school: highest in Hill (0.90 miles), lowest in Fair (0.70 miles), "
        "district 0.80 miles."
    )
    two = [*named, ("East", Value(SHOWN, 0.9, "0.90"))]
    assert "highest in Hill and East (0.90 miles), lowest in Fair" in (
        units_finding(EN, MILES, two, district)
    )
    three = [*two, ("West", Value(SHOWN, 0.9, "0.90"))]
    assert "highest in three of four areas (0.90 miles)" in (
        units_finding(EN, MILES, three, district)
    )
    tied = [(name, Value(SHOWN, 0.9, "0.90")) for name in ("Hill", "Fair", "East")]
    assert "0.90 miles in all three areas" in units_finding(EN, MILES, tied, district)


def test_years_are_compared_with_the_first():
    values = {
        "2021-22": {"North": share(0.8), "Hill": share(0.5), "East": share(0.2), "River": WITHHELD},
        "2022-23": {"North": share(0.7), "Hill": share(0.4), "East": share(0.3), "River": share(1)},
    }
    district = {"2021-22": share(0.53), "2022-23": share(0.39)}
    assert years_finding(EN, IN_QUALITY, values, district, "2022-23") == (
        "From 2021-22 to 2022-23, the district's share of students fell from 53.0% to 39.0%; "
        "it fell in two of the three areas shown."
    )
    start = years_finding(EN, IN_QUALITY, values, district, "2021-22")
    assert start.startswith("2021-22: In one of the three areas shown, fewer than two in five")
    # A bounded value of the district says nothing of a change.
    bounded = {**district, "2022-23": at_most(0.05)}
    finding = years_finding(EN, IN_QUALITY, values, bounded, "2022-23")
    assert finding.startswith("2022-23: In ")


def test_places():
    levels, areas = [("elementary", count(36)), ("middle", count(9))], [("Fair", count(12))]
    two = [*areas, ("West", count(12))]
    assert reference_finding(EN, levels, two, 60) == ("36 of 60 schools are elementary schools.")
    assert zones_finding(EN, 36, 8) == (
        "Eight of 36 zones have a quality school as their zoned school."
    )
    assert zones_finding(EN, 36, 0).startswith("None of 36 zones")
    assert zones_finding(EN, 36, None) == "Attendance zones: 36."
    assert ratings_finding(EN, 60, 18, share(0.357), two) == (
        "18 of 60 schools are quality schools; 35.7% of seats are quality seats."
    )
    assert ratings_finding(EN, 60, 0, share(0.0), two) == "None of 60 schools is a quality school."
    assert "marks no label as quality" in ratings_finding(EN, 60, None, share(0.0), two)
    used = [("Bridge", share(1.04)), ("Main", share(0.97)), ("Oak", share(0.7))]
    assert buildings_finding(EN, used) == (
        "2 of 3 buildings are above 95% of their seats, 1 below 80%; "
        "the fullest is Bridge (104.0%)."
    )
    edges = [("A – B", count(4)), ("B – C", count(1)), ("C – D", Value(NO_DATA, None, "no data"))]
    assert edges_finding(EN, edges, 3) == (
        "1 of 3 zone lines separate schools whose ratings are 3 or more steps apart: A – B (4)."
    )
    many = [(name, count(3)) for name in ("A – B", "B – C", "C – D")] + [("D – E", count(4))]
    assert edges_finding(EN, many, 3).endswith("the largest step is between D – E (4).")
    assert edges_finding(EN, [*many, ("E – F", count(4))], 3).endswith("3 or more steps apart.")
    assert edges_finding(EN, edges, 5).startswith("None of 3 zone lines separates schools")


def test_homes_and_ways():
    areas = [("North", count(60)), ("East", count(40))]
    assert residents_finding(EN, count(100), [50.0, 30.0, 20.0], [1.0, 1.0, 2.0], areas) == (
        "Half of the students live on 25% of the shaded land; "
        "North has the most students (60 of 100)."
    )
    near = [("North", share(0.6)), ("East", share(0.1))]
    assert access_finding(EN, "1", share(0.358), near) == (
        "64.2% of students have no quality school within 1 mi; "
        "the highest share is in East (90.0%)."
    )
    bounded = [("North", share(0.6)), ("East", at_most(0.05))]
    assert "East" not in access_finding(EN, "1", share(0.358), bounded)
    assert access_finding(EN, "1", at_least(0.95), near).startswith("≥ 95% of students have a")
    flows = [("East", "Fair", count(947)), ("Hill", "West", count(815))]
    assert flows_finding(EN, flows, share(0.746)) == (
        "74.6% of students attend school in their home area; "
        "the largest flow shown goes from East to Fair (947 students)."
    )
    assert flows_finding(EN, flows, None).startswith("The largest flow shown goes from East")
    assert flows_finding(EN, [], None).startswith("No flow")


def test_schools_of_a_zone_and_homes_of_a_school():
    zone = ZoneStudents(count(271), ("Main",), count(253), share(0.93), [("Oak", count(12))])
    told = destinations_finding(EN, zone)
    assert told.startswith("253 of 271 students of this zone (93.0%) attend the zoned school, Main")
    bound = ZoneStudents(count(289), ("Oak",), Value(AT_LEAST, 279.0, "≥ 279"), at_least(0.96), [])
    assert destinations_finding(EN, bound).startswith(
        "At least 279 of 289 students of this zone (≥ 96%) attend the zoned school, Oak"
    )
    withheld = ZoneStudents(count(292), ("Grant",), None, WITHHELD, [])
    assert destinations_finding(EN, withheld) == (
        "The number of this zone's 292 students who attend the zoned school, Grant, is withheld."
    )
    assert draw_finding(EN, "Main", count(278), count(253), 12, share(0.91)) == (
        "253 of 278 students of Main (91.0%) live in the 12 shaded hexagons."
    )
    assert "Too few" in draw_finding(EN, "Main", count(278), count(0), 0, share(0))


def test_the_matrix_leaves_ties_out_and_puts_the_area_with_most_ends_first():
    seats = shares(North=0.6, River=0.0, East=0.5)
    quality = shares(North=0.6, River=0.2, East=0.2)
    gaps = [("North", count(3)), ("River", count(9)), ("East", count(5))]
    miles = [
        (name, Value(SHOWN, number, f"{number:.2f}"))
        for name, number in (("North", 0.9), ("River", 0.8), ("East", 0.7))
    ]
    columns = [(SEATS, seats), (IN_QUALITY, quality), (GAP, gaps), (MILES, miles)]
    assert matrix_finding(EN, columns) == (
        f"River is lowest in “{SEATS.title}” (0.0%) and highest in “{GAP.title}” (9); "
        f"North is highest in “{MILES.title}” (0.90 miles)."
    )


def test_plans():
    pair = [("Oak", "Elm")]
    assert moves_finding(EN, count(223), count(12), pair) == (
        "223 students would move from Oak to Elm; 12 of them may stay at their school."
    )
    assert moves_finding(EN, count(223), count(0), [*pair, ("Elm", "Main")]) == (
        "223 students would change school; none of them may stay at their school."
    )
    assert moves_finding(EN, count(223), count(0), [*pair, ("Oak", "Main")]).startswith(
        "223 students of the zone Oak would change to Elm and Main; none"
    )
    assert moves_finding(EN, count(81), WITHHELD, pair).endswith(
        "the number of them who may stay is withheld."
    )
    assert moves_finding(EN, WITHHELD, WITHHELD, pair) == ""
    today = shares(Main=0.97, Oak=0.9, Elm=0.5, Hill=0.6)
    proposed = shares(Main=0.7, Oak=0.96, Elm=0.52, Hill=0.6)
    assert use_finding(EN, today, proposed) == (
        "1 of 4 buildings are above 95% of their seats today, 1 of 4 in the scenario; "
        "Main would go from 97.0% to 70.0% and Oak from 90.0% to 96.0%."
    )
    tied = shares(Main=0.7, Oak=0.92, Elm=0.52, Hill=0.6)
    assert use_finding(EN, today, tied).endswith("; Main would go from 97.0% to 70.0%.")
    assert use_finding(EN, today, today).endswith("1 of 4 in the scenario.")
    assert use_finding(EN, today, [("Main", WITHHELD)]) == ""


def test_access_of_a_scenario_names_up_to_two_areas():
    before, after = shares(North=0.5, East=0.4), shares(North=0.6, East=0.4)
    share_of = "The share of students whose zoned school is a quality school would "
    assert scenario_access_finding(EN, before, after) == (
        f"{share_of}rise from 50.0% to 60.0% in North and stay the same in one of two areas."
    )
    hidden = [("Hill", WITHHELD)]
    assert scenario_access_finding(EN, [*after, *hidden], [*before, *hidden]) == (
        f"{share_of}fall from 60.0% to 50.0% in North "
        "and stay the same in one of the two areas shown."
    )
    assert "change in no area" in scenario_access_finding(EN, after, after)
    many = shares(North=0.1, East=0.5, Hill=0.3), shares(North=0.2, East=0.6, Hill=0.2)
    assert scenario_access_finding(EN, *many).endswith(
        "would rise in two and fall in one of three areas."
    )


def test_a_forecast_counts_the_zones():
    span = Forecasted("2023-24", "2024-25", "grades K-5")
    changes = shares(North=0.05, East=-0.02, Hill=0.0)
    finding = forecast_finding(EN, span, (count(100), count(103)), changes)
    assert "from 100 to 103: more in one and fewer in one of three zones" in finding
    assert finding.endswith(
        "; the largest rise is in North (5.0%); the largest fall is in East (-2.0%)."
    )
    assert "who live in these zones (grades K-5) go" in finding
    grown = shares(North=0.05, East=0.02)
    finding = forecast_finding(ES, span, (count(100), count(103)), grown)
    assert finding.endswith(
        "más en ambas zonas, menos en ninguna; el mayor aumento está en North (5.0%)."
    )
    tied = shares(North=0.05, East=0.05)
    assert "rise" not in forecast_finding(EN, span, (count(100), count(103)), tied)


def test_counts_and_titles_within_a_sentence():
    assert part_of(EN, 2, 2, "area") == "both areas"
    assert part_of(ES, 1, 6, "area") == "una de seis áreas"
    assert part_of(EN, 12, 36, "zone") == "12 of 36 zones"
    assert uncapitalised("Share of seats") == "share of seats"
    assert uncapitalised("SAT scores") == "SAT scores"


@pytest.mark.parametrize("name", MAPS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_frame_of_each_map_has_a_neutral_finding_in_both_languages(riverbend, name, lang):
    drawing = drawn(riverbend.reference, name, lang=lang)
    for frame in drawing.frames:
        assert frame.finding, frame.id
        assert frame.finding.endswith(".")
        assert f"{PLANTED:,.0f}" not in frame.finding
        assert frame.finding in frame.alternative
        assert offences([(name, frame.finding)], lang) == []
    assert drawing.alternative == drawing.frames[0].alternative
