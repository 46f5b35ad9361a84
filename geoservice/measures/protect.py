"""Disclosure control of tables that hang together: lines are hidden until what is left tells of no few students.

Lines that are small alone are hidden or coded first. Then the audit asks what can still be worked out of each hidden or
coded line, and of each small group that two units leave between them. Where that is narrower than the least count, the
lines whose absence costs least and widens it enough are hidden too: a linear program that moves as few published students
as possible (the linear relaxation of cell suppression: Fischetti and Salazar, Management Science 2001).
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from geoservice.measures.audit import Audit, Floats, Told
from geoservice.measures.coding import (
    HIDDEN,
    HIGH,
    LOW,
    ROUNDED,
    SHOWN,
    Bools,
    first_status,
    is_small,
    known_anyway,
    rounded,
    told_bounds,
)
from geoservice.measures.linked import COUNT, DISTRICT, FLOW, Linked
from geoservice.measures.programs import Found, cut, parted, raised

_EPSILON = 1e-6
_NEIGHBOURS = 40
"""How many lines hidden before may balance the next."""
Status = NDArray[np.object_]


@dataclass(frozen=True)
class Protected:
    """The release of linked tables.

    Attributes
    ----------
    status
        How each line is released.
    asked
        What the audit asked of: lines that are not shown, then groups between units; rows x groups.
    line
        Of each asked row its line, -1 for a group between units.
    low, high
        What a reader can work out of each at most: the interval is at least this wide.
    width
        How wide it must be.
    """

    status: Status
    asked: sp.csr_matrix
    line: NDArray[np.int64]
    low: Floats
    high: Floats
    width: Floats

    @property
    def holds(self) -> bool:
        """True where every interval is wide enough."""
        return bool(((self.high - self.low) >= self.width - 1e-3).all())


def protect(
    linked: Linked, min_n: int, *, settled: Status | None = None, few: Bools | None = None,
    between: sp.csr_matrix | None = None, changed: Bools | None = None,
) -> Protected:  # fmt: skip
    """Decide for every line whether it may be shown.

    Parameters
    ----------
    settled
        How lines were released before, empty for those that were not: these stay as they are.
    few
        Lines that few homes make up: hidden like small ones.
    between
        Groups that no line names but that may be subtracted: rows x groups.
    changed
        Lines that differ from what was released of them before by fewer than ``min_n`` students.
    """
    status = first_status(linked, min_n)
    if few is not None:
        status[few] = HIDDEN
    status[status[linked.whole] == HIDDEN] = HIDDEN
    if changed is not None:
        _hide_changes(linked, min_n, status, changed)
    fixed = np.zeros(len(status), dtype=bool)
    if settled is not None:
        fixed = settled != ""
        status = np.where(fixed, settled, status)
    _leave_enough(linked, min_n, status, fixed)
    small = is_small(linked, min_n)
    for more in (few, changed):
        small = small if more is None else small | more
    work = _Work(linked, min_n, status, fixed, between, small)
    while work.hide_more():
        pass
    return work.result()


def _hide_changes(linked: Linked, min_n: int, status: Status, changed: Bools) -> None:
    """Round the shares, and hide the numbers, of which a reader of two releases could tell a difference of few."""
    _, step, _, _ = rounded(linked, min_n)
    status[changed & (status == SHOWN)] = HIDDEN
    of_hidden = (status[linked.whole] == HIDDEN) & (linked.whole != np.arange(len(status)))
    shares = (of_hidden & (status == SHOWN)) | (changed & (linked.whole != np.arange(len(status))) & (status == HIDDEN))  # fmt: skip
    whole_few = linked.value[linked.whole] < min_n
    status[shares & ~whole_few] = np.where(step[shares & ~whole_few] > 0, ROUNDED, HIDDEN)


def _leave_enough(linked: Linked, min_n: int, status: Status, fixed: Bools) -> None:
    """Hide the smallest ways of each total whose ways that are not shown sum to few: a start that spares programs."""
    rule = linked.lines["rule"].to_numpy()
    ways = np.flatnonzero((rule == FLOW) & ~fixed)
    totals = np.flatnonzero((rule == COUNT) & (status == SHOWN))
    if not len(ways) or not len(totals):
        return
    rows = linked.matrix[ways]
    shared = (rows @ linked.matrix[totals].T).tocsc()
    size = np.diff(rows.indptr)
    for at, whole in enumerate(totals):  # Over totals: some hundreds.
        inside = shared.indices[shared.indptr[at] : shared.indptr[at + 1]]
        inside = inside[shared.data[shared.indptr[at] : shared.indptr[at + 1]] == size[inside]]
        mine = ways[inside]
        order = mine[np.argsort(linked.value[mine], kind="stable")]
        shown = order[status[order] == SHOWN]
        rest = linked.value[whole] - linked.value[shown].sum()
        while 0 < rest < min_n and len(shown):
            status[shown[0]] = HIDDEN
            rest += linked.value[shown[0]]
            shown = shown[1:]


class _Work:
    """Lines being hidden until the audit holds."""

    def __init__(
        self, linked: Linked, min_n: int, status: Status, fixed: Bools,
        between: sp.csr_matrix | None, small: Bools,
    ) -> None:  # fmt: skip
        self._linked, self._min_n, self._status, self._fixed = linked, min_n, status, fixed
        self._small = small
        self._known_anyway = known_anyway(linked, min_n) & ~self._small
        empty = sp.csr_matrix((0, linked.matrix.shape[1]))
        self._between = empty if between is None else between
        self._audit = Audit(linked.students)
        self._lost: set[int] = set()
        self._is_district = (linked.lines["unit"] == DISTRICT).to_numpy()
        self._by_group = linked.matrix.tocsc()
        self._hidden_last: deque[int] = deque(maxlen=_NEIGHBOURS)
        self._told_again: set[int] = set()

    def hide_more(self) -> bool:
        """Hide lines for the first asked sum that is too narrow; False where none is, or none can be widened."""
        asked, line, width = self._asked()
        self._audit.widen(asked, width, self._told())
        low, high = self._audit.spread(asked)
        changed = False
        for at in np.flatnonzero(high - low < width - _EPSILON):  # Over what is not yet certain.
            if line[at] not in self._lost or line[at] < 0:
                changed |= self._mended(asked[at], int(line[at]), float(width[at]))
        return changed

    def _mended(self, asked: sp.csr_matrix, line: int, width: float) -> bool:
        """Hide or show lines where one asked sum is too narrow; False where it is not, or nothing helps."""
        low, high = self._audit.spread(asked)
        if high[0] - low[0] >= width - _EPSILON:
            return False
        if self._may_show(line):
            least, most = self._audit.interval(asked, self._told())
            if most - least < _EPSILON:
                self._told_again.add(line)
                self._status[line] = SHOWN
                return True
        coded = line >= 0 and self._status[line] in (LOW, HIGH)
        if self._widened(line, asked, None if coded else float(low[0]), width):
            return True
        self._lost.add(line)
        return False

    def _may_show(self, line: int) -> bool:
        """True for a line that was hidden for others' sake: where it follows from what is shown anyway, it need not be."""
        if line < 0 or self._small[line] or self._fixed[line] or line in self._told_again:
            return False
        return bool(
            self._status[self._linked.whole[line]] != HIDDEN or self._linked.whole[line] == line
        )

    def result(self) -> Protected:
        asked, line, width = self._asked()
        low, high = self._audit.spread(asked)
        return Protected(self._status, asked, line, low, high, width)

    def _asked(self) -> tuple[sp.csr_matrix, NDArray[np.int64], Floats]:
        """Lines that are hidden or coded, and groups between units, with the width that each must have.

        Parts of a total that is hidden are asked of only where they are small: their total is asked of itself.
        """
        not_shown = self._status != SHOWN
        whole = self._linked.whole
        part = (whole != np.arange(len(whole))) & (self._status[whole] == HIDDEN)
        hidden = (self._status == HIDDEN) & ~self._known_anyway & ~part
        lines = np.flatnonzero((self._small & not_shown) | hidden)
        asked = sp.vstack([self._few_of(lines), self._between]).tocsr()
        line = np.concatenate([lines, np.full(self._between.shape[0], -1)])
        return asked, line, np.full(len(line), float(self._min_n))

    def _few_of(self, lines: NDArray[np.int64]) -> sp.csr_matrix:
        """The groups that each line must not tell: its own, or those it leaves of its total where these are the few."""
        linked = self._linked
        is_rest = (linked.whole[lines] != lines) & (linked.value[lines] >= self._min_n)
        rows = linked.matrix[lines]
        rest = linked.matrix[linked.whole[lines]] - rows
        return (
            sp.diags((~is_rest).astype(float)) @ rows + sp.diags(is_rest.astype(float)) @ rest
        ).tocsr()

    def _told(self) -> Told:
        low, high = told_bounds(self._linked, self._status, self._min_n)
        open_ = self._status != HIDDEN
        return Told(self._linked.matrix[open_], low[open_], high[open_])

    def _around(self, lines: Sequence[int]) -> NDArray[np.int64]:
        """The groups of some lines, and those that share a line with them, but for lines of the whole district."""
        some = np.unique(self._linked.matrix[lines].indices)
        rows = np.unique(self._by_group[:, some].indices)
        return np.unique(self._linked.matrix[rows[~self._is_district[rows]]].indices)

    def _nearby(
        self, line: int, asked: sp.csr_matrix, goal: float, soft: Told, hard: Told, cost: Floats,
        give: NDArray[np.int64],
    ) -> Found | None:  # fmt: skip
        """The same as `raised` where only groups of the line's unit, and of those hidden last, move: a small program.

        None where that does not do, or would cost a line of the whole district.
        """
        if line < 0:
            return None
        linked = self._linked
        groups = self._around([line, *self._hidden_last])
        outside = linked.students.copy()
        outside[groups] = 0.0
        near_soft, is_near = cut(soft, groups, outside)
        near_hard, _ = cut(hard, groups, outside)
        aim = goal - float((asked @ outside)[0])
        found = raised(near_soft, near_hard, cost[is_near], asked[:, groups], aim)
        if found is None:
            return None
        moved = np.zeros(len(cost))
        moved[is_near] = found[1]
        if self._is_district[give[moved > _EPSILON]].any():
            return None
        outside[groups] = found[0][0]
        return (outside,), moved

    def _widened(self, line: int, asked: sp.csr_matrix, least: float | None, width: float) -> bool:
        """Hide the lines that must give way for a sum to be uncertain at the least cost; False where none can.

        ``least`` is a value that the sum is known to reach; None where it has room on both sides alone, as a coded share.
        """
        give = np.flatnonzero((self._status != HIDDEN) & ~self._fixed)
        keep = np.flatnonzero((self._status != HIDDEN) & self._fixed)
        low, high = told_bounds(self._linked, self._status, self._min_n)
        soft, hard = (
            Told(self._linked.matrix[some], low[some], high[some]) for some in (give, keep)
        )
        cost = _costs(self._linked, give)
        found = None
        if least is not None:
            found = self._nearby(line, asked, least + width, soft, hard, cost, give)
            found = found or raised(soft, hard, cost, asked, least + width)
        if found is None:
            found = parted(soft, hard, cost, asked, width)
        if found is None:
            return False
        solutions, moved = found
        self._hide(give[moved > _EPSILON], solutions)
        for one in solutions:
            self._audit.keep(one)
        return True

    def _hide(self, lines: NDArray[np.int64], solutions: Sequence[Floats]) -> None:
        """Hide lines, or round those shares whose step leaves room for the solutions."""
        _, step, least, most = rounded(self._linked, self._min_n)
        values = self._linked.matrix[lines] @ np.column_stack(solutions)
        inside = (values >= least[lines, None] - _EPSILON) & (
            values <= most[lines, None] + _EPSILON
        )
        roundable = (self._status[lines] == SHOWN) & (step[lines] > 0) & inside.all(axis=1)
        self._status[lines] = np.where(roundable, ROUNDED, HIDDEN)
        hidden = lines[~roundable]
        of_hidden = np.isin(self._linked.whole, hidden) & ~self._fixed & (self._status == SHOWN)
        of_hidden[hidden] = False
        self._hidden_last.extend(hidden[~self._is_district[hidden]].tolist())
        self._status[of_hidden] = np.where(step[of_hidden] > 0, ROUNDED, HIDDEN)


def _costs(linked: Linked, give: Sequence[int] | NDArray[np.int64]) -> Floats:
    weight = linked.lines["weight"].to_numpy()[give]
    return np.asarray(weight * (linked.value[linked.whole][give] + 10.0))
