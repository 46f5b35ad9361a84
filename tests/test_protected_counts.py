"""Record keys, the perturbation table, protected counts: the method of `docs/release.md`, piece by piece."""

import numpy as np
import polars as pl
import pytest
from scipy.optimize import LinearConstraint, minimize

from geoservice.errors import InputError
from geoservice.release.perturbation import Noise, check_noise, default_noise, perturbation_table
from geoservice.release.protected_counts import Protection, mixed, protected_counts
from geoservice.release.record_keys import with_record_keys

NOISES = [Noise(7, 2.0), Noise(5, 1.5), Noise(4, 1.0), Noise(14, 2.828), Noise(7, 1.0)]
SECRET = b"a secret of the service, of some length"


@pytest.mark.parametrize("noise", NOISES)
def test_noise_has_mean_0_and_its_variance_and_makes_no_count_negative(noise):
    table, values = perturbation_table(noise), np.arange(-noise.bound, noise.bound + 1)
    assert table.shape == (noise.bound + 1, 2 * noise.bound + 1)
    assert np.allclose(table.sum(axis=1), 1)
    assert np.allclose(table @ values, 0, atol=1e-8)
    assert np.allclose((table @ values**2)[1:], noise.sd**2, atol=1e-6)
    for count, row in enumerate(table):
        assert (row[values < -count] == 0).all()
    assert table[0, noise.bound] == 1  # A count of 0 stays 0.


@pytest.mark.parametrize("count", [1, 3, 7])
def test_noise_has_the_entropy_that_an_independent_solver_finds(count):
    noise = Noise(7, 2.0)
    support = np.arange(-count, noise.bound + 1)

    def negative_entropy(chances):
        return float((chances * np.log(chances)).sum())

    moments = LinearConstraint(
        np.stack([np.ones(len(support)), support, support**2]), [1, 0, 4], [1, 0, 4]
    )
    start = np.full(len(support), 1 / len(support))
    found = minimize(
        negative_entropy,
        start,
        jac=lambda chances: np.log(chances) + 1,
        constraints=[moments],
        bounds=[(1e-12, 1)] * len(support),
        method="SLSQP",
        options={"maxiter": 500, "ftol": 1e-14},
    )
    ours = perturbation_table(noise)[count, noise.bound - count :]
    assert negative_entropy(ours) == pytest.approx(found.fun, abs=1e-6)
    assert np.allclose(ours, found.x, atol=1e-4)


def test_noise_of_a_published_table():
    """The vignette of the R package ptable 1.0.0 (Enderle 2023) prints the table of D = 2, V = 1.

    Only its row of counts of 2 and more is of variance 1: for a count of 1 that package lowers the
    variance to 0.932 until the probabilities fall from the true count on, and ours keeps it.
    """
    assert perturbation_table(Noise(2, 1.0))[2] == pytest.approx(
        [0.0638, 0.2447, 0.3829, 0.2447, 0.0638], abs=1e-3
    )


@pytest.mark.parametrize(
    ("min_n", "bound", "sd"), [(10, 7, 2.0), (5, 4, 1.0), (20, 14, 2.828), (3, 3, 0.6)]
)
def test_the_minimum_cell_size_asks_for_noise(min_n, bound, sd):
    noise = default_noise(min_n)
    assert (noise.bound, noise.sd) == (bound, sd)
    check_noise(noise)


@pytest.mark.parametrize("noise", [Noise(7, 3.0), Noise(0, 1.0), Noise(5, 0.0), Noise(3, -1.0)])
def test_noise_that_cannot_be_is_refused(noise):
    with pytest.raises(InputError, match="noise_"):
        check_noise(noise)


def test_protected_counts_are_as_far_from_true_counts_as_the_table_says():
    random = np.random.default_rng(3)
    numbers = random.integers(0, 30, 200_000)
    keys = random.integers(0, 2**64, len(numbers), dtype=np.uint64)
    noise = Noise(7, 2.0)
    away = protected_counts(numbers, keys, Protection(10, noise)) - numbers
    assert np.abs(away).max() <= noise.bound
    assert (away[numbers == 0] == 0).all()
    table = perturbation_table(noise)
    for number in (1, 2, 5, 9, 25):
        seen = np.bincount(away[numbers == number] + noise.bound, minlength=15)
        assert seen / seen.sum() == pytest.approx(table[min(number, 7)], abs=0.02)


def test_one_set_has_one_count_and_two_sets_have_independent_counts():
    random = np.random.default_rng(4)
    keys = random.integers(0, 2**64, 5_000, dtype=np.uint64)
    protection = Protection(10, Noise(7, 2.0))
    numbers = np.full(len(keys), 40)
    once, again = (protected_counts(numbers, keys, protection) for _ in range(2))
    assert (once == again).all()
    one_more = protected_counts(
        numbers + 1, keys + random.integers(0, 2**64, len(keys), dtype=np.uint64), protection
    )
    correlation = np.corrcoef(once - 40, one_more - 41)[0, 1]
    assert abs(correlation) < 0.05
    near = protected_counts(numbers, keys + np.uint64(1), protection)
    assert (
        abs(np.corrcoef(once, near)[0, 1]) < 0.05
    )  # The mixer leaves nothing of neighbouring sums.


def test_the_mixer_is_one_to_one():
    keys = np.arange(100_000, dtype=np.uint64)
    assert len(np.unique(mixed(keys))) == len(keys)


def test_counts_that_are_public_anyway_and_exact_counts_have_no_noise():
    keys = np.arange(1, 200, dtype=np.uint64)
    numbers = np.full(len(keys), 50)
    totals = Protection(10, Noise(7, 2.0), keys[:3])
    counts = protected_counts(numbers, keys, totals)
    assert (counts[:3] == 50).all()
    assert (counts[3:] != 50).any()
    assert (protected_counts(numbers, keys, Protection(10, None)) == 50).all()


def students(rows):
    return pl.DataFrame(
        rows,
        schema={"student": pl.Binary, "year": pl.String, "grade": pl.String, "x": pl.Float64},
        orient="row",
    )


def test_a_student_has_one_record_key_in_every_list_and_year():
    one, other = b"1" * 16, b"2" * 16
    first = with_record_keys(
        students([(one, "2022-23", "01", 5.0), (other, "2022-23", "01", 6.0)]), SECRET
    )
    later = with_record_keys(
        students([(other, "2023-24", "02", 7.0), (one, "2023-24", "02", 5.0)]), SECRET
    )
    assert first["record_key"].to_list() == later["record_key"].to_list()[::-1]
    assert first["record_key"].n_unique() == 2
    elsewhere = with_record_keys(first.drop("record_key"), b"another secret of the service")
    assert set(elsewhere["record_key"]).isdisjoint(first["record_key"])


def test_rows_without_an_id_have_the_key_of_what_they_say():
    rows = [
        (None, "2022-23", "01", 5.0),
        (None, "2022-23", "01", 5.0),
        (None, "2022-23", "02", 5.0),
    ]
    keys = with_record_keys(students(rows), SECRET)["record_key"]
    assert keys.n_unique() == 3
    again = with_record_keys(students(rows[::-1]), SECRET)["record_key"]
    assert set(again) == set(keys)


def test_record_keys_are_spread_over_all_bits():
    ids = [(np.random.default_rng(at).bytes(16), "2022-23", "01", 0.0) for at in range(4_000)]
    keys = with_record_keys(students(ids), SECRET)["record_key"].to_numpy()
    for bit in range(64):
        share = ((keys >> np.uint64(bit)) & np.uint64(1)).mean()
        assert 0.45 < share < 0.55


def test_the_library_of_the_statistical_office_makes_the_same_counts():
    """ONS, `cell-key-perturbation`: the same grouping, key sums, table look-up and suppression as ours."""
    package = pytest.importorskip("cell_key_perturbation.create_perturbed_table")
    pandas = pytest.importorskip("pandas")
    random, protection = np.random.default_rng(8), Protection(10, Noise(7, 2.0))
    rows = 3_000
    microdata = pandas.DataFrame(
        {
            "area": random.integers(1, 9, rows),
            "school": random.integers(1, 30, rows),
            "record_key": random.integers(0, 256, rows),
        }
    )
    top = np.arange(256, dtype=np.uint64) << np.uint64(56)
    ptable = pandas.concat(
        [
            pandas.DataFrame(
                {
                    "pcv": count,
                    "ckey": range(256),
                    "pvalue": protected_counts(np.full(256, count), top, protection) - count,
                }
            )
            for count in range(1, 751)
        ]
    )
    theirs = package.create_perturbed_table(
        microdata, ptable, ["area"], ["school"], "record_key", threshold=10
    )
    cells = (
        microdata.groupby(["area", "school"])
        .agg(n=("record_key", "size"), key=("record_key", "sum"))
        .reset_index()
    )
    sums = cells["key"].to_numpy().astype(np.uint64) << np.uint64(56)
    ours = protected_counts(cells["n"].to_numpy(), sums, protection)
    rows = theirs[["area", "school", "count"]].itertuples(index=False, name=None)
    expected = {(area, school): count for area, school, count in rows}
    for area, school, count in zip(cells["area"], cells["school"], ours, strict=True):
        published = expected[area, school]
        assert (None if pandas.isna(published) else int(published)) == (
            None if count < 10 else count
        )
