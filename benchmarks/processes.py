"""A service of its own for benchmarks: a data folder, the processes, their memory and their keys."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

from geoservice.model.settings import Settings
from geoservice.service.keys import keys_of

RIVERBEND = Path(__file__).resolve().parents[1] / "shapefiles" / "riverbend"
_COMMAND = [sys.executable, "-m", "geoservice.cli.main"]
_LONGEST_END_S = 30.0


def free_port() -> int:
    """Return a port of loopback that no process listens on."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


class RunningService:
    """A service over the fictional district, on a free port of loopback, with its workers."""

    def __init__(self, home: Path, *arguments: str, **settings: str) -> None:
        self.home = home
        home.mkdir(mode=0o700, exist_ok=True)
        self._arguments = arguments
        self._settings = {f"GEOSERVICE_{name.upper()}": text for name, text in settings.items()}
        self._log = home / f"service-{secrets.token_hex(4)}.log"

    def __enter__(self) -> "RunningService":
        line = ["serve", "--region", str(RIVERBEND), "--port", "0", "--no-token"]
        # A pipe that nobody reads would block the service once it is full.
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [*_COMMAND, *line, *self._arguments],
                stderr=log,
                env={**os.environ, "GEOSERVICE_HOME": str(self.home), **self._settings},
            )
        while not (said := self._ready_line()):
            if self.process.poll() is not None:
                raise SystemExit("the service did not start")
            time.sleep(0.1)
        self.address = said.split()[-1]
        return self

    def log(self) -> str:
        """Return what the service and its workers wrote into their log."""
        return self._log.read_text("utf-8", "replace")

    def _ready_line(self) -> str:
        lines = self.log().splitlines(keepends=True)
        return next((line for line in lines if "Ready at" in line and line.endswith("\n")), "")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=_LONGEST_END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def key(self, name: str, *scopes: str) -> str:
        """Return the text of a new key."""
        keys = keys_of(Settings.read({"GEOSERVICE_HOME": str(self.home), **self._settings}))
        return keys.create(name, scopes or ("geocode", "maps:read"))

    def memory_mb(self) -> dict[str, float]:
        """Return the proportional share of memory of the service and of its workers together."""
        return self._memory_mb("Pss")

    def own_memory_mb(self) -> dict[str, float]:
        """Return the same without files and libraries, whose shares other processes change."""
        return self._memory_mb("Pss_Anon")

    def _memory_mb(self, part: str) -> dict[str, float]:
        workers = sum(share_mb(number, part) for number in _descendants(self.process.pid))
        return {"service": share_mb(self.process.pid, part), "workers": workers}


def share_mb(number: int, part: str = "Pss") -> float:
    """Return the proportional share (PSS) of a process; 0 if it has ended."""
    try:
        text = Path(f"/proc/{number}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return int(text.split(f"\n{part}:")[1].split()[0]) / 1e3


def _descendants(number: int) -> list[int]:
    """Return the children of all threads of a process, and their children."""
    children: list[int] = []
    for path in Path(f"/proc/{number}/task").glob("*/children"):
        for child in map(int, path.read_text().split()):
            children += [child, *_descendants(child)]
    return children
