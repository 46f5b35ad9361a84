"""Worker processes beside a service; they are started again if they die."""

import contextlib
import os
import subprocess
import sys
import threading
import time

_STOP_S = 5.0
"""With the patience for requests, a service ends within ten seconds."""
_LOOK_S = 1.0
_LONGEST_PAUSE_S = 60.0


class WorkerProcesses:
    """A number of processes of `geoservice worker`.

    They end with this process, even if it is killed. With ``is_local`` they work on jobs whose
    files are in the data folder, whatever the settings say.
    """

    def __init__(self, count: int, *, is_local: bool = False) -> None:
        self._count, self._is_local = count, is_local
        self._running: list[subprocess.Popen[bytes]] = []
        self._stopped = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="workers", daemon=True)

    def start(self) -> None:
        """Start the processes."""
        if self._count:
            self._running = [_started(self._is_local) for _ in range(self._count)]
            self._watcher.start()

    def stop(self) -> None:
        """Let each process finish its part for a few seconds, then stop it."""
        self._stopped.set()
        for process in self._running:
            with contextlib.suppress(OSError):
                if process.stdin is not None:
                    process.stdin.close()
        deadline = time.monotonic() + _STOP_S
        for process in self._running:
            try:
                process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()  # Its parts are free at once: other workers see that it is dead.
                process.wait()

    def _watch(self) -> None:
        """Start dead processes again, at growing intervals."""
        deaths = 0
        while not self._stopped.wait(_LOOK_S):
            for place, process in enumerate(self._running):
                if process.poll() is None:
                    continue
                deaths += 1
                if not self._stopped.wait(min(_LONGEST_PAUSE_S, 2.0 ** min(deaths, 6) - 1.0)):
                    self._running[place] = _started(self._is_local)


def _started(is_local: bool) -> subprocess.Popen[bytes]:
    line = [sys.executable, "-m", "geoservice.cli.main", "worker", "--with-parent"]
    environ = {**os.environ, **({"GEOSERVICE_JOB_STORE": ""} if is_local else {})}
    return subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environ)
