"""Fills of shapes, marks and swatches in pictures: a color, a pattern and the pattern's color."""

from dataclasses import dataclass

from geoservice.cartography.figure.frames import LegendEntry
from geoservice.cartography.picture.layout import Looks
from geoservice.cartography.picture.text import ink_on

HATCHES = {
    "suppressed": "///",
    "no_data": "..",
    "not_applicable": "xx",
    "zero": "--",
    "moved": "---",
    "at_least": "//",
    "at_most": "\\\\",
}
"""matplotlib's patterns. Few lines: values without a number are not louder than numbers."""


@dataclass(frozen=True)
class Fill:
    """A fill: its color, its pattern (None for none), and the colors of pattern and text on it."""

    face: str
    hatch: str | None
    line: str
    ink: str


def fill_of(entry: LegendEntry, looks: Looks) -> Fill:
    """Return the fill of a legend's entry in a theme."""
    hatch = HATCHES.get(entry.hatch)
    if hatch is None:
        return Fill(entry.colour, None, looks.outline, ink_on(entry.colour))
    if entry.is_quiet:
        strong = entry.hatch == "moved"
        return Fill(looks.quiet, hatch, looks.outline if strong else looks.hatch, looks.ink)
    ink = ink_on(entry.colour)
    return Fill(entry.colour, hatch, _BOUND_LINES[ink], ink)


_BOUND_LINES = {"#000000": "#6b7680", "#ffffff": "#b9c4ce"}
"""Color of the lines over a bound's class, by the ink that is readable on the class."""
