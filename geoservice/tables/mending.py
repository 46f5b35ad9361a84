"""Repair of text tables with odd quotation marks or rows with too many cells.

Slow and careful: only for files that the fast reader refuses.
"""

import csv
import os
import tempfile
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from geoservice.errors import InputError
from geoservice.tables.dialect import TextTable
from geoservice.tables.presence import copy_prefix

REPAIRED = "an odd quotation mark was read as text"
TOO_LONG = "more cells than the header has; left out"
REMEDY = "Put quotes around a cell that holds the delimiter."
_MAX_LISTED_ROWS = 10
_MAX_CELL_LINES = 50
"""A quoted cell with more lines counts as an unclosed quotation mark."""


@dataclass(frozen=True)
class Mended:
    """A repaired private copy of a table, and the data rows (from 1) with faults.

    ``repaired`` rows had odd quotation marks. ``too_long`` rows had more cells than the header and
    are not in the copy.
    """

    path: Path
    repaired: tuple[int, ...]
    too_long: tuple[int, ...]

    def notes(self, name: str) -> list[str]:
        """Return sentences for the user, with row numbers."""
        texts = {
            f"{REPAIRED}.": self.repaired,
            f"{TOO_LONG}. {REMEDY}": self.too_long,
        }
        return [f"`{name}`, {_listed(rows)}: {text}" for text, rows in texts.items() if rows]


def mended_copy(text: TextTable, name: str, *, leave_out: bool) -> Mended:
    """Copy a table row by row and repair its rows.

    Raises
    ------
    InputError
        If a row has more cells than the header and ``leave_out`` is false, or a byte is no UTF-8.
    """
    handle, target = tempfile.mkstemp(prefix=copy_prefix(), suffix=".csv", dir=text.copies)
    repaired: list[int] = []
    too_long: list[int] = []
    width = len(text.columns)
    csv.field_size_limit(1 << 30)
    try:
        with (
            text.path.open(encoding="utf-8-sig", newline="") as source,
            os.fdopen(handle, "w", encoding="utf-8", newline="") as stream,
        ):
            writer = csv.writer(stream, delimiter=text.dialect.delimiter, lineterminator="\n")
            for row, (cells, is_odd) in enumerate(_records(source, text.dialect.delimiter, width)):
                if len(cells) > width:
                    if not leave_out:
                        raise _too_long(name, row, len(cells), width)
                    too_long.append(row)
                    continue
                repaired += [row] if is_odd else []
                writer.writerow(cells)
    except UnicodeDecodeError as fault:
        Path(target).unlink(missing_ok=True)
        raise InputError(f"`{name}` is damaged. Save it again as CSV in UTF-8.") from fault
    except BaseException:
        Path(target).unlink(missing_ok=True)
        raise
    return Mended(Path(target), tuple(repaired), tuple(too_long))


def _listed(rows: tuple[int, ...]) -> str:
    remainder = (
        f" and {len(rows) - _MAX_LISTED_ROWS:,} more" if len(rows) > _MAX_LISTED_ROWS else ""
    )
    word = "row" if len(rows) == 1 else "rows"
    return f"{word} {', '.join(str(row) for row in rows[:_MAX_LISTED_ROWS])}{remainder}"


def _too_long(name: str, row: int, cells: int, width: int) -> InputError:
    return InputError(
        f"`{name}`, row {row}: {cells} fields where the header has {width}. {REMEDY}",
        row=row,
    )


def _records(source: Iterator[str], delimiter: str, width: int) -> Iterator[tuple[list[str], bool]]:
    """Yield the cells of each record, the header first, and whether quotation marks were odd."""
    ahead: deque[str] = deque()
    while True:
        ahead.extend(islice(source, 0 if ahead else 1))
        if not ahead:
            return
        record, lines = _well_formed_record(ahead, source, delimiter, width)
        is_odd = record is None
        cells = _literal_cells(ahead[0], delimiter, width) if record is None else record
        for _ in range(lines):
            ahead.popleft()
        yield _without_blank_end(cells, width), is_odd


def _well_formed_record(
    ahead: deque[str], source: Iterator[str], delimiter: str, width: int
) -> tuple[list[str] | None, int]:
    """Return the cells of the well-formed record at the beginning, and its number of lines.

    Return None and 1 for no such record: a quotation mark then belongs to the text of its line.
    """
    for lines in range(1, _MAX_CELL_LINES + 1):
        ahead.extend(islice(source, max(0, lines - len(ahead))))
        if len(ahead) < lines:
            break
        text = list(islice(ahead, lines))
        cells = _strict_record(text, delimiter)
        if cells is not None and len(cells) > width:
            cells = _strict_record(text, delimiter, after_blanks=True) or cells
        if cells is not None and (lines == 1 or len(cells) <= width):
            return cells, lines
        if cells is not None or not _is_open(text, delimiter):
            break
    return None, 1


def _strict_record(
    lines: list[str], delimiter: str, *, after_blanks: bool = False
) -> list[str] | None:
    """Return the cells of a record; None for odd or unclosed quotation marks.

    With ``after_blanks`` a quoted cell may begin with blanks before its quotation mark.
    """
    try:
        records = list(
            csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=after_blanks)
        )
    except csv.Error:
        return None
    return records[0] if len(records) == 1 else None


def _is_open(lines: list[str], delimiter: str) -> bool:
    """Return whether well-formed text ends inside a quoted cell."""
    return _strict_record([*lines, '"'], delimiter) is not None


def _literal_cells(line: str, delimiter: str, width: int) -> list[str]:
    """Return the cells of a line whose odd quotation marks are text.

    An odd quotation mark at the beginning of a cell is removed.
    """
    lenient = next(csv.reader([line], delimiter=delimiter), [])
    if len(lenient) == width:
        return [cell.rstrip("\r\n") for cell in lenient]
    return [_unquoted(cell) for cell in line.rstrip("\r\n").split(delimiter)]


def _unquoted(cell: str) -> str:
    if len(cell) > 1 and cell.startswith('"') and cell.endswith('"'):
        return cell[1:-1].replace('""', '"')
    return cell.removeprefix('"')


def _without_blank_end(cells: list[str], width: int) -> list[str]:
    """Return the cells without empty cells behind the last column, a spreadsheet artefact."""
    end = len(cells)
    while end > width and not cells[end - 1].strip():
        end -= 1
    return cells[:end]
