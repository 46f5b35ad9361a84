"""Texts of pictures: single level lines are drawn without being laid out anew."""

# mypy: disable-error-code="no-untyped-call,misc,arg-type,attr-defined"
# matplotlib does not annotate its texts and renderers.

from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.text import Text

from geoservice.cartography.picture.line import draw_line


class Words(Text):
    """A text that draws a single level line by its kept measures."""

    def draw(self, renderer: RendererBase) -> None:
        """Draw the text; matplotlib draws texts with several lines, rotation, box or effects."""
        text = self.get_text()
        is_plain = not (
            "\n" in text
            or self.get_rotation()
            or self.get_bbox_patch()
            or self.get_path_effects()
            or not self.get_visible()
        )
        if not is_plain:
            super().draw(renderer)
            return
        if not text.strip():
            return
        gc = renderer.new_gc()
        gc.set_foreground(self.get_color())
        gc.set_alpha(self.get_alpha())
        if self.get_clip_on():
            gc.set_clip_rectangle(self.get_clip_box())
            gc.set_clip_path(self.get_clip_path())
        place = self.get_transform().transform(self.get_unitless_position())
        aligned = self.get_horizontalalignment(), self.get_verticalalignment()
        renderer.open_group("text", self.get_gid())
        draw_line(renderer, gc, text, place, self.get_fontproperties(), aligned, self)
        renderer.close_group("text")
        gc.restore()


def write_on(axes: Axes, x: float, y: float, text: str, **looks: Any) -> Artist:  # noqa: ANN401
    """Write a text at a place of some axes, as `Axes.text` does."""
    return axes.add_artist(
        Words(x, y, text, **{"transform": axes.transData, "clip_on": False, **looks})
    )
