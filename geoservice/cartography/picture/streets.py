"""Streets of a picture, as a small image in SVG in place of thousands of lines."""

# mypy: disable-error-code="no-untyped-call,attr-defined,union-attr"
# matplotlib does not annotate its renderers.

from collections.abc import Hashable
from typing import NamedTuple

import numpy as np
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.patches import PathPatch
from numpy.typing import NDArray

_MOST_IMAGES = 8
_DPI = 150
_IMAGES: dict[Hashable, "_Image"] = {}


class _Image(NamedTuple):
    """Pixels from the lower row, and where the lower left corner is in pixels."""

    pixels: NDArray[np.uint8]
    left: float
    bottom: float


class StreetLines(PathPatch):
    """Lines that are drawn once for all maps of the same ground."""

    def draw(self, renderer: RendererBase) -> None:
        """Draw the lines, or the image that is kept of them."""
        if isinstance(renderer, RendererAgg):
            super().draw(renderer)
            return
        image, points = self._image(), 72 / _DPI
        if image.pixels.size:
            renderer.draw_image(
                renderer.new_gc(), image.left * points, image.bottom * points, image.pixels
            )

    def _image(self) -> _Image:
        figure = self.get_figure(root=True)
        usual, figure.dpi = figure.dpi, _DPI
        try:
            width, height = figure.get_size_inches() * _DPI
            key = (
                (width, height),
                self.get_path(),
                self.get_edgecolor(),
                self.get_linewidth(),
                self.get_transform().frozen().get_matrix().tobytes(),
                self.axes.bbox.frozen().bounds,
            )
            image = _IMAGES.pop(key, None)
            if image is None:
                raster = RendererAgg(width, height, _DPI)
                super().draw(raster)
                image = _cropped(np.asarray(raster.buffer_rgba()), height)
        finally:
            figure.dpi = usual
        if len(_IMAGES) >= _MOST_IMAGES:
            del _IMAGES[next(iter(_IMAGES))]  # The image that was used longest ago.
        _IMAGES[key] = image
        return image


def _cropped(pixels: NDArray[np.uint8], height: float) -> _Image:
    """The part of a picture that holds something, as it was drawn."""
    rows, columns = (np.flatnonzero(pixels[..., 3].any(axis=across)) for across in (1, 0))
    if not len(rows):
        return _Image(pixels[:0, :0], 0, 0)
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    return _Image(pixels[top:bottom, left:right][::-1].copy(), float(left), height - float(bottom))
