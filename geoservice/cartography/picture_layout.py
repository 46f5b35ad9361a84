"""Where the parts of a picture stand: in inches from the lower left corner, by size."""

import math
from dataclasses import dataclass

from geoservice.cartography.figure import Drawing
from geoservice.errors import InputError

SIZES = {"slide": (13.333, 7.5), "portrait": (8.5, 11.0), "landscape": (11.0, 8.5)}


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
    chosen: str = "#d4006a"


THEMES = {
    "light": Looks("#ffffff", "#16202a", "#51606e", "#eef1f3", "#3c4650", "#aab4bd", "#57636e"),
    "dark": Looks("#12181e", "#e8edf2", "#b3c0cc", "#202a33", "#c4cfd9", "#5d6b78", "#8d9aa6"),
    "print": Looks("#ffffff", "#000000", "#333333", "#ffffff", "#000000", "#bbbbbb", "#444444", "#000000"),
}  # fmt: skip


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


@dataclass(frozen=True)
class Layout:
    """The parts of one size. ``scale`` grows the type; ``legend_columns`` is 2 below the map."""

    width: float
    height: float
    heading: Box
    map: Box
    legend: Box
    footer: Box
    looks: Looks
    scale: float = 1.0
    legend_columns: int = 1


def columns_of(count: int, box: Box, bounds: tuple[float, float, float, float]) -> int:
    """How many of some maps of the same bounds (degrees) stand side by side, so that their scale is largest."""
    west, south, east, north = bounds
    tall = (north - south) / ((east - west) * math.cos(math.radians((south + north) / 2)))

    def scale(across: int) -> float:
        return min(box.width / across, box.height / math.ceil(count / across) / tall)

    return max(range(1, count + 1), key=lambda across: (scale(across), -across))


def layout_of(drawing: Drawing, size: str) -> Layout:
    """The layout of a size; a slide where none is named.

    Raises
    ------
    InputError
        Where there is no such size.
    """
    if size and size not in SIZES:
        raise InputError(f"`size` must be one of {', '.join(SIZES)}.")
    width, height = SIZES[size or "slide"]
    looks, edge = THEMES[drawing.choice.theme], 0.4
    inner = width - 2 * edge
    heading = Box(edge, height - edge - 0.68, inner, 0.75)
    footer = Box(edge, 0.22, inner, 0.86 if size != "portrait" else 1.0)
    low, high = footer.top + 0.15, heading.bottom
    if size == "portrait":
        legend = Box(edge, low, inner, 3.05)
        whole = Box(edge, legend.top + 0.15, inner, high - legend.top - 0.15)
        return Layout(width, height, heading, whole, legend, footer, looks, 0.95, 2)
    side = 3.1 if size != "landscape" else 2.8
    legend = Box(width - edge - side, low, side, high - low)
    whole = Box(edge, low, inner - side - 0.25, high - low)
    return Layout(
        width, height, heading, whole, legend, footer, looks, 1.0 if size != "landscape" else 0.92
    )
