"""An S3 server on loopback with an empty bucket, for benchmarks and tests of the object store."""

import re
import signal
import subprocess
import time
from pathlib import Path

import httpx

from benchmarks.processes import free_port

PROGRAM = Path(__file__).resolve().parents[1] / ".s3" / "bin" / "moto_server"
"""`make .s3/.done` installs it."""
KEYS = {"AWS_ACCESS_KEY_ID": "planted-id", "AWS_SECRET_ACCESS_KEY": "planted-secret"}
BUCKET = "district"
_START_S = 20.0


class S3Server:
    """A server that keeps objects in memory until it is closed."""

    def __init__(self) -> None:
        port = free_port()
        self.address = f"127.0.0.1:{port}"
        line = [str(PROGRAM), "-H", "127.0.0.1", "-p", str(port)]
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(line, stdout=quiet, stderr=quiet)
        self._wait()
        self._ask("PUT", BUCKET)

    def root(self, folder: str) -> str:
        """Return the address of a folder of the bucket, in the form of the settings."""
        query = f"scheme=http&region=us-east-1&endpoint_override={self.address}"
        return f"s3://{BUCKET}/{folder}?{query}"

    def names(self, folder: str) -> list[str]:
        """Return the names of the objects of a folder, with the folder."""
        names: list[str] = []
        while page := self._page(folder, names):
            names += page
        return names

    def unfinished(self) -> list[str]:
        """Return the names of objects of which a part alone has arrived."""
        return re.findall(r"<Key>(.*?)</Key>", self._ask("GET", f"{BUCKET}?uploads"))

    def pause(self, seconds: float) -> None:
        """Answer nothing for a time."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            self.process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """End the server, and with it its objects."""
        self.process.kill()
        self.process.wait()

    def _page(self, folder: str, names: list[str]) -> list[str]:
        after = f"&start-after={names[-1]}" if names else ""
        query = f"{BUCKET}?list-type=2&prefix={folder}/{after}"
        return re.findall(r"<Key>(.*?)</Key>", self._ask("GET", query))

    def _ask(self, method: str, path: str) -> str:
        answer = httpx.request(method, f"http://{self.address}/{path}", timeout=60)
        return answer.raise_for_status().text

    def _wait(self) -> None:
        ends = time.monotonic() + _START_S
        while time.monotonic() < ends:
            try:
                httpx.get(f"http://{self.address}/", timeout=5)
                return
            except httpx.TransportError:
                time.sleep(0.1)
        self.close()
        raise SystemExit("the S3 server did not start")
