"""The registry of measures: complete, and what definitions of maps are checked against."""

import re
from importlib import import_module
from pathlib import Path

import pytest
from measured_town import town_without

from geoservice.cartography.definition.definition_files import read_definition
from geoservice.cartography.definition.view_rules import view_fault
from geoservice.cartography.figure.choice import Choice
from geoservice.errors import InputError, NotFoundError
from geoservice.measures.available import lacking
from geoservice.measures.measure import RATINGS, ZONES
from geoservice.measures.registry import MEASURES, measure_by
from geoservice.model.settings import Settings
from geoservice.service.maps import Maps

ROOT = Path(__file__).parents[1]
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


@pytest.mark.parametrize("measure", MEASURES)
def test_a_measure_passes_every_place_that_it_must(measure):
    about = MEASURES[measure]
    assert about.by
    assert about.title
    assert about.parts or about.region_parts
    documented = (ROOT / "docs" / "measures.md").read_text("utf-8")
    assert re.search(rf"^\| .*`{measure}`", documented, re.M), "Describe it in docs/measures.md."
    schema = (ROOT / "maps" / "schema.json").read_text("utf-8")
    assert f'"{measure}"' in schema, "Run `python -m tools.map_schema`."
    tests = {*ROOT.glob("tests/test_*.py")} - {Path(__file__)}
    counted = "".join(path.read_text("utf-8") for path in tests)
    assert f'"{measure}"' in counted, "Count it by hand in tests/test_measure_NAME.py."


def test_no_two_modules_define_a_measure_of_the_same_id():
    folder = ROOT / "geoservice" / "measures"
    modules = [
        import_module(f"geoservice.measures.{path.stem}") for path in folder.glob("[a-z]*.py")
    ]
    defined = [
        measure
        for module in modules
        if isinstance(getattr(module, "MEASURES", None), tuple)
        for measure in module.MEASURES
    ]
    assert sorted(measure.id for measure in defined) == list(MEASURES)


@pytest.mark.parametrize(
    ("measure", "part", "unit", "said"),
    [
        ("residents", "grade 9", "students", "has no `part`"),
        ("leave_reason", "", "share", "several parts"),
        ("tier_table", "", "share", "for each label"),
        ("capture", "leave", "share", "has no `part`"),
        ("distance", "median", "share", "has the unit `miles`"),
        ("flows", "", "students", "not counted by area or zone"),
        ("in_boundary", "in_boundary", "share", "not counted by area or zone"),
    ],
)
def test_views_that_no_measure_has_are_faults(measure, part, unit, said):
    assert said in view_fault(measure, part, unit)


@pytest.mark.parametrize(
    ("measure", "part", "unit"),
    [
        ("residents", "", "students"),
        ("capture", "", "share"),
        ("capture", "stay", "share"),
        ("tier_table", "students A", "share"),
        ("nearest_school", "nearest", "share"),
        ("distance", "A median", "miles"),
    ],
)
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
    without_students = {
        definition.id for definition in maps.catalogue() if not definition.of_students
    }
    assert {one.id for one in maps.offered(riverbend.reference)} == without_students
    with pytest.raises(NotFoundError, match=r"\[\[ratings\]\]"):
        maps.drawing("ratings", bare, Choice())
