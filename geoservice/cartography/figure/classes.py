"""Classes of numbers, and the looks of bounds and of values without a number."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from branca.utilities import color_brewer

from geoservice.cartography.definition.definition import Classes
from geoservice.cartography.figure.breaks import (
    Breaks,
    Floats,
    round_breaks,
    snapped_breaks,
    wide_enough,
)
from geoservice.cartography.figure.cells import (
    AT_LEAST,
    AT_MOST,
    BOUNDS,
    NO_DATA,
    NOT_APPLICABLE,
    SHOWN,
    SUPPRESSED,
    ZERO,
    Value,
)
from geoservice.cartography.figure.frames import LegendEntry
from geoservice.cartography.figure.values import Printer, number_text

_PLAIN = "#ffffff"
_LEAST_COLOURS = 3  # that ColorBrewer knows
DARK = "dark"
"""The theme in which small numbers are dark, as the ground is."""


@dataclass(frozen=True)
class Scale:
    """Classes of a view.

    Attributes
    ----------
    tops
        The upper ends of all classes but the last.
    shades
        By panel and unit, the values that are classified, where these are not the printed ones.
    """

    tops: tuple[float, ...]
    entries: tuple[LegendEntry, ...]
    shades: Mapping[tuple[str, str], Value] = field(default_factory=dict)

    def unit_key(self, panel_id: str, unit: str, value: Value) -> str:
        """Return the key of the legend entry of a unit whose printed value is given."""
        return self.key(self.shades.get((panel_id, unit), value))

    def key(self, value: Value) -> str:
        """Key of the legend entry of a value."""
        # A bound stands for all, or none, of a group: its number says only how large the group is.
        if value.number is None or value.status in BOUNDS:
            return value.status
        if value.number == 0 and value.status == SHOWN:
            return ZERO
        # A value on a limit belongs to the class nearer to zero, so that -3% and +3% are alike.
        side: Literal["left", "right"] = "right" if value.number < 0 else "left"
        return f"c{int(np.searchsorted(self.tops, value.number, side=side))}"

    def with_district(self, value: Value, text: str) -> tuple[LegendEntry, ...]:
        """Return the entries; the entry of the district's value carries a text about it."""
        key = self.key(value)
        return tuple(
            replace(entry, district=text) if entry.key == key else entry for entry in self.entries
        )


def scale(
    values: Iterable[Value], rule: Classes, unit: str, printer: Printer, least_width: float = 0.0
) -> Scale:
    """Return the classes of all values that are shown, with their legend.

    Parameters
    ----------
    least_width
        The uncertainty of the values in their unit: no class is narrower.
    """
    shown = list(values)
    numbers = np.array(
        [value.number for value in shown if value.number and value.status == SHOWN], dtype=float
    )
    breaks = _breaks(numbers, rule, unit, least_width)
    count = len(breaks.tops) + 1 if len(numbers) or rule.scheme == "fixed" else 0
    colours = palette(rule, count, printer.theme)
    entries = [
        LegendEntry(f"c{index}", colour, text)
        for index, (colour, text) in enumerate(
            zip(colours[:count], _ranges(breaks, unit, printer), strict=False)
        )
    ]
    bounds = _bound_entries(shown, colours, printer)
    return Scale(breaks.tops, (*entries, *bounds, *special_entries(printer, unit)))


def special_entries(printer: Printer, unit: str) -> tuple[LegendEntry, ...]:
    """The four that are never drawn alike: zero, no data, suppressed, not applicable."""
    texts = printer.texts
    return (
        LegendEntry(ZERO, _PLAIN, number_text(0.0, unit).removesuffix(".0"), hatch=ZERO),
        LegendEntry(SUPPRESSED, _PLAIN, texts("suppressed_entry"), hatch=SUPPRESSED),
        LegendEntry(NO_DATA, _PLAIN, texts("no_data"), hatch=NO_DATA),
        LegendEntry(NOT_APPLICABLE, _PLAIN, texts("not_applicable"), hatch=NOT_APPLICABLE),
    )


def palette(rule: Classes, count: int, theme: str = "") -> list[str]:
    """Return the colors of classes from ColorBrewer, the smallest number's first.

    On a dark ground the ramp is reversed: a low number is dark in every theme's own sense.
    """
    colours = list(color_brewer(rule.palette, max(count, _LEAST_COLOURS)))
    if 0 < count < len(colours):
        colours = [colours[0], colours[-1]] if count > 1 else [colours[1]]
    is_diverging = rule.palette == "PuOr"
    return colours[::-1] if rule.reverse != (theme == DARK and not is_diverging) else colours


def _bound_entries(
    values: Sequence[Value], colours: Sequence[str], printer: Printer
) -> list[LegendEntry]:
    """Return the entries of bounds: lines over the colors of the lowest and highest class."""
    entries = []
    for status, colour in ((AT_MOST, colours[0]), (AT_LEAST, colours[-1])):
        bounds = {value.number or 0.0: value.text for value in values if value.status == status}
        if bounds:
            ends = [bounds[number].lstrip("≤≥ ") for number in sorted(bounds)]
            text = printer.texts(f"{status}_entry", bound=_span(ends[0], ends[-1], printer))
            entries.append(LegendEntry(status, colour, text, hatch=status))
    return entries


def _breaks(numbers: Floats, rule: Classes, unit: str, least_width: float) -> Breaks:
    if rule.scheme == "fixed":
        return Breaks(wide_enough(rule.breaks, least_width))
    if not len(numbers):
        return Breaks()
    width = max(least_width, _PRINTED_STEP.get(unit, 1.0))
    if rule.scheme == "round" or len(np.unique(numbers)) <= rule.count:
        return round_breaks(numbers, rule.count, width)
    return snapped_breaks(numbers, _classified(numbers, rule.scheme, rule.count), width)


_PRINTED_STEP = {"share": 0.01, "miles": 0.1, "per_100": 0.1}
"""The last digit of printed numbers: a narrower class has no round ends."""


def _classified(numbers: Floats, scheme: str, count: int) -> list[float]:
    """Return the upper ends of a classifier's classes but the last."""
    # It takes seconds to import, which no command without a map should wait for.
    import mapclassify

    makers: Any = {
        "quantiles": mapclassify.Quantiles,
        "fisher_jenks": mapclassify.FisherJenks,
        "equal_interval": mapclassify.EqualInterval,
    }
    classifier = makers[scheme](numbers, k=count)
    return [float(top) for top in classifier.bins[:-1]]


def _ranges(breaks: Breaks, unit: str, printer: Printer) -> list[str]:
    """Return the text of each class, such as "20 to 40%"."""
    words = printer.texts
    ends = [breaks.low, *breaks.tops, breaks.high]
    texts = []
    for low, high in pairwise(ends):
        if low is not None and high is not None:
            texts.append(_span(end_text(low, unit), end_text(high, unit), printer))
        elif high is not None:
            texts.append(words("class_first", high=end_text(high, unit)))
        elif low is not None:
            texts.append(words("class_last", low=end_text(low, unit)))
        else:
            texts.append(words("any_number"))
    return texts


def _span(low: str, high: str, printer: Printer) -> str:
    """Return a range of two texts with a single percent sign."""
    if low == high:
        return low
    return printer.texts("class_middle", low=low.removesuffix("%"), high=high)


def end_text(number: float, unit: str) -> str:
    """Return the end of a class without decimals that say nothing."""
    if unit == "share" and round(number * 100, 6) == round(number * 100):
        return f"{number * 100:.0f}%"
    text = number_text(number, unit)
    return text.removesuffix(".0") if unit in ("miles", "per_100") else text
