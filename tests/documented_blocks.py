"""The code that the documents show, block by block, and how each block runs."""

import contextlib
import io
import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from geoservice.cli.main import main, parser

ROOT = Path(__file__).parents[1]
SHOWN_URL = "http://127.0.0.1:8000"
_BLOCK = re.compile(
    r"(?:<!-- not run: (?P<reason>[^>]+) -->\n+)?"
    r"^```(?P<kind>sh|console|python|http)[^\n]*\n(?P<text>.*?)^```",
    re.DOTALL | re.MULTILINE,
)
_SERVERS = ("demo", "serve", "docs", "worker")
"""Commands that run until they are stopped: their options are parsed, the tests run a service."""
_SHELL = re.compile(r"[|&;<>$`]")
_SETTING = re.compile(r"^(GEOSERVICE_[A-Z_]+=\S+ )+")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page; ``reason`` says why it does not run here."""

    page: str
    kind: str
    text: str
    reason: str


def blocks_of(page: Path) -> list[Block]:
    """The blocks of a page in their order."""
    return [
        Block(page.name, found["kind"], found["text"], found["reason"] or "")
        for found in _BLOCK.finditer(page.read_text("utf-8"))
    ]


def pages() -> list[Path]:
    """All pages with code to run."""
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [page for page in documents if any(not block.reason for block in blocks_of(page))]


@dataclass
class Reader:
    """Somebody who types what a page shows, in a folder, with a service running.

    Python blocks of a page share their names; shell lines share their variables.
    """

    folder: Path
    home: Path
    url: str
    names: dict = field(default_factory=dict)

    def run(self, block: Block) -> None:
        """Run a block; an assertion fails where it does."""
        {"sh": self._sh, "console": self._console, "python": self._python, "http": self._http}[
            block.kind
        ](block.text)

    def _sh(self, text: str) -> None:
        lines = commands(text)
        if all(line.startswith(("geoservice ", "make ", "GEOSERVICE_")) for line in lines):
            for line in lines:
                self._command(line)
        else:
            self._shell(text)

    def _command(self, line: str) -> str:
        words = shlex.split(_SETTING.sub("", line), comments=True)
        if words[0] == "geoservice" and words[1] in _SERVERS:
            parser(words[1]).parse_args(words[1:])
            return ""
        if words[0] == "geoservice" and not _SHELL.search(line) and not _SETTING.match(line):
            return _in_process(words[1:], line)
        if words[0] == "make":  # Builds of the checkout take minutes: make says what it would do.
            line = f"make -n -C {ROOT} {shlex.join(words[1:])}"
        return self._shell(line)

    def _shell(self, line: str) -> str:
        """Run a line of shell; its variables stay for the next line."""
        variables = self.folder / ".variables"
        script = (
            f'geoservice() {{ "{sys.executable}" -m geoservice.cli.main "$@"; }}\n'
            f"[ -e {variables} ] && . {variables}\nset -aeu\n{line}\nexport -p > {variables}\n"
        ).replace(SHOWN_URL, self.url)
        ran = subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env={**os.environ, "GEOSERVICE_HOME": str(self.home), "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert ran.returncode == 0, f"{line}\n{ran.stdout}{ran.stderr}"
        return ran.stdout + ran.stderr

    def _console(self, text: str) -> None:
        """Run each line after `$`; what stands below it must be part of what it prints."""
        for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            line, _, shown = part.partition("\n")
            printed = self._command(line)
            for expected in shown.splitlines():
                assert expected.strip() in printed, f"{line}: {expected!r} not in {printed!r}"

    def _python(self, text: str) -> None:
        code = text.replace(SHOWN_URL, self.url)
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(code, "page", "exec"), self.names)

    def _http(self, text: str) -> None:
        """Send a request; a JSON body follows an empty line."""
        head, _, body = text.replace(SHOWN_URL, self.url).partition("\n\n")
        first_line, *lines = head.splitlines()
        method, path = first_line.split()[:2]
        headers = dict(line.split(": ", 1) for line in lines)
        content = json.dumps(json.loads(body)).encode() if body.strip() else None
        if content:
            headers.setdefault("Content-Type", "application/json")
        answer = httpx.request(
            method, f"{self.url}{path}", headers=headers, content=content, timeout=60
        )
        assert answer.status_code < 400, f"{first_line}: {answer.text[:500]}"


def commands(text: str) -> list[str]:
    """The lines of a block: continued lines joined, comments and empty lines left out."""
    lines = re.sub(r"\s*\\\n\s*", " ", text).splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _in_process(words: list[str], line: str) -> str:
    content = io.BytesIO()
    printed = io.TextIOWrapper(content, "utf-8", write_through=True)
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            status = main(words)
        except SystemExit as fault:  # of argparse: an option that there is not
            status = fault.code
    text = content.getvalue().decode()
    assert status == 0, f"{line}\n{text}"
    return text
