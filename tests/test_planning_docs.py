"""The commands of docs/planning.md, run as they stand there."""

import itertools
import re
import shlex
import shutil
from pathlib import Path

import pytest

from geoservice.cli.main import main
from geoservice.model.settings import Settings
from geoservice.service.fictional import add_fictional
from geoservice.service.students import Students

PAGE = Path(__file__).parents[1] / "docs" / "planning.md"
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
COMMANDS = [
    line for block in BLOCKS for line in block.splitlines() if line.startswith("geoservice ")
]
SCENARIO = next(
    block
    for block in re.findall(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    if block.startswith('id = "close-main"')
)
FILES = {
    "counts.csv": [
        "unit,year,grade,students",
        *(
            f"0101,20{year}-{year + 1},{grade},{60 + year}"
            for year in (21, 22, 23)
            for grade in ("K", "1")
        ),
    ],
    "births.csv": ["year,births", *(f"{year},{year - 1900}" for year in range(2016, 2024))],
    "homes.csv": ["year,units,yield,unit", "2025-26,40,0.5,0101"],
    "published.csv": ["School,2024-25,2025-26", "0101,150,155"],
}


@pytest.fixture(scope="module")
def planning_folder(tmp_path_factory, riverbend, riverbend_folder):
    """A folder with the files that the page names, and a data folder with the district's four years."""
    folder = tmp_path_factory.mktemp("planning")
    shutil.copytree(riverbend_folder, folder / "district")
    (folder / "close-main.toml").write_text(SCENARIO)
    for name, lines in FILES.items():
        (folder / name).write_text("\n".join(lines) + "\n")
    settings = Settings.read({"GEOSERVICE_HOME": str(folder / "home")})
    add_fictional(Students(settings), riverbend_folder / "students.csv", riverbend.reference)
    return folder


@pytest.mark.slow
def test_every_command_of_the_page_runs(planning_folder, riverbend_folder, monkeypatch):
    monkeypatch.setenv("GEOSERVICE_HOME", str(planning_folder / "home"))
    monkeypatch.chdir(planning_folder)
    assert main(["region", "build", str(riverbend_folder)]) == 0
    assert len(COMMANDS) >= 4
    for line in COMMANDS:
        arguments = shlex.split(line, comments=True)[1:]
        assert main(arguments) == 0, line
        written = [after for option, after in itertools.pairwise(arguments) if option == "-o"]
        for name in written:
            assert Path(name).stat().st_size > 0, line
