"""The table ``[release]`` of ``region.toml``: rules that protect nobody are refused."""

import pytest

from geoservice.errors import InputError
from geoservice.region.release_rules import read_min_n, read_release
from geoservice.release.perturbation import Noise, perturbation_table


@pytest.mark.parametrize(
    "content",
    [
        {"noise_bound": 7},
        {"noise_sd": 2.0},
        {"noise_bound": 7, "noise_sd": 0.0001},
        {"noise_bound": 7, "noise_sd": float("nan")},
        {"noise_bound": 7, "noise_sd": float("inf")},
        {"noise_bound": 7, "noise_sd": 2.7},
        {"noise_bound": 0, "noise_sd": 1.0},
        {"noise_bound": 7.0, "noise_sd": 2.0},
        {"noise_bound": True, "noise_sd": 1.0},
        {"counts": "Exact"},
        {"subgroups": "el"},
        {"subgroups": [""]},
        {"colour": "red"},
    ],
)
def test_a_release_that_cannot_be_meant_is_refused(content):
    with pytest.raises(InputError, match=r"\[release\]"):
        read_release(content)


@pytest.mark.parametrize("min_n", [0, -3, 4, 10.5, "ten", True, 1_000_000])
def test_a_minimum_cell_size_that_cannot_be_meant_is_refused(min_n):
    with pytest.raises(InputError, match="min_n"):
        read_min_n({"release": {"min_n": min_n}})


def test_the_smallest_deviation_that_is_accepted_changes_a_quarter_of_the_counts():
    rules = read_release({"noise_bound": 7, "noise_sd": 0.5})
    row = perturbation_table(Noise(rules.noise_bound, rules.noise_sd))[-1]
    assert row[rules.noise_bound] < 0.76
