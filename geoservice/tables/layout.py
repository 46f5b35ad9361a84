"""Where a table lies in its file, as users say it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from geoservice.errors import InputError


@dataclass(frozen=True)
class Layout:
    """The place of a table, and the columns that its header must have.

    Attributes
    ----------
    header_row
        Row of the header, 1 for the first of the file or sheet; None where it is to be found.
    sheet
        Name or number (from 1) of a workbook's sheet; None where it is to be found.
    wanted
        Names of columns that will be read: they tell the header, and the sheet, from others.
    """

    header_row: int | None = None
    sheet: str | None = None
    wanted: tuple[str, ...] = ()

    def wanting(self, columns: Iterable[str | None]) -> "Layout":
        """The same place, of a table with these columns; None stands for no column."""
        return replace(self, wanted=tuple(name for name in columns if name is not None))


TO_BE_FOUND = Layout()
"""No row and no sheet are named."""


def header_row_of(text: str | None) -> int | None:
    """The number of the header's row as an option or a form gives it; None where it gives none.

    Raises
    ------
    InputError
        Where it is no whole number from 1.
    """
    if text is None or not text.strip():
        return None
    if not text.strip().isdecimal() or int(text) < 1:
        raise InputError("The header row is a whole number, 1 for the first row of the file.")
    return int(text)
