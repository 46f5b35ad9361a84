"""Students who enter the first grades: from births, or from the trend of the years before."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from geoservice.forecast.history import Floats, History, first_calendar_year
from geoservice.forecast.progression import Rules

BIRTHS_GRADE = "KG"
ENTRY_AGE = 5
"""Children enter kindergarten in the calendar year in which they turn so old."""
DISTRICT = "district"
_DAMPING = 0.8
"""Share of a year's trend that is left in the next: Gardner and McKenzie (1985) damp trends because
straight lines overshoot."""
_TREND_SHRINKAGE = 2000.0
"""Students of a unit at which its own trend and the district's weigh the same. The slope of four
years of 60 students has a standard error of 6% a year, true slopes differ by about 2%."""
_TREND_YEARS = 5


@dataclass(frozen=True)
class Births:
    """Births by calendar year: of the district (`DISTRICT`), or of units."""

    by_unit: dict[str, dict[int, float]] = field(default_factory=dict)

    def of(self, units: Sequence[str], years: Sequence[int]) -> Floats:
        """Births that each unit's kindergarten goes by, units x years; NaN if unknown."""
        district = self.by_unit.get(DISTRICT, {})
        return np.array(
            [
                [self.by_unit.get(unit, district).get(year, np.nan) for year in years]
                for unit in units
            ]
        ).reshape(len(units), len(years))


def entries(history: History, horizon: int, rules: Rules, births: Births) -> Floats:
    """Students of the grades without a grade before: units x years ahead x grades.

    Other grades are 0. Kindergarten goes by births where both the last years and the year to come
    have some: births x the mean of the last ratios of kindergarten to births.
    """
    entering = _by_trend(history, horizon, rules)
    if births.by_unit and BIRTHS_GRADE in history.grades:
        grade = history.grades.index(BIRTHS_GRADE)
        expected = _by_births(history, horizon, rules, births, grade)
        entering[:, :, grade] = np.where(np.isnan(expected), entering[:, :, grade], expected)
    enters = (history.previous < 0) & history.served[:, None, :]
    return np.asarray(np.where(enters, entering, 0.0))


def _by_trend(history: History, horizon: int, rules: Rules) -> Floats:
    """The mean of the last years, moved by a damped trend that is shrunk to the district's."""
    students = history.students
    recent = students[:, -rules.ratios :, :]
    weights = rules.weights(recent.shape[1])
    weights = weights / weights.sum()
    level = np.einsum("uyg,y->ug", recent, weights)
    centre = float(np.arange(recent.shape[1])[::-1] @ weights)
    slope = _relative_slope(students[:, -_TREND_YEARS:, :])
    district_slope = _relative_slope(students[:, -_TREND_YEARS:, :].sum(axis=0)[None])
    weight = students[:, -_TREND_YEARS:, :].sum(axis=1)
    if len(students) > 1:
        slope = (weight * slope + _TREND_SHRINKAGE * district_slope) / (weight + _TREND_SHRINKAGE)
    ahead = centre + np.cumsum(_DAMPING ** np.arange(1, horizon + 1))
    factor = np.maximum(1.0 + slope[:, None, :] * ahead[None, :, None], 0.0)
    return np.asarray(level[:, None, :] * factor)


def _relative_slope(students: Floats) -> Floats:
    """Yearly change by least squares as a share of the mean; 0 for two years or an empty grade."""
    count = students.shape[1]
    if count < 3:
        return np.zeros((students.shape[0], students.shape[2]))
    steps = np.arange(count) - (count - 1) / 2
    slope = np.einsum("uyg,y->ug", students, steps) / (steps @ steps)
    mean = students.mean(axis=1)
    return np.asarray(np.divide(slope, mean, out=np.zeros_like(slope), where=mean > 0))


def _by_births(history: History, horizon: int, rules: Rules, births: Births, grade: int) -> Floats:
    """Kindergarten of the years ahead, units x years; NaN if births are not known."""
    years = [first_calendar_year(year) - ENTRY_AGE for year in history.years]
    ahead = [years[-1] + step for step in range(1, horizon + 1)]
    born = births.of(history.units, years)[:, -rules.ratios :]
    students = history.students[:, -rules.ratios :, grade]
    has_births = np.nan_to_num(born) > 0
    weights = rules.weights(born.shape[1])[None, :] * has_births
    ratio = np.divide(students, born, out=np.zeros_like(students), where=has_births)
    total = weights.sum(axis=1)
    mean = np.divide(
        (ratio * weights).sum(axis=1), total, out=np.full(len(total), np.nan), where=total > 0
    )
    return np.asarray(births.of(history.units, ahead) * mean[:, None])
