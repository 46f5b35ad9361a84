"""A report as PDF: cover with key figures, contents, all measures, figures, matrix, and notes."""

from collections.abc import Iterable, Sequence

from geoservice.cartography.figure.cells import NO_DATA, NOT_APPLICABLE, Row, Value
from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.picture.text import ink_on
from geoservice.reports.document import (
    About,
    Block,
    Pictures,
    PrintedTable,
    Section,
    document_pdf,
    entries_block,
    paragraph,
    small,
    table_blocks,
)
from geoservice.reports.key_figures import KeyFigure
from geoservice.reports.report import Item, Report, printed_facts
from geoservice.reports.texts import ReportTexts


def report_pdf(report: Report, key_figures: Sequence[KeyFigure], svgs: Sequence[bytes]) -> bytes:
    """Return a report as PDF; ``svgs`` are the pictures of its figures."""
    texts, pictures, drawing = ReportTexts(report.lang), Pictures(), report.first
    name = report.name or drawing.region_name
    about = About(
        lang=report.lang,
        title=f"{name} {drawing.choice.year}",
        description=texts("about"),
        profile=drawing.profile,
        running=f"{name} · {drawing.region_name}" if report.area else name,
    )
    figures = [
        _figure(
            item, report, texts, pictures.block(svg, item.drawing.alternative, item.drawing.method)
        )
        for item, svg in zip(report.items, svgs, strict=True)
    ]
    glance = glance_table(report, texts)
    sections = [
        *_cover(report, key_figures, texts),
        *([Section(texts("at_a_glance"), table_blocks(glance))] if glance.rows else []),
        *figures,
        *_matrix(report, texts),
        *_notes(report, texts),
    ]
    return document_pdf(about, sections, pictures)


def glance_table(report: Report, texts: ReportTexts) -> PrintedTable:
    """Return all measures at a glance, the area's value before the district's."""
    area_head = (report.name,) if report.area else ()
    heads = (texts("measure"), *area_head, texts("district"))
    rows = tuple(
        (line.measure, *((line.area.text,) if report.area else ()), line.district.text)
        for line in report.glance
    )
    return PrintedTable(heads, rows, (False, *[True] * (len(heads) - 1)))


def item_table(item: Item, texts: ReportTexts) -> PrintedTable:
    """Return the table of a figure."""
    return PrintedTable(
        heads=tuple(column.title for column in item.columns),
        rows=item.rows,
        numeric=tuple(bool(column.unit) for column in item.columns),
        caption=f"{texts('numbers')}: {item.drawing.title}",
        marked=item.marked,
    )


def matrix_tables(matrix: Drawing, area: str = "") -> tuple[PrintedTable, ...]:
    """Return the matrix as a table per grade band, its cells coloured as their classes.

    Measures and grades without data are left out. The rows of ``area`` are marked.
    """
    band_index = next(index for index, column in enumerate(matrix.columns) if column.id == "band")
    shown = _columns_with_data(matrix)
    colours = {
        frame.id.split("@")[0]: {
            entry.key: entry.colour for entry in frame.legend if not entry.hatch
        }
        for frame in matrix.frames
    }
    rows_by_band: dict[str, list[Row]] = {}
    for row in matrix.rows:  # Over areas and grade bands: at most some hundreds.
        rows_by_band.setdefault(str(row.cells[band_index]), []).append(row)
    return tuple(
        PrintedTable(
            heads=tuple(matrix.columns[index].title for index in shown),
            rows=tuple(tuple(_text(row.cells[index]) for index in shown) for row in rows),
            numeric=tuple(bool(matrix.columns[index].unit) for index in shown),
            caption=band,
            fills=tuple(
                tuple(
                    _fill(row.cells[index], colours.get(matrix.columns[index].id, {}))
                    for index in shown
                )
                for row in rows
            ),
            marked=tuple(index for index, row in enumerate(rows) if area and row.id == area),
        )
        for band, rows in rows_by_band.items()
        if any(_has_data(cell) for row in rows for cell in row.cells)
    )


def _columns_with_data(matrix: Drawing) -> list[int]:
    """Return places of the columns of names, and of the measures that any row has a value of."""
    return [
        index
        for index, column in enumerate(matrix.columns)
        if column.id not in ("id", "band")
        and (not column.unit or any(_has_data(row.cells[index]) for row in matrix.rows))
    ]


def _has_data(cell: Value | str) -> bool:
    return isinstance(cell, Value) and cell.status not in (NO_DATA, NOT_APPLICABLE)


def _cover(
    report: Report, key_figures: Sequence[KeyFigure], texts: ReportTexts
) -> Iterable[Section]:
    drawing = report.first
    kind = texts("report_of") if report.area else texts("report_of_district")
    tiles = [
        {"label": figure.label, "value": figure.value, "beside": figure.beside}
        for figure in key_figures
    ]
    yield Section("", paragraph(kind, size=12, soft=True), level=1)
    yield Section(
        report.name or drawing.region_name,
        (
            *paragraph(drawing.region_name if report.area else "", size=12, soft=True),
            *paragraph(texts.grades(drawing.choice.year, drawing.choice.band), size=12, soft=True),
            *([entries_block("tiles", tiles)] if tiles else []),
            *paragraph(texts("about")),
            *small(texts("legend", n=drawing.min_n)),
        ),
        level=1,
    )
    yield Section(texts("contents"), ({"kind": "outline"},), listed=False)


def _figure(item: Item, report: Report, texts: ReportTexts, picture: Block) -> Section:
    drawing = item.drawing
    lines = [
        f"{line.measure}: {report.name} {line.area.text}, {texts('district')} {line.district.text}"
        if report.area
        else f"{line.measure}: {line.district.text}"
        for line in item.lines
    ]
    unlisted = texts("in_workbook", n=item.unlisted) if item.unlisted else ""
    return Section(
        drawing.title,
        (
            *paragraph(drawing.frame.finding, bold=True),
            *small(drawing.subtitle),
            *(block for line in lines for block in paragraph(line)),
            picture,
            *table_blocks(item_table(item, texts)),
            *small(unlisted),
            *small(" ".join(f"{label}: {text}." for label, text in printed_facts(drawing))),
        ),
        new_page=True,
    )


def _matrix(report: Report, texts: ReportTexts) -> Iterable[Section]:
    if report.matrix is None:
        return
    tables = matrix_tables(report.matrix, report.area)
    blocks = [block for table in tables for block in table_blocks(table)]
    method = report.matrix.method
    yield Section(
        texts("matrix"), (*small(report.matrix.subtitle), *blocks, *small(method)), new_page=True
    )


def _notes(report: Report, texts: ReportTexts) -> Iterable[Section]:
    """Yield questions, glossary, method notes, figures without data, and sources."""
    questions = entries_block("numbered", list(texts.listed("discussion").values()))
    yield Section(texts("questions"), (questions,), new_page=True)
    for heading, key in (("glossary", "glossary_terms"), ("method", "method_notes")):
        entries = [list(entry) for entry in texts.listed(key).items()]
        yield Section(texts(heading), (entries_block("definitions", entries),))
    if report.missing:
        yield Section(texts("not_available"), paragraph(", ".join(report.missing)), level=3)
    facts = [f"{label}: {text}" for label, text in report.first.facts[4:6]]
    snapshot = f"{texts('snapshot')}: {report.first.snapshot} · {texts('profile')}"
    blocks = tuple(block for fact in (*facts, snapshot) for block in small(fact))
    yield Section(texts("sources"), blocks, level=3)


def _text(cell: Value | str) -> str:
    return cell.text if isinstance(cell, Value) else cell


def _fill(cell: Value | str, colours: dict[str, str]) -> tuple[str, str]:
    """Return the colours of a cell and of its text; empty for none."""
    colour = colours.get(cell.key, "") if isinstance(cell, Value) else ""
    return (colour, ink_on(colour)) if colour else ("", "")
