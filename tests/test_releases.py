"""The release of the fictional district: equal to the truth where it shows, silent where it hides, and remembered."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from geoservice.measures.catalogue import MEASURES
from geoservice.measures.coding import STEPS, code_bound
from geoservice.measures.cohort import cohort
from geoservice.measures.figures import figures
from geoservice.measures.hexagons import hexagons
from geoservice.measures.plan import withheld
from geoservice.measures.publish import Publication, Shelf
from geoservice.measures.release_tables import COUNTS, HEXAGONS, STAGES
from geoservice.measures.student_lines import Ground
from geoservice.measures.travel import travel
from geoservice.placing.options import PlaceOptions
from geoservice.service.students import Students
from geoservice.state.releases import ReleaseStore

KEY = ["year", "band", "unit", "part", "to"]
BY_AREA = [one.id for one in MEASURES.values() if "area" in one.units]


@pytest.fixture(scope="module")
def students(riverbend, riverbend_folder, tmp_path_factory):
    """One year of the district, with homes that hold several students."""
    from geoservice.model.settings import Settings

    home = tmp_path_factory.mktemp("releases")
    kept = Students(Settings(home=home, database_url=f"sqlite:///{home}/g.db"))
    options = PlaceOptions(address="address", grade="grade", school="school")
    about = {"owner": "tests", "agreement": "fictional", "expires": "2099-12-31"}
    kept.add(riverbend_folder / "students.csv", "now", options, riverbend.reference, about)
    return kept.years("riverbend")[0]


@pytest.fixture(scope="module")
def ready(students, riverbend):
    made = cohort(students, riverbend.reference)
    units = hexagons(students, 10, riverbend.reference.projection).unit.alias(HEXAGONS)
    made.students.insert_column(0, units)
    return made


@pytest.fixture(scope="module")
def grounds(ready, riverbend):
    info = riverbend.reference.info
    public = Publication(ready, info.bands, 10)
    return tuple(Ground(ready, info.bands, ready.labels, 10, one) for one in (public, None))


@pytest.mark.parametrize("measure", BY_AREA)
def test_what_is_shown_is_the_truth(measure, grounds):
    public, internal = (figures(measure, "area_planning", one) for one in grounds)
    shown = public.filter(pl.col("status") == "shown", pl.col("value").is_not_null())
    both = shown.join(internal, on=KEY, how="left", suffix="_true", nulls_equal=True)
    step = 50.0 if MEASURES[measure].form == "metres" else 1e-9
    if MEASURES[measure].form == "ways":
        both = both.filter(pl.col("to") != "other")
    if MEASURES[measure].form == "rank":
        both = both.filter(pl.col("status_true") == "shown")
    assert len(both)
    assert both.filter((pl.col("value") - pl.col("value_true")).abs() > step).is_empty()


def test_what_is_coded_or_rounded_holds_the_truth(grounds):
    for measure in ("capture", "attendance_type", "in_quality", "tier_table", "leave_reason"):
        public, internal = (figures(measure, "area_planning", one) for one in grounds)
        both = public.join(
            internal.select(*KEY, true="value"), on=KEY, how="left", nulls_equal=True
        )
        low, high, near = (both.filter(status=one) for one in ("low", "high", "rounded"))
        assert (low["true"] <= low["bound"] + 1e-9).all()
        assert (high["true"] >= high["bound"] - 1e-9).all()
        assert ((near["true"] - near["value"]).abs() <= near["bound"] / 2 + 1e-9).all()
        assert both.filter(pl.col("status") == "hidden")["value"].null_count() == len(both.filter(status="hidden"))  # fmt: skip


def test_a_number_of_students_is_told_or_hidden_and_never_a_share(grounds):
    for measure in ("stay", "leave", "enter"):
        public = figures(measure, "area_planning", grounds[0])
        assert set(public["status"]) <= {"shown", "hidden"}
        assert (public["value"].drop_nulls() % 1 == 0).all()


def test_every_table_holds_and_keeps_most_students(grounds):
    public = grounds[0].publication
    assert public is not None
    for stage in STAGES:
        made = public.plan(stage)
        assert made.holds, stage
        by_units = made.cost.filter(~pl.col("part").str.starts_with("to ")).group_by("units").agg(
            kept=1 - pl.col("students_hidden").sum() / pl.col("students").sum()
        )  # fmt: skip
        zones = by_units.filter(pl.col("units").str.starts_with("zone_"))
        assert zones.filter(pl.col("kept") < 0.85).is_empty(), zones.sort("kept").head(3)


def test_small_ways_are_one_line_and_how_many_are_hidden_is_not_told(grounds):
    public, internal = (figures("zone_destinations", "zone_elementary", one) for one in grounds)
    assert (public["value"] >= 10).all()
    assert set(public["status"]) == {"shown"}
    named = internal.filter(pl.col("to") != "other").group_by("year", "band", "unit").agg(pl.col("value").sum())  # fmt: skip
    whole = internal.unique(["year", "band", "unit"]).select("year", "band", "unit", "denominator")
    both = named.join(whole, on=["year", "band", "unit"])
    assert (both["value"] <= both["denominator"]).all()


def test_hexagons_hold_enough_students_of_enough_homes(students, riverbend):
    made = hexagons(students, 10, riverbend.reference.projection)
    held = students.with_columns(hexagon=made.unit).drop_nulls("hexagon")
    small = held.filter(~pl.col("hexagon").str.starts_with("h4_"))
    counts = small.group_by("hexagon").agg(n=pl.len(), homes=pl.col("household").n_unique())
    assert counts["n"].min() >= 30
    assert counts["homes"].min() >= 3
    assert set(made.shapes["unit"]) == set(held["hexagon"])


def test_a_household_alone_in_its_hexagon_is_merged_upward(riverbend):
    """Attack: forty students of one apartment house are the only ones in their hexagon."""
    x, y = riverbend.reference.projection.to_metres(*([-91.5], [42.5]))
    near = pl.DataFrame({"x": [float(x[0])] * 40, "y": [float(y[0])] * 40, "household": [1] * 40})
    around = pl.DataFrame({"x": [float(x[0]) + 900.0 + at % 7 for at in range(40)],
                           "y": [float(y[0]) + at for at in range(40)], "household": range(2, 42)})  # fmt: skip
    students = pl.concat([near, around], how="vertical_relaxed").with_columns(
        year=pl.lit("2023-24")
    )
    made = hexagons(students, 10, riverbend.reference.projection)
    assert made.unit[0] == made.unit[79]


def test_lines_of_one_household_are_hidden(ready, riverbend):
    few = ready.students.with_columns(
        household=pl.when(pl.col("area_planning") == "P1")
        .then(pl.lit(0, dtype=pl.Int64))
        .otherwise(pl.int_range(1, pl.len() + 1))
    )
    made = Publication(replace(ready, students=few, kept={}), riverbend.reference.info.bands, 10)
    lines = made.plan(COUNTS).status.filter(units="area_planning", unit="P1")
    assert set(lines["status"]) == {"hidden"}
    assert made.plan(COUNTS).holds


def test_a_release_is_made_once_and_remembered(ready, riverbend, tmp_path, monkeypatch):
    shelf = Shelf(ReleaseStore(tmp_path), "riverbend", "one")
    bands = riverbend.reference.info.bands
    first = Publication(ready, bands, 10, shelf).plan(COUNTS)
    again = Publication(ready, bands, 10, shelf).plan(COUNTS)
    assert first.status.equals(again.status)
    kept = list((tmp_path / "releases" / "riverbend").glob("*"))
    assert {one.stat().st_mode & 0o777 for one in kept} == {0o600}
    later = Publication(_with_two_fewer(ready), bands, 10, Shelf(ReleaseStore(tmp_path), "riverbend", "two"))  # fmt: skip
    lines = later.plan(COUNTS).status
    whole = lines.filter(unit="district", band="", units="area_planning")
    assert whole["status"].to_list() == ["hidden"], (
        "two students fewer would be told by subtraction"
    )


def test_no_file_of_a_release_holds_a_hidden_number(ready, riverbend, tmp_path):
    made = Publication(ready, riverbend.reference.info.bands, 10, Shelf(ReleaseStore(tmp_path), "riverbend", "one"))  # fmt: skip
    made.plan(COUNTS)
    for path in (tmp_path / "releases" / "riverbend").glob("*status.parquet"):
        table = pl.read_parquet(path)
        hidden = table.filter(status="hidden")
        assert hidden["numerator"].null_count() == len(hidden)
        assert hidden["denominator"].null_count() == len(hidden)


def test_ranks_and_gaps_say_nothing_of_units_whose_residents_are_hidden(ready, riverbend):
    """Attack: a rank or a median gives a hidden number away."""
    at = pl.int_range(pl.len())
    few = ready.students.filter((pl.col("area_planning") != "P1") | (at % 997 == 0))
    made = replace(ready, students=few, kept={})
    info = riverbend.reference.info
    ground = Ground(made, info.bands, ready.labels, 10, Publication(made, info.bands, 10))
    hidden = figures("residents", "area_planning", ground).filter(status="hidden")
    assert "P1" in set(hidden["unit"])
    for measure in ("service_gap", "service_level", "need_rank", "distance", "nearest_quality"):
        lines = figures(measure, "area_planning", ground)
        told = lines.join(
            hidden.select("year", "band", "unit"), on=["year", "band", "unit"], how="semi"
        )
        assert told["value"].null_count() == len(told), measure


def _with_two_fewer(ready):
    return replace(ready, students=ready.students.filter(pl.col("is_matched")).tail(-2), kept={})


def test_where_students_of_a_school_live_is_told_without_numbers(grounds):
    public, internal = (figures("school_draw", "school", one) for one in grounds)
    assert len(public)
    assert set(public["status"]) == {"high"}
    assert public["numerator"].null_count() == len(public)
    true = internal.filter(band="all").select("year", "unit", "to", true="numerator")
    both = public.join(true, on=["year", "unit", "to"], how="left")
    assert (both["true"] >= both["bound"]).all()


def test_a_year_that_fails_the_audit_is_withheld_alone(grounds):
    made = grounds[0].publication.plan(COUNTS)
    asked = made.findings.head(1).with_columns(high=pl.col("low"), needed=pl.lit(10.0))
    other = made.status.with_columns(year=pl.lit("2030-31"))
    gone = withheld(replace(made, findings=asked, status=pl.concat([made.status, other])))
    year = asked["year"][0]
    assert set(gone.status.filter(year=year)["status"]) == {"hidden"}
    assert gone.status.filter(year=year)["numerator"].null_count() == len(made.status)
    assert gone.status.filter(year="2030-31").equals(other)


def test_a_bound_does_not_tell_of_how_many_it_is_one():
    whole = np.arange(50, 2000)
    bounds = code_bound(whole, 10)
    assert set(bounds.tolist()) == set(STEPS)
    assert (bounds * whole >= 10 - 1e-9).all()


def test_distances_by_rating_are_told_of_many_by_areas_alone(grounds):
    public, internal = (figures("distance", "area_planning", one) for one in grounds)
    by_rating = pl.col("part").str.contains(" ")
    told = public.filter(by_rating, pl.col("status") == "shown")
    assert len(told) > 10
    assert told["part"].str.ends_with(" median").all(), "means add up to numbers of students"
    assert told["value"].is_not_null().all()
    both = told.join(internal.filter(by_rating), on=KEY, suffix="_true", nulls_equal=True)
    assert both["denominator_true"].min() >= 10
    others = public.filter(by_rating, pl.col("status") != "shown")
    assert others["value"].is_null().all()
    assert others["denominator"].is_null().all()
    assert set(others["status"]) == {"hidden"}, "none is told apart from few"
    assert internal.filter(by_rating, pl.col("denominator") == 0).height
    assert figures("distance", "zone_elementary", grounds[0]).filter(by_rating).is_empty()


@pytest.mark.parametrize(("residents", "left_out", "status"), [
    (17, 0, "shown"), (17, 1, "hidden"), (20, 1, "hidden"), (21, 1, "shown"), (21, 11, "shown"), (21, 12, "hidden"),
    (17, 17, "hidden"), (21, 21, "hidden"),
])  # fmt: skip
def test_whether_a_distance_is_shown_tells_of_no_few_who_have_none(
    ready, residents, left_out, status
):
    """Attack: of 17 residents at least ten have a distance, so that at most seven have none."""
    parts = [ready.students.filter(area_planning=one).head(residents) for one in ("P1", "P2")]
    place = pl.int_range(pl.len()).over("area_planning")
    known = (pl.col("area_planning") != "P1") | (place >= left_out)
    some = pl.concat(parts).with_columns(far_m=pl.when(known).then(1000.0))
    shown = pl.DataFrame({"year": ready.years, "band": "", "unit": "P1", "residents": residents})
    made = replace(ready, students=some, kept={})
    rows = travel(made, "distance", "area_planning", {}, shown, None, 10).filter(unit="P1")
    assert rows.select("part", "status").sort("part").rows() == [("mean", status), ("median", status)]  # fmt: skip
