"""A drawing as a still picture: PNG and SVG by matplotlib's `Figure`, PDF by Typst.

The same drawing gives the same bytes: no time, no random ids. Text stays text in SVG and PDF.
"""

import io
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from importlib.resources import files
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.picture.heading import draw_footer, draw_heading
from geoservice.cartography.picture.layout import layout_of
from geoservice.cartography.picture.legend import draw_legend, fitted_legend
from geoservice.cartography.picture.map import draw_map_alone, draw_maps
from geoservice.cartography.picture.matrix import draw_matrix
from geoservice.cartography.picture.page_sizes import page_size
from geoservice.cartography.picture.panel import arranged, draw_panel
from geoservice.cartography.picture.text import PicturePage, clean
from geoservice.cartography.picture.typeset import typeset

_SETTINGS: Any = {
    "font.family": "DejaVu Sans",
    "svg.fonttype": "none",
    "svg.hashsalt": "geoservice",
    "hatch.linewidth": 0.45,
    "text.parse_math": False,
    "path.simplify": True,
    "axes.unicode_minus": False,
    "text.hinting": "none",
}
_SVG_FONTS = "'DejaVu Sans', Verdana, Geneva, Arial, sans-serif"
"""Verdana, which Windows and macOS have, is as wide as DejaVu Sans."""
_LOCK = threading.Lock()
"""matplotlib's settings belong to the process: one picture at a time, which are short."""


def png(drawing: Drawing, size: str = "") -> bytes:
    """Return the picture of a drawing as PNG; `figure_of` names the sizes."""
    # A higher compression level takes twice the time for a file a few percent smaller.
    return _saved(drawing, "png", size, pil_kwargs={"compress_level": 3})


def svg(drawing: Drawing, size: str = "") -> bytes:
    """Return the picture of a drawing as SVG with title and description."""
    return _described(_saved(drawing, "svg", size), drawing)


def pdf(drawing: Drawing, size: str = "") -> bytes:
    """Return the picture of a drawing as a tagged PDF with its alternative text."""
    layout = layout_of(drawing, size)
    title = f"{clean(drawing.title)} {clean(drawing.subtitle)}"
    data = {
        "lang": drawing.choice.lang,
        "title": title,
        "alternative": clean(drawing.alternative),
        "keywords": f"release profile {drawing.profile}, snapshot {drawing.snapshot}",
        "author": f"geoservice, {drawing.profile}",
        "width": layout.width,
        "height": layout.height,
    }
    template = (files(__package__) / "picture.typ").read_text("utf-8")
    return typeset(template, data, {"picture.svg": svg(drawing, size)})


def _saved(drawing: Drawing, ending: str, size: str, **options: Any) -> bytes:  # noqa: ANN401
    target = io.BytesIO()
    with drawing_settings():
        figure = figure_of(drawing, size)
        metadata, dpi = _metadata(drawing, ending), page_size(size).dpi
        figure.savefig(target, format=ending, dpi=dpi, metadata=metadata, **options)
    return target.getvalue()


@contextmanager
def drawing_settings() -> Iterator[None]:
    """Apply the settings of matplotlib for our pictures; a single thread at a time draws."""
    with _LOCK, matplotlib.rc_context(_SETTINGS):
        yield


def figure_of(drawing: Drawing, size: str = "") -> Figure:
    """Return the picture of a drawing before it is written; call within `drawing_settings`.

    Raises
    ------
    InputError
        If the size is not of `geoservice.cartography.picture.layout.SIZES`.
    """
    layout, is_matrix = layout_of(drawing, size), drawing.definition.kind == "matrix"
    figure = Figure(figsize=(layout.width, layout.height), facecolor=layout.looks.ground)
    page = PicturePage(figure, layout)
    draw_heading(page, drawing)
    draw_footer(page, drawing)
    if is_matrix:
        draw_matrix(page, drawing)
        return figure
    if not layout.has_legend:
        draw_map_alone(page, drawing)
        return figure
    page.layout = arranged(page.layout, drawing)
    unprinted = draw_maps(page, drawing)
    legend = fitted_legend(page.layout, drawing, unprinted)
    draw_legend(page, legend)
    if not page.layout.names:
        draw_panel(page, drawing, legend.room)
    return figure


def _metadata(drawing: Drawing, ending: str) -> dict[str, Any]:
    title, alternative = (
        f"{clean(drawing.title)} {clean(drawing.subtitle)}",
        clean(drawing.alternative),
    )
    about = f"geoservice, {drawing.profile}"
    if ending == "svg":
        return {
            "Title": title,
            "Description": alternative,
            "Creator": about,
            "Identifier": drawing.snapshot,
            "Date": None,
        }
    return {
        "Title": title,
        "Description": alternative,
        "Software": about,
        "Profile": drawing.profile,
        "Snapshot": drawing.snapshot,
    }


def _described(content: bytes, drawing: Drawing) -> bytes:
    """The SVG with a role, a title and a description that screen readers say."""
    text = content.decode().replace("'DejaVu Sans'", _SVG_FONTS)
    title = f"{clean(drawing.title)} {clean(drawing.subtitle)}"
    text = re.sub(r"\s*<title>.*?</title>", "", text, count=1, flags=re.S)
    description = (
        f'<title id="title">{escape(title)}</title>'
        f'<desc id="description">{escape(clean(drawing.alternative))}</desc>'
    )
    opening = r'<svg role="img" aria-labelledby="title description" \1>'
    return re.sub(
        r"<svg (.*?)>", lambda m: m.expand(opening) + description, text, count=1, flags=re.S
    ).encode()
