"""Planted attacks: each succeeds on true counts and fails on protected counts."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from geoservice.geometry.projection import Projection
from geoservice.measures.ground import AT_LEAST, SHOWN, SUPPRESSED
from geoservice.measures.measure import PART_SHARE
from geoservice.release.hexagons import hexagons
from geoservice.release.perturbation import default_noise
from geoservice.release.protected_counts import Protection, protected_counts
from geoservice.release.publish import published

MIN_N = 10
PROTECTED = Protection(MIN_N, default_noise(MIN_N))
TRIALS = 400
FEW = 3
"""Students in the small group that each attack looks for."""
Count = Callable[[np.ndarray], int]
"""From the record keys of a set of students to the number that a reader sees."""
Attack = Callable[[np.random.Generator, Count], int]
"""From a way to count to the reader's guess of the number in the small group."""


def true_count(keys: np.ndarray) -> int:
    return len(keys)


def protected_count(keys: np.ndarray) -> int:
    key_sum = np.array([keys.sum(dtype=np.uint64)])
    return int(protected_counts(np.array([len(keys)]), key_sum, PROTECTED)[0])


def students(source: np.random.Generator, number: int) -> np.ndarray:
    return source.integers(0, 2**64, size=number, dtype=np.uint64)


def remainder(source: np.random.Generator, count: Count) -> int:
    """The district's public number less all areas that are shown leaves the one that is not."""
    shown = [students(source, number) for number in (120, 85, 240)]
    whole = sum(len(area) for area in shown) + FEW
    return whole - sum(count(area) for area in shown)


def two_regionalisations(source: np.random.Generator, count: Count) -> int:
    """A planning area less a ward inside of it leaves the few who live between their edges."""
    ward, between = students(source, 150), students(source, FEW)
    return count(np.concatenate([ward, between])) - count(ward)


def two_years(source: np.random.Generator, count: Count) -> int:
    """The same students a year later, but for those who moved away."""
    stayed, gone = students(source, 90), students(source, FEW)
    return count(np.concatenate([stayed, gone])) - count(stayed)


def two_lists(source: np.random.Generator, count: Count) -> int:
    """A list that was corrected by few students, beside the first."""
    both, corrected = students(source, 60), students(source, FEW)
    return count(np.concatenate([both, corrected])) - count(both)


def bands_and_all(source: np.random.Generator, count: Count) -> int:
    """All grades less every band that is shown leaves the band that is not."""
    bands = [students(source, 70), students(source, 45)]
    small = students(source, FEW)
    return count(np.concatenate([*bands, small])) - sum(count(band) for band in bands)


@pytest.mark.parametrize(
    "attack", [remainder, two_regionalisations, two_years, two_lists, bands_and_all]
)
def test_a_difference_finds_few_students_in_true_counts_alone(attack: Attack):
    source = np.random.default_rng(7)
    on_true = [attack(source, true_count) for _ in range(TRIALS)]
    on_protected = [attack(source, protected_count) for _ in range(TRIALS)]
    assert set(on_true) == {FEW}
    hits = np.mean(np.array(on_protected) == FEW)
    assert hits < 0.25
    assert np.ptp(on_protected) >= MIN_N


def test_asking_again_averages_nothing_out():
    source = np.random.default_rng(8)
    ward, between = students(source, 150), students(source, FEW)
    both = np.concatenate([ward, between])
    differences = {
        protected_count(both) - protected_count(source.permutation(ward)) for _ in range(TRIALS)
    }
    assert len(differences) == 1


def share_cells(part: np.ndarray, rest: np.ndarray) -> pl.DataFrame:
    """Return one cell of a share."""
    whole = np.concatenate([part, rest])
    keys = {
        "numerator_key": [part.sum(dtype=np.uint64)],
        "denominator_key": [whole.sum(dtype=np.uint64)],
        "left_out_key": [0],
    }
    return pl.DataFrame(
        {
            "year": ["2023-24"],
            "band": ["all"],
            "unit": ["P1"],
            "part": [""],
            "numerator": [len(part)],
            "denominator": [len(whole)],
            "left_out": [0],
            "value": [None],
            "bound": [None],
            "status": [SHOWN],
            "homes": [len(whole)],
            **keys,
        },
        schema_overrides={
            "value": pl.Float64,
            "bound": pl.Float64,
            "homes": pl.Int64,
            **dict.fromkeys(keys, pl.UInt64),
        },
    )


@pytest.mark.parametrize("number", [12, 25, 60, 400])
def test_a_rate_of_all_or_none_does_not_say_what_every_student_does(number):
    source = np.random.default_rng(number)
    for _ in range(40):
        everybody, nobody = students(source, number), students(source, 0)
        rows = published(PROTECTED, share_cells(everybody, nobody), PART_SHARE)
        assert rows["status"][0] in (AT_LEAST, SUPPRESSED)
        assert rows["numerator"][0] is None
        if rows["status"][0] == AT_LEAST:
            bound, whole = rows["bound"][0], rows["denominator"][0]
            assert (1 - bound) * whole >= 1  # Room for a student of whom the rate is not true.


def test_a_rate_of_all_is_exact_in_true_counts():
    cells = share_cells(
        students(np.random.default_rng(1), 60), students(np.random.default_rng(2), 0)
    )
    assert cells["numerator"][0] == cells["denominator"][0]


def test_a_household_alone_in_its_hexagon_has_none_of_its_own():
    source = np.random.default_rng(9)
    town = source.normal(0, 500, size=(3000, 2))
    family = np.full((12, 2), 30_000.0)
    places = np.concatenate([town, family])
    table = pl.DataFrame(
        {
            "year": ["2023-24"] * len(places),
            "x": places[:, 0] + 500_000,
            "y": places[:, 1] + 4_500_000,
            "household": [*range(3000), *([3000] * 12)],
            "record_key": students(source, len(places)),
        }
    )
    covered = hexagons(table, PROTECTED, Projection("EPSG:32615"))
    homes = (
        table.with_columns(covered.unit.alias("hexagon"))
        .group_by("hexagon")
        .agg(homes=pl.col("household").n_unique(), students=pl.len())
    )
    assert homes["homes"].min() >= FEW or _is_largest(homes.filter(pl.col("homes") < FEW))


def _is_largest(hexagons_of_few: pl.DataFrame) -> bool:
    """Return whether hexagons of few homes have the largest size, which the release suppresses."""
    return hexagons_of_few["hexagon"].str.starts_with("h4").all()
