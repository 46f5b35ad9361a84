"""Stored students and a region that changes: new assignments, and how good assignments are."""

from dataclasses import replace

import polars as pl
import pytest
from town import Town

from geoservice.cartography.figure.choice import Choice
from geoservice.errors import ConflictError
from geoservice.model.layers import SCHOOLS
from geoservice.placing.options import PlaceOptions
from geoservice.reference.snapshot import Reference
from geoservice.region.build import build_snapshot
from geoservice.service.assignments import Assignments
from geoservice.service.audit import Disclosures
from geoservice.service.maps import Maps
from geoservice.service.measure_choice import MeasureChoice
from geoservice.service.measures import Measures
from geoservice.service.students import RecordOptions, StudentFile, Students

ABOUT = {"owner": "Research office", "agreement": "MOU-7", "expires": "2090-01-01"}
OPTIONS = PlaceOptions(address="address", id="id", grade="grade", school="school")
COLUMNS = ("id", "address", "grade", "school", "year", "zone")


@pytest.fixture
def students(settings):
    return Students(settings)


@pytest.fixture
def assignments(settings):
    return Assignments(settings)


@pytest.fixture
def build(tmp_path):
    """A town with one street from 0 to 200 m, two zones that meet at `border`, and these schools."""

    def run(border=100.0, street=True, snapshot="one", schools=None, rating="A", **crs):
        town = Town()
        town.street("Oak St", left="101-199", right="100-198")
        town.street("Ash St", at=[(200, 0), (200, 150)])
        if not street:
            town.streets[0] |= {"full_name": "Elm St"}
        town.zone("west", (-50, -50, border, 50))
        town.zone("east", (border, -50, 250, 50))
        layers = town.layers()
        if schools is not None:
            layers = replace(layers, schools=pl.DataFrame(schools, schema=SCHOOLS))
        layers = replace(layers, ratings=layers.ratings.with_columns(label=pl.lit(rating)))
        target = tmp_path / f"town-{snapshot}"
        build_snapshot(layers, target, snapshot)
        return Reference(target)

    return run


@pytest.fixture
def add(students, tmp_path):
    def run(reference, *rows):
        pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row").write_csv(
            tmp_path / "in.csv"
        )
        records = RecordOptions(year="year", reported_zone="zone")
        return students.take(
            StudentFile(tmp_path / "in.csv", OPTIONS, records=records), "trial", reference, ABOUT
        )

    return run


def row(number, house, grade="1", school="west", year="2023-24", zone=""):
    return (number, f"{house} Oak St" if house else "", grade, school, year, zone)


def refreshed(assignments, reference, **options):
    given = {"purpose": "new zones", "list_rows": True, **options}
    return assignments.refresh("trial", reference, **given)


def test_a_region_that_did_not_change_changes_nothing(students, assignments, build, add):
    reference = build()
    add(reference, row("1", 120), row("2", 148), row("3", 180), row("4", 0))
    before, _ = students.years("town")
    assert len(refreshed(assignments, reference)) == 0
    after, _ = students.years("town")
    assert before.equals(after.select(before.columns))


def test_new_zones_assign_stored_students_without_geocoding(students, assignments, build, add):
    add(build(), row("1", 120), row("2", 160), row("3", 180), row("4", 0))
    now = build(border=140.0, street=False, snapshot="two", rating="B")
    moved = refreshed(assignments, now)
    assert moved.rows() == [(2, "2023-24", "01", "east", "west", "east", "west")]
    after, _ = students.years("town")
    assert after["school_of_right"].to_list() == ["west", "west", "east", None]
    assert after["geo_status"].to_list() == ["matched"] * 3 + ["unmatched"]
    assert after["rating"].to_list()[:3] == ["B"] * 3
    assert after["attends_school_of_right"].to_list()[:3] == [True, True, False]
    about = students.show("town", "trial")
    assert (about["snapshot"], about["rows"]) == ("two", 4)
    assert len(refreshed(assignments, now)) == 0


def test_who_lives_at_a_crossing_has_no_zone_before_and_none_after(
    students, assignments, build, add
):
    add(build(), ("1", "Oak St & Ash St", "1", "west", "2023-24", ""), row("2", 120))
    assert students.years("town")[0]["geo_match"].to_list() == ["intersection", "range"]
    now = build(snapshot="two")
    assert students.outdated(now) == []
    assert len(refreshed(assignments, now)) == 0
    assert students.years("town")[0]["zone_elementary"].to_list() == [None, "west"]


def internal(settings, reference, measure="residents", areas=""):
    given = {"profile": "internal", "purpose": "board report"}
    return Measures(settings).table(measure, reference, MeasureChoice(areas, **given))


@pytest.mark.parametrize("profile", ["public", "internal"])
def test_students_of_a_region_that_has_changed_are_not_measured_until_they_are_assigned_anew(
    settings, students, assignments, build, add, profile
):
    add(build(), row("1", 120), row("2", 160))
    now, given = (
        build(border=140.0, snapshot="two"),
        {"profile": profile, "purpose": "board report"},
    )
    with pytest.raises(
        ConflictError,
        match=r"changed.* of `trial` were .*`geoservice students refresh --region town --name trial`",
    ):
        Measures(settings).table("residents", now, MeasureChoice(**given))
    assert students.outdated(now) == ["trial"]
    assert Disclosures(settings).list() == []
    refreshed(assignments, now, list_rows=False)
    assert students.outdated(now) == []
    assert len(Measures(settings).table("residents", now, MeasureChoice(**given)))


def test_maps_that_count_no_student_are_drawn_of_a_region_that_has_changed(settings, build, add):
    add(build(), row("1", 120), row("2", 160))
    now, maps = build(border=140.0, snapshot="two"), Maps(settings)
    assert maps.export("zones", "geojson", now, Choice())
    with pytest.raises(ConflictError, match="students refresh"):
        maps.export("participation", "geojson", now, Choice())


@pytest.mark.parametrize("change", [{}, {"rating": "B"}, {"street": False}, {"border": 101.0}])
def test_a_region_built_again_or_changed_in_what_assigns_no_student_is_measured_as_before(
    settings, students, build, add, change
):
    add(build(), row("1", 120), row("2", 160), row("3", 0))
    now = build(snapshot="two", **change)
    assert students.outdated(now) == []
    assert internal(settings, now).filter(unit="district", band="all")["value"].to_list() == [2.0]


def test_a_school_of_students_that_the_region_learns_of_makes_them_outdated(students, build, add):
    add(build(schools=[school("west")]), row("1", 120, school="new"))
    now = build(snapshot="two", schools=[school("west"), school("new")])
    assert students.outdated(now) == ["trial"]


def test_a_dry_run_stores_nothing(students, assignments, build, add):
    add(build(), row("1", 160))
    now = build(border=170.0, snapshot="two")
    assert len(refreshed(assignments, now, keep=False)) == 1
    assert students.show("town", "trial")["snapshot"] == "one"
    assert students.years("town")[0]["school_of_right"].to_list() == ["east"]


def test_listed_rows_are_recorded_with_their_students(students, assignments, settings, build, add):
    add(build(), row("S1", 120), row("S2", 160))
    now = build(border=140.0, snapshot="two")
    refreshed(assignments, now, list_rows=False, keep=False)
    assert Disclosures(settings).list() == []
    refreshed(assignments, now)
    (entry,) = Disclosures(settings).touching("S2")
    assert (entry.endpoint, entry.purpose, entry.students) == ("students refresh", "new zones", 1)
    assert Disclosures(settings).touching("S1") == []


def school(school_id, low="KG", high="05", **more):
    return {
        "id": school_id,
        "name": f"School {school_id}",
        "low_grade": low,
        "high_grade": high,
        **more,
    }


def test_a_new_school_is_known_after_a_refresh_and_a_closed_one_counts_nowhere(
    students, assignments, build, add
):
    first = build(schools=[school("west"), school("east", last_year="2022-23")])
    add(
        first,
        row("1", 120, school="new"),
        row("2", 120, school="east"),
        row("3", 120, school="east", year="2022-23"),
    )
    about = students.show("town", "trial")
    assert (about["unknown_school"], about["closed_school"]) == (1, 1)
    assert students.years("town")[0]["school_reason"].to_list() == ["unknown", "closed", None]
    refreshed(
        assignments, build(snapshot="two", schools=[school("west"), school("east"), school("new")])
    )
    about = students.show("town", "trial")
    assert (about["unknown_school"], about["closed_school"], about["problems"]) == (0, 0, [])
    assert students.years("town")[0]["school_reason"].null_count() == 3


def test_check_finds_doubt_wrong_schools_and_zones_at_odds_with_the_file(
    students, assignments, build, add
):
    reference = build(schools=[school("west"), school("east", low="06", high="08")])
    add(
        reference,
        row("1", 120, zone="West"),
        row("2", 150, zone="School east"),
        row("3", 180, zone="WEST"),
        row("4", 110, school="east"),
        row("5", 112, zone="north"),
        row("6", 0, zone="west"),
        row("7", 115, school="gone"),
        row("8", 120, grade="9"),
        row("8", 120, grade="9"),
    )
    found = assignments.check("trial", reference, purpose="check", list_rows=False)
    rows = {
        code: part["row"].to_list()
        for (code,), part in found.rows.group_by("check", maintain_order=True)
    }
    placed = students.years("town")[0]
    doubtful = placed.filter(pl.col("geo_uncertainty_m") > pl.col("zone_margin_m"))[
        "file_row"
    ].to_list()
    assert rows.pop("doubtful_zone") == doubtful
    assert rows.pop("reported_zone_differs_doubtful") == [one for one in doubtful if one == 3]
    assert rows == {
        "grade_not_served": [4, 8],
        "reported_zone_differs": [3],
        "reported_zone_unknown": [5],
        "reported_zone_unplaced": [6],
        "unknown_school": [7],
    }
    assert found.compared == 3
    assert found.counts["outside_region"] == 0


def test_a_protected_student_is_counted_by_check_and_not_listed(
    students, assignments, settings, build, tmp_path
):
    lines = ["id,address,grade,school,acp", "1,120 Oak St,9,west,", "2,120 Oak St,9,west,Y"]
    (tmp_path / "in.csv").write_text("\n".join(lines))
    reference = build(schools=[school("west")])
    records = RecordOptions(protected="acp")
    students.take(
        StudentFile(tmp_path / "in.csv", OPTIONS, records=records), "trial", reference, ABOUT
    )
    found = assignments.check("trial", reference, purpose="check", list_rows=True)
    assert found.counts["grade_not_served"] == 2
    assert found.rows["row"].unique().to_list() == [1]
    assert Disclosures(settings).touching("2") == []


def test_check_counts_addresses_outside_the_region(students, assignments, riverbend, tmp_path):
    (tmp_path / "in.csv").write_text('address,grade\n"12 Nowhere Blvd, Springfield, MO 65801",1\n')
    options = PlaceOptions(address="address", grade="grade")
    students.take(StudentFile(tmp_path / "in.csv", options), "trial", riverbend.reference, ABOUT)
    found = assignments.check("trial", riverbend.reference, purpose="x", list_rows=True)
    assert (found.counts["outside_region"], found.compared) == (1, 0)


def test_a_region_in_another_crs_is_met_in_its_metres(students, assignments, build, add):
    reference = build()
    add(reference, row("1", 120), row("2", 180))
    before, _ = students.years("town")
    info = replace(reference.info, metric_crs="EPSG:32610")
    moved = build(snapshot="two")
    moved.info = info
    moved.projection = type(reference.projection)("EPSG:32610")
    refreshed(assignments, moved)
    after, _ = students.years("town")
    assert students.show("town", "trial")["metric_crs"] == "EPSG:32610"
    assert (after["x"] - before["x"]).abs().max() < 2.5  # NAD 83 and WGS 84 differ by some metres
    assert after["x"].to_list() != before["x"].to_list()


def test_the_committed_district_is_assigned_again_as_it_was(
    students, assignments, riverbend, riverbend_folder
):
    options = PlaceOptions(address="address", id="student_id", grade="grade", school="school")
    students.take(
        StudentFile(riverbend_folder / "students.csv", options), "all", riverbend.reference, ABOUT
    )
    before, _ = students.years("riverbend")
    assert len(assignments.refresh("all", riverbend.reference, purpose="x", list_rows=False)) == 0
    after, _ = students.years("riverbend")
    assert before.equals(after.select(before.columns))
