"""The gaps matrix as a picture: a table whose cells have the colours of their classes."""

from collections.abc import Sequence

from matplotlib.patches import Rectangle

from geoservice.cartography.figure import DISTRICT, Drawing, LegendEntry, Row, Value
from geoservice.cartography.picture_layout import Box
from geoservice.cartography.picture_legend import HATCHES
from geoservice.cartography.picture_text import Page, clean, fitted, ink_on, wide

_LEAST_ROW = 0.125
_HEAD = 0.72


def draw_matrix(page: Page, drawing: Drawing) -> None:
    """The table over the whole width; where rows are too many, those of the chosen grades."""
    box = page.layout.map
    right = page.layout.legend.right if page.layout.legend_columns == 1 else box.right
    bottom = page.layout.legend.bottom
    whole = Box(box.left, bottom, right - box.left, box.top - bottom)
    rows = _fitting(drawing, whole.height)
    tall = min(0.3, (whole.height - _HEAD) / max(len(rows), 1))
    columns = drawing.columns[1:]
    texts = sum(not one.unit for one in columns)
    wide_all = [_text_width(drawing, at, whole.width) for at in range(texts)]
    each = (whole.width - sum(wide_all)) / max(len(columns) - texts, 1)
    widths = [*wide_all, *[each] * (len(columns) - texts)]
    lefts = [whole.left + sum(widths[:at]) for at in range(len(columns))]
    for at, column in enumerate(columns):
        page.write(
            lefts[at] + 0.04, whole.top, column.title, 8.5, widths[at] - 0.08, bold=True, lines=4
        )
    frames = {one.id.split("@")[0]: one.legend for one in drawing.frames}
    size = min(9.0, tall * 72 * 0.62)
    top, before = whole.top - _HEAD, ""
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


def _text_width(drawing: Drawing, at: int, most: float) -> float:
    """Room for a column of texts: of its longest, at most a quarter of the picture."""
    longest = max(
        (wide(clean(str(row.cells[at + 1])), 9.0, bold=True) for row in drawing.rows), default=0
    )
    return min(longest + 0.25, most / 4)


def _line(
    page: Page, row: Row, columns: Sequence[object], lefts: Sequence[float], widths: Sequence[float],
    top: float, tall: float, size: float, frames: dict[str, tuple[LegendEntry, ...]], *, named: bool,
) -> None:  # fmt: skip
    ids = [getattr(one, "id", "") for one in columns]
    if named:
        page.axes.plot(
            [lefts[0], lefts[-1] + widths[-1]], [top, top], color=page.looks.soft, linewidth=0.5
        )
    for at, cell in enumerate(row.cells[1:]):
        bold = row.id == DISTRICT
        if isinstance(cell, str):
            text = cell if at or named else ""
            page.axes.text(lefts[at] + 0.04, top - tall / 2, fitted(clean(text), size, widths[at] - 0.1), fontsize=size, va="center",
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
    page.axes.text(box.right - 0.12, box.bottom + box.height / 2, clean(cell.text), fontsize=size, ha="right", va="center", color=ink,
                   fontweight="bold" if bold else "normal", parse_math=False)  # fmt: skip


def _fitting(drawing: Drawing, height: float) -> list[Row]:
    most = int((height - _HEAD) / _LEAST_ROW)
    if len(drawing.rows) <= most:
        return list(drawing.rows)
    chosen = drawing.choice.band
    bands = list(dict.fromkeys(str(row.cells[2]) for row in drawing.rows))
    band = chosen if chosen in bands else bands[-1]
    return [row for row in drawing.rows if row.cells[2] == band][:most]
