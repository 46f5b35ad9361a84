"""The plan of a legend: its texts, swatches and bars with their places, before anything is drawn.

A plan is arithmetic on kept widths of texts. A legend is planned several times, until it fits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from geoservice.cartography.figure.cells import SUPPRESSED, Value
from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.figure.frames import LegendEntry
from geoservice.cartography.figure.legends import SEATS
from geoservice.cartography.picture.heading import has_note_in_footer
from geoservice.cartography.picture.layout import Box, Layout
from geoservice.cartography.picture.shown_frames import frames_of_picture
from geoservice.cartography.picture.swatches import SWATCH, swatch_radius
from geoservice.cartography.picture.text import TextPlace, clean, line_height, wide, wrapped
from geoservice.cartography.texts import texts_of

LINE, _ENTRY, _CLOSEST = 0.205, 8.8, 0.86
_TITLE, _DISTRICT = 9.5, 10.0
_ENTRY_LINES, _NEXT_LINE = 3, 0.15
_MOST_LINES = 8
_NO_BARS: Mapping[str, Value] = MappingProxyType({})


@dataclass(frozen=True)
class PlacedText:
    """A text of a legend with the size of its type in points."""

    text: str
    place: TextPlace
    points: float
    lines: int
    bold: bool = False
    soft: bool = False


@dataclass(frozen=True)
class PlacedSwatch:
    """The swatch of an entry: its left side and its middle."""

    entry: LegendEntry
    left: float
    middle: float


@dataclass(frozen=True)
class PlacedBar:
    """A bar beside an entry."""

    entry: LegendEntry
    box: Box
    is_suppressed: bool


@dataclass(frozen=True)
class LegendPlan:
    """What a legend draws.

    Attributes
    ----------
    layout
        The layout that it is planned for.
    lowest
        The lowest place in inches at which a text ends.
    rooms
        What the legend leaves of each column of its box.
    """

    layout: Layout
    texts: tuple[PlacedText, ...]
    swatches: tuple[PlacedSwatch, ...]
    bars: tuple[PlacedBar, ...]
    lowest: float
    rooms: tuple[Box, ...]

    @property
    def room(self) -> Box:
        """Return the largest room that the legend leaves."""
        return max(self.rooms, key=lambda room: room.height)

    @property
    def fits(self) -> bool:
        """Return True where no text ends below the legend's box."""
        return self.lowest >= self.layout.legend.bottom


def plan_legend(layout: Layout, drawing: Drawing, unprinted: int = 0) -> LegendPlan:
    """Return the plan of a legend, which also says how many labels had no room."""
    draft = _Draft(layout)
    rooms = draft.write_all(drawing, unprinted)
    parts = tuple(draft.texts), tuple(draft.swatches), tuple(draft.bars)
    return LegendPlan(layout, *parts, draft.lowest, rooms)


def used_entries(drawing: Drawing) -> list[LegendEntry]:
    """Return the entries of layers without frames that occur or have bars."""
    states = [
        (state.key, feature.size)
        for layer in drawing.layers
        for feature in layer.features
        for state in feature.states.values()
    ]
    used = {SEATS, *(value.key.split("-")[0] for _, value in drawing.bars)}
    used |= {key.split("-")[0] for key, _ in states}
    sizes = dict(states)
    return [
        replace(entry, size=sizes.get(entry.key, 0.0)) if entry.mark == "star" else entry
        for entry in drawing.legend
        if entry.text and entry.key.split("-")[0] in used
    ]


class _Draft:
    """The parts that are planned so far."""

    def __init__(self, layout: Layout) -> None:
        self.layout, self.scale = layout, layout.scale
        self.texts: list[PlacedText] = []
        self.swatches: list[PlacedSwatch] = []
        self.bars: list[PlacedBar] = []
        self.lowest = layout.height

    def write_all(self, drawing: Drawing, unprinted: int) -> tuple[Box, ...]:
        """Plan all parts; the answer is the room that is left in each column."""
        box, has_two_columns = self.layout.legend, self.layout.legend_columns == 2
        width = box.width / 2 - 0.15 if has_two_columns else box.width
        frame, top = drawing.frame, box.top
        if has_two_columns:
            top = self._district(drawing, top, unprinted, lines=3) - 0.08
        head = top
        if frame.legend:
            top = self._title(frame.legend_title, TextPlace(box.left, top, width))
            top = self._entries(frame.legend, TextPlace(box.left, top, width))
        if not has_two_columns:
            top = self._district(drawing, top - 0.06, unprinted, lines=_MOST_LINES) - 0.14
        shown = used_entries(drawing)
        is_aside = has_two_columns and bool(frame.legend)
        left, under = (box.left + box.width / 2 + 0.15, head) if is_aside else (box.left, top)
        if shown:
            under = self._of_layers(drawing, shown, TextPlace(left, under, width))
        if has_two_columns and not (is_aside and shown):
            return (Box(box.left + box.width / 2 + 0.15, box.bottom, width, head - box.bottom),)
        own = Box(left, box.bottom, width, under - 0.15 - box.bottom)
        if not (is_aside and self.layout.is_legend_beside):
            return (own,)
        return (Box(box.left, box.bottom, width, top - 0.15 - box.bottom), own)

    def _write(
        self, text: str, place: TextPlace, points: float, lines: int = 1, **looks: bool
    ) -> float:
        """Plan a text; the answer is where the next line begins."""
        size = self.layout.sized(points)
        self.texts.append(PlacedText(text, place, size, lines, **looks))
        is_bold = looks.get("bold", False)
        count = len(wrapped(text, size, place.width, bold=is_bold, max_lines=lines))
        end = place.top - count * line_height(size)
        self.lowest = min(self.lowest, end)
        return end

    def _district(self, drawing: Drawing, top: float, unprinted: int, lines: int) -> float:
        """Write the district's value, and under it how many labels the map has not.

        Of several maps, each has its own value in its heading.
        """
        box, texts = self.layout.legend, texts_of(drawing.choice.lang)
        if len(frames_of_picture(drawing)) == 1:
            place = TextPlace(box.left, top, box.width)
            top = self._write(drawing.frame.district, place, _DISTRICT, lines, bold=True)
        sentences = [texts("picture_unprinted", n=unprinted)] if unprinted else []
        note = "" if has_note_in_footer(drawing, self.layout) else drawing.names_note
        sentence = " ".join([*sentences, note]).strip()
        if not sentence:
            return top
        place = TextPlace(box.left, top - 0.03, box.width)
        return self._write(sentence, place, _ENTRY, _MOST_LINES, soft=True)

    def _title(self, title: str, place: TextPlace) -> float:
        return self._write(title, place, _TITLE, _MOST_LINES, bold=True) - 0.05

    def _of_layers(self, drawing: Drawing, shown: Sequence[LegendEntry], place: TextPlace) -> float:
        """Plan the entries of layers without frames, with the bars that look like them."""
        under = self._title(drawing.legend_title, place)
        bars = {value.key: value for _, value in drawing.bars if value.key}
        if bars:
            title = replace(place, top=under + 0.02)
            under = self._write(drawing.bars_title, title, _ENTRY, _MOST_LINES) - 0.05
        return self._entries(shown, replace(place, top=under), bars, drawing.longest_bar)

    def _entries(
        self,
        entries: Sequence[LegendEntry],
        place: TextPlace,
        bars: Mapping[str, Value] = _NO_BARS,
        longest_bar: float = 1.0,
    ) -> float:
        size, line, top = self.layout.sized(_ENTRY), LINE * self.scale, place.top
        start = place.left + SWATCH[0] * self.scale + 0.1
        room = place.left + place.width - start
        bar_box = _beside([entry.text for entry in entries if entry.key in bars], start, room, size)
        owns = [bar_box.left - start - 0.1 if entry.key in bars else room for entry in entries]
        steps = [
            self._step(entry, len(wrapped(_text(entry), size, width, max_lines=_ENTRY_LINES)))
            for entry, width in zip(entries, owns, strict=True)
        ]
        # Many entries stand closer to each other, as long as no mark touches the next.
        closer = max(_CLOSEST, min(1.0, (top - self.layout.legend.bottom) / (sum(steps) or 1)))
        for entry, width, step in zip(entries, owns, steps, strict=True):
            radius = swatch_radius(self.layout, entry)
            self.swatches.append(PlacedSwatch(entry, place.left, top - max(line / 2, radius)))
            text_top = top - 0.038 * self.scale - max(0.0, radius - line / 2)
            self._write(_text(entry), TextPlace(start, text_top, width), _ENTRY, _ENTRY_LINES)
            if entry.key in bars:
                self._bar(entry, bars, longest_bar, replace(bar_box, bottom=top - line))
            top -= step * closer
        return top

    def _step(self, entry: LegendEntry, lines: int) -> float:
        tightness = self.layout.tightness
        tall = (LINE + _NEXT_LINE * (lines - 1)) * self.scale
        tall *= tightness if lines == 1 else (1 + tightness) / 2
        least = lines * line_height(self.layout.least_points)
        return max(2 * swatch_radius(self.layout, entry) + 0.03, tall, least)

    def _bar(
        self, entry: LegendEntry, bars: Mapping[str, Value], longest_bar: float, box: Box
    ) -> None:
        """Plan a bar with its number behind it.

        A suppressed number gets stripes; no number gets the text alone.
        """
        value, size = bars[entry.key], self.layout.sized(_ENTRY)
        numbers = [bar.text for bar in bars.values() if bar.number is not None]
        longest = box.width - 0.08 - max((wide(text, size) for text in numbers), default=0.0)
        length = max(longest, 0.1) * abs(value.number or 0) / longest_bar
        is_suppressed = value.status == SUPPRESSED
        if is_suppressed:
            length = max(0.0, min(SWATCH[0], box.width - 0.08 - wide(clean(value.text), size)))
        if length:
            bottom, height = box.bottom + 0.05 * self.scale, (LINE - 0.1) * self.scale
            own = Box(box.left, bottom, length, height)
            self.bars.append(PlacedBar(entry, own, is_suppressed))
        start = box.left + length + (0.08 if length else 0)
        place = TextPlace(start, box.bottom + (LINE - 0.038) * self.scale, box.width)
        self._write(value.text, place, _ENTRY)


def _text(entry: LegendEntry) -> str:
    """Return the text of an entry, with the district's value where it lies in this class."""
    return f"{entry.text}  \u25c2 {entry.district}" if entry.district else entry.text


def _beside(names: Sequence[str], start: float, room: float, size: float) -> Box:
    """The room for bars beside entries of some names, which get half of the width at the most."""
    named = min(max((wide(clean(name), size) for name in names), default=0.0), room / 2) + 0.15
    return Box(start + named, 0.0, room - named, LINE)
