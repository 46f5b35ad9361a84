"""A decision in a filled review always places its rows, or is refused with the reason."""

from contextlib import suppress

import polars as pl
import pytest

from geoservice.errors import InputError
from geoservice.placing.checking import refuse_lost_decisions
from geoservice.placing.options import PlaceOptions, resolve
from geoservice.placing.pipeline import place
from geoservice.placing.queue import Queue
from geoservice.placing.review import read_overrides


@pytest.fixture
def review_of(town, tmp_path):
    """Place addresses; gives the placed table, the review and the reference."""

    def run(lines, overrides=None, reference=None, **columns):
        reference = reference or town.reference(tmp_path)
        frame = pl.DataFrame({"address": lines, "grade": ["3"] * len(lines)} | columns)
        given = PlaceOptions(address="address", grade="grade", **{name: name for name in columns})
        options = resolve(given, frame.columns)
        placed = place(frame, options, reference, overrides)
        queue = Queue(reference)
        queue.add(frame, placed, options)
        return placed, queue.table(), reference

    return run


def decided(queue, use, reference):
    overrides = read_overrides(queue.with_columns(use=pl.lit(use)))
    refuse_lost_decisions(overrides, reference)
    return overrides


def two_zones(town):
    town.zone("E1", (-500, -500, 50, 500))
    town.zone("E2", (50, -500, 5000, 500))


def two_units(town):
    town.point("10", "OAK AVE", 0, 0, unit="1")
    town.point("10", "OAK AVE", 100, 0, unit="2")


def house_and_unit(town):
    town.point("10", "OAK AVE", 0, 0)
    town.point("10", "OAK AVE", 100, 0, unit="2")


def one_unit_twice(town):
    town.point("10", "OAK AVE", 0, 0, unit="1")
    town.point("10", "OAK AVE", 100, 0, unit="1")


def one_house_twice(town):
    town.point("10", "OAK AVE", 0, 0)
    town.point("10", "OAK AVE", 100, 0)


def one_range_twice(town):
    for x in (0, 900):
        town.street("Oak Ave", right="2-20", at=[(x, 0), (x + 40, 0)])


def two_towns(town):
    for x, name in ((0, "Springfield"), (100, "Shelbyville")):
        town.point("10", "OAK AVE", x, 0, city=name)


def two_kinds_of_route(town):
    for x, kind in ((0, "State Hwy"), (100, "County Rd")):
        town.point("10", f"{kind} 31", x, 0)


@pytest.mark.parametrize(
    ("build", "line"),
    [
        (two_units, "10 Oak Ave"),
        (two_units, "10 Oak Ave Apt 77"),
        (house_and_unit, "10 Oak Ave"),
        (one_unit_twice, "10 Oak Ave Apt 1"),
        (one_house_twice, "10 Oak Ave"),
        (one_range_twice, "10 Oak Ave"),
        (two_towns, "10 Oak Ave"),
        (two_kinds_of_route, "10 Hwy 31"),
    ],
)
def test_the_number_of_a_candidate_of_a_tie_always_places_the_row(town, review_of, build, line):
    build(town)
    two_zones(town)
    placed, queue, reference = review_of([line])
    assert placed["geo_reason"].to_list() == ["tie"]
    places = set()
    for use in ("1", " 2.0 "):
        again, _, _ = review_of([line], decided(queue, use, reference), reference)
        assert again["geo_status"].to_list() == ["matched"]
        assert "override" in (again["geo_changes"][0] or "") + again["geo_source"][0]
        places.add(again["lon"][0])
    assert len(places) == 2


def test_streets_that_meet_twice_can_be_decided(town, review_of):
    town.street("CLARK ST", right="100-198", at=[(0, -200), (0, 0)])
    town.street("CLARK ST", right="200-298", at=[(0, 0), (0, 200)])
    town.street("LOOP RD", right="1-99", at=[(0, -200), (-400, 0), (0, 200)])
    _, queue, reference = review_of(["Clark St & Loop Rd"])
    again, _, _ = review_of(["Clark St & Loop Rd"], decided(queue, "2", reference), reference)
    assert again["geo_status"].to_list() == ["matched"]


def test_proposals_name_town_and_zip_where_a_street_runs_through_several(town, review_of):
    for at, name in enumerate(("Springfield", "Shelbyville")):
        town.street("Oak Ave", right="2-20", city=name, at=[(900 * at, 0), (900 * at + 40, 0)])
    placed, queue, reference = review_of(["90 Oak Ave"])
    assert placed["geo_reason"].to_list() == ["out_of_range"]
    again, _, _ = review_of(["90 Oak Ave"], decided(queue, "1", reference), reference)
    assert again["geo_status"].to_list() == ["matched"]


@pytest.mark.parametrize(
    ("use", "reason"),
    [
        ("10 Oak Ave", "tie"),
        ("1 Nowhere Rd", "unknown_street"),
        ("900 Oak Ave", "out_of_range"),
        ("37.76, -12.43", "far from the region"),
        ("10", "no_number|unreadable|unknown_street"),
    ],
)
def test_a_decision_that_leads_nowhere_is_refused_with_row_and_reason(town, review_of, use, reason):
    two_towns(town)
    _, queue, reference = review_of(["10 Oak Ave"])
    with pytest.raises(InputError, match=rf"Row 1 of the overrides, column `use`.*({reason})"):
        decided(queue, use, reference)


def test_all_rows_that_are_refused_are_named(town, review_of):
    two_towns(town)
    _, queue, reference = review_of(["10 Oak Ave", "77 Elm St", "78 Elm St"])
    with pytest.raises(InputError, match=r"Row 1 of .*rows 2, 3"):
        decided(queue, "1 Nowhere Rd", reference)


def test_a_review_that_a_spreadsheet_kept_still_meets_its_rows(town, review_of):
    town.point("10", "OAK AVE", 0, 0, zip="02139")
    columns = {"city": [" Springfield"], "zip": ["02139"]}
    _, queue, reference = review_of(["-10  Oke Avenu"], **columns)
    kept = queue.with_columns(
        line=pl.lit("'-10 Oke Avenu"), zip=pl.lit("2139.0"), city=pl.lit("Springfield")
    )
    overrides = decided(kept, "10 Oak Ave", reference)
    again, _, _ = review_of(["-10  Oke Avenu"], overrides, reference, **columns)
    assert again["geo_status"].to_list() == ["matched"]


@pytest.mark.parametrize("cell", [1, b"\xff", ["1"]])
def test_a_review_without_texts_is_read_or_told(cell):
    row = {name: [cell] for name in ("line", "city", "state", "zip", "use")}
    with suppress(InputError):
        read_overrides(pl.DataFrame(row))
