"""Limits act on the way in: sizes, rates, slowness and numbers are refused before they cost anything."""

import gzip
import io
import json
import os
import socket
import threading
import time
import zipfile

import pyarrow
import pyarrow.parquet
import pytest
from batch_service import client, finished, key, new_home, post, service, students, wait

_MOST_UPLOAD, _MOST_JSON = 1_000_000, 20_000


@pytest.fixture(scope="module")
def place(home, riverbend, tmp_path_factory):
    return new_home(tmp_path_factory.mktemp("limits") / "home", home)


@pytest.fixture(scope="module")
def running(place):
    server = service(
        place,
        max_upload_bytes=str(_MOST_UPLOAD),
        max_json_bytes=str(_MOST_JSON),
        max_rows="2000",
        max_columns="30",
        max_unpacked_bytes="60000000",
        max_unpacked_ratio="50",
        max_connections="60",
        header_timeout_s="2",
        body_timeout_s="2",
        max_requests="4",
    )
    yield server
    server.stop()


@pytest.fixture(scope="module")
def opened(running):
    with client(running) as made:
        yield made


def connected(server):
    host, port = server.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=20)


def memory(server):
    with open(f"/proc/{server.process.pid}/status") as stream:
        return int(next(line for line in stream if line.startswith("VmRSS")).split()[1]) * 1024


def problem(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path", ["/v1/jobs", "/geocoder/locations/addressbatch", "/v1/geocode", "/v1/embeds", "/token"]
)
def test_a_body_that_says_it_is_too_large_is_refused_unread(running, path):
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000000000\r\n\r\n"
    with connected(running) as connection:
        connection.sendall(head.encode())
        answer = b""
        while piece := connection.recv(10_000):
            answer += piece
    assert b" 413 " in answer.split(b"\r\n")[0]
    assert b"too_large" in answer


@pytest.mark.parametrize(
    ("path", "most"), [("/v1/jobs", _MOST_UPLOAD), ("/v1/geocode", _MOST_JSON)]
)
def test_a_body_without_a_length_is_cut_off_at_the_limit(running, path, most):
    """Two hundred megabytes are offered in pieces; the service takes few of them."""
    before = memory(running)
    sent = 0
    with connected(running) as connection:
        connection.sendall(
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\n\r\n".encode()
        )
        first = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        piece = first + b"a" * 100_000
        try:
            for _ in range(2_000):
                connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
                sent += len(piece)
        except OSError:
            pass
        answer = reply(connection)
    assert sent < most + 20_000_000
    assert not answer or b" 413 " in answer
    assert memory(running) < before + 40_000_000


def reply(connection):
    try:
        return connection.recv(10_000).split(b"\r\n")[0]
    except OSError:
        return b""


def test_a_long_json_body_is_refused(opened):
    body = json.dumps({"addresses": [{"address": "a" * 100_000}]})
    answer = opened.post("/v1/geocode", content=body, headers={"Content-Type": "application/json"})
    problem(answer, 413, "too_large")
    problem(
        opened.post("/v1/geocode", json={"addresses": [{"address": "a" * 3_000}]}),
        422,
        "bad_request",
    )


@pytest.mark.parametrize("offset", [0, 700])
def test_what_unpacks_to_too_much_is_refused(opened, running, offset):
    before = memory(running)
    bomb = gzip.compress(b"address\n" + b"a" * offset + b"0" * 80_000_000)
    assert len(bomb) < 200_000
    problem(post(opened, bomb, "a.csv.gz"), 413, "too_large")
    assert memory(running) < before + 60_000_000


@pytest.mark.parametrize("lies", [False, True])
def test_a_workbook_that_unpacks_to_too_much_is_refused_whatever_it_says(opened, lies):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"<row/>" * 15_000_000)
    content = bytearray(stream.getvalue())
    if lies:  # The directory says that it is small.
        at = content.index(b"PK\x01\x02") + 24
        content[at : at + 4] = (100).to_bytes(4, "little")
    problem(post(opened, bytes(content), "a.xlsx"), 413, "too_large")


@pytest.mark.parametrize("compression", ["zstd", "NONE"])
def test_a_parquet_file_that_unpacks_to_too_much_is_refused(opened, running, compression):
    """A long text once, in many rows: 80 MB, or 3 MB."""
    before = memory(running)
    for rows, is_refused in ((40_000, True), (1_500, False)):
        texts = pyarrow.DictionaryArray.from_arrays([0] * rows, ["1 Main St" + " " * 2_000])
        stream = io.BytesIO()
        table = pyarrow.table({"address": texts})
        pyarrow.parquet.write_table(table, stream, compression=compression)
        assert len(stream.getvalue()) < 100_000
        answer = post(opened, stream.getvalue(), "a.parquet")
        if is_refused:
            problem(answer, 413, "too_large")
        else:
            assert wait(opened, answer.headers["Location"])["state"] == "done"
    assert memory(running) < before + 60_000_000


def packed(name, size):
    if name.endswith(".gz"):
        return gzip.compress(b"id,use\n" + b"0" * size)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("layer.csv", b"0" * size)
    return stream.getvalue()


@pytest.mark.parametrize("name", ["a.zip", "a.kmz", "a.xlsx", "a.csv.gz"])
def test_a_layer_that_unpacks_to_too_much_is_refused_and_not_kept(opened, name):
    files = {"file": (name, packed(name, 80_000_000))}
    problem(opened.post("/v1/region-drafts/bomb/files", files=files), 413, "too_large")
    assert opened.get("/v1/region-drafts/bomb").json()["files"] == []
    assert opened.delete("/v1/region-drafts/bomb").status_code == 204


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv.gz"])
def test_decisions_that_unpack_to_too_much_are_refused(opened, name):
    job = finished(opened, students(5))
    files = {"file": (name, packed(name, 80_000_000))}
    problem(opened.put(f"{job}/overrides", files=files), 413, "too_large")


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"\x1f\x8b\x08\x00", b"\x1f\x8b\x08\x00" + b"\xff" * 90]
)
@pytest.mark.parametrize("name", ["a.csv.gz", "a.xlsx", "a.parquet", "a.csv"])
def test_damaged_files_are_told(opened, name, content):
    answer = post(opened, content, name)
    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"].lower().strip("`").startswith("the file")


@pytest.mark.parametrize(
    "name", ["a." + "x" * 300, "a.gz", "a.tar.gz", "a.exe", "", "csv", "a.csv.xz"]
)
def test_strange_names_of_files_are_refused(opened, name):
    assert post(opened, "address\n1 Main St\n", name).status_code == 422


def test_rows_and_columns_are_counted(opened):
    wide = ",".join(["address", *(f"c{number}" for number in range(40))]) + "\n"
    problem(post(opened, wide), 413, "too_large")
    job = wait(opened, post(opened, students(2_001)).headers["Location"])
    assert (job["state"], job["code"]) == ("failed", "too_large")
    finished(opened, students(2_000))


def test_a_dripping_body_is_given_up(running):
    with connected(running) as connection:
        connection.sendall(
            b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n"
            b"Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n"
        )
        drip(connection)


@pytest.mark.parametrize("head", [b"", b"GET / HTTP/1.1\r\nHost: local"])
def test_a_connection_whose_headers_do_not_come_is_closed(running, head):
    begun = time.monotonic()
    with connected(running) as connection:
        connection.sendall(head)
        drip(connection, b"a" if head else b"")
    assert time.monotonic() - begun > 1


def drip(connection, piece=b"a"):
    """Send a byte now and then until the other side closes."""
    connection.settimeout(0.4)
    for _ in range(60):
        try:
            connection.sendall(piece)
            if connection.recv(10_000) == b"":
                return
        except TimeoutError:
            continue
        except OSError:
            return
    raise AssertionError("still open")


def test_half_open_connections_leave_room_for_others_and_write_no_log(running, opened):
    idle = []
    for _ in range(200):
        try:
            idle.append(connected(running))
        except OSError:
            break
    try:
        # At once: connections that say nothing make room; later they are closed.
        begun = time.monotonic()
        with client(running) as fresh:
            assert fresh.get("/v1/regions").status_code == 200
        assert time.monotonic() - begun < 15
    finally:
        for connection in idle:
            connection.close()
    assert len(logged(running)) < 5_000


def logged(server):
    """What the service wrote to its log since the last look."""
    number = server.process.stderr.fileno()
    os.set_blocking(number, False)
    try:
        return os.read(number, 1_000_000)
    except BlockingIOError:
        return b""


def test_more_requests_than_it_can_answer_get_503_and_it_recovers(running):
    statuses, waits = [], []
    body = {
        "addresses": [{"address": f"{100 + number} 2nd ave, northfield"} for number in range(90)]
    }

    def ask():
        with client(running) as made:
            for _ in range(6):
                answer = made.post("/v1/geocode", json=body)
                statuses.append(answer.status_code)
                if answer.status_code == 503:
                    waits.append(int(answer.headers["Retry-After"]))

    threads = [threading.Thread(target=ask) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) == {200, 503}
    assert min(waits) >= 1
    with client(running) as made:
        assert made.post("/v1/geocode", json=body).status_code == 200


@pytest.mark.parametrize(
    ("headers", "path"),
    [
        ({"Host": "["}, "/maps"),
        ({"Host": "a b"}, "/maps"),
        ({"Origin": "http://["}, "/maps"),
        ({}, "/ogc/collections/riverbend.schools/items?limit=\u00b2"),
        ({}, "/v1/jobs?limit=\u00b2"),
        ({}, "/oembed?url=http://[::1"),
    ],
)
def test_malformed_requests_are_refused_and_no_fault(opened, headers, path):
    assert 400 <= opened.get(path, headers=headers).status_code < 500


@pytest.mark.parametrize(
    "body",
    [
        b'{"addresses": [{"address": "\\ud800 Main St"}]}',
        b'{"addresses": [{"\\udfff": "1"}]}',
        b'{"region": "\\ud800", "addresses": [{"address": "1 Main St"}]}',
        b'{"\\ud800": 1}',
        b"[" * 9_000,
    ],
)
def test_json_that_no_text_holds_is_refused_and_no_fault(opened, body):
    answer = opened.post("/v1/geocode", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (200, 400, 404, 422), answer.text


def test_a_key_has_its_rate_and_wrong_keys_are_slowed(home, riverbend, tmp_path):
    own = new_home(tmp_path / "home", home)
    text = key(own, "script")
    server = service(
        own, "--require-key", "--workers", "0", requests_per_s="5", failed_keys_per_minute="5"
    )
    try:
        with client(server, text) as opened:
            answers = [opened.get("/v1/regions") for _ in range(40)]
            limited = [answer for answer in answers if answer.status_code == 429]
            assert 10 <= len(limited) < 40
            assert int(limited[0].headers["Retry-After"]) >= 1
        with client(server, "gs_00000000_wrong") as guessing:
            statuses = [guessing.get("/v1/regions").status_code for _ in range(8)]
        assert statuses[:5] == [401] * 5
        assert statuses[-1] == 429
    finally:
        server.stop()
