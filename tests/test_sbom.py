"""The bill of materials names every locked package with its licence, in the form of CycloneDX."""

import re
import tomllib
from pathlib import Path

import pytest

from tools.sbom import bill

_ROOT = Path(__file__).resolve().parents[1]
_LOCK = (_ROOT / "requirements/run.lock").read_text("utf-8")
_PROJECT = tomllib.loads((_ROOT / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture(scope="module")
def document():
    return bill(_LOCK, _PROJECT)


def test_every_locked_package_is_in_the_bill_with_a_licence(document):
    locked = {line.split("==")[0] for line in _LOCK.splitlines() if "==" in line and line[0] != " "}
    assert {part["name"] for part in document["components"]} == locked
    assert len(locked) > 50
    silent = [part["name"] for part in document["components"] if not part.get("licenses")]
    assert silent == []


def test_the_bill_is_of_the_form_of_cyclonedx(document):
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    assert re.fullmatch(
        r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", document["serialNumber"]
    )
    references = [part["bom-ref"] for part in document["components"]]
    assert len(set(references)) == len(references)
    assert all(
        re.fullmatch(r"pkg:pypi/[a-z0-9.-]+@[^@]+", part["purl"]) for part in document["components"]
    )
    assert document["dependencies"][0]["dependsOn"] == references
    assert bill(_LOCK, _PROJECT) == document
