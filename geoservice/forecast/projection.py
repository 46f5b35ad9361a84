"""The projection itself: students by unit, year and grade for the years ahead."""

import numpy as np

from geoservice.forecast.entry import Births, entries
from geoservice.forecast.history import Floats, History
from geoservice.forecast.progression import Rules, progression

NO_BIRTHS = Births()


def project(
    history: History,
    horizon: int,
    rules: Rules,
    births: Births = NO_BIRTHS,
    entering: Floats | None = None,
) -> Floats:
    """Project the grades of every unit: units x years ahead x grades.

    Each year a grade is the grade before, a year earlier, times its progression ratio. Entry
    grades, which have no grade before, come from `geoservice.forecast.entry.entries`, or from
    ``entering`` (units x years x grades) if it is given.
    """
    ratios, previous = progression(history, rules), history.previous
    before = np.maximum(previous, 0)
    enter = entries(history, horizon, rules, births) if entering is None else entering
    now = history.students[:, -1, :]
    ahead = np.zeros((len(history.units), horizon, len(history.grades)))
    for step in range(horizon):
        source = np.where(ratios.of_district, now.sum(axis=0)[None, before], now[:, before])
        now = np.where(previous[None, :] >= 0, source * ratios.ratio, enter[:, step, :])
        now = np.where(history.served, now, 0.0)
        ahead[:, step, :] = now
    return ahead
