"""The list beside a map, with the names that the map shows as numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.picture.label_plan import ListedName
from geoservice.cartography.picture.layout import Box, Layout, shown_scale, with_names
from geoservice.cartography.picture.map_labels import ENDS
from geoservice.cartography.picture.text import PicturePage, TextPlace, TextStyle, wide, wrapped
from geoservice.cartography.texts import texts_of

_LEADING = 1.08
_SPACE, _GAP = 0.06, 0.16
"""Inches between the parts of a row, and between columns."""
_NAME_WIDTHS = (0.3, 0.14, 0.115, 0.1, 0.088)
"""The most inches of a name for a point of its size, in the trials; a longer name wraps."""
_SMALLER = (1.0, 0.85, 0.75, 0.68)
"""A list that is too long for the size of labels is written in the largest of these shares."""


@dataclass(frozen=True)
class _Line:
    """A heading, or a line of a name; the first line has number and value."""

    text: str
    number: str = ""
    value: str = ""
    is_heading: bool = False
    is_first: bool = True


@dataclass(frozen=True)
class _Table:
    """The lines of a list, and the widths of numbers, names and values in inches."""

    lines: tuple[_Line, ...]
    number: float
    name: float
    value: float

    @property
    def width(self) -> float:
        """Width of a column."""
        return self.number + self.name + self.value + 2 * _SPACE + _GAP


def layout_with_list(
    drawing: Drawing,
    layout: Layout,
    listed: Sequence[ListedName],
    spare: Sequence[Box],
    least_share: float,
) -> Layout | None:
    """Return the layout with space for the list; None if the map would become too small.

    Parameters
    ----------
    spare
        What the legend leaves of its box; the list fills it first.
    least_share
        The least share of its scale that the map keeps.
    """
    for share in _SMALLER:
        points = layout.label_points * share
        if points < layout.least_points:
            break
        sized = replace(layout, names_points=points)
        height = _height(sized)
        layouts = [
            with_names(
                sized,
                (len(table.lines), table.width, height),
                spare,
                drawing.bounds,
                least_share,
            )
            for table in _tables(drawing, sized, listed)
        ]
        possible = [item for item in layouts if item is not None]
        if possible:
            return max(possible, key=lambda item: shown_scale(item.map, drawing.bounds))
    return None


def draw_names(page: PicturePage, drawing: Drawing, listed: Sequence[ListedName]) -> None:
    """Write the list into its columns."""
    layout = page.layout
    if not listed or not layout.names:
        return
    table, room, height = _table_of(drawing, layout, listed), _rows_of(layout), _height(layout)
    for line, (column, row) in zip(table.lines, _places(table.lines, room), strict=False):
        box = layout.names[column]
        _write_line(page, line, TextPlace(box.left, box.top - row * height, box.width), table)


def has_room(drawing: Drawing, layout: Layout, listed: Sequence[ListedName]) -> bool:
    """Return True where all rows of a list have room in the columns of a layout.

    A map that changes may list a name or a value that is wider than the columns were made for.
    """
    if not listed:
        return True
    if not layout.names:
        return False
    table = _table_of(drawing, layout, listed)
    return _fits(table, layout) and len(table.lines) <= sum(_rows_of(layout))


def _fits(table: _Table, layout: Layout) -> bool:
    return table.width <= layout.names[0].width + 1e-6


def _table_of(drawing: Drawing, layout: Layout, listed: Sequence[ListedName]) -> _Table:
    """Return the list whose names wrap as late as the columns of a layout let them."""
    tables = list(_tables(drawing, layout, listed))
    fitting = [table for table in tables if _fits(table, layout)]
    return [*fitting, tables[-1]][0]


def _rows_of(layout: Layout) -> list[int]:
    return [int(column.height / _height(layout) + 0.01) for column in layout.names]


def _places(lines: Sequence[_Line], room: Sequence[int]) -> list[tuple[int, int]]:
    """Return the column and the row of each line.

    A wrapped name stays in a single column if the columns have space.
    """
    places, column, row = [], 0, 0
    for index in range(len(lines)):
        if column < len(room) and row + _tail(lines, index) > room[column]:
            column, row = column + 1, 0
        if column < len(room):
            places.append((column, row))
            row += 1
    if len(places) == len(lines):
        return places
    return [(place, row) for place, count in enumerate(room) for row in range(count)]


def _tail(lines: Sequence[_Line], index: int) -> int:
    """Return how many lines from a line on belong to the same name."""
    end = index + 1
    while end < len(lines) and not (lines[end].is_first or lines[end].is_heading):
        end += 1
    return end - index + lines[index].is_heading


def _write_line(page: PicturePage, line: _Line, place: TextPlace, table: _Table) -> None:
    size = page.layout.names_points
    style = TextStyle(size / page.layout.scale, lines=1)
    bold = TextStyle(size / page.layout.scale, bold=True, lines=1)
    if line.is_heading:
        page.write(line.text, place, bold)
        return
    name_left = place.left + table.number + _SPACE
    page.write(line.text, TextPlace(name_left, place.top, table.name + _SPACE), style)
    if line.number:
        left = place.left + table.number - wide(line.number, size, bold=True)
        page.write(line.number, TextPlace(left, place.top, table.number + _SPACE), bold)
    if line.value:
        left = name_left + table.name + _SPACE + table.value - wide(line.value, size)
        page.write(line.value, TextPlace(left, place.top, table.value + _SPACE), style)


def _tables(drawing: Drawing, layout: Layout, listed: Sequence[ListedName]) -> Iterator[_Table]:
    """Yield the list with unwrapped names, then with names wrapped at smaller widths."""
    points = layout.names_points
    number = max((wide(item.number, points, bold=True) for item in listed), default=0.0)
    value = max((wide(item.value, points) for item in listed), default=0.0)
    words = {word for item in listed for word in item.name.replace("/", "/ ").split()}
    longest = max((wide(word, points) for word in words), default=0.0)
    for share in _NAME_WIDTHS:
        lines = tuple(_lines(drawing, listed, points, max(share * points, longest)))
        name = max((wide(line.text, points) for line in lines if not line.is_heading), default=0.0)
        yield _Table(lines, number, name + 0.01, value)


def _lines(
    drawing: Drawing, listed: Sequence[ListedName], points: float, width: float
) -> Iterator[_Line]:
    """Yield the lines; of a ranked map under the headings of its ends."""
    rank = {feature_id: index for index, feature_id in enumerate(drawing.ranked)}
    heading, texts = "", texts_of(drawing.choice.lang)
    for item in listed:
        next_heading = _heading(rank.get(item.feature_id, len(rank)), len(rank))
        if next_heading != heading:
            heading = next_heading
            yield _Line(texts(heading), is_heading=True)
        name_lines = _wrapped_name(item.name, points, width)
        yield _Line(name_lines[0], item.number, item.value)
        for line in name_lines[1:]:
            yield _Line(line, is_first=False)


def _wrapped_name(name: str, points: float, width: float) -> list[str]:
    """Return the lines of a name, which may also break behind a slash."""
    lines = wrapped(name.replace("/", "/ "), points, width)
    return [line.replace("/ ", "/") for line in lines]


def _heading(place: int, count: int) -> str:
    """Return the key of the heading of a rank; empty if the map is not ranked."""
    if count <= 2 * ENDS:
        return ""
    if place < ENDS:
        return "ranked_fullest"
    return "ranked_between" if place < count - ENDS else "ranked_emptiest"


def _height(layout: Layout) -> float:
    return layout.names_points * _LEADING / 72
