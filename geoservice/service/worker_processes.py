"""Worker processes that a service starts beside itself, and starts again where they die."""

import contextlib
import subprocess
import sys
import threading
import time

_STOP_S = 8.0
_LOOK_S = 1.0
_LONGEST_PAUSE_S = 60.0


class WorkerProcesses:
    """A number of processes of `geoservice worker`. They end with this process, even where it is killed."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._running: list[subprocess.Popen[bytes]] = []
        self._stopped = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="workers", daemon=True)

    def start(self) -> None:
        """Start them."""
        if self._count:
            self._running = [_started() for _ in range(self._count)]
            self._watcher.start()

    def stop(self) -> None:
        """Let each finish the part in hand, for a few seconds."""
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
        """Start again what died, more slowly each time."""
        deaths = 0
        while not self._stopped.wait(_LOOK_S):
            for place, process in enumerate(self._running):
                if process.poll() is None:
                    continue
                deaths += 1
                if not self._stopped.wait(min(_LONGEST_PAUSE_S, 2.0 ** min(deaths, 6) - 1.0)):
                    self._running[place] = _started()


def _started() -> subprocess.Popen[bytes]:
    line = [sys.executable, "-m", "geoservice.cli.main", "worker", "--with-parent"]
    return subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
