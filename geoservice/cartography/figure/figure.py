"""The figure that page, picture, table and data are written from."""

from dataclasses import dataclass, field

from geoservice.cartography.definition.definition import Definition
from geoservice.cartography.figure.cells import Column, Row, Value
from geoservice.cartography.figure.choice import Choice, Options
from geoservice.cartography.figure.frames import Frame, LegendEntry
from geoservice.cartography.figure.layers import Layer


@dataclass(frozen=True, eq=False)
class Drawing:
    """A figure ready to be written in any format.

    Attributes
    ----------
    title, subtitle
        The question; region, year and grades.
    frames
        At least one; the first is shown first and drawn in pictures.
    legend
        Entries of the layers without frames.
    rows
        The district's row is the last, where there is one.
    facts
        Labels and texts of the lines under a figure: district value, schools, students, coverage,
        sources, count date, method, version, profile, counts.
    method
        How the figure is made.
    counts
        Note on the counts of students; empty if the figure has none.
    alternative
        The figure in words, with its numbers.
    bounds
        First extent: west, south, east, north in degrees.
    bars
        A small bar chart beside the map: labels and values.
    bars_most
        The number that the longest bar stands for where another year's bars are on the same scale;
        else the largest of ``bars`` is.
    students
        Name of the data set of students, if the reader chose a data set.
    names_note
        Words that names on the map leave out; empty if names are complete.
    ranked
        Ids of points from the largest value to the smallest, for a list of both ends.
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
    names_note: str = ""
    ranked: tuple[str, ...] = ()

    @property
    def longest_bar(self) -> float:
        """The number that the longest bar stands for, never 0."""
        lengths = (abs(value.number) for _, value in self.bars if value.number is not None)
        return max(self.bars_most, *lengths, 0.0) or 1.0

    @property
    def frame(self) -> Frame:
        """The frame shown first."""
        return self.frames[0]
