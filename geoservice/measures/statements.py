"""What a line says to a reader, as bounds of sums: of its part, and of part and total together where the total is not told.

A share without its total still tells that the part is at most, or at least, so much of the total, and by the step of its bound
between which numbers the total lies.
"""

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from geoservice.measures.coding import (
    HIDDEN,
    HIGH,
    LOW,
    ROUNDED,
    SHOWN,
    code_bound,
    rounded,
    told_bounds,
    totals_of_coded,
    totals_of_rounded,
)
from geoservice.measures.linked import Linked

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Statements:
    """All statements that lines may make: first each line's own, then those of shares whose total is not told.

    Attributes
    ----------
    rows
        Sums of groups that only shares without totals tell of: to be counted after those of the lines.
    line
        By statement, the line that makes it.
    row
        By statement, its sum: the line's own, its total's, or one of ``rows``, which follow after the lines.
    """

    def __init__(self, linked: Linked, min_n: int) -> None:
        self._linked, self._min_n = linked, min_n
        count = len(linked.value)
        middle, step, _, _ = rounded(linked, min_n)
        bound = code_bound(linked.value[linked.whole], min_n)
        share = np.flatnonzero(linked.whole != np.arange(count))
        # What the part is of the total at the most, at the least.
        self._most = [(ROUNDED, middle + step / 2), (LOW, bound)]
        self._least = [(ROUNDED, middle - step / 2), (HIGH, 1 - bound)]
        factors = [one[share] for _, one in (*self._most, *self._least)]
        part, total = linked.matrix[share], linked.matrix[linked.whole[share]]
        self.rows = sp.vstack([part - sp.diags(one) @ total for one in factors]).tocsr()
        self._gap = np.concatenate([
            linked.value[share] - one * linked.value[linked.whole[share]] for one in factors
        ])  # fmt: skip
        ratio = count + np.arange(4 * len(share))
        self.line = np.concatenate([np.arange(count), np.tile(share, 5)]).astype(np.int64)
        self.row = np.concatenate([np.arange(count), ratio, linked.whole[share]]).astype(np.int64)
        self._share = share

    def bounds(self, status: NDArray[np.object_]) -> tuple[Floats, Floats]:
        """How far the sum of each statement may change, by the status of the lines; infinite where nothing is said."""
        linked, share = self._linked, self._share
        low, high = told_bounds(linked, status, self._min_n)
        alone = status[linked.whole[share]] != SHOWN
        silent = status == HIDDEN
        silent[share[alone & (status[share] != SHOWN)]] = True
        own_low = np.where(silent, -np.inf, low - linked.value)
        own_high = np.where(silent, np.inf, high - linked.value)
        said = [alone & (status[share] == one) for one, _ in (*self._most, *self._least)]
        size, infinite = len(share), np.full(2 * len(share), np.inf)
        gap_most, gap_least = self._gap[: 2 * size], self._gap[2 * size :]
        ratio_high = np.where(np.concatenate(said[:2]), -gap_most, np.inf)
        ratio_low = np.where(np.concatenate(said[2:]), -gap_least, -np.inf)
        total_low, total_high = self._of_totals(status, alone)
        return (np.concatenate([own_low, -infinite, ratio_low, total_low]),
                np.concatenate([own_high, ratio_high, infinite, total_high]))  # fmt: skip

    def _of_totals(self, status: NDArray[np.object_], alone: NDArray[np.bool_]) -> tuple[Floats, Floats]:  # fmt: skip
        """Between which numbers the step of a bound tells that the total lies."""
        total = self._linked.value[self._linked.whole[self._share]]
        mine = status[self._share]
        coded, is_rounded = alone & ((mine == LOW) | (mine == HIGH)), alone & (mine == ROUNDED)
        ranges = (totals_of_coded(total, self._min_n), totals_of_rounded(total, self._min_n))
        low, high = (np.select([coded, is_rounded], [one[at] for one in ranges], end)
                     for at, end in ((0, -np.inf), (1, np.inf)))  # fmt: skip
        return low - total, high - total
