"""Addresses in parts: house number, direction, street name, type and unit in columns of their own."""

import csv
import io
import re

import pandas as pd
import polars as pl
import pytest
from batch_service import client, finished, new_home, post, service

from geoservice.errors import InputError
from geoservice.placing.guessed_options import (
    guess_sentence,
    guessed_options,
    with_guessed_parts,
)
from geoservice.placing.options import PlaceOptions, resolve
from geoservice.placing.pipeline import typed_addresses
from geoservice.tables.layout import TableLayout

_HEADER = ("ST_NUMBER", "PREDIR", "ST_NAME", "SUFFIX", "POSTDIR", "UNIT")
_JOINED = " + ".join(_HEADER)
_RESULTS = ("geo_status", "geo_match", "geo_reason", "lon", "lat", "geo_address")


def typed(frame, **named):
    options = resolve(PlaceOptions(**named), frame.columns)
    return typed_addresses(frame, options)["line"].to_list()


def guessed(frame, **named):
    return with_guessed_parts(PlaceOptions(**named), frame.columns, frame.head)


def test_joined_names_are_found_in_the_files_own_spelling():
    columns = ("House  Number", "STREET", "Apt", "grade")
    options = resolve(PlaceOptions(street="house number + Street", grade="Grade"), columns)
    assert options.street == "House  Number + STREET"
    assert options.line_columns == ("House  Number", "STREET")
    assert options.columns == ("House  Number", "STREET", "grade")
    assert resolve(options, columns) == options


def test_a_column_that_is_literally_named_so_wins():
    columns = ("number", "street", "Number + Street")
    options = resolve(PlaceOptions(address="number + street"), columns)
    assert options.line_columns == ("Number + Street",)


def test_a_missing_part_is_named():
    with pytest.raises(InputError, match="no column `nope`, which --street names") as fault:
        resolve(PlaceOptions(street="number + nope"), ("number", "street"))
    assert fault.value.extras["column"] == "nope"


def test_only_the_line_of_an_address_joins_columns():
    with pytest.raises(InputError, match="no column `a \\+ b`, which --city names"):
        resolve(PlaceOptions(street="a", city="a + b"), ("a", "b"))


def test_an_address_beside_a_street_in_parts_is_the_line():
    options = resolve(PlaceOptions(address="a", street="b + c"), ("a", "b", "c"))
    assert options.line_columns == ("a",)
    assert options.columns == ("a", "b", "c")


def test_parts_are_joined_by_single_blanks_without_empty_cells():
    frame = pl.DataFrame(
        {
            "n": ["745.0", "'12", " 7 ", None, "9"],
            "d": ["", " ", "N", None, None],
            "s": ["2nd Ave", "Oak St", " Elm  ", "", "Main St"],
            "apt": [None, "E", "4.0", " ", "12E"],
        }
    )
    assert typed(frame, street="n + d + s + apt") == [
        "745 2nd Ave",
        "12 Oak St # E",
        "7 N Elm 4",
        "",
        "9 Main St 12E",
    ]


def test_numbers_of_a_typed_table_are_whole():
    frame = pl.DataFrame({"n": [745.0, None], "s": ["Oak St", "Elm St"], "u": [3, 4]})
    assert typed(frame, address="n + s + u") == ["745 Oak St 3", "Elm St 4"]


def test_the_header_is_found_by_the_joined_columns():
    options = PlaceOptions(street="number + street", zip="zip")
    assert TableLayout().expecting(options.columns).expected == ("number", "street", "zip")


@pytest.mark.parametrize(
    ("columns", "street"),
    [
        (dict(zip(_HEADER, ["745", "N", "OAK", "ST", "SE", "4"], strict=True)), _JOINED),
        ({"House Number": "12", "Street": "Oak St"}, "House Number + Street"),
        (
            {"Apt": "4", "StreetName": "Oak St", "StreetNo": "12.0"},
            "StreetNo + StreetName + Apt",
        ),
        ({"Address": "12", "Street": "Oak"}, "Address + Street"),
        (
            {"Street #": "12", "Street Name": "Oak", "Street Type": "St", "Suffix": "Jr"},
            "Street # + Street Name + Street Type",
        ),
        (
            {"Mail_StNum": "1", "Mail_StName": "A", "Home_StNum": "2", "Home_StName": "B St"},
            "Home_StNum + Home_StName",
        ),
        ({"Street No": "12", "Street Name": "700 EAST"}, "Street No + Street Name"),
    ],
)
def test_an_address_in_parts_is_guessed(columns, street):
    frame = pl.DataFrame({name: [cell] * 6 for name, cell in columns.items()})
    assert guessed(frame).street == street


@pytest.mark.parametrize(
    "columns",
    [
        {"House Number": "12", "Street": "12 Oak St"},
        {"House Number": "x", "Street": "Oak St"},
        {"House Number": "", "Street": "Oak St"},
        {"House Number": "12", "Street": "Oak St", "Home_Address": "12 Oak St, Northfield"},
        {"Student Number": "12", "Student Name": "Ann"},
        {"Number": "12", "Name": "Ann", "Street": "12 Oak St"},
        {"House + Number": "12", "Street": "Oak St"},
    ],
)
def test_other_files_are_read_as_before(columns):
    frame = pl.DataFrame({name: [cell] * 6 for name, cell in columns.items()})
    assert guessed(frame) == PlaceOptions()


def test_towns_are_guessed_beside_the_parts_and_a_street_type_is_no_state():
    cells = {"StreetNo": ["1", "2"], "StreetName": ["Oak", "Elm"], "ST": ["St", "Ave"]}
    frame = pl.DataFrame({**cells, "City": ["Northfield"] * 2, "zip": ["51903"] * 2})
    options = guessed(frame)
    assert options.street == "StreetNo + StreetName + ST"
    assert (options.city, options.state, options.zip) == ("City", None, "zip")
    as_state = frame.with_columns(pl.Series("ST", ["CT", "CT"]))
    assert guessed(as_state).street == "StreetNo + StreetName"
    assert guessed(as_state).state == "ST"


def test_rows_are_read_only_if_the_header_suggests_parts():
    def first_rows(_):
        raise AssertionError

    for columns in (("id", "address"), ("street", "zip"), ("House Number", "Notes")):
        assert with_guessed_parts(PlaceOptions(), columns, first_rows) == PlaceOptions()
    named = PlaceOptions(address="Street")
    assert with_guessed_parts(named, ("House Number", "Street"), first_rows) == named


def parts_of(riverbend_folder, rows=400):
    """Students whose address has a number and a street, as one column and as parts."""
    lines = csv.DictReader((riverbend_folder / "students.csv").read_text("utf-8").splitlines())
    shape = re.compile(r"(\d+) (?:([NSEW]) )?(\w+) (\w+)(?:,? #(\d+))?, (\w+)(?:, \w+)?(?: \d+)?")
    columns = {name: [] for name in ("id", "grade", "line", *_HEADER, "Town")}
    for line in lines:
        match = shape.fullmatch(line["address"])
        if match and len(columns["id"]) < rows:
            number, direction, name, kind, unit, town = (part or "" for part in match.groups())
            whole = " ".join(filter(None, (number, direction, name, kind, unit)))
            cells = (number, direction, name, kind, "", unit, town)
            row = (line["student_id"], line["grade"], whole, *cells)
            for values, cell in zip(columns.values(), row, strict=True):
                values.append(cell)
    return pl.DataFrame(columns).rename({"Town": "city"})


@pytest.fixture(scope="module")
def listed(riverbend_folder):
    frame = parts_of(riverbend_folder)
    assert len(frame) == 400
    assert frame.filter(pl.col("UNIT") != "").height > 5
    return frame


@pytest.fixture(scope="module")
def expected(riverbend, listed):
    """The results of the same addresses in a single column."""
    placed = riverbend.geocode(listed, street="line", city="city")
    assert (placed["geo_status"] == "matched").sum() > 350
    return placed


def same(placed, expected):
    for name in _RESULTS:
        pd.testing.assert_series_equal(
            placed[name].reset_index(drop=True),
            expected[name].reset_index(drop=True),
            check_dtype=False,
        )


def test_the_library_joins_and_guesses_parts(riverbend, listed, expected):
    parts = listed.drop("line")
    same(riverbend.geocode(parts, street=_JOINED, city="city"), expected)
    same(riverbend.geocode(parts), expected)
    numbers = parts.to_pandas().assign(ST_NUMBER=lambda table: table["ST_NUMBER"].astype(float))
    same(riverbend.geocode(numbers, street=_JOINED, city="city"), expected)


def test_a_part_whose_label_repeats_is_refused_by_the_library(riverbend):
    table = pd.DataFrame([["12", "Oak St", "Elm St"]], columns=["number", "street", "street"])
    with pytest.raises(InputError, match="all called `street`"):
        riverbend.geocode(table, street="number + street")


@pytest.mark.parametrize(
    ("ending", "named"),
    [
        ("csv", ("--street", _JOINED, "--city", "city")),
        ("parquet", ()),
        ("csv", ("--resume",)),
    ],
)
def test_the_command_matches_parts_like_a_single_column(
    command, riverbend_folder, listed, expected, tmp_path, ending, named
):
    source, target, again = tmp_path / f"in.{ending}", tmp_path / "out.csv", tmp_path / "again.csv"
    parts = listed.drop("line")
    parts.write_csv(source) if ending == "csv" else parts.write_parquet(source)
    ran = command("geocode", source, "-o", target, "--region", riverbend_folder, *named)
    assert ran.returncode == 0, ran.stderr
    same(pd.read_csv(target), expected)
    if "--resume" not in named:
        line = ("geocode", target, "-o", again, "--region", riverbend_folder, *named, "--retry")
        ran = command(*line)
        assert ran.returncode == 0, ran.stderr
        assert again.read_bytes() == target.read_bytes()


def test_a_review_of_parts_decides_their_rows(command, riverbend_folder, tmp_path):
    source, queue, target = (tmp_path / f"{name}.csv" for name in ("in", "review", "out"))
    source.write_text("House Number,Street,note\n12.0,Nowhere Blvd,a\n,,b\nTotal,,\n")
    line = ("geocode", source, "-o", target, "--region", riverbend_folder)
    named = ("--street", "house number + street")
    ran = command(*line, *named, "--review", queue)
    assert ran.returncode == 0, ran.stderr
    review = pl.read_csv(queue, infer_schema=False)
    assert "12 Nowhere Blvd" in review["line"].to_list()
    review.with_columns(use=pl.lit("-93.55, 42.03")).write_csv(queue)
    ran = command(*line, *named, "--overrides", queue)
    assert ran.returncode == 0, ran.stderr
    assert pl.read_csv(target)["geo_changes"].to_list()[0] == "override"
    assert pl.read_csv(target)["geo_reason"].to_list()[1] == "empty"


def test_students_in_parts_are_guessed_and_the_message_lists_the_parts(riverbend, listed):
    frame = listed.drop("line")
    options, guesses = guessed_options(PlaceOptions(), (), frame, riverbend.reference)
    assert guesses["street"] == _JOINED
    assert options.address is None
    assert (guesses["city"], guesses["id"], guesses["grade"]) == ("city", "id", "grade")
    assert f"`{_JOINED}` for --street" in guess_sentence(guesses, frame.columns)
    unsure = ["7 Oak St", *frame.columns[1:]]
    assert "columns 3 + 4 + 5 + 6 + 7 + 8 for --street" in guess_sentence(
        {"street": _JOINED}, unsure
    )
    named = PlaceOptions(street="ST_NUMBER + ST_NAME")
    options, guesses = guessed_options(named, (), frame, riverbend.reference)
    assert options.street == "ST_NUMBER + ST_NAME"
    assert "street" not in guesses


def csv_text(frame):
    sink = io.StringIO()
    sink.write(frame.write_csv())
    return sink.getvalue()


@pytest.fixture(scope="module")
def opened(tmp_path_factory, home, riverbend):
    server = service(new_home(tmp_path_factory.mktemp("parts") / "data", home))
    with client(server) as caller:
        yield caller
    server.stop()


@pytest.mark.parametrize("named", [{"street": _JOINED, "city": "city"}, {}])
def test_a_job_joins_and_guesses_parts(opened, listed, expected, named):
    job = finished(opened, csv_text(listed.drop("line")), **named)
    result = opened.get(f"{job}/result?f=csv").text
    same(pd.read_csv(io.StringIO(result)), expected)
    about = {"name": f"kept-{len(named)}", "owner": "o", "agreement": "a", "expires": "2099-06-30"}
    kept = opened.post(f"{job}/students", json={**about, "year": "2023-24"})
    assert kept.status_code == 201, kept.text
    assert kept.json()["matched"] == (expected["geo_status"] == "matched").sum()


def test_a_job_with_a_missing_part_is_refused(opened, listed):
    sent = post(opened, csv_text(listed), street="ST_NUMBER + NO_SUCH + ST_NAME")
    assert sent.status_code == 422
    assert "no column `NO_SUCH`, which --street names" in sent.json()["detail"]


def test_a_preview_guesses_parts_and_a_list_takes_them(opened, listed, expected):
    files = {"files": {"file": ("a.csv", csv_text(listed.drop("line")))}}
    looked = opened.post("/v1/jobs/preview", **files).json()
    assert looked["guesses"]["street"] == _JOINED
    roles = {column["name"]: column["role"] for column in looked["columns"]}
    assert {roles[name] for name in _HEADER} == {"street"}
    about = {"owner": "o", "agreement": "a", "expires": "2099-06-30", "school_year": "2023-24"}
    made = opened.post("/v1/students", data={**about, "name": "parts"}, **files)
    assert made.status_code == 201, made.text
    assert made.json()["guesses"]["street"] == _JOINED
    assert made.json()["matched"] == (expected["geo_status"] == "matched").sum()
