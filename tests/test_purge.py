"""A purge erases: after it no row of a student is on the disk, whatever the job was doing and whoever was killed."""

import gzip
import json
import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from batch_service import (
    PLANTED,
    changed,
    client,
    files_with,
    finished,
    new_home,
    post,
    rows_of,
    service,
    students,
    wait,
)

_FORMS = ("csv", "xlsx", "parquet", "geojson", "gpkg", "geoparquet")


def data_folder(folder, home):
    """A data folder, and a folder for temporary files of its services alone."""
    (folder / "temporary").mkdir()
    return new_home(folder / "home", home)


@pytest.fixture
def place(home, riverbend, tmp_path):
    return data_folder(tmp_path, home)


@pytest.fixture(scope="module")
def shared(home, riverbend, tmp_path_factory):
    """A data folder and a service that several tests use."""
    place = data_folder(tmp_path_factory.mktemp("purge"), home)
    server = started(place, chunk_rows="500")
    yield place, server
    server.stop()


def started(place, *arguments, **environ):
    """A service whose temporary files lie beside its data folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(place.parent / "temporary"))
        return service(place, *arguments, **environ)


def left(place):
    return files_with(PLANTED, place, place.parent / "temporary")


def test_a_purge_of_running_jobs_leaves_nothing(shared):
    place, server = shared
    content = students(20_000)
    with client(server) as opened:
        for pause_s in (0.0, 0.05, 0.2, 0.4, 0.7, 1.0, 1.5):
            location = post(opened, content, grade="grade").headers["Location"]
            time.sleep(pause_s)
            answer = opened.delete(f"{location}?purge=true")
            assert answer.status_code == 204
            assert left(place) == []
            assert opened.get(location).status_code == 404
        time.sleep(0.5)
        assert left(place) == []
        # The worker has lost nothing by it.
        last = post(opened, students(50)).headers["Location"]
        assert wait(opened, last)["state"] == "done"
        opened.delete(f"{last}?purge=true")
    assert rows_of(place, "SELECT COUNT(*) FROM chunks")[0][0] == 0


@pytest.mark.parametrize("name", ["a.csv", "latin.csv", "a.csv.gz"])
def test_a_purge_of_a_finished_job_takes_its_results_too(shared, name):
    place, server = shared
    text = students(60)
    content = (
        text.replace(PLANTED, f"{PLANTED}\u00e9").encode("cp1252")
        if "latin" in name
        else text.encode()
    )
    content = gzip.compress(content) if name.endswith(".gz") else content
    with client(server) as opened:
        location = finished(opened, content, name)
        for form in _FORMS:
            assert opened.get(f"{location}/result?f={form}").status_code == 200
        opened.get(f"{location}/review")
        assert left(place)
        answer = opened.delete(f"{location}?purge=true")
        assert left(place) == []
    number = answer.headers["Certificate"]
    path = next((place / "certificates").glob(f"*{number}*"))
    certificate = json.loads(path.read_text())
    assert (certificate["reason"], certificate["rows"]) == ("deleted", 60)
    assert certificate["removed"]["files"] >= 5
    assert PLANTED not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600


def test_purges_at_once_and_downloads_beside_them_end_well(shared):
    place, server = shared
    with client(server) as opened:
        location = finished(opened, students(300))
    calls = [("DELETE", f"{location}?purge=true")] * 4 + [("GET", f"{location}/result?f=xlsx")] * 4

    def send(call):
        with client(server) as opened:
            return opened.request(*call).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(send, calls))
    assert statuses[:4].count(204) == 1
    assert set(statuses) <= {200, 204, 404}
    assert left(place) == []


def test_an_upload_that_a_kill_cut_off_is_swept_at_the_next_start(place):
    server = started(place)
    host, port = server.url.removeprefix("http://").split(":")
    head = (
        "POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90000000\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n"
        'Content-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    )
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(head.encode() + students(40_000).encode())
        time.sleep(0.5)
        server.stop(kill=True)
    again = started(place)
    again.stop()
    assert left(place) == []


def test_what_killed_processes_leave_is_swept_and_a_purge_reaches_the_rest(place):
    """Kill -9 of service and worker while a Latin-1 file is split and results are written."""
    content = students(30_000, f"{PLANTED}\u00e9").encode("cp1252")
    for pause_s in (0.4, 1.2):
        server = started(place, chunk_rows="500")
        with client(server) as opened:
            assert post(opened, content, key=f"k{pause_s}").status_code == 202
            time.sleep(pause_s)
        killed_with_workers(server)
    server = started(place, chunk_rows="500")
    try:
        with client(server) as opened:
            jobs = opened.get("/v1/jobs").json()["items"]
            assert len(jobs) == 2
            for job in jobs:
                assert wait(opened, f"/v1/jobs/{job['id']}")["done"] == 30_000
            assert [*place.glob("jobs/*/.*.part*")] == []
            for job in jobs:
                assert opened.delete(f"/v1/jobs/{job['id']}?purge=true").status_code == 204
    finally:
        server.stop()
    assert left(place) == []
    assert [path for path in (place / "jobs").iterdir() if path.name != ".store"] == []


def test_killed_purges_go_on_and_old_jobs_expire_at_the_next_start(place):
    server = started(place, keep_days="3")
    with client(server) as opened:
        purged, old = (finished(opened, students(30)).rsplit("/", 1)[1] for _ in range(2))
        days = (opened.get(f"/v1/jobs/{old}").json()["expires"] - time.time()) / 86_400
        assert 2.9 < days <= 3
    server.stop()
    changed(  # As a kill after the first step.
        place,
        f"UPDATE jobs SET state = 'purging' WHERE id = '{purged}'",
        f"UPDATE jobs SET expires = 1 WHERE id = '{old}'",
    )
    (place / "jobs" / purged).rename(place / "jobs" / f".going-{purged}")
    assert left(place)
    server = started(place, "--workers", "0")
    try:
        until(lambda: left(place) == [] and not rows_of(place, "SELECT id FROM jobs"))
    finally:
        server.stop()
    told = [json.loads(path.read_text()) for path in (place / "certificates").iterdir()]
    assert sorted(one["reason"] for one in told) == ["deleted", "expired"]


def test_without_a_worker_too_and_beside_another_database_folders_are_left_alone(place):
    """Who names another database by mistake must not lose the uploads of the first."""
    server = started(place, "--workers", "0")
    with client(server) as opened:
        post(opened, students(30))
        location = post(opened, students(30)).headers["Location"]
        assert opened.delete(f"{location}?purge=true").status_code == 204
        assert opened.delete(f"{location}?purge=true").status_code == 404
    server.stop()
    assert len(left(place)) == 1
    other = started(place, "--workers", "0", database=f"sqlite:///{place}/other.db")
    time.sleep(1)
    other.stop()
    assert len(left(place)) == 1


def until(holds, seconds=20):
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.1)


def killed_with_workers(server):
    children = [int(one) for one in children_of(server.process.pid)]
    server.stop(kill=True)
    for child in children:
        os.kill(child, signal.SIGKILL)


def children_of(number):
    return Path(f"/proc/{number}/task/{number}/children").read_text().split()
