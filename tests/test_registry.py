"""The registry of measures: complete, and what definitions of maps are checked against."""

import pytest
from measured_town import town_without

from geoservice.cartography.definition import read_definition
from geoservice.cartography.figure import Choice
from geoservice.cartography.view_rules import view_fault
from geoservice.errors import InputError, NotFoundError
from geoservice.measures.available import lacking
from geoservice.measures.measure import RATINGS, ZONES
from geoservice.measures.registry import MEASURES, measure_by
from geoservice.model.settings import Settings
from geoservice.service.maps import Maps

MAP = """
kind = "{kind}"
layers = ["schools"]
title = {{ en = "T", es = "T" }}
question = {{ en = "Q?", es = "Q?" }}
method = {{ en = "M", es = "M" }}
[[views]]
id = "v"
measure = "{measure}"
part = "{part}"
unit = "{unit}"
title = {{ en = "V", es = "V" }}
"""


def test_every_measure_says_what_it_is():
    for measure in MEASURES.values():
        assert measure.by
        assert measure.title
        assert measure.parts or measure.region_parts


@pytest.mark.parametrize(
    ("measure", "part", "unit", "said"),
    [
        ("residents", "grade 9", "students", "has no `part`"), ("leave_reason", "", "share", "several parts"),
        ("tier_table", "", "share", "for each label"), ("capture", "leave", "share", "has no `part`"),
        ("distance", "median", "share", "has the unit `miles`"), ("flows", "", "students", "not counted by area or zone"),
        ("in_boundary", "in_boundary", "share", "not counted by area or zone"),
    ],
)  # fmt: skip
def test_views_that_no_measure_has_are_faults(measure, part, unit, said):
    assert said in view_fault(measure, part, unit)


@pytest.mark.parametrize(
    ("measure", "part", "unit"),
    [("residents", "", "students"), ("capture", "", "share"), ("capture", "stay", "share"),
     ("tier_table", "students A", "share"), ("nearest_school", "nearest", "share"), ("distance", "A median", "miles")],
)  # fmt: skip
def test_views_of_measures_are_none(measure, part, unit):
    assert view_fault(measure, part, unit) == ""


@pytest.mark.parametrize("measure", ["attenders", "utilisation", "net_flow", "tier_table"])
def test_a_map_of_hexagons_takes_measures_of_homes_alone(tmp_path, measure):
    about = MEASURES[measure]
    part = "students A" if about.region_parts else about.parts[0]
    path = tmp_path / "wrong.toml"
    path.write_text(MAP.format(kind="hexagons", measure=measure, part=part, unit=about.unit))
    with pytest.raises(InputError, match="not counted by home"):
        read_definition(path)
    path.write_text(MAP.format(kind="hexagons", measure="access", part="1 mi", unit="share"))
    assert read_definition(path).views


def test_a_measure_is_refused_by_units_that_it_is_not_counted_by():
    with pytest.raises(InputError, match="made by areas or zones"):
        measure_by("capture", "school")


def test_what_a_region_lacks_for_a_measure_is_named(riverbend):
    assert lacking({RATINGS, ZONES}, riverbend.reference) == ()


def test_a_map_without_any_data_is_not_offered_and_says_what_would_bring_it(riverbend, tmp_path):
    bare = town_without(tmp_path / "region", {"ratings": None, "info": {"schemes": ()}})
    maps = Maps(Settings(home=tmp_path, database_url=f"sqlite:///{tmp_path}/g.db"))
    offered = {one.id for one in maps.offered(bare)}
    assert "ratings" not in offered
    assert "utilisation" in offered
    assert {one.id for one in maps.offered(riverbend.reference)} == {
        one.id for one in maps.catalogue()
    }
    with pytest.raises(NotFoundError, match=r"\[\[ratings\]\]"):
        maps.drawing("ratings", bare, Choice())
