"""What is told of each line while a release is decided, and how far the sums that must stay uncertain are known to reach."""

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from geoservice.measures.coding import (
    HIDDEN,
    ROUNDED,
    SHOWN,
    Bools,
    known_anyway,
    rounded,
)
from geoservice.measures.linked import Linked
from geoservice.measures.programs import Floats
from geoservice.measures.reader import Ints, Told, Wishes, unique_rows
from geoservice.measures.statements import Statements

EPSILON = 1e-6
_OFF = 1e-5
"""By how much a solution may miss what is settled."""
_WITHOUT_NUMBER = 10.0
"""Added to the students of a line: how much the absence of a line costs that holds few."""
Status = NDArray[np.object_]


class ToldLines:
    """Lines with their status, over the sums that differ.

    Parameters
    ----------
    status
        Of each line at the start; those that are ``fixed`` stay as they are.
    small
        Lines that tell of few students.
    between
        Groups that no line names: rows x cells.
    moved
        Lines to which few have come, or from which few have gone: asked of themselves, where of other large shares the rest is.
    known
        Lines that a reader of earlier releases knows, whether they are shown or not.
    facts
        Other sums that it knows: rows x cells.
    """

    def __init__(
        self, linked: Linked, min_n: int, status: Status, fixed: Bools, small: Bools,
        between: sp.csr_matrix, *, moved: Bools | None = None, known: Bools | None = None,
        facts: sp.csr_matrix | None = None,
    ) -> None:  # fmt: skip
        self._linked, self._min_n, self.status, self._fixed, self._small = (
            linked,
            min_n,
            status,
            fixed,
            small,
        )
        count = len(status)
        known = np.zeros(count, dtype=bool) if known is None else known
        self._known_anyway = (known_anyway(linked, min_n) | known) & ~small
        is_rest = (linked.whole != np.arange(count)) & (linked.value >= min_n)
        is_rest &= True if moved is None else ~moved
        rest = linked.matrix[linked.whole[is_rest]] - linked.matrix[is_rest]
        self._statements = Statements(linked, min_n)
        facts = sp.csr_matrix((0, len(linked.students))) if facts is None else facts
        every = [linked.matrix, rest, between, facts, self._statements.rows]
        self.sums, place = unique_rows(sp.vstack(every).tocsr())
        ends = np.cumsum([one.shape[0] for one in every[:-1]])
        self._own, of_rest, self._between, others, ratio = np.split(place, ends)
        self._said = np.concatenate([self._own, ratio])[self._statements.row]
        # Of a share of which the rest is few now the part is known all the same.
        of_lines = self._own[known & (~small | is_rest)]
        self._facts = np.unique(np.concatenate([of_lines, others]))
        self._asked_of = self._own.copy()
        self._asked_of[is_rest] = of_rest
        _, step, least, most = rounded(linked, min_n)
        self._can_round, self._least, self._most = (
            step > 0,
            least - linked.value,
            most - linked.value,
        )
        weight = linked.lines["weight"].to_numpy()
        self._cost = weight * (linked.value[linked.whole] + _WITHOUT_NUMBER)
        self._by_cell = self.sums.tocsc()
        self._number = self.sums @ linked.students
        self.low, self.high = np.zeros(self.sums.shape[0]), np.zeros(self.sums.shape[0])
        self._said_now: tuple[Floats, Floats] | None = None
        self._told_now: Told | None = None

    def told(self) -> Told:
        """How far each sum may change."""
        if self._told_now is None:
            self._told_now = self._made_told()
        return self._told_now

    def _made_told(self) -> Told:
        low, high = self._bounds()
        count, line = len(self.status), self._statements.line
        ease_low, ease_high = low.copy(), high.copy()
        ease = np.flatnonzero((self.status == SHOWN) & self._can_round)
        ease_low[:count][ease], ease_high[:count][ease] = self._least[ease], self._most[ease]
        fixed, says = self._fixed[line], np.isfinite(low) | np.isfinite(high)
        told = Told(
            self._of_sums(np.maximum, low, -np.inf), self._of_sums(np.minimum, high, np.inf),
            self._of_sums(np.maximum, ease_low, -np.inf), self._of_sums(np.minimum, ease_high, np.inf),
            self._of_sums(np.maximum, np.where(fixed, low, -np.inf), -np.inf),
            self._of_sums(np.minimum, np.where(fixed, high, np.inf), np.inf),
            self._of_sums(np.add, np.where(says & ~fixed, self._cost[line], 0.0), 0.0),
        )  # fmt: skip
        for bound in (told.low, told.high, told.ease_low, told.ease_high, told.last_low, told.last_high):  # fmt: skip
            bound[self._facts] = 0.0
        return told

    def _bounds(self) -> tuple[Floats, Floats]:
        """How far each statement lets its sum change: kept until a line is told otherwise, as hundreds of programs ask in between."""
        if self._said_now is None:
            self._said_now = self._statements.bounds(self.status)
        return self._said_now

    def _tell(self, lines: Ints | Bools, status: str | Status) -> None:
        self.status[lines] = status
        self._said_now = self._told_now = None

    def asked(self) -> tuple[Ints, Ints]:
        """Lines that must not be worked out, with the sum of each, then groups between units (of line -1).

        Parts of a total that is hidden are asked of only where they are small: their total is asked of itself.
        """
        not_shown, whole = self.status != SHOWN, self._linked.whole
        part = (whole != np.arange(len(whole))) & (self.status[whole] == HIDDEN)
        hidden = (self.status == HIDDEN) & ~self._known_anyway & ~part
        lines = np.flatnonzero((self._small & not_shown) | hidden)
        line = np.concatenate([lines, np.full(len(self._between), -1)])
        return line, np.concatenate([self._asked_of[lines], self._between])

    def narrow(self) -> Ints:
        """Sums asked of that are not known to have room enough."""
        _, sums = self.asked()
        some = np.unique(sums)
        return some[(self.high - self.low)[some] < self._min_n - EPSILON]

    def lack(self, sums: Ints) -> float:
        """How much room narrow sums lack, all together."""
        return float((self._min_n - (self.high - self.low)[sums]).sum())

    def depth(self, sums: Ints) -> Floats:
        """How much further than known some sums could fall, were nothing told."""
        return np.asarray(self._number[sums] + self.low[sums])

    def named(self, sums: Ints) -> Ints:
        """Those that a line of this stage names."""
        return np.setdiff1d(sums, self._between)

    def wishes(self, sums: Ints, down: Bools) -> Wishes:
        """How far some sums should go: up by what they lack, or down, as far as they can."""
        low, high = self._rooms()
        up = np.minimum(self._min_n + self.low[sums], high[sums])
        can_rise = self.high[sums] < up - EPSILON
        lack = self._min_n - self.high[sums]
        fall = np.minimum(np.minimum(self._number[sums], -low[sums]), lack)
        falls = (down & (self.low[sums] > -fall + EPSILON)) | ~can_rise
        return Wishes(self.sums[sums], np.where(falls, fall, up), np.where(falls, -1.0, 1.0))

    def unit_cost(self) -> float:
        """What a usual line costs."""
        return float(np.median(self._cost)) if len(self._cost) else 1.0

    def change(self, change: Floats) -> bool:
        """Take note of a change that a reader can imagine: lines that deny it give way, rounded where that is enough.

        False for one that settled lines deny: it is none, whatever the solver says.
        """
        moving, told = np.flatnonzero(change), self.told()  # Often a few dozen cells of thousands.
        moved = self._by_cell[:, moving] @ change[moving]
        if ((moved < told.last_low - _OFF) | (moved > told.last_high + _OFF)).any():
            return False
        mine = moved[self._own]
        fits = (mine >= self._least - EPSILON) & (mine <= self._most + EPSILON) & self._can_round
        while (denied := self._denying(moved)).any():
            self._tell(denied, np.where((self.status == SHOWN) & fits, ROUNDED, HIDDEN)[denied])
            self._parts_of_hidden(denied)
        self.low, self.high = np.minimum(self.low, moved), np.maximum(self.high, moved)
        return True

    def _denying(self, moved: Floats) -> Bools:
        """Lines, not settled, of which some statement would not be true."""
        low, high = self._bounds()
        there = moved[self._said]
        false = (there < low - EPSILON) | (there > high + EPSILON)
        denying = np.zeros(len(self.status), dtype=bool)
        denying[self._statements.line[false]] = True
        return np.asarray(denying & (self.status != HIDDEN) & ~self._fixed)

    def lines_of(self, asked: int) -> Ints:
        """Hidden lines of a sum that are hidden for others' sake alone, and of a total that is not hidden."""
        whole = self._linked.whole
        own = (self.status[whole] != HIDDEN) | (whole == np.arange(len(whole)))
        return np.flatnonzero((self._asked_of == asked) & (self.status == HIDDEN) & ~self._small & ~self._fixed & own)  # fmt: skip

    def hide_coded(self, asked: int) -> bool:
        """Hide coded and rounded lines of a sum; False where there are none."""
        mine = (self._asked_of == asked) & ~self._fixed & (self.status != HIDDEN)
        self._tell(mine, HIDDEN)
        self._parts_of_hidden(mine)
        return bool(mine.any())

    def show(self, lines: Ints) -> None:
        """Show lines that follow from what is told anyway."""
        self._tell(lines, SHOWN)

    def _parts_of_hidden(self, denied: Bools) -> None:
        gone = denied & (self.status == HIDDEN)
        part = gone[self._linked.whole] & ~gone & ~self._fixed & (self.status == SHOWN)
        self._tell(part, np.where(self._can_round[part], ROUNDED, HIDDEN))

    def _rooms(self) -> tuple[Floats, Floats]:
        """How far each sum may change by what tells of it, or of the rest that it is of a total, but for lines shown, which can be hidden."""
        low, high = self._bounds()
        is_shown = (low == 0) & (high == 0)
        low, high = np.where(is_shown, -np.inf, low), np.where(is_shown, np.inf, high)
        least, most = self._of_sums(np.maximum, low, -np.inf), self._of_sums(np.minimum, high, np.inf)  # fmt: skip
        rest = np.flatnonzero(self._asked_of != self._own)
        np.maximum.at(least, self._asked_of[rest], -high[rest])
        np.minimum.at(most, self._asked_of[rest], -low[rest])
        return least, most

    def _of_sums(self, join: np.ufunc, values: Floats, start: float) -> Floats:
        found = np.full(self.sums.shape[0], start)
        join.at(found, self._said, values)
        return found
