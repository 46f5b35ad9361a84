"""Every measure against an independent slow computation, on the fictional district, for every unit, band and year."""

import math

import pytest
from demo_years import four_years
from oracle.slow import Slow, in_boundary
from oracle.typed import shown_areas
from oracle.world import World

from geoservice.cohort.students import cohort
from geoservice.measures.figures import figures
from geoservice.measures.ground import Ground
from geoservice.measures.registry import MEASURES

SETS = [
    ("area", "planning"),
    ("area", "wards"),
    ("zone", "elementary"),
    ("zone", "middle"),
    ("zone", "high"),
]


@pytest.fixture(scope="module")
def ground(riverbend, riverbend_folder):
    reference = riverbend.reference
    ready = cohort(four_years(reference, riverbend_folder), reference)
    return Ground(ready, reference.info.bands)


@pytest.fixture(scope="module")
def world(riverbend_folder):
    return World(riverbend_folder)


@pytest.fixture(scope="module")
def students(riverbend, riverbend_folder):
    return four_years(riverbend.reference, riverbend_folder).to_pandas()


def keyed(measure, unit, ground):
    return {
        (measure, row["year"], row["band"], row["unit"], row["part"]): row
        for row in figures(measure, unit, ground).iter_rows(named=True)
    }


@pytest.mark.parametrize(("kind", "set_id"), SETS)
def test_every_measure_agrees_with_the_slow_computation(
    kind, set_id, ground, world, students, riverbend
):
    if kind == "area":
        zips = riverbend.reference.zip_areas().filter(set_id=set_id).to_pandas()
        students = students.assign(shown_area=shown_areas(students, zips, set_id))
    expected = Slow(world, students, kind, set_id).run()
    found = {}
    for one in MEASURES.values():
        if kind in one.by and not one.has_destinations:
            found |= keyed(one.id, f"{kind}_{set_id}", ground)
    missing = [key for key in expected if key not in found]
    assert not missing, missing[:5]
    wrong = [
        (
            key,
            answer,
            [found[key][name] for name in ("value", "numerator", "denominator", "status")],
        )
        for key, answer in expected.items()
        if not agrees(answer, found[key])
    ]
    assert not wrong, (len(wrong), wrong[:8])
    extra = {key[0] for key in found if key not in expected and found[key]["value"] is not None}
    assert not extra, extra
    assert {key[0] for key in expected} == {
        one.id for one in MEASURES.values() if kind in one.by and not one.has_destinations
    }


def agrees(answer, row):
    value, numerator, denominator = answer
    pairs = [(value, row["value"])]
    if numerator is not None:
        pairs.append((numerator, row["numerator"]))
    if denominator is not None:
        pairs.append((denominator, row["denominator"]))
    return all(alike(one, other) for one, other in pairs)


def alike(one, other):
    if one is None or (isinstance(one, float) and math.isnan(one)):
        return other is None
    return other is not None and math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-6)


def test_boundary_shares_agree_with_the_slow_computation(ground, world, students):
    found, drawn = keyed("in_boundary", "school", ground), keyed("draw", "school", ground)
    for (year, band, school), (inside, whole) in in_boundary(world, students).items():
        row = found.get(("in_boundary", year, band, school, "in_boundary"))
        if row is None:
            assert whole == 0
            continue
        assert (row["numerator"], row["denominator"]) == (inside, whole)
        other = drawn["draw", year, band, school, "draw"]
        assert alike(None if not whole else 1 - inside / whole, other["value"])
