"""Pages that open with two frames side by side: today's map and the proposed map of a scenario.

The server writes both places, so that nothing moves when scripts draw them.
"""

from html import escape

from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.figure.frames import Frame

_SECOND = "proposed"


def second_frame(drawing: Drawing) -> Frame | None:
    """Return the frame that the page shows beside the first; None if it opens with one map."""
    if drawing.definition.kind != "scenario":
        return None
    return next((frame for frame in drawing.frames if frame.id == _SECOND), None)


def alternative_html(drawing: Drawing) -> str:
    """Return the figure in words, for each frame that is shown."""
    second = second_frame(drawing)
    if second is None:
        return escape(drawing.alternative)
    sentences = dict.fromkeys([drawing.alternative, second.alternative])
    return " ".join(f"<span>{escape(sentence)}</span>" for sentence in sentences if sentence)


def first_heading(drawing: Drawing) -> str:
    """Return the heading of the first map; empty if it stands alone."""
    return "" if second_frame(drawing) is None else _heading(drawing, drawing.frame)


def second_pane(drawing: Drawing) -> str:
    """Return the empty place of the second map, which scripts replace by the map."""
    second = second_frame(drawing)
    if second is None:
        return ""
    heading = _heading(drawing, second)
    return f'<div class="pane second awaited">{heading}<div class="other-map"></div></div>'


def _heading(drawing: Drawing, frame: Frame) -> str:
    name = (part for part in (frame.view, frame.year or drawing.choice.year) if part)
    return f"<h2>{escape(' · '.join(name))}</h2>"
