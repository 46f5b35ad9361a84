"""The numbers of a scenario as figures print them: today and proposed."""

from dataclasses import dataclass

from geoservice.cartography.figure.cells import DISTRICT, SUPPRESSED, Value
from geoservice.cartography.figure.ground import FigureGround
from geoservice.cartography.figure.levels import grades_in_words
from geoservice.cartography.figure.plans import ScenarioPlan
from geoservice.errors import NotFoundError
from geoservice.model.grades import GRADES
from geoservice.model.miles import METRES_PER_MILE

SIDES = {"today": "before", "proposed": "after"}
"""Frames, and the columns of numbers that they show."""
_SIDE_WORDS = {"today": "side_today", "proposed": "side_proposed"}


@dataclass(frozen=True)
class ScenarioGround:
    """The inputs of a figure, and the scenario that it shows."""

    figure: FigureGround
    plan: ScenarioPlan

    def school(self, school_id: str, measure: str, side: str, unit: str) -> Value:
        """Return a number of a school."""
        return self._value("school", school_id, measure, side, unit)

    def area(self, area_id: str, measure: str, side: str, unit: str) -> Value:
        """Return a number of an area."""
        return self._value("area", area_id, measure, side, unit)

    def district(self, measure: str, side: str, unit: str) -> Value:
        """Return a number of the whole district."""
        return self._value(DISTRICT, DISTRICT, measure, side, unit)

    def students(self, number: float | None) -> Value:
        """Return a number of students; None is a suppressed number."""
        printer = self.figure.printer
        return printer.suppressed() if number is None else printer.value(number, "students")

    @property
    def grades(self) -> str:
        """Return the grades that the scenario's zones serve, in words."""
        numbers = self.plan.numbers["grade"].unique()
        return grades_in_words(self.figure, [grade for grade in GRADES if grade in numbers])

    def side_title(self, frame: str) -> str:
        """Return the words for a side of the comparison."""
        return self.figure.texts(_SIDE_WORDS[frame])

    def _value(self, by: str, unit_id: str, measure: str, side: str, unit: str) -> Value:
        printer = self.figure.printer
        number, status = self.plan.number(unit_id, measure, side, by)
        if status == SUPPRESSED:
            return printer.suppressed()
        if number is None:
            return printer.no_data()
        if unit == "mean":
            return printer.value(number * METRES_PER_MILE, "miles")
        return printer.value(number, unit)


def scenario_ground(figure: FigureGround) -> ScenarioGround:
    """Return the ground of a figure of a scenario.

    Raises
    ------
    NotFoundError
        If the request names no scenario.
    """
    plan = figure.released.plan
    if not isinstance(plan, ScenarioPlan):
        raise NotFoundError("This map shows a scenario. Name the scenario with `scenario`.")
    return ScenarioGround(figure, plan)
