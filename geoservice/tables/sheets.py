"""Workbooks with a sheet per table, and atomic writing of files."""

import datetime
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from geoservice.errors import InputError
from geoservice.tables.writing import neutralised, storage_fault

_EPOCH = datetime.datetime(2000, 1, 1)
"""Creation date of all workbooks, so that equal tables give equal bytes."""
_MAX_CELL_TEXT = 32_767
_MAX_ROWS = 1_048_575
_NARROW, _WIDE = 12, 32
ABOUT = "about"


def workbook(sheets: Mapping[str, pl.DataFrame], about: Sequence[tuple[str, str]]) -> bytes:
    """Return a workbook with a sheet per table, after a first sheet of names and texts.

    Texts stay texts: ids keep their zeros and formulas are not run.

    Raises
    ------
    InputError
        If a table has more rows than a sheet can hold.
    """
    target = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties({"created": _EPOCH})
        bold = book.add_format({"bold": True})
        _sheet(
            book.add_worksheet(ABOUT),
            pl.DataFrame(about, schema=["about", "text"], orient="row"),
            bold,
        )
        for name, table in sheets.items():
            _sheet(book.add_worksheet(name[:31]), table, bold)
    return target.getvalue()


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read; it appears when it is complete.

    Raises
    ------
    InputError
        If the folder does not exist.
    StorageError
        If the disk refuses.
    """
    if not path.absolute().parent.is_dir():
        raise InputError(f"The folder for `{path.name}` does not exist. Create it first.")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        part.replace(path)
    except OSError as fault:
        raise storage_fault(fault, path) from fault
    finally:
        part.unlink(missing_ok=True)


def _sheet(
    sheet: Any,  # noqa: ANN401 - xlsxwriter has no types
    table: pl.DataFrame,
    bold: Any,  # noqa: ANN401 - xlsxwriter has no types
) -> None:
    if len(table) > _MAX_ROWS:
        raise InputError("The result has more rows than a sheet can hold. Write .csv instead.")
    for column, name in enumerate(table.columns):
        wide = table[name].dtype == pl.String
        sheet.set_column(column, column, _WIDE if wide else _NARROW)
        sheet.write_string(0, column, name, bold)
    for row, cells in enumerate(neutralised(table).iter_rows(), 1):
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                sheet.write_string(row, column, cell[:_MAX_CELL_TEXT])
            elif cell is not None:
                sheet.write(row, column, cell)
    sheet.freeze_panes(1, 0)
