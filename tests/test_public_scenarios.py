"""Scenario figures and forecasts of the public profile: protected counts, small ones suppressed."""

import numpy as np
import polars as pl
import pytest
from planned_district import CLOSE, INTERNAL, planned_district

from geoservice.measures.ground import SUPPRESSED
from geoservice.planning.numbers import TODAY
from geoservice.planning.scenario import ScenarioError
from geoservice.planning.scenario_file import scenario_of
from geoservice.service.forecasts import ForecastChoice, Forecasts
from geoservice.service.measure_choice import MeasureChoice
from geoservice.service.measures import Measures
from geoservice.service.scenarios import ScenarioChoice, Scenarios

NOISE, LEAST = 7, 10
COUNTS = ("students", "moved", "moved_in", "moved_out", "may_stay", "enrolled", "beyond_walking")
LINE = ["year", "by", "unit", "grade", "measure"]


@pytest.fixture(scope="module")
def district():
    return planned_district()


def case_of(district, content, **choice):
    reference = district.reference
    scenarios = Scenarios(district.settings)
    asked = ScenarioChoice(**choice)
    return scenarios.cases([scenario_of(content)], reference, district.folder, asked)[0]


@pytest.fixture(scope="module")
def both(district):
    """Public and internal numbers of one scenario, side by side."""
    public = case_of(district, CLOSE).numbers
    exact = case_of(district, CLOSE, **INTERNAL).numbers
    return public.join(exact, on=LINE, suffix="_exact", how="left", nulls_equal=True)


def test_every_shown_count_of_today_is_protected_and_not_small(both):
    counts = both.filter(pl.col("measure").is_in(COUNTS), year=TODAY)
    for side in ("before", "after"):
        shown = counts.drop_nulls(side).filter(pl.col(side) > 0)
        assert shown[side].min() >= LEAST
        error = shown[side] - shown[f"{side}_exact"]
        assert error.abs().max() <= NOISE
        assert 1.0 < np.sqrt((error**2).mean()) < 3.0
        hidden = counts.filter(pl.col(f"{side}_status") == SUPPRESSED)
        assert hidden[side].null_count() == len(hidden)
        assert hidden[f"{side}_exact"].max() < LEAST + NOISE


def test_a_zero_is_shown_where_anybody_sees_from_the_scenario_that_nobody_moves(district, both):
    schools = both.filter(year=TODAY, by="school", grade="all")
    untouched = schools.filter(pl.col("measure") == "moved_out", pl.col("after") == 0)
    assert len(untouched) > 3
    assert untouched["after_exact"].sum() == 0
    closed = schools.filter(unit="0101", measure="students")
    assert closed["after"].item() == 0
    nothing = case_of(district, {**CLOSE, "changes": []}).numbers
    moved = nothing.filter(pl.col("measure").is_in(["moved", "moved_in", "moved_out"]))
    assert moved["after"].sum() == 0
    assert moved["after"].null_count() == 0


def test_the_same_students_have_the_same_count_in_a_scenario_and_in_todays_figures(district, both):
    """The set of students of a zone is counted alike, so two tables tell no more than a single."""
    zones = district.reference.zones().filter(set_id="elementary")
    school = dict(zones.select("zone_id", "school_id").iter_rows())
    table = Measures(district.settings).table(
        "residents", district.reference, MeasureChoice("elementary")
    )
    today = table.filter(year=school_year(district), band="K-5").drop_nulls("numerator")
    figures = {
        school[unit]: count
        for unit, count in today.select("unit", "numerator").iter_rows()
        if unit in school
    }
    rows = both.filter(year=TODAY, by="school", grade="all", measure="students").drop_nulls(
        "before"
    )
    ours = dict(rows.select("unit", "before").iter_rows())
    shared = set(ours) & set(figures)
    assert len(shared) > 10
    equal = [ours[unit] == figures[unit] for unit in shared]
    assert np.mean(equal) > 0.9


def school_year(district):
    return district.reference.info.school_year


def test_shares_and_distances_tell_of_no_few_students(both):
    shares = both.filter(
        pl.col("measure").str.ends_with("_share") | pl.col("measure").str.starts_with("share_"),
        pl.col("by") != "school",
        year=TODAY,
    )
    total = both.filter(measure="students", year=TODAY).select(*LINE[:4], total="after_exact")
    joined = shares.join(total, on=LINE[:4]).drop_nulls("after")
    part = joined["after_exact"] * joined["total"]
    assert (part > LEAST - NOISE - 1).all()
    assert (joined["total"] - part > LEAST - NOISE - 1).all()
    miles = both.filter(pl.col("measure").str.starts_with("distance"), year=TODAY)
    shown = miles.drop_nulls("after")["after"]
    assert (shown * 10 - (shown * 10).round()).abs().max() < 1e-9


def test_subgroups_that_are_not_listed_are_absent(both):
    names = both["measure"].unique().to_list()
    assert not [name for name in names if name.startswith(("share_", "dissimilarity_"))]


def test_numbers_stand_on_the_forecast_of_each_of_five_years(district, both):
    years = both["year"].unique().sort().to_list()
    assert len(years) == 6
    exact = case_of(district, CLOSE, **INTERNAL).numbers
    whole = exact.filter(by="school", grade="all", measure="students")
    forecast = Forecasts(district.settings).forecast(
        district.reference,
        district.folder,
        ForecastChoice(by="zone_elementary", **INTERNAL),
    )
    zones = district.reference.zones().filter(set_id="elementary")
    school = zones.select(unit="zone_id", school="school_id")
    expected = (
        forecast.table.filter(kind="forecast", grade="all")
        .join(school, on="unit")
        .group_by("school", "year")
        .agg(pl.col("students").sum() + pl.col("homes").fill_null(0).sum())
    )
    joined = whole.join(expected, left_on=["unit", "year"], right_on=["school", "year"])
    assert len(joined) == 5 * len(set(joined["unit"]))
    assert (joined["before"] - joined["students"]).abs().max() < 0.5
    moved = exact.filter(by="district", grade="all", measure="moved")
    assert moved["after"].null_count() == 0
    public = both.filter(by="district", grade="all", measure="students").drop_nulls("after")
    assert ((public["after"] - public["after_exact"]).abs() < 0.05 * public["after_exact"]).all()


def test_the_public_forecast_is_made_of_protected_counts(district):
    service = Forecasts(district.settings)
    tables = [
        service.forecast(
            district.reference, district.folder, ForecastChoice(by="school", **choice)
        ).table
        for choice in ({}, INTERNAL)
    ]
    line = ["unit", "year", "grade"]
    joined = tables[0].join(tables[1], on=line, suffix="_exact")
    counted = joined.filter(pl.col("grade") != "all", kind="counted").drop_nulls("students")
    assert counted["students"].min() >= LEAST
    error = counted["students"] - counted["students_exact"]
    assert 0 < error.abs().max() <= NOISE
    small = joined.filter(status=SUPPRESSED)
    assert len(small) > 0
    assert small["students"].null_count() == len(small)
    assert small["low"].null_count() == len(small)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"close": "0101"}, "Name their schools with `to`"),
        ({"close": "0101", "to": "nearest_with_room"}, "Name their schools with `to`"),
        ({"school": "0102", "grades": "KG-04"}, "close the school and assign its blocks"),
    ],
)
def test_moves_that_follow_from_exact_numbers_are_refused_in_public(district, change, words):
    content = {**CLOSE, "changes": [change]}
    with pytest.raises(ScenarioError, match="depends on exact numbers of students") as refused:
        case_of(district, content)
    assert words in refused.value.detail
    assert case_of(district, content, **INTERNAL).outcome.is_moved.any()


def test_more_grades_and_more_seats_are_shown_in_public(district):
    changes = [{"school": "0102", "grades": "KG-08", "seats": 500}]
    numbers = case_of(district, {**CLOSE, "changes": changes}).numbers
    seats = numbers.filter(by="school", unit="0102", measure="seats", year=TODAY)
    assert seats.select("before", "after").row(0) == (320.0, 500.0)
