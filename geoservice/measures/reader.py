"""What a reader of published sums can still imagine: changes of the truth that no published sum tells of.

A change is so many students more or less in each cell. Cells of one band alone may change while all others stay as they are:
such a change is one of all cells too, so that what a few cells can do, all can.
"""

from copy import copy
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from geoservice.measures.programs import Floats, Program, by_dual_simplex, by_interior_points

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
_EASY = 0.2
"""What a sum costs as far as it is only rounded, of what it costs further."""


@dataclass(frozen=True)
class Told:
    """By sum, how far a change of it may go down and up, and what it costs to take it further.

    Attributes
    ----------
    low, high
        No change at all where both are 0, any where infinite.
    ease_low, ease_high
        How far it may go at a part of the cost.
    last_low, last_high
        How far it may go at the full cost: what is settled gives no way.
    cost
        Of each student further.
    """

    low: Floats
    high: Floats
    ease_low: Floats
    ease_high: Floats
    last_low: Floats
    last_high: Floats
    cost: Floats

    def settled(self) -> "Told":
        """The same where nothing gives way."""
        return Told(self.low, self.high, self.low, self.high, self.low, self.high, self.cost)


@dataclass(frozen=True)
class Wishes:
    """Sums that should change: rows x cells, by how much, and up or down (1 or -1)."""

    rows: sp.csr_matrix
    need: Floats
    sign: Floats


class Reader:
    """Changes of some cells; `answers` tells by sum whether it is asked of these.

    Parameters
    ----------
    sums
        Sums x cells: whatever may be told.
    ties
        Sums that never change.
    least
        By cell, how many students fewer there may be at most.
    cells
        Places of the cells that may change.
    realm
        Of all cells those out of which all sums are that these cells are asked of.
    """

    def __init__(
        self, sums: sp.csr_matrix, ties: sp.csr_matrix, least: Floats, cells: Ints, realm: Bools
    ) -> None:
        self.cells, self._least = cells, least[cells]
        own = sums[:, cells].tocsr()
        outside = sums @ (~realm).astype(np.float64) > 0
        self.answers = (np.diff(own.indptr) > 0) & ~outside
        self._sums = np.flatnonzero(np.diff(own.indptr) > 0)
        self._rows, self._row = unique_rows(own[self._sums])
        self._ties = _of_something(ties[:, cells])

    def fewer(self, keep: Bools) -> "Reader":
        """The same where only some of all cells may change: what these can do, all can."""
        mine = np.flatnonzero(keep[self.cells])
        made = copy(self)
        made.cells, made._least = self.cells[mine], self._least[mine]
        made._rows, made._ties = self._rows[:, mine], _of_something(self._ties[:, mine])
        return made

    def farthest(self, told: Told, wishes: Wishes, weights: Floats, most: float) -> Floats | None:
        """A change of the cells, none by more than ``most`` upward, in which many sums go far towards what they need."""
        rows, low, high, _ = self._bounds(told)
        asked = sp.diags(wishes.sign) @ wishes.rows[:, self.cells]
        count, size = asked.shape
        matrix = _block(
            [[rows, None], [self._ties, None], [-asked, sp.identity(count)]], size, count
        )
        found = by_interior_points(Program(
            np.concatenate([np.zeros(size), -weights]),
            np.concatenate([-self._least, np.full(count, -np.inf)]),
            np.concatenate([np.full(size, most), wishes.need]), matrix,
            np.concatenate([low, np.zeros(self._ties.shape[0]), np.full(count, -np.inf)]),
            np.concatenate([high, np.zeros(self._ties.shape[0] + count)]),
        ))  # fmt: skip
        return None if found is None else np.clip(found[:size], -self._least, None)

    def raised(
        self, told: Told, wishes: Wishes, price: float, *, inside: bool = False
    ) -> Floats | None:
        """A change of the cells in which sums go as far as they need, at the least cost of what is told and gives way.

        A wish may fall short at a price; infinite: it may not, and None is returned where it must. ``inside``: by interior points,
        which take about as long for hundreds of wishes in many cells as the simplex method for a few dozen.
        """
        program, size = self._raising(told, wishes, price), len(self.cells)
        if inside:
            found = by_interior_points(program)
            return None if found is None else np.clip(found[:size], -self._least, None)
        found = by_dual_simplex(_from_nothing(program, size))
        return None if found is None else found[:size] - found[size : 2 * size]

    def _raising(self, told: Told, wishes: Wishes, price: float) -> Program:
        """Columns: the change of each cell, how far each sum that gives way goes, what each wish falls short."""
        rows, low, high, at = self._bounds(told)
        asked = sp.diags(wishes.sign) @ wishes.rows[:, self.cells]
        soft = np.flatnonzero((at.last_high > high) | (at.last_low < low))
        (count, size), some = asked.shape, len(soft)
        may_fail = count if np.isfinite(price) else 0
        give = sp.csr_matrix((np.ones(some), (soft, np.arange(some))), shape=(len(low), some))
        matrix = _block([
            [rows, -give, give, -give, give, None],
            [self._ties, None, None, None, None, None],
            [asked, None, None, None, None, sp.identity(count) if may_fail else None],
        ], size, *[some] * 4, may_fail)  # fmt: skip
        cost = at.cost[soft]
        none = np.zeros(self._ties.shape[0])
        return Program(
            np.concatenate([np.zeros(size), *(_EASY * cost,) * 2, *(cost,) * 2, np.full(may_fail, price)]),
            np.concatenate([-self._least, np.zeros(4 * some + may_fail)]),
            np.concatenate([np.full(size, np.inf), *(one[soft] for one in at.rooms(low, high)), np.full(may_fail, np.inf)]),
            matrix, np.concatenate([low, none, wishes.need]), np.concatenate([high, none, np.full(count, np.inf)]),
        )  # fmt: skip

    def _bounds(self, told: Told) -> tuple[sp.csr_matrix, Floats, Floats, "_Ease"]:
        """Rows of which anything is told: equal sums of these cells are one row that keeps within the bounds of all."""
        mine, count = self._sums, self._rows.shape[0]

        def joined(by: np.ufunc, values: Floats, start: float) -> Floats:
            found = np.full(count, start)
            by.at(found, self._row, values[mine])
            return found

        low, high = joined(np.maximum, told.low, -np.inf), joined(np.minimum, told.high, np.inf)
        place = np.flatnonzero(np.isfinite(low) | np.isfinite(high))
        ease = _Ease(*(one[place] for one in (
            joined(np.maximum, told.ease_low, -np.inf), joined(np.minimum, told.ease_high, np.inf),
            joined(np.maximum, told.last_low, -np.inf), joined(np.minimum, told.last_high, np.inf),
            joined(np.add, told.cost, 0.0),
        )))  # fmt: skip
        return self._rows[place], low[place], high[place], ease


@dataclass(frozen=True)
class _Ease:
    ease_low: Floats
    ease_high: Floats
    last_low: Floats
    last_high: Floats
    cost: Floats

    def rooms(self, low: Floats, high: Floats) -> list[Floats]:
        """How much further than its bounds each sum may go up and down at a part of the cost, and at the full cost."""
        up, down = np.isfinite(high), np.isfinite(low)
        each = ((self.ease_low, self.ease_high), (self.last_low, self.last_high))
        return [_room(further, end, is_bound) for further_low, further_high in each
                for further, end, is_bound in ((further_high, high, up), (-further_low, -low, down))]  # fmt: skip


def _from_nothing(program: Program, size: int) -> Program:
    """The same where each of the first columns is a rise less a fall: none is below 0, and none changes at the start."""
    change = program.matrix[:, :size]
    return Program(
        np.concatenate([program.cost[:size], program.cost[:size], program.cost[size:]]),
        np.zeros(len(program.cost) + size),
        np.concatenate([program.high[:size], -program.low[:size], program.high[size:]]),
        sp.hstack([change, -change, program.matrix[:, size:]]).tocsr(), program.row_low, program.row_high,
    )  # fmt: skip


def _of_something(matrix: sp.csr_matrix) -> sp.csr_matrix:
    """The rows that are not empty."""
    rows = matrix.tocsr()
    return rows[np.flatnonzero(np.diff(rows.indptr) > 0)]


def _room(further: Floats, bound: Floats, is_bound: Bools) -> Floats:
    """How much further than its bound a sum may go; none where nothing binds it."""
    room = np.zeros(len(bound))
    room[is_bound] = np.maximum(further[is_bound] - bound[is_bound], 0.0)
    return room


def unique_rows(matrix: sp.csr_matrix) -> tuple[sp.csr_matrix, Ints]:
    """Rows that differ, and which of them each row is."""
    random = np.random.default_rng(1).random((matrix.shape[1], 2))
    marks = np.round(matrix @ random, 9)
    _, first, place = np.unique(marks, axis=0, return_index=True, return_inverse=True)
    return matrix[first], place.ravel().astype(np.int64)


def _block(parts: list[list[object]], *sizes: int) -> sp.csr_matrix:
    """Blocks side by side and below one another; None is a block of zeros of its column's size."""
    rows = []
    for line in parts:
        height = next(one.shape[0] for one in line if one is not None)  # type: ignore[attr-defined]
        filled = [sp.csr_matrix((height, size)) if one is None else one
                  for one, size in zip(line, sizes, strict=True)]  # fmt: skip
        rows.append(sp.hstack(filled))
    return sp.vstack(rows).tocsr()
