"""The units of a choropleth in the order of their values, for the bars beside the map."""

from collections.abc import Sequence
from dataclasses import dataclass

from geoservice.cartography.figure.cells import SHOWN, Value


@dataclass(frozen=True)
class RankedUnit:
    """A unit of the ranking: its id on the map, its name, its value and the key of its class."""

    id: str
    name: str
    value: Value
    key: str


@dataclass(frozen=True)
class Ranking:
    """The bars of a frame.

    Attributes
    ----------
    title
        Measure, unit and, where the figure has several, the year.
    units
        The highest value first; units without a number last, by name.
    district
        The district's value, which is drawn as a line unless ``is_sum``.
    district_text
        The words beside that line.
    is_sum
        True if the district's value is the sum of the units: then it is no line among them.
    low, high
        Ends of the axis: the same for all years of a measure. One of them is 0 or beyond.
    """

    title: str
    units: tuple[RankedUnit, ...]
    district: Value
    district_text: str
    low: float
    high: float
    is_sum: bool = False

    def place(self, number: float) -> float:
        """Return where a number lies on the axis: 0 is its left end, 1 its right end."""
        return (number - self.low) / (self.high - self.low)

    @property
    def line(self) -> float | None:
        """Return the place of the district's line; None of a sum or a value that is not exact."""
        is_exact = self.district.status == SHOWN and self.district.number is not None
        return self.place(self.district.number or 0.0) if is_exact and not self.is_sum else None

    def bar(self, unit: RankedUnit) -> tuple[float, float] | None:
        """Return both ends of a unit's bar on the axis; None without a number."""
        if unit.value.number is None:
            return None
        zero, end = self.place(0.0), self.place(unit.value.number)
        return min(zero, end), max(zero, end)


def ranked(units: Sequence[RankedUnit]) -> tuple[RankedUnit, ...]:
    """Return units with the highest value first; units without a number are last, by name."""

    def order(unit: RankedUnit) -> tuple[bool, float, str]:
        number = unit.value.number
        return number is None, -(number or 0.0), unit.name

    return tuple(sorted(units, key=order))


def axis(values: Sequence[Value]) -> tuple[float, float]:
    """Return the ends of the axis for some values: from 0, or from the lowest below 0."""
    numbers = [value.number for value in values if value.number is not None]
    low, high = min([0.0, *numbers]), max([0.0, *numbers])
    return (low, high) if high > low else (0.0, 1.0)
