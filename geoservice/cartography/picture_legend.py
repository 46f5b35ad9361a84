"""Legend and bars of a picture."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Rectangle

from geoservice.cartography.figure import SUPPRESSED, Drawing, LegendEntry, Value
from geoservice.cartography.legends import ALWAYS, SEATS
from geoservice.cartography.picture_layout import Box
from geoservice.cartography.picture_text import Page, clean, ink_on, wide, wrapped
from geoservice.cartography.picture_type import write_on
from geoservice.cartography.texts import texts_of

HATCHES = {"suppressed": "/////", "no_data": "...", "not_applicable": "xxxx", "zero": "oo"}
MARKERS = {"star": "*", "square": "s", "diamond": "D"}
"""matplotlib's names of marks; of all others a circle."""
_MARK_SIZES = {"star": 13, "square": 12, "diamond": 10.5}
_SWATCH, _POINT = (0.3, 0.17), 0.095
_LINE, _ENTRY, _CLOSEST = 0.225, 8.8, 0.86
NO_BARS: Mapping[str, Value] = MappingProxyType({})
_USUAL_LINE, _POINTS_PER_PIXEL = 3.0, 0.75
_BAR_STEP, _LEAST_BAR_STEP = 0.36, 0.27


def draw_legend(page: Page, drawing: Drawing, unprinted: int = 0) -> Box:
    """Draw what the figure's looks mean, and how many labels had no room; the answer is the room that is left."""
    box, two = page.layout.legend, page.layout.legend_columns == 2
    width = box.width / 2 - 0.15 if two else box.width
    frame = drawing.frame
    top = box.top
    if two:
        top = _district(page, drawing, top, unprinted, lines=3) - 0.08
    head = top
    if frame.legend:
        top = page.write(box.left, top, frame.legend_title, 10, width, bold=True, lines=4) - 0.05
        top = _entries(page, frame.legend, box.left, top, width)
    if not two:
        top = _district(page, drawing, top - 0.06, unprinted, lines=8) - 0.14
    shown = used_entries(drawing)
    aside = two and bool(frame.legend)
    left, under = (box.left + box.width / 2 + 0.15, head) if aside else (box.left, top)
    if shown:
        under = page.write(left, under, drawing.legend_title, 10, width, bold=True, lines=3) - 0.05
        bars = {value.key: value for _, value in drawing.bars if value.key}
        if bars:
            under = page.write(left, under + 0.02, drawing.bars_title, 8.8, width, lines=3) - 0.05
        under = _entries(page, shown, left, under, width, bars, drawing.longest_bar)
    if two and not (aside and shown):
        return Box(box.left + box.width / 2 + 0.15, box.bottom, width, head - box.bottom)
    return Box(left, box.bottom, width, under - 0.15 - box.bottom)


def _district(page: Page, drawing: Drawing, top: float, unprinted: int, lines: int) -> float:
    """Write the district's value, and under it how many labels the map has not; the answer is where the next line begins."""
    box = page.layout.legend
    top = page.write(box.left, top, drawing.frame.district, 10.5, box.width, bold=True, lines=lines)
    if not unprinted:
        return top
    said = texts_of(drawing.choice.lang)("picture_unprinted", n=unprinted)
    return page.write(box.left, top - 0.03, said, 8, box.width, soft=True, lines=2)


def used_entries(drawing: Drawing) -> list[LegendEntry]:
    """Entries of layers without frames that occur or have bars, families of keys together, and those that every figure names."""
    used = {*ALWAYS, SEATS, *(value.key.split("-")[0] for _, value in drawing.bars)} | {state.key.split("-")[0] for layer in drawing.layers
            for one in layer.features for state in one.states.values()}  # fmt: skip
    return [one for one in drawing.legend if one.key.split("-")[0] in used]


def draw_bars(page: Page, drawing: Drawing, box: Box) -> None:
    """A small bar chart in the room that is left, where the figure has one and the room is enough.

    Bars that look like entries of the legend stand beside these.
    """
    if not drawing.bars or any(value.key for _, value in drawing.bars):
        return
    room = box.height - 0.42
    step = min(_BAR_STEP, room / len(drawing.bars))
    if step < _LEAST_BAR_STEP:
        return
    top = page.write(box.left, box.top, drawing.bars_title, 9, box.width, bold=True, lines=3) - 0.06
    for label, value in drawing.bars:
        page.write(box.left, top, f"{label}: {value.text}", 8, box.width, lines=1)
        length = (box.width - 0.05) * abs(value.number or 0) / drawing.longest_bar
        thick = step - 0.23
        page.axes.add_artist(Rectangle((box.left, top - 0.2 - thick), length, thick, facecolor="#2c7fb8",
                                      edgecolor=page.looks.outline, linewidth=0.4))  # fmt: skip
        top -= step


def _entries(
    page: Page, entries: Sequence[LegendEntry], left: float, top: float, width: float,
    bars: Mapping[str, Value] = NO_BARS, most: float = 1.0,
) -> float:  # fmt: skip
    size, start = _ENTRY * page.layout.scale, left + _SWATCH[0] + 0.1
    room = width - _SWATCH[0] - 0.1
    beside = _beside([one.text for one in entries if one.key in bars], start, room, size)
    owns = [beside.left - start - 0.1 if one.key in bars else room for one in entries]
    steps = [_step(one, wrapped(one.text, size, own, most=2)) for one, own in zip(entries, owns, strict=True)]  # fmt: skip
    # Many entries stand closer to each other, as long as no mark touches the next.
    closer = max(_CLOSEST, min(1.0, (top - page.layout.legend.bottom) / (sum(steps) or 1)))
    for one, own, step in zip(entries, owns, steps, strict=True):
        swatch(page, one, left, top - max(_LINE / 2, _radius(one)))
        page.write(
            start, top - 0.038 - max(0.0, _radius(one) - _LINE / 2), one.text, _ENTRY, own, lines=2
        )
        if one.key in bars:
            _bar(page, one, bars, most, replace(beside, bottom=top - _LINE))
        top -= step * closer
    return top


def _step(entry: LegendEntry, lines: Sequence[str]) -> float:
    return max(2 * _radius(entry) + 0.03, _LINE if len(lines) == 1 else _LINE + 0.15)


def _beside(names: Sequence[str], start: float, room: float, size: float) -> Box:
    """The room for bars beside entries of some names, which get half of the width at the most."""
    named = min(max((wide(clean(one), size) for one in names), default=0.0), room / 2) + 0.15
    return Box(start + named, 0.0, room - named, _LINE)


def _bar(page: Page, entry: LegendEntry, bars: Mapping[str, Value], most: float, box: Box) -> None:
    """A bar with its number behind it: in the entry's colour, or the stripes of a suppressed number; else the text alone.

    The longest stands for ``most``.
    """
    value, size = bars[entry.key], _ENTRY * page.layout.scale
    known = [one for one in bars.values() if one.number is not None]
    longest = box.width - 0.08 - max((wide(one.text, size) for one in known), default=0.0)
    length = max(longest, 0.1) * abs(value.number or 0) / most
    if value.status == SUPPRESSED:
        length = _SWATCH[0]
    if length:
        looks, hatch = page.looks, HATCHES.get(value.status)
        page.axes.add_artist(Rectangle(
            (box.left, box.bottom + 0.05), length, _LINE - 0.1, linewidth=0.6, hatch=hatch,
            facecolor=looks.ground if hatch else entry.colour, edgecolor=looks.hatch if hatch else looks.outline,
        ))  # fmt: skip
    page.write(box.left + length + (0.08 if length else 0), box.bottom + _LINE - 0.038, value.text, _ENTRY, box.width, lines=1)  # fmt: skip


def _radius(entry: LegendEntry) -> float:
    """Inches of an entry's point."""
    is_sized = entry.mark == "point" and entry.size
    return entry.size * _POINTS_PER_PIXEL / 72 if is_sized else _POINT


def swatch(page: Page, entry: LegendEntry, left: float, middle: float) -> None:
    """Draw a legend's look."""
    axes, looks = page.axes, page.looks
    wide, tall = _SWATCH
    if entry.mark == "line":
        colour = line_colour(entry, page)
        axes.add_line(Line2D([left, left + wide], [middle, middle], color=colour, linewidth=(entry.size or _USUAL_LINE) * _POINTS_PER_PIXEL,
                             linestyle=(0, (1.5, 1.5)) if entry.hatch else "solid"))  # fmt: skip
        return
    face = looks.ground if entry.hatch else entry.colour
    hatch = HATCHES.get(entry.hatch)
    if entry.mark == "fill":
        axes.add_artist(Rectangle((left, middle - tall / 2), wide, tall, facecolor=face, hatch=hatch,
                                 edgecolor=looks.hatch if hatch else looks.outline, linewidth=0.6))  # fmt: skip
        return
    if entry.mark in MARKERS:
        axes.plot([left + wide / 2], [middle], marker=MARKERS[entry.mark], color=entry.colour,
                  markersize=_MARK_SIZES[entry.mark], markeredgecolor=looks.outline, markeredgewidth=0.6)  # fmt: skip
    else:
        axes.add_artist(Circle((left + wide / 2, middle), _radius(entry), facecolor=face, hatch=hatch,
                              edgecolor=looks.outline, linewidth=0.6))  # fmt: skip
    if entry.letter:
        write_on(axes, left + wide / 2, middle, entry.letter, fontsize=7.5, fontweight="bold", ha="center",
                  va="center_baseline", color=looks.ink if hatch else ink_on(entry.colour), parse_math=False)  # fmt: skip


def line_colour(entry: LegendEntry, page: Page) -> str:
    """Colour of a line: outlines and the chosen area follow the theme."""
    own = {"outline": page.looks.outline, "chosen": page.looks.chosen}
    return own.get(entry.key, entry.colour)
