"""docs/regions.md names every key and field that region.toml takes, and no other."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from geoservice.model.grades import GRADES
from geoservice.model.region import WalkingRules
from geoservice.region.field_list import FIELDS
from geoservice.region.manifest import _DATASET, _TOP
from geoservice.region.release_rules import _KEYS
from geoservice.region.rules import _LABEL, _RULES, _SCHEME

PAGE = Path(__file__).parents[1] / "docs" / "regions.md"
HEADINGS = {
    "streets": "`[[streets]]`",
    "addresses": "`[[addresses]]`",
    "aliases": "`[[aliases]]`",
    "schools": "`[schools]`",
    "seats": "`[[seats]]`",
    "ratings": "`[[ratings]]`",
    "zones": "`[[zones]]`",
    "links": "`schools` of `[[zones]]`",
    "areas": "`[[areas]]`",
    "background": "`[[background]]`",
    "blocks": "`[[blocks]]`",
    "hazards": "`[[hazards]]`",
    "births": "`[[births]]`",
    "housing": "`[[housing]]`",
}
KEYS = {
    "Top of the file": set(_TOP),
    "Every section that names a file": set(_DATASET),
    "`[rating_schemes.ID]`": set(_SCHEME),
    "Labels of a scheme": set(_LABEL),
    "`[measures]`": set(_RULES),
    "`[walking]`": {level.name for level in fields(WalkingRules)},
    "`[release]`": set(_KEYS),
}


def rows_of(heading: str) -> list[list[str]]:
    """The cells of the rows of the table under a heading."""
    text = PAGE.read_text("utf-8")
    start = text.index(f"### {heading}\n")
    table = re.split(r"\n#{2,3} ", text[start + 4 :])[0]
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


def names_of(heading: str) -> set[str]:
    """The names in the first column of the table under a heading."""
    return {name for row in rows_of(heading) for name in re.findall(r"`([^`]+)`", row[0])}


@pytest.mark.parametrize("kind", FIELDS)
def test_the_table_of_a_section_lists_the_fields_of_its_files(kind):
    documented = names_of(HEADINGS[kind])
    known = set(FIELDS[kind])
    if kind == "blocks":
        known, documented = known - set(GRADES), documented - set(GRADES)
    assert documented == known


@pytest.mark.parametrize("heading", KEYS)
def test_the_tables_of_keys_are_those_that_are_read(heading):
    assert names_of(heading) == KEYS[heading]


@pytest.mark.parametrize("heading", [*HEADINGS.values(), *KEYS])
def test_each_row_has_type_default_example_and_meaning(heading):
    for row in rows_of(heading):
        assert len(row) == 5, row
        assert row[0], row
        assert row[1], row
        assert row[3], row
        assert row[4], row
