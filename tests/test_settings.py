"""Settings: all in one object, each documented, printed without secrets, and a bad value is named."""

import json
import re
from pathlib import Path

import pytest

from geoservice.cli.main import main
from geoservice.errors import InputError
from geoservice.model.limits import Limits
from geoservice.model.settings import Settings
from tools.site.settings import page

_ROOT = Path(__file__).parents[1]
_NAME = re.compile(r"GEOSERVICE_[A-Z_]*[A-Z]")


def test_the_documents_list_every_setting_and_no_other():
    listed = set(_NAME.findall(page()))
    assert listed == set(Settings.variables())


def test_the_documents_tell_the_defaults_of_all_limits():
    told = dict(re.findall(r"`GEOSERVICE_([A-Z_]+)` \| ([\d,]+)", page()))
    for name, value in vars(Limits()).items():
        assert int(told[name.upper()].replace(",", "")) == value, name


def test_no_document_and_no_module_names_a_setting_that_there_is_not():
    paths = [*_ROOT.glob("geoservice/**/*.py"), *_ROOT.glob("docs/**/*.md"), _ROOT / "README.md"]
    for path in paths:
        names = set(_NAME.findall(path.read_text("utf-8"))) - {"GEOSERVICE_OIDC"}
        assert names <= set(Settings.variables()), path


def test_the_command_prints_all_settings_without_secrets(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("GEOSERVICE_HOME", str(tmp_path))
    monkeypatch.setenv("GEOSERVICE_DATABASE", "postgresql://u:hidden1@db/x?password=hidden2")
    monkeypatch.setenv("GEOSERVICE_PROVIDER_OPTIONS", '{"api_key": "hidden3"}')
    monkeypatch.setenv("GEOSERVICE_MAX_ROW", "5")
    assert main(["settings"]) == 0
    said = capsys.readouterr()
    lines = dict(line.split("=", 1) for line in said.out.splitlines())
    assert set(lines) == set(Settings.variables())
    assert lines["GEOSERVICE_MAX_ROWS"] == "20000000"
    assert lines["GEOSERVICE_HOME"] == str(tmp_path)
    assert "u:***@db" in lines["GEOSERVICE_DATABASE"]
    assert "hidden" not in said.out + said.err
    assert "GEOSERVICE_MAX_ROW is no setting" in said.err
    assert main(["settings", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == lines


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REQUIRE_KEY", "yes"),
        ("REQUIRE_KEY", "1"),
        ("CENSUS_GET", "on"),
        ("PUBLIC_URL", "maps.example.org"),
        ("PUBLIC_URL", "https://[x"),
        ("PUBLIC_URL", "https://a:99999999"),
        ("PUBLIC_URL", "javascript://a"),
    ],
)
def test_a_bad_value_is_named(name, value):
    with pytest.raises(InputError, match=f"GEOSERVICE_{name} "):
        Settings.read({f"GEOSERVICE_{name}": value})


def test_a_bad_value_ends_the_command_with_a_sentence(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("GEOSERVICE_HOME", str(tmp_path))
    monkeypatch.setenv("GEOSERVICE_REQUIRE_KEY", "yes")
    assert main(["settings"]) == 2
    assert "GEOSERVICE_REQUIRE_KEY must be" in capsys.readouterr().err
