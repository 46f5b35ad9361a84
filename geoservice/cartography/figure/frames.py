"""The frames of a figure: contents of layers and legend for each view and year."""

from dataclasses import dataclass

from geoservice.cartography.figure.cells import BOUNDS
from geoservice.cartography.figure.ranking import Ranking


@dataclass(frozen=True)
class LegendEntry:
    """A color, hatch or mark, and its meaning.

    Attributes
    ----------
    key
        Key by which features name the entry.
    colour
        Fill or line color as CSS hex; eight digits include the opacity.
    text
        With units; empty for looks that the legend does not list.
    mark
        ``fill``, ``line``, ``point``, ``square``, ``diamond`` or ``star``.
    hatch
        Empty, or the pattern of a non-value: ``zero``, ``no_data``, ``suppressed``,
        ``not_applicable``; of a bound, ``at_least`` or ``at_most``, over the color; ``moved``, of
        blocks that change their school.
    letter
        Printed inside of points, so that no class is told by colour alone.
    size
        Width of a line or radius of a point in pixels; 0 for the default.
    district
        The district's value as a text, where it lies in this class; else empty.
    """

    key: str
    colour: str
    text: str
    mark: str = "fill"
    hatch: str = ""
    letter: str = ""
    size: float = 0.0
    district: str = ""

    @property
    def is_quiet(self) -> bool:
        """True for non-values, which are drawn on the color of the ground."""
        return bool(self.hatch) and self.hatch not in BOUNDS


@dataclass(frozen=True)
class Frame:
    """A view in a school year: what all layers with frames show together.

    Attributes
    ----------
    id
        Key of the states of features.
    view, year
        Title of the view, and the school year where years differ between frames.
    legend_title
        With the unit.
    district
        The district's value as a sentence.
    finding
        Main result of this frame in a sentence; empty if no number is published.
    says
        Sentences of the alternative text for this frame only.
    alternative
        The figure in words while this frame is shown.
    ranking
        Bars beside a choropleth map.
    """

    id: str
    view: str
    year: str
    legend_title: str
    legend: tuple[LegendEntry, ...]
    district: str
    finding: str = ""
    says: tuple[str, ...] = ()
    alternative: str = ""
    ranking: Ranking | None = None
