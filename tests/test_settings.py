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
    monkeypatch.setenv("GEOSERVICE_POSTGIS", "postgresql://u:hidden4@h/idden5:hidden6@db/x")
    monkeypatch.setenv("GEOSERVICE_BASEMAP_URL", "https://t.example/{z}/{x}/{y}?api_key=hidden7")
    monkeypatch.setenv("GEOSERVICE_BASEMAP_ATTRIBUTION", "Tiles")
    monkeypatch.setenv("GEOSERVICE_OBJECT_STORE", "s3://b/f?secret_key=hidden8&region=eu")
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
    assert "idden5" not in said.out
    assert lines["GEOSERVICE_OBJECT_STORE"] == "s3://b/f?secret_key=***&region=eu"
    assert "GEOSERVICE_MAX_ROW is no setting" in said.err
    assert main(["settings", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == lines


@pytest.mark.parametrize(
    ("name", "url", "shown"),
    [
        ("TRACES_URL", "https://h/v1?x-team=hidden&a=hidden", "https://h/v1?x-team=***&a=***"),
        ("TRACES_URL", "https://h/v1?hidden", "https://h/v1?***"),
        ("BASEMAP_URL", "https://t/{z}/{x}/{y}?k=hidden", "https://t/{z}/{x}/{y}?k=***"),
        ("JOB_STORE", "s3://b/f?sas=hidden&region=eu", "s3://b/f?sas=***&region=eu"),
        ("DATABASE", "postgresql://db/x?sslmode=require", "postgresql://db/x?sslmode=require"),
    ],
)
def test_values_in_addresses_are_hidden_whatever_their_name(name, url, shown):
    variables = {f"GEOSERVICE_{name}": url, "GEOSERVICE_BASEMAP_ATTRIBUTION": "Tiles"}
    assert Settings.read(variables).shown()[f"GEOSERVICE_{name}"] == shown


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
        ("CHUNK_ROWS", "0"),
        ("MAX_REQUESTS", "0"),
        ("MAX_CONNECTIONS", "0"),
        ("SESSION_IDLE_MINUTES", "0"),
        ("MAX_ROWS", "9" * 30),
        ("FRAME_ANCESTORS", "'none'; script-src *"),
        ("FRAME_ANCESTORS", "https://a.example/<x>"),
        ("MAPS", "/no/such/folder"),
        ("SCHEDULER", "foo"),
        ("SCHEDULER", "http://10.0.0.7:8786"),
        ("SCHEDULER", "tcp://10.0.0.7:99999"),
        ("SCHEDULER_CA", "/no/such/file"),
        ("WEBHOOK_HOSTS", "https://hooks.example.org/x"),
        ("POSTGIS", "sqlite:///x"),
        ("PROVIDER_OPTIONS", "[1]"),
        ("PROVIDER_OPTIONS", "{"),
    ],
)
def test_a_bad_value_is_named(name, value):
    with pytest.raises(InputError, match=f"GEOSERVICE_{name} "):
        Settings.read({f"GEOSERVICE_{name}": value})


def test_good_values_are_taken_as_they_are():
    given = {
        "GEOSERVICE_FRAME_ANCESTORS": "'self', https://*.example.org:8443 http://localhost:3000 *",
        "GEOSERVICE_WEBHOOK_HOSTS": "Hooks.example.org localhost:8443 [::1]:99",
        "GEOSERVICE_SCHEDULER": "tls://dask.example.org:8786",
        "GEOSERVICE_POSTGIS": "postgresql:///places",
        "GEOSERVICE_KEEP_DAYS": "0",
        "GEOSERVICE_REQUESTS_PER_S": "0",
    }
    settings = Settings.read(given)
    assert settings.frame_ancestors == "'self' https://*.example.org:8443 http://localhost:3000 *"
    assert settings.operations.webhook_hosts == ("hooks.example.org", "localhost:8443", "[::1]:99")


def test_a_bad_value_ends_the_command_with_a_sentence(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("GEOSERVICE_HOME", str(tmp_path))
    monkeypatch.setenv("GEOSERVICE_REQUIRE_KEY", "yes")
    assert main(["settings"]) == 2
    assert "GEOSERVICE_REQUIRE_KEY must be" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE", "postgresql://u@db.example/x"),
        ("DATABASE", "postgresql://u@db.example/x?sslmode=require"),
        ("DATABASE", "postgresql:///x?host=db.example"),
        ("POSTGIS", "postgresql://u@db.example/x"),
        ("SCHEDULER", "tcp://10.0.0.7:8786"),
        ("TRACES_URL", "http://collector.example/v1/traces"),
        ("JOB_STORE", "s3://b/f?endpoint_override=store.example:9000&scheme=http"),
        ("PUBLIC_URL", "http://maps.example.org"),
    ],
)
def test_where_connections_must_be_encrypted_a_plain_one_is_named(name, value):
    plain = {f"GEOSERVICE_{name}": value}
    assert Settings.read(plain)
    with pytest.raises(InputError, match=f"GEOSERVICE_{name} is not encrypted"):
        Settings.read({**plain, "GEOSERVICE_REQUIRE_TLS": "true"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE", "postgresql://u@db.example/x?sslmode=verify-full"),
        ("DATABASE", "postgresql://u@127.0.0.1/x"),
        ("DATABASE", "postgresql:///x?host=/run/postgresql"),
        ("SCHEDULER", "tls://10.0.0.7:8786"),
        ("SCHEDULER", "tcp://localhost:8786"),
        ("JOB_STORE", "s3://b/f?endpoint_override=127.0.0.1:9000&scheme=http"),
        ("JOB_STORE", "s3://b/f"),
        ("PUBLIC_URL", "https://maps.example.org"),
    ],
)
def test_encrypted_connections_and_those_of_this_machine_are_taken(name, value):
    assert Settings.read({f"GEOSERVICE_{name}": value, "GEOSERVICE_REQUIRE_TLS": "true"})
