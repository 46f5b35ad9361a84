"""Lines give way until no sum of few students can be worked out: many sums at once, band by band.

First a reader's imagination is tried as it is, then lines give way for sixty sums together at a low price, and what is left is
settled alone: programs that move as few published students as possible (the linear relaxation of cell suppression: Fischetti and
Salazar, Management Science 2001). Bands have no cells in common, so that their programs are solved side by side.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from itertools import zip_longest

import numpy as np

from geoservice.measures.programs import Floats
from geoservice.measures.reader import Ints, Knowledge, Reader
from geoservice.measures.told_lines import EPSILON, ToldLines

_AT_ONCE, _CELLS_EACH = 60, 40
_PRICE = 3.0
"""What sums that rise together are worth, of the cost of a usual line for each student."""
_UNNAMED = 0.3
"""What sums that no line names are worth, of the price of others: they are small and many."""
_ANY_PRICE = 1e4
_MANY, _FEWER, _FEW = 1000, 4, 10
"""How many narrow sums go as far as they can in one program at first; of fewer when that helps little; down to so many."""
_AGAIN = 16
"""After so many sums that were settled alone others are looked at together."""
_LEAST_GAIN = 0.1
"""Helps little: of what they lacked all together."""
_LEAST_WEIGHT, _DEEP, _DOWN = 0.2, 0.3, 0.5
_LARGE, _KEPT, _ALL_KEPT = 3_000, 0.25, 400
"""Of more cells than this a part changes in one program at first, and all of them where so many sums are asked of."""
Solve = Callable[[], Floats | None]


class Suppression:
    """Lines being hidden until all that is asked of has room.

    Parameters
    ----------
    layers
        Cells that change while others stay: homes of each band, each band's, then all. Those of one layer have none in common.
    threads
        Where the programs of one layer are solved; what comes out does not depend on how many there are.
    """

    def __init__(
        self, lines: ToldLines, layers: Sequence[Sequence[Reader]], min_n: int, threads: Executor
    ) -> None:
        self._lines, self._layers, self._min_n, self._threads = lines, layers, min_n, threads
        self._blocks = [block for layer in layers for block in layer]
        self._random = {block: np.random.default_rng(at) for at, block in enumerate(self._blocks)}
        self._lost: set[int] = set()

    def run(self) -> frozenset[int]:
        """Hide lines; the sums that stay narrow, as settled lines leave them no more."""
        while len(self._open()):
            for layer in self._layers:
                self._spread(layer)
            for layer in self._layers:
                self._together(layer)
                self._spread(layer)
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

    def _side_by_side(self, programs: Iterable[tuple[Ints, Solve]]) -> None:
        """Solve programs of the cells of one layer, and take note of each change in their order."""
        every = list(programs)
        found = list(self._threads.map(lambda one: one[1](), every))
        for (cells, _), change in zip(every, found, strict=True):
            if change is not None:
                self._take(cells, change)

    def _spread(self, layer: Sequence[Reader], fewest: int = _FEW) -> None:
        """Sums that are narrow go as far as they can, many at once, then fewer, as long as that helps.

        Of a large block first a part of the cells may change; all of them once that helps little.
        """
        most = dict.fromkeys(layer, _MANY)
        in_part = {block for block in layer if len(block.cells) > _LARGE}
        while asked := {block: some for block, count in most.items() if count >= fewest
                        and len(some := self._any_within(block, count))}:  # fmt: skip
            lack = {block: self._lines.lack(some) for block, some in asked.items()}
            self._side_by_side(self._far(block, some, in_part=block in in_part)
                               for block, every in asked.items() for some in _halves(every))  # fmt: skip
            for block, some in asked.items():
                if self._lines.lack(some) > lack[block] * (1 - _LEAST_GAIN):
                    fewer = 1 if block in in_part else _FEWER
                    most[block] = min(most[block], len(self._within(block))) // fewer
                    in_part.discard(block)

    def _any_within(self, block: Reader, most: int) -> Ints:
        return np.sort(self._random[block].permutation(self._within(block))[:most])

    def _far(self, block: Reader, these: Ints, *, in_part: bool) -> tuple[Ints, Solve]:
        """Sums go as far as they can while nothing that is told changes; random weights keep them from going half their way.

        Most rise; of those that could fall far a half does.
        """
        known, random = block.knowing(self._lines.told()), self._random[block]
        known = self._fewer(block, known, these) if in_part else known
        falls = self._lines.depth(these) >= _DEEP * self._min_n
        falls &= random.random(len(these)) < _DOWN
        wishes = self._lines.wishes(these, falls)
        weights = random.random(len(these)) + _LEAST_WEIGHT
        return known.cells, lambda: known.farthest(wishes, weights, float(self._min_n))

    def _fewer(self, block: Reader, known: Knowledge, asked: Ints) -> Knowledge:
        """The cells of sums asked of, and some of the others: smaller programs that can nearly do as much."""
        kept = max(_KEPT, len(asked) / _ALL_KEPT)
        if kept >= 1:
            return known
        keep = self._random[block].random(self._lines.sums.shape[1]) < kept
        keep[self._lines.sums[asked].indices] = True
        return known.fewer(keep)

    def _together(self, layer: Sequence[Reader]) -> None:
        """Raise many sums at once as far as that is worth a price; those that no line names first, for less."""
        batches = [self._batches(block) for block in layer]
        for some in zip_longest(*batches, fillvalue=(np.zeros(0, dtype=np.int64), 0.0)):
            still = self._open()
            each = {block: (np.intersect1d(these, still), worth)
                    for block, (these, worth) in zip(layer, some, strict=True)}  # fmt: skip
            self._side_by_side((block.cells, self._raising(block, these, worth))
                               for block, (these, worth) in each.items() if len(these))  # fmt: skip

    def _batches(self, block: Reader) -> Iterator[tuple[Ints, float]]:
        """Narrow sums of a block, some at a time, with the price of each student."""
        within = self._within(block)
        named = self._lines.named(within)
        for some, worth in ((np.setdiff1d(within, named), _UNNAMED * _PRICE), (named, _PRICE)):
            mixed = self._random[block].permutation(some)
            # In a large block more rise in one program, as there is room for them.
            most = max(_AT_ONCE, min(len(some), len(block.cells) // _CELLS_EACH))
            for at in range(0, len(mixed), most):
                yield mixed[at : at + most], worth * self._lines.unit_cost()

    def _raising(self, block: Reader, these: Ints, price: float, *, down: bool = False) -> Solve:
        wishes = self._lines.wishes(these, np.full(len(these), down))
        known, inside = block.knowing(self._lines.told()), len(these) > _AT_ONCE
        return lambda: known.raised(wishes, price, inside=inside)

    def _settle(self) -> None:
        """Each narrow sum alone, at any price: first of the fewest cells that it is asked of, those of several bands side by side.

        Where lines gave way for some, others have room: these are looked for together between.
        """
        rest = self._open()
        for layer in self._layers:
            queues = [rest[block.answers[rest]] for block in layer]
            for at, some in enumerate(zip_longest(*queues), 1):
                self._settle_some({block: int(one) for block, one in zip(layer, some, strict=True) if one is not None})  # fmt: skip
                if at % _AGAIN == 0:
                    self._spread(layer, _MANY)
            rest = np.setdiff1d(rest, np.concatenate(queues))
        self._lost.update(int(one) for one in rest)  # Sums of no cell have no room.

    def _settle_some(self, wanted: Mapping[Reader, int]) -> None:
        narrow = self._open()
        alone = {block: one for block, one in wanted.items()
                 if one in narrow and not self._shown_again(one)}  # fmt: skip
        self._side_by_side(
            (block.cells, self._raising(block, np.array([one]), np.inf))
            for block, one in alone.items()
        )
        for one in alone.values():
            if not self._is_wide(one):
                self._settle_one(one)

    def _settle_one(self, one: int) -> None:
        """At the least cost as far as it must go, else as far as it can; where it is coded, and that is too near, it is hidden."""
        blocks = [block for block in self._blocks if block.answers[one]]
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
                change = self._raising(block, np.array([one]), price, down=down)()
                if change is not None:
                    self._take(block.cells, change)

    def _shown_again(self, one: int) -> bool:
        """True where lines were hidden for others' sake, yet follow from what is told anyway: they are shown."""
        lines, whole = self._lines.lines_of(one), self._blocks[-1]
        if not len(lines) or self._lines.high[one] - self._lines.low[one] > EPSILON:
            return False
        known = whole.knowing(self._lines.told()).settled()
        for down in (False, True):
            wishes = self._lines.wishes(np.array([one]), np.array([down]))
            change = known.raised(wishes, 1.0)
            # A program that fails tells nothing of what follows.
            if change is None or not self._take(whole.cells, change):
                return False
        if self._lines.high[one] - self._lines.low[one] > EPSILON:
            return False
        self._lines.show(lines)
        return True

    def _is_wide(self, one: int) -> bool:
        return bool(self._lines.high[one] - self._lines.low[one] >= self._min_n - EPSILON)

    def _take(self, cells: Ints, change: Floats) -> bool:
        every = np.zeros(self._lines.sums.shape[1])
        every[cells] = change
        return self._lines.change(every)


def _halves(sums: Ints) -> list[Ints]:
    """Many sums as two lists, whose programs are solved side by side: the largest band would keep the others waiting."""
    return [sums[::2], sums[1::2]] if len(sums) >= _AT_ONCE else [sums]
