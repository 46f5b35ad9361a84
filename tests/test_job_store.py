"""A worker on another machine: only the database and an object store are common, no folder."""

import datetime
import os
import shutil
import subprocess
import sys
import time

import pytest
from batch_service import (
    PLANTED,
    client,
    files_with,
    finished,
    new_home,
    post,
    service,
    students,
    wait,
    worker,
)
from test_backup import run
from test_cluster_jobs import dask_cluster, free_port
from test_object_store import KEYS, bucket, endpoint, root, s3  # noqa: F401
from test_workers import ids

pytestmark = pytest.mark.slow
_ABOUT = {
    "name": "fall",
    "owner": "Research office",
    "agreement": "MOU-7",
    "expires": f"{datetime.date.today().year + 1}-06-30",
}


@pytest.fixture(scope="module")
def store(endpoint):  # noqa: F811
    for name, value in KEYS.items():
        os.environ[name] = value
    yield bucket(endpoint)
    for name in KEYS:
        del os.environ[name]


@pytest.fixture
def shared(endpoint, store, postgres, tmp_path):  # noqa: F811
    """The settings that the service and the workers have in common, and their folder's name."""
    import psycopg

    folder = f"{tmp_path.name}jobs"
    name = f"store{abs(hash(folder)) % 10**8}"
    with psycopg.connect(
        host=postgres, user="geoservice", dbname="postgres", autocommit=True
    ) as db:
        db.execute(f"CREATE DATABASE {name}")
    return {
        "database": f"postgresql://geoservice@/{name}?host={postgres}",
        "job_store": root(endpoint, folder),
        "chunk_rows": "100",
    }, folder


@pytest.fixture
def place(home, riverbend, tmp_path):
    return new_home(tmp_path / "here", home)


@pytest.fixture
def far(tmp_path):
    """A data folder of another machine: it has no region and no job."""
    folder = tmp_path / "there"
    folder.mkdir(mode=0o700)
    return folder


def objects(store, folder):
    from pyarrow import fs

    selector = fs.FileSelector(f"district/{folder}", recursive=True, allow_not_found=True)
    return [about.path for about in store.get_file_info(selector) if about.is_file]


def of_jobs(store, folder):
    return [path for path in objects(store, folder) if "/jobs-" in path]


def end(process):
    process.terminate()
    process.wait(timeout=30)


def test_a_worker_without_the_folder_does_a_job(shared, store, place, far):
    named, folder = shared
    rows = students(450)
    server = service(place, "--workers", "0", **named)
    other = worker(far, **named)
    try:
        with client(server) as opened:
            location = finished(opened, rows, grade="grade", id="student_id")
            result = opened.get(f"{location}/result")
            assert result.text.count(PLANTED) == 450
            for form in ("xlsx", "parquet", "geojson", "gpkg"):
                assert opened.get(f"{location}/result?f={form}").status_code == 200
            assert opened.get(f"{location}/areas?areas=planning").status_code in (200, 422)
            assert files_with(PLANTED, far / "jobs", place / "jobs") == []
            assert len(of_jobs(store, folder)) >= 12
            assert (far / "regions" / "riverbend").is_dir()
            assert opened.delete(f"{location}?purge=true").status_code == 204
            assert of_jobs(store, folder) == []
    finally:
        end(other)
        server.stop()
    # The same rows by the usual worker, which shares the folder.
    usual = service(place, chunk_rows="100")
    try:
        with client(usual) as opened:
            again = finished(opened, rows, grade="grade", id="student_id")
            assert opened.get(f"{again}/result").content == result.content
    finally:
        usual.stop()


def test_dask_workers_without_the_folder_do_a_job(shared, store, place, far, tmp_path):
    """Scheduler, client and Dask workers have data folders of their own, and no file in common."""
    named, _ = shared
    port, temporary, office = free_port(), tmp_path / "temporary", tmp_path / "office"
    temporary.mkdir()
    cluster = dask_cluster(port, GEOSERVICE_HOME=str(far), TMPDIR=str(temporary))
    server = service(place, "--workers", "0", **named)
    client_of_cluster = worker(office, scheduler=f"tcp://127.0.0.1:{port}", **named)
    try:
        with client(server) as opened:
            location = finished(opened, students(450), grade="grade", id="student_id")
            result = opened.get(f"{location}/result").text
            assert ids(result) == ids(students(450))
            assert (far / "regions" / "riverbend").is_dir()
            assert files_with(PLANTED, far, office, temporary) == []
            assert not (far / "jobs").exists()
    finally:
        end(client_of_cluster)
        cluster.kill()
        cluster.wait()
        server.stop()


def test_two_services_with_folders_of_their_own_act_as_one(shared, store, place, home, tmp_path):
    """They share database, object store and secret; each has built the region from the same files."""
    named, folder = shared
    secret, second = tmp_path / "secret", tmp_path / "second"
    secret.write_text("s" * 64)
    secret.chmod(0o600)
    second.mkdir(mode=0o700)
    shutil.copytree(home / "regions" / "riverbend", second / "regions" / "riverbend")
    named |= {"secret_file": str(secret)}
    one, two = service(place, **named), service(second, "--workers", "0", **named)
    about = {**_ABOUT, "region": "riverbend", "id": "student_id", "school_year": "2019-20"}
    try:
        with client(one) as here, client(two) as there:
            location = finished(here, students(450), grade="grade", id="student_id")
            result = there.get(f"{location}/result")
            assert result.content == here.get(f"{location}/result").content
            assert ids(result.text) == ids(students(450))
            assert there.get(f"{location}/areas?areas=planning").status_code == 200
            sent = {"files": {"file": ("a.csv", students(450))}, "data": about}
            assert here.post("/v1/students", **sent).status_code == 201
            numbers = "/v1/regions/riverbend/measures/residents?areas=planning"
            shown = here.get(numbers).json()["items"]
            assert shown
            assert there.get(numbers).json()["items"] == shown
            assert there.delete(f"{location}?purge=true").status_code == 204
            assert here.get(location).status_code == 404
            assert of_jobs(store, folder) == []
            assert len(list((second / "certificates").iterdir())) == 1
            assert files_with(PLANTED, place, second) == []
    finally:
        one.stop()
        two.stop()


def test_decisions_reach_a_worker_without_the_folder(shared, store, place, far):
    named, folder = shared
    server = service(place, "--workers", "0", **named)
    other = worker(far, **named)
    try:
        with client(server) as opened:
            rows = "student_id,name,address\n0001,a,200 aspen\n"
            location = finished(opened, rows, id="student_id")
            review = opened.get(f"{location}/review?f=json").json()["items"]
            review[0]["use"] = "1"
            assert opened.put(f"{location}/overrides", json={"items": review}).status_code == 202
            assert wait(opened, location)["matched"] == {"range": 1}
            review[0]["use"] = ""
            opened.put(f"{location}/overrides", json={"items": review})
            assert wait(opened, location)["ambiguous"] == 1
            assert not [path for path in of_jobs(store, folder) if "/decisions-" in path]
    finally:
        end(other)
        server.stop()


def test_a_killed_worker_and_a_purge_leave_no_object(shared, store, place, far):
    named, folder = shared
    server = service(place, "--workers", "0", **named)
    lost = worker(far, **named)
    try:
        with client(server) as opened:
            location = post(opened, students(3_000)).headers["Location"]
            wait(opened, location, until=("running", "done"))
            lost.kill()
            lost.wait()
            other = worker(far, **named)
            job = wait(opened, location)
            assert (job["state"], job["done"]) == ("done", 3_000)
            location = post(opened, students(3_000)).headers["Location"]
            wait(opened, location, until=("running", "done"))
            assert opened.delete(f"{location}?purge=true").status_code == 204
            time.sleep(2)
            end(other)
            assert not [path for path in of_jobs(store, folder) if location[-24:] in path]
            assert files_with(PLANTED, far / "jobs") == []
    finally:
        server.stop()


def test_a_backup_has_the_objects_and_is_restored_to_another_store_or_none(
    shared, store, place, tmp_path
):
    named, folder = shared
    file, elsewhere = tmp_path / "b.tar", named["job_store"].replace(folder, f"{folder}b")
    server = service(place, "--workers", "1", **named)
    try:
        with client(server) as opened:
            done = finished(opened, students(450))
            whole = opened.get(f"{done}/result").content
    finally:
        server.stop()
    server = service(place, "--workers", "0", **named)
    try:
        with client(server) as opened:
            waiting = post(opened, students(450)).headers["Location"]
            assert run(place, "backup", file, **named).returncode == 0
    finally:
        server.stop(kill=True)
    taken = run(tmp_path / "taken", "restore", file, job_store=named["job_store"])
    assert taken.returncode == 2
    assert "GEOSERVICE_JOB_STORE" in taken.stderr
    assert not (tmp_path / "taken").exists()
    for name, job_store in (("folder", ""), ("objects", elsewhere)):
        there, environ = tmp_path / name, {"job_store": job_store, "chunk_rows": "100"}
        restored = run(there, "restore", file, **environ)
        assert restored.returncode == 0, restored.stderr
        assert bool(files_with(PLANTED, there / "jobs")) == (name == "folder")
        server = service(there, **environ)
        try:
            with client(server) as opened:
                assert opened.get(f"{done}/result").content == whole
                assert wait(opened, waiting)["state"] == "done"
                assert opened.get(f"{waiting}/result").content == whole
                assert opened.delete(f"{done}?purge=true").status_code == 204
        finally:
            server.stop()
    assert len([path for path in of_jobs(store, folder) if done[-24:] in path]) > 4
    assert not [path for path in of_jobs(store, f"{folder}b") if done[-24:] in path]


def test_a_store_that_is_away_is_said(place, postgres):
    server = service(
        place,
        "--workers",
        "0",
        job_store="s3://district/jobs?scheme=http&region=us-east-1&endpoint_override=127.0.0.1:9",
    )
    try:
        with client(server) as opened:
            answer = post(opened, students(5))
            assert answer.status_code in (500, 503, 507)
            assert "GEOSERVICE_JOB_STORE" in answer.text
    finally:
        server.stop()


def test_a_folder_that_is_no_store_is_refused(place):
    line = [sys.executable, "-m", "geoservice.cli.main", "settings"]
    environ = {
        **os.environ,
        "GEOSERVICE_HOME": str(place),
        "GEOSERVICE_JOB_STORE": "s3://id:secret@district/jobs",
    }
    done = subprocess.run(line, env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "GEOSERVICE_JOB_STORE" in done.stderr
    assert "secret" not in done.stderr
