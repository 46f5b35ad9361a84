"""Lines give way until no sum of few students can be worked out: many sums at once, band by band.

First a reader's imagination is tried as it is, then lines give way for sixty sums together at a rising price, and what is left is
settled alone: programs that move as few published students as possible (the linear relaxation of cell suppression: Fischetti and
Salazar, Management Science 2001).
"""

from collections.abc import Sequence

import numpy as np

from geoservice.measures.programs import Floats
from geoservice.measures.reader import Ints, Reader
from geoservice.measures.told_lines import EPSILON, ToldLines

_AT_ONCE, _CELLS_EACH = 60, 40
_PRICES = (3.0, 30.0)
_UNNAMED = 0.3
"""What sums that no line names are worth, of the price of others: they are small and many."""
_ANY_PRICE = 1e4
_MANY, _FEWER, _FEW = 1000, 4, 10
"""How many narrow sums go as far as they can in one program at first; of fewer when that helps little; down to so many."""
_LEAST_GAIN = 0.1
"""Helps little: of what they lacked all together."""
_LEAST_WEIGHT, _DEEP, _DOWN = 0.2, 0.3, 0.5
_LARGE, _KEPT, _ALL_KEPT = 3_000, 0.25, 400
"""Of more cells than this a part changes in one program, and all of them where so many sums are asked of."""


class Suppression:
    """Lines being hidden until all that is asked of has room.

    Parameters
    ----------
    blocks
        Cells that change while others stay: homes of each band, each band's, then all.
    """

    def __init__(self, lines: ToldLines, blocks: Sequence[Reader], min_n: int, size: int) -> None:
        self._lines, self._blocks, self._min_n, self._size = lines, blocks, min_n, size
        self._random = np.random.default_rng(0)
        self._lost: set[int] = set()

    def run(self) -> frozenset[int]:
        """Hide lines; the sums that stay narrow, as settled lines leave them no more."""
        while len(self._open()):
            for block in self._blocks:
                self._spread(block)
            for price in _PRICES:
                for block in self._blocks[:-1]:
                    self._together(block, price)
                    self._spread(block)
            self._settle()
        return frozenset(self._lost)

    def _open(self) -> Ints:
        narrow: Ints = self._lines.narrow()
        return narrow[~np.isin(narrow, sorted(self._lost))]

    def _within(self, block: Reader) -> Ints:
        """Narrow sums that a block is asked of: of all cells only what no fewer are."""
        narrow = self._open()
        mine = block.answers[narrow]
        if block is self._blocks[-1] and len(self._blocks) > 1:
            mine &= ~np.any([one.answers[narrow] for one in self._blocks[:-1]], axis=0)
        return np.asarray(narrow[mine])

    def _spread(self, block: Reader) -> None:
        """Sums that are narrow go as far as they can, many at once, then fewer, as long as that helps."""
        most = _MANY
        while most >= _FEW and len(narrow := self._within(block)):
            some = np.sort(self._random.permutation(narrow)[:most])
            lack = self._lines.lack(some)
            self._go_far(block, some)
            if self._lines.lack(some) > lack * (1 - _LEAST_GAIN):
                most = min(most, len(narrow)) // _FEWER

    def _go_far(self, block: Reader, these: Ints) -> None:
        """Sums go as far as they can while nothing that is told changes; random weights keep them from going half their way.

        Most rise; of those that could fall far a half does.
        """
        reader = self._fewer(block, these)
        falls = self._lines.depth(these) >= _DEEP * self._min_n
        falls &= self._random.random(len(these)) < _DOWN
        wishes = self._lines.wishes(these, falls)
        weights = self._random.random(len(these)) + _LEAST_WEIGHT
        change = reader.farthest(self._lines.told(), wishes, weights, float(self._min_n))
        if change is not None:
            self._take(reader, change)

    def _fewer(self, block: Reader, asked: Ints) -> Reader:
        """Of a large block the cells of sums asked of, and some of the others: smaller programs that can nearly do as much."""
        kept = max(_KEPT, len(asked) / _ALL_KEPT)
        if len(block.cells) <= _LARGE or kept >= 1:
            return block
        keep = self._random.random(self._size) < kept
        keep[self._lines.sums[asked].indices] = True
        return block.fewer(keep)

    def _together(self, block: Reader, price: float) -> None:
        """Raise many sums at once as far as that is worth a price; those that no line names first, for less."""
        within = self._within(block)
        named = self._lines.named(within)
        for some, worth in ((np.setdiff1d(within, named), _UNNAMED * price), (named, price)):
            mixed, most = self._random.permutation(some), self._at_once(block, len(some))
            for at in range(0, len(mixed), most):
                self._raise(block, np.intersect1d(mixed[at : at + most], self._open()), worth)

    def _at_once(self, block: Reader, count: int) -> int:
        """How many of so many sums rise in one program: in a large block more, as there is room for them."""
        return max(_AT_ONCE, min(count, len(block.cells) // _CELLS_EACH))

    def _raise(self, block: Reader, these: Ints, price: float) -> None:
        if len(these):
            wishes = self._lines.wishes(these, np.zeros(len(these), dtype=bool))
            worth, inside = price * self._lines.unit_cost(), len(these) > _AT_ONCE
            change = block.raised(self._lines.told(), wishes, worth, inside=inside)
            if change is not None:
                self._take(block, change)

    def _settle(self) -> None:
        """Each narrow sum alone: shown again where it follows from what is told, else at any price."""
        for one in self._open():
            if one in self._lines.narrow() and not self._shown_again(int(one)):
                self._settle_one(int(one))

    def _settle_one(self, one: int) -> None:
        """At the least cost as far as it must go, else as far as it can; where it is coded, and that is too near, it is hidden."""
        blocks = self._holding(one)
        for price in (np.inf, _ANY_PRICE * self._lines.unit_cost()):
            self._raise_alone(one, blocks, price)
        if not self._is_wide(one) and self._lines.hide_coded(one):
            self._raise_alone(one, blocks, _ANY_PRICE * self._lines.unit_cost())
        if not self._is_wide(one):
            self._lost.add(one)

    def _raise_alone(self, one: int, blocks: Sequence[Reader], price: float) -> None:
        for down in (False, True):
            for block in blocks:
                if self._is_wide(one):
                    return
                wishes = self._lines.wishes(np.array([one]), np.array([down]))
                change = block.raised(self._lines.told(), wishes, price)
                if change is not None:
                    self._take(block, change)

    def _holding(self, one: int) -> list[Reader]:
        """Blocks that are asked of a sum."""
        return [block for block in self._blocks if block.answers[one]]

    def _shown_again(self, one: int) -> bool:
        """True where lines were hidden for others' sake, yet follow from what is told anyway: they are shown."""
        lines, whole = self._lines.lines_of(one), self._blocks[-1]
        if not len(lines) or self._lines.high[one] - self._lines.low[one] > EPSILON:
            return False
        settled = self._lines.told().settled()
        for down in (False, True):
            change = whole.raised(
                settled, self._lines.wishes(np.array([one]), np.array([down])), 1.0
            )
            if change is not None:
                self._take(whole, change)
        if self._lines.high[one] - self._lines.low[one] > EPSILON:
            return False
        self._lines.show(lines)
        return True

    def _is_wide(self, one: int) -> bool:
        return bool(self._lines.high[one] - self._lines.low[one] >= self._min_n - EPSILON)

    def _take(self, block: Reader, change: Floats) -> None:
        every = np.zeros(self._size)
        every[block.cells] = change
        self._lines.change(every)
