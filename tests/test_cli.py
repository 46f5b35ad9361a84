"""The command line: exit statuses, one clear message, nothing half written."""

import io
import json
import os
import stat
from importlib.metadata import version

import polars as pl
import pytest
import xlsxwriter


@pytest.fixture
def geocode(command, riverbend_folder, riverbend, tmp_path):
    """Geocode a file of these bytes."""

    def run(content, *options, name="in.csv", out="out.csv"):
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        said = command(
            "geocode", tmp_path / name, "-o", tmp_path / out, "--region", riverbend_folder, *options
        )
        return said, tmp_path / out

    return run


def test_a_file_is_geocoded_with_its_zeros_kept_and_read_by_its_owner_alone(geocode):
    said, out = geocode('id,address\n007,"745 2nd Ave, Northfield"\n')
    assert said.returncode == 0, said.stderr
    assert pl.read_csv(out, infer_schema=False)["id"].to_list() == ["007"]
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert "1 row in" in said.stderr


def test_a_damaged_parquet_file_is_named(geocode):
    said, _ = geocode(b"PAR1", name="in.parquet")
    assert said.returncode == 2
    assert "`in.parquet` is not a Parquet file" in said.stderr


def test_no_rows_write_a_header(geocode):
    said, out = geocode("id,address\n")
    assert said.returncode == 0
    assert out.read_text().startswith("id,address,geo_status")


def test_two_hundred_columns_just_work(geocode):
    names = ",".join(f"c{at}" for at in range(200))
    said, out = geocode(f"address,{names}\n" + '"745 2nd Ave"' + ",x" * 200 + "\n")
    assert said.returncode == 0
    assert len(pl.read_csv(out).columns) > 210


@pytest.mark.parametrize(
    ("content", "options", "says"),
    [
        ("a,b\n1,2\n", (), "--address"),
        ("address\n1\n", ("--grade", "nope"), "nope"),
        ("address,geo_status\n1,x\n", (), "--replace"),
        ("", (), "empty"),
        ("address,b\n1,2,3,4\n", (), "row 1"),
        ("address\n1\n", ("--encoding", "nope"), "--encoding"),
        ("address,zip,Address \n1,2,3\n", (), "columns 1 and 3 are both called `address`"),
        ("grade,address,grade\n1,2,3\n", ("--grade", "grade"), "or take the second as `grade_2`"),
    ],
)
def test_bad_input_gets_one_message_and_no_file(geocode, content, options, says):
    said, out = geocode(content, *options)
    assert said.returncode == 2
    assert says in said.stderr
    assert "Traceback" not in said.stderr
    assert not out.exists()
    assert not [one for one in os.listdir(out.parent) if "part" in one]


def test_utf16_and_semicolons_from_a_spreadsheet_are_read_as_meant(geocode):
    text = "id;address;niño\r\n007;745 2nd Ave;é\r\n"
    said, out = geocode(text.encode("utf-16"))
    assert said.returncode == 0, said.stderr
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    assert "007;745 2nd Ave;é;matched" in out.read_bytes().decode("utf-8-sig")


def test_an_unknown_region_names_the_known(command):
    said = command("geocode", "x.csv", "-o", "y.csv", "--region", "nowhere")
    assert said.returncode == 2
    assert "no region" in said.stderr


def test_maps_are_listed_checked_and_written(command, riverbend_folder, tmp_path):
    assert "ratings" in command("maps", "list").stdout
    assert command("maps", "check").returncode == 0
    said = command("map", "zones", "-o", tmp_path / "z.html", "--region", riverbend_folder)
    assert said.returncode == 0, said.stderr
    text = (tmp_path / "z.html").read_text()
    assert "<script src" not in text
    assert "<link" not in text


@pytest.mark.parametrize("ending", ["png", "svg", "pdf", "csv", "xlsx", "geojson", "gpkg"])
def test_a_map_is_written_as_its_ending_says(command, riverbend_folder, tmp_path, ending):
    said = command(
        "map",
        "zone-edges",
        "-o",
        tmp_path / f"m.{ending}",
        "--region",
        riverbend_folder,
        "--band",
        "6-8",
        "--lang",
        "es",
    )
    assert said.returncode == 0, said.stderr
    opening = {
        "png": b"\x89PNG",
        "svg": b"<?xml",
        "pdf": b"%PDF",
        "csv": b"id,",
        "xlsx": b"PK",
        "geojson": b'{"type"',
        "gpkg": b"SQLite",
    }[ending]
    assert (tmp_path / f"m.{ending}").read_bytes().startswith(opening)


def test_a_map_of_an_unknown_ending_or_choice_is_refused(command, riverbend_folder, tmp_path):
    for name, more in (
        ("m.docx", ()),
        ("m.png", ("--size", "poster")),
        ("m.png", ("--lang", "xx")),
    ):
        said = command("map", "zones", "-o", tmp_path / name, "--region", riverbend_folder, *more)
        assert (said.returncode, (tmp_path / name).exists()) == (2, False)


def test_what_cannot_be_written_is_refused_before_students_are_kept_or_assigned(
    command, riverbend_folder, riverbend, home, tmp_path
):
    (tmp_path / "in.csv").write_text('id,address,grade\n1,"745 2nd Ave, Northfield",3\n')
    base = ("--region", "riverbend", "--name", "lists")
    add = (
        "students",
        "add",
        tmp_path / "in.csv",
        *base,
        "--owner",
        "o",
        "--agreement",
        "a",
        "--expires",
        "2090-01-01",
        "--id",
        "id",
        "--grade",
        "grade",
    )
    for target in (tmp_path / "no folder" / "p.csv", tmp_path / "p.docx", tmp_path / "p.gpkg"):
        assert command(*add, "--problems", target).returncode == 2
    assert "lists" not in command("students", "list").stdout
    assert command(*add).returncode == 0
    (before,) = (home / "students" / "riverbend").glob("lists.*")
    stored = pl.read_parquet(before).with_columns(zone_elementary=pl.lit("another"))
    stored.write_parquet(before)
    for target in (tmp_path / "no folder" / "m.csv", tmp_path / "m.gpkg"):
        assert command("students", "refresh", *base, "-o", target).returncode == 2
    assert command("students", "refresh", *base, "-o", tmp_path / "m.csv").returncode == 0
    assert pl.read_csv(tmp_path / "m.csv")["zone_before"].to_list() == ["another"]
    command("students", "delete", *base)


def test_students_are_kept_without_addresses_and_deleted(
    command, riverbend_folder, home, riverbend
):
    base = ("--region", riverbend_folder, "--name", "trial")
    said = command(
        "students",
        "add",
        riverbend_folder / "students.csv",
        *base,
        "--owner",
        "o",
        "--agreement",
        "a",
        "--expires",
        "2090-01-01",
        "--grade",
        "grade",
    )
    assert said.returncode == 0, said.stderr
    (kept,) = (home / "students" / "riverbend").glob("trial.*.parquet")
    assert not {"address", "student_id", "geo_address"} & set(pl.read_parquet(kept).columns)
    assert "trial" in command("students", "list").stdout
    assert command("students", "delete", "--region", "riverbend", "--name", "trial").returncode == 0
    assert not kept.exists()


def test_the_data_folder_is_for_its_owner_alone(riverbend_folder, tmp_path, monkeypatch):
    from geoservice import Region

    monkeypatch.setenv("GEOSERVICE_HOME", str(tmp_path / "new"))
    Region.open(riverbend_folder)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_an_address_on_standard_input_is_explained(command, riverbend_folder):
    run = command(
        "geocode",
        "--explain",
        "-",
        "--region",
        riverbend_folder,
        "--grade",
        "3",
        stdin="1805 Sout 1st Ave, Riverbend\n",
    )
    story = json.loads(run.stdout)
    assert story["reading"]["number"] == "1805"
    assert story["tiers"][0]["tier"] == "exact"
    assert "geo_status" in story["result"]


def test_every_command_says_what_it_takes(command):
    listed = command("--help").stdout
    for name in ("serve", "region", "geocode", "reverse", "map", "students", "key"):
        assert name in listed
        assert f"geoservice {name}" in command(name, "--help").stdout


ADDRESS = "1805 S 1st Ave, Riverbend"


@pytest.mark.parametrize(
    "cells",
    [
        ["\U0001f600", ADDRESS, "\u202e" + ADDRESS],
        ["12\x00 Oak", ADDRESS, "\x00"],
        ["x" * 10_000, ADDRESS, "9" * 10_000],
        ["'; DROP TABLE students; --", ADDRESS, "<script>alert(1)</script>"],
        ["1805.0 S 1st Ave", ADDRESS, "1.805E+03"],
        ["", "", ""],
    ],
)
def test_strange_cells_keep_every_row_in_its_place(geocode, cells):
    stream = io.StringIO()
    pl.DataFrame({"n": ["1", "2", "3"], "address": cells}).write_csv(stream)
    said, out = geocode(stream.getvalue())
    assert said.returncode == 0, said.stderr
    placed = pl.read_csv(out, infer_schema=False, truncate_ragged_lines=False)
    assert placed["n"].to_list() == ["1", "2", "3"]
    assert set(placed["geo_status"]) <= {"matched", "unmatched"}
    assert placed.filter(geo_status="unmatched")["geo_reason"].is_not_null().all()
    assert (placed["geo_status"] == "matched").to_list()[1] == (cells[1] == ADDRESS)


def test_columns_of_one_name_are_kept_apart(geocode):
    said, out = geocode(f'address,x,x\n"{ADDRESS}",1,2\n')
    assert said.returncode == 0, said.stderr
    assert pl.read_csv(out, infer_schema=False).row(0)[1:3] == ("1", "2")


def test_the_second_of_two_columns_of_one_name_can_be_chosen(geocode):
    said, out = geocode(f'address,grade,grade\n"{ADDRESS}",13,05\n', "--grade", "grade_2")
    assert said.returncode == 0, said.stderr
    assert pl.read_csv(out)["school_of_right"].null_count() == 0


def test_a_number_and_a_street_in_two_columns_have_a_reason(geocode):
    said, out = geocode("number,street\n1805,S 1st Ave\n")
    assert said.returncode == 0, said.stderr
    assert pl.read_csv(out)["geo_reason"].to_list() == ["no_number"]


def test_cells_of_mixed_types_are_read_as_text(geocode, tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "typed.xlsx")) as book:
        sheet = book.add_worksheet()
        rows = [
            ("id", "address", "zip"),
            (7, ADDRESS, 51901),
            ("007", 1805, 51901.0),
            (True, "", None),
        ]
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    said, out = geocode((tmp_path / "typed.xlsx").read_bytes(), name="in.xlsx")
    assert said.returncode == 0, said.stderr
    placed = pl.read_csv(out, infer_schema=False)
    assert placed["id"].to_list()[:2] == ["7", "007"]
    assert placed["geo_status"].to_list() == ["matched", "unmatched", "unmatched"]


def test_a_table_of_numbers_has_a_reason_in_every_row(geocode, tmp_path):
    pl.DataFrame({"address": [1805, None, 3]}).write_parquet(tmp_path / "numbers.parquet")
    said, out = geocode((tmp_path / "numbers.parquet").read_bytes(), name="in.parquet")
    assert said.returncode == 0, said.stderr
    assert pl.read_csv(out)["geo_reason"].null_count() == 0


def test_the_version_is_printed(command):
    said = command("--version")
    assert said.returncode == 0
    assert said.stdout == f"geoservice {version('geoservice')}\n"


@pytest.mark.parametrize(
    "words", [("geocode", "--address", "address"), ("reverse", "--lon", "lon", "--lat", "lat")]
)
@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".geojson", ".parquet"])
def test_columns_of_lists_and_bytes_are_refused_by_name(
    command, riverbend_folder, tmp_path, words, ending
):
    plain = {"address": ["1 Main St"], "lon": [-96.0], "lat": [42.0]}
    odd = {"geometry": [b"\x01\xff"], "tags": [["a", "b"]]}
    pl.DataFrame(plain | odd).write_parquet(tmp_path / "in.parquet")
    name, *options = words
    said = command(
        *(name, tmp_path / "in.parquet", "-o", tmp_path / f"out{ending}"),
        *("--region", riverbend_folder, *options),
    )
    assert said.returncode == 2
    assert "4 (`geometry`), 5 (`tags`)" in said.stderr
    assert not (tmp_path / f"out{ending}").exists()
