"""Protected counts by the cell key method.

The only place that turns a true count into a published number.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from geoservice.release.perturbation import Noise, perturbation_table

Ints = NDArray[np.int64]
Keys = NDArray[np.uint64]
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_UNIT = 2.0**-53


def mixed(keys: Keys) -> Keys:
    """Return keys whose bits are mixed, one to one.

    The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
    """
    keys = (keys ^ (keys >> np.uint64(30))) * _FIRST
    keys = (keys ^ (keys >> np.uint64(27))) * _SECOND
    return np.asarray(keys ^ (keys >> np.uint64(31)))


@dataclass(frozen=True)
class Protection:
    """How counts are protected.

    Attributes
    ----------
    min_n
        The minimum cell size: protected counts below it are suppressed.
    noise
        None if counts of ``min_n`` and more are published as they are.
    public_totals
        Sums of record keys of the sets of students whose number is public anyway: all of a school
        year and band.
    """

    min_n: int
    noise: Noise | None
    public_totals: Keys = field(default_factory=lambda: np.zeros(0, dtype=np.uint64), compare=False)

    @property
    def counts(self) -> str:
        """``protected`` or ``exact``: the word that every figure prints about its counts."""
        return "exact" if self.noise is None else "protected"


def protected_counts(numbers: Ints, key_sums: Keys, protection: Protection) -> Ints:
    """Return the protected count of each cell.

    Parameters
    ----------
    numbers
        True counts.
    key_sums
        Of each cell the sum of the record keys of its students, modulo 2^64.
    """
    if protection.noise is None:
        return numbers
    bound = protection.noise.bound
    cumulative = perturbation_table(protection.noise).cumsum(axis=1)
    row = np.minimum(numbers, bound)
    uniform = (mixed(key_sums) >> np.uint64(11)).astype(np.float64) * _UNIT
    noise = np.full(len(numbers), -bound, dtype=np.int64)
    for column in range(2 * bound):  # Over the values of the noise, some fifteen.
        noise += uniform >= cumulative[row, column]
    noise[np.isin(key_sums, protection.public_totals)] = 0
    return np.asarray(np.maximum(numbers + noise, 0))
