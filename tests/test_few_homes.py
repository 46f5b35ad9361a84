"""Numbers of students from fewer than three homes are in no public figure, whatever it measures."""

import numpy as np
import polars as pl
import pytest
from measured_town import BANDS, placed, town

from geoservice.cohort.students import RECORD_KEY, cohort
from geoservice.measures.figures import figures
from geoservice.measures.ground import SUPPRESSED, Ground
from geoservice.measures.measure import AREA, PUBLIC, ZONE
from geoservice.measures.registry import MEASURES
from geoservice.release.perturbation import default_noise
from geoservice.release.protected_counts import Protection
from geoservice.release.publish import protect_with

WEST = [(100.0 + 3 * number, "02", "AECB"[number % 4]) for number in range(400)]
HOUSE = [(3000.0, "03", "AB"[number % 2]) for number in range(90)]
"""Students of one apartment house, the only home of the eastern area and zone."""
OF_HOMES = [
    (measure.id, unit)
    for measure in MEASURES.values()
    for kind, unit in ((AREA, "area_halves"), (ZONE, "zone_elementary"))
    if kind in measure.by and measure.is_of_homes and measure.protection != PUBLIC
]


@pytest.fixture(scope="module")
def public(tmp_path_factory):
    """The town's public ground: the west has many homes, the east a single one."""
    reference = town(tmp_path_factory.mktemp("town"))
    students = placed([*WEST, *HOUSE])
    keys = np.random.default_rng(4).integers(0, 2**63, len(students), dtype=np.uint64)
    students = students.with_columns(
        pl.Series(RECORD_KEY, keys),
        household=pl.col("x").rank("dense").cast(pl.UInt32),
    )
    protect = protect_with(Protection(10, default_noise(10)))
    return Ground(cohort(students, reference), BANDS, protect, "protected")


@pytest.mark.parametrize(("measure", "unit"), OF_HOMES)
def test_an_area_of_one_house_has_no_number_in_any_measure(public, measure, unit):
    table = figures(measure, unit, public)
    house = table.filter(pl.col("unit").is_in(["E", "B"]))
    of_homes = house.filter(pl.col("part") != "attendance")
    numbers = of_homes.filter(
        (pl.col("status") != SUPPRESSED)
        | pl.col("value").is_not_null()
        | pl.col("bound").is_not_null()
    )
    assert numbers.is_empty(), numbers
    assert set(of_homes["denominator"]) <= {None}
    assert len(table.filter(pl.col("unit").is_in(["W", "A"])))
