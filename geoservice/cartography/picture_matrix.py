"""The gaps matrix as a picture: a table whose cells have the colours of their classes."""

from collections.abc import Sequence

from matplotlib.patches import Rectangle

from geoservice.cartography.figure import DISTRICT, ZERO, Column, Drawing, LegendEntry, Row, Value
from geoservice.cartography.picture_layout import Box
from geoservice.cartography.picture_legend import HATCHES, swatch
from geoservice.cartography.picture_text import Page, clean, fitted, ink_on, wide
from geoservice.cartography.picture_type import write_on
from geoservice.cartography.values import number_text

_LEAST_ROW = 0.125
_HEADINGS, _HEADING_LINES = (8.5, 6.0), 4
_ENDS = (6.5, 4.5)
_LEGEND = 0.62
"""Room below the rows: the classes of each column, and what is no number."""


def draw_matrix(page: Page, drawing: Drawing) -> None:
    """The table over the whole width; where rows are too many, those of the chosen grades."""
    box = page.layout.map
    right = page.layout.legend.right if page.layout.legend_columns == 1 else box.right
    bottom = page.layout.legend.bottom
    whole = Box(box.left, bottom, right - box.left, box.top - bottom)
    columns = drawing.columns[1:]
    texts = sum(not one.unit for one in columns)
    wide_all = [_text_width(drawing, at, whole.width) for at in range(texts)]
    each = (whole.width - sum(wide_all)) / max(len(columns) - texts, 1)
    widths = [*wide_all, *[each] * (len(columns) - texts)]
    lefts = [whole.left + sum(widths[:at]) for at in range(len(columns))]
    head = _headings(page, columns, lefts, widths, whole.top)
    room = whole.height - head - _LEGEND
    rows = _fitting(drawing, room)
    tall = min(0.3, room / max(len(rows), 1))
    frames = {one.id.split("@")[0]: one.legend for one in drawing.frames}
    size = min(9.0, tall * 72 * 0.62)
    top, before = whole.top - head, ""
    for row in rows:  # Over rows of the table: at most some dozens.
        _line(
            page,
            row,
            columns,
            lefts,
            widths,
            top,
            tall,
            size,
            frames,
            named=row.id != before,
        )
        top, before = top - tall, row.id
    _legend(page, frames, [one.id for one in columns], lefts, widths, top)


def _headings(
    page: Page, columns: Sequence[Column], lefts: Sequence[float], widths: Sequence[float], top: float
) -> float:  # fmt: skip
    """Write the headings, all in one size; the answer is their height."""
    rooms = [one - 0.08 for one in widths]
    size = min(page.fitting(one.title, _HEADINGS, room, _HEADING_LINES, bold=True)
               for one, room in zip(columns, rooms, strict=True))  # fmt: skip
    ends = [page.write(left + 0.04, top, one.title, size, room, bold=True, lines=_HEADING_LINES)
            for one, left, room in zip(columns, lefts, rooms, strict=True)]  # fmt: skip
    return top - min(ends) + 0.08


def _legend(
    page: Page, frames: dict[str, tuple[LegendEntry, ...]], ids: Sequence[str],
    lefts: Sequence[float], widths: Sequence[float], top: float,
) -> None:  # fmt: skip
    """Under each column its classes with their ends; under all of them what is no number."""
    top -= 0.08
    for at, one in enumerate(ids):
        classes = [entry for entry in frames.get(one, ()) if not entry.hatch]
        if classes:
            _ramp(page, classes, lefts[at] + 0.02, widths[at] - 0.04, top)
    named = {entry.key: entry for legend in frames.values() for entry in legend if entry.hatch}
    left = lefts[0] + 0.04
    for entry in named.values():
        swatch(page, entry, left, top - 0.42)
        text = entry.text if entry.key != ZERO else number_text(0, "students")
        page.write(left + 0.36, top - 0.335, text, 7.5, 3.0, lines=1)
        left += 0.36 + wide(clean(text), 7.5 * page.layout.scale) + 0.25


def _ramp(
    page: Page, classes: Sequence[LegendEntry], left: float, width: float, top: float
) -> None:
    each = width / len(classes)
    for at, entry in enumerate(classes):
        page.axes.add_artist(Rectangle((left + at * each, top - 0.1), each, 0.1, facecolor=entry.colour,
                                       edgecolor=page.looks.outline, linewidth=0.4))  # fmt: skip
    for text, aligned, x in (
        (classes[0].text, "left", left),
        (classes[-1].text, "right", left + width),
    ):
        size = page.fitting(text, _ENDS, width / 2 - 0.03)
        write_on(page.axes, x, top - 0.13, fitted(clean(text), size * page.layout.scale, width / 2), fontsize=size * page.layout.scale,
                       ha=aligned, va="top", color=page.looks.soft, parse_math=False)  # fmt: skip


def _text_width(drawing: Drawing, at: int, most: float) -> float:
    """Room for a column of texts: of its longest, at most a quarter of the picture."""
    longest = max(
        (wide(clean(str(row.cells[at + 1])), 9.0, bold=True) for row in drawing.rows), default=0
    )
    return min(longest + 0.25, most / 4)


def _line(
    page: Page, row: Row, columns: Sequence[Column], lefts: Sequence[float], widths: Sequence[float],
    top: float, tall: float, size: float, frames: dict[str, tuple[LegendEntry, ...]], *, named: bool,
) -> None:  # fmt: skip
    ids = [one.id for one in columns]
    if named:
        page.axes.plot(
            [lefts[0], lefts[-1] + widths[-1]], [top, top], color=page.looks.soft, linewidth=0.5
        )
    for at, cell in enumerate(row.cells[1:]):
        bold = row.id == DISTRICT
        if isinstance(cell, str):
            text = cell if at or named else ""
            write_on(page.axes, lefts[at] + 0.04, top - tall / 2, fitted(clean(text), size, widths[at] - 0.1), fontsize=size, va="center",
                           color=page.looks.ink, fontweight="bold" if bold else "normal", parse_math=False)  # fmt: skip
        else:
            _coloured(
                page,
                cell,
                Box(lefts[at], top - tall, widths[at], tall),
                frames.get(ids[at], ()),
                size,
                bold=bold,
            )


def _coloured(
    page: Page, cell: Value, box: Box, entries: Sequence[LegendEntry], size: float, *, bold: bool
) -> None:
    entry = next((one for one in entries if one.key == cell.key), None)
    ink = page.looks.ink
    if entry is not None:
        hatch = HATCHES.get(entry.hatch)
        face = page.looks.ground if hatch else entry.colour
        ink = page.looks.ink if hatch else ink_on(entry.colour)
        page.axes.add_artist(Rectangle((box.left + 0.02, box.bottom + 0.01), box.width - 0.04, box.height - 0.02, facecolor=face,
                                      edgecolor=page.looks.hatch, hatch=hatch, linewidth=0))  # fmt: skip
    if entry is not None and entry.hatch:
        plain = wide(clean(cell.text), size) + 0.2
        page.axes.add_artist(Rectangle((box.right - plain, box.bottom), plain, box.height,
                                      facecolor=page.looks.ground, linewidth=0))  # fmt: skip
    write_on(page.axes, box.right - 0.12, box.bottom + box.height / 2, clean(cell.text), fontsize=size, ha="right", va="center", color=ink,
                   fontweight="bold" if bold else "normal", parse_math=False)  # fmt: skip


def _fitting(drawing: Drawing, height: float) -> list[Row]:
    most = int(height / _LEAST_ROW)
    if len(drawing.rows) <= most:
        return list(drawing.rows)
    chosen = drawing.choice.band
    bands = list(dict.fromkeys(str(row.cells[2]) for row in drawing.rows))
    band = chosen if chosen in bands else bands[-1]
    return [row for row in drawing.rows if row.cells[2] == band][:most]
