"""Workers as processes: several share a queue, killed ones are replaced, a full disk and a lost database are waited for."""

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager, suppress

import httpx
import psycopg
import pytest
from batch_service import changed, client, finished, new_home, post, service, students, wait, worker
from postgres import cluster, start, stop
from test_purge import children_of, until

_ROWS = 2_500


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request, home, riverbend, tmp_path):
    """A data folder and the setting of its database."""
    place = new_home(tmp_path / "home", home)
    if request.param == "sqlite":
        return place, {}
    return place, {"database": database(request.getfixturevalue("postgres"), tmp_path.name)}


def database(folder, name):
    named = "".join(one for one in name.lower() if one.isalnum())[:40]
    with psycopg.connect(
        host=folder, user="geoservice", dbname="postgres", autocommit=True
    ) as opened:
        opened.execute(f"CREATE DATABASE {named}")
    return f"postgresql://geoservice@/{named}?host={folder}"


@contextmanager
def workers(place, count, **environ):
    running = [worker(place, **environ) for _ in range(count)]
    try:
        yield running
    finally:
        for one in running:
            one.terminate()
        for one in running:
            one.wait(timeout=20)


def ids(text):
    return [row["student_id"] for row in csv.DictReader(io.StringIO(text))]


def test_two_services_and_three_workers_share_a_queue_and_one_is_killed(state):
    """Each job has every row once and in order, whoever placed it, though a worker dies midway."""
    place, environ = state
    environ = {**environ, "chunk_rows": "200"}
    servers = [service(place, "--workers", "0", **environ) for _ in range(2)]
    try:
        with workers(place, 3, **environ) as running:
            contents = [students(_ROWS + number) for number in range(2)]
            with client(servers[0]) as one, client(servers[1]) as two:
                sent = [
                    post((one, two)[number % 2], content).headers["Location"]
                    for number, content in enumerate(contents)
                ]
                until(lambda: one.get(sent[0]).json()["done"] > 600, 60)
                running[0].kill()
                for location, content in zip(sent, contents, strict=True):
                    job = wait(two, location, seconds=90)
                    assert (job["state"], job["done"]) == ("done", content.count("\n") - 1), job
                    # The other service serves the same bytes.
                    results = [opened.get(f"{location}/result").text for opened in (one, two)]
                    assert results[0] == results[1]
                    assert ids(results[0]) == ids(content)
    finally:
        for server in servers:
            server.stop()


def test_two_data_folders_on_one_database_keep_their_jobs_apart(
    postgres, home, riverbend, tmp_path
):
    url = database(postgres, tmp_path.name)
    places = [new_home(tmp_path / name, home) for name in ("a", "b")]
    servers = [service(place, database=url, chunk_rows="200") for place in places]
    try:
        with client(servers[0]) as one, client(servers[1]) as two:
            sent = [
                (opened, post(opened, students(500 + number)).headers["Location"])
                for number, opened in enumerate((one, two))
            ]
            for opened, location in sent:
                assert wait(opened, location)["state"] == "done"
                assert opened.get(f"{location}/result").status_code == 200
            location = sent[0][1]
            assert two.get(location).json()["state"] == "done"
            for answer in (two.get(f"{location}/result"), two.delete(f"{location}?purge=true")):
                assert answer.status_code == 409
                assert "another service" in answer.json()["detail"]
    finally:
        for server in servers:
            server.stop()


def test_a_killed_worker_is_started_again_and_readiness_tells(home, riverbend, tmp_path):
    place = new_home(tmp_path / "home", home)
    server = service(place)
    try:
        with client(server) as opened:
            until(lambda: opened.get("/readyz").status_code == 200)
            for child in children_of(server.process.pid):
                os.kill(int(child), signal.SIGKILL)
            until(lambda: opened.get("/readyz").status_code == 503)
            answer = opened.get("/readyz").json()
            assert answer["checks"]["workers"] != "ok"
            assert (answer["checks"]["database"], answer["checks"]["disk"]) == ("ok", "ok")
            assert opened.get("/healthz").status_code == 200
            until(lambda: opened.get("/readyz").status_code == 200, 40)
            finished(opened, students(50))
        started_s = time.monotonic()
        server.stop()
        assert time.monotonic() - started_s < 25
    finally:
        server.process.kill()


def test_workers_end_with_a_service_that_is_killed(home, riverbend, tmp_path):
    server = service(new_home(tmp_path / "home", home))
    children = [int(child) for child in children_of(server.process.pid)]
    assert children
    server.stop(kill=True)
    until(lambda: not any(map(is_running, children)))


def is_running(number):
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    with suppress(OSError), open(f"/proc/{number}/stat") as stream:
        return stream.read().rpartition(")")[2].split()[0] != "Z"
    return False


def test_a_database_that_goes_away_is_waited_for(home, riverbend, tmp_path):
    with cluster() as folder:
        place = new_home(tmp_path / "home", home)
        url = database(folder, "away")
        server = service(place, database=url, chunk_rows="200")
        try:
            with client(server) as opened:
                location = post(opened, students(_ROWS)).headers["Location"]
                until(lambda: opened.get(location).json()["done"] > 400, 60)
                stop(folder)
                answers = [opened.get(location), post(opened, students(5)), opened.get("/readyz")]
                assert [answer.status_code for answer in answers] == [503, 503, 503]
                assert int(answers[0].headers["Retry-After"]) > 0
                assert answers[2].json()["checks"]["database"] != "ok"
                assert opened.get("/healthz").status_code == 200
                time.sleep(2)
                start(folder)
                job = wait_through(opened, location)
                assert (job["state"], job["done"], job["error"]) == ("done", _ROWS, None)
                assert ids(opened.get(f"{location}/result").text) == ids(students(_ROWS))
        finally:
            server.stop()


def wait_through(opened, location, seconds=90):
    """The job when it is over, though answers fail meanwhile."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        with suppress(httpx.HTTPError):
            answer = opened.get(location)
            if answer.status_code == 200 and answer.json()["state"] in ("done", "failed"):
                return answer.json()
        time.sleep(0.2)
    raise AssertionError(answer.text)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of a few megabytes."""
    place = tmp_path / "small"
    place.mkdir()
    line = ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(place)]
    if os.getuid() or not shutil.which("mount") or subprocess.run(line).returncode:
        pytest.skip("a small file system cannot be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_is_waited_for_and_told(home, riverbend, tmp_path, small_disk):
    place = new_home(tmp_path / "home", home)
    (place / "jobs").symlink_to(small_disk)
    server = service(place, "--workers", "0", min_free_bytes="1")
    filler = small_disk / ".filler"
    try:
        with client(server) as opened:
            location = post(opened, students(_ROWS)).headers["Location"]
            fill(filler)
            refused = post(opened, students(40_000))
            assert (refused.status_code, refused.json()["code"]) == (507, "storage")
            with workers(place, 1, chunk_rows="500"):
                until(lambda: opened.get(location).json()["code"] == "disk_full", 60)
                job = opened.get(location).json()
                assert job["state"] == "running"
                assert "room" in job["error"]
                filler.unlink()
                job = wait(opened, location, seconds=120)
            assert (job["state"], job["done"], job["error"]) == ("done", _ROWS, None)
            assert ids(opened.get(f"{location}/result").text) == ids(students(_ROWS))
    finally:
        server.stop()


def fill(path):
    with suppress(OSError), path.open("wb", buffering=0) as stream:
        while True:
            stream.write(bytes(65_536))


def test_events_tell_each_change_of_a_job_and_why_it_waits(home, riverbend, tmp_path):
    place = new_home(tmp_path / "home", home)
    server = service(place, "--workers", "0")
    try:
        with client(server) as opened:
            location = post(opened, students(5)).headers["Location"]
            with opened.stream("GET", f"{location}/events") as answer:
                events = (
                    json.loads(line.removeprefix("data: "))
                    for line in answer.iter_lines()
                    if line.startswith("data: ")
                )
                assert next(events)["state"] == "queued"
                changed(place, "UPDATE jobs SET error = 'The disk is full.', code = 'disk_full'")
                assert next(events)["code"] == "disk_full"
                with client(server) as other:
                    other.delete(location)
                assert next(events)["state"] == "cancelled"
                assert [*events] == [{}]
    finally:
        server.stop()
