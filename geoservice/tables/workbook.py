"""Tables of spreadsheets: which sheet, which row is the header, and what the cells say."""

from dataclasses import dataclass
from pathlib import Path

import fastexcel
import polars as pl

from geoservice.errors import InputError
from geoservice.tables.dialect import unique_names
from geoservice.tables.header import (
    LOOKED_AT,
    Header,
    filled_count,
    find_header,
    has_all_wanted,
    known_count,
    note_of,
    wanted_count,
)
from geoservice.tables.layout import Layout
from geoservice.tables.zero_formats import with_leading_zeros

SHEET_ENDINGS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
_MOST_NAMED = 20
_MIDNIGHT = r"^(\d{4}-\d{2}-\d{2}) 00:00:00$"
_TIME = r"^1899-12-31 (\d{2}:\d{2}:\d{2})$"
_FORMULA = r'^="(.*)"$'


@dataclass(frozen=True)
class SheetTable:
    """A table of a workbook: its rows, the cells of its header, and what is to be said of it."""

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


def read_sheet(path: Path, name: str, layout: Layout) -> SheetTable:
    """The table of a workbook: of the sheet that users name, else of the one that has it.

    Cells are texts as people see them: days without midnight, numbers with the zeros that their
    format puts before them.

    Raises
    ------
    InputError
        Where the file is no workbook, has no such sheet, or several sheets have the wanted columns.
    """
    try:
        book = fastexcel.read_excel(path)
        sheets = _sheets(book, name, layout)
    except InputError:
        raise
    except Exception as fault:  # fastexcel raises several kinds of its own
        raise InputError(
            f"`{name}` is no {path.suffix[1:].upper()} file, or it is damaged. Save it again."
        ) from fault
    sheet = sheets[0] if len(sheets) == 1 else _chosen(sheets, name, layout)
    if not filled_count(sheet.header.names):
        raise InputError(f"`{name}` has no header line with column names.")
    cells = with_leading_zeros(sheet.cells, path, book.sheet_names.index(sheet.name))
    frame = _texts(cells[sheet.header.row + 1 :])
    frame.columns = list(unique_names(list(sheet.header.names)))
    notes = [note_of(sheet.header, name)]
    if len(book.sheet_names) > 1:
        notes.insert(0, f"`{name}`: the sheet `{sheet.name}` was read.")
    return SheetTable(frame, sheet.header.names, tuple(note for note in notes if note))


def _sheets(book: fastexcel.ExcelReader, name: str, layout: Layout) -> list[_Sheet]:
    names = book.sheet_names if layout.sheet is None else [_named(book, name, layout.sheet)]
    sheets = []
    for sheet_name in names:
        loaded = book.load_sheet(sheet_name, header_row=None, skip_rows=0, dtypes="string")
        cells = pl.DataFrame(loaded.to_arrow())
        rows = [
            [cell or "" for cell in row]
            for row in cells.head(max(LOOKED_AT, layout.header_row or 0)).rows()
        ]
        header = _header(rows, name, layout, is_only=len(names) == 1)
        sheets.append(_Sheet(sheet_name, loaded.visible == "visible", cells, header))
    return sheets


def _header(rows: list[list[str]], name: str, layout: Layout, *, is_only: bool) -> Header:
    """The header of a sheet; an empty one where another sheet may have the row that users name."""
    try:
        return find_header(rows, layout, name)
    except InputError:
        if is_only:
            raise
        return Header(0, ())


def _named(book: fastexcel.ExcelReader, name: str, wanted: str) -> str:
    names: list[str] = book.sheet_names
    alike = [sheet for sheet in names if sheet.strip().lower() == wanted.strip().lower()]
    if wanted in names or len(alike) == 1:
        return wanted if wanted in names else alike[0]
    if wanted.isdecimal() and 1 <= int(wanted) <= len(names):
        return names[int(wanted) - 1]
    raise InputError(
        f"`{name}` has no sheet of that name. Its sheets are: {_listed(names)}.", sheets=names
    )


def _chosen(sheets: list[_Sheet], name: str, layout: Layout) -> _Sheet:
    """The sheet with the wanted columns; without these the visible one that looks like a table most.

    Raises
    ------
    InputError
        Where several sheets with rows have the same columns: to read one of them would lose rows.
    """
    best = max(sheets, key=lambda sheet: _fit(sheet, layout))
    rivals = [sheet for sheet in sheets if _is_rival(sheet, best, layout)]
    if len(rivals) > 1:
        listed = _listed([sheet.name for sheet in rivals])
        raise InputError(
            f"`{name}`: sheets {listed} have these columns. Say which one to read with `sheet`, or "
            "put their rows into one sheet.",
            sheets=[sheet.name for sheet in rivals],
        )
    return best


def _fit(sheet: _Sheet, layout: Layout) -> tuple[object, ...]:
    names = sheet.header.names
    return (
        has_all_wanted(sheet.header, layout) and sheet.has_rows,
        sheet.is_visible,
        sheet.has_rows,
        wanted_count(sheet.header, layout),
        min(known_count(names), 2),
        filled_count(names) > 1,
    )


def _is_rival(sheet: _Sheet, best: _Sheet, layout: Layout) -> bool:
    if not sheet.has_rows or sheet.is_visible != best.is_visible:
        return False
    if has_all_wanted(best.header, layout):
        return has_all_wanted(sheet.header, layout)
    same = [name.strip().lower() for name in sheet.header.names]
    return filled_count(same) > 1 and same == [name.strip().lower() for name in best.header.names]


def _texts(cells: pl.DataFrame) -> pl.DataFrame:
    text = pl.all().cast(pl.String).fill_null("")
    plain = text.str.replace(_MIDNIGHT, "$1").str.replace(_TIME, "$1")
    return cells.select(plain.str.replace(_FORMULA, "$1"))


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(f"`{name}`" for name in names[:_MOST_NAMED]) + more
