"""Text in pictures: measured, wrapped, cleaned of what no font shows; heading and footer."""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.textpath import text_to_path

from geoservice.cartography.figure import Drawing
from geoservice.cartography.picture_layout import Box, Layout
from geoservice.cartography.picture_type import write_on

_POINTS = 72.0
_LEADING = 1.32
_DRAWN = 1.025
"""Text is drawn by so much wider than the sum of its characters, at the most; hinting is off, which would add more."""
_TITLE, _SUBTITLE = (21.0, 13.5), (11.5, 8.0)
"""Largest and smallest size in points; a title that is still too long takes two lines."""
_NO_CHARACTER = ("Cc", "Cf", "Cs", "Co", "Cn")


class Page:
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

    def write(
        self, x: float, top: float, text: str, points: float, width: float, *, bold: bool = False,
        soft: bool = False, lines: int = 99, tag: str | None = None,
    ) -> float:  # fmt: skip
        """Write a text from its upper left corner; the answer is where the next line begins.

        ``tag`` is what the text is to screen readers of a PDF (`geoservice.cartography.picture_pdf`).
        """
        size = points * self.layout.scale
        for line in wrapped(text, size, width, bold=bold, most=lines):
            top -= size * _LEADING / _POINTS
            write_on(self.axes, x, top + size * 0.3 / _POINTS, line, fontsize=size, fontweight="bold" if bold else "normal",
                color=self.looks.soft if soft else self.looks.ink, va="baseline", parse_math=False, gid=tag,
            )  # fmt: skip
        return top

    def heading(self, title: str, subtitle: str) -> None:
        """Question and subtitle."""
        box = self.layout.heading
        size = self.fitting(title, _TITLE, box.width, bold=True)
        lines = 1 if size > _TITLE[1] else 2
        below = self.write(box.left, box.top, title, size, box.width, bold=True, lines=lines)
        size = self.fitting(subtitle, _SUBTITLE, box.width)
        self.write(box.left, below - 0.03, subtitle, size, box.width, soft=True, lines=1)

    def fitting(
        self, text: str, sizes: tuple[float, float], width: float, lines: int = 1, *, bold: bool = False
    ) -> float:  # fmt: skip
        """The largest size in points, from the first to the second in halves, at which a text takes so many lines."""
        most, least = sizes
        for size in np.arange(most, least, -0.5):
            if len(wrapped(text, float(size) * self.layout.scale, width, bold=bold)) <= lines:
                return float(size)
        return least

    def footer(self, drawing: Drawing) -> None:
        """All facts but the district's value, which stands by the legend."""
        box, size = self.layout.footer, 7.6
        self.axes.plot(
            [box.left, box.right], [box.top + 0.03] * 2, color=self.looks.soft, linewidth=0.6
        )
        schools, students, coverage, *rest = [
            f"{label}: {text}" for label, text in drawing.facts[1:]
        ]
        source, date, method, version, profile, *counts = rest
        top = self.write(
            box.left,
            box.top,
            " · ".join([schools, students, coverage]),
            size + 0.8,
            box.width,
            lines=1,
        )
        for text, most in (
            (source, 1),
            (date, 1),
            (method, 3),
            *((note, 2) for note in counts),
            (f"{version} · {profile}", 2),
        ):
            if top - size * _LEADING / _POINTS > 0.1:
                top = self.write(box.left, top, text, size, box.width, soft=True, lines=most)


def tall(text: str, size: float, width: float, *, bold: bool = False) -> float:
    """Inches that a text takes from its upper edge to where the next line begins, as `Page.write` wraps it."""
    return len(wrapped(text, size, width, bold=bold)) * size * _LEADING / _POINTS


def wrapped(
    text: str, size: float, width: float, *, bold: bool = False, most: int = 99
) -> list[str]:
    """Lines of a text that are not wider than so many inches; the last one is cut where it must be."""
    lines, line = [], ""
    for word in clean(text).split():
        longer = f"{line} {word}".strip()
        if not line or wide(longer, size, bold=bold) <= width:
            line = longer
        else:
            lines.append(line)
            line = word
    lines.append(line)
    cut = [fitted(one, size, width, bold=bold) for one in lines[:most]]
    if len(lines) > most:
        cut[-1] = fitted(f"{lines[most - 1]} {lines[most]}", size, width, bold=bold)
    return cut


def fitted(text: str, size: float, width: float, *, bold: bool = False) -> str:
    """A line cut with an ellipsis where it is too wide."""
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


@lru_cache(maxsize=8192)
def wide(text: str, size: float, *, bold: bool = False) -> float:
    """Width of a line in inches."""
    return sum(_advance(one, bold) for one in text) * size * _DRAWN / _POINTS


@lru_cache(maxsize=4096)
def _advance(character: str, bold: bool) -> float:
    """Width of a character in ems."""
    font = FontProperties(family="DejaVu Sans", size=100, weight="bold" if bold else "normal")
    width, _, _ = text_to_path.get_text_width_height_descent(f"x{character}x", font, ismath=False)
    both, _, _ = text_to_path.get_text_width_height_descent("xx", font, ismath=False)
    return float(max(width - both, 0.0)) / 100


def clean(text: str) -> str:
    """A text without marks that steer direction or that no XML may hold, and glyphs that the font has."""
    return "".join(_shown(one) for one in text)


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
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return "#000000" if _weighed(linear) > 0.179 else "#ffffff"


def is_tint(colour: str) -> bool:
    """True of a colour with an alpha, through which the map shines."""
    return len(colour) > len("#rrggbb")


def _weighed(linear: Sequence[float]) -> float:
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
