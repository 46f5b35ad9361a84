"""The perturbation table: the probabilities of the noise for each true count.

The method is that of the R package ptable (Giessing 2016; Enderle, Giessing and Tent 2018).
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from geoservice.errors import InputError

Floats = NDArray[np.float64]
_BOUND_PER_N, _SD_PER_N = 0.7, 0.2
_VARIANCE_PER_BOUND = 4 / 7
"""The variance of the default noise is at most this part of its bound, so that a count of 1 can
have it."""
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Noise:
    """How far protected counts may be from true counts.

    Attributes
    ----------
    bound
        The largest distance, students.
    sd
        The standard deviation, students.
    """

    bound: int
    sd: float


def default_noise(min_n: int) -> Noise:
    """Return the noise for a minimum cell size."""
    bound = max(1, math.ceil(_BOUND_PER_N * min_n - _TOLERANCE))
    return Noise(bound, round(min(_SD_PER_N * min_n, math.sqrt(_VARIANCE_PER_BOUND * bound)), 3))


def check_noise(noise: Noise) -> None:
    """Raise `InputError` where no distribution has this bound and standard deviation.

    A count of 1 can fall by 1 alone, so its variance is at most the bound.
    """
    if not 0 < noise.sd <= math.sqrt(max(noise.bound, 0)):
        raise InputError(
            f"`noise_sd` = {noise.sd:g} does not fit `noise_bound` = {noise.bound}: its square "
            "must be above 0 and at most the bound."
        )


@lru_cache(maxsize=16)
def perturbation_table(noise: Noise) -> Floats:
    """Return the probabilities of the noise, a row per true count, the last for all larger ones.

    Columns are the noise from ``-bound`` to ``bound``. Each row has mean 0 and the variance ``sd **
    2``, makes no count negative, and has the greatest entropy of all that do. A count of 0 stays 0.
    """
    check_noise(noise)
    bound = noise.bound
    table = np.zeros((bound + 1, 2 * bound + 1))
    table[0, bound] = 1.0
    for count in range(1, bound + 1):
        table[count, bound - count :] = _maximum_entropy(np.arange(-count, bound + 1), noise.sd**2)
    table.setflags(write=False)
    return table


def _maximum_entropy(support: NDArray[np.int64], variance: float) -> Floats:
    """Return the probabilities ``exp(a + b x + c x^2)`` of mean 0 and a variance."""
    powers = np.stack([support, support.astype(float) ** 2])
    targets = np.array([0.0, variance])
    scale = np.array([math.sqrt(variance), variance])

    def moments(weights: Floats) -> Floats:
        return np.asarray((_probabilities(powers, weights / scale) @ powers.T - targets) / scale)

    from scipy.optimize import root  # It takes a tenth of a second to load.

    solution = root(moments, np.array([0.0, -0.5]), tol=1e-12)
    if np.abs(moments(solution.x)).max() > 1e-8:
        raise InputError("No noise has this bound and standard deviation. Lower `noise_sd`.")
    return _probabilities(powers, solution.x / scale)


def _probabilities(powers: Floats, weights: Floats) -> Floats:
    exponents = weights @ powers
    unscaled = np.exp(exponents - exponents.max())
    return np.asarray(unscaled / unscaled.sum())
