"""Every command, request and program that the documents show runs as it stands there."""

import os
import shutil
from pathlib import Path

import pytest
from batch_service import service
from documented_blocks import ROOT, Reader, blocks_of, pages
from planned_region import unplanned_copy

from geoservice.cli.main import main
from geoservice.model.settings import Settings
from geoservice.service.fictional import add_fictional
from geoservice.service.students import Students

pytestmark = pytest.mark.slow
_TIGER = ROOT.parent / "shared" / "tiger" / "tl_2021_30059_addrfeat.zip"
_MOST_NOT_RUN = 12
"""Blocks that need another machine, an account or a database: few, and each says why."""


@pytest.fixture(scope="module")
def reader_home(tmp_path_factory, riverbend, riverbend_folder):
    """The data folder of a reader who has started the demo."""
    home = tmp_path_factory.mktemp("reader") / "home"
    settings = Settings.read({"GEOSERVICE_HOME": str(home)})
    add_fictional(Students(settings), riverbend_folder / "students.csv", riverbend.reference)
    shutil.copytree(Path(os.environ["GEOSERVICE_HOME"]) / "regions", home / "regions")
    return home


@pytest.fixture(scope="module")
def running(reader_home, tmp_path_factory):
    """The service of the page `http.md`, over a data folder of its own."""
    home = tmp_path_factory.mktemp("running") / "home"
    shutil.copytree(reader_home, home)
    server = service(home)
    yield server
    server.stop()


def _own_files(folder: Path, riverbend_folder: Path) -> None:
    """The district's files without their description."""
    shutil.copytree(riverbend_folder, folder / "district", ignore=shutil.ignore_patterns("*.toml"))
    (folder / "district" / "students.csv").unlink()


def _county(folder: Path, _: Path) -> None:
    if not _TIGER.exists():
        pytest.skip("no TIGER file on this machine")
    (folder / "county").mkdir()
    shutil.copy(_TIGER, folder / "county")
    (folder / "addresses.csv").write_text("address\n10 Main St\n")


def _own_map(folder: Path, _: Path) -> None:
    """The definition that the page shows, saved as it says."""
    text = (ROOT / "docs" / "how-to" / "own-map.md").read_text("utf-8")
    (folder / "my-maps").mkdir()
    definition = text.split("```toml\n")[1].split("```")[0]
    (folder / "my-maps" / "local-schools.toml").write_text(definition)


def _last_year(folder: Path, riverbend_folder: Path) -> None:
    """The region's folder, and a kept list of the year before."""
    shutil.copytree(riverbend_folder, folder / "riverbend")
    for name in ("demo", "demo-2022-23"):
        assert main(["students", "delete", "--region", "riverbend", "--name", name]) == 0
    options = "--region riverbend --name last-year --owner Office --agreement MOU-7"
    options += " --expires 2099-06-30 --address address --id student_id --grade grade"
    options += " --school school --school-year 2022-23"
    assert main(["students", "add", "students.csv", *options.split()]) == 0


def _scenario(folder: Path, riverbend_folder: Path) -> None:
    """The region without planning blocks, and the scenario that the page shows."""
    unplanned_copy(riverbend_folder, folder / "district")
    text = (ROOT / "docs" / "how-to" / "scenarios.md").read_text("utf-8")
    shown = text.split('```toml\nid = "close-main"')[1].split("```")[0]
    (folder / "close-main.toml").write_text(f'id = "close-main"{shown}')


def _counts(folder: Path, _: Path) -> None:
    """The district's own counts, births, homes and forecast."""
    years, grades = (21, 22, 23), ("K", "1")
    counts = [f"0101,20{year}-{year + 1},{grade},{60 + year}" for year in years for grade in grades]
    births = [f"{year},{year - 1900}" for year in range(2016, 2024)]
    tables = {
        "counts.csv": ["unit,year,grade,students", *counts],
        "births.csv": ["year,births", *births],
        "homes.csv": ["year,units,yield,unit", "2025-26,40,0.5,0101"],
        "published.csv": ["School,2024-25,2025-26", "0101,150,155"],
    }
    for name, lines in tables.items():
        (folder / name).write_text("\n".join(lines) + "\n")


def _checkout(folder: Path, _: Path) -> None:
    (folder / "shapefiles").symlink_to(ROOT / "shapefiles")


FILES = {
    "README.md": _checkout,
    "own-map.md": _own_map,
    "school-year.md": _last_year,
    "own-files.md": _own_files,
    "regions.md": _own_files,
    "tiger.md": _county,
    "scenarios.md": _scenario,
    "forecast.md": _counts,
}
"""What a page takes for granted in the reader's folder, beside `students.csv`."""


@pytest.fixture
def reader(request, tmp_path, reader_home, running, riverbend_folder, monkeypatch):
    """A reader of a page in an empty folder with a list of students."""
    lines = (riverbend_folder / "students.csv").read_text("utf-8").splitlines()[:400]
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "students.csv").write_text("\n".join(lines) + "\n")
    folder, home = tmp_path / "folder", tmp_path / "home"
    shutil.copytree(reader_home, home, symlinks=True)
    monkeypatch.setenv("GEOSERVICE_HOME", str(home))
    monkeypatch.chdir(folder)
    return Reader(folder, home, running.url)


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_shows_runs(page, reader, riverbend_folder):
    FILES.get(page.name, lambda *_: None)(reader.folder, riverbend_folder)
    for block in blocks_of(page):
        if not block.reason:
            reader.run(block)


def test_few_blocks_are_not_run_and_each_says_why():
    documents = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    skipped = [block for page in documents for block in blocks_of(page) if block.reason]
    assert len(skipped) <= _MOST_NOT_RUN, [(block.page, block.reason) for block in skipped]
