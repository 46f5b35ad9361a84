"""Numbers as they are printed: the one place that rounds and formats them."""

from dataclasses import dataclass

from geoservice.cartography.figure import (
    AT_LEAST,
    AT_MOST,
    NO_DATA,
    NOT_APPLICABLE,
    SUPPRESSED,
    Value,
)
from geoservice.cartography.figure import SHOWN as SHOWN_VALUE
from geoservice.cartography.texts import Texts

MILE_M = 1609.344
_STUDENTS_PER_DECIMAL = 1000
"""Shares of so many students and more have a decimal."""
_SCALE = {"miles": 1 / MILE_M}
_DIGITS = {"share": 3, "miles": 2, "per_100": 1}


@dataclass(frozen=True)
class Printer:
    """Makes values in one language. ``min_n`` is the least number of students that is shown."""

    texts: Texts
    min_n: int

    def value(self, number: float | None, unit: str) -> Value:
        """A number that may be shown; None where there is no data."""
        if number is None or number != number:
            return self.no_data()
        rounded = rounded_number(number, unit)
        return Value(SHOWN_VALUE, rounded, number_text(rounded, unit))

    def share(self, share: float | None, students: float | None) -> Value:
        """Return a share of students: without decimals where they are fewer than 1,000.

        A share of fewer students does not carry them: one student is more than a tenth of a percent.
        """
        if share is None or share != share:
            return self.no_data()
        if students is None or students >= _STUDENTS_PER_DECIMAL:
            return self.value(share, "share")
        rounded = round(share, 2)
        return Value(SHOWN_VALUE, rounded, f"{rounded * 100:.0f}%")

    def bound(self, number: float, unit: str, status: str) -> Value:
        """Return a coded number: at most, or at least, a bound. Bounds of shares are whole percents."""
        rounded = rounded_number(number, unit)
        sign = "≤" if status == AT_MOST else "≥"
        text = f"{rounded * 100:.0f}%" if unit == "share" else number_text(rounded, unit)
        return Value(status, rounded, f"{sign} {text}")

    def suppressed(self) -> Value:
        """A suppressed number."""
        return Value(SUPPRESSED, None, self.suppressed_text)

    def no_data(self) -> Value:
        """A number that nobody has."""
        return Value(NO_DATA, None, self.texts("no_data"))

    def not_applicable(self) -> Value:
        """A number that cannot be."""
        return Value(NOT_APPLICABLE, None, self.texts("not_applicable"))

    @property
    def suppressed_text(self) -> str:
        """What stands for a suppressed number."""
        return f"n < {self.min_n}"

    def released(
        self,
        status: str,
        number: float | None,
        bound: float | None,
        unit: str,
        students: float | None = None,
    ) -> Value:
        """Return the value of a released line (`geoservice.measures.figures`).

        ``students`` are those whom a share is of; None where it is of seats or schools.
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


def rounded_number(number: float, unit: str) -> float:
    """A number in the unit that is printed (miles for metres), rounded as printed."""
    scaled = round(number * _SCALE.get(unit, 1.0), _DIGITS.get(unit, 0))
    return scaled + 0.0 if _DIGITS.get(unit) else float(round(scaled))


def number_text(rounded: float, unit: str) -> str:
    """The text of a rounded number."""
    if unit == "share":
        return f"{rounded * 100:.1f}%"
    if unit == "miles":
        return f"{rounded:,.2f}"
    if unit == "per_100":
        return f"{rounded:,.1f}"
    if unit == "gap":
        return f"{rounded:+,.0f}" if rounded else "0"
    return f"{rounded:,.0f}"
