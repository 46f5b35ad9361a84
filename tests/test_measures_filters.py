"""Measures of a listed subgroup or a programme: the internal profile alone, as if the others were not in the file."""

import json

import httpx
import polars as pl
import pytest
from oracle.slow import Slow
from oracle.typed import shown_areas
from oracle.world import World
from test_measures_oracle import agrees

from geoservice.errors import GeoserviceError, InputError
from geoservice.measures.registry import MEASURES
from geoservice.model.settings import Settings
from geoservice.placing.options import PlaceOptions
from geoservice.service.audit import Disclosures
from geoservice.service.measure_choice import MeasureChoice
from geoservice.service.measures import Measures
from geoservice.service.students import RecordOptions, StudentFile, Students
from geoservice.students.filters import Filters

ABOUT = {"owner": "tests", "agreement": "fictional", "expires": "2090-01-01"}
INTERNAL = {"profile": "internal", "purpose": "board report"}


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    home = tmp_path_factory.mktemp("filtered")
    return Settings(home=home, database_url=f"sqlite:///{home}/g.db")


@pytest.fixture(scope="module")
def placed(settings, riverbend, riverbend_folder, tmp_path_factory):
    """Students of the district, every third learning English, every fifth in a programme."""
    frame = pl.read_csv(riverbend_folder / "students.csv", infer_schema=False).with_row_index()
    marked = frame.with_columns(
        ELL=pl.when(pl.col("index") % 3 == 0).then(pl.lit("Y")).otherwise(pl.lit("no")),
        Prog=pl.when(pl.col("index") % 5 == 0).then(pl.lit("Dual language")).otherwise(pl.lit("")),
    ).drop("index")
    path = tmp_path_factory.mktemp("file") / "students.csv"
    marked.write_csv(path)
    options = PlaceOptions(address="address", id="student_id", grade="grade", school="school")
    students = Students(settings)
    students.add(
        StudentFile(path, options, records=RecordOptions(subgroups=("ELL",), programmes=("Prog",))),
        "now",
        riverbend.reference,
        ABOUT,
    )
    return students.years("riverbend")[0]


@pytest.fixture(scope="module")
def measures(settings, placed):
    return Measures(settings)


def test_every_measure_agrees_with_the_slow_computation_of_the_rows_that_count(
    measures, placed, riverbend, riverbend_folder
):
    reference = riverbend.reference
    some = placed.filter(pl.col("subgroup_ell") == "Y").to_pandas()
    zips = reference.zip_areas().filter(set_id="planning").to_pandas()
    some = some.assign(shown_area=shown_areas(some, zips, "planning"))
    expected = Slow(World(riverbend_folder), some, "area", "planning").run()
    found = {}
    for one in MEASURES.values():
        if "area" in one.by and not one.has_destinations:
            table = measures.table(
                one.id, reference, MeasureChoice("planning", filters=Filters("ell"), **INTERNAL)
            )
            rows = table.iter_rows(named=True)
            found |= {
                (one.id, row["year"], row["band"], row["unit"], row["part"]): row for row in rows
            }
    wrong = [key for key, answer in expected.items() if not agrees(answer, found[key])]
    assert expected
    assert not wrong, wrong[:5]


def test_subgroup_and_programme_are_both_asked(measures, placed, riverbend):
    both = placed.filter(subgroup_ell="Y", programme_prog="Dual language", geo_status="matched")
    table = measures.table(
        "residents",
        riverbend.reference,
        MeasureChoice(filters=Filters("ELL", "prog=dual Language"), **INTERNAL),
    )
    assert table.filter(unit="district", band="all")["value"].sum() == len(both)
    everybody = measures.table("residents", riverbend.reference, MeasureChoice(**INTERNAL))
    assert everybody.filter(unit="district", band="all")["value"].sum() > len(both)


def test_the_record_names_the_filter_and_counts_the_students_it_touches(
    measures, placed, riverbend, settings
):
    measures.table(
        "residents", riverbend.reference, MeasureChoice(filters=Filters("ell"), **INTERNAL)
    )
    entry = Disclosures(settings).list()[-1]
    assert json.loads(entry.filters)["subgroup"] == "ell"
    assert "programme" not in json.loads(entry.filters)
    assert entry.students == placed.filter(subgroup_ell="Y")["student"].n_unique()


def test_the_record_has_the_students_of_the_band_and_year_that_were_asked(
    measures, placed, riverbend, settings
):
    grades = riverbend.reference.info.bands["6-8"]
    measures.table(
        "residents", riverbend.reference, MeasureChoice("planning", "6-8", "2024", **INTERNAL)
    )
    some = placed.filter(pl.col("grade").is_in(list(grades)), year="2023-24")
    assert Disclosures(settings).list()[-1].students == some["student"].n_unique() < len(placed)
    measures.table("residents", riverbend.reference, MeasureChoice("planning", "all", **INTERNAL))
    assert Disclosures(settings).list()[-1].students == placed["student"].n_unique()


@pytest.mark.parametrize(
    ("measure", "areas", "year"),
    [("nothing", "planning", ""), ("capture", "school", ""), ("residents", "planning", "1999")],
)
def test_what_is_refused_leaves_no_entry(measures, riverbend, settings, measure, areas, year):
    before = len(Disclosures(settings).list())
    with pytest.raises(GeoserviceError):
        measures.table(measure, riverbend.reference, MeasureChoice(areas, "", year, **INTERNAL))
    assert len(Disclosures(settings).list()) == before


def test_hexagons_of_some_students_are_those_of_everybody(measures, placed, riverbend):
    some = measures.table(
        "residents",
        riverbend.reference,
        MeasureChoice("hexagons", filters=Filters("ell"), **INTERNAL),
    )
    every = measures.table("residents", riverbend.reference, MeasureChoice("hexagons", **INTERNAL))
    assert set(some["unit"]) <= set(every["unit"])


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        (Filters("nope"), "There are: ell."),
        (Filters(programme="ell"), "There are: prog."),
        (Filters("ell=plantedvalue"), "No student"),
    ],
)
def test_what_there_is_not_is_refused_and_leaves_no_entry(
    measures, riverbend, settings, filters, told
):
    before = len(Disclosures(settings).list())
    with pytest.raises(InputError, match=told) as fault:
        measures.table("residents", riverbend.reference, MeasureChoice(filters=filters, **INTERNAL))
    assert "planted" not in fault.value.detail
    assert len(Disclosures(settings).list()) == before


@pytest.mark.parametrize("filters", [Filters("ell"), Filters(programme="prog"), Filters("nope")])
def test_public_figures_take_no_filters(measures, riverbend, filters):
    with pytest.raises(InputError, match="Public figures take no filters"):
        measures.table("residents", riverbend.reference, MeasureChoice(filters=filters))


def test_filters_are_options_and_over_http_a_problem(command, server, riverbend_folder, tmp_path):
    path = "/v1/regions/riverbend/measures/residents"
    for name in ("subgroup", "programme"):
        answer = httpx.get(server.url.rstrip("/") + path, params={name: "ell"})
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_input")
        assert "Public figures take no filters" in answer.json()["detail"]
        said = command(
            "measure",
            "residents",
            "--region",
            riverbend_folder,
            f"--{name}",
            "ell",
            "-o",
            tmp_path / "m.csv",
        )
        assert said.returncode == 2
        assert "Public figures take no filters" in said.stderr
        assert not (tmp_path / "m.csv").exists()


@pytest.mark.parametrize(
    "path", ["/maps/residents", "/maps/residents.csv", "/maps/residents/figure.json"]
)
def test_maps_take_no_filters_and_say_so(server, path):
    for name in ("subgroup", "programme", "grade"):
        answer = httpx.get(server.url.rstrip("/") + path, params={name: "ell"})
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_input")
        assert "take no filters" in answer.json()["detail"]
