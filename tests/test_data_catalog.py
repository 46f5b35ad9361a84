"""The catalogue of public data follows the rules of DCAT-US 1.1, with a contact where it is set."""

import httpx
import jsonschema
import pytest
from conftest import Server

from geoservice.cli.main import main
from geoservice.errors import InputError
from geoservice.model.settings import Settings

EMAIL = "data@district.example.org"
_URL = {"type": "string", "pattern": r"^https?://[^\s]+$"}
_TEXT = {"type": "string", "minLength": 1}
_REPEATING = {"type": "string", "pattern": r"^R/P(\d+(\.\d+)?[YMWD])+$"}
_DISTRIBUTION = {
    "type": "object",
    "required": ["@type", "downloadURL", "mediaType"],
    "properties": {
        "@type": {"const": "dcat:Distribution"},
        "downloadURL": _URL,
        "mediaType": {"type": "string", "pattern": r"^[a-z\-_.0-9]+/[a-z\-+_.0-9]+$"},
        "format": _TEXT,
    },
}
_CONTACT = {
    "type": "object",
    "required": ["fn", "hasEmail"],
    "properties": {
        "@type": {"const": "vcard:Contact"},
        "fn": _TEXT,
        "hasEmail": {
            "type": "string",
            "pattern": r"^mailto:[\w~!$&'()*+,;=:.-]+@[\w.-]+\.[\w.-]+$",
        },
    },
}
_DATA_SET = {
    "type": "object",
    "required": [
        "title",
        "description",
        "keyword",
        "modified",
        "publisher",
        "contactPoint",
        "identifier",
        "accessLevel",
    ],
    "properties": {
        "@type": {"const": "dcat:Dataset"},
        "title": _TEXT,
        "description": _TEXT,
        "identifier": _TEXT,
        "keyword": {"type": "array", "items": _TEXT, "minItems": 1},
        "modified": _REPEATING,
        "accrualPeriodicity": _REPEATING,
        "publisher": {
            "type": "object",
            "required": ["name"],
            "properties": {"@type": {"const": "org:Organization"}, "name": _TEXT},
        },
        "contactPoint": _CONTACT,
        "accessLevel": {"enum": ["public", "restricted public", "non-public"]},
        "language": {"type": "array", "items": {"pattern": "^[a-z]{2}$"}, "minItems": 1},
        "landingPage": _URL,
        "distribution": {"type": "array", "items": _DISTRIBUTION, "minItems": 1},
    },
}
CATALOG = {
    "type": "object",
    "required": ["conformsTo", "dataset"],
    "properties": {
        "@type": {"const": "dcat:Catalog"},
        "conformsTo": {"const": "https://project-open-data.cio.gov/v1.1/schema"},
        "dataset": {"type": "array", "items": _DATA_SET, "minItems": 1},
    },
}
"""The rules of DCAT-US 1.1 for publishers that are no federal agency."""


def test_a_catalogue_with_a_contact_is_valid_and_names_the_publisher(home, riverbend):
    environ = {
        "GEOSERVICE_PUBLISHER_NAME": "Office of Public Data",
        "GEOSERVICE_PUBLISHER_EMAIL": EMAIL,
    }
    running = Server(home, "serve", "--region", "riverbend", environ=environ)
    try:
        catalog = httpx.get(f"{running.url}/data.json").json()
    finally:
        running.stop()
    jsonschema.validate(catalog, CATALOG)
    for data_set in catalog["dataset"]:
        assert data_set["publisher"]["name"] == "Office of Public Data"
        assert data_set["contactPoint"]["hasEmail"] == f"mailto:{EMAIL}"
    identifiers = [data_set["identifier"] for data_set in catalog["dataset"]]
    assert len(set(identifiers)) == len(identifiers)


def test_a_catalogue_without_a_contact_lacks_nothing_else(server):
    catalog = httpx.get(f"{server.url}/data.json").json()
    faults = list(jsonschema.Draft202012Validator(CATALOG).iter_errors(catalog))
    assert {fault.message for fault in faults} == {"'contactPoint' is a required property"}


def test_the_command_says_how_to_set_a_contact(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("GEOSERVICE_HOME", str(tmp_path))
    monkeypatch.delenv("GEOSERVICE_PUBLISHER_EMAIL", raising=False)
    assert main(["settings"]) == 0
    assert "Set GEOSERVICE_PUBLISHER_EMAIL to" in capsys.readouterr().err
    monkeypatch.setenv("GEOSERVICE_PUBLISHER_EMAIL", EMAIL)
    assert main(["settings"]) == 0
    said = capsys.readouterr()
    assert "PUBLISHER" not in said.err
    assert f"GEOSERVICE_PUBLISHER_EMAIL={EMAIL}" in said.out


@pytest.mark.parametrize("text", ["district", "a@b", "a b@example.org", "<a@example.org>"])
def test_a_contact_that_is_no_address_is_refused_by_name(text, tmp_path):
    with pytest.raises(InputError, match="GEOSERVICE_PUBLISHER_EMAIL must be an e-mail address"):
        Settings.read({"GEOSERVICE_HOME": str(tmp_path), "GEOSERVICE_PUBLISHER_EMAIL": text})
