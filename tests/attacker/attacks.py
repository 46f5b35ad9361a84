"""The two attacks on all public tables of a year: linear programs, and the best linear estimate."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog
from scipy.sparse.linalg import lsqr

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Facts:
    """What the public tables say of the number of students in each group.

    Attributes
    ----------
    rows
        A row per statement: the groups that it sums over.
    low, high
        Ends of the interval that contains the true sum.
    published
        The protected count; NaN where the statement is a bound alone.
    """

    rows: sparse.csr_matrix
    low: Floats
    high: Floats
    published: Floats

    def distinct(self) -> "Facts":
        """Return the statements without repetitions: the same set of students has the same count."""
        first = {}
        for at in range(self.rows.shape[0]):
            row = self.rows[at]
            first.setdefault((tuple(row.indices), self.low[at], self.high[at]), at)
        kept = list(first.values())
        return Facts(self.rows[kept], self.low[kept], self.high[kept], self.published[kept])

    def agree_with(self, students: Floats) -> bool:
        """Return whether the true numbers lie within all statements."""
        sums = self.rows @ students
        return bool((sums >= self.low - 1e-9).all() and (sums <= self.high + 1e-9).all())


def intervals(facts: Facts, targets: sparse.csr_matrix) -> Floats:
    """Return the least and the largest number that each target can have while all statements hold."""
    bounded_above, bounded_below = np.isfinite(facts.high), facts.low > 0
    limits = sparse.vstack([facts.rows[bounded_above], -facts.rows[bounded_below]])
    ends = np.concatenate([facts.high[bounded_above], -facts.low[bounded_below]])
    found = np.empty((targets.shape[0], 2))
    for at in range(targets.shape[0]):
        aim = targets[at].toarray().ravel()
        for end, sign in enumerate((1, -1)):
            answer = linprog(sign * aim, A_ub=limits, b_ub=ends, method="highs")
            assert answer.status == 0, answer.message
            found[at, end] = sign * answer.fun
    return found


def estimates(facts: Facts, targets: sparse.csr_matrix) -> Floats:
    """Return the best linear estimate of each target: weighted least squares, all noise of one variance."""
    is_count = ~np.isnan(facts.published)
    answer = lsqr(
        facts.rows[is_count], facts.published[is_count], atol=1e-12, btol=1e-12, damp=1e-3
    )
    return np.asarray(targets @ answer[0])
