"""The gaps matrix as a picture: a table whose cells have the colours of their classes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from matplotlib.patches import Rectangle

from geoservice.cartography.figure.cells import DISTRICT, Value
from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.figure.frames import LegendEntry
from geoservice.cartography.picture.fills import fill_of
from geoservice.cartography.picture.layout import Box
from geoservice.cartography.picture.matrix_legend import draw_matrix_legend, legend_height
from geoservice.cartography.picture.matrix_plan import CELL_EDGE, Block, MatrixPlan, plan_matrix
from geoservice.cartography.picture.text import (
    PicturePage,
    TextPlace,
    TextStyle,
    clean,
    fitted,
    wide,
)
from geoservice.cartography.picture.type import write_on
from geoservice.cartography.texts import Texts, texts_of

Legends = Mapping[str, Sequence[LegendEntry]]
_HEADING_LINES = 5


def draw_matrix(page: PicturePage, drawing: Drawing) -> None:
    """Draw the table over the whole width, and its legend below it."""
    layout = page.layout
    right = layout.legend.right if layout.is_legend_beside else layout.map.right
    bottom = layout.legend.bottom
    box = Box(layout.map.left, bottom, right - layout.map.left, layout.map.top - bottom)
    legends = {frame.id.split("@")[0]: frame.legend for frame in drawing.frames}
    plan = plan_matrix(drawing, layout, box, 0.0)
    plan = plan_matrix(drawing, layout, box, legend_height(page, drawing, plan, box.width))
    for block in plan.blocks:
        _headings(page, plan, block, box.top)
        _rows(page, plan, block, box.top - plan.head, legends, texts_of(drawing.choice.lang))
    lowest = max(len(block.rows) for block in plan.blocks) * plan.row_height
    below = Box(box.left, box.bottom, box.width, box.height - plan.head - lowest)
    draw_matrix_legend(page, drawing, plan, below)


def _headings(page: PicturePage, plan: MatrixPlan, block: Block, top: float) -> None:
    points = plan.heading_points / page.layout.scale
    style = TextStyle(points, bold=True, lines=_HEADING_LINES)
    for text, left, width in zip(plan.headings, block.lefts, plan.widths, strict=True):
        page.write(text, TextPlace(left + 0.04, top, width - 0.08), style)


def _rows(
    page: PicturePage,
    plan: MatrixPlan,
    block: Block,
    top: float,
    legends: Legends,
    texts: Texts,
) -> None:
    before = ""
    for row in block.rows:  # Over rows of the table: at most some dozens.
        if row.id != before:
            ends = [block.lefts[0], block.lefts[-1] + plan.widths[-1]]
            page.axes.plot(ends, [top, top], color=page.looks.soft, linewidth=0.5)
        is_bold = row.id == DISTRICT
        for place, index in enumerate(plan.cells):
            cell = row.cells[index]
            box = Box(
                block.lefts[place], top - plan.row_height, plan.widths[place], plan.row_height
            )
            if isinstance(cell, Value):
                room = 0.0 if plan.is_lettered else box.width - 2 * CELL_EDGE
                cell = _with_unit(cell, plan.columns[place].unit, texts, (plan.points, room))
                entries = legends.get(plan.columns[place].id, ())
                _coloured(page, cell, box, entries, plan.points, is_bold=is_bold)
            elif place or row.id != before:
                _text(page, cell, box, plan.points, is_bold=is_bold)
        top, before = top - plan.row_height, row.id


def _with_unit(cell: Value, unit: str, texts: Texts, size: tuple[float, float]) -> Value:
    """Return the value with its unit, where points and inches of the cell let it stand.

    Shares have their sign.
    """
    key, (points, room) = f"cell_{unit}", size
    if cell.number is None or not texts.has(key):
        return cell
    text = texts(key, n=cell.text)
    return replace(cell, text=text) if wide(clean(text), points, bold=True) <= room else cell


def _text(page: PicturePage, text: str, box: Box, points: float, *, is_bold: bool) -> None:
    room, least = box.width - 0.08, page.layout.label_points
    size = points if wide(clean(text), points, bold=is_bold) <= room else least
    write_on(
        page.axes,
        box.left + 0.04,
        box.bottom + box.height / 2,
        fitted(clean(text), size, room, bold=is_bold),
        fontsize=size,
        va="center",
        color=page.looks.ink,
        fontweight="bold" if is_bold else "normal",
        parse_math=False,
    )


def _coloured(
    page: PicturePage,
    cell: Value,
    box: Box,
    entries: Sequence[LegendEntry],
    points: float,
    *,
    is_bold: bool,
) -> None:
    """Draw a cell in the color of its class; a pattern without room for its word stands alone."""
    entry = next((candidate for candidate in entries if candidate.key == cell.key), None)
    ink, text = page.looks.ink, clean(cell.text)
    width = wide(text, points, bold=is_bold) + 2 * CELL_EDGE
    if entry is not None:
        fill = fill_of(entry, page.looks)
        ink = fill.ink
        _fill(page, _inner(box), (fill.face, fill.line, fill.hatch))
        if entry.is_quiet and width > box.width:
            return
        if entry.is_quiet:
            plain = Box(box.right - width - 0.02, box.bottom, width, box.height)
            _fill(page, _inner(plain), (page.looks.quiet, page.looks.quiet, None))
    write_on(
        page.axes,
        box.right - CELL_EDGE - 0.02,
        box.bottom + box.height / 2,
        text,
        fontsize=points if width <= box.width else page.layout.label_points,
        ha="right",
        va="center",
        color=ink,
        fontweight="bold" if is_bold else "normal",
        parse_math=False,
    )


def _inner(box: Box) -> Box:
    return Box(box.left + 0.02, box.bottom + 0.01, box.width - 0.04, box.height - 0.02)


def _fill(page: PicturePage, box: Box, looks: tuple[str, str, str | None]) -> None:
    face, line, hatch = looks
    page.axes.add_artist(
        Rectangle(
            (box.left, box.bottom),
            box.width,
            box.height,
            facecolor=face,
            edgecolor=line,
            hatch=hatch,
            linewidth=0,
        )
    )
