"""Draws the figures of a report once and writes them as HTML and PDF. May run in any process."""

import base64
import gc
import io
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from matplotlib.figure import Figure

from geoservice.cartography.figure import Drawing
from geoservice.cartography.picture import drawing_settings, figure_of
from geoservice.cartography.picture_text import clean
from geoservice.cartography.table import table_html
from geoservice.reports.pdf import Pages, opened, write_last_pages, write_text_pages
from geoservice.reports.report import Report
from geoservice.reports.texts import ReportTexts

_DPI = 96
_SIZE = "portrait"


def start_process() -> None:
    """Ready a process that does nothing but `render_alone`."""
    # Pictures are made of small objects in cycles. Looking for those that are done with after each report, and not among
    # what was imported, takes a sixth less time than whenever Python thinks of it.
    gc.disable()
    gc.freeze()


def render_alone(report: Report, folder: Path) -> None:
    """Write a report in a process of `start_process`."""
    render(report, folder)
    gc.collect()


def render(report: Report, folder: Path) -> None:
    """Write ``NAME.html`` and ``NAME.pdf`` of a report into a folder."""
    texts = ReportTexts(report.lang)
    pictures = []
    with drawing_settings():
        pdf = opened(report)
        pages = Pages(pdf, texts)
        write_text_pages(pages, report, texts)
        pages.end()
        for item in report.items:
            figure = figure_of(item.drawing, _SIZE)
            pictures.append(_png(figure))  # Before the PDF numbers its page.
            pages.add(figure, clean(item.drawing.alternative))
        if report.matrix is not None:
            pages.add(figure_of(report.matrix, "landscape"), clean(report.matrix.alternative))
        write_last_pages(pages, report, texts)
        content = pdf.content()
    (folder / f"{report.file}.pdf").write_bytes(content)
    (folder / f"{report.file}.html").write_text(_html(report, texts, pictures), "utf-8")


def render_index(reports: list[Report], folder: Path) -> None:
    """Write ``index.html``, which leads to all reports and the workbook."""
    texts = ReportTexts(reports[0].lang)
    text = _templates().get_template("index.html").render(reports=reports, texts=texts)
    (folder / "index.html").write_text(text, "utf-8")


def _html(report: Report, texts: ReportTexts, pictures: list[str]) -> str:
    matrix = "" if report.matrix is None else table_of(report.matrix)
    template = _templates().get_template("report.html")
    return template.render(report=report, texts=texts, matrix=matrix,
                           figures=list(zip(report.items, pictures, strict=True)))  # fmt: skip


def table_of(drawing: Drawing) -> str:
    """The table of a drawing for a page without scripts: headings are texts, not buttons."""
    text = table_html(drawing)
    return text.replace('<button type="button">', "").replace("</button>", "")


def _png(figure: Figure) -> str:
    """The figure as a picture inside of a page."""
    target = io.BytesIO()
    figure.savefig(target, format="png", dpi=_DPI, metadata={"Software": None},
                   pil_kwargs={"compress_level": 3})  # fmt: skip
    return f"data:image/png;base64,{base64.b64encode(target.getvalue()).decode()}"


@cache
def _templates() -> Environment:
    return Environment(loader=PackageLoader("geoservice.reports"), autoescape=True,
                       undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)  # fmt: skip
