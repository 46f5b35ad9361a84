"""The board packet of a scenario: its maps, its numbers before and after, and the years to come."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.picture.picture import svg
from geoservice.reports.document import (
    About,
    Block,
    Pictures,
    PrintedTable,
    Section,
    document_pdf,
    paragraph,
    small,
    table_blocks,
)
from geoservice.reports.render import SIZE, picture_in_page, table_of, templates
from geoservice.reports.report import printed_facts
from geoservice.reports.texts import ReportTexts


@dataclass(frozen=True)
class BoardPacket:
    """The content of a board packet.

    Attributes
    ----------
    name
        Of the scenario.
    drawings
        Its maps; the first names region, year and sources.
    summary
        Measure, today, proposed: as printed.
    years
        A row per school year: texts under ``year_heads``.
    numbers
        All numbers, for the workbook.
    """

    lang: str
    name: str
    first_year: str
    drawings: tuple[Drawing, ...]
    summary: tuple[tuple[str, str, str], ...]
    year_heads: tuple[str, ...]
    years: tuple[tuple[str, ...], ...]
    numbers: pl.DataFrame

    @property
    def profile(self) -> str:
        """``public`` or ``internal``."""
        return self.drawings[0].profile


def packet_html(packet: BoardPacket) -> str:
    """Return the packet as a page without scripts that loads nothing from other hosts."""
    figures = [
        (drawing, picture_in_page(svg(drawing, SIZE)), table_of(drawing))
        for drawing in packet.drawings
    ]
    template = templates().get_template("packet.html")
    return template.render(
        packet=packet,
        texts=ReportTexts(packet.lang),
        figures=figures,
        printed_facts=printed_facts,
    )


def packet_pdf(packet: BoardPacket) -> bytes:
    """Return the packet as a tagged PDF."""
    texts, drawing, pictures = ReportTexts(packet.lang), packet.drawings[0], Pictures()
    about = About(
        lang=packet.lang,
        title=f"{packet.name}, {packet.first_year}",
        description=texts("packet_about"),
        profile=packet.profile,
        running=f"{packet.name} · {drawing.region_name}",
    )
    heads = (texts("measure"), texts("packet_today"), texts("packet_proposed"))
    summary = PrintedTable(heads, packet.summary, (False, True, True))
    years = PrintedTable(
        packet.year_heads,
        packet.years,
        (False, *[True] * (len(packet.year_heads) - 1)),
        texts("packet_years_caption"),
    )
    sections = [
        Section("", paragraph(texts("packet_of"), size=12, soft=True), level=1),
        Section(
            packet.name,
            (
                *paragraph(f"{drawing.region_name} · {packet.first_year}", size=12, soft=True),
                *paragraph(texts("packet_about")),
                *small(drawing.counts or texts("packet_own_counts")),
            ),
            level=1,
        ),
        Section(texts("at_a_glance"), table_blocks(summary)),
    ]
    if packet.years:
        sections.append(Section(texts("packet_years"), table_blocks(years)))
    sections += _figures(packet.drawings, pictures)
    return document_pdf(about, sections, pictures)


def _figures(drawings: Sequence[Drawing], pictures: Pictures) -> Iterator[Section]:
    """Yield a section for each figure; a table that stands under an earlier figure is left out."""
    tables = [table_of(drawing) for drawing in drawings]
    for index, (drawing, table) in enumerate(zip(drawings, tables, strict=True)):
        is_repeated = any(table.rows == earlier.rows for earlier in tables[:index])
        yield _figure(drawing, () if is_repeated else table_blocks(table), pictures)


def _figure(drawing: Drawing, table: Sequence[Block], pictures: Pictures) -> Section:
    return Section(
        drawing.title,
        (
            *small(drawing.subtitle),
            pictures.block(svg(drawing, SIZE), drawing.alternative, drawing.method),
            *small(" ".join(f"{label}: {text}." for label, text in printed_facts(drawing))),
            *table,
        ),
        new_page=True,
    )
