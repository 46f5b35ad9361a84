"""Counts of students by cell: exact counts, protected counts, or counts of a future year.

A cell is the set of students behind a number, such as the students of a school or of an area who
move.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from geoservice.planning.ground import Bools, Floats, Ints, Keys, Residents, summed

_STATISTIC_CELLS = 2
"""How many times the minimum cell size a mean or median needs."""
_STATISTIC_STEPS = 10.0
"""Means and medians of the public profile are rounded to this part of a mile."""


@dataclass(frozen=True)
class PublicCounts:
    """How counts are protected.

    Attributes
    ----------
    protect
        From true counts and sums of record keys to protected counts.
    min_n
        Protected counts below it are suppressed.
    least_homes
        Units of fewer homes are suppressed.
    subgroups
        Names of the subgroups that are public.
    """

    protect: Callable[[Ints, Keys], Ints]
    min_n: int
    least_homes: int
    subgroups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Growth:
    """Students of a coming year for each student of today.

    Attributes
    ----------
    stratum
        By row of the residents the number of its zone and grade.
    factor
        By stratum.
    """

    stratum: Ints
    factor: Floats


class CellCounter:
    """Counts students by cell.

    Parameters
    ----------
    residents
        The students of today.
    public
        How counts are protected; None for exact numbers.
    growth
        Of the coming year that is counted; None for today.
    """

    def __init__(
        self,
        residents: Residents,
        public: PublicCounts | None = None,
        growth: Growth | None = None,
    ) -> None:
        self.residents, self.public, self._growth = residents, public, growth

    @cached_property
    def weight(self) -> Floats:
        """Students of each row, in the year that is counted."""
        if self._growth is None:
            return self.residents.count
        return np.asarray(self.residents.count * self._growth.factor[self._growth.stratum])

    @property
    def groups(self) -> tuple[str, ...]:
        """Subgroups that may be counted."""
        names = tuple(self.residents.groups)
        if self.public is None:
            return names
        return tuple(name for name in names if name in self.public.subgroups)

    def cells(self, keys: Ints, size: int, mask: Bools | None = None) -> Floats:
        """Students by key, 0 to ``size`` - 1; the key -1 is nobody's.

        Numbers of the public profile are protected, and not yet suppressed.
        """
        chosen = keys if mask is None else np.where(mask, keys, -1)
        if self.public is None:
            return summed(self.weight, chosen, size)
        if self._growth is None:
            return self._protected(chosen, size)
        # Each zone and grade of a cell is protected and then grows: nothing exact is multiplied.
        strata = len(self._growth.factor)
        composite = np.where(chosen >= 0, chosen * strata + self._growth.stratum, -1)
        present, place = np.unique(composite[composite >= 0], return_inverse=True)
        dense = np.full(len(composite), -1)
        dense[composite >= 0] = place
        grown = self._protected(dense, len(present)) * self._growth.factor[present % strata]
        return np.asarray(np.round(summed(grown, present // strata, size)))

    def shown(self, counts: Floats, *, is_zero: Bools | None = None) -> Floats:
        """Return counts of at least the minimum cell size; NaN for smaller counts.

        Parameters
        ----------
        is_zero
            Cells of which anybody knows that nobody is in them: their 0 is shown.
        """
        if self.public is None:
            return counts
        shown = np.where(counts < self.public.min_n, np.nan, counts)
        return shown if is_zero is None else np.where(is_zero & (counts == 0), 0.0, shown)

    def part(self, part: Floats, total: Floats) -> tuple[Floats, Floats]:
        """Return a part of cells and its share; public: NaN if part or rest is small."""
        if self.public is not None:
            minimum = self.public.min_n
            part = np.where((part < minimum) | (total - part < minimum), np.nan, part)
        return part, ratio(part, total)

    def statistic(self, values: Floats, counts: Floats) -> Floats:
        """Return means or medians of cells; public: rounded, and only of large cells."""
        if self.public is None:
            return values
        rounded = np.round(values * _STATISTIC_STEPS) / _STATISTIC_STEPS
        return np.where(counts < _STATISTIC_CELLS * self.public.min_n, np.nan, rounded)

    def has_homes(self, keys: Ints, size: int) -> Bools:
        """Return True for units that may be shown; public: with enough homes, or empty units."""
        if self.public is None:
            return np.ones(size, dtype=bool)
        household = self.residents.household
        in_unit = (keys >= 0) & (household >= 0)
        pairs = np.unique(np.stack([keys[in_unit], household[in_unit]]), axis=1)
        homes = np.bincount(pairs[0], minlength=size)
        is_empty = np.bincount(keys[keys >= 0], minlength=size) == 0
        return np.asarray((homes >= self.public.least_homes) | is_empty)

    def _protected(self, keys: Ints, size: int) -> Floats:
        public, in_cell = self.public, keys >= 0
        assert public is not None  # Only the public profile comes here.
        numbers = summed(self.residents.count, keys, size).astype(np.int64)
        sums = np.zeros(size, dtype=np.uint64)
        np.add.at(sums, keys[in_cell], self.residents.record_key[in_cell])
        return public.protect(numbers, sums).astype(np.float64)


def ratio(part: Floats, total: Floats) -> Floats:
    """Parts of totals; NaN if the total is 0."""
    with np.errstate(invalid="ignore"):
        shares = np.divide(part, total, out=np.full(len(total), np.nan), where=total > 0)
    return np.asarray(shares)
