"""Totals of seats and enrolment over schools, where the files know them."""

import polars as pl

from geoservice.cartography.figure.cells import Value
from geoservice.cartography.figure.context import total_of_grades
from geoservice.cartography.figure.ground import FigureGround


def ratio_of(ground: FigureGround, part: float | None, total: float | None) -> Value:
    """Return a share; no data where the part is unknown or the total is 0 or unknown."""
    return ground.printer.value(part / total if total and part is not None else None, "share")


def known_total(ground: FigureGround, schools: pl.DataFrame, column: str) -> float | None:
    """Return the sum of a column over the schools that have a value.

    None if there are schools and none has a value.
    """
    with_value = schools.drop_nulls(column)
    if len(schools) and with_value.is_empty():
        return None
    return total_of_grades(ground, with_value, column)
