"""The legend under the gaps matrix: classes of each column, looks without a number, the key."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from matplotlib.patches import Rectangle

from geoservice.cartography.figure.cells import ZERO
from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.figure.frames import LegendEntry
from geoservice.cartography.picture.layout import Box, Layout
from geoservice.cartography.picture.matrix_plan import MatrixPlan
from geoservice.cartography.picture.swatches import SWATCH, swatch
from geoservice.cartography.picture.text import (
    PicturePage,
    TextPlace,
    TextStyle,
    clean,
    fitted,
    line_height,
    wide,
    wrapped,
)
from geoservice.cartography.picture.type import write_on
from geoservice.cartography.texts import texts_of

_RAMP, _GAP = 0.1, 0.08
"""Inches: height of a ramp, and between the parts of the legend."""
_LINE = 1.75
"""Height of a line of looks, in sizes of its type."""


@dataclass(frozen=True)
class _PackedLook:
    """A look: its place from the left, and its line."""

    entry: LegendEntry
    text: str
    left: float
    line: int


@dataclass(frozen=True)
class _PlacedRamp:
    """The classes of a column with their place, and its label where it stands apart."""

    classes: Sequence[LegendEntry]
    place: TextPlace
    label: str


def legend_height(page: PicturePage, drawing: Drawing, plan: MatrixPlan, width: float) -> float:
    """Return the inches that the legend under a table needs."""
    layout, looks = page.layout, _packed(page.layout, drawing, width)
    ramps = _RAMP + 2 * line_height(_ends_points(layout)) + 2 * _GAP
    lines = max((look.line for look in looks), default=-1) + 1
    key = _key(drawing, plan)
    key_lines = len(wrapped(key, _points(layout), width)) if key else 0
    return ramps + lines * _look_height(layout) + key_lines * line_height(_points(layout))


def draw_matrix_legend(page: PicturePage, drawing: Drawing, plan: MatrixPlan, box: Box) -> None:
    """Draw the legend into a box under the table, from its upper side."""
    layout, top = page.layout, box.top - _GAP
    ends = top
    for ramp in _ramps(drawing, plan, layout, replace(box, height=top - box.bottom)):
        if ramp.label:
            style = TextStyle(_ends_points(layout) / layout.scale, bold=True, lines=1)
            page.write(ramp.label, replace(ramp.place, top=ramp.place.top + 0.02), style)
        place = _beside_label(layout, ramp) if ramp.label else ramp.place
        ends = min(ends, _ramp(page, ramp.classes, place))
    top = ends - _GAP
    looks = _packed(layout, drawing, box.width)
    for look in looks:
        _look(page, look, box.left + 0.04, top)
    top -= (max((look.line for look in looks), default=-1) + 1) * _look_height(layout)
    if key := _key(drawing, plan):
        style = TextStyle(_points(layout) / layout.scale, soft=True)
        page.write(key, TextPlace(box.left + 0.04, top, box.width), style)


def _ramps(drawing: Drawing, plan: MatrixPlan, layout: Layout, box: Box) -> list[_PlacedRamp]:
    """Return the ramps under their columns; where these are too narrow, side by side by letter."""
    legends = {frame.id.split("@")[0]: frame.legend for frame in drawing.frames}
    titles = [column.title for column in plan.columns if column.unit]
    labels = iter(plan.letters if plan.is_lettered else titles)
    ramps = [
        _PlacedRamp(classes, TextPlace(left + 0.02, box.top, width - 0.04), label)
        for block in plan.blocks[:1]
        for column, left, width in zip(plan.columns, block.lefts, plan.widths, strict=True)
        if column.unit
        for label in [next(labels)]
        for classes in [[entry for entry in legends.get(column.id, ()) if not entry.hatch]]
        if classes
    ]
    longest = max(
        (
            wide(clean(text), _ends_points(layout))
            for ramp in ramps
            for text in (ramp.classes[0].text, ramp.classes[-1].text)
        ),
        default=0.0,
    )
    if all(longest <= ramp.place.width for ramp in ramps):
        return [replace(ramp, label="") for ramp in ramps]
    step = box.width / len(ramps)
    return [
        replace(ramp, place=TextPlace(box.left + index * step, box.top, step - 0.15))
        for index, ramp in enumerate(ramps)
    ]


def _beside_label(layout: Layout, ramp: _PlacedRamp) -> TextPlace:
    """Return the place of a ramp behind its label, which takes half of it at the most."""
    label = wide(clean(ramp.label), _ends_points(layout), bold=True) + 0.08
    label = min(label, ramp.place.width / 2)
    return replace(ramp.place, left=ramp.place.left + label, width=ramp.place.width - label)


def _points(layout: Layout) -> float:
    return max(layout.label_points * 0.9, layout.least_points)


def _ends_points(layout: Layout) -> float:
    return max(layout.label_points * 0.75, layout.least_points)


def _look_height(layout: Layout) -> float:
    return _LINE * _points(layout) / 72


def _key(drawing: Drawing, plan: MatrixPlan) -> str:
    """Return the sentence of the letters of the columns, and of units without a row."""
    titles = [column.title for column in plan.columns if column.unit]
    pairs = zip(plan.letters, titles, strict=True)
    parts = ["; ".join(f"{letter}: {title}" for letter, title in pairs)] * plan.is_lettered
    if plan.unprinted:
        parts.append(texts_of(drawing.choice.lang)("picture_unprinted_rows", n=plan.unprinted))
    return ". ".join(parts)


def _packed(layout: Layout, drawing: Drawing, width: float) -> list[_PackedLook]:
    """Return the looks of bounds and of what is no number, in as many lines as they need."""
    entries = {
        entry.key: entry for frame in drawing.frames for entry in frame.legend if entry.hatch
    }
    looks: list[_PackedLook] = []
    start, left, line = _start(layout), 0.0, 0
    for entry in entries.values():
        text = entry.text if entry.key != ZERO else "0"
        needed = start + wide(clean(text), _points(layout)) + 0.25
        if left and left + needed > width:
            left, line = 0.0, line + 1
        looks.append(_PackedLook(entry, text, left, line))
        left += needed
    return looks


def _start(layout: Layout) -> float:
    """Return the inches from a swatch to its text."""
    return SWATCH[0] * layout.scale + 0.08


def _look(page: PicturePage, look: _PackedLook, left: float, top: float) -> None:
    layout, points = page.layout, _points(page.layout)
    line_top = top - look.line * _look_height(layout)
    swatch(page, look.entry, left + look.left, line_top - _look_height(layout) / 2)
    text_top = line_top - (_look_height(layout) - line_height(points)) / 2
    place = TextPlace(left + look.left + _start(layout), text_top, layout.width)
    page.write(look.text, place, TextStyle(points / layout.scale, lines=1))


def _ramp(page: PicturePage, classes: Sequence[LegendEntry], place: TextPlace) -> float:
    """Draw the classes of a column with their ends; the answer is where the next line begins.

    Ends without room beside each other stand in two lines.
    """
    step, points = place.width / len(classes), _ends_points(page.layout)
    for index, entry in enumerate(classes):
        page.axes.add_artist(
            Rectangle(
                (place.left + index * step, place.top - _RAMP),
                step,
                _RAMP,
                facecolor=entry.colour,
                edgecolor=page.looks.outline,
                linewidth=0.4,
            )
        )
    texts = [clean(classes[0].text), clean(classes[-1].text)]
    are_apart = sum(wide(text, points) for text in texts) + 0.1 <= place.width
    right = place.left + place.width
    top = place.top - _RAMP - 0.03
    for index, (text, aligned, x) in enumerate(
        ((texts[0], "left", place.left), (texts[1], "right", right))
    ):
        write_on(
            page.axes,
            x,
            top - (0 if are_apart else index) * line_height(points),
            fitted(text, points, place.width),
            fontsize=points,
            ha=aligned,
            va="top",
            color=page.looks.soft,
            parse_math=False,
        )
    return top - (1 if are_apart else 2) * line_height(points)
