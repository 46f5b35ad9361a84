"""Text tables with odd quotation marks or rows too long: repaired line by line, or left out and named.

Slow and careful, so only for files that the fast reader refuses.
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
_MOST_NAMED = 10
_MOST_LINES = 50
"""A quoted cell of more lines than this is taken for one whose quotation mark is never closed."""


@dataclass(frozen=True)
class Mended:
    """A private copy that any reader reads, and the data rows (from 1) that were not as they should be.

    ``repaired`` rows had odd quotation marks. ``too_long`` rows had more cells than the header, and are
    not in the copy.
    """

    path: Path
    repaired: tuple[int, ...]
    too_long: tuple[int, ...]

    def notes(self, name: str) -> list[str]:
        """Sentences for the user, with the numbers of the rows."""
        texts = {
            f"{REPAIRED}.": self.repaired,
            f"{TOO_LONG}. {REMEDY}": self.too_long,
        }
        return [f"`{name}`, {_listed(rows)}: {text}" for text, rows in texts.items() if rows]


def mended_copy(text: TextTable, name: str, *, leave_out: bool) -> Mended:
    """Copy a table row by row, each as it can be read best.

    Raises
    ------
    InputError
        Where a row has more cells than the header, and rows must not be left out; or a byte is no
        UTF-8.
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
    more = f" and {len(rows) - _MOST_NAMED:,} more" if len(rows) > _MOST_NAMED else ""
    word = "row" if len(rows) == 1 else "rows"
    return f"{word} {', '.join(str(row) for row in rows[:_MOST_NAMED])}{more}"


def _too_long(name: str, row: int, cells: int, width: int) -> InputError:
    return InputError(
        f"`{name}`, row {row}: {cells} fields where the header has {width}. {REMEDY}",
        row=row,
    )


def _records(source: Iterator[str], delimiter: str, width: int) -> Iterator[tuple[list[str], bool]]:
    """The cells of each record, the header first, and whether its quotation marks were odd."""
    ahead: deque[str] = deque()
    while True:
        ahead.extend(islice(source, 0 if ahead else 1))
        if not ahead:
            return
        record, lines = _whole(ahead, source, delimiter, width)
        is_odd = record is None
        cells = _literal(ahead[0], delimiter, width) if record is None else record
        for _ in range(lines):
            ahead.popleft()
        yield _without_blank_end(cells, width), is_odd


def _whole(
    ahead: deque[str], source: Iterator[str], delimiter: str, width: int
) -> tuple[list[str] | None, int]:
    """The cells of the well-formed record that begins the lines, and of how many lines it is made.

    None and one line where there is none: then a quotation mark belongs to the text of its line.
    """
    for lines in range(1, _MOST_LINES + 1):
        ahead.extend(islice(source, max(0, lines - len(ahead))))
        if len(ahead) < lines:
            break
        text = list(islice(ahead, lines))
        cells = _strict(text, delimiter)
        if cells is not None and len(cells) > width:
            cells = _strict(text, delimiter, after_blanks=True) or cells
        if cells is not None and (lines == 1 or len(cells) <= width):
            return cells, lines
        if cells is not None or not _is_open(text, delimiter):
            break
    return None, 1


def _strict(
    lines: list[str], delimiter: str, *, after_blanks: bool = False
) -> list[str] | None:  # fmt: skip
    """The cells of one record; None where its quotation marks are odd or not closed.

    ``after_blanks`` takes a quotation mark behind blanks for the beginning of a quoted cell.
    """
    try:
        records = list(csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=after_blanks))  # fmt: skip
    except csv.Error:
        return None
    return records[0] if len(records) == 1 else None


def _is_open(lines: list[str], delimiter: str) -> bool:
    """True where the text ends inside a quoted cell and is well formed up to there."""
    return _strict([*lines, '"'], delimiter) is not None


def _literal(line: str, delimiter: str, width: int) -> list[str]:
    """The cells of a line whose odd quotation marks are text, or are left out at a cell's beginning."""
    lenient = next(csv.reader([line], delimiter=delimiter), [])
    if len(lenient) == width:
        return [cell.rstrip("\r\n") for cell in lenient]
    return [_unquoted(cell) for cell in line.rstrip("\r\n").split(delimiter)]


def _unquoted(cell: str) -> str:
    if len(cell) > 1 and cell.startswith('"') and cell.endswith('"'):
        return cell[1:-1].replace('""', '"')
    return cell.removeprefix('"')


def _without_blank_end(cells: list[str], width: int) -> list[str]:
    """The cells without empty ones behind the last column, such as spreadsheets leave."""
    end = len(cells)
    while end > width and not cells[end - 1].strip():
        end -= 1
    return cells[:end]
