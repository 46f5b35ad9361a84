"""Jobs on a Dask cluster: chunks go to its workers, and a scheduler that goes away is waited for."""

import os
import shutil
import socket
import subprocess
import sys
import time

import pytest
from batch_service import (
    client,
    finished,
    new_home,
    post,
    rows_of,
    service,
    students,
    wait,
    worker,
)
from test_purge import until

_ROWS = 2_400


def free_port():
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return opened.getsockname()[1]


def dask_cluster(port, before=(), **environ):
    """A scheduler and one worker on loopback, in a process."""
    code = (
        "import sys, time\nfrom distributed import LocalCluster\n"
        "if __name__ == '__main__':\n"
        "    LocalCluster(n_workers=1, threads_per_worker=2, processes=False, host='127.0.0.1',\n"
        f"                 scheduler_port={port}, dashboard_address=None)\n"
        "    sys.stdin.read()\n"
    )
    named = {**os.environ, **environ}
    line = [*before, sys.executable, "-c", code]
    return subprocess.Popen(line, stdin=subprocess.PIPE, env=named)


def test_dask_workers_that_join_later_are_used(home, riverbend, tmp_path):
    """A worker that starts before its cluster then has as many claims as the cluster has threads."""
    place, port = new_home(tmp_path / "home", home), free_port()
    server = service(place, "--workers", "0")
    placing = worker(place, scheduler=f"tcp://127.0.0.1:{port}")
    until(lambda: len(rows_of(place, "SELECT id FROM workers")) == 1, 60)
    cluster = dask_cluster(port)
    try:
        until(lambda: len(rows_of(place, "SELECT id FROM workers")) == 2, 60)
        with client(server) as opened:
            finished(opened, students(300))
        placing.terminate()
        assert placing.wait(timeout=30) == 0
        assert rows_of(place, "SELECT id FROM workers") == []
    finally:
        for process in (placing, cluster):
            process.kill()
            process.wait()
        server.stop()


def test_dask_workers_that_do_not_see_the_data_folder_are_named(home, riverbend, tmp_path):
    """Of a run on the command line and of a job; a job waits until the folder is shared."""
    if os.getuid() or not shutil.which("unshare"):
        pytest.skip("another view of the disk needs root and unshare")
    place, port = new_home(tmp_path / "home", home), free_port()
    elsewhere = ["unshare", "-m", "sh", "-c", f'mount -t tmpfs none {place} && exec "$@"', "sh"]
    cluster = dask_cluster(port, elsewhere)
    (tmp_path / "in.csv").write_text(students(30))
    line = [sys.executable, "-m", "geoservice.cli.main", "geocode", str(tmp_path / "in.csv")]
    line += ["-o", str(tmp_path / "out.csv"), "--region", "riverbend"]
    environ = {**os.environ, "GEOSERVICE_HOME": str(place)}
    server = service(place, "--workers", "0")
    placing = worker(place, scheduler=f"tcp://127.0.0.1:{port}")
    try:
        done = subprocess.run(
            [*line, "--scheduler", f"tcp://127.0.0.1:{port}"],
            env=environ,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 1
        assert "A Dask worker does not see the data folder" in done.stderr
        with client(server) as opened:
            location = post(opened, students(30)).headers["Location"]
            until(lambda: opened.get(location).json()["code"] == "storage", 60)
            assert "A Dask worker does not see" in opened.get(location).json()["error"]
    finally:
        for process in (placing, cluster):
            process.kill()
            process.wait()
        server.stop()


def test_a_part_that_ends_its_dask_workers_fails_its_job(home, riverbend, tmp_path, monkeypatch):
    """Dask gives up after several deaths; the job ends with a remedy, and not after a day."""
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "0")
    place, port = new_home(tmp_path / "home", home), free_port()
    code = (
        "import sys\nfrom distributed import LocalCluster\n"
        "if __name__ == '__main__':\n"
        f"    LocalCluster(n_workers=1, threads_per_worker=1, host='127.0.0.1',\n"
        f"                 scheduler_port={port}, dashboard_address=None,\n"
        "                 memory_limit='160MiB')\n"
        "    sys.stdin.read()\n"
    )
    cluster = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
    server = service(place, "--workers", "0")
    placing = worker(place, scheduler=f"tcp://127.0.0.1:{port}")
    try:
        with client(server) as opened:
            location = post(opened, students(200_000)).headers["Location"]
            job = wait(opened, location, seconds=240)
            assert (job["state"], job["code"]) == ("failed", "memory"), job
            assert "GEOSERVICE_CHUNK_ROWS" in job["error"]
    finally:
        for process in (placing, cluster):
            process.kill()
            process.wait()
        server.stop()


def test_a_scheduler_that_goes_away_is_waited_for(home, riverbend, tmp_path):
    place, port = new_home(tmp_path / "home", home), free_port()
    cluster = dask_cluster(port)
    server = service(place, "--workers", "0", chunk_rows="100")
    placing = worker(place, scheduler=f"tcp://127.0.0.1:{port}", chunk_rows="100")
    try:
        with client(server) as opened:
            location = post(opened, students(_ROWS)).headers["Location"]
            until(lambda: opened.get(location).json()["done"] > 200, 90)
            cluster.kill()
            until(lambda: opened.get(location).json()["code"] == "unavailable", 90)
            assert "GEOSERVICE_SCHEDULER" in opened.get(location).json()["error"]
            time.sleep(1)
            cluster = dask_cluster(port)
            job = wait(opened, location, seconds=120)
            assert (job["state"], job["done"], job["error"]) == ("done", _ROWS, None)
    finally:
        for process in (placing, cluster):
            process.kill()
            process.wait()
        server.stop()
