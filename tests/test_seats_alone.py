"""A region with schools, ratings and seats, and no list of students: figures of seats alone are told, others are refused."""

import os
import subprocess
import sys

import httpx
import polars as pl
import pytest
from conftest import Server
from demo_years import four_years

from geoservice.cartography.figure.choice import Choice
from geoservice.cartography.formats import FORMATS
from geoservice.cohort.students import cohort
from geoservice.errors import InputError, NotFoundError
from geoservice.measures.figures import figures
from geoservice.measures.ground import Ground
from geoservice.measures.registry import MEASURES
from geoservice.model.settings import Settings
from geoservice.reference.yearly import years_with_data
from geoservice.service.maps import Maps
from geoservice.service.measure_choice import MeasureChoice
from geoservice.service.measures import Measures
from geoservice.service.reports import write_pack

SEATS = ("utilisation", "unfilled_seats", "quality_seat_share", "rating_stability")
NONE = "no list of students"


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """A data folder without students."""
    home = tmp_path_factory.mktemp("bare")
    return Settings(home=home, database_url=f"sqlite:///{home}/g.db")


@pytest.fixture(scope="module")
def measures(settings):
    return Measures(settings)


@pytest.fixture(scope="module")
def maps(settings):
    return Maps(settings)


@pytest.mark.parametrize("measure", SEATS)
def test_seats_are_told_without_students(measures, riverbend, measure):
    table = measures.table(measure, riverbend.reference)
    assert set(table["year"]) == set(years_with_data(riverbend.reference))
    assert set(table["status"]) <= {"shown", "no_data", "not_applicable"}
    assert table.filter(status="shown").height
    assert table["coverage"].null_count() == len(table)


def test_seats_are_the_same_with_students_and_without(measures, riverbend, riverbend_folder):
    """In the years that students are in.

    The share of addresses matched stands beside students alone.
    """
    info = riverbend.reference.info
    ready = cohort(four_years(riverbend.reference, riverbend_folder), riverbend.reference)
    made = Ground(ready, info.bands)
    beside = figures("quality_seat_share", "area_planning", made).drop("coverage")
    alone = measures.table(
        "quality_seat_share", riverbend.reference, MeasureChoice("planning")
    ).drop("coverage")
    assert alone.filter(pl.col("year").is_in(ready.years)).equals(beside)


@pytest.mark.parametrize("measure", sorted(set(MEASURES) - {*SEATS, "tier_table"}))
def test_what_students_are_counted_for_is_refused_without_any(measures, riverbend, measure):
    with pytest.raises(NotFoundError, match=NONE):
        measures.table(measure, riverbend.reference)


def test_schools_by_rating_are_told_without_students_who_have_no_data(measures, riverbend):
    table = measures.table("tier_table", riverbend.reference)
    schools = table.filter(pl.col("part").str.starts_with("schools "), year="2023-24")
    students = table.filter(pl.col("part").str.starts_with("students "))
    assert schools.filter(status="shown").height
    assert set(students["status"]) == {"no_data"}
    numbers = students.select("value", "numerator", "denominator", "low", "high", "district")
    assert numbers.null_count().sum_horizontal().item() == 6 * len(students)


def test_a_year_of_which_no_table_tells_is_refused(measures, riverbend):
    with pytest.raises(InputError, match="no schools known of that school year"):
        measures.table("utilisation", riverbend.reference, MeasureChoice(year="1999-00"))


def test_named_students_who_are_not_there_are_refused(measures, maps, riverbend):
    with pytest.raises(NotFoundError):
        measures.table("utilisation", riverbend.reference, MeasureChoice(students="gone"))
    with pytest.raises(NotFoundError):
        maps.drawing("quality-seats", riverbend.reference, Choice(), "gone")


def test_internal_seats_are_told_too(measures, riverbend):
    table = measures.table(
        "utilisation", riverbend.reference, MeasureChoice(profile="internal", purpose="tests")
    )
    assert table.equals(measures.table("utilisation", riverbend.reference))
    asked = {"students": "", "profile": "internal", "scheme": "", "distance": ""}
    assert measures.unjoined("utilisation", riverbend.reference, MeasureChoice(**asked)) == 0


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("map_id", ["quality-seats", "gaps-matrix"])
def test_maps_of_seats_have_all_forms(maps, riverbend, map_id, ending):
    assert maps.export(map_id, ending, riverbend.reference, Choice())


def test_a_map_tells_what_the_measure_does(maps, measures, riverbend):
    drawing = maps.drawing("quality-seats", riverbend.reference, Choice(year="2022-23", band="K-5"))
    at = [one.id for one in drawing.columns].index("quality_seats")
    table = measures.table(
        "quality_seat_share", riverbend.reference, MeasureChoice(band="K-5", year="2022-23")
    )
    told = dict(table.select("unit", "value").iter_rows())
    for row in drawing.rows:
        assert row.cells[at].number == pytest.approx(told[row.id], abs=5e-4)
    assert dict(drawing.facts)["Students"] == "no list of students"


def test_the_matrix_has_no_data_of_students(maps, riverbend):
    drawing = maps.drawing("gaps-matrix", riverbend.reference, Choice())
    ids = [one.id for one in drawing.columns]
    for row in drawing.rows:
        cells = dict(zip(ids, row.cells, strict=True))
        assert cells["quality_seats"].status in ("shown", "not_applicable")  # No school there.
        gaps = ("service_gap", "in_quality", "capture", "median_miles")
        assert {cells[one].status for one in gaps} == {"no_data"}


def test_other_maps_of_students_are_refused(maps, riverbend):
    for map_id in ("service-gap", "trend", "access", "flows", "coverage"):
        with pytest.raises(NotFoundError, match=NONE):
            maps.drawing(map_id, riverbend.reference, Choice())


def test_a_report_pack_has_the_figures_of_seats(maps, riverbend, tmp_path):
    pack = write_pack(maps, riverbend.reference, tmp_path, Choice(areas="planning"))
    shown = {one.drawing.definition.id for one in pack.reports[-1].items}
    assert {"ratings", "utilisation", "quality-seats"} <= shown
    assert pack.reports[-1].matrix is not None
    assert "Flows" in " ".join(pack.missing)


def run(home, *arguments):
    """The command line over a data folder, which must succeed."""
    line = [sys.executable, "-m", "geoservice.cli.main", *map(str, arguments)]
    subprocess.run(line, check=True, env={**os.environ, "GEOSERVICE_HOME": str(home)})


@pytest.fixture(scope="module")
def built(riverbend_folder, tmp_path_factory):
    """A data folder with the region alone."""
    home = tmp_path_factory.mktemp("built")
    run(home, "region", "build", riverbend_folder)
    return home


@pytest.fixture(scope="module")
def service(built):
    running = Server(built, "serve", "--region", "riverbend", "--no-token")
    with httpx.Client(base_url=running.url, timeout=60) as client:
        yield client
    running.stop()


def test_http_answers_what_the_measure_is(measures, service, riverbend):
    answer = service.get("/v1/regions/riverbend/measures/quality_seat_share?year=2022-23&f=csv")
    assert answer.status_code == 200
    told = pl.read_csv(answer.content).select("band", "unit", "value")
    table = measures.table("quality_seat_share", riverbend.reference, MeasureChoice(year="2022-23"))
    assert told.equals(table.select("band", "unit", "value"))
    assert service.get("/maps/quality-seats?region=riverbend&year=2022-23").status_code == 200
    features = service.get(
        f"/ogc/collections/riverbend.measure-quality_seat_share-planning/items?year=2022-23&band=all&unit={table['unit'][0]}"
    )
    assert features.json()["numberMatched"] == 1
    refused = service.get("/v1/regions/riverbend/measures/residents")
    assert (refused.status_code, NONE in refused.text) == (404, True)


def test_the_command_writes_what_the_measure_is(built, measures, riverbend, tmp_path):
    asked = ("--region", "riverbend", "--year", "2022-23", "-o", tmp_path / "seats.csv")
    run(built, "measure", "quality_seat_share", *asked)
    told = pl.read_csv(tmp_path / "seats.csv").select("band", "unit", "value")
    table = measures.table("quality_seat_share", riverbend.reference, MeasureChoice(year="2022-23"))
    assert told.equals(table.select("band", "unit", "value"))
