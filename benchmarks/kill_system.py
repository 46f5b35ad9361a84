"""The processes of batch jobs, each of which can be killed and comes back, for `benchmarks.kill_points`.

A service with its worker, a worker of a Dask cluster, the cluster, a PostgreSQL, a small disk, and
a clock of their own: all that this machine lets a test have.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

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


class System:
    """All processes over one data folder.

    Attributes
    ----------
    strikes
        What can be struck here, by name. Each strike returns when all runs again.
    absent
        What cannot, and why.
    """

    def __init__(self, chunk_rows: int, disk_mb: int, port: int) -> None:
        # A socket's path has at most 107 characters.
        self.place = Path(tempfile.mkdtemp(prefix="gs-kill-"))
        self.place.chmod(0o711)
        self.home, self.port = self.place / "home", port
        self.home.mkdir(mode=0o700)
        (self.place / "tmp").mkdir()
        self.strikes: dict[str, Callable[[float], None]] = {
            "service": self._service_dies,
            "worker": self._worker_dies,
            "all": self._all_die,
            "scheduler": self._scheduler_dies,
        }
        self.absent: dict[str, str] = {}
        self._environ = {
            **os.environ,
            "GEOSERVICE_HOME": str(self.home),
            "GEOSERVICE_CHUNK_ROWS": str(chunk_rows),
            "TMPDIR": str(self.place / "tmp"),
        }
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

    def left(self) -> list[str]:
        """Files of dead processes, in the data folder and in the folder of temporary files."""
        jobs = self.home / "jobs"
        unfinished = [*jobs.glob("*/.*.part*"), *jobs.glob(".incoming-*"), *jobs.glob(".going-*")]
        return [path.name for path in (*unfinished, *(self.place / "tmp").glob("geoservice-*"))]

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
        self.cluster = subprocess.Popen(line, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def _start_worker(self) -> None:
        line = [*_COMMAND, "worker", "--scheduler", f"tcp://127.0.0.1:{self.port}"]
        self.worker = subprocess.Popen(line, stderr=subprocess.DEVNULL, env=self._environ)

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
