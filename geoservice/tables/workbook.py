"""Tables of spreadsheets: choice of the sheet, its header, and its cells as text."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import fastexcel
import polars as pl

from geoservice.errors import InputError
from geoservice.tables.dialect import unique_names
from geoservice.tables.header import (
    SEARCHED_ROWS,
    Header,
    expected_count,
    filled_count,
    find_header,
    has_all_expected,
    known_count,
    note_of,
)
from geoservice.tables.layout import TableLayout
from geoservice.tables.panics import panics_as_errors
from geoservice.tables.sheet_extents import refuse_vast_sheets
from geoservice.tables.zero_formats import with_leading_zeros

SHEET_ENDINGS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
_MAX_LISTED_SHEETS = 20
_MIDNIGHT, _MIDNIGHT_END = r"^(\d{4}-\d{2}-\d{2}) 00:00:00$", " 00:00:00"
_TIME, _TIME_START = r"^1899-12-31 (\d{2}:\d{2}:\d{2})$", "1899-12-31 "
_FORMULA, _FORMULA_START = r'^="(.*)"$', '="'


@dataclass(frozen=True)
class SheetTable:
    """A table of a workbook: its rows, its header cells, and notes for the user."""

    frame: pl.DataFrame
    header: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Sheet:
    name: str
    is_visible: bool
    cells: pl.DataFrame
    header: Header

    @property
    def has_rows(self) -> bool:
        return len(self.cells) > self.header.row + 1


def read_sheet(path: Path, name: str, layout: TableLayout) -> SheetTable:
    """Return the table of a workbook from the stated sheet, else from the best sheet.

    Cells are texts as displayed: days without midnight, numbers with the leading zeros of their
    format.

    Raises
    ------
    InputError
        If the file is no workbook, has no such sheet, or several sheets have the expected columns.
    """
    with _faults_as_input_errors(path, name):
        book = _opened(path, name)
        sheets = _sheets(book, name, layout)
    if not sheets:
        raise InputError(f"`{name}` has no sheet with rows. Save it again from your spreadsheet.")
    sheet = sheets[0] if len(sheets) == 1 else _best_sheet(sheets, name, layout)
    if not filled_count(sheet.header.names):
        raise InputError(f"`{name}` has no header line with column names.")
    cells = with_leading_zeros(sheet.cells, path, book.sheet_names.index(sheet.name))
    frame = _texts(cells[sheet.header.row + 1 :])
    frame.columns = list(unique_names(list(sheet.header.names)))
    notes = [note_of(sheet.header, name)]
    if len(book.sheet_names) > 1:
        notes.insert(0, f"`{name}`: the sheet `{sheet.name}` was read.")
    return SheetTable(frame, sheet.header.names, tuple(note for note in notes if note))


def sheet_names(path: Path) -> list[str]:
    """Return the names of the sheets of a workbook.

    Raises
    ------
    InputError
        If the file is no workbook, or too large.
    """
    with _faults_as_input_errors(path, path.name):
        names: list[str] = _opened(path, path.name).sheet_names
    return names


def _opened(path: Path, name: str) -> fastexcel.ExcelReader:
    refuse_vast_sheets(path, name)
    return fastexcel.read_excel(path)


@contextmanager
def _faults_as_input_errors(path: Path, name: str) -> Iterator[None]:
    try:
        with panics_as_errors():
            yield
    except InputError:
        raise
    except Exception as fault:  # fastexcel raises several kinds of its own
        raise InputError(
            f"`{name}` is no {path.suffix[1:].upper()} file, or it is damaged. Save it again."
        ) from fault


def _sheets(book: fastexcel.ExcelReader, name: str, layout: TableLayout) -> list[_Sheet]:
    names = book.sheet_names if layout.sheet is None else [_stated_sheet(book, name, layout.sheet)]
    sheets = []
    for sheet_name in names:
        loaded = book.load_sheet(sheet_name, header_row=None, skip_rows=0, dtypes="string")
        cells = pl.DataFrame(loaded.to_arrow())
        rows = [
            [cell or "" for cell in row]
            for row in cells.head(max(SEARCHED_ROWS, layout.header_row or 0)).rows()
        ]
        header = _header(rows, name, layout, is_only=len(names) == 1)
        sheets.append(_Sheet(sheet_name, loaded.visible == "visible", cells, header))
    return sheets


def _header(rows: list[list[str]], name: str, layout: TableLayout, *, is_only: bool) -> Header:
    """Return the header of a sheet; empty if another sheet may have the stated row."""
    try:
        return find_header(rows, layout, name)
    except InputError:
        if is_only:
            raise
        return Header(0, ())


def _stated_sheet(book: fastexcel.ExcelReader, name: str, requested: str) -> str:
    names: list[str] = book.sheet_names
    matches = [sheet for sheet in names if sheet.strip().lower() == requested.strip().lower()]
    if requested in names or len(matches) == 1:
        return requested if requested in names else matches[0]
    if requested.isdecimal() and 1 <= int(requested) <= len(names):
        return names[int(requested) - 1]
    raise InputError(
        f"`{name}` has no sheet of that name. Its sheets are: {_listed(names)}.", sheets=names
    )


def _best_sheet(sheets: list[_Sheet], name: str, layout: TableLayout) -> _Sheet:
    """Return the sheet with the expected columns, else the sheet that is most like a table.

    Visible sheets come before hidden sheets.

    Raises
    ------
    InputError
        If several sheets with rows have the same columns: rows would be lost.
    """
    best = max(sheets, key=lambda sheet: _fit(sheet, layout))
    rivals = [sheet for sheet in sheets if _is_rival(sheet, best, layout)]
    if len(rivals) > 1:
        listed = _listed([sheet.name for sheet in rivals])
        raise InputError(
            f"`{name}`: sheets {listed} have these columns. Choose with `sheet`, or put their "
            "rows into a single sheet.",
            sheets=[sheet.name for sheet in rivals],
        )
    return best


def _fit(sheet: _Sheet, layout: TableLayout) -> tuple[object, ...]:
    names = sheet.header.names
    return (
        has_all_expected(sheet.header, layout) and sheet.has_rows,
        sheet.is_visible,
        sheet.has_rows,
        expected_count(sheet.header, layout),
        min(known_count(names), 2),
        filled_count(names) > 1,
    )


def _is_rival(sheet: _Sheet, best: _Sheet, layout: TableLayout) -> bool:
    if not sheet.has_rows or sheet.is_visible != best.is_visible:
        return False
    if has_all_expected(best.header, layout):
        return has_all_expected(sheet.header, layout)
    names = [name.strip().lower() for name in sheet.header.names]
    return filled_count(names) > 1 and names == [name.strip().lower() for name in best.header.names]


def _texts(cells: pl.DataFrame) -> pl.DataFrame:
    """Return the cells as texts; only columns that need it are searched, which takes long."""
    texts = cells.select(pl.all().cast(pl.String))
    named = pl.all()
    needs = named.str.ends_with(_MIDNIGHT_END) | named.str.starts_with(_TIME_START)
    needs = (needs | named.str.starts_with(_FORMULA_START)).any()
    columns = [name for name, found in texts.select(needs).row(0, named=True).items() if found]
    plain = pl.col(columns).str.replace(_MIDNIGHT, "$1").str.replace(_TIME, "$1")
    changed = texts.with_columns(plain.str.replace(_FORMULA, "$1")) if columns else texts
    return changed.select(pl.all().fill_null(""))


def _listed(names: list[str]) -> str:
    remainder = (
        f" and {len(names) - _MAX_LISTED_SHEETS} more" if len(names) > _MAX_LISTED_SHEETS else ""
    )
    return ", ".join(f"`{name}`" for name in names[:_MAX_LISTED_SHEETS]) + remainder
