"""A Dask cluster over TLS in network namespaces of its own: a link is cut, the scheduler is killed, the run completes.

Each machine is a namespace with an address of its own; a bridge in another namespace joins them.
No packet leaves the namespaces that the test makes.
"""

import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager, suppress

import pytest
from batch_service import new_home, students
from test_workers import is_running

_ROWS = 24_000
_NAMES = ("hub", "scheduler", "one", "two", "office")
_PATIENCE = {
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": "12s",
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "4s",
    "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "8s",
}


def run(*line):
    subprocess.run(line, check=True, capture_output=True)


@pytest.fixture
def network():
    """Names of namespaces, joined by a bridge; the address of each but the hub ends with its place."""
    if os.getuid() or not shutil.which("ip"):
        pytest.skip("network namespaces need root and iproute2")
    space = {name: f"gs{os.getpid()}-{name}" for name in _NAMES}
    try:
        try:
            for name in space.values():
                run("ip", "netns", "add", name)
                run("ip", "-n", name, "link", "set", "lo", "up")
        except subprocess.CalledProcessError:
            pytest.skip("network namespaces cannot be made here")
        hub = space["hub"]
        run("ip", "-n", hub, "link", "add", "bridge", "type", "bridge")
        run("ip", "-n", hub, "link", "set", "bridge", "up")
        for number, name in enumerate(_NAMES[1:], start=1):
            inner = ["ip", "-n", space[name]]
            run(*inner, "link", "add", "cable", "type", "veth", "peer", "name", name, "netns", hub)
            run("ip", "-n", hub, "link", "set", name, "master", "bridge", "up")
            run(*inner, "address", "add", f"10.77.0.{number}/24", "dev", "cable")
            run(*inner, "link", "set", "cable", "up")
        yield space
    finally:
        for name in space.values():
            subprocess.run(["ip", "netns", "del", name], capture_output=True)


@pytest.fixture
def tls(tmp_path):
    """Files of an authority and of a certificate it signed for all machines of the cluster."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl")
    folder = tmp_path / "tls"
    folder.mkdir()
    names = ",".join(f"IP:10.77.0.{number}" for number in range(1, 5))
    (folder / "names").write_text(f"subjectAltName={names}")
    new = ["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj"]
    run(
        *new,
        "/CN=authority",
        "-x509",
        "-days",
        "2",
        "-keyout",
        folder / "ca.key",
        "-out",
        folder / "ca.pem",
    )
    run(*new, "/CN=cluster", "-keyout", folder / "key.pem", "-out", folder / "asked")
    signed = ["openssl", "x509", "-req", "-in", folder / "asked", "-days", "2", "-CAcreateserial"]
    by = ["-CA", folder / "ca.pem", "-CAkey", folder / "ca.key", "-extfile", folder / "names"]
    run(*signed, *by, "-out", folder / "cert.pem")
    return {name: str(folder / f"{name}.pem") for name in ("ca", "cert", "key")}


class Machines:
    """The processes of the cluster, each in its namespace."""

    def __init__(self, space, tls, folder):
        self.space, self.folder, self.running = space, folder, {}
        self.tls = ["--tls-ca-file", tls["ca"], "--tls-cert", tls["cert"], "--tls-key", tls["key"]]

    def start(self, machine, *arguments, **environ):
        line = ["ip", "netns", "exec", self.space[machine], sys.executable, "-m", *arguments]
        named = {**os.environ, **_PATIENCE, **environ}
        log = (self.folder / f"{machine}.log").open("a")
        self.running[machine] = subprocess.Popen(
            line, env=named, cwd=self.folder, stdout=log, stderr=log
        )
        return self.running[machine]

    def start_scheduler(self):
        here = ["--host", "10.77.0.1", "--port", "8786", "--protocol", "tls", "--no-dashboard"]
        return self.start("scheduler", "distributed.cli.dask_scheduler", *here, *self.tls)

    def start_worker(self, machine, number):
        here = ["--host", f"10.77.0.{number}", "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        there = ["tls://10.77.0.1:8786", "--local-directory", str(self.folder)]
        return self.start(machine, "distributed.cli.dask_worker", *there, *here, *self.tls)

    def log(self, machine):
        return (self.folder / f"{machine}.log").read_text()


@contextmanager
def machines(space, tls, folder):
    started = Machines(space, tls, folder)
    try:
        yield started
    finally:
        for process in started.running.values():
            with suppress(ProcessLookupError):
                process.kill()
            process.wait()


def until(holds, seconds, told):
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, told()
        time.sleep(0.1)


def test_a_run_outlives_a_cut_link_and_a_killed_scheduler(home, riverbend, tmp_path, network, tls):
    place, source, target = (tmp_path / name for name in ("home", "in.csv", "out.csv"))
    new_home(place, home)
    source.write_text(students(_ROWS))
    with machines(network, tls, tmp_path) as cluster:
        cluster.start_scheduler()
        for number, machine in enumerate(("one", "two"), start=2):
            cluster.start_worker(machine, number)
        until(
            lambda: cluster.log("scheduler").count("Register worker") >= 2,
            60,
            lambda: cluster.log("scheduler"),
        )
        line = ["geoservice.cli.main", "geocode", str(source), "-o", str(target), "--resume"]
        line += ["--region", "riverbend", "--scheduler", "tls://10.77.0.1:8786"]
        environ = {f"GEOSERVICE_SCHEDULER_{name.upper()}": path for name, path in tls.items()}
        office = cluster.start(
            "office", *line, GEOSERVICE_HOME=str(place), GEOSERVICE_CHUNK_ROWS="300", **environ
        )
        told = lambda: "\n".join(map(cluster.log, cluster.running))  # noqa: E731
        placed = lambda: len(list((place / "jobs").glob("*/out-*")))  # noqa: E731
        until(lambda: placed() > 8, 90, told)
        run("ip", "-n", network["hub"], "link", "set", "one", "down")
        before = placed()
        until(lambda: placed() > before + 8, 90, told)
        cluster.running["scheduler"].kill()
        assert office.poll() is None, told()
        time.sleep(2)
        cluster.start_scheduler()
        if not is_running(cluster.running["two"].pid):  # As systemd and compose do.
            cluster.start_worker("two", 3)
        until(lambda: office.poll() is not None or _revived(cluster), 180, told)
        assert office.returncode == 0, told()
    whole = tmp_path / "whole.csv"
    line = ["geocode", str(source), "-o", str(whole), "--region", "riverbend"]
    environ = {**os.environ, "GEOSERVICE_HOME": str(place)}
    run_line = [sys.executable, "-m", "geoservice.cli.main", *line]
    subprocess.run(run_line, check=True, env=environ, capture_output=True)
    assert target.read_bytes() == whole.read_bytes()


def _revived(cluster):
    """False; a worker that ended because its scheduler did is started again."""
    if cluster.running["two"].poll() is not None:
        cluster.start_worker("two", 3)
    return False


def test_a_scheduler_is_asked_at_no_address_but_its_own(network, tmp_path):
    """Looking up one's own address by a connection outside would be seen here."""
    code = (
        "import sys\n"
        "seen = []\n"
        "def hear(event, arguments):\n"
        "    if event == 'socket.connect':\n"
        "        seen.append(arguments[1][0])\n"
        "sys.addaudithook(hear)\n"
        "from pathlib import Path\n"
        "from geoservice.batch.chunk import Part\n"
        "from geoservice.batch.cluster import Cluster\n"
        "from geoservice.batch.job_files import JobFiles\n"
        "from geoservice.errors import TemporaryError\n"
        "try:\n"
        "    part = Part(0, None, {}, 'riverbend', Path())\n"
        "    Cluster('tcp://10.77.0.1:8786').place(JobFiles(Path()), part)\n"
        "except TemporaryError:\n"
        "    print(sorted({address for address in seen if isinstance(address, str)}))\n"
    )
    line = ["ip", "netns", "exec", network["office"], sys.executable, "-c", code]
    environ = {**os.environ, **_PATIENCE}
    done = subprocess.run(line, capture_output=True, text=True, env=environ, timeout=60)
    assert done.stdout.strip() == "['10.77.0.1']", done.stderr
