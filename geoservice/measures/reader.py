"""What a reader of published sums can still imagine: changes of the truth that no published sum tells of.

A change is so many students more or less in each cell. Cells of one band alone may change while all others stay as they are:
such a change is one of all cells too, so that what a few cells can do, all can.
"""

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from geoservice.measures.programs import Floats, Program, by_dual_simplex, by_interior_points
from geoservice.measures.thinning import thinned

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
        self._last: tuple[Told, Knowledge] | None = None

    def knowing(self, told: Told) -> "Knowledge":
        """What it can still imagine once it knows what is told: kept, as hundreds of programs ask before that changes."""
        if self._last is None or self._last[0] is not told:
            self._last = (told, self._knowing(told))
        return self._last[1]

    def _knowing(self, told: Told) -> "Knowledge":
        """Rows of which anything is told: equal sums of these cells are one row that keeps within the bounds of all."""
        count = self._rows.shape[0]

        def joined(by: np.ufunc, values: Floats, start: float) -> Floats:
            found = np.full(count, start)
            by.at(found, self._row, values[self._sums])
            return found

        low, high = joined(np.maximum, told.low, -np.inf), joined(np.minimum, told.high, np.inf)
        place = np.flatnonzero(np.isfinite(low) | np.isfinite(high))
        ease = _Ease(*(one[place] for one in (
            joined(np.maximum, told.ease_low, -np.inf), joined(np.minimum, told.ease_high, np.inf),
            joined(np.maximum, told.last_low, -np.inf), joined(np.minimum, told.last_high, np.inf),
            joined(np.add, told.cost, 0.0),
        )))  # fmt: skip
        low, high = low[place], high[place]
        rows, ways = thinned(self._rows[place], low == high)
        return Knowledge(self.cells, self._least, self._ties, rows, ways, low, high, ease)


@dataclass(frozen=True)
class Knowledge:
    """What a reader of some sums can still imagine of some cells.

    Attributes
    ----------
    cells, least, ties
        As of `Reader`, of these cells.
    rows, ways
        What is told: rows x cells, and of which sums each row is made: rows x rows.
    low, high, ease
        Between which bounds each sum changes, and which of these give way.
    """

    cells: Ints
    least: Floats
    ties: sp.csr_matrix
    rows: sp.csr_matrix
    ways: sp.csr_matrix
    low: Floats
    high: Floats
    ease: "_Ease"

    def fewer(self, keep: Bools) -> "Knowledge":
        """The same where only some of all cells may change: what these can do, all can."""
        mine = np.flatnonzero(keep[self.cells])
        return replace(self, cells=self.cells[mine], least=self.least[mine], rows=self.rows[:, mine],
                       ties=_of_something(self.ties[:, mine]))  # fmt: skip

    def settled(self) -> "Knowledge":
        """The same where nothing gives way."""
        return replace(self, ease=_Ease(self.low, self.high, self.low, self.high, self.ease.cost))

    def farthest(self, wishes: Wishes, weights: Floats, most: float) -> Floats | None:
        """A change of the cells, none by more than ``most`` upward, in which many sums go far towards what they need."""
        asked = sp.diags(wishes.sign) @ wishes.rows[:, self.cells]
        count, size = asked.shape
        matrix = _block(
            [[self.rows, None], [self.ties, None], [-asked, sp.identity(count)]], size, count
        )
        none = np.zeros(self.ties.shape[0])
        found = by_interior_points(Program(
            np.concatenate([np.zeros(size), -weights]),
            np.concatenate([-self.least, np.full(count, -np.inf)]),
            np.concatenate([np.full(size, most), wishes.need]), matrix,
            np.concatenate([self.low, none, np.full(count, -np.inf)]),
            np.concatenate([self.high, none, np.zeros(count)]),
        ))  # fmt: skip
        return None if found is None else np.clip(found[:size], -self.least, None)

    def raised(self, wishes: Wishes, price: float, *, inside: bool = False) -> Floats | None:
        """A change of the cells in which sums go as far as they need, at the least cost of what is told and gives way.

        A wish may fall short at a price; infinite: it may not, and None is returned where it must. ``inside``: by interior points,
        which take about as long for hundreds of wishes in many cells as the simplex method for a few dozen.
        """
        program, size = self._raising(wishes, price), len(self.cells)
        if inside:
            found = by_interior_points(program)
            return None if found is None else np.clip(found[:size], -self.least, None)
        found = by_dual_simplex(_from_nothing(program, size))
        return None if found is None else found[:size] - found[size : 2 * size]

    def _raising(self, wishes: Wishes, price: float) -> Program:
        """Columns: the change of each cell, how far each sum that gives way goes, what each wish falls short."""
        asked = sp.diags(wishes.sign) @ wishes.rows[:, self.cells]
        count, size = asked.shape
        rooms = self.ease.rooms(self.low, self.high)
        soft = [np.flatnonzero(one > 0) for one in rooms]
        give = [sign * self.ways[:, one] for sign, one in zip((-1, 1, -1, 1), soft, strict=True)]
        parts = (_EASY, _EASY, 1.0, 1.0)
        cost = [part * self.ease.cost[one] for part, one in zip(parts, soft, strict=True)]
        may_fail = count if np.isfinite(price) else 0
        matrix = _block([
            [self.rows, *give, None],
            [self.ties, *[None] * 4, None],
            [asked, *[None] * 4, sp.identity(count) if may_fail else None],
        ], size, *map(len, soft), may_fail)  # fmt: skip
        none = np.zeros(self.ties.shape[0])
        return Program(
            np.concatenate([np.zeros(size), *cost, np.full(may_fail, price)]),
            np.concatenate([-self.least, np.zeros(sum(map(len, soft)) + may_fail)]),
            np.concatenate([np.full(size, np.inf), *(room[one] for room, one in zip(rooms, soft, strict=True)), np.full(may_fail, np.inf)]),
            matrix, np.concatenate([self.low, none, wishes.need]), np.concatenate([self.high, none, np.full(count, np.inf)]),
        )  # fmt: skip


@dataclass(frozen=True)
class _Ease:
    ease_low: Floats
    ease_high: Floats
    last_low: Floats
    last_high: Floats
    cost: Floats

    def rooms(self, low: Floats, high: Floats) -> list[Floats]:
        """How much further than its bounds each sum may go up and down at a part of the cost, and then at the full cost."""
        up, down = _room(self.last_high, high), _room(-self.last_low, -low)
        easy_up = np.minimum(_room(self.ease_high, high), up)
        easy_down = np.minimum(_room(-self.ease_low, -low), down)
        return [easy_up, easy_down, up - easy_up, down - easy_down]


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


def _room(further: Floats, bound: Floats) -> Floats:
    """How much further than its bound a sum may go; none where nothing binds it."""
    room, is_bound = np.zeros(len(bound)), np.isfinite(bound)
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
