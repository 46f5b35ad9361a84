"""The processes of batch jobs, each of which can be killed and comes back, for `benchmarks.kill_points`.

A service with its worker, a worker of a Dask cluster, the cluster, a PostgreSQL, a small disk,
a clock of their own, and an object store if asked: all that this machine lets a test have.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx

from benchmarks.processes import free_port
from benchmarks.s3_server import KEYS, S3Server

_COMMAND = [sys.executable, "-m", "geoservice.cli.main"]
_REGION = Path(__file__).resolve().parents[1] / "shapefiles" / "riverbend"
_PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
_CLOCKS = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
_CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == '__main__':
    LocalCluster(n_workers=1, threads_per_worker=1, processes=False, host='127.0.0.1',
                 scheduler_port=int(sys.argv[1]), dashboard_address=None)
    sys.stdin.read()
"""
_DATABASE_TRIES = 50
_CUT_ROWS = 400_000
_STORE_IS_SILENT_FOR = 8
"""Times the pause of a strike: a store may answer late, but has no state to lose."""


class System:
    """All processes over one data folder, or over an object store and data folders of their own.

    Attributes
    ----------
    strikes
        What can be struck here, by name. Each strike returns when all runs again.
    absent
        What cannot, and why.
    """

    def __init__(self, chunk_rows: int, disk_mb: int, store: S3Server | None = None) -> None:
        # A socket's path has at most 107 characters.
        self.place = Path(tempfile.mkdtemp(prefix="gs-kill-"))
        self.place.chmod(0o711)
        self.home, self.port, self.store = self.place / "home", free_port(), store
        self.home.mkdir(mode=0o700)
        (self.place / "tmp").mkdir()
        self.strikes: dict[str, Callable[[float], None]] = {
            "service": self._service_dies,
            "worker": self._worker_dies,
            "all": self._all_die,
            "scheduler": self._scheduler_dies,
            "upload": self._upload_is_cut,
        }
        self.absent: dict[str, str] = {}
        self._environ = {
            **os.environ,
            "GEOSERVICE_HOME": str(self.home),
            "GEOSERVICE_CHUNK_ROWS": str(chunk_rows),
            "TMPDIR": str(self.place / "tmp"),
        }
        self._of_worker: dict[str, str] = {}
        self._of_cluster: dict[str, str] = {}
        self._with_store()
        self._with_clock()
        self._with_disk(disk_mb)
        self._with_database()
        self._start_cluster()
        self._start_service()
        self._start_worker()

    def close(self) -> None:
        """End everything and remove it."""
        for process in (self.server, self.worker, self.cluster):
            process.kill()
            process.wait()
        if "database" in self.strikes:
            self._control("stop", "-m", "immediate")
        if "disk" in self.strikes:
            subprocess.run(["umount", "-l", str(self.home / "jobs")], check=True)
        shutil.rmtree(self.place, ignore_errors=True)

    @property
    def environ(self) -> dict[str, str]:
        """The environment of the service, with its settings."""
        return dict(self._environ)

    def left(self) -> list[str]:
        """Files of dead processes, in the data folders and in the folder of temporary files."""
        patterns = ("*/.*.part*", ".incoming-*", ".going-*")
        jobs = [path for one in patterns for path in self.place.glob(f"*/jobs/{one}")]
        regions = self.place.glob("*/regions/*/.*.part*")
        copies = (self.place / "tmp").glob("geoservice-*")
        return [path.name for path in (*jobs, *regions, *copies)]

    def _service_dies(self, pause_s: float) -> None:
        self.server.kill()
        self.server.wait()
        time.sleep(pause_s)
        self._start_service()

    def _worker_dies(self, pause_s: float) -> None:
        for child in _children(self.server.pid):
            os.kill(child, signal.SIGKILL)
        self._placing_dies(pause_s)

    def _placing_dies(self, pause_s: float) -> None:
        self.worker.kill()
        self.worker.wait()
        time.sleep(pause_s)
        self._start_worker()

    def _all_die(self, pause_s: float) -> None:
        children = _children(self.server.pid)
        self.server.kill()
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self.server.wait()
        self._placing_dies(pause_s)
        self._start_service()

    def _scheduler_dies(self, pause_s: float) -> None:
        self.cluster.kill()
        self.cluster.wait()
        time.sleep(pause_s)
        self._start_cluster()

    def _upload_is_cut(self, pause_s: float) -> None:
        """The service dies while it takes a file; a job that it began with it is purged."""
        file = {"file": ("cut.csv", b"id,address\n" + b"1,200 2nd ave northfield\n" * _CUT_ROWS)}
        url, earlier = f"{self.address}/v1/jobs", self._job_ids()

        def send() -> None:
            with suppress(httpx.HTTPError):
                httpx.post(url, files=file, timeout=60)

        sender = threading.Thread(target=send)
        sender.start()
        self._service_dies(pause_s)
        sender.join()
        for job_id in self._job_ids() - earlier:
            httpx.delete(f"{self.address}/v1/jobs/{job_id}?purge=true", timeout=60)

    def _job_ids(self) -> set[str]:
        answer = httpx.get(f"{self.address}/v1/jobs", timeout=60).raise_for_status()
        return {job["id"] for job in answer.json()["items"]}

    def _database_dies(self, pause_s: float) -> None:
        number = int((self.place / "pg/data/postmaster.pid").read_text().split()[0])
        os.kill(number, signal.SIGKILL)
        time.sleep(pause_s)
        for _ in range(_DATABASE_TRIES):
            if self._control("start", "-l", str(self.place / "pg/log")):
                return
            time.sleep(0.2)  # Processes of the killed database still end.
        raise SystemExit("the database did not start again")

    def _disk_fills(self, pause_s: float) -> None:
        filler = self.home / "jobs" / ".filler"
        with suppress(OSError), filler.open("wb", buffering=0) as stream:
            while True:
                stream.write(bytes(1 << 20))
        time.sleep(pause_s)
        filler.unlink()

    def _clock_is_set_back(self, pause_s: float) -> None:
        """An hour back for all processes at once; forward again after the pause."""
        clock = self.place / "clock"
        clock.write_text("-1h\n")
        time.sleep(pause_s)
        clock.write_text("+0\n")

    def _with_store(self) -> None:
        """Give each machine a data folder of its own; what they share is in the store."""
        if self.store is None:
            return
        store, self._environ["GEOSERVICE_JOB_STORE"] = self.store, self.store.root("jobs")
        self._environ |= KEYS
        self._of_worker = {"GEOSERVICE_HOME": str(self.place / "office")}
        self._of_cluster = {
            **KEYS,
            "GEOSERVICE_HOME": str(self.place / "far"),
            "TMPDIR": str(self.place / "tmp"),
        }
        for name in ("office", "far"):
            (self.place / name).mkdir(mode=0o700)
        self.strikes["store"] = lambda pause_s: store.pause(pause_s * _STORE_IS_SILENT_FOR)

    def _with_clock(self) -> None:
        if not _CLOCKS:
            self.absent["clock"] = "no libfaketime"
            return
        (self.place / "clock").write_text("+0\n")
        self._environ |= {
            "LD_PRELOAD": str(_CLOCKS[0]),
            "FAKETIME_TIMESTAMP_FILE": str(self.place / "clock"),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }
        self.strikes["clock"] = self._clock_is_set_back

    def _with_disk(self, size_mb: int) -> None:
        jobs = self.home / "jobs"
        jobs.mkdir(mode=0o700)
        line = ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m,mode=700", "tmpfs", str(jobs)]
        if os.getuid() or subprocess.run(line, capture_output=True).returncode:
            self.absent["disk"] = "a small file system cannot be mounted"
            return
        self.strikes["disk"] = self._disk_fills

    def _with_database(self) -> None:
        if not _PROGRAMS:
            self.absent["database"] = "no PostgreSQL; the state is in SQLite"
            return
        folder = self.place / "pg"
        folder.mkdir()
        if not os.getuid():
            shutil.chown(folder, "postgres")
        self._run_database("initdb", "-U", "geoservice", "-A", "trust", "-E", "UTF8", "--no-sync")
        if not self._control("start", "-l", str(folder / "log")):
            raise SystemExit((folder / "log").read_text())
        self._environ["GEOSERVICE_DATABASE"] = f"postgresql://geoservice@/postgres?host={folder}"
        self.strikes["database"] = self._database_dies

    def _control(self, *arguments: str) -> bool:
        folder = self.place / "pg"
        options = f"-c listen_addresses= -c unix_socket_directories={folder}"
        return self._run_database("pg_ctl", "-o", options, "-w", *arguments)

    def _run_database(self, program: str, *arguments: str) -> bool:
        owner = {} if os.getuid() else {"user": "postgres"}
        line = [str(_PROGRAMS[-1] / program), "-D", str(self.place / "pg/data"), *arguments]
        done = subprocess.run(line, cwd="/", capture_output=True, **owner)
        return done.returncode == 0

    def _start_cluster(self) -> None:
        line = [sys.executable, "-c", _CLUSTER, str(self.port)]
        environ = {**os.environ, **self._of_cluster}
        self.cluster = subprocess.Popen(
            line, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environ
        )

    def _start_worker(self) -> None:
        line = [*_COMMAND, "worker", "--scheduler", f"tcp://127.0.0.1:{self.port}"]
        environ = {**self._environ, **self._of_worker}
        self.worker = subprocess.Popen(line, stderr=subprocess.DEVNULL, env=environ)

    def _start_service(self) -> None:
        line = [*_COMMAND, "serve", "--region", str(_REGION), "--port", "0", "--no-token"]
        self.said = (self.place / "said").open("w+")
        self.server = subprocess.Popen(line, stderr=self.said, text=True, env=self._environ)
        while not (ready := re.search(r"Ready at (\S+)", self._heard())):
            if self.server.poll() is not None:
                raise SystemExit(f"the service did not start: {self._heard()}")
            time.sleep(0.05)
        self.address = ready.group(1)

    def _heard(self) -> str:
        return (self.place / "said").read_text()


def _children(number: int) -> list[int]:
    return [
        int(text) for text in Path(f"/proc/{number}/task/{number}/children").read_text().split()
    ]
