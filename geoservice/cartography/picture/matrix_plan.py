"""The plan of the gaps matrix: its rows, its blocks side by side, its columns and its type.

The type is that of the size's labels. Where all grades have no room, the rows of the chosen grades
stand; where these have none, the table has two blocks; rows that still have no room are counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from geoservice.cartography.figure.cells import DISTRICT, Column, Row, Value
from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.picture.layout import Box, Layout
from geoservice.cartography.picture.text import clean, line_height, wide, wrapped

_ROW, _MOST_ROW = 1.5, 2.6
"""Height of a row in sizes of the labels' type: the least, and the most."""
_CELL_TYPE = 0.62
"""Size of the type in a cell, by the height of its row."""
_MOST_GROWTH = 1.35
"""Type of large cells, by that of labels."""
_BLOCK_GAP, CELL_EDGE = 0.25, 0.06
_LEAST_NAME = 0.22
"""Names have at least so much of a block's width, where the table has two blocks."""
_HEADING_LINES = 4


@dataclass(frozen=True)
class Block:
    """Rows of the table with the places of its columns."""

    rows: tuple[Row, ...]
    lefts: tuple[float, ...]


@dataclass(frozen=True)
class MatrixPlan:
    """The table.

    Attributes
    ----------
    columns
        Those that are drawn: the column of grades only where rows are of several.
    cells
        Places of the drawn columns among the cells of a row.
    head, row_height
        Inches of the headings, and of a row.
    points
        Size of the type of cells.
    is_lettered
        True where letters stand for the headings, which a key explains.
    unprinted
        How many units have no row.
    """

    columns: tuple[Column, ...]
    cells: tuple[int, ...]
    blocks: tuple[Block, ...]
    widths: tuple[float, ...]
    head: float
    row_height: float
    points: float
    heading_points: float
    is_lettered: bool
    unprinted: int

    @property
    def width(self) -> float:
        """Return the width of a block."""
        return sum(self.widths)

    @property
    def headings(self) -> tuple[str, ...]:
        """Return what stands above the columns."""
        if not self.is_lettered:
            return tuple(column.title for column in self.columns)
        texts = [column.title for column in self.columns if not column.unit]
        return (*texts, *self.letters)

    @property
    def letters(self) -> tuple[str, ...]:
        """Return a letter for each measure."""
        measures = sum(bool(column.unit) for column in self.columns)
        return tuple(chr(ord("A") + index) for index in range(measures))


def plan_matrix(drawing: Drawing, layout: Layout, box: Box, below: float) -> MatrixPlan:
    """Return the plan of a table in a box whose lowest ``below`` inches are for its legend."""
    least = _ROW * layout.label_points / 72
    chosen = _of_chosen_grades(drawing)
    room = _Room(box, below, least)
    plans = []
    for rows, blocks in ((drawing.rows, 1), (chosen, 1), (chosen, 2)):
        plans.append(_plan(drawing, layout, room, list(rows), blocks))
        if not plans[-1].unprinted:
            return plans[-1]
    possible = [plan for plan in plans if plan.widths[0] >= _LEAST_NAME * plan.width]
    return min(possible or plans[1:2], key=lambda plan: plan.unprinted)


@dataclass(frozen=True)
class _Room:
    box: Box
    below: float
    least: float


def _of_chosen_grades(drawing: Drawing) -> list[Row]:
    chosen = drawing.choice.band
    bands = list(dict.fromkeys(str(row.cells[2]) for row in drawing.rows))
    band = chosen if chosen in bands else bands[-1]
    return [row for row in drawing.rows if row.cells[2] == band]


def _plan(
    drawing: Drawing, layout: Layout, room: _Room, rows: list[Row], blocks: int
) -> MatrixPlan:
    cells = tuple(
        index for index in range(1, len(drawing.columns)) if _is_drawn(rows, index, blocks)
    )
    columns = tuple(drawing.columns[index] for index in cells)
    width = (room.box.width - (blocks - 1) * _BLOCK_GAP) / blocks
    points = layout.label_points
    widths = _widths(rows, cells, width, points)
    heading = min(points, 9.5 * layout.scale)
    is_lettered = not _fit(columns, widths, heading)
    lines = max(len(_heading_lines(*pair, heading)) for pair in zip(columns, widths, strict=True))
    head = (1 if is_lettered else lines) * line_height(heading) + 0.08
    height = room.box.height - room.below - head
    count = max(1, int(height / room.least + 1e-6))
    shown = _cut(rows, count * blocks)
    each = -(-len(shown) // blocks)
    row_height = min(_MOST_ROW * points / 72, height / each)
    return MatrixPlan(
        columns,
        cells,
        tuple(
            Block(
                tuple(shown[index * each : (index + 1) * each]),
                _lefts(room.box.left + index * (width + _BLOCK_GAP), widths),
            )
            for index in range(blocks)
        ),
        widths,
        head,
        row_height,
        max(points, min(points * _MOST_GROWTH, row_height * 72 * _CELL_TYPE * 0.75)),
        heading,
        is_lettered,
        len(rows) - len(shown),
    )


def _is_drawn(rows: Sequence[Row], index: int, blocks: int) -> bool:
    """Return False of grades that are all the same, in two blocks also of no numbers."""
    cells = [row.cells[index] for row in rows]
    numbers = [cell.number for cell in cells if isinstance(cell, Value)]
    if numbers:
        return blocks == 1 or any(number is not None for number in numbers)
    return index == 1 or len(set(cells)) > 1


def _widths(
    rows: Sequence[Row], cells: Sequence[int], width: float, points: float
) -> tuple[float, ...]:
    """Return the widths of the columns: numbers are whole, names take what is left at the most."""
    texts = [index for index in cells if isinstance(rows[0].cells[index], str)]
    count = len(cells) - len(texts)
    printed = [
        cell.text
        for row in rows
        for cell in row.cells
        if isinstance(cell, Value) and cell.number is not None
    ]
    number = max((wide(clean(text), points, bold=True) for text in printed), default=0.0)
    longest = [_longest(rows, index, points) for index in texts]
    left = width - count * (number + 2 * CELL_EDGE + 0.06) - sum(longest[1:])
    names = [min(longest[0], left), *longest[1:]]
    equal = (width - sum(names)) / max(count, 1)
    return (*names, *[equal] * count)


def _cut(rows: list[Row], count: int) -> list[Row]:
    """Return so many rows at the most; the district's row stays, and rows with numbers."""
    if len(rows) <= count:
        return rows
    told = [row for row in rows if row.id == DISTRICT or _has_number(row)]
    if len(told) <= count:
        spare = count - len(told)
        untold = [row for row in rows if row.id != DISTRICT and not _has_number(row)][:spare]
        return [row for row in rows if row in told or row in untold]
    district = [row for row in told if row.id == DISTRICT]
    return [*[row for row in told if row.id != DISTRICT][: count - len(district)], *district]


def _has_number(row: Row) -> bool:
    return any(isinstance(cell, Value) and cell.number is not None for cell in row.cells)


def _lefts(left: float, widths: Sequence[float]) -> tuple[float, ...]:
    return tuple(left + sum(widths[:index]) for index in range(len(widths)))


def _longest(rows: Sequence[Row], index: int, points: float) -> float:
    widest = max((wide(clean(str(row.cells[index])), points, bold=True) for row in rows), default=0)
    return widest + 0.2


def _heading_lines(column: Column, width: float, points: float) -> list[str]:
    return wrapped(column.title, points, width - 0.08, bold=True)


def _fit(columns: Sequence[Column], widths: Sequence[float], points: float) -> bool:
    """Return True where no heading is cut, nor takes too many lines."""
    for column, width in zip(columns, widths, strict=True):
        lines = _heading_lines(column, width, points)
        is_whole = " ".join(lines).split() == clean(column.title).split()
        if column.unit and not (is_whole and len(lines) <= _HEADING_LINES):
            return False
    return True
