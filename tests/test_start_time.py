"""What the command line loads before it answers: the list of commands loads no large library."""

import re
import subprocess
import sys

import pytest

LARGE = {
    "folium",
    "geopandas",
    "matplotlib",
    "numpy",
    "pandas",
    "polars",
    "pyarrow",
    "scipy",
    "shapely",
    "sqlalchemy",
}


def loaded(*arguments):
    """Return the libraries and modules that a run of the command line imports."""
    line = [sys.executable, "-X", "importtime", "-m", "geoservice.cli.main", *arguments]
    run = subprocess.run(line, capture_output=True, text=True, timeout=120)
    return run, set(re.findall(r"\| +([\w.]+)$", run.stderr, re.M))


@pytest.mark.parametrize("arguments", [["--help"], [], ["no-such-command"]])
def test_the_list_of_commands_loads_no_large_library(arguments):
    run, modules = loaded(*arguments)
    assert not modules & LARGE
    assert "geoservice.cli.main" in modules or "geoservice.cli" in modules
    assert run.returncode == (2 if arguments == ["no-such-command"] else 0)


def test_the_list_names_every_command_and_each_command_has_its_options():
    from geoservice.cli.main import COMMANDS, overview, parser

    listed = overview().format_help()
    assert parser().format_help() == listed
    for name, command in COMMANDS.items():
        assert f" {name}" in listed
        assert command.summary
        assert "--help" in parser(name).format_help()


def test_a_map_is_written_without_what_geocodes_or_builds_a_region(
    riverbend_folder, tmp_path, monkeypatch
):
    monkeypatch.setenv("GEOSERVICE_HOME", str(tmp_path / "home"))
    build, _ = loaded("region", "build", str(riverbend_folder))
    assert build.returncode == 0, build.stderr
    run, modules = loaded("map", "ratings", "-o", str(tmp_path / "m.html"), "--region", "riverbend")
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "m.html").stat().st_size > 100_000
    unwanted = {
        "scipy",
        "matplotlib",
        "geopandas",
        "geoservice.geocode.geocoder",
        "geoservice.region.layers",
    }
    assert not modules & unwanted
