"""Places of the cells of a sheet, as the cell reader counts them: up to which row and column."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

_A = ord("A")


@dataclass(frozen=True)
class SheetExtent:
    """The last row and column with a cell, counted from 1; zero for an empty sheet.

    ``text_bytes`` are those of texts that the file has once for many cells.
    """

    rows: int = 0
    columns: int = 0
    text_bytes: int = 0

    @property
    def cells(self) -> int:
        """Number of cells up to both."""
        return self.rows * self.columns

    def to(self, rows: int, columns: int) -> "SheetExtent":
        """Return the extent with a cell at this place."""
        return SheetExtent(max(self.rows, rows), max(self.columns, columns), self.text_bytes)

    def around(self, columns: Iterable[bytes], rows: Iterable[bytes]) -> "SheetExtent":
        """Return the extent with cells in columns such as ``AB`` and rows such as ``12``."""
        numbers = (column_number(letters.decode()) for letters in columns)
        return self.to(max(map(int, rows), default=0), max(numbers, default=0))


def column_number(letters: str) -> int:
    """Return the number of a column, from 1 for ``A``."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - _A + 1
    return number


class Places(Protocol):
    """Follows the elements of a part of a workbook, and keeps the extent of each sheet in it."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Follow the start of an element."""

    def end(self, name: str) -> None:
        """Follow the end of an element."""

    def text(self, text: str) -> None:
        """Follow text."""

    def extents(self) -> list[SheetExtent]:
        """Return the extents of all sheets."""


class XlsxPlaces:
    """Cells of an XLSX sheet; one without a place follows the cell before it."""

    def __init__(self) -> None:
        self._extent = SheetExtent()
        self._row = self._column = 1
        self._cell: tuple[int, int] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Follow a row, a cell, or what a cell holds."""
        tag, place = _local(name), attributes.get("r", "")
        if tag == "row" and place:
            self._row = int(place)
        elif tag == "c":
            self._cell = self._place(place)
            self._column = self._cell[1] + 1
        elif self._cell is not None:
            self._extent = self._extent.to(*self._cell)

    def end(self, name: str) -> None:
        """Follow the end of a row or a cell."""
        tag = _local(name)
        if tag == "c":
            self._cell = None
        elif tag == "row":
            self._row, self._column = self._row + 1, 1

    def text(self, text: str) -> None:
        """Pass over text: a cell holds it in an element."""

    def extents(self) -> list[SheetExtent]:
        """Return the extent of the sheet."""
        return [self._extent]

    def _place(self, place: str) -> tuple[int, int]:
        if not place:
            return self._row, self._column
        letters = place.rstrip("0123456789")
        return int(place[len(letters) :]), column_number(letters)


class OdsPlaces:
    """Cells of the tables of an ODS file, where rows and cells may be repeated."""

    def __init__(self) -> None:
        self._extents: list[SheetExtent] = []
        self._row = self._column = self._last = 0
        self._rows, self._is_cell = 1, False
        self._row_bytes = self._cell_bytes = self._columns = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Follow a table, a row or a cell."""
        tag = _local(name)
        if tag == "table":
            self._extents.append(SheetExtent())
            self._row = 0
        elif tag == "table-row":
            self._rows = _repeated(attributes, "number-rows-repeated")
            self._column = self._last = self._row_bytes = 0
        elif tag in _ODS_CELLS:
            self._columns = _repeated(attributes, "number-columns-repeated")
            self._column += self._columns
            self._cell_bytes = sum(map(len, attributes.values()))
            self._is_cell = True
            if any(_local(key) in ("value-type", "formula") for key in attributes):
                self._last = self._column

    def end(self, name: str) -> None:
        """Follow the end of a row or a cell."""
        tag = _local(name)
        if tag in _ODS_CELLS:
            self._is_cell = False
            self._row_bytes += self._cell_bytes * self._columns
        elif tag == "table-row":
            self._row += self._rows
            if self._last and self._extents:
                extent = self._extents[-1].to(self._row, self._last)
                text_bytes = extent.text_bytes + self._row_bytes * self._rows
                self._extents[-1] = replace(extent, text_bytes=text_bytes)

    def text(self, text: str) -> None:
        """Follow the text of a cell."""
        if self._is_cell:
            self._cell_bytes += len(text)
            self._last = self._column if text.strip() else self._last

    def extents(self) -> list[SheetExtent]:
        """Return the extents of all tables."""
        return self._extents


class SharedTexts:
    """Bytes of the shared texts in an XLSX sheet: the workbook has each once for all its cells."""

    def __init__(self, lengths: Sequence[int]) -> None:
        self._lengths, self._bytes = lengths, 0
        self._is_shared, self._number = False, ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Follow a cell, or the number of its text."""
        if _local(name) == "c":
            self._is_shared = attributes.get("t") == "s"
        self._number = ""

    def end(self, name: str) -> None:
        """Follow the end of the number of a text."""
        number = self._number.strip()
        if self._is_shared and _local(name) == "v" and number.isdecimal():
            self._bytes += self._lengths[int(number)] if int(number) < len(self._lengths) else 0

    def text(self, text: str) -> None:
        """Follow a number."""
        self._number += text

    def extents(self) -> list[SheetExtent]:
        """Return the bytes of the sheet."""
        return [SheetExtent(text_bytes=self._bytes)]


_ODS_CELLS = ("table-cell", "covered-table-cell")


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _repeated(attributes: dict[str, str], name: str) -> int:
    return next((int(number) for key, number in attributes.items() if _local(key) == name), 1)
