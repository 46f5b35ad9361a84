"""Streets of a picture, as a small image in SVG in place of thousands of lines."""

# mypy: disable-error-code="no-untyped-call,attr-defined,union-attr"
# matplotlib does not annotate its renderers.

import base64
import io
from collections.abc import Hashable
from typing import NamedTuple

import numpy as np
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgb
from matplotlib.patches import PathPatch
from numpy.typing import NDArray
from PIL import Image

_MOST_IMAGES = 32
"""A report of an area has maps of its streets in about ten boxes."""
_DPI = 150
_COMPRESSION = 3
"""A higher level takes twice the time for an image a twentieth smaller."""
_IMAGES: dict[Hashable, "_Image"] = {}


class _Image(NamedTuple):
    """The address of an image that holds its content, its upper left corner and size in points."""

    address: str
    left: float
    top: float
    width: float
    height: float


class StreetLines(PathPatch):
    """Lines of one colour that are drawn once for all maps of the same ground."""

    def draw(self, renderer: RendererBase) -> None:
        """Draw the lines, or the image that is kept of them."""
        if isinstance(renderer, RendererAgg):
            super().draw(renderer)
            return
        image = self._image()
        if image.address:
            # The renderer's own method for images would encode the pixels for every picture.
            places = {
                "x": f"{image.left:g}",
                "y": f"{image.top:g}",
                "width": f"{image.width:g}",
                "height": f"{image.height:g}",
            }
            renderer.writer.element("image", attrib={**places, "xlink:href": image.address})

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
                image = self._cropped(np.asarray(raster.buffer_rgba())[..., 3])
        finally:
            figure.dpi = usual
        if len(_IMAGES) >= _MOST_IMAGES:
            del _IMAGES[next(iter(_IMAGES))]  # The image that was used longest ago.
        _IMAGES[key] = image
        return image

    def _cropped(self, alpha: NDArray[np.uint8]) -> _Image:
        """Return the part of a picture that holds something."""
        rows, columns = (np.flatnonzero(alpha.any(axis=across)) for across in (1, 0))
        if not len(rows):
            return _Image("", 0.0, 0.0, 0.0, 0.0)
        top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
        content = _png(alpha[top:bottom, left:right], to_rgb(self.get_edgecolor()))
        address = f"data:image/png;base64,{base64.b64encode(content).decode()}"
        points = 72 / _DPI
        return _Image(
            address,
            float(left) * points,
            float(top) * points,
            float(right - left) * points,
            float(bottom - top) * points,
        )


def _png(alpha: NDArray[np.uint8], colour: tuple[float, float, float]) -> bytes:
    """Return an image of one colour: a byte per pixel, which is its opacity."""
    image = Image.frombytes("P", alpha.shape[::-1], alpha.tobytes())
    image.putpalette([round(part * 255) for part in colour] * 256)
    target = io.BytesIO()
    image.save(target, format="png", transparency=bytes(range(256)), compress_level=_COMPRESSION)
    return target.getvalue()
