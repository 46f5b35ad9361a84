"""Forecasts by grade progression, their back-test and their band."""

import numpy as np
import polars as pl
import pytest

from geoservice.errors import InputError
from geoservice.forecast.backtest import back_test, band
from geoservice.forecast.entry import Births
from geoservice.forecast.history import history_of
from geoservice.forecast.progression import Rules, progression
from geoservice.forecast.projection import project

THREE = {"KG": (100, 110, 120), "01": (90, 95, 99), "02": (80, 88, 91)}
YEARS = ("2021-22", "2022-23", "2023-24")


def history(students, years=YEARS, group=None, served=None):
    """A history of units: ``{unit: {grade: counts by year}}``."""
    rows = [
        {"unit": unit, "year": year, "grade": grade, "students": count}
        for unit, grades in students.items()
        for grade, counts in grades.items()
        for year, count in zip(years, counts, strict=True)
    ]
    units = pl.DataFrame(
        {
            "unit": list(students),
            "name": list(students),
            "group": [(group or {}).get(unit) for unit in students],
        },
        schema={"unit": pl.String, "name": pl.String, "group": pl.String},
    )
    return history_of(pl.DataFrame(rows), units, served)


def entering(counts):
    """Students who enter kindergarten in each year ahead."""
    given = np.zeros((1, len(counts), 3))
    given[0, :, 0] = counts
    return given


def test_the_published_example_is_reproduced():
    district = history({"district": THREE})
    ratios = progression(district, Rules(ratios=5)).ratio
    assert ratios[0] == pytest.approx([0.0, 0.925, 0.9678363], abs=1e-7)
    ahead = project(district, 3, Rules(ratios=5), entering=entering((125, 130, 128)))
    assert ahead[0, :, 1] == pytest.approx([111.0, 115.625, 120.25])
    assert ahead[0, :, 2] == pytest.approx([95.81579, 107.42982, 111.90607], abs=1e-5)


def test_one_last_ratio_and_weighted_ratios():
    district = history({"district": THREE})
    assert progression(district, Rules(ratios=1)).ratio[0, 1] == pytest.approx(0.9)
    weighted = progression(district, Rules(weighted=True)).ratio[0, 1]
    assert weighted == pytest.approx((0.95 + 2 * 0.9) / 3)


def test_a_small_unit_is_shrunk_toward_its_area():
    large = {"KG": (1000, 1000, 1000), "01": (800, 800, 800)}
    small = {"KG": (5, 5, 5), "01": (10, 10, 10)}
    units = history({"large": large, "small": small}, group={"large": "A", "small": "A"})
    ratios = progression(units, Rules(shrinkage=50)).ratio[:, 1]
    assert ratios[0] == pytest.approx(0.8, abs=0.01)
    assert 0.8 < ratios[1] < 1.2
    assert progression(units, Rules(shrinkage=0)).ratio[1, 1] == pytest.approx(2.0)


def test_the_first_grade_of_a_middle_school_comes_from_the_whole_district():
    units = history(
        {"elementary": {"05": (100, 100, 110)}, "middle": {"06": (60, 60, 60)}},
        served={"elementary": ["05"], "middle": ["06"]},
    )
    assert project(units, 1, Rules())[1, 0, 1] == pytest.approx(0.6 * 110)


def test_no_school_grows_a_grade_that_it_does_not_serve():
    units = history(
        {
            "elementary": {"05": (9, 9, 9), "06": (0, 0, 0)},
            "k8": {"05": (9, 9, 9), "06": (9, 9, 9)},
        },
        served={"elementary": ["05"], "k8": ["05", "06"]},
    )
    assert project(units, 5, Rules())[0, :, 1].tolist() == [0.0] * 5


def test_kindergarten_follows_births_five_years_later():
    district = history({"district": THREE})
    births = Births(
        {"district": dict(zip(range(2016, 2022), (200, 220, 240, 250, 260, 256), strict=True))}
    )
    ahead = project(district, 3, Rules(), births)
    assert ahead[0, :, 0] == pytest.approx([125.0, 130.0, 128.0])


def test_a_constant_district_is_forecast_without_error():
    flat = dict.fromkeys(("KG", "01", "02"), (40,) * 5)
    years = ("2019-20", *("2020-21", "2021-22", "2022-23", "2023-24"))
    units = history({"a": flat, "b": flat}, years)
    errors = back_test(units, Rules(), Births())
    assert errors["years_ahead"].unique().sort().to_list() == [1, 2, 3]
    assert errors["mean_absolute_error_pct"].to_list() == pytest.approx([0.0] * len(errors))


def test_the_band_widens_beyond_the_years_that_were_tested():
    rng = np.random.default_rng(1)
    units = {
        str(unit): {grade: tuple(rng.poisson(60, 4)) for grade in ("KG", "01", "02")}
        for unit in range(40)
    }
    known = history(units, ("2020-21", "2021-22", "2022-23", "2023-24"))
    errors = back_test(known, Rules(), Births())
    ahead = project(known, 5, Rules()).sum(axis=2)
    found = band(errors, "total", ahead)
    assert (np.diff(found.half[0, 1:]) > 0).all()
    assert "widened" in found.source[4]
    assert "widened" not in found.source[1]


def test_nine_of_ten_later_counts_lie_in_the_band():
    rng = np.random.default_rng(7)
    units = {
        str(unit): {grade: tuple(rng.poisson(50, 7)) for grade in ("KG", "01", "02")}
        for unit in range(60)
    }
    years = tuple(f"20{year}-{year + 1}" for year in range(17, 24))
    known = history(units, years)
    earlier = known.until(5)
    ahead = project(earlier, 1, Rules()).sum(axis=2)
    half = band(back_test(earlier, Rules(), Births()), "total", ahead).half
    actual = known.students[:, -1, :].sum(axis=1)
    assert 0.8 <= (np.abs(ahead[:, 0] - actual) <= half[:, 0]).mean() <= 0.97


def test_one_year_or_years_with_a_gap_are_refused():
    for years in (("2021-22",), ("2019-20", "2021-22")):
        counts = {"KG": (1,) * len(years)}
        with pytest.raises(InputError, match="two school years"):
            history({"district": counts}, years)


@pytest.mark.parametrize("wrong", [{"ratios": 0}, {"ratios": 6}, {"shrinkage": -1}])
def test_rules_out_of_bounds_are_refused(wrong):
    with pytest.raises(InputError):
        Rules(**wrong)
