"""Grade progression ratios: the share of a grade that is in the next grade a year later.

The method is cohort survival (grade progression), as state demographers use it: Smith, Tayman and
Swanson, *A Practitioner's Guide to State and Local Population Projections* (2013), chapter 7.
"""

from dataclasses import dataclass

import numpy as np

from geoservice.errors import InputError
from geoservice.forecast.history import DISTRICT_GROUP, Bools, Floats, History, Ints

MOST_RATIOS = 5


@dataclass(frozen=True)
class Rules:
    """How a forecast is made.

    Attributes
    ----------
    ratios
        Number of recent yearly ratios to average, 1 to 5.
    weighted
        True to weigh ratios by 1, 2, 3 … from the earliest; False for equal weights.
    shrinkage
        Number of students at which the unit's ratio and its area's ratio have equal weights; 0
        for the unit's ratio alone.
    """

    ratios: int = 3
    weighted: bool = False
    shrinkage: float = 50.0

    def __post_init__(self) -> None:
        if not 1 <= self.ratios <= MOST_RATIOS:
            raise InputError(f"--ratios must be a whole number from 1 to {MOST_RATIOS}.")
        if not 0 <= self.shrinkage < np.inf:
            raise InputError("--shrink must be a number of students, 0 or more.")

    def weights(self, count: int) -> Floats:
        """The weights of the last ``count`` years, the earliest first."""
        return np.arange(1.0, count + 1) if self.weighted else np.ones(count)


@dataclass(frozen=True)
class Ratios:
    """Mean ratios of the last years.

    Attributes
    ----------
    ratio
        Units x grades: students of the grade divided by students of the grade below, a year
        earlier. 0 for entry grades.
    of_district
        Units x grades: True if the ratio divides by the district's grade below, because the unit
        does not serve that grade (the lowest grade of a middle school).
    """

    ratio: Floats
    of_district: Bools


def progression(history: History, rules: Rules) -> Ratios:
    """Estimate the progression ratios of every unit and grade."""
    previous = history.previous
    of_district = history.served & (previous >= 0)[None, :]
    of_district &= ~history.served[:, np.maximum(previous, 0)]
    of_all = history.students.sum(axis=0)
    before = np.where(
        of_district[:, None, :],
        of_all[None, :-1, np.maximum(previous, 0)],
        history.students[:, :-1, np.maximum(previous, 0)],
    )
    after = history.students[:, 1:, :]
    own, weight = _mean_ratio(after, before, rules)
    within = history.served & ~of_district & (previous >= 0)[None, :]
    shrunk = _shrunk(own, weight, (after, before), within, history.group, rules)
    ratio = np.where(of_district, np.nan_to_num(own), shrunk)
    return Ratios(np.where((previous >= 0)[None, :], ratio, 0.0), of_district)


def _mean_ratio(after: Floats, before: Floats, rules: Rules) -> tuple[Floats, Floats]:
    """Return the mean of the last yearly ratios, and the students that it rests on.

    The mean is NaN without ratios. A year without a student in the grade before has no ratio.
    """
    after, before = after[:, -rules.ratios :, :], before[:, -rules.ratios :, :]
    has_students = before > 0
    yearly = np.divide(after, before, out=np.zeros_like(after), where=has_students)
    weights = rules.weights(after.shape[1])[None, :, None] * has_students
    total = weights.sum(axis=1)
    mean = np.divide(
        (yearly * weights).sum(axis=1), total, out=np.full(total.shape, np.nan), where=total > 0
    )
    return mean, np.where(has_students, before, 0.0).sum(axis=1)


def _shrunk(
    own: Floats,
    weight: Floats,
    counts: tuple[Floats, Floats],
    within: Bools,
    group: Ints,
    rules: Rules,
) -> Floats:
    """Shrink the ratios of small units toward their area, and ratios of areas to the district."""
    district = _pooled(counts, within, rules)[0]
    known_district = np.where(np.isnan(district), 1.0, district)[0]
    base = np.broadcast_to(known_district, own.shape).copy()
    if rules.shrinkage == 0 or len(group) == 1:
        return np.where(np.isnan(own), base, own)
    for area in np.unique(group[group != DISTRICT_GROUP]):  # Over areas: some dozens.
        members = group == area
        area_ratio, area_weight = _pooled(counts, within & members[:, None], rules)
        base[members] = _weighed(area_ratio[0], area_weight[0], known_district, rules.shrinkage)
    return _weighed(own, weight, base, rules.shrinkage)


def _pooled(counts: tuple[Floats, Floats], within: Bools, rules: Rules) -> tuple[Floats, Floats]:
    """Return the mean ratio of the summed units, a single row."""
    after, before = (np.where(within[:, None, :], count, 0.0) for count in counts)
    return _mean_ratio(after.sum(axis=0)[None], before.sum(axis=0)[None], rules)


def _weighed(own: Floats, weight: Floats, base: Floats, shrinkage: float) -> Floats:
    has_students = ~np.isnan(own)
    students = np.where(has_students, weight, 0.0)
    return np.asarray((students * np.nan_to_num(own) + shrinkage * base) / (students + shrinkage))
