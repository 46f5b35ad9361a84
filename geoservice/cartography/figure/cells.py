"""The cells of tables and maps: a number, its status and the text that prints it.

Every number is a `Value`: rounded to what is printed, with the text that prints it. Output formats
never format numbers themselves, so all formats agree, and a suppressed number is in none of them.
"""

from dataclasses import dataclass

SHOWN, AT_MOST, AT_LEAST = "shown", "at_most", "at_least"
NO_DATA, SUPPRESSED, NOT_APPLICABLE = "no_data", "suppressed", "not_applicable"
BOUNDS = (AT_MOST, AT_LEAST)
"""Statuses of values whose number is a bound."""
ZERO = "zero"
"""Key of the legend entry of a true zero; its value's status is ``shown``."""
DISTRICT = "district"
"""Id of the row that holds the whole district."""


@dataclass(frozen=True)
class Value:
    """A number as every output format shows it.

    Attributes
    ----------
    status
        ``shown``, ``at_most``, ``at_least`` (the number is a bound), ``no_data``, ``suppressed``,
        ``not_applicable``.
    number
        Rounded to what is printed; None if there is nothing to show.
    text
        What is printed.
    key
        Class of a cell that is coloured as its legend says; else empty.
    """

    status: str
    number: float | None
    text: str
    key: str = ""


@dataclass(frozen=True)
class Column:
    """A column of table and data: its name in files, its heading, its unit (empty for texts)."""

    id: str
    title: str
    unit: str = ""


@dataclass(frozen=True)
class Row:
    """A line of table and data: a cell per column. ``id`` is the unit's, or `DISTRICT`."""

    id: str
    cells: tuple[Value | str, ...]
