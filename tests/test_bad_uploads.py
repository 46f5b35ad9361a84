"""Bad uploads: a problem answer or a failed job with code and remedy; other jobs go on."""

import io
import shutil
import socket
import time

import polars as pl
import pytest
import xlsxwriter
from batch_service import PLANTED, client, finished, post, service, students, wait, worker

pytestmark = pytest.mark.slow
_LINE = "745 2nd ave, northfield"


@pytest.fixture(scope="module")
def place(home, riverbend, tmp_path_factory):
    """A data folder with a copy of the region, which a test may remove."""
    folder = tmp_path_factory.mktemp("bad") / "home"
    folder.mkdir(mode=0o700)
    shutil.copytree(home / "regions" / "riverbend", folder / "regions" / "riverbend")
    return folder


@pytest.fixture(scope="module")
def running(place):
    server = service(place, "--workers", "0")
    working = worker(place)
    yield server
    working.terminate()
    working.wait(timeout=30)
    server.stop()


@pytest.fixture
def opened(running):
    with client(running) as caller:
        yield caller
        # Whatever was sent before, the next job is done.
        finished(caller, f'address\n"{_LINE}"\n')


def workbook(fill) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    fill(book)
    book.close()
    return stream.getvalue()


def parquet(frame: pl.DataFrame) -> bytes:
    stream = io.BytesIO()
    frame.write_parquet(stream)
    return stream.getvalue()


_ROWS = pl.DataFrame({"address": [_LINE], "name": [PLANTED]})
_KINDS = {
    "csv": _ROWS.write_csv().encode(),
    "parquet": parquet(_ROWS),
    "xlsx": workbook(lambda book: book.add_worksheet().write_row(0, 0, [PLANTED])),
    "png": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8,
}


@pytest.mark.parametrize(
    ("kind", "ending"),
    [
        *(("csv", ending) for ending in ("xlsx", "parquet", "csv.gz")),
        *(("parquet", ending) for ending in ("csv", "xlsx")),
        *(("xlsx", ending) for ending in ("csv", "parquet")),
        *(("png", ending) for ending in ("csv", "xlsx", "parquet", "csv.gz")),
    ],
)
def test_a_file_that_is_not_what_its_ending_says_is_refused(opened, kind, ending):
    answer = post(opened, _KINDS[kind], f"list.{ending}")
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    assert problem["code"] == "bad_input"
    assert problem["detail"].startswith(("The file", "the file"))
    assert PLANTED not in answer.text


def test_parquet_with_nested_columns_is_refused_by_their_names(opened):
    nested = pl.DataFrame({"address": [_LINE], "names": [[PLANTED]], "more": [{"a": PLANTED}]})
    answer = post(opened, parquet(nested), "list.parquet")
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_input")
    assert "2 (`names`), 3 (`more`)" in answer.json()["detail"]
    assert PLANTED not in answer.text


def test_a_column_map_that_names_nothing_is_refused(opened):
    answer = post(opened, students(3), address="nowhere")
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_input")
    assert "nowhere" in answer.json()["detail"]


def test_a_workbook_with_formulas_merged_cells_and_two_sheets_is_read(opened):
    """The table is found below merged titles; formulas count by their values."""

    def fill(book):
        notes = book.add_worksheet("Notes")
        notes.write(0, 0, f"{PLANTED} about this workbook")
        table = book.add_worksheet("Students")
        table.merge_range(0, 0, 0, 2, "Riverbend schools")
        table.write_row(2, 0, ["number", "street", "city", "note"])
        for row in (3, 4):
            table.write(row, 0, 745)
            table.write(row, 1, "2nd ave")
            table.write_formula(row, 2, '=LOWER("NORTHFIELD")', None, "northfield")
            table.write_formula(row, 3, '=HYPERLINK("http://example.org","a")', None, "=1+1")
        book.get_worksheet_by_name("Notes").activate()

    content = workbook(fill)
    unnamed = post(opened, content, "list.xlsx")
    if unnamed.status_code == 202:
        assert wait(opened, unnamed.headers["Location"])["state"] in ("done", "failed")
    else:
        assert unnamed.json()["code"] == "bad_input"
        assert "`sheet`" in unnamed.json()["detail"] or "sheet" in unnamed.json()["detail"]
    location = finished(
        opened, content, "list.xlsx", sheet="Students", street="street", city="city"
    )
    result = pl.read_csv(opened.get(f"{location}/result").content, infer_schema=False)
    assert len(result) == 2
    assert not [cell for cell in result["note"] if cell and cell.startswith("=")]


@pytest.mark.parametrize("is_chunked", [False, True])
def test_an_upload_that_is_cut_off_becomes_no_job(opened, running, place, is_chunked):
    before = len(opened.get("/v1/jobs").json()["items"])
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        + students(300).encode()
    )
    head = (
        b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Type: multipart/form-data; boundary=b\r\n"
    )
    host, port = running.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        if is_chunked:
            connection.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n")
            connection.sendall(b"%x\r\n%s\r\n" % (len(body), body))
        else:
            connection.sendall(head + b"Content-Length: 9000000\r\n\r\n" + body)
    time.sleep(1)
    assert len(opened.get("/v1/jobs").json()["items"]) == before
    assert not list((place / "jobs").glob(".incoming-*"))


def test_ten_gigabytes_declared_and_a_kilobyte_sent_is_refused_at_once(opened, running):
    host, port = running.url.removeprefix("http://").split(":")
    begun = time.monotonic()
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(
            b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000000000\r\n"
            b"Content-Type: multipart/form-data; boundary=b\r\n\r\n" + b"a" * 1_000
        )
        status = connection.recv(10_000).split(b"\r\n")[0]
    assert b" 413 " in status
    assert time.monotonic() - begun < 10


def test_a_region_that_is_removed_while_its_job_waits_fails_the_job(running, place, tmp_path):
    own = tmp_path / "home"
    shutil.copytree(place / "regions", own / "regions")
    server = service(own, "--workers", "0")
    try:
        with client(server) as opened:
            location = post(opened, students(5)).headers["Location"]
            shutil.rmtree(own / "regions" / "riverbend")
            working = worker(own)
            job = wait(opened, location)
            working.terminate()
            working.wait(timeout=30)
            assert (job["state"], job["code"]) == ("failed", "not_found")
            assert "Send the file again" in job["error"]
            assert opened.get(f"{location}/result").status_code == 409
            assert opened.delete(f"{location}?purge=true").status_code == 204
    finally:
        server.stop()
