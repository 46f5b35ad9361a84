"""`region check` on a region of streets alone: repeated ranges, and a self-test on its own ranges."""

import pytest

from geoservice.region.check_ranges import check_ranges
from geoservice.service.self_test import self_test


def findings_of(town):
    return {finding.code: finding for finding in check_ranges(town.layers().streets)}


def test_repeated_and_overlapping_ranges_are_counted(town):
    town.street("Main St", left="101-199", right="100-198")
    town.street("MAIN ST", left="199-101")
    town.street("Main St", left="151-299")
    town.street("Main St", left="101-199", city="Shelbyville")
    town.street("Oak St", left="101-199")
    found = findings_of(town)
    assert (found["range_repeated"].count, found["range_repeated"].rows) == (2, ("1", "2"))
    assert (found["range_overlap"].count, found["range_overlap"].rows) == (1, ("3",))
    assert found["range_overlap"].message.startswith("of 6 range sides")


def test_ranges_that_meet_are_neither_repeated_nor_overlapping(town):
    town.street("Main St", left="101-199", right="100-198")
    town.street("Main St", left="201-299", right="200-298")
    assert findings_of(town) == {}


def test_ranges_without_a_street_s_name_are_named_by_row(town):
    town.street("Main St", left="101-199")
    town.street("", left="101-199")
    assert findings_of(town)["no_name"].rows == ("2",)


def test_streets_alone_are_tried_on_their_own_ranges(town):
    for number in range(30):
        town.street(f"Elm{chr(65 + number % 26)}{chr(65 + number // 26)} St", left="101-199")
    (found,) = self_test(town.layers())
    assert (found.severity, found.count) == ("note", 30)
    assert "100.0% were matched" in found.message


@pytest.mark.parametrize("name", ["Main St", "PO Box 4"])
def test_streets_that_their_own_ranges_do_not_find_are_an_error_and_named(town, name):
    for _ in range(30):
        town.street(name, left="101-199")
    (found,) = self_test(town.layers())
    assert (found.severity, found.rows) == ("error", (name,))
