"""Workbooks with a sheet for each table, and files that are written whole or not at all."""

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
"""The date of creation in every workbook, so that the same tables give the same bytes."""
_MOST_TEXT = 32_767
_MOST_ROWS = 1_048_575
_NARROW, _WIDE = 12, 32
ABOUT = "about"


def workbook(sheets: Mapping[str, pl.DataFrame], about: Sequence[tuple[str, str]]) -> bytes:
    """A workbook with a sheet for each table, and a first sheet of names and texts.

    Texts stay texts, so that ids keep their zeros and formulas stay words.

    Raises
    ------
    InputError
        Where a table has more rows than a sheet can hold.
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


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read; it appears when all of it is written.

    Raises
    ------
    InputError
        Where the folder does not exist.
    StorageError
        Where the disk refuses.
    """
    if not path.absolute().parent.is_dir():
        raise InputError(f"There is no folder to write `{path.name}` into. Make it first.")
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        beside.replace(path)
    except OSError as fault:
        raise storage_fault(fault, path) from fault
    finally:
        beside.unlink(missing_ok=True)


def _sheet(sheet: Any, table: pl.DataFrame, bold: Any) -> None:  # noqa: ANN401 - xlsxwriter has no types
    if len(table) > _MOST_ROWS:
        raise InputError("The result has more rows than a sheet can hold. Write .csv instead.")
    for column, name in enumerate(table.columns):
        wide = table[name].dtype == pl.String
        sheet.set_column(column, column, _WIDE if wide else _NARROW)
        sheet.write_string(0, column, name, bold)
    for row, cells in enumerate(neutralised(table).iter_rows(), 1):
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                sheet.write_string(row, column, cell[:_MOST_TEXT])
            elif cell is not None:
                sheet.write(row, column, cell)
    sheet.freeze_panes(1, 0)
