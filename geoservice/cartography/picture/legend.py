"""Legend and bars of a picture."""

from dataclasses import replace

from matplotlib.patches import Rectangle

from geoservice.cartography.figure.cells import SUPPRESSED
from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.picture.fills import HATCHES
from geoservice.cartography.picture.layout import Box, Layout
from geoservice.cartography.picture.legend_plan import LegendPlan, PlacedBar, plan_legend
from geoservice.cartography.picture.swatches import swatch
from geoservice.cartography.picture.text import PicturePage, TextPlace, TextStyle

_TRIALS = (
    (1.0, 1.0),
    (1.0, 0.88),
    (1.0, 0.78),
    (0.92, 0.78),
    (0.84, 0.78),
    (0.76, 0.8),
    (0.7, 0.8),
)
"""Size of the type and tightness of the lines, of which a legend takes the first that fits."""
_LEAST_SHARE = 0.84
"""Of a size with a least type: its titles, swatches and distances shrink no further."""
_USUAL_UNPRINTED = 100
"""So many labels without a name, which no list tells, are expected to have no room."""
_ENTRY, _BAR_STEP, _LEAST_BAR_STEP = 8.8, 0.36, 0.27


def with_roomy_legend(layout: Layout, drawing: Drawing) -> Layout:
    """Return the layout; its legend has two columns where it does not fit otherwise.

    Only sizes with a least type have a wider legend: in others the type shrinks.
    """
    if not layout.least_points or layout.legend_columns > 1:
        return layout
    has_names = any(feature.short for layer in drawing.layers for feature in layer.features)
    if fitted_legend(layout, drawing, 0 if has_names else _USUAL_UNPRINTED).fits:
        return layout
    return layout.with_wide_legend()


def fitted_legend(layout: Layout, drawing: Drawing, unprinted: int) -> LegendPlan:
    """Return the plan of the legend with the largest type at which it fits."""
    least = _LEAST_SHARE if layout.least_points else 0.0
    for share, tightness in _TRIALS:
        if share < least:
            break
        smaller = replace(layout, scale=layout.scale * share, tightness=tightness)
        plan = plan_legend(smaller, drawing, unprinted)
        if plan.fits:
            break
    return plan


def draw_legend(page: PicturePage, plan: LegendPlan) -> None:
    """Draw what the figure's looks mean."""
    before, page.layout = page.layout, plan.layout
    for item in plan.swatches:
        swatch(page, item.entry, item.left, item.middle)
    for bar in plan.bars:
        _bar(page, bar)
    for text in plan.texts:
        points = text.points / page.layout.scale
        style = TextStyle(points, bold=text.bold, soft=text.soft, lines=text.lines)
        page.write(text.text, text.place, style)
    page.layout = before


def _bar(page: PicturePage, bar: PlacedBar) -> None:
    """Draw a bar in the entry's colour; that of a suppressed number in stripes."""
    looks, box = page.looks, bar.box
    page.axes.add_artist(
        Rectangle(
            (box.left, box.bottom),
            box.width,
            box.height,
            linewidth=0.6,
            hatch=HATCHES[SUPPRESSED] if bar.is_suppressed else None,
            facecolor=looks.quiet if bar.is_suppressed else bar.entry.colour,
            edgecolor=looks.hatch if bar.is_suppressed else looks.outline,
        )
    )


def has_own_bars(drawing: Drawing) -> bool:
    """Return True of a figure whose bars do not look like entries of the legend."""
    return bool(drawing.bars) and not any(value.key for _, value in drawing.bars)


def bars_height(drawing: Drawing, layout: Layout) -> float:
    """Return the height in inches that the bars of a figure need at the least."""
    if not has_own_bars(drawing):
        return 0.0
    return (0.42 + len(drawing.bars) * _LEAST_BAR_STEP) * layout.scale


def draw_bars(page: PicturePage, drawing: Drawing, box: Box) -> Box:
    """Draw a small bar chart, where the figure has one and the room is enough.

    The answer is the room that is left. Bars that look like entries of the legend stand beside
    these.
    """
    if not has_own_bars(drawing):
        return box
    scale, place = page.layout.scale, TextPlace(box.left, box.top, box.width)
    step = min(_BAR_STEP * scale, (box.height - 0.42 * scale) / len(drawing.bars))
    if step < _LEAST_BAR_STEP * scale:
        return box
    top = page.write(drawing.bars_title, place, TextStyle(9, bold=True, lines=3)) - 0.06
    for label, value in drawing.bars:
        place = TextPlace(box.left, top, box.width)
        page.write(f"{label}: {value.text}", place, TextStyle(_ENTRY, lines=1))
        length = (box.width - 0.05) * abs(value.number or 0) / drawing.longest_bar
        thick = step - 0.23 * scale
        page.axes.add_artist(
            Rectangle(
                (box.left, top - 0.2 * scale - thick),
                length,
                thick,
                facecolor="#2c7fb8",
                edgecolor=page.looks.outline,
                linewidth=0.4,
            )
        )
        top -= step
    return box.lowered(top - 0.1)
