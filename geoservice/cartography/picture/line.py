"""Lines of text at a place: measured once in a process, and then only drawn.

matplotlib lays every text out anew for every picture, which takes a quarter of a picture's time.
Reports and maps print the same words over and over.
"""

# mypy: disable-error-code="no-untyped-call,misc,operator,type-var,arg-type"
# matplotlib does not annotate its renderers, nor the numbers of a font.

from collections.abc import Hashable
from functools import lru_cache
from typing import NamedTuple

from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.text import Text

_MOST_LINES = 4096
_MEASURES: dict[Hashable, "_Measure"] = {}


class _Measure(NamedTuple):
    """Width of a line, and its height above and below the baseline, in pixels."""

    width: float
    ascent: float
    descent: float


def draw_line(
    renderer: RendererBase,
    gc: GraphicsContextBase,
    text: str,
    place: tuple[float, float],
    font: FontProperties,
    aligned: tuple[str, str] = ("center", "center_baseline"),
    words: Text | None = None,
) -> None:
    """Draw a line of text at a place in pixels from the lower left corner."""
    measure = _measure(renderer, text, font)
    across, up = aligned
    x = place[0] - {"left": 0.0, "center": measure.width / 2, "right": measure.width}[across]
    y = (
        place[1]
        + {
            "baseline": 0.0,
            "top": -measure.ascent,
            "bottom": measure.descent,
            "center": (measure.descent - measure.ascent) / 2,
            "center_baseline": -measure.ascent / 2,
        }[up]
    )
    if renderer.flipy():
        y = renderer.get_canvas_width_height()[1] - y
    renderer.draw_text(gc, x, y, text, font, 0.0, ismath=False, mtext=words)


def _measure(renderer: RendererBase, text: str, font: FontProperties) -> _Measure:
    pixels = renderer.points_to_pixels(font.get_size_in_points())
    key = type(renderer), pixels, text, font.copy()
    measure = _MEASURES.get(key)
    if measure is None:
        if len(_MEASURES) >= _MOST_LINES:
            _MEASURES.clear()
        width, height, descent = renderer.get_text_width_height_descent(text, font, ismath=False)
        # A line is at least as tall as its font, so that all lines of a size stand alike.
        least, least_descent = (share * pixels for share in _font_heights(findfont(font)))
        measure = _Measure(width, max(height - descent, least), max(descent, least_descent))
        _MEASURES[key] = measure
    return measure


@lru_cache(maxsize=8)
def _font_heights(path: str) -> tuple[float, float]:
    """Return the heights of a font above and below the baseline, in ems."""
    font = get_font(path)
    return font.ascender / font.units_per_EM, -font.descender / font.units_per_EM
