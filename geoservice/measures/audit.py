"""What can be worked out from published sums: for any sum of cells the least and the most it can be.

The attacker knows every published line (a sum of cells), the bounds of coded lines, which cells can exist at all, and
that no cell is negative. Each question is a linear program, solved by HiGHS; sums of the published lines that lie inside
larger ones are taken out of these first, so that most questions fall apart into pieces of one line, which need no solver.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import linprog

Cells = frozenset[int]


@dataclass(frozen=True)
class Known:
    """A published sum of cells: ``low`` equals ``high`` where it is told exactly."""

    cells: Cells
    low: float
    high: float


@dataclass(frozen=True)
class _Piece:
    """Lines that hang together, over their cells."""

    cells: tuple[int, ...]
    lines: tuple[Known, ...]


class Audit:
    """Answers questions about what a set of published lines gives away."""

    def __init__(self, known: Sequence[Known]) -> None:
        self._pieces = _pieces(_reduced(known))
        self._piece_of = {cell: at for at, piece in enumerate(self._pieces) for cell in piece.cells}
        self._solved: dict[tuple[int, Cells], tuple[float, float]] = {}

    def interval(self, cells: Cells) -> tuple[float, float]:
        """Least and greatest sum of some cells; cells that no line holds may be anything."""
        by_piece: dict[int, set[int]] = defaultdict(set)
        for cell in cells:
            at = self._piece_of.get(cell)
            if at is None:
                return 0.0, np.inf
            by_piece[at].add(cell)
        low = high = 0.0
        for at, some in by_piece.items():
            ends = self._solve(at, frozenset(some))
            low, high = low + ends[0], high + ends[1]
        return low, high

    def _solve(self, at: int, cells: Cells) -> tuple[float, float]:
        key = (at, cells)
        if key not in self._solved:
            piece = self._pieces[at]
            if len(piece.lines) == 1:
                line = piece.lines[0]
                whole = len(cells) == len(line.cells)
                self._solved[key] = (line.low if whole else 0.0, line.high)
            else:
                self._solved[key] = _programmed(piece, cells)
        return self._solved[key]


def _reduced(known: Sequence[Known]) -> list[Known]:
    """The same knowledge with exact lines taken out of the larger ones that hold them."""
    exact = sorted({one.cells: one for one in known if one.low == one.high and one.cells}.values(),
                   key=lambda one: (-len(one.cells), min(one.cells)))  # fmt: skip
    by_cell: dict[int, list[int]] = defaultdict(list)
    for at, one in enumerate(exact):
        for cell in one.cells:
            by_cell[cell].append(at)
    kept = []
    for at, one in enumerate(exact):
        rest, value = _without_inner(at, one, exact, by_cell)
        if rest:
            kept.append(Known(rest, value, value))
    return kept + [one for one in known if one.low != one.high and one.cells]


def _without_inner(
    at: int, one: Known, exact: Sequence[Known], by_cell: dict[int, list[int]]
) -> tuple[Cells, float]:
    """What is left of a line without the largest lines that lie inside what is left."""
    rest, value = set(one.cells), one.low
    tried: set[int] = set()
    for cell in sorted(one.cells):
        if cell not in rest:
            continue
        for inner in by_cell[cell]:  # Largest first.
            if inner <= at or inner in tried:
                continue
            tried.add(inner)
            if exact[inner].cells <= rest:
                rest -= exact[inner].cells
                value -= exact[inner].low
                break
    return frozenset(rest), value


def _pieces(known: Sequence[Known]) -> list[_Piece]:
    """Groups of lines that share cells, directly or through others."""
    if not known:
        return []
    cells = sorted(set().union(*(one.cells for one in known)))
    place = {cell: at for at, cell in enumerate(cells)}
    rows = [at for at, one in enumerate(known) for _ in one.cells]
    columns = [place[cell] for one in known for cell in one.cells]
    shape = (len(known) + len(cells),) * 2
    link = sp.coo_matrix(
        (np.ones(len(rows)), (rows, [len(known) + one for one in columns])), shape=shape
    )
    count, label = sp.csgraph.connected_components(link, directed=False)
    lines: list[list[Known]] = [[] for _ in range(count)]
    inside: list[list[int]] = [[] for _ in range(count)]
    for at, one in enumerate(known):
        lines[label[at]].append(one)
    for at, cell in enumerate(cells):
        inside[label[len(known) + at]].append(cell)
    return [_Piece(tuple(some), tuple(many)) for some, many in zip(inside, lines, strict=True)]


def _programmed(piece: _Piece, cells: Cells) -> tuple[float, float]:
    place = {cell: at for at, cell in enumerate(piece.cells)}
    exact = [one for one in piece.lines if one.low == one.high]
    within = [one for one in piece.lines if one.low != one.high]
    options: dict[str, object] = {"bounds": (0, None), "method": "highs"}
    if exact:
        options["A_eq"], options["b_eq"] = _matrix(exact, place), [one.low for one in exact]
    if within:
        upper = _matrix(within, place)
        options["A_ub"] = sp.vstack([upper, -upper])
        options["b_ub"] = [one.high for one in within] + [-one.low for one in within]
    aim = np.zeros(len(place))
    aim[[place[cell] for cell in cells]] = 1.0
    ends = [_end(sign, aim, options) for sign in (1.0, -1.0)]
    return ends[0], ends[1]


def _end(sign: float, aim: NDArray[np.float64], options: dict[str, object]) -> float:
    found = linprog(sign * aim, **options)
    if found.status == 3:  # Nothing holds it back.
        return -sign * np.inf
    if found.status != 0:
        raise ArithmeticError("The released figures contradict each other.")
    return round(float(sign * found.fun), 6)


def _matrix(lines: Sequence[Known], place: dict[int, int]) -> sp.csr_matrix:
    rows = [at for at, one in enumerate(lines) for _ in one.cells]
    columns = [place[cell] for one in lines for cell in one.cells]
    return sp.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(lines), len(place)))
