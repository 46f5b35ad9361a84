"""The two attacks on all public tables of a year: linear programs, and the best linear estimate."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog
from scipy.sparse.linalg import lsqr

Floats = NDArray[np.float64]
_SAME = 1e-9
_FREE_GROUPS = 400


@dataclass(frozen=True)
class Facts:
    """What the public tables say of the number of students in each group.

    Attributes
    ----------
    rows
        A row per statement: the coefficient of each group in its sum.
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
        """Return the statements without repetitions: the same students have the same count."""
        labels = _labels(self.rows)
        keys = zip(labels, self.low.tolist(), self.high.tolist(), strict=True)
        places: dict[tuple[bytes, float, float], int] = {}
        for place, key in enumerate(keys):
            places.setdefault(key, place)
        kept = [place for (label, _, _), place in places.items() if label]
        return Facts(self.rows[kept], self.low[kept], self.high[kept], self.published[kept])

    def agree_with(self, students: Floats) -> bool:
        """Return whether the true numbers lie within all statements."""
        sums = self.rows @ students
        return bool((sums >= self.low - _SAME).all() and (sums <= self.high + _SAME).all())


def intervals(facts: Facts, targets: sparse.csr_matrix) -> Floats:
    """Return the least and the largest number of each target by all statements: of few groups."""
    is_bounded_above, is_bounded_below = np.isfinite(facts.high), facts.low > 0
    limits = sparse.vstack([facts.rows[is_bounded_above], -facts.rows[is_bounded_below]])
    ends = np.concatenate([facts.high[is_bounded_above], -facts.low[is_bounded_below]])
    found = np.empty((targets.shape[0], 2))
    for number in range(targets.shape[0]):
        aim = targets[number].toarray().ravel()
        for end, sign in enumerate((1, -1)):
            answer = linprog(sign * aim, A_ub=limits, b_ub=ends, method="highs")
            assert answer.status == 0, answer.message
            found[number, end] = sign * answer.fun
    return found


def least_widths(facts: Facts, targets: sparse.csr_matrix, students: Floats) -> Floats:
    """Return how wide the interval of each target is at least, by all statements.

    The interval reaches from the least to the largest number that the target can have while all
    statements hold. Two linear programs per target find numbers of students that agree with every
    statement and have few or many students in the target. They start from the true numbers and
    change the groups that share most statements with the target, small statements above all. So
    each width is proved: a program that changes all groups takes minutes and can only find a
    wider interval.
    """
    columns, sums = facts.rows.tocsc(), facts.rows @ students
    sizes = np.diff(facts.rows.indptr)
    widths = []
    for number in range(targets.shape[0]):  # Over targets: some thirty.
        aim = targets[number].toarray().ravel()
        shared = facts.rows.T @ (((facts.rows != 0) @ aim) / sizes)
        free = np.union1d(np.argsort(-shared)[:_FREE_GROUPS], np.flatnonzero(aim))
        rows = columns[:, free].tocsr()
        concerned = np.flatnonzero(np.diff(rows.indptr))
        rows = rows[concerned]
        high, low = (facts.high - sums)[concerned], (sums - facts.low)[concerned]
        can_fall = np.asarray(rows.min(axis=1).toarray().ravel() < 0) | (facts.low[concerned] > 0)
        limits = sparse.vstack([rows[np.isfinite(high)], -rows[can_fall]], format="csr")
        ends = np.concatenate([high[np.isfinite(high)], low[can_fall]])
        bounds = [(-present, None) for present in students[free]]
        answers = [
            linprog(sign * aim[free], limits, np.maximum(ends, 0), bounds=bounds, method="highs")
            for sign in (1, -1)
        ]
        assert all(answer.status == 0 for answer in answers), answers[0].message
        widths.append(-answers[1].fun - answers[0].fun)
    return np.array(widths)


def is_difference(facts: Facts, targets: sparse.csr_matrix) -> NDArray[np.bool_]:
    """Return whether each target is a statement or the difference of two.

    Subtracting exact numbers then gives the exact number of students in the target.
    """
    rows = facts.rows[~np.isnan(facts.published)]
    known_labels = set(_labels(rows))
    answers = []
    for number in range(targets.shape[0]):  # Over targets: some thirty.
        target = targets[number]
        size = target.sum()
        holders = rows[np.flatnonzero(rows @ target.toarray().ravel() == size)]
        rests = holders - sparse.vstack([target] * holders.shape[0], format="csr")
        labels = [*_labels(target), *_labels(rests)]
        answers.append(not known_labels.isdisjoint(labels))
    return np.array(answers)


def estimates(facts: Facts, targets: sparse.csr_matrix) -> Floats:
    """Return the best linear estimate of each target.

    Weighted least squares: all noise has one variance.
    """
    is_count = ~np.isnan(facts.published)
    answer = lsqr(
        facts.rows[is_count],
        facts.published[is_count],
        atol=1e-9,
        btol=1e-9,
        damp=1e-3,
        iter_lim=3000,
    )
    return np.asarray(targets @ answer[0])


def _labels(rows: sparse.csr_matrix) -> list[bytes]:
    """Return bytes that are alike for rows that are alike, empty for rows of zeros."""
    ordered = rows.copy()
    ordered.eliminate_zeros()
    ordered.sort_indices()
    ends, indices = ordered.indptr, ordered.indices.astype(np.int64)
    return [
        indices[start:end].tobytes() + ordered.data[start:end].tobytes()
        for start, end in pairwise(ends.tolist())
    ]
