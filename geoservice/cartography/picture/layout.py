"""Positions of the parts of a picture for each size, in inches from the lower left corner."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.figure.layers import POINTS
from geoservice.cartography.picture.page_sizes import PageSize, page_size

_CHARACTER, _MOST_FACT_LINES = 0.56, 5
"""Usual width of a character in ems, and the most lines of a fact in the footer."""
GAP = 0.22
"""Inches between map and legend."""
_NAMES_GAP = 0.15
"""Inches beside a list of names."""
_COVERED, _LEAST_MARKS = 0.05, 0.6
"""Marks cover at most such a share of the map, and are never smaller than such a share."""
INCHES_PER_PIXEL = 0.75 / 72


@dataclass(frozen=True)
class Looks:
    """Colours of a theme."""

    ground: str
    ink: str
    soft: str
    map: str
    outline: str
    street: str
    hatch: str
    quiet: str = "#ffffff"
    chosen: str = "#d4006a"


THEMES = {
    "light": Looks("#ffffff", "#16202a", "#51606e", "#eef1f3", "#3c4650", "#aab4bd", "#93a0ac"),
    "dark": Looks(
        *("#12181e", "#e8edf2", "#b3c0cc", "#202a33", "#c4cfd9", "#5d6b78", "#74828f"),
        quiet="#2b3640",
    ),
    "print": Looks(
        *("#ffffff", "#000000", "#333333", "#ffffff", "#000000", "#bbbbbb", "#777777"),
        chosen="#000000",
    ),
}


@dataclass(frozen=True)
class Box:
    """A rectangle in inches."""

    left: float
    bottom: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right side."""
        return self.left + self.width

    @property
    def top(self) -> float:
        """Its upper side."""
        return self.bottom + self.height

    def lowered(self, top: float) -> "Box":
        """Return the rectangle with another upper side."""
        return replace(self, height=top - self.bottom)


@dataclass(frozen=True)
class Layout:
    """The parts of a picture of a given size, and its type sizes.

    Attributes
    ----------
    heading
        Of no height where the size has no title block.
    scale
        Multiplies the type of title and legend.
    tightness
        Multiplies the height of the legend's lines.
    legend_columns
        2 where the legend stands below the map, or is too long for one column, else 1.
    has_legend
        False where the map stands alone, without labels.
    is_legend_beside
        False where the legend stands below the map.
    names, names_points
        The columns of the list of names, and the size of its type.
    spacing
        Multiplies the distance at which marks of one site stand side by side.
    least_points
        No type but the footer is smaller; 0 where crowded parts may have smaller type.
    panel
        The room beside the map for ranked units and other bars, where the page has one.
    """

    width: float
    height: float
    heading: Box
    map: Box
    legend: Box
    footer: Box
    looks: Looks
    scale: float = 1.0
    legend_columns: int = 1
    label_points: float = 9.5
    footer_points: float = 8.0
    marks: float = 1.0
    names: tuple[Box, ...] = ()
    names_points: float = 0.0
    spacing: float = 1.0
    tightness: float = 1.0
    least_points: float = 0.0
    has_legend: bool = True
    is_legend_beside: bool = True
    panel: Box | None = None

    def sized(self, points: float) -> float:
        """Return a size of type, multiplied by the scale, which the least type bounds."""
        return max(points * self.scale, self.least_points)

    def with_wide_legend(self) -> "Layout":
        """Return the layout whose legend beside the map has two columns."""
        extra = self.legend.width + 0.3
        legend = replace(
            self.legend, left=self.legend.left - extra, width=self.legend.width + extra
        )
        smaller = replace(self.map, width=self.map.width - extra)
        return replace(self, legend=legend, map=smaller, legend_columns=2)

    def without_panel(self) -> "Layout":
        """Return the layout; its map takes the room of the panel."""
        if self.panel is None:
            return self
        wider = replace(self.map, width=self.panel.right - self.map.left)
        return replace(self, map=wider, panel=None)

    def below(self, top: float) -> "Layout":
        """Return the layout whose map and legend beside it reach no higher than so many inches."""
        legend = self.legend.lowered(top) if self.is_legend_beside else self.legend
        return replace(self, map=self.map.lowered(top), legend=legend)


def columns_of(count: int, box: Box, bounds: tuple[float, float, float, float]) -> int:
    """Return the number of columns at which maps of the same bounds (degrees) are largest."""
    west, south, east, north = bounds
    tall = (north - south) / ((east - west) * math.cos(math.radians((south + north) / 2)))

    def scale(across: int) -> float:
        return min(box.width / across, box.height / math.ceil(count / across) / tall)

    return max(range(1, count + 1), key=lambda across: (scale(across), -across))


def layout_of(drawing: Drawing, size: str) -> Layout:
    """Return the layout of a size; a slide without a name.

    Raises
    ------
    InputError
        If there is no such size.
    """
    page = page_size(size)
    edge = 0.4 if page.has_heading else 0.06
    inner = page.width - 2 * edge
    heading = Box(edge, page.height - edge - 0.68, inner, 0.75)
    if not page.has_heading:
        heading = Box(edge, page.height - edge, inner, 0.0)
    footer = Box(edge, edge / 2, inner, _footer_height(drawing, page, inner))
    middle = Box(edge, footer.top + 0.12, inner, heading.bottom - footer.top - 0.12)
    map_box, legend, columns = _map_and_legend(page, middle, drawing.bounds)
    return Layout(
        page.width,
        page.height,
        heading,
        map_box,
        legend,
        footer,
        THEMES[drawing.choice.theme],
        page.scale,
        columns,
        page.label_points,
        page.footer_points,
        page.marks * _thinned(drawing, page, map_box),
        least_points=page.least_points,
        has_legend=page.has_legend,
        is_legend_beside=columns == 1,
    )


def _thinned(drawing: Drawing, page: PageSize, box: Box) -> float:
    """Return the factor of the size of marks, which leaves room for names between many marks."""
    sizes = [
        feature.size * INCHES_PER_PIXEL * page.marks
        for layer in drawing.layers
        if layer.kind == POINTS and layer.is_on
        for feature in layer.features
    ]
    west, south, east, north = drawing.bounds
    degree = shown_scale(box, drawing.bounds)
    tall = (north - south) * degree
    across = (east - west) * math.cos(math.radians((south + north) / 2)) * degree
    covered = sum(math.pi * radius**2 for radius in sizes)
    return max(_LEAST_MARKS, min(1.0, math.sqrt(_COVERED * across * tall / (covered or 1.0))))


def _footer_height(drawing: Drawing, page: PageSize, width: float) -> float:
    """Return the height of the facts, by the usual width of a character.

    Source and date share a line, as version and release profile do.
    """
    if not page.has_footer:
        return 0.0
    characters = width * 72 / (page.footer_points * _CHARACTER)
    lengths = [len(label) + len(text) + 2 for label, text in drawing.facts[4:]]
    if page.has_heading:
        lines = [lengths[0] + lengths[1], *lengths[2:3], lengths[3] + lengths[4], *lengths[5:]]
    else:
        lines = [lengths[0] + lengths[1], lengths[4]]
    count = 1 + sum(min(_MOST_FACT_LINES, math.ceil(length / characters)) for length in lines)
    return count * page.footer_points * 1.32 / 72 + 0.08


def _map_and_legend(
    page: PageSize, middle: Box, bounds: tuple[float, float, float, float]
) -> tuple[Box, Box, int]:
    """Return the boxes of map and legend, and the columns of the legend.

    An upright page has its legend below the map, and a square where that lets the map be larger.
    """
    if not page.has_legend:
        return middle, replace(middle, left=middle.right, width=0.0), 1
    gap, side, tall = GAP, 2.2 * page.scale, 2.9 * page.scale
    if not page.has_heading:
        gap, side = 0.1, 1.95
    if page.height == page.width:
        tall = 2.3 * page.scale
    beside = Box(middle.left, middle.bottom, middle.width - side - gap, middle.height)
    below = Box(middle.left, middle.bottom + tall + gap, middle.width, middle.height - tall - gap)
    is_upright = page.height > page.width
    is_square = page.height == page.width
    if is_upright or (is_square and shown_scale(below, bounds) >= shown_scale(beside, bounds)):
        return below, Box(middle.left, middle.bottom, middle.width, tall), 2
    return beside, Box(beside.right + gap, middle.bottom, side, middle.height), 1


def shown_scale(box: Box, bounds: tuple[float, float, float, float]) -> float:
    """Return the inches per degree of longitude at which bounds fill a box."""
    west, south, east, north = bounds
    across = (east - west) * math.cos(math.radians((south + north) / 2))
    return min(box.width / across, box.height / (north - south))


def with_names(
    layout: Layout,
    table: tuple[int, float, float],
    spare: Sequence[Box],
    bounds: tuple[float, float, float, float],
    least_share: float,
) -> Layout | None:
    """Return a layout with space for a list of names, beside or below the map.

    None if the map would become too small.

    Parameters
    ----------
    table
        How many lines the list has, the width of a column and the height of a line in inches.
    spare
        What the legend leaves of its columns.
    bounds
        What the map shows, in degrees.
    least_share
        The least share of its scale that the map keeps.
    """
    lines, width, height = table
    below_legend = [column for room in spare for column in _columns(room, width, height)]
    lines -= sum(int(column.height / height + 0.01) for column in below_legend)
    box = layout.map
    if layout.is_legend_beside:
        count = math.ceil(max(lines, 0) / max(1, int(box.height / height)))
        room = count * width + (_NAMES_GAP if count else 0.0)
        smaller = replace(box, width=box.width - room)
        names = Box(smaller.right + _NAMES_GAP, box.bottom, count * width, box.height)
    else:
        room = math.ceil(max(lines, 0) / max(1, int(box.width / width))) * height
        gap = _NAMES_GAP if room else 0.0
        smaller = Box(box.left, box.bottom + room + gap, box.width, box.height - room - gap)
        names = Box(box.left, box.bottom, box.width, room)
    if min(smaller.width, smaller.height) <= 0:
        return None
    if shown_scale(smaller, bounds) < least_share * shown_scale(box, bounds):
        return None
    columns = _columns(names, width, height)
    return replace(layout, map=smaller, names=(*columns, *below_legend))


def _columns(box: Box, width: float, height: float) -> tuple[Box, ...]:
    """Return the columns of a list that a box has room for."""
    if box.height < height:
        return ()
    count = int(box.width / width + 0.01)
    return tuple(
        Box(box.left + index * width, box.bottom, width, box.height) for index in range(count)
    )
