"""A report as PDF on letter paper: text pages and figure pages, all text as text, tagged for screen readers."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from geoservice.cartography.picture_layout import THEMES, Box, Layout
from geoservice.cartography.picture_pdf import TaggedPdf
from geoservice.cartography.picture_text import Page, tall
from geoservice.cartography.picture_type import Words
from geoservice.reports.report import Report
from geoservice.reports.texts import ReportTexts

_WIDTH, _HEIGHT, _EDGE = 8.5, 11.0, 0.7
_ROW = 0.3
_VALUE = 1.15
_MARGIN = 0.4


@dataclass(frozen=True)
class Text:
    """A text to write: a paragraph (``P``) or a heading (``H2``), its size in points, the gap after it in inches."""

    text: str
    points: float
    after: float = 0.04
    kind: str = "P"


class Pages:
    """Collects pages of text; a new one begins where the last is full."""

    def __init__(self, pdf: TaggedPdf, texts: ReportTexts) -> None:
        self._pdf, self._texts = pdf, texts
        self._count = self._written = 0
        self._page: Page | None = None
        self._top = 0.0

    def begin(self) -> None:
        """Start a page."""
        self.end()
        inner = Box(_EDGE, _EDGE, _WIDTH - 2 * _EDGE, _HEIGHT - 2 * _EDGE)
        layout = Layout(_WIDTH, _HEIGHT, inner, inner, inner, inner, THEMES["print"])
        self._page = Page(Figure(figsize=(_WIDTH, _HEIGHT)), layout)
        self._top = _HEIGHT - _EDGE

    def end(self) -> None:
        """Finish the page, if one is begun."""
        if self._page is not None:
            number = self._texts("page", page=self._count + 1)
            self._page.write(_EDGE, _EDGE - 0.15, number, 8, 4, soft=True)
            self.add(self._page.figure)
            self._page = None

    def add(self, figure: Figure, alternative: str = "") -> None:
        """Add a page that is drawn already; of a figure with the figure in words."""
        if alternative:
            number = self._texts("page", page=self._count + 1)
            width, height = figure.get_size_inches()
            x, y = 1 - _MARGIN / width, _MARGIN / 2 / height
            figure.add_artist(Words(x, y, number, fontsize=8, ha="right", color="#333333"))
        self._pdf.add(figure, alternative)
        self._count += 1

    def keep(self, lines: Sequence["Text"]) -> None:
        """Write texts that stand together, on a new page where this one has no room for all."""
        needed = sum(_tall(one.text, one.points, bold=one.kind != "P") + one.after for one in lines)
        if self._top - needed < _EDGE + 0.15:
            self.begin()
        for one in lines:
            self.write(one.text, one.points, bold=one.kind != "P", after=one.after, kind=one.kind)

    def write(self, text: str, points: float = 10.5, *, bold: bool = False, soft: bool = False,
              after: float = 0.08, kind: str = "P") -> None:  # fmt: skip
        """Write a paragraph, or a heading (``H1``, ``H2``), over the whole width."""
        self._written += 1
        page = self._with_room(_tall(text, points, bold=bold))
        self._top = (
            page.write(
                _EDGE,
                self._top,
                text,
                points,
                _WIDTH - 2 * _EDGE,
                bold=bold,
                soft=soft,
                tag=f"{kind}/{self._written}" if text else None,
            )
            - after
        )

    def row(self, cells: Sequence[str], *, bold: bool = False) -> None:
        """Write a line of a table: a name, then values from the right."""
        page = self._with_room(_ROW)
        self._written += 1
        kind, values = "TH" if bold else "TD", cells[1:]
        width = _WIDTH - 2 * _EDGE - _VALUE * len(values) - 0.15
        page.write(
            _EDGE, self._top, cells[0], 9, width, bold=bold, lines=1, tag=f"TH/{self._written}/0"
        )
        for at, text in enumerate(values):
            left = _WIDTH - _EDGE - _VALUE * (len(values) - at)
            page.write(
                left,
                self._top,
                text,
                9.5,
                _VALUE - 0.1,
                bold=bold or at == 0,
                lines=1,
                tag=f"{kind}/{self._written}/{at + 1}",
            )
        self._top -= 0.235
        page.axes.plot(
            [_EDGE, _WIDTH - _EDGE], [self._top + 0.01] * 2, color="#bbbbbb", linewidth=0.4
        )

    def _with_room(self, tall: float) -> Page:
        if self._page is None or self._top - tall < _EDGE + 0.15:
            self.begin()
        if self._page is None:
            raise RuntimeError("no page was begun")
        return self._page


def write_text_pages(pages: Pages, report: Report, texts: ReportTexts) -> None:
    """The first pages: title, what this is, and all measures at a glance."""
    first = report.first
    pages.begin()
    pages.write(
        texts("report_of") if report.area else texts("report_of_district"), 12, soft=True, after=0.0
    )
    pages.write(report.name or first.region_name, 24, bold=True, after=0.06, kind="H1")
    pages.write(first.region_name if report.area else "", 12, soft=True, after=0.0)
    pages.write(
        texts.grades(first.choice.year, first.choice.band),
        12,
        soft=True,
        after=0.15,
    )
    pages.write(texts("about"), after=0.1)
    pages.write(texts("legend", n=first.min_n), 9.5, soft=True, after=0.2)
    pages.write(texts("at_a_glance"), 14, bold=True, after=0.08, kind="H2")
    heads = [texts("measure"), *([report.name] if report.area else []), texts("district")]
    pages.row(heads, bold=True)
    for line in report.glance:
        pages.row([line.measure, *([line.here] if report.area else []), line.district])


def write_last_pages(pages: Pages, report: Report, texts: ReportTexts) -> None:
    """The last pages: questions, glossary, method notes, sources."""
    pages.begin()
    pages.write(texts("questions"), 14, bold=True, kind="H2")
    for number, text in texts.listed("discussion").items():
        pages.write(f"{number}. {text}", 10, after=0.06)
    pages.write("", 6)
    pages.write(texts("glossary"), 14, bold=True, kind="H2")
    for term, meaning in texts.listed("glossary_terms").items():
        pages.write(f"{term}: {meaning}", 8.5, after=0.03)
    pages.keep(_notes(report, texts))
    pages.end()


def _notes(report: Report, texts: ReportTexts) -> list[Text]:
    """Method notes, figures that are missing, and sources: they stand on one page."""
    notes = [f"{term}: {meaning}" for term, meaning in texts.listed("method_notes").items()]
    facts = [f"{label}: {text}" for label, text in report.first.facts[4:6]]
    about = f"{texts('snapshot')}: {report.first.snapshot} · {texts('profile')}"
    missing = [
        Text(texts("not_available"), 11, 0.08, "H2"),
        Text(", ".join(report.missing), 9.5, 0.08),
    ]
    return [
        Text("", 6, 0.08), Text(texts("method"), 14, 0.08, "H2"), *(Text(one, 8.5, 0.03) for one in notes), Text("", 4, 0.0),
        *(missing if report.missing else []),
        Text(texts("sources"), 11, 0.08, "H2"), *(Text(one, 8.5, 0.03) for one in (*facts, about)),
    ]  # fmt: skip


def _tall(text: str, points: float, *, bold: bool) -> float:
    """How many inches a text takes over the whole width."""
    return tall(text, points, _WIDTH - 2 * _EDGE, bold=bold)


def opened(report: Report) -> TaggedPdf:
    """A PDF to put pages into, without the time of writing."""
    title = f"{report.name or report.first.region_name} {report.first.choice.year}"
    return TaggedPdf(report.lang, {"Title": title, "Creator": "geoservice, public",
                                   "CreationDate": None, "ModDate": None})  # fmt: skip
