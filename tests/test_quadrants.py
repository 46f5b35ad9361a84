"""In made-up towns with quadrants no typed direction ever becomes another one, in no tier."""

import itertools
import random

import polars as pl
import pytest
from town import Town

from geoservice.address.clean import clean_text
from geoservice.address.reading import read_address
from geoservice.address.street import read_street
from geoservice.geocode.propose import Proposer
from geoservice.placing.options import PlaceOptions, resolve
from geoservice.placing.pipeline import place

SPELLED = {
    "N": "North",
    "S": "South",
    "E": "East",
    "W": "West",
    "NE": "Northeast",
    "NW": "Northwest",
    "SE": "South East",
    "SW": "S.W.",
}
NAMES = (
    "12TH AVE",
    "3RD ST",
    "3RD ST PL",
    "MAIN ST",
    "LITTLE FALLS RD",
    "KNOB HILL CT",
    "MILL RUN",
    "BROADWAY",
    "NORTH AVE",
    "PARK AVE CIR",
    "OLD MILL CREEK DR",
)
FORMS = (
    "{number} {name} {direction}",
    "{number} {direction} {name}",
    "{number} {name}, {direction}",
    "{number} {name} Apt 4 {direction}",
    "{direction} {number} {name}",
    "{number}{direction} {name}",
    "{number} {untyped} {direction}",
    "{number} {direction} {untyped}",
    "{number} {stem} {direction} {type}",
    "{number} {slip} {direction}",
    "{name} {direction}",
    "{name} {direction} & Cross St",
)
PLACES = ("", ", Springfield", ", Springfield, CA 94111", " Springfield CA 94110", ", 94199")


def quadrant_town(seed: int) -> Town:
    """A town whose streets bear some of the directions, as points, as ranges or as both."""
    drawn, town = random.Random(seed), Town()
    for at, name in enumerate(NAMES):
        for nth, direction in enumerate(drawn.sample(sorted(SPELLED), drawn.randrange(1, 4))):
            written = drawn.choice((f"{name} {direction}", f"{direction} {name}"))
            place = {"zip": drawn.choice(("94110", "94111", "94112"))}
            y = -1000.0 * at - 150.0 * nth
            if drawn.random() < 0.8:
                low = 100 * drawn.randrange(1, 3)
                numbers = {"left": f"{low + 1}-{low + 99}", "right": f"{low}-{low + 98}"}
                town.street(written, **numbers, at=[(0, y), (300, y)], **place)
            if drawn.random() < 0.5:
                for number in (151, 152, 159, 160):
                    town.point(str(number), written, number, y, **place)
        if drawn.random() < 0.3:
            town.street(name, left="301-399", at=[(0, -1000.0 * at - 900), (300, -1000.0 * at)])
    town.street("CROSS ST", left="1-99", at=[(0, 0), (0, -150), (0, -1000), (0, -2000)])
    return town


def typed_addresses(seed: int) -> list[tuple[str, str]]:
    """Addresses and the direction that each types."""
    drawn, rows = random.Random(seed), []
    for name, code, form in itertools.product(NAMES, SPELLED, FORMS):
        words = name.split()
        stem, type_ = (" ".join(words[:-1]), words[-1]) if len(words) > 1 else (name, "")
        slip = name[:3] + name[4:] if words[0].isalpha() and len(words[0]) > 4 else name
        direction = drawn.choice((code, code.lower(), SPELLED[code]))
        if form.startswith("{number}{direction}"):
            direction = code if len(code) == 1 else f" {code}"
        line = form.format(
            number=drawn.choice((150, 151, 155, 205, 301, 405)),
            name=name,
            direction=direction,
            untyped=stem,
            stem=stem,
            type=type_,
            slip=slip,
        )
        rows.append((line + drawn.choice(PLACES), code))
    return rows


def contradicts(address: str, code: str, name_directions: frozenset[str]) -> bool:
    """True where the street of an address bears directions, but not the typed one."""
    text = (
        address.split(",", maxsplit=1)[0]
        .split(" & ", maxsplit=1)[0]
        .partition(" UNIT ")[0]
        .partition(" APT ")[0]
    )
    number, _, street = text.partition(" ")
    known = read_street(clean_text(street if number[0].isdigit() else text)).directions
    return bool(known - name_directions) and code not in known


@pytest.mark.parametrize("seed", range(6))
def test_no_typed_direction_becomes_another(tmp_path, seed):
    reference = quadrant_town(seed).reference(tmp_path)
    rows = typed_addresses(seed)
    frame = pl.DataFrame({"address": [line for line, _ in rows]})
    options = resolve(PlaceOptions(address="address", allow=("street",)), frame.columns)
    placed = place(frame, options, reference)
    proposer, wrong, matched = Proposer(reference), [], 0
    for (line, code), row in zip(rows, placed.iter_rows(named=True), strict=True):
        own = frozenset({"N"}) if "NORTH AVE" in line else frozenset[str]()
        told = [row["geo_address"] or ""]
        if row["geo_status"] == "ambiguous":
            told = row["geo_changes"].split(" | ")
        elif row["geo_status"] == "unmatched":
            told = proposer.propose(read_address(line, "", "", "", reference.gazetteer))
        matched += row["geo_status"] == "matched"
        wrong += [(line, row, one) for one in told if one and contradicts(one, code, own)]
    assert matched > 50
    assert wrong == []
