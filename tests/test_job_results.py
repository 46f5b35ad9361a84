"""Results of jobs: one writer, whole files, checked before they are served, made anew where they were damaged."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import polars as pl
import pytest
from batch_service import (
    changed,
    client,
    finished,
    key,
    new_home,
    post,
    rows_of,
    service,
    students,
    wait,
)

_FORMS = ("csv", "xlsx", "parquet", "geojson", "gpkg", "geoparquet")


@pytest.fixture(scope="module")
def place(home, riverbend, tmp_path_factory):
    return new_home(tmp_path_factory.mktemp("results") / "home", home)


@pytest.fixture(scope="module")
def running(place):
    server = service(place, chunk_rows="500")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def opened(running):
    with client(running) as made:
        yield made


def folder_of(place, location):
    return place / "jobs" / location.rsplit("/", 1)[1]


def flip(path, at=-20):
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("form", _FORMS)
def test_downloads_at_once_are_the_same_whole_bytes(running, opened, form):
    location = finished(opened, students(3_000))

    def download(_):
        with client(running) as made:
            answer = made.get(f"{location}/result?f={form}")
            return answer.status_code, hashlib.sha256(answer.content).hexdigest()

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(download, range(12)))) == 1
    assert opened.get(f"{location}/result?f={form}").status_code == 200


@pytest.mark.parametrize("form", _FORMS)
def test_a_damaged_result_is_made_anew(place, opened, form):
    location = finished(opened, students(50))
    whole = opened.get(f"{location}/result?f={form}").content
    flip(folder_of(place, location) / f"result.{form}")
    again = opened.get(f"{location}/result?f={form}")
    assert again.status_code == 200
    assert again.content == whole


@pytest.mark.parametrize("part", ["out-000001.parquet", "in-000001.parquet"])
@pytest.mark.parametrize("damage", ["flip", "cut", "gone"])
def test_a_damaged_part_is_placed_anew(place, opened, part, damage):
    location = finished(opened, students(1_200))
    whole = opened.get(f"{location}/result").content
    folder = folder_of(place, location)
    path = folder / part
    if damage == "flip":
        flip(path)
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-50])
    else:
        path.unlink()
    (folder / "result.csv").unlink()
    answer = opened.get(f"{location}/review" if part.startswith("in") else f"{location}/result")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert wait(opened, location)["done"] == 1_200
    assert opened.get(f"{location}/result").content == whole


def test_a_part_that_is_damaged_before_the_result_is_written_is_placed_anew(place, opened):
    rows = students(30_000)
    location = post(opened, rows).headers["Location"]
    path = folder_of(place, location) / "out-000000.parquet"
    while not opened.get(location).json()["done"]:
        pass
    flip(path)
    assert wait(opened, location)["state"] == "done"
    answer = opened.get(f"{location}/result").text.splitlines()
    assert [line.split(",")[0] for line in answer] == [
        line.split(",")[0] for line in rows.splitlines()
    ]


def test_a_damaged_upload_fails_the_job_with_a_remedy(place, opened):
    location = finished(opened, students(1_200))
    folder = folder_of(place, location)
    flip(folder / "input.csv")
    flip(folder / "in-000000.parquet")
    assert opened.get(f"{location}/review").status_code == 503
    job = wait(opened, location)
    assert (job["state"], job["code"]) == ("failed", "damaged")
    assert "Send the file again" in job["error"]


def test_an_upload_that_was_cut_at_the_end_of_a_line_is_refused(place):
    server = service(place, "--workers", "0")
    with client(server) as made:
        location = post(made, students(200)).headers["Location"]
    path = folder_of(place, location) / "input.csv"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:100]))
    server.stop()
    assert rows_of(place, "SELECT upload_bytes FROM jobs ORDER BY created DESC LIMIT 1") == [
        (sum(map(len, lines)),)
    ]
    server = service(place)
    try:
        with client(server) as made:
            job = wait(made, location)
            assert (job["state"], job["code"], job["done"]) == ("failed", "damaged", 0)
    finally:
        server.stop()


def test_ranges_are_parts_of_the_result(opened):
    location = finished(opened, students(50))
    whole = opened.get(f"{location}/result").content
    for sent, start, end in (
        ("bytes=0-3", 0, 4),
        ("bytes=10-", 10, None),
        ("bytes=-7", len(whole) - 7, None),
        ("bytes=5-999999999", 5, None),
    ):
        part = opened.get(f"{location}/result", headers={"Range": sent})
        assert part.status_code == 206
        assert part.content == whole[start:end]
        assert "Content-Encoding" not in part.headers
        assert part.headers["Content-Range"].endswith(f"/{len(whole)}")
    behind = opened.get(f"{location}/result", headers={"Range": f"bytes={len(whole)}-"})
    assert (behind.status_code, behind.content) == (416, b"")
    plain = opened.head(f"{location}/result", headers={"Accept-Encoding": "identity"})
    assert plain.headers["Content-Length"] == str(len(whole))


def test_a_job_without_any_match_has_every_form(opened):
    location = finished(opened, "id,address\n1,Nowhere\n2,PO Box 7\n")
    for form in _FORMS:
        assert opened.get(f"{location}/result?f={form}").status_code == 200, form


@pytest.mark.parametrize("header", ["lon,lat", "a,b"])
def test_areas_of_a_job_are_told_whatever_columns_the_file_has(opened, header):
    rows = "".join(f"{number} 2nd ave northfield,1,2\n" for number in range(100, 160))
    location = finished(opened, f"address,{header}\n{rows}")
    answer = opened.get(f"{location}/areas?areas=planning")
    assert answer.status_code == 200
    assert len(answer.json()["features"]) == 6
    assert opened.get(f"{location}/areas?areas=none").status_code == 422


def test_nested_columns_are_refused_at_once(opened):
    frame = pl.DataFrame({"address": ["745 2nd ave, northfield"], "likes": [["a", "b"]]})
    import io

    stream = io.BytesIO()
    frame.write_parquet(stream)
    answer = post(opened, stream.getvalue(), "a.parquet")
    assert answer.status_code == 422
    assert "2 (`likes`)" in answer.json()["detail"]


def test_every_view_of_rows_is_entered_in_the_record_and_kept_nowhere(place, running):
    text = key(place, "analyst")
    with client(running, text) as made:
        location = finished(made, students(20), id="student_id", purpose="bus routes 2027")
        before = rows_of(place, "SELECT COUNT(*) FROM disclosures")[0][0]
        result = made.get(f"{location}/result?f=csv")
        review = made.get(f"{location}/review", params={"purpose": "look at unmatched rows"})
        made.get(location)
        geocoded = made.post("/v1/geocode", json={"addresses": [{"address": "745 2nd ave"}]})
    entries = rows_of(
        place, "SELECT who, role, purpose, endpoint, students FROM disclosures ORDER BY number"
    )[before:]
    key_id = text.split("_")[1]
    assert entries == [
        (f"key {key_id} analyst", "key", "bus routes 2027", "job result.csv", 20),
        (f"key {key_id} analyst", "key", "look at unmatched rows", "job review.csv", 20),
    ]
    for answer in (result, review, geocoded):
        assert answer.headers["Cache-Control"] == "no-store"


def test_the_record_finds_the_views_of_one_student(place, opened):
    from geoservice.model.settings import Settings
    from geoservice.service.audit import Disclosures

    content = students(5).replace("0000003", "S-planted-3")
    location = finished(opened, content)
    opened.get(f"{location}/result")
    record = Disclosures(Settings.read({"GEOSERVICE_HOME": str(place)}))
    job_id = location.rsplit("/", 1)[1]
    assert [job_id in entry.filters for entry in record.touching("S-planted-3")] == [True]
    assert record.verify().faults == ()


def test_a_job_keeps_the_snapshot_it_began_with(place, running, opened):
    location = post(opened, students(20)).headers["Location"]
    wait(opened, location)
    server = service(place, "--workers", "0")
    try:
        with client(server) as made:
            late = post(made, students(21)).headers["Location"]
            job_id = late.rsplit("/", 1)[1]
            changed(place, f"UPDATE jobs SET snapshot = 'gone' WHERE id = '{job_id}'")
    finally:
        server.stop()
    job = wait(opened, late)
    assert (job["state"], job["code"]) == ("failed", "not_found")
    assert "snapshot" in job["error"]
