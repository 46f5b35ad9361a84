"""Classes of numbers and the looks of what is no number."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from branca.utilities import color_brewer

from geoservice.cartography.definition import Classes
from geoservice.cartography.figure import (
    AT_LEAST,
    NO_DATA,
    NOT_APPLICABLE,
    SUPPRESSED,
    ZERO,
    LegendEntry,
    Value,
)
from geoservice.cartography.values import Printer, number_text, rounded_number

_PLAIN = "#ffffff"
_LEAST_COLOURS = 3  # that ColorBrewer knows


@dataclass(frozen=True)
class Scale:
    """Classes of one view: ``tops`` are the upper ends of all classes but the last."""

    tops: tuple[float, ...]
    entries: tuple[LegendEntry, ...]

    def key(self, value: Value) -> str:
        """Key of the legend entry of a value."""
        if value.number is None:
            return value.status
        if value.number == 0 and value.status == "shown":
            return ZERO
        # What is at least a class's upper end may be in the next.
        side: Literal["left", "right"] = "right" if value.status == AT_LEAST else "left"
        return f"c{int(np.searchsorted(self.tops, value.number, side=side))}"


def scale(values: Iterable[Value], rule: Classes, unit: str, printer: Printer) -> Scale:
    """The classes of all values that are shown, with their legend: numbers, then what is none."""
    numbers = np.array([v.number for v in values if v.number is not None], dtype=float)
    tops = _tops(numbers, rule, unit)
    colours = palette(rule, len(tops) + 1)
    if rule.scheme != "fixed" and not numbers.any():  # No class has a number.
        return Scale((), special_entries(printer, unit))
    entries = [LegendEntry(f"c{at}", colour, text) for at, (colour, text) in
               enumerate(zip(colours, _ranges(tops, numbers, unit, printer), strict=True))]  # fmt: skip
    return Scale(tuple(tops), (*entries, *special_entries(printer, unit)))


def special_entries(printer: Printer, unit: str) -> tuple[LegendEntry, ...]:
    """The four that are never drawn alike: zero, no data, suppressed, not applicable."""
    texts = printer.texts
    return (
        LegendEntry(ZERO, _PLAIN, number_text(0.0, unit), hatch=ZERO),
        LegendEntry(
            SUPPRESSED,
            _PLAIN,
            texts("suppressed_entry", n=printer.suppressed_text),
            hatch=SUPPRESSED,
        ),
        LegendEntry(NO_DATA, _PLAIN, texts("no_data"), hatch=NO_DATA),
        LegendEntry(NOT_APPLICABLE, _PLAIN, texts("not_applicable"), hatch=NOT_APPLICABLE),
    )


def palette(rule: Classes, count: int) -> list[str]:
    """Colours of classes from ColorBrewer, the smallest number's first."""
    made = list(color_brewer(rule.palette, max(count, _LEAST_COLOURS)))
    if count < len(made):
        made = [made[0], made[-1]] if count > 1 else [made[1]]
    return made[::-1] if rule.reverse else made


def _tops(numbers: np.ndarray, rule: Classes, unit: str) -> list[float]:
    """Upper ends of the classes but the last, rounded as printed, so that texts tell the truth."""
    if rule.scheme == "fixed":
        return list(rule.breaks)
    known = numbers[numbers != 0]
    count = _possible(known, rule)
    if count < 2:
        return []
    bins = _classified(known, rule.scheme, count)
    rounded = sorted({rounded_number(_in_metres(top, unit), unit) for top in bins})
    return [top for top in rounded if top < known.max()]


def _possible(known: np.ndarray, rule: Classes) -> int:
    """How many classes the numbers fill: as many as asked for, or fewer where numbers repeat."""
    count = min(rule.count, len(np.unique(known)))
    if rule.scheme != "quantiles":
        return count
    while (
        count > 1
        and len(np.unique(np.percentile(known, np.arange(1, count + 1) / count * 100))) < count
    ):
        count -= 1
    return count


def _in_metres(top: float, unit: str) -> float:
    return top * 1609.344 if unit == "miles" else top


def _classified(numbers: np.ndarray, scheme: str, count: int) -> Sequence[float]:
    # It takes seconds to import, which no command without a map should wait for.
    import mapclassify

    makers: Any = {
        "quantiles": mapclassify.Quantiles,
        "fisher_jenks": mapclassify.FisherJenks,
        "equal_interval": mapclassify.EqualInterval,
    }
    made = makers[scheme](numbers, k=count)
    return [float(top) for top in made.bins]


def _ranges(tops: Sequence[float], numbers: np.ndarray, unit: str, printer: Printer) -> list[str]:
    words = printer.texts

    def text(number: float) -> str:
        return number_text(number, unit)

    if not tops:
        ends = sorted({text(float(one)) for one in numbers if one != 0})
        return [ends[0] if len(ends) == 1 else words("any_number")]
    middle = [words("class_middle", low=text(low), high=text(high))
              for low, high in pairwise(tops)]  # fmt: skip
    return [
        words("class_first", high=text(tops[0])), *middle, words("class_last", low=text(tops[-1]))
    ]  # fmt: skip
