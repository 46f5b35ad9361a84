"""What can be worked out from published sums: for any sum of groups, the least and the most that it can be.

The attacker knows every published line (a sum of groups of students), the bounds of coded lines, which groups can exist at
all, and that no group is negative. Each question is a linear program, solved by HiGHS. A solution found once stays one
while lines are only taken away, so solutions are kept: the spread of the kept ones is a width that is certain.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import linprog

Floats = NDArray[np.float64]
_ROUNDS = 40
_LEAST_GAIN = 0.02
_EPSILON = 1e-6


@dataclass(frozen=True)
class Told:
    """Published sums: rows x groups, and between which bounds each sum lies (equal where it is told exactly)."""

    matrix: sp.csr_matrix
    low: Floats
    high: Floats


class Audit:
    """Answers questions about what published sums give away; ``truth`` is one solution, the students in each group."""

    def __init__(self, truth: Floats) -> None:
        self._kept: list[Floats] = [truth]

    def keep(self, solution: Floats) -> None:
        """Remember a solution that agrees with all that is published."""
        self._kept.append(np.maximum(solution, 0.0))

    def spread(self, asked: sp.csr_matrix) -> tuple[Floats, Floats]:
        """Least and greatest value of each asked sum over the kept solutions: the attacker's interval is at least that."""
        values = asked @ np.column_stack(self._kept)
        return values.min(axis=1), values.max(axis=1)

    def widen(self, asked: sp.csr_matrix, width: Floats, told: Told, seed: int = 0) -> None:
        """Look for solutions in which many asked sums differ from the kept ones by their width, a few programs for all."""
        random = np.random.default_rng(seed)
        before = np.inf
        for _ in range(_ROUNDS):
            low, high = self.spread(asked)
            narrow = np.flatnonzero(high - low < width - _EPSILON)
            if not len(narrow) or len(narrow) > before * (1 - _LEAST_GAIN):
                return
            before = len(narrow)
            sign = random.choice([-1.0, 1.0], len(narrow))
            found = _pushed(asked[narrow], low[narrow], high[narrow], width[narrow], sign, told)
            if found is not None:
                self.keep(found)

    def interval(self, asked: sp.csr_matrix, told: Told) -> tuple[float, float]:
        """The least and the most that one asked sum (a row) can be; both solutions are kept."""
        ends = []
        for sign in (1.0, -1.0):
            found = linprog(sign * asked.toarray().ravel(), **_program(told))
            if found.status == 3:  # Nothing holds it back.
                ends.append(-sign * np.inf)
                continue
            if found.status != 0:
                raise ArithmeticError("The released figures contradict each other.")
            self.keep(found.x)
            ends.append(round(sign * float(found.fun), 6))
        return ends[0], ends[1]


def _pushed(
    asked: sp.csr_matrix, low: Floats, high: Floats, width: Floats, sign: Floats, told: Told
) -> Floats | None:
    """A solution that pushes each asked sum up or down as far as its width asks, as well as all can be at once."""
    count, groups = asked.shape
    aim = np.concatenate([np.zeros(groups), -np.ones(count)])
    goal = np.where(sign > 0, low + width, high - width)
    gain = sp.hstack([-sp.diags(sign) @ asked, sp.eye(count)])
    program = _program(told, extra=count)
    matrix, bound = program.get("A_ub"), program.get("b_ub")
    start = np.where(sign > 0, high, low)
    program["A_ub"] = gain if matrix is None else sp.vstack([matrix, gain])
    program["b_ub"] = np.concatenate([np.zeros(0) if bound is None else bound, -sign * start])
    least = [(None, max(0.0, one)) for one in sign * (goal - start)]
    program["bounds"] = [(0, None)] * groups + least
    found = linprog(aim, **program)
    return found.x[:groups] if found.status == 0 else None


def _program(told: Told, extra: int = 0) -> dict[str, object]:
    """The constraints of what is told, for so many further variables that they do not touch."""
    exact = told.low == told.high
    program: dict[str, object] = {"bounds": (0, None), "method": "highs"}
    if exact.any():
        program["A_eq"] = _widened(told.matrix[exact], extra)
        program["b_eq"] = told.low[exact]
    within = ~exact
    if within.any():
        rows = _widened(told.matrix[within], extra)
        upper = np.isfinite(told.high[within])
        program["A_ub"] = sp.vstack([rows[upper], -rows])
        program["b_ub"] = np.concatenate([told.high[within][upper], -told.low[within]])
    return program


def _widened(rows: sp.csr_matrix, extra: int) -> sp.csr_matrix:
    if not extra:
        return rows
    return sp.hstack([rows, sp.csr_matrix((rows.shape[0], extra))]).tocsr()
