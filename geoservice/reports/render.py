"""Draws the figures of a report once and writes them as HTML and PDF. May run in any process."""

import base64
import gc
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.picture.picture import svg
from geoservice.reports.document import PrintedTable
from geoservice.reports.key_figures import KeyFigure
from geoservice.reports.pages import glance_table, item_table, matrix_tables, report_pdf
from geoservice.reports.report import Report, printed_facts
from geoservice.reports.texts import ReportTexts

SIZE = "report"
"""The size of pictures in a document: it prints title and facts itself."""


def start_process() -> None:
    """Ready a process that does nothing but `render_alone`."""
    # Pictures are made of small objects in cycles. A collection after each report, without the
    # imported modules, takes a sixth less time than Python's own rhythm.
    gc.disable()
    gc.freeze()


def render_alone(report: Report, key_figures: Sequence[KeyFigure], folder: Path) -> None:
    """Write a report in a process of `start_process`."""
    render(report, folder, key_figures)
    gc.collect()


def render(report: Report, folder: Path, key_figures: Sequence[KeyFigure] = ()) -> None:
    """Write ``NAME.html`` and ``NAME.pdf`` of a report into a folder."""
    svgs = [svg(item.drawing, SIZE) for item in report.items]
    (folder / f"{report.file}.pdf").write_bytes(report_pdf(report, key_figures, svgs))
    (folder / f"{report.file}.html").write_text(_html(report, key_figures, svgs), "utf-8")


def render_index(reports: list[Report], folder: Path) -> None:
    """Write ``index.html``, which leads to all reports and the workbook."""
    texts = ReportTexts(reports[0].lang)
    text = templates().get_template("index.html").render(reports=reports, texts=texts)
    (folder / "index.html").write_text(text, "utf-8")


def _html(report: Report, key_figures: Sequence[KeyFigure], svgs: Sequence[bytes]) -> str:
    texts = ReportTexts(report.lang)
    template = templates().get_template("report.html")
    return template.render(
        report=report,
        texts=texts,
        key_figures=key_figures,
        glance=glance_table(report, texts),
        matrix=() if report.matrix is None else matrix_tables(report.matrix, report.area),
        printed_facts=printed_facts,
        figures=[
            (item, picture_in_page(picture), item_table(item, texts))
            for item, picture in zip(report.items, svgs, strict=True)
        ],
    )


def table_of(drawing: Drawing) -> PrintedTable:
    """Return the table of a drawing as texts."""
    shown = [index for index, column in enumerate(drawing.columns) if column.id not in ("id", "to")]
    return PrintedTable(
        heads=tuple(drawing.columns[index].title for index in shown),
        rows=tuple(
            tuple(
                cell if isinstance(cell := row.cells[index], str) else cell.text for index in shown
            )
            for row in drawing.rows
        ),
        numeric=tuple(bool(drawing.columns[index].unit) for index in shown),
        caption=f"{drawing.title} {drawing.subtitle}",
    )


def picture_in_page(content: bytes) -> str:
    """Return an SVG as the address of a picture inside of a page."""
    return f"data:image/svg+xml;base64,{base64.b64encode(content).decode()}"


@cache
def templates() -> Environment:
    """The templates of reports."""
    return Environment(
        loader=PackageLoader("geoservice.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
