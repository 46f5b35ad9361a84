"""Type of pictures: a line is laid out once in a process and drawn again from what is kept.

matplotlib measures and shapes every text anew for every picture, which takes half of a picture's time; reports and maps
say the same words over and over. What is drawn is the same, to the pixel. Within `geoservice.cartography.picture.drawing_settings`.
"""

# mypy: disable-error-code="no-untyped-call,no-any-return,misc,attr-defined,union-attr"
# matplotlib does not annotate its texts and renderers.

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg, get_hinting_flag
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.ft2font import FT2Font, LayoutItem, LoadFlags, RenderMode
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D
from numpy.typing import NDArray

_MOST_LINES = 2048
_LAYOUTS: dict[tuple[Any, ...], Any] = {}


class Words(Text):
    """A text whose measures are kept for the next picture that says the same."""

    def _get_layout(self, renderer: RendererBase) -> Any:  # noqa: ANN401 - matplotlib's own
        kind = type(renderer.get_text_width_height_descent.__self__)
        key = (
            kind, self.get_figure(root=True).dpi, self.get_text(), self._fontproperties.copy(),
            self.get_ha(), self.get_va(), self._linespacing, self.get_rotation(),
        )  # fmt: skip
        found = _LAYOUTS.get(key)
        if found is None:
            if len(_LAYOUTS) >= _MOST_LINES:
                _LAYOUTS.clear()
            found = _LAYOUTS[key] = super()._get_layout(renderer)
        return found


def write_on(axes: Axes, x: float, y: float, text: str, **looks: Any) -> Artist:  # noqa: ANN401 - matplotlib's looks of a text
    """Write a text at a place of some axes, as `Axes.text` does."""
    return axes.add_artist(
        Words(x, y, text, **{"transform": axes.transData, "clip_on": False, **looks})
    )


@lru_cache(maxsize=64)
def letter_mark(letter: str) -> Path:
    """A letter as the outline of a marker, centred on its place.

    matplotlib's own marker of a text, ``$E$``, needs mathtext, which pictures turn off.
    """
    outline = TextPath((0, 0), letter, size=10, prop=FontProperties(weight="bold"))
    (left, bottom), (right, top) = outline.get_extents().get_points()
    return outline.transformed(Affine2D().translate(-(left + right) / 2, -(bottom + top) / 2))


class Glyph(NamedTuple):
    """A drawn glyph: its grey pixels, and where its left and lower sides are."""

    pixels: NDArray[np.uint8]
    left: int
    bottom: int


class Canvas(FigureCanvasAgg):
    """Draws PNG."""

    def get_renderer(self) -> RendererAgg:
        """A new one: every figure is drawn once."""
        width, height = self.get_width_height(physical=True)
        key = width, height, self.figure.dpi
        if self._lastKey != key:
            self.renderer, self._lastKey = _Renderer(width, height, self.figure.dpi), key
        return self.renderer


class _Renderer(RendererAgg):
    """Draws level texts from glyphs that are kept."""

    def draw_text(
        self, gc: GraphicsContextBase, x: float, y: float, s: str, prop: FontProperties, angle: float,
        ismath: bool | str = False, mtext: Text | None = None,
    ) -> None:  # fmt: skip
        """Draw a line of text."""
        if angle or ismath:
            super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)
            return
        height = int(self.height)
        for one in _glyphs(s, prop.copy(), self.dpi, x, self.height - y):
            self._renderer.draw_text_image(one.pixels, one.left, height - one.bottom, 0, gc)


@lru_cache(maxsize=_MOST_LINES)
def _glyphs(text: str, prop: FontProperties, dpi: float, x: float, up: float) -> list[Glyph]:
    """Glyphs of a text at a place in pixels from the lower left corner."""
    flags, points = get_hinting_flag(), prop.get_size_in_points()
    found = []
    for one in _sized(prop, points, dpi)._layout(text, flags=flags):
        font = one.ft_object
        font.set_size(points, dpi)
        font._set_transform([[0x10000, 0], [0, 0x10000]], [round(0x40 * (x + one.x)), round(0x40 * (up + one.y))])  # fmt: skip
        made = font._render_glyph(one.glyph_index, flags, RenderMode.NORMAL)
        pixels = np.array(made.buffer)
        found.append(Glyph(pixels, made.left, made.top - pixels.shape[0]))
    return found


class Placed(NamedTuple):
    """A glyph of a line as a PDF's text operators take it."""

    font: FT2Font
    characters: str
    glyph: int
    kern: float
    x: float
    y: float


@lru_cache(maxsize=_MOST_LINES)
def laid_out(text: str, prop: FontProperties) -> list[Placed]:
    """Glyphs of a text in points from its beginning."""
    items: list[LayoutItem] = _sized(prop, prop.get_size_in_points(), 72)._layout(text, LoadFlags.NO_HINTING)  # fmt: skip
    return [Placed(one.ft_object, one.char, one.glyph_index, one.prev_kern, one.x, one.y)
            for one in items]  # fmt: skip


def _sized(prop: FontProperties, points: float, dpi: float) -> FT2Font:
    font = get_font(fontManager._find_fonts_by_props(prop))
    font.clear()
    font.set_size(points, dpi)
    return font
