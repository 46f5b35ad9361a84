"""Jobs on a Dask cluster: chunks go to its workers, and a scheduler that goes away is waited for."""

import os
import socket
import subprocess
import sys
import time

from batch_service import client, new_home, post, service, students, wait, worker
from test_purge import until

_ROWS = 2_400


def free_port():
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return opened.getsockname()[1]


def dask_cluster(port, **environ):
    """A scheduler and one worker on loopback, in a process."""
    code = (
        "import sys, time\nfrom distributed import LocalCluster\n"
        "if __name__ == '__main__':\n"
        "    LocalCluster(n_workers=1, threads_per_worker=2, processes=False, host='127.0.0.1',\n"
        f"                 scheduler_port={port}, dashboard_address=None)\n"
        "    sys.stdin.read()\n"
    )
    named = {**os.environ, **environ}
    return subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, env=named)


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
