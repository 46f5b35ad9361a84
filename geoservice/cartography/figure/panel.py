"""A measure in a year: the released line of each unit, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from geoservice.cartography.definition.definition import View
from geoservice.cartography.figure.cells import SHOWN, SUPPRESSED, Value
from geoservice.cartography.figure.frames import LegendEntry
from geoservice.cartography.figure.ground import FigureGround
from geoservice.cartography.figure.released import Line
from geoservice.measures.measure import STUDENTS, Measure
from geoservice.measures.registry import MEASURES

WITHHELD = Value(SUPPRESSED, None, "–")
"""A count beside a share that is only bounded."""


@dataclass(frozen=True)
class Panel:
    """A view in a year: the released line of each unit.

    ``is_unknown`` is True without students for the measure; then all units have no data.
    ``by_rating`` are panels of students by rating of the school attended, with the look of the
    rating, the best first.
    """

    view: View
    year: str
    lines: Mapping[str, Line]
    ground: FigureGround
    by_rating: tuple[tuple[LegendEntry, "Panel"], ...] = ()
    is_unknown: bool = False

    @property
    def id(self) -> str:
        """The frame's id."""
        return f"{self.view.id}@{self.year}"

    @property
    def measure(self) -> Measure:
        """The measure that the view shows."""
        return MEASURES[self.view.measure]

    @property
    def is_of_nothing(self) -> bool:
        """True if no unit has a line, so the figure has no data."""
        return self.is_unknown or not self.lines

    @cached_property
    def _values(self) -> dict[str, Value]:
        """Cache of values, because scale, layer, labels and table use the same values."""
        return {}

    def value(self, unit: str) -> Value:
        """The measure of a unit."""
        if unit not in self._values:
            self._values[unit] = self._value(unit)
        return self._values[unit]

    def _value(self, unit: str) -> Value:
        line, printer = self.lines.get(unit), self.ground.printer
        if line is None:
            is_missing = self.is_of_nothing or self.measure.unit == STUDENTS
            return printer.no_data() if is_missing else printer.not_applicable()
        if line["status"] == SHOWN and line["value"] is None:
            return printer.not_applicable()
        students = line["denominator"] if self.counted == STUDENTS else None
        value, bound = line["value"], line["bound"]
        return printer.released(line["status"], value, bound, self.view.unit, students)

    def count(self, unit: str, column: str) -> Value:
        """The numerator or denominator of a unit."""
        line, printer = self.lines.get(unit), self.ground.printer
        if line is None:
            return printer.no_data() if self.is_of_nothing else printer.not_applicable()
        if line["status"] == SUPPRESSED:
            return printer.suppressed()
        if line[column] is None:
            return WITHHELD if line["status"] != SHOWN else printer.not_applicable()
        return printer.value(line[column], self.counted)

    @property
    def counted(self) -> str:
        """Unit of numerator and denominator."""
        return self.measure.counted

    def interval(self, unit: str) -> tuple[Value, Value]:
        """Ends of the 95% interval of a share."""
        line, printer = self.lines.get(unit), self.ground.printer
        ends = [None, None] if line is None else [line["low"], line["high"]]
        students = None if line is None else line["denominator"]
        low, high = (WITHHELD if end is None else printer.share(end, students) for end in ends)
        return low, high

    @property
    def has_interval(self) -> bool:
        """True for shares of students."""
        return self.measure.has_interval
