"""A report of the figures that a reader chose, as HTML, PDF or workbook."""

import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from geoservice.cartography.figure.choice import Choice
from geoservice.cartography.figure.figure import Drawing
from geoservice.errors import InputError, TemporaryError
from geoservice.reference.snapshot import Reference
from geoservice.reports.report import Report, item_of
from geoservice.reports.texts import ReportTexts
from geoservice.service.maps import Maps

REPORT_FORMS = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Media types of a report by ending."""
MOST_FIGURES = 30
_MATRIX = "matrix"
_FILE = "report"
_PATIENCE_S = 120.0
_TURN = threading.Lock()
"""Reports take seconds of both processor and memory: one at a time."""


@dataclass(frozen=True)
class ReportFigure:
    """A figure of a report: the map and its choice."""

    map_id: str
    choice: Choice


def own_report(
    maps: Maps,
    reference: Reference,
    figures: Sequence[ReportFigure],
    title: str,
    ending: str,
) -> bytes:
    """Return a report with the figures in their order; all numbers are public.

    Raises
    ------
    InputError
        If the form is unknown, or the figures are none, too many, or two matrices.
    TemporaryError
        If other reports are still being written.
    """
    if ending not in REPORT_FORMS:
        raise InputError(f"A report has no such format. Formats are: {', '.join(REPORT_FORMS)}.")
    if not 0 < len(figures) <= MOST_FIGURES:
        raise InputError(f"A report has 1 to {MOST_FIGURES} figures.")
    drawings = _drawings(maps, reference, figures)
    matrices = [drawing for drawing in drawings if drawing.definition.kind == _MATRIX]
    others = [drawing for drawing in drawings if drawing.definition.kind != _MATRIX]
    if len(matrices) > 1 or not others:
        raise InputError("A report has at least one figure besides its only matrix.")
    report = Report(
        lang=figures[0].choice.lang,
        area="",
        name=title.strip(),
        file=_FILE,
        items=tuple(item_of(drawing, drawing) for drawing in others),
        matrix=matrices[0] if matrices else None,
        missing=(),
    )
    return _written(report, drawings, ending)


def _drawings(maps: Maps, reference: Reference, figures: Sequence[ReportFigure]) -> list[Drawing]:
    """Return the drawings; a map that appears again gets a number, as sheets have one name each."""
    drawings: list[Drawing] = []
    times: dict[str, int] = {}
    for figure in figures:
        choice = replace(figure.choice, theme="print")
        drawing = maps.drawing(figure.map_id, reference, choice)
        times[figure.map_id] = times.get(figure.map_id, 0) + 1
        if times[figure.map_id] > 1:
            number = {"id": f"{figure.map_id}-{times[figure.map_id]}"}
            definition = drawing.definition.model_copy(update=number)
            drawing = replace(drawing, definition=definition)
        drawings.append(drawing)
    return drawings


def _written(report: Report, drawings: Sequence[Drawing], ending: str) -> bytes:
    # matplotlib takes half a second to import: only for those who write reports.
    from geoservice.reports.render import render
    from geoservice.reports.workbook import write_workbook

    if not _TURN.acquire(timeout=_PATIENCE_S):
        raise TemporaryError("Other reports are being written. Ask again.", retry_after_s=30)
    try:
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / f"{_FILE}.{ending}"
            if ending == "xlsx":
                write_workbook(target, [report], list(drawings), ReportTexts(report.lang))
            else:
                render(report, Path(folder))
            return target.read_bytes()
    finally:
        _TURN.release()
