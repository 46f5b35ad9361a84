"""Round breaks between classes of numbers, such as 20, 40 and 60%."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count, pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_STEPS = (1.0, 2.0, 5.0)
_SERIES = ((1.0, 2.0, 5.0), (1.0, 5.0), (1.0, 3.0), (1.0,))
"""Series of breaks within each power of ten, the finest first."""
_SKEWED = 20.0
"""Numbers whose largest is this many times the smallest have classes that grow with them.

Equal classes would put nearly all of them into the lowest class.
"""
_DIGITS = 9


@dataclass(frozen=True)
class Breaks:
    """Breaks between classes.

    Attributes
    ----------
    tops
        Upper ends of all classes but the last.
    low, high
        Ends of the lowest and the highest class; None if a class is open.
    """

    tops: tuple[float, ...] = ()
    low: float | None = None
    high: float | None = None


def round_breaks(numbers: Floats, most: int, least_width: float) -> Breaks:
    """Return classes with round ends: equal widths, or growing widths for skewed numbers.

    Parameters
    ----------
    numbers
        At least one number.
    most
        The largest number of classes.
    least_width
        No class is narrower, unless all numbers lie in a narrower range.
    """
    is_skewed = numbers.min() > 0 and numbers.max() / numbers.min() >= _SKEWED
    even = (_even_edges(numbers, step) for step in _steps_from(least_width, numbers))
    candidates = chain(_growing_edges(numbers) if is_skewed else (), even)
    return next(
        Breaks(tuple(edges[1:-1]), edges[0], edges[-1])
        for edges in candidates
        if len(edges) - 1 <= most and edges[1] - edges[0] >= least_width * (1 - 1e-9)
    )


def snapped_breaks(numbers: Floats, bins: Sequence[float], least_width: float) -> Breaks:
    """Return round breaks near the breaks of a classifier, far enough from each other."""
    span = float(numbers.max() - numbers.min())
    width = max(least_width, span / 20, math.ulp(1.0))
    step = next(_steps_from(width, numbers))
    low, *_, high = _even_edges(numbers, step)
    rounded = sorted({_tidy(round(top / step) * step) for top in bins})
    return Breaks(tuple(top for top in rounded if low < top < high), low, high)


def wide_enough(tops: Sequence[float], least_width: float) -> tuple[float, ...]:
    """Drop fixed breaks that would make a class narrower than ``least_width``."""
    kept: list[float] = []
    for top in tops:
        if not kept or top - kept[-1] >= least_width * (1 - 1e-9):
            kept.append(top)
    return tuple(kept)


def _steps_from(least_width: float, numbers: Floats) -> Iterator[float]:
    """Yield rising round steps, none smaller than a width."""
    span = float(numbers.max() - numbers.min())
    smallest = max(least_width, span / 1000, abs(float(numbers.max())) / 1e6, 1e-6)
    for power in count(math.floor(math.log10(smallest))):
        for step in _STEPS:
            width = _tidy(step * 10.0**power)
            if width >= least_width * (1 - 1e-9):
                yield width


def _even_edges(numbers: Floats, step: float) -> list[float]:
    first = math.floor(_tidy(float(numbers.min()) / step))
    last = max(math.ceil(_tidy(float(numbers.max()) / step)), first + 1)
    return [_tidy(step * place) for place in range(first, last + 1)]


def _growing_edges(numbers: Floats) -> Iterator[list[float]]:
    """Yield edges of series, each from below the smallest number to above the largest."""
    lowest = math.floor(math.log10(float(numbers.min())))
    highest = math.ceil(math.log10(float(numbers.max()))) + 1
    for series in _SERIES:
        edges = [_tidy(step * 10.0**power) for power in range(lowest, highest) for step in series]
        starts = [start for start, end in pairwise(edges) if end > numbers.min()]
        inside = [edge for edge in edges if edge >= starts[0]]
        needed = sum(edge < numbers.max() for edge in inside) + 1
        yield inside[:needed]


def _tidy(number: float) -> float:
    """Return a number without the last digits of binary fractions."""
    return round(number, _DIGITS) + 0.0
