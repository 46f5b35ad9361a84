"""Numbers as printed texts: the only module that rounds and formats numbers."""

import math
from dataclasses import dataclass

from geoservice.cartography.figure.cells import (
    AT_LEAST,
    AT_MOST,
    NO_DATA,
    NOT_APPLICABLE,
    SUPPRESSED,
    Value,
)
from geoservice.cartography.figure.cells import SHOWN as SHOWN_VALUE
from geoservice.cartography.texts import Texts
from geoservice.model.miles import METRES_PER_MILE

_STUDENTS_PER_DECIMAL = 1000
"""Shares of so many students and more have a decimal."""
_SCALE = {"miles": 1 / METRES_PER_MILE}
_DIGITS = {"share": 3, "miles": 1, "per_100": 1}
MINUS = "\u2212"
"""The minus sign; a hyphen is shorter and can end a line."""


@dataclass(frozen=True)
class Printer:
    """Makes values in a language, and the looks of their legend in a theme.

    ``min_n`` is the smallest number of students that is shown.
    """

    texts: Texts
    min_n: int
    theme: str = "light"

    def value(self, number: float | None, unit: str) -> Value:
        """Return a number that may be shown; None means no data."""
        if number is None or number != number:
            return self.no_data()
        rounded = rounded_number(number, unit)
        return Value(SHOWN_VALUE, rounded, number_text(rounded, unit))

    def share(self, share: float | None, students: float | None) -> Value:
        """Return a share of students, without decimals for fewer than 1,000 students.

        With fewer students a single student is more than a tenth of a percent.
        """
        if share is None or share != share:
            return self.no_data()
        if students is None or students >= _STUDENTS_PER_DECIMAL:
            return self.value(share, "share")
        rounded = round(share, 2)
        return Value(SHOWN_VALUE, rounded, f"{rounded * 100:.0f}%".replace("-", MINUS))

    def bound(self, number: float, unit: str, status: str) -> Value:
        """Return a coded number: at most, or at least, a bound.

        Bounds of shares are whole percents. "At least" is rounded down and "at most" up, so a
        bound is never beyond the true share.
        """
        rounded = rounded_number(number, unit)
        if unit == "share":
            percents = round(number * 100, 6)
            rounded = (math.ceil if status == AT_MOST else math.floor)(percents) / 100
        sign = "≤" if status == AT_MOST else "≥"
        text = f"{rounded * 100:.0f}%" if unit == "share" else number_text(rounded, unit)
        return Value(status, rounded, f"{sign} {text}")

    def suppressed(self) -> Value:
        """A suppressed number."""
        return Value(SUPPRESSED, None, self.suppressed_text)

    def no_data(self) -> Value:
        """Return the value of an unknown number."""
        return Value(NO_DATA, None, self.texts("no_data"))

    def not_applicable(self) -> Value:
        """A number that cannot be."""
        return Value(NOT_APPLICABLE, None, self.texts("not_applicable"))

    @property
    def suppressed_text(self) -> str:
        """Return the text in place of a suppressed number."""
        return self.texts("withheld")

    def released(
        self,
        status: str,
        number: float | None,
        bound: float | None,
        unit: str,
        students: float | None = None,
    ) -> Value:
        """Return the value of a released line (`geoservice.measures.figures`).

        ``students`` is the number of students whose share it is; None for shares of seats or
        schools.
        """
        special = {
            SUPPRESSED: self.suppressed,
            "no_data": self.no_data,
            "not_applicable": self.not_applicable,
        }
        if status in special:
            return special[status]()
        if status in (AT_MOST, AT_LEAST) and bound is not None:
            return self.bound(bound, unit, status)
        if unit == "share":
            return self.share(number, students)
        return self.value(number, unit)


WHOLE_DENSITY = 10
"""Students per square mile have no decimals from this number on."""


def rounded_number(number: float, unit: str) -> float:
    """A number in the unit that is printed (miles for metres), rounded as printed."""
    scaled = round(number * _SCALE.get(unit, 1.0), _DIGITS.get(unit, 0))
    return scaled + 0.0 if _DIGITS.get(unit) else float(round(scaled))


def number_text(rounded: float, unit: str) -> str:
    """The text of a rounded number."""
    if unit == "share":
        text = f"{rounded * 100:.1f}%" if rounded else "0%"
    elif unit in ("miles", "per_100") or (unit == "density" and 0 < rounded < WHOLE_DENSITY):
        text = f"{rounded:,.1f}"
    elif unit == "gap":
        text = f"{rounded:,.0f}" if rounded else "0"
    else:
        text = f"{rounded:,.0f}"
    return text.replace("-", MINUS)
