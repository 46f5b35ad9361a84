"""A drawing as a still picture: PNG, SVG or PDF by matplotlib's `Figure`, never pyplot.

The same drawing gives the same bytes: no time, no random ids. Text stays text in SVG and PDF.
"""

import io
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from geoservice.cartography.figure import Drawing
from geoservice.cartography.picture_layout import layout_of
from geoservice.cartography.picture_legend import draw_bars, draw_legend
from geoservice.cartography.picture_map import draw_maps
from geoservice.cartography.picture_matrix import draw_matrix
from geoservice.cartography.picture_pdf import TaggedPdf
from geoservice.cartography.picture_text import Page, clean
from geoservice.cartography.picture_type import Canvas

_DPI = 150
_SETTINGS: Any = {
    "font.family": "DejaVu Sans", "svg.fonttype": "none", "svg.hashsalt": "geoservice",
    "pdf.fonttype": 42, "hatch.linewidth": 0.6, "text.parse_math": False, "path.simplify": True,
    "axes.unicode_minus": False, "text.hinting": "none",
}  # fmt: skip
_LOCK = threading.Lock()
"""matplotlib's settings belong to the process: one picture at a time, which are short."""


def picture(drawing: Drawing, ending: str, size: str = "") -> bytes:
    """The picture of a drawing as ``png``, ``svg`` or ``pdf``.

    Raises
    ------
    InputError
        Where the size is none of slide, portrait and landscape.
    """
    target = io.BytesIO()
    with drawing_settings():
        figure = figure_of(drawing, size)
        if ending == "pdf":
            document = TaggedPdf(drawing.choice.lang, _metadata(drawing, ending))
            document.add(figure, clean(drawing.alternative))
            return document.content()
        quick: dict[str, Any] = {"pil_kwargs": {"compress_level": 3}} if ending == "png" else {}
        figure.savefig(
            target, format=ending, dpi=_DPI, metadata=_metadata(drawing, ending), **quick
        )
    content = target.getvalue()
    return _described(content, drawing) if ending == "svg" else content


@contextmanager
def drawing_settings() -> Iterator[None]:
    """The settings of matplotlib for our pictures, held by one thread at a time."""
    with _LOCK, matplotlib.rc_context(_SETTINGS):
        yield


def figure_of(drawing: Drawing, size: str = "") -> Figure:
    """The picture of a drawing before it is written; within `drawing_settings`."""
    layout = layout_of(drawing, size)
    figure = Figure(figsize=(layout.width, layout.height), facecolor=layout.looks.ground)
    Canvas(figure)
    page = Page(figure, layout)
    page.heading(drawing.title, drawing.subtitle)
    page.footer(drawing)
    if drawing.definition.kind == "matrix":
        draw_matrix(page, drawing)
        return figure
    unprinted = draw_maps(page, drawing)
    below = draw_legend(page, drawing, unprinted)
    draw_bars(page, drawing, below)
    return figure


def _metadata(drawing: Drawing, ending: str) -> dict[str, Any]:
    title, alternative = (
        f"{clean(drawing.title)} {clean(drawing.subtitle)}",
        clean(drawing.alternative),
    )
    about = f"geoservice, {drawing.profile}"
    if ending == "pdf":
        return {"Title": title, "Subject": alternative, "Keywords": f"release profile {drawing.profile}",
                "Creator": about, "CreationDate": None, "ModDate": None}  # fmt: skip
    if ending == "svg":
        return {"Title": title, "Description": alternative, "Creator": about, "Date": None}
    return {
        "Title": title,
        "Description": alternative,
        "Software": about,
        "Profile": drawing.profile,
    }


def _described(content: bytes, drawing: Drawing) -> bytes:
    """The SVG with a role, a title and a description that screen readers say."""
    text = content.decode()
    title = f"{clean(drawing.title)} {clean(drawing.subtitle)}"
    text = re.sub(r"\s*<title>.*?</title>", "", text, count=1, flags=re.S)
    said = (f'<title id="title">{escape(title)}</title>'
            f'<desc id="description">{escape(clean(drawing.alternative))}</desc>')  # fmt: skip
    opening = r'<svg role="img" aria-labelledby="title description" \1>'
    return re.sub(r"<svg (.*?)>", lambda m: m.expand(opening) + said, text, count=1, flags=re.S).encode()  # fmt: skip
