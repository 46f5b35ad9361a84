"""Minimum n and the coding of shares near none and all: what one line alone may tell (PRIVACY rules 8 and 9)."""

import numpy as np
from numpy.typing import NDArray

from geoservice.measures.linked import FLOW, ROUGH, SETTLED, SHARES, Linked

SHOWN, ROUNDED, LOW, HIGH, HIDDEN = "shown", "rounded", "low", "high", "hidden"
"""How a line is released: as it is; a share to the nearest step; as at most, or at least, its bound; not at all."""
STEPS = (0.01, 0.02, 0.05, 0.10, 0.20)
"""Steps that shares are rounded to: the finest that covers ``min_n`` students."""
CODING = ((300, 0.01), (100, 0.02), (40, 0.05), (20, 0.10), (0, 0.20))
"""From this many students on, shares below (above one minus) this bound are coded."""
_WIDEST = 0.20
_EPSILON = 1e-9
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def is_small(linked: Linked, min_n: int) -> Bools:
    """Lines that tell of fewer than ``min_n`` students what public facts do not: these the audit asks of."""
    rule = linked.lines["rule"].to_numpy()
    value, rest = linked.value, linked.value[linked.whole] - linked.value
    number = (value > 0) & (value < min_n)
    settled = number | ((rest > 0) & (rest < min_n))
    share = np.where(rule == SETTLED, settled, _few_of_share(linked, min_n)) & ~_must_be(linked)
    return np.asarray(np.where(_is_share(linked), share, number))


def first_status(linked: Linked, min_n: int) -> NDArray[np.object_]:
    """How each line is released as far as it alone tells."""
    value, whole, is_share = linked.value, linked.value[linked.whole], _is_share(linked)
    flow = linked.lines["rule"].to_numpy() == FLOW
    few = np.where(is_share, _few_of_share(linked, min_n), (value < min_n) & (flow | (value > 0)))
    status = np.where(few, HIDDEN, SHOWN).astype(object)
    bound = code_bound(whole, min_n)
    coded = is_share & (bound <= _WIDEST)
    status[coded & (value <= bound * whole)] = LOW
    status[coded & (value >= (1 - bound) * whole)] = HIGH
    status[(whole > 0) & (whole < min_n)] = HIDDEN
    rough = (linked.lines["rule"].to_numpy() == ROUGH) & (status == SHOWN)
    _, step, _, _ = rounded(linked, min_n)
    status[rough] = np.where(step[rough] > 0, ROUNDED, HIDDEN)
    return status


def known_anyway(linked: Linked, min_n: int) -> Bools:
    """Lines that may be hidden for form's sake, though they follow from public facts."""
    return np.asarray(_must_be(linked) | (first_status(linked, min_n) == HIDDEN))


def _is_share(linked: Linked) -> Bools:
    return np.isin(linked.lines["rule"].to_numpy(), SHARES)


def _few_of_share(linked: Linked, min_n: int) -> Bools:
    """Shares of which the part or its complement are few, none among them: both tell of somebody (PRIVACY rule 8)."""
    whole = linked.value[linked.whole]
    return np.asarray((whole > 0) & (np.minimum(linked.value, whole - linked.value) < min_n))


def _must_be(linked: Linked) -> Bools:
    """Shares that are none or all because no other group can exist: everybody knows them."""
    size = np.diff(linked.matrix.indptr)
    return np.asarray((size == 0) | (size == size[linked.whole]))


def code_bound(whole: Ints, min_n: int) -> Floats:
    """The share at which coding begins: the finest of `STEPS` that `CODING` has for so many and that covers ``min_n`` students.

    It is 1, and nothing is coded, where there is none. The bound is one of a few, as a bound of ``min_n`` students exactly would tell
    of how many.
    """
    return np.select([whole >= one for one in _coded_from(min_n)], STEPS, 1.0)


def totals_of_coded(whole: Ints, min_n: int) -> tuple[Floats, Floats]:
    """The least and the most students of whom the same bound would be printed."""
    return _between(whole, _coded_from(min_n))


def totals_of_rounded(whole: Ints, min_n: int) -> tuple[Floats, Floats]:
    """The least and the most students of whom the same step would be printed."""
    return _between(whole, _rounded_from(min_n))


def _coded_from(min_n: int) -> list[int]:
    """From how many students on each of `STEPS` is a bound."""
    listed = {bound: least for least, bound in CODING}
    return [max(least, listed[step]) for step, least in zip(STEPS, _rounded_from(min_n), strict=True)]  # fmt: skip


def _rounded_from(min_n: int) -> list[int]:
    """From how many students on each of `STEPS` covers ``min_n``."""
    return [int(np.ceil(min_n / step - _EPSILON)) for step in STEPS]


def _between(whole: Ints, least: list[int]) -> tuple[Floats, Floats]:
    reached = [whole >= one for one in least]
    low = np.select(reached, [float(one) for one in least], 0.0)
    high = np.select(reached, [np.inf, *(one - 1.0 for one in least[:-1])], least[-1] - 1.0)
    return low, high


def rounded(linked: Linked, min_n: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Of each share the rounded value and its step, and between which numbers of students it leaves the part.

    The step is 0 where none is wide enough.
    """
    value, whole = linked.value, np.maximum(linked.value[linked.whole], 1)
    step = np.select([one * whole >= min_n for one in STEPS], STEPS, 0.0)
    # Of two digits: 0.95, and not 0.9500000000000001.
    middle = np.round(np.round(value / whole / np.maximum(step, 0.01)) * step, 2)
    low = np.maximum(np.ceil((middle - step / 2) * whole - _EPSILON), 0.0)
    high = np.minimum(np.floor((middle + step / 2) * whole + _EPSILON), whole)
    wide = _is_share(linked) & (step > 0) & (high - low >= min_n)
    return middle, np.where(wide, step, 0.0), low, high


def told_bounds(linked: Linked, status: NDArray[np.object_], min_n: int) -> tuple[Floats, Floats]:
    """Between which bounds a reader knows each line's students to be; hidden lines are at least 0."""
    value = linked.value.astype(np.float64)
    whole = linked.value[linked.whole]
    width = np.floor(code_bound(whole, min_n) * whole + _EPSILON)
    _, _, least, most = rounded(linked, min_n)
    kinds = [status == one for one in (SHOWN, ROUNDED, LOW, HIGH)]
    low = np.select(kinds, [value, least, np.zeros(len(value)), whole - width], 0.0)
    high = np.select(kinds, [value, most, width, whole], np.inf)
    return low, high
