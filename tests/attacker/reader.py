"""What can be worked out of published lines: sums of unknowns between bounds, narrowed by linear programs."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import linprog

from attacker.groups import Mask, Unknowns

Floats = NDArray[np.float64]
_EPSILON = 1e-6
_ROUNDS = 30
_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2)
_COVERED = 10
_AT_ONCE = 60
_SUPPLY = ("utilisation", "unfilled_seats", "quality_seat_share", "rating_stability", "service_level",
           "programme_density", "need_rank", "service_gap", "net_flow")  # fmt: skip
"""Measures that are differences or ratios of others' numbers: their denominators are read, not their values."""


@dataclass(frozen=True)
class Told:
    """Sums of unknowns that lie between bounds: ``rows`` x unknowns."""

    rows: sp.csr_matrix
    low: Floats
    high: Floats


def told(tables: Mapping[tuple[str, str], pl.DataFrame], unknown: Unknowns) -> Told:
    """Everything that published lines of one year say; ``tables`` are by measure and areas."""
    sums: dict[bytes, tuple[Mask, float, float]] = {}
    for (measure, areas), table in tables.items():
        for row in table.iter_rows(named=True):
            for coefficients, low, high in _says(measure, areas, row, unknown):
                key = coefficients.tobytes()
                _, least, most = sums.get(key, (None, -np.inf, np.inf))
                sums[key] = (coefficients, max(least, low), min(most, high))
    rows = sp.csr_matrix(np.array([one for one, _, _ in sums.values()], dtype=np.float64))
    return Told(rows, *(np.array([one[at] for one in sums.values()]) for at in (1, 2)))


def _says(measure: str, areas: str, row: dict, unknown: Unknowns):
    """The sums that one line tells: coefficients of the unknowns, and bounds."""
    if measure in _SUPPLY:
        return
    found = unknown.line(measure, areas, row)
    if found is None:
        return
    part, whole, everyone = found
    number, count = row["numerator"], row["denominator"]
    counts = measure in ("residents", "attenders", "school_draw", "flows", "zone_destinations")
    if count is not None and not (counts and row["to"]):
        yield whole.astype(np.float64), count, count
    if row["left_out"] is not None and not row["to"]:
        yield (everyone & ~whole).astype(np.float64), row["left_out"], row["left_out"]
    if measure == "distance" and row["status"] == "shown":  # None is told of fewer.
        yield whole.astype(np.float64), _COVERED, np.inf
    if part is None or row["status"] in ("hidden", "no_data", "not_applicable"):
        return
    if number is not None:
        yield part.astype(np.float64), number, number
        return
    if counts:  # At least so many.
        yield part.astype(np.float64), row["bound"], np.inf
        return
    bound, value = row["bound"], row["value"]
    if count is None:
        # The bound is the finest that covers ten students: it tells of how many it is one.
        step = round(1 - bound if row["status"] == "high" else bound, 6)
        finer = max((one for one in _STEPS if one < step), default=None)
        most = np.inf if finer is None else _COVERED / finer - 1
        yield whole.astype(np.float64), _COVERED / step, round(most) if np.isfinite(most) else most
    # Written as a share of the whole, whose number need not be told.
    few, many = {"low": (None, bound), "high": (bound, None),
                 "rounded": ((value or 0.0) - bound / 2, (value or 0.0) + bound / 2)}[row["status"]]  # fmt: skip
    for share, sign in ((few, -1.0), (many, 1.0)):
        if share is not None:
            yield sign * (part.astype(np.float64) - share * whole), -np.inf, _EPSILON


class Reader:
    """Answers what a group of students may number."""

    def __init__(self, facts: Told) -> None:
        self._told = facts
        exact = facts.low == facts.high
        within = facts.rows[~exact]
        high, low = facts.high[~exact], facts.low[~exact]
        up, down = np.isfinite(high), np.isfinite(low)
        self._equal, self._sums = facts.rows[exact], facts.low[exact]
        self._most = sp.vstack([within[up], -within[down]]).tocsr()
        self._limit = np.concatenate([high[up], -low[down]])
        self._kept: list[Floats] = []

    def spread(self, asked: sp.csr_matrix) -> tuple[Floats, Floats]:
        """Least and most of each asked group over the solutions found so far."""
        values = asked @ np.column_stack(self._kept)
        return values.min(axis=1), values.max(axis=1)

    def narrow(self, asked: sp.csr_matrix, width: float) -> list[tuple[int, float, float]]:
        """The asked groups that are known more closely than ``width``, and between which numbers."""
        asked = sp.csr_matrix(asked)
        count, groups = asked.shape
        if not count:
            return []
        self._solve(np.zeros(groups))
        self._push(asked, width, np.random.default_rng(1))
        low, high = self.spread(asked)
        found = []
        for at in np.flatnonzero(high - low < width - 1e-3):
            low, high = self.spread(asked[at])
            if high[0] - low[0] >= width - 1e-3:
                continue
            aim = asked[at].toarray().ravel()
            least, most = self._solve(aim), self._solve(-aim)
            ends = (aim @ least, np.inf if most is None else aim @ most)
            if ends[1] - ends[0] < width - 1e-3:
                found.append((int(at), float(ends[0]), float(ends[1])))
        return found

    def _push(self, asked: sp.csr_matrix, width: float, random: np.random.Generator) -> None:
        """Solutions in which many asked groups are far from those known so far: few programs for all."""
        for _ in range(_ROUNDS):
            low, high = self.spread(asked)
            rest = np.flatnonzero(high - low < width - 1e-3)
            if not len(rest):
                return
            rest = random.permutation(rest)[:_AT_ONCE]
            sign = random.choice([-1.0, 1.0], len(rest))
            rows = asked[rest]
            start = np.where(sign > 0, high[rest], low[rest])
            room = width - (high - low)[rest]
            gain = sp.hstack([-sp.diags(sign) @ rows, sp.eye(len(rest))])
            found = linprog(
                np.concatenate([np.zeros(rows.shape[1]), -np.ones(len(rest))]),
                A_ub=sp.vstack([_wide(self._most, len(rest)), gain]),
                b_ub=np.concatenate([self._limit, -sign * start]),
                A_eq=_wide(self._equal, len(rest)), b_eq=self._sums,
                bounds=[(0, None)] * rows.shape[1] + [(None, one) for one in room], method="highs",
            )  # fmt: skip
            if found.status != 0:
                return
            self._kept.append(found.x[: rows.shape[1]])

    def _solve(self, aim: Floats) -> Floats | None:
        """The solution in which an aim is least; None where nothing holds it."""
        found = linprog(aim, A_ub=self._most, b_ub=self._limit, A_eq=self._equal, b_eq=self._sums,
                        bounds=(0, None), method="highs")  # fmt: skip
        if found.status == 3:
            return None
        if found.status != 0:
            raise ArithmeticError(f"the published lines contradict each other: {found.message}")
        self._kept.append(found.x)
        return found.x


def _wide(rows: sp.csr_matrix, more: int) -> sp.csr_matrix:
    return sp.hstack([rows, sp.csr_matrix((rows.shape[0], more))]).tocsr()
