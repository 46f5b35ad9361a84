"""docs/your-files.md: `region init` reads each publisher's columns as the page says."""

import re
from pathlib import Path

import polars as pl
import pytest

from geoservice.region.known_fields import known_fields

PAGE = Path(__file__).parents[1] / "docs" / "your-files.md"
PART_ORDER = ("premod", "predir", "pretype", "presep", "name", "type", "postdir", "postmod")
CELLS = {
    "premod": ["OLD", "", "", ""],
    "predir": ["N", "", "E", "S"],
    "pretype": ["", "AVENUE", "", "US HWY"],
    "presep": ["", "OF THE", "", ""],
    "name": ["OAK", "ELM", "MAIN", "64"],
    "type": ["ST", "AVE", "", "RD"],
    "postdir": ["NW", "", "SE", ""],
    "postmod": ["", "", "BYPASS", ""],
}
WHOLE = ["N OAK ST", "ELM AVE NW", "E MAIN ST", "2ND RD"]
FOUR = {
    4: ("predir", "name", "type", "postdir"),
    3: ("name", "type", "postdir"),
    2: ("name", "type"),
    5: ("predir", "pretype", "name", "type", "postdir"),
    8: PART_ORDER,
}


def rows_of(heading: str) -> list[list[list[str]]]:
    """The columns that each cell of a table names, row by row; the first cell is the publisher."""
    text = PAGE.read_text("utf-8")
    table = text[text.index(f"## {heading}\n") :].split("\n## ")[0]
    if heading != "Address points":
        table = table.split("\nTIGER")[0]
    lines = [line for line in table.splitlines() if line.startswith("| ")][1:]
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    return [
        [[row[0]], *(re.findall(r"`([A-Za-z0-9_]+)`", cell) for cell in row[1:])] for row in cells
    ]


def street_columns(names: list[str]) -> dict[str, list[str]]:
    """Cells for the columns that name a street: whole names, or the parts in the order of writing."""
    if len(names) == 1:
        return {names[0]: WHOLE}
    return {name: CELLS[part] for name, part in zip(names, FOUR[len(names)], strict=True)}


def street_of(fields: dict[str, str]) -> list[str]:
    """The columns that name the street by the fields, in the order of writing."""
    whole = fields.get("street", fields.get("full_name"))
    return [whole] if whole else [fields[part] for part in PART_ORDER if part in fields]


@pytest.mark.parametrize("row", rows_of("Address points"), ids=lambda row: row[0][0])
def test_the_columns_of_address_points_are_read_as_the_page_says(row):
    _, numbers, street, unit, town, zips, place = row
    table = {name: ["", "", "", "B"] for name in numbers} | {
        numbers[len(numbers) > 2]: ["1", "22", "333", "4"]
    }
    table |= street_columns(street) | {
        unit[0]: ["", "2", "", "B"],
        town[0]: ["SALEM"] * 4,
        zips[0]: ["62701"] * 4,
    }
    table |= {name: ["-90.5"] * 4 for name in place}
    fields = known_fields("addresses", pl.DataFrame(table))
    written = [
        fields[name] for name in ("number_prefix", "number", "number_suffix") if name in fields
    ]
    assert written == numbers
    assert street_of(fields) == street
    assert [fields["unit"], fields["city"], fields["zip"]] == [*unit, *town, *zips]
    assert [fields[axis] for axis in ("lon", "lat") if axis in fields] == place


@pytest.mark.parametrize("row", rows_of("Streets"), ids=lambda row: row[0][0])
def test_the_columns_of_streets_are_read_as_the_page_says(row):
    _, street, left, right, zips, towns = row
    table = street_columns(street) | {name: ["101", "201", "301", "0"] for name in (*left, *right)}
    table |= {name: ["62701"] * 4 for name in zips} | {name: ["SALEM"] * 4 for name in towns}
    fields = known_fields("streets", pl.DataFrame(table))
    assert street_of(fields) == street
    assert [fields["from_left"], fields["to_left"]] == left
    assert [fields["from_right"], fields["to_right"]] == right
    assert [fields["zip_left"], fields["zip_right"]] == zips
    assert [fields[name] for name in ("city_left", "city_right") if name in fields] == towns


def test_the_page_lists_twenty_publishers():
    assert len(rows_of("Address points")) + len(rows_of("Streets")) >= 20
