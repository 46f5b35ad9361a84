"""Reviews, decisions and lists of students over HTTP: everything that the command line does with a job."""

import csv
import datetime
import io

import polars as pl
import pytest
from batch_service import (
    PLANTED,
    client,
    files_with,
    finished,
    key,
    new_home,
    post,
    rows_of,
    service,
    students,
    wait,
)

pytestmark = pytest.mark.slow
_ABOUT = {
    "name": "fall",
    "owner": "Research office",
    "agreement": "MOU-7",
    "expires": f"{datetime.date.today().year + 1}-06-30",
}
_MESSY = (
    "student_id,name,address,grade\n"
    f'0001,{PLANTED}a,"745 2nd ave, northfield",3\n'
    f"0002,{PLANTED}b,200 aspen,3\n"
    f"0003,{PLANTED}c,12 Nowhere Blvd,5\n"
)


@pytest.fixture(scope="module")
def place(home, riverbend, tmp_path_factory):
    return new_home(tmp_path_factory.mktemp("lists") / "home", home)


@pytest.fixture(scope="module")
def running(place):
    key(place, "chief", "admin")
    server = service(place, "--require-key")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def callers(place, running):
    scopes = {
        "one": ("geocode", "students:read", "students:write"),
        "two": ("geocode", "students:read", "students:write"),
        "reader": ("geocode", "students:read"),
        "geocoder": ("geocode", "maps:read"),
        "admin": ("admin",),
    }
    opened = {name: client(running, key(place, name, *named)) for name, named in scopes.items()}
    yield opened
    for caller in opened.values():
        caller.close()


@pytest.fixture
def job(callers):
    return finished(callers["one"], _MESSY, grade="grade", id="student_id")


def result_of(caller, job):
    return pl.read_csv(io.BytesIO(caller.get(f"{job}/result").content), infer_schema=False)


def keep(caller, job, **fields):
    return caller.post(f"{job}/students", json={**_ABOUT, **fields})


def test_decisions_make_the_result_anew_and_stay_in_the_review(callers, job):
    mine = callers["one"]
    before = mine.get(f"{job}/result").content
    review = mine.get(f"{job}/review", headers={"Accept": "application/json"}).json()["items"]
    assert [(row["line"], row["geo_status"]) for row in review] == [
        ("200 aspen", "ambiguous"),
        ("12 Nowhere Blvd", "unmatched"),
    ]
    review[0]["use"] = "2"
    sent = mine.put(f"{job}/overrides", json={"items": review})
    assert sent.status_code == 202, sent.text
    assert sent.headers["location"] == job
    assert wait(mine, job)["decisions"] == 1
    rows = result_of(mine, job)
    assert rows["geo_address"][1] == review[0]["candidate_2"]
    assert rows["geo_changes"][1].startswith("override")
    again = mine.get(f"{job}/review?f=json").json()["items"]
    assert [(row["line"], bool(row["use"])) for row in again] == [
        ("200 aspen", True),
        ("12 Nowhere Blvd", False),
    ]
    again[1]["use"] = "-93.54169, 42.067689"
    assert mine.put(f"{job}/overrides", json={"items": again}).status_code == 202
    wait(mine, job)
    assert result_of(mine, job)["geo_status"].to_list() == ["matched"] * 3
    assert mine.put(f"{job}/overrides", json={"items": []}).status_code == 202
    assert wait(mine, job)["decisions"] == 0
    assert mine.get(f"{job}/result").content == before


def test_a_review_comes_back_as_the_file_it_was(callers, job):
    mine = callers["one"]
    lines = list(csv.DictReader(io.StringIO(mine.get(f"{job}/review").text)))
    lines[0]["use"] = "1"
    stream = io.StringIO()
    writer = csv.DictWriter(stream, lines[0])
    writer.writeheader()
    writer.writerows(lines)
    text = stream.getvalue()
    as_csv = {"content": text, "headers": {"Content-Type": "text/csv"}}
    as_form = {"files": {"file": ("filled.csv", text)}}
    for sent in (as_csv, as_form):
        assert mine.put(f"{job}/overrides", **sent).status_code == 202
        assert wait(mine, job)["decisions"] == 1
        address = result_of(mine, job)["geo_address"][1]
        assert address == lines[0]["candidate_1"]


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"json": {"items": [{"line": "200 aspen", "use": f"1 {PLANTED} St"}]}}, 422, "Row 1"),
        ({"json": {"items": [{"line": "200 aspen", "use": "9"}]}}, 422, "no candidate 9"),
        ({"json": {"items": "x"}}, 422, "/items"),
        ({"json": {"other": []}}, 422, "/items"),
        ({"content": b"\xff\xfe{", "headers": {"Content-Type": "application/json"}}, 422, ""),
        ({"content": b"a,b\n1,2\n", "headers": {"Content-Type": "text/csv"}}, 422, "not a filled"),
        ({"content": b"x", "headers": {"Content-Type": "text/html"}}, 422, "text/csv"),
        ({"files": {"other": ("a.csv", b"x")}}, 422, "`file`"),
    ],
)
def test_decisions_that_cannot_be_change_nothing(callers, job, body, status, says):
    mine = callers["one"]
    answer = mine.put(f"{job}/overrides", **body)
    assert answer.status_code == status, answer.text
    assert says in answer.text
    assert PLANTED not in answer.text
    assert mine.get(job).json()["state"] == "done"


def test_decisions_wait_until_the_job_is_done(callers):
    mine = callers["one"]
    sent = post(mine, students(60_000), grade="grade").headers["Location"]
    answer = mine.put(f"{sent}/overrides", json={"items": []})
    assert answer.status_code == 409
    wait(mine, sent)


def test_a_finished_job_is_kept_with_its_decisions(callers, place, job):
    mine = callers["one"]
    review = mine.get(f"{job}/review?f=json").json()["items"]
    review[0]["use"] = "1"
    mine.put(f"{job}/overrides", json={"items": review})
    wait(mine, job)
    kept = keep(mine, job, year="2026-27", purpose="planning of the year")
    assert kept.status_code == 201, kept.text
    about = kept.json()
    assert (
        kept.headers["location"] == f"/v1/students/{about['id']}" == "/v1/students/riverbend.fall"
    )
    assert (about["rows"], about["matched"], about["years"]) == (3, 2, ["2026-27"])
    assert about["owner"] == "Research office"
    assert "held_by" not in about
    assert keep(mine, job, year="2026-27").status_code == 409
    replaced = keep(mine, job, year="2026-27", replace=True)
    assert replaced.status_code == 201
    assert replaced.json()["replaced"]
    assert mine.get("/v1/students/riverbend.fall").json()["by_reason"] == {"unknown_street": 1}
    entered = rows_of(place, "SELECT endpoint, purpose, students FROM disclosures")
    assert ("students add", "planning of the year", 3) in entered
    assert any(endpoint == "students show" for endpoint, *_ in entered)
    gone = mine.delete("/v1/students/riverbend.fall")
    assert gone.status_code == 204
    assert gone.headers["certificate"]
    assert mine.get("/v1/students/riverbend.fall").status_code == 404


def test_a_file_is_kept_with_the_fields_of_the_command(callers, place):
    mine = callers["one"]
    content = "student_id,address,grade,year,el\n" + "".join(
        f'{row:04d},"{700 + row} 2nd ave, northfield",3,2025-26,{row % 2}\n' for row in range(30)
    )
    fields = {**_ABOUT, "name": "file", "grade": "grade", "id": "student_id", "year": "year"}
    sent = mine.post(
        "/v1/students",
        files={"file": ("list.csv", content)},
        data={**fields, "subgroup": "el", "address": "address"},
    )
    assert sent.status_code == 201, sent.text
    assert sent.json()["by_year"] == {"2025-26": 30}
    assert sent.headers["cache-control"] == "no-store"
    listed = mine.get("/v1/students?purpose=a look").json()["items"]
    assert [about["id"] for about in listed] == ["riverbend.file"]
    assert ("students list", "a look") in rows_of(
        place, "SELECT endpoint, purpose FROM disclosures"
    )
    mine.delete("/v1/students/riverbend.file")


def test_columns_that_no_field_names_are_guessed_as_by_the_command(callers):
    """The address has a name that is not known; an empty field takes no column."""
    mine = callers["one"]
    text = (
        "Learner No,Where they live,Gr\n"
        '0001,"745 2nd ave, northfield",3\n'
        '0002,"747 2nd ave, northfield",4\n'
    )
    sent = {"files": {"file": ("a.csv", text)}, "data": {**_ABOUT, "name": "guessed", "school": ""}}
    made = mine.post("/v1/students", **sent)
    assert made.status_code == 201, made.text
    assert made.json()["guesses"]["address"] == "Where they live"
    assert made.json()["guesses"]["grade"] == "Gr"
    assert made.json()["matched"] == 2
    without = {**sent["data"], "grade": "", "replace": "true"}
    again = mine.post("/v1/students", files=sent["files"], data=without)
    assert again.status_code == 201, again.text
    assert "grade" not in again.json()["guesses"]
    assert "guesses" not in mine.get("/v1/students/riverbend.guessed").json()
    mine.delete("/v1/students/riverbend.guessed")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"expires": "2001-01-01"}, "date in the future"),
        ({"owner": ""}, "--owner"),
        ({"name": "No Name"}, "lowercase letters"),
        ({"grade": "nothing"}, "no column"),
        ({"strange": "1"}, "Unknown option"),
        ({"region": "nowhere"}, "no region"),
    ],
)
def test_lists_that_cannot_be_kept_say_why_and_leave_nothing(callers, place, fields, says):
    mine = callers["one"]
    data = {**_ABOUT, "name": "bad", **fields}
    answer = mine.post("/v1/students", files={"file": ("a.csv", students(5))}, data=data)
    assert answer.status_code in (404, 422), answer.text
    assert says in answer.text
    assert PLANTED not in answer.text
    assert "input." not in answer.text
    assert mine.get("/v1/students").json()["items"] == []
    assert not list((place / "jobs").glob(".incoming-*"))


def test_lists_belong_to_the_key_that_sent_them(callers, job):
    mine, other, chief = callers["one"], callers["two"], callers["admin"]
    assert keep(mine, job, name="mine", year="2026-27").status_code == 201
    assert other.get("/v1/students").json()["items"] == []
    for answer in (
        other.get("/v1/students/riverbend.mine"),
        other.delete("/v1/students/riverbend.mine"),
        keep(other, job, name="theirs"),
        other.put(f"{job}/overrides", json={"items": []}),
    ):
        assert answer.status_code == 404
    taken = {**_ABOUT, "name": "mine", "replace": "true", "grade": "grade"}
    theirs = other.post("/v1/students", files={"file": ("a.csv", students(5))}, data=taken)
    assert theirs.status_code == 201, theirs.text
    assert theirs.json()["replaced"] is None
    assert mine.get("/v1/students/riverbend.mine").json()["rows"] == 3
    assert other.get("/v1/students/riverbend.mine").json()["rows"] == 5
    listed = chief.get("/v1/students").json()["items"]
    assert [about["name"] for about in listed] == ["mine", "mine"]
    for about in listed:
        assert chief.delete(f"/v1/students/{about['id']}").status_code == 204


def test_each_route_needs_its_scope(callers, job):
    reader, geocoder = callers["reader"], callers["geocoder"]
    assert reader.get("/v1/students").status_code == 200
    assert geocoder.get("/v1/students").status_code == 401
    data = {"files": {"file": ("a.csv", students(5))}, "data": _ABOUT}
    for answer in (
        reader.post("/v1/students", **data),
        reader.delete("/v1/students/riverbend.any"),
        geocoder.post("/v1/students", **data),
        geocoder.post(f"{job}/students", json=_ABOUT),
        reader.post(f"{job}/students", json=_ABOUT),
    ):
        assert answer.status_code in (401, 403), answer.text


def test_programs_without_the_token_keep_no_lists(home, riverbend, tmp_path):
    own = new_home(tmp_path / "home", home)
    from conftest import Server

    server = Server(own, "serve", "--region", "riverbend")
    with client(server) as opened:
        assert opened.get("/v1/students").status_code == 403
        assert opened.post("/v1/jobs/x/students", json=_ABOUT).status_code == 403
    server.stop()


def test_nothing_of_a_list_stays_but_what_is_placed(callers, place, job, running):
    mine = callers["one"]
    assert keep(mine, job, name="planted", year="2026-27").status_code == 201
    assert mine.delete(f"{job}?purge=true").status_code == 204
    kept = [place / "students", place / "certificates"]
    assert [path for path in kept[0].rglob("*") if path.is_file()]
    for planted in (PLANTED, "Nowhere", "aspen", "ASPEN", "0003"):
        assert files_with(planted, *kept) == []
    mine.delete("/v1/students/riverbend.planted")


def test_jobs_take_the_options_of_the_command(callers):
    mine = callers["one"]
    rows = "address,grade,name\n2nd ave northfield,3,Núñez\n".encode("cp850")
    job = finished(mine, rows, grade="grade", allow="street,zip", encoding="cp850")
    row = result_of(mine, job).row(0, named=True)
    assert (row["geo_match"], row["name"]) == ("street", "Núñez")
    for wrong in ({"allow": "nothing"}, {"encoding": "no-such-thing"}):
        assert post(mine, rows, **wrong).status_code == 422
