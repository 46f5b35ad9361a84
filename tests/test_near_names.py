"""Names a slip away: the table of a small region and the arrays of a large one agree."""

import random

from geoservice.address.street import Street
from geoservice.geocode import key_tables
from geoservice.geocode.key_tables import NearNames


def test_a_table_finds_the_names_that_the_arrays_find(riverbend, monkeypatch):
    reference = riverbend.reference
    names = [Street(*row[:6]).name_key for row in reference.street_table.iter_rows()]
    small = NearNames(reference, names)
    monkeypatch.setattr(key_tables, "_MOST_IN_TABLE", 0)
    large = NearNames(reference, names)
    drawn = random.Random(4)
    typed = {name for name in names if len(name) > 4 and name.isalpha()}
    assert typed
    for name in sorted(typed):
        at = drawn.randrange(len(name))
        for slip in (name, name[:at] + name[at + 1 :], name[:at] + "Q" + name[at:], f"{name}QQ"):
            found = small.find(slip)
            assert found == large.find(slip)
            assert bool(found) or slip.endswith("QQ")
