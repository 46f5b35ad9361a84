"""Text in pictures: measuring, wrapping, removal of characters without a glyph."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.textpath import text_to_path

from geoservice.cartography.picture.layout import Box, Layout
from geoservice.cartography.picture.type import write_on

_POINTS = 72.0
_LEADING = 1.32
_DRAWN = 1.025
"""Text is drawn by so much wider than the sum of its characters, at the most.

Hinting is off, which would add more.
"""
_NO_CHARACTER = ("Cc", "Cf", "Cs", "Co", "Cn")


@dataclass(frozen=True)
class TextPlace:
    """The upper left corner of a text and its largest width, in inches."""

    left: float
    top: float
    width: float


@dataclass(frozen=True)
class TextStyle:
    """How a text looks.

    Attributes
    ----------
    points
        Size of the type, which the scale of the layout multiplies.
    lines
        The most lines that the text may take; the rest is cut.
    """

    points: float
    bold: bool = False
    soft: bool = False
    lines: int = 99


class PicturePage:
    """A figure whose coordinates are inches, with the layout of its parts."""

    def __init__(self, figure: Figure, layout: Layout) -> None:
        self.figure, self.layout, self.looks = figure, layout, layout.looks
        self.axes: Axes = figure.add_axes((0, 0, 1, 1))
        self.axes.set_axis_off()
        self.axes.set_xlim(0, layout.width)
        self.axes.set_ylim(0, layout.height)

    def part(self, box: Box) -> Axes:
        """New axes that fill a box."""
        across, up = self.layout.width, self.layout.height
        return self.figure.add_axes(
            (box.left / across, box.bottom / up, box.width / across, box.height / up)
        )

    def write(self, text: str, place: TextPlace, style: TextStyle) -> float:
        """Write a text; the answer is where the next line begins."""
        size, top = style.points * self.layout.scale, place.top
        for line in wrapped(text, size, place.width, bold=style.bold, max_lines=style.lines):
            top -= line_height(size)
            write_on(
                self.axes,
                place.left,
                top + size * 0.3 / _POINTS,
                line,
                fontsize=size,
                fontweight="bold" if style.bold else "normal",
                color=self.looks.soft if style.soft else self.looks.ink,
                va="baseline",
                parse_math=False,
            )
        return top

    def fitting(
        self,
        text: str,
        sizes: tuple[float, float],
        width: float,
        lines: int = 1,
        *,
        bold: bool = False,
    ) -> float:
        """Return the largest size in points at which a text takes at most ``lines`` lines.

        No word is cut at this size, unless even the smallest size cuts it.
        """
        largest, smallest = sizes
        words = clean(text).split()
        for size in np.arange(largest, smallest, -0.5):
            shown = wrapped(text, float(size) * self.layout.scale, width, bold=bold)
            if len(shown) <= lines and " ".join(shown).split() == words:
                return float(size)
        return smallest


def tall(text: str, size: float, width: float, *, bold: bool = False) -> float:
    """Return the height of a text in inches, as `PicturePage.write` wraps it."""
    return len(wrapped(text, size, width, bold=bold)) * line_height(size)


def line_height(size: float) -> float:
    """Return the height in inches of a line of a size in points."""
    return size * _LEADING / _POINTS


def wrapped(
    text: str, size: float, width: float, *, bold: bool = False, max_lines: int = 99
) -> list[str]:
    """Return lines of a text within a width in inches; the last line may be cut."""
    lines, line, length = [], "", 0.0
    space = wide(" ", size, bold=bold)
    for word in clean(text).split():
        own = wide(word, size, bold=bold)
        if not line or length + space + own <= width:
            line, length = f"{line} {word}".strip(), length + (space if line else 0.0) + own
        else:
            lines.append(line)
            line, length = word, own
    lines.append(line)
    cut = [fitted(line_text, size, width, bold=bold) for line_text in lines[:max_lines]]
    if len(lines) > max_lines:
        cut[-1] = fitted(f"{lines[max_lines - 1]} {lines[max_lines]}", size, width, bold=bold)
    return cut


def fitted(text: str, size: float, width: float, *, bold: bool = False) -> str:
    """Return a line, cut with an ellipsis if it is too wide."""
    if wide(text, size, bold=bold) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if wide(text[:middle] + "…", size, bold=bold) <= width:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + "…"


def wide(text: str, size: float, *, bold: bool = False) -> float:
    """Width of a line in inches."""
    return _ems(text, bold) * size * _DRAWN / _POINTS


@lru_cache(maxsize=16384)
def _ems(text: str, bold: bool) -> float:
    """Width of a line in ems: measured once for all sizes."""
    return sum(_advance(character, bold) for character in text)


@lru_cache(maxsize=4096)
def _advance(character: str, bold: bool) -> float:
    """Width of a character in ems."""
    font = FontProperties(family="DejaVu Sans", size=100, weight="bold" if bold else "normal")
    width, _, _ = text_to_path.get_text_width_height_descent(f"x{character}x", font, ismath=False)
    frame_width, _, _ = text_to_path.get_text_width_height_descent("xx", font, ismath=False)
    return float(max(width - frame_width, 0.0)) / 100


@lru_cache(maxsize=16384)
def clean(text: str) -> str:
    """Return a text without marks of direction, XML's forbidden characters and missing glyphs."""
    return "".join(_shown(character) for character in text)


@lru_cache(maxsize=4096)
def _shown(character: str) -> str:
    if unicodedata.category(character) in _NO_CHARACTER:
        return " " if character in "\t\r\n" else ""
    return character if ord(character) in _glyphs() else "□"


@lru_cache(maxsize=1)
def _glyphs() -> frozenset[int]:
    return frozenset(get_font(findfont(FontProperties(family="DejaVu Sans"))).get_charmap())


def ink_on(colour: str) -> str:
    """Black or white, whichever reads better on a colour."""
    parts = [int(colour[offset : offset + 2], 16) / 255 for offset in (1, 3, 5)]
    linear = [
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in parts
    ]
    return "#000000" if _weighed(linear) > 0.179 else "#ffffff"


def is_tint(colour: str) -> bool:
    """True of a colour with an alpha, through which the map shines."""
    return len(colour) > len("#rrggbb")


def _weighed(linear: Sequence[float]) -> float:
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
