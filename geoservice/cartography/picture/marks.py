"""Marks of points on a map: halo, mark and letter, drawn in order by a single artist.

With matplotlib's scatter plots, marks that overlap in order would take a third of a picture's time.
"""

# mypy: disable-error-code="no-untyped-call,misc,arg-type"
# matplotlib does not annotate its renderers.

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.colors import to_rgba
from matplotlib.font_manager import FontProperties
from matplotlib.markers import MarkerStyle
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D

from geoservice.cartography.picture.line import draw_line

_STAR_HALO, _HALO, _STAR = 2.4**0.5, 1.25**0.5, 1.8**0.5
_LETTER = 0.3**0.5
"""Sizes in diameters of the mark."""
_EDGE = 0.6


@dataclass(frozen=True)
class MarkLook:
    """How a mark looks.

    Attributes
    ----------
    marker
        matplotlib's name of the shape.
    fill, edge, halo, ink
        Colours of the mark, its edge, the ring around it and its letter.
    hatch
        matplotlib's pattern; empty for none.
    letter_points
        Size of the letter as text; 0 draws it as an outline, which is quicker for very many.
    """

    marker: str
    fill: str
    edge: str
    halo: str
    ink: str
    hatch: str = ""
    letter: str = ""
    letter_points: float = 0.0
    is_dashed: bool = False


@dataclass(frozen=True)
class Mark:
    """A mark at a place in the coordinates of its axes; ``radius`` is in points."""

    x: float
    y: float
    radius: float
    look: MarkLook


class Marks(Artist):
    """Marks of a layer in the order in which they lie above each other."""

    def __init__(self, marks: Sequence[Mark], level: float) -> None:
        super().__init__()
        self._marks = marks
        self.set_zorder(level)

    def draw(self, renderer: RendererBase) -> None:
        """Draw all marks."""
        if self.axes is None or not self._marks:
            return
        places = self.axes.transData.transform([(mark.x, mark.y) for mark in self._marks])
        pixels = renderer.points_to_pixels(1.0)
        renderer.open_group("marks")
        gc = renderer.new_gc()
        gc.set_clip_rectangle(self.axes.bbox)
        for mark, place in zip(self._marks, places, strict=True):
            _draw(renderer, gc, mark, place, pixels)
        gc.restore()
        renderer.close_group("marks")


def draw_marks(axes: Axes, marks: Sequence[Mark], level: float) -> None:
    """Add marks to a map at a level."""
    axes.add_artist(Marks(marks, level))


def _draw(
    renderer: RendererBase,
    gc: GraphicsContextBase,
    mark: Mark,
    place: tuple[float, float],
    pixels: float,
) -> None:
    look, is_star = mark.look, mark.look.marker == "*"
    shape, size = _shape(look.marker), 2 * mark.radius * pixels
    gc.set_hatch(None)
    gc.set_linewidth(0.0)
    halo = size * (_STAR_HALO if is_star else _HALO)
    renderer.draw_path(gc, shape, _placed(halo, place), to_rgba(look.halo))
    gc.set_linewidth(_EDGE * pixels)
    gc.set_foreground(look.edge)
    gc.set_dashes(0, [2 * _EDGE * pixels] * 2 if look.is_dashed else None)
    if look.hatch:
        gc.set_hatch(look.hatch)
        gc.set_hatch_color(to_rgba(look.edge))
    renderer.draw_path(
        gc, shape, _placed(size * (_STAR if is_star else 1.0), place), to_rgba(look.fill)
    )
    gc.set_dashes(0, None)
    gc.set_hatch(None)
    if look.letter:
        _draw_letter(renderer, gc, mark, place, pixels)


def _draw_letter(
    renderer: RendererBase,
    gc: GraphicsContextBase,
    mark: Mark,
    place: tuple[float, float],
    pixels: float,
) -> None:
    look = mark.look
    gc.set_foreground(look.ink)
    if look.letter_points:
        font = _letter_font(look.letter_points)
        draw_line(renderer, gc, look.letter, place, font)
        return
    gc.set_linewidth(0.0)
    size = 2 * mark.radius * pixels * _LETTER
    renderer.draw_path(gc, _letter_shape(look.letter[:1]), _placed(size, place), to_rgba(look.ink))


@lru_cache(maxsize=8)
def _shape(marker: str) -> Path:
    """Return a marker of size 1 around the origin."""
    style = MarkerStyle(marker)
    return style.get_path().transformed(style.get_transform())


@lru_cache(maxsize=64)
def _letter_shape(letter: str) -> Path:
    """Return the outline of a letter, at most of size 1, with its middle at the origin."""
    outline = TextPath((0, 0), letter, size=10, prop=FontProperties(weight="bold"))
    (left, bottom), (right, top) = outline.get_extents().get_points()
    middle = Affine2D().translate(-(left + right) / 2, -(bottom + top) / 2)
    return outline.transformed(middle.scale(1 / max(right - left, top - bottom)))


@lru_cache(maxsize=32)
def _letter_font(points: float) -> FontProperties:
    return FontProperties(family="DejaVu Sans", weight="bold", size=points)


def _placed(size: float, place: tuple[float, float]) -> Affine2D:
    return Affine2D().scale(size).translate(*place)
