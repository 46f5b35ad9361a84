"""Messy files through each way in: geocoding, reverse geocoding, student data sets, jobs over HTTP."""

import datetime

import geopandas
import openpyxl
import polars as pl
import pytest
import shapely
from batch_service import client, finished, new_home, post, service

from geoservice.cli.main import main
from geoservice.errors import InputError
from geoservice.placing.options import PlaceOptions
from geoservice.service.geocode_task import GeocodeTask
from geoservice.service.geocoding import geocode_file
from geoservice.service.lookups import reverse_file
from geoservice.service.progress import Progress
from geoservice.service.students import StudentFile, Students
from geoservice.tables.layout import TableLayout
from geoservice.tables.reading import open_table

HOME = "745 2nd Ave, Northfield"
ABOUT = {"owner": "Planning", "agreement": "A-1", "expires": "2999-01-01"}
TITLED = f'Active students,,\n,,\nid,home address,grade\n="0012","{HOME}",5\n\'0013,"{HOME}",\'5\n'


@pytest.fixture
def run(tmp_path, riverbend):
    """Geocode a file; the result as a table, and what was said."""

    def geocode(path, layout=None, **columns):
        said = []
        options = PlaceOptions(**columns)
        task = GeocodeTask(path, tmp_path / "out.csv", options, layout=layout or TableLayout())
        geocode_file(task, riverbend.reference, progress=Progress(said.append))
        return pl.read_csv(tmp_path / "out.csv", infer_schema=False), said

    return geocode


def write(path, text):
    path.write_text(text)
    return path


def test_a_titled_file_is_geocoded_and_the_place_of_its_header_is_told(tmp_path, run):
    found, said = run(write(tmp_path / "in.csv", TITLED), address="home address", grade="grade")
    assert found["id"].to_list() == ["0012", "'0013"]
    assert found["geo_status"].to_list() == ["matched", "matched"]
    assert found["school_of_right"].n_unique() == 1
    assert found["school_of_right"].null_count() == 0
    assert said == ["`in.csv`: the header was found in row 3."]


def test_a_guessed_address_column_is_found_below_a_title(tmp_path, run):
    text = f'Enrollment,,\nid,name,address\n1,x,"{HOME}"\n'
    assert run(write(tmp_path / "in.csv", text))[0]["geo_status"].to_list() == ["matched"]


def test_a_column_that_is_in_no_row_lists_those_of_the_header(tmp_path, run):
    with pytest.raises(InputError, match="Its columns are: `id`, `home address`, `grade`"):
        run(write(tmp_path / "in.csv", TITLED), address="adress", grade="grade")


def test_odd_quotation_marks_keep_every_row_and_are_told(tmp_path, run):
    lines = ["id,address", f'1,"{HOME}"', '2,"745 2nd Ave', f'3,"{HOME}"', "4,745 2nd Ave"]
    found, said = run(write(tmp_path / "in.csv", "\n".join(lines) + "\n"), address="address")
    assert found["id"].to_list() == ["1", "2", "3", "4"]
    assert found["geo_status"].to_list() == ["matched"] * 4
    assert said == ["`in.csv`, row 2: an odd quotation mark was read as text."]


def test_a_total_in_the_last_row_is_kept_and_told(tmp_path, run):
    text = f'id,address,count\n1,"{HOME}",1\nTotal,,1\n'
    found, said = run(write(tmp_path / "in.csv", text), address="address")
    assert found["id"].to_list() == ["1", "Total"]
    assert said == ["`in.csv`: the last row seems to be a total; it was kept."]


def workbook(path):
    book = openpyxl.Workbook()
    book.active.title = "Cover"
    book.active.append(["Report of the district"])
    sheet = book.create_sheet("Students")
    for row in (
        ["As of", datetime.date(2023, 10, 1)],
        ["id", "address", "born", "grade"],
        [12, HOME, datetime.date(2015, 3, 5), 5],
    ):
        sheet.append(row)
    sheet["A3"].number_format = "0000"
    book.save(path)
    return path


@pytest.mark.parametrize(
    "layout", [TableLayout(), TableLayout(sheet="Students"), TableLayout(2, "2")]
)
def test_a_workbook_keeps_its_days_and_zeros(tmp_path, run, layout):
    found, said = run(workbook(tmp_path / "in.xlsx"), layout, address="address", grade="grade")
    assert found.select("id", "address", "born").row(0) == ("0012", HOME, "2015-03-05")
    assert found["geo_status"].to_list() == ["matched"]
    assert said == [
        "`in.xlsx`: the sheet `Students` was read.",
        "`in.xlsx`: the header was found in row 2.",
    ]


def test_one_layer_of_a_geopackage_is_read_and_several_are_asked_about(tmp_path, run):
    frame = geopandas.GeoDataFrame({"address": [HOME]}, geometry=[shapely.Point(0, 0)], crs=4326)
    path = tmp_path / "in.gpkg"
    frame.to_file(path, layer="now")
    assert run(path, address="address")[0]["geo_status"].to_list() == ["matched"]
    frame.to_file(path, layer="before")
    with pytest.raises(InputError, match=r"has 2 layers\. Choose with `sheet`: `now`, `before`"):
        run(path, address="address")
    assert len(run(path, TableLayout(sheet="before"), address="address")[0]) == 1


def test_the_options_of_the_command_line_reach_the_table(
    tmp_path, riverbend, riverbend_folder, capsys
):
    path = write(tmp_path / "in.csv", f'a,b\nc,d\nid,address\n1,"{HOME}"\n')
    line = [
        "geocode",
        str(path),
        "-o",
        str(tmp_path / "out.csv"),
        "--region",
        str(riverbend_folder),
    ]
    assert main([*line, "--header-row", "3"]) == 0
    assert "found in row 3" in capsys.readouterr().err
    assert main([*line, "--header-row", "first"]) == 2
    assert "whole number" in capsys.readouterr().err
    path = workbook(tmp_path / "in.xlsx")
    line[1] = str(path)
    assert main([*line, "--sheet", "Pupils"]) == 2
    assert "Its sheets are: `Cover`, `Students`" in capsys.readouterr().err


def test_places_below_a_title_are_answered(tmp_path, riverbend):
    said = []
    path = write(tmp_path / "in.csv", "sep=;\nPlaces;;\nid;x;y\n1;-93.5;42.0\n")
    rows = reverse_file(
        path, tmp_path / "out.csv", ("x", "y"), riverbend.reference, progress=Progress(said.append)
    )
    assert rows == 1
    assert said == ["`in.csv`: the header was found in row 3."]
    with open_table(tmp_path / "out.csv") as table:
        assert table.columns[:3] == ("id", "x", "y")


def test_students_below_a_title_are_added_without_totals(tmp_path, riverbend, settings):
    text = TITLED + ",,\nTotal students,,2\n"
    said = []
    students = Students(settings, said.append)
    options = PlaceOptions(address="home address", id="id", grade="grade")
    added = students.take(
        StudentFile(write(tmp_path / "in.csv", text), options), "trial", riverbend.reference, ABOUT
    )
    assert added.summary.rows == 2
    assert sum(added.summary.matched.values()) == 2
    assert {
        one["code"]: one["rows"]
        for one in added.problems.summary()
        if one["code"] in ("blank", "total", "no_grade")
    } == {"blank": [3], "total": [4]}
    assert said[-1] == "`in.csv`: the header was found in row 3."


def test_jobs_take_the_sheet_and_the_header_row_as_form_fields(tmp_path, home, riverbend):
    server = service(new_home(tmp_path / "home", home))
    try:
        with client(server) as opened:
            content = workbook(tmp_path / "in.xlsx").read_bytes()
            for fields in ({}, {"sheet": "Students"}, {"sheet": "2", "header_row": "2"}):
                location = finished(opened, content, "in.xlsx", address="address", **fields)
                found = pl.read_csv(
                    opened.get(f"{location}/result?f=csv").content, infer_schema=False
                )
                assert found.select("id", "born", "geo_status").row(0) == (
                    "0012",
                    "2015-03-05",
                    "matched",
                )
            notes = opened.get(location).json()["notes"]
            assert notes[0] == "The file: the sheet `Students` was read."
            refused = post(opened, content, "in.xlsx", sheet="Pupils")
            assert refused.status_code == 422 or refused.status_code == 400
            assert "Its sheets are" in refused.json()["detail"]
            assert (
                "whole number" in post(opened, content, "in.xlsx", header_row="x").json()["detail"]
            )
            assert "header_row" in post(opened, content, "in.xlsx", head="2").json()["detail"]
    finally:
        server.stop()
