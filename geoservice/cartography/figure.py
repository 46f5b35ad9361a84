"""The one figure from which page, picture, table and data are made.

Every number is a `Value`: rounded to what is printed, with the text that prints it. Forms never
format numbers themselves, so the four forms agree by construction, and a suppressed number is in none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray

from geoservice.cartography.definition import Definition

SHOWN, AT_MOST, AT_LEAST = "shown", "at_most", "at_least"
NO_DATA, SUPPRESSED, NOT_APPLICABLE = "no_data", "suppressed", "not_applicable"
ZERO = "zero"
"""Key of the legend entry of a true zero; its value's status is ``shown``."""
POLYGONS, POINTS, LINES, STREETS, TILES = "polygons", "points", "lines", "streets", "tiles"
ONLY = ""
"""The frame of layers and figures that have just one."""
DISTRICT = "district"
"""Id of the row that holds the whole district."""


@dataclass(frozen=True)
class Choice:
    """What the reader chose: ids, empty for the default.

    Attributes
    ----------
    areas, area
        A set of areas (or of zones), and one area of it to look at.
    band, year
        A grade band of the region or ``all``, and a school year.
    lang, theme
        ``en`` or ``es``; ``light``, ``dark`` or ``print``.
    zone, school
        For figures about one zone or one school.
    view
        Which of the figure's views comes first, and is drawn in pictures.
    beside
        Another school year that the figure is compared with: measures have one set of classes for both.
    """

    areas: str = ""
    area: str = ""
    band: str = ""
    year: str = ""
    lang: str = "en"
    theme: str = "light"
    zone: str = ""
    school: str = ""
    view: str = ""
    beside: str = ""


@dataclass(frozen=True)
class Value:
    """One number as every form shows it.

    Attributes
    ----------
    status
        ``shown``, ``at_most``, ``at_least`` (the number is a bound), ``no_data``, ``suppressed``,
        ``not_applicable``.
    number
        Rounded to what is printed; None where there is nothing to show.
    text
        What is printed.
    key
        Class of a cell that is coloured as its legend says; else empty.
    """

    status: str
    number: float | None
    text: str
    key: str = ""


@dataclass(frozen=True)
class Column:
    """A column of table and data: its name in files, its heading, its unit (empty for texts)."""

    id: str
    title: str
    unit: str = ""


@dataclass(frozen=True)
class Row:
    """A line of table and data: a cell per column. ``id`` is the unit's, or `DISTRICT`."""

    id: str
    cells: tuple[Value | str, ...]


@dataclass(frozen=True)
class State:
    """How a feature looks in one frame.

    Attributes
    ----------
    key
        Of its legend entry.
    label
        That is printed on it.
    card
        Lines of its card, or what makes them: only layers' bytes hold cards, and a page waits for none.
    """

    key: str
    label: str = ""
    card: tuple[str, ...] | Callable[[], tuple[str, ...]] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """Lines of its card."""
        return self.card() if callable(self.card) else self.card

    def __reduce__(self) -> tuple[type["State"], tuple[str, str, tuple[str, ...]]]:
        """To another process go the lines, not the way to make them."""
        return State, (self.key, self.label, self.lines)


@dataclass(frozen=True)
class Feature:
    """A thing on the map; its shape stands in `Layer.shapes` at the same place.

    Attributes
    ----------
    states
        By frame; layers without frames have the one of `ONLY`.
    size
        Radius of points, width of lines, in pixels.
    is_dashed
        True of points whose size says nothing, because it is not known.
    """

    id: str
    name: str
    states: Mapping[str, State]
    size: float = 0.0
    is_dashed: bool = False


class Shapes:
    """Geometries that are made when they are first asked for: a page needs none."""

    def __init__(self, load: Callable[[], NDArray[np.object_]]) -> None:
        self._load = load

    def __reduce__(self) -> tuple[Callable[[bytes], "Shapes"], tuple[bytes]]:
        """To another process goes what was loaded, not the way to load it."""
        return _loaded, (shapely.to_wkb(shapely.geometrycollections(self.array)),)

    @cached_property
    def array(self) -> NDArray[np.object_]:
        """One per feature (of streets one per line): WGS 84, longitude first, simplified for display."""
        return self._load()


@lru_cache(maxsize=64)
def _loaded(packed: bytes) -> Shapes:
    """The shapes that another process sent: the same ones again where they come again."""
    array = np.asarray(shapely.get_parts(shapely.from_wkb(packed)), dtype=object)
    return Shapes(lambda: array)


NO_SHAPES = Shapes(lambda: np.array([], dtype=object))


@dataclass(frozen=True)
class Layer:
    """Features of one kind, drawn and switched together.

    Attributes
    ----------
    kind
        ``polygons``, ``points``, ``lines``, ``streets`` (context without cards), ``tiles``.
    has_frames
        True where states follow the chosen frame.
    is_on
        False where the reader has to switch it on.
    url
        Of tiles only.
    most_seats
        Of points sized by seats: the seats of the largest; 0 where sizes tell something else, or nothing.
    """

    id: str
    title: str
    kind: str
    features: tuple[Feature, ...] = ()
    shapes: Shapes = NO_SHAPES
    has_frames: bool = False
    is_on: bool = True
    url: str = ""
    most_seats: float = 0.0


@dataclass(frozen=True)
class LegendEntry:
    """A look and what it means.

    Attributes
    ----------
    key
        That features name.
    colour
        CSS hex of the fill or line; with an alpha (eight digits) the map shines through.
    text
        With units.
    mark
        ``fill``, ``line``, ``point``, ``square``, ``diamond`` or ``star``.
    hatch
        Empty, or the pattern of a non-value: ``zero``, ``no_data``, ``suppressed``, ``not_applicable``.
    letter
        Printed inside of points, so that no class is told by colour alone.
    size
        Of a line its width, of a point its radius, in pixels; 0 is the usual one.
    """

    key: str
    colour: str
    text: str
    mark: str = "fill"
    hatch: str = ""
    letter: str = ""
    size: float = 0.0


@dataclass(frozen=True)
class Frame:
    """One view in one year: what the layers with frames show together.

    Attributes
    ----------
    id
        That states are keyed by.
    view, year
        Title of the view, and the school year where years differ between frames.
    legend_title
        With the unit.
    district
        The district's value as a sentence.
    """

    id: str
    view: str
    year: str
    legend_title: str
    legend: tuple[LegendEntry, ...]
    district: str


@dataclass(frozen=True)
class Options:
    """What may be chosen here, as ids and names; empty where a choice does not apply.

    ``boxes`` are west, south, east, north of each area.
    """

    areas: tuple[tuple[str, str], ...] = ()
    area: tuple[tuple[str, str], ...] = ()
    band: tuple[tuple[str, str], ...] = ()
    year: tuple[tuple[str, str], ...] = ()
    zone: tuple[tuple[str, str], ...] = ()
    school: tuple[tuple[str, str], ...] = ()
    boxes: tuple[tuple[str, tuple[float, float, float, float]], ...] = ()


@dataclass(frozen=True, eq=False)
class Drawing:
    """A figure ready to be shown in any form.

    Attributes
    ----------
    title, subtitle
        The question; region, year and grades.
    frames
        At least one; the first is shown first and drawn in pictures.
    legend
        Of the layers without frames.
    rows
        The district's row is the last, where there is one.
    facts
        Label and text of all that stands under a figure: district value, schools, students,
        coverage, sources, count date, method, version, profile, counts.
    method
        How the figure is made.
    counts
        What a reader must know of its counts of students; empty where it has none.
    alternative
        The figure in words, with its numbers.
    bounds
        West, south, east, north in degrees of what to show first.
    bars
        A small bar chart beside the map: labels and values.
    bars_most
        The number that the longest bar stands for where another year's bars are on the same scale; else the largest of ``bars`` is.
    students
        Name of the data set of students, where one was named.
    """

    definition: Definition
    choice: Choice
    region: str
    region_name: str
    snapshot: str
    metric_crs: str
    profile: str
    min_n: int
    title: str
    subtitle: str
    layers: tuple[Layer, ...]
    frames: tuple[Frame, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    facts: tuple[tuple[str, str], ...]
    alternative: str
    bounds: tuple[float, float, float, float]
    legend: tuple[LegendEntry, ...] = ()
    legend_title: str = ""
    notes: tuple[str, ...] = ()
    bars_title: str = ""
    bars: tuple[tuple[str, Value], ...] = ()
    bars_most: float = 0.0
    options: Options = field(default_factory=Options)
    students: str = ""
    method: str = ""
    counts: str = ""

    @property
    def longest_bar(self) -> float:
        """The number that the longest bar stands for, never 0."""
        known = (abs(one.number) for _, one in self.bars if one.number is not None)
        return max(self.bars_most, *known, 0.0) or 1.0

    @property
    def frame(self) -> Frame:
        """The frame shown first."""
        return self.frames[0]
