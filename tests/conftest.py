"""Fixtures: a tiny synthetic town, the fictional district, databases, and the service."""

import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest
from planned_district import remove_planned_district
from postgres import cluster
from run_folder import close_run_folder, leftovers, open_run_folder
from town import Town

from geoservice import Region
from geoservice.model.settings import Settings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_NUMBERS = itertools.count()
SHARED = Path(__file__).resolve().parents[2] / "shared"
SLOW_FIXTURES = {"browser", "city", "command", "server", "settings", "riverbend"}
"""Fixtures that start a process or build a region: tests with them are left out of `make test-fast`."""


HEAVIEST = (
    "test_workers.py",
    "test_reports.py",
    "test_documents_run.py",
    "test_attacker.py",
    "test_examples.py",
    "test_fuzzed_http.py",
    "test_kill_points.py",
    "test_finder.py",
    "test_workspace.py",
    "test_service.py",
    "test_access.py",
    "test_no_egress.py",
    "test_power_cut.py",
    "test_wheel.py",
)
"""Files that take longest. They come first, then files with slow tests: all workers end together."""


def pytest_configure(config: pytest.Config) -> None:
    """Open the folder of all temporary files of this run; it goes when the run ends."""
    if open_run_folder():
        config.add_cleanup(close_run_folder)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what tests have left in the folder of temporary files."""
    if names := leftovers():
        terminalreporter.write_line(f"Left among the temporary files: {', '.join(names)}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark slow tests and tests in the browser; put the files that take longest first."""
    _mark(items)
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    ranks = {name: rank for rank, name in enumerate(HEAVIEST)}
    items.sort(key=lambda item: (ranks.get(item.path.name, len(ranks)), item.path not in slow))


def _mark(items: list[pytest.Item]) -> None:
    """Mark the tests that need a slow fixture, so that the rest can be run alone.

    A test in the browser that fails is run once more, and the summary counts it: Chromium's own
    timers run out on a machine that has other work. A fault of the page fails twice.
    """
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if SLOW_FIXTURES & fixtures:
            item.add_marker(pytest.mark.slow)
        if "browser" in fixtures:
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session", autouse=True)
def planned_district_goes() -> Iterator[None]:
    """Remove the planned district when all tests have run."""
    yield
    remove_planned_district()


@pytest.fixture
def town() -> Town:
    """A town to build up street by street."""
    return Town()


@pytest.fixture
def geocode(town: Town, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Geocode one address in the town as built so far."""

    def run(line: str, **options: Any) -> dict[str, Any]:
        frame = pl.DataFrame({"address": [line], **{k: [v] for k, v in options.items()}})
        return town.place(tmp_path, frame).row(0, named=True)

    return run


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of the test run."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def riverbend_folder() -> Path:
    """The committed fictional district."""
    return Path(__file__).parents[1] / "shapefiles" / "riverbend"


@pytest.fixture(scope="session")
def riverbend(home: Path, riverbend_folder: Path) -> Region:
    """The fictional district, built."""
    os.environ["GEOSERVICE_HOME"] = str(home)
    return Region.open(riverbend_folder)


@pytest.fixture(scope="session")
def listed_district(
    riverbend: Region, riverbend_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """A data folder with the fictional district's students of 2023-24.

    The secret is fixed, so that every run publishes the same numbers.
    """
    folder = tmp_path_factory.mktemp("listed")
    (folder / "home").mkdir(mode=0o700)
    (folder / "home" / "secret").write_text("the secret of a district that does not exist")
    lines = (riverbend_folder / "students.csv").read_text("utf-8").splitlines()
    students = folder / "students.csv"
    students.write_text("\n".join([f"{lines[0]},year", *(f"{line},2023-24" for line in lines[1:])]))
    options = ["--region", str(riverbend_folder), "--name", "list", "--owner", "Office"]
    options += ["--agreement", "MOU", "--expires", "2099-06-30", "--id", "student_id"]
    options += ["--grade", "grade", "--school", "school", "--year", "year"]
    line = [sys.executable, "-m", "geoservice.cli.main", "students", "add", str(students), *options]
    environ = {"GEOSERVICE_HOME": str(folder / "home")}
    subprocess.run(line, check=True, env={**os.environ, **environ}, capture_output=True)
    return Settings.read(environ)


@pytest.fixture
def command(home: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command line as a user does."""

    def run(*arguments: object, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "geoservice.cli.main", *map(str, arguments)]
        environ = {**os.environ, "GEOSERVICE_HOME": str(home)}
        return subprocess.run(
            line, capture_output=True, text=True, env=environ, timeout=120, input=stdin
        )

    return run


class Server:
    """The real service in a process of its own, on a free port of loopback."""

    def __init__(self, home: Path, *arguments: object, environ: dict[str, str] | None = None):
        port = () if "--port" in arguments else ("--port", "0")
        line = [sys.executable, "-m", "geoservice.cli.main", *map(str, arguments), *port]
        self.process = subprocess.Popen(
            line,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "GEOSERVICE_HOME": str(home), **(environ or {})},
        )
        assert self.process.stderr is not None
        self.said = ""
        while "Ready at" not in self.said:
            line_said = self.process.stderr.readline()
            assert line_said, self.said
            self.said += line_said
        self.url = self.said.split("Ready at ")[1].split()[0]

    def stop(self, kill: bool = False) -> None:
        """End the process."""
        self.process.kill() if kill else self.process.terminate()
        self.process.wait(timeout=30)


@pytest.fixture(scope="session")
def server(home: Path, riverbend: Region) -> Iterator[Server]:
    """The demo service."""
    running = Server(home, "demo", "--no-browser")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The socket folder of a real PostgreSQL."""
    with cluster() as folder:
        yield folder


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """A new data folder, with each of the databases in turn."""
    place = tmp_path / "state"
    environ = {"GEOSERVICE_HOME": str(place)}
    if request.param == "postgresql":
        folder, name = request.getfixturevalue("postgres"), f"t{next(_NUMBERS)}"
        with psycopg.connect(
            host=folder, user="geoservice", dbname="postgres", autocommit=True
        ) as opened:
            opened.execute(f"CREATE DATABASE {name}")
        environ["GEOSERVICE_DATABASE"] = f"postgresql://geoservice@/{name}?host={folder}"
    return Settings.read(environ)


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        made = play.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield made
        made.close()


@pytest.fixture
def page(browser):
    """A page that records faults and every request."""
    made = browser.new_page()
    made.faults, made.asked = [], []
    made.on(
        "console", lambda said: said.type in ("error", "warning") and made.faults.append(said.text)
    )
    made.on("pageerror", lambda fault: made.faults.append(str(fault)))
    made.on("request", lambda request: made.asked.append(request.url))
    yield made
    made.close()
