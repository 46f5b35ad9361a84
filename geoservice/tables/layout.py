"""The position of a table in its file, stated by the user."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from geoservice.errors import InputError


@dataclass(frozen=True)
class TableLayout:
    """The position of a table, and the columns that its header must have.

    Attributes
    ----------
    header_row
        Row of the header, 1 for the first row of the file or sheet; None to detect it.
    sheet
        Name or number (from 1) of a workbook's sheet; None to detect it.
    expected
        Names of columns that will be read: they identify the header and the sheet.
    """

    header_row: int | None = None
    sheet: str | None = None
    expected: tuple[str, ...] = ()

    def expecting(self, columns: Iterable[str | None]) -> "TableLayout":
        """Return the same position with expected columns; None stands for no column."""
        return replace(self, expected=tuple(name for name in columns if name is not None))


TO_BE_FOUND = TableLayout()
"""The header row and the sheet are detected."""


def header_row_of(text: str | None) -> int | None:
    """Return the header row from the text of an option or a form; None for an empty text.

    Raises
    ------
    InputError
        If the text is no whole number from 1.
    """
    if text is None or not text.strip():
        return None
    if not text.strip().isdecimal() or int(text) < 1:
        raise InputError("The header row must be a whole number, 1 for the first row of the file.")
    return int(text)
