"""The title above a picture, and the facts below it."""

from collections.abc import Iterator

from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.picture.layout import Layout
from geoservice.cartography.picture.text import (
    PicturePage,
    TextPlace,
    TextStyle,
    clean,
    tall,
    wide,
)

_TITLE, _FINDING, _SUBTITLE = (21.0, 13.5), (16.0, 9.0), (12.5, 8.0)
"""Largest and smallest size in points; a title that is still too long takes two lines."""
_FINDING_LINES = 2
_UNDER_HEADING = 0.1
"""Inches between the subtitle and the map."""
_LOWEST = 0.08
"""Inches from the lower side of the page below which no text stands."""


def draw_heading(page: PicturePage, drawing: Drawing) -> None:
    """Write question, finding and subtitle, where the size has a title block.

    Map and legend begin below them.
    """
    box = page.layout.heading
    if not box.height:
        return
    scale = page.layout.scale
    smallest = _TITLE[1] / scale
    size = page.fitting(drawing.title, (_TITLE[0] / scale, smallest), box.width, bold=True)
    lines = 1 if size > smallest else 2
    place = TextPlace(box.left, box.top, box.width)
    below = page.write(drawing.title, place, TextStyle(size, bold=True, lines=lines))
    if drawing.frame.finding:
        below = _line(page, drawing.frame.finding, below - 0.02, _FINDING, _FINDING_LINES)
    below = _line(page, drawing.subtitle, below - 0.03, _SUBTITLE, 1, soft=True)
    page.layout = page.layout.below(below - _UNDER_HEADING)


def _line(
    page: PicturePage,
    text: str,
    top: float,
    sizes: tuple[float, float],
    lines: int,
    *,
    soft: bool = False,
) -> float:
    """Write a text of the heading; the answer is where the next line begins."""
    box, scale = page.layout.heading, page.layout.scale
    size = page.fitting(text, (sizes[0] / scale, sizes[1] / scale), box.width, lines)
    style = TextStyle(size, soft=soft, lines=lines)
    return page.write(text, TextPlace(box.left, top, box.width), style)


def draw_footer(page: PicturePage, drawing: Drawing) -> None:
    """Write the facts of the figure; the district's value is beside the legend."""
    box, size = page.layout.footer, page.layout.footer_points
    if not box.height:
        return
    page.axes.plot(
        [box.left, box.right], [box.top + 0.03] * 2, color=page.looks.soft, linewidth=0.6
    )
    top = box.top
    for text, lines, is_soft in _facts(drawing, page.layout):
        if top - tall("x", size, box.width) < _LOWEST:
            return
        style = TextStyle(size / page.layout.scale, soft=is_soft, lines=lines)
        top = page.write(text, TextPlace(box.left, top, box.width), style)


def has_note_in_footer(drawing: Drawing, layout: Layout) -> bool:
    """Return True where the note on names has room in the first line of a slide's footer.

    The legend has it otherwise.
    """
    if not layout.least_points or not drawing.names_note:
        return False
    line = f"{_counts(drawing)} · {drawing.names_note}"
    return wide(clean(line), layout.footer_points) <= layout.footer.width


def _counts(drawing: Drawing) -> str:
    return " · ".join(f"{label}: {text}" for label, text in drawing.facts[1:4])


def _facts(drawing: Drawing, layout: Layout) -> Iterator[tuple[str, int, bool]]:
    """Return the texts of the footer, their largest number of lines, and whether they are gray.

    A figure for a document lists only its counts, its source and its release profile. The snapshot
    is in the metadata of the file.
    """
    further_facts = [f"{label}: {text}" for label, text in drawing.facts[4:]]
    source, date, method, version, profile, *counts = further_facts
    about = version.replace(f" · {drawing.snapshot}", "")
    on_names = [drawing.names_note] if has_note_in_footer(drawing, layout) else []
    yield " · ".join([_counts(drawing), *on_names]), 1, False
    if not layout.heading.height:
        yield f"{source} · {date}", 2, True
        yield profile, 1, True
        return
    yield f"{source} · {date}", 2, True
    yield method, 5, True
    for note in counts:
        yield note, 2, True
    yield f"{about} · {profile}", 2, True
