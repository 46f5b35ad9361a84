"""The content of a report in every format: figures with their tables, and all measures."""

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from geoservice.cartography.figure.cells import (
    DISTRICT,
    NO_DATA,
    NOT_APPLICABLE,
    Column,
    Row,
    Value,
)
from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.texts import texts_of
from geoservice.reports.area_view import of_area
from geoservice.reports.texts import ReportTexts

_NO_TABLE = ("id", "to")
_EMPTY = (NO_DATA, NOT_APPLICABLE)
_FACTS = slice(1, 6)
"""Places of schools, students, matched addresses, source and date among a drawing's facts."""
_MOST_ROWS = 150
"""A longer table stands in the workbook alone."""


@dataclass(frozen=True)
class Line:
    """A measure at a glance: its name and unit, its value here and in the district."""

    measure: str
    unit: str
    area: Value
    district: Value


@dataclass(frozen=True)
class Item:
    """A figure of a report: its drawing, and the table below it."""

    drawing: Drawing
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[Line, ...]
    unlisted: int = 0
    marked: tuple[int, ...] = ()


@dataclass(frozen=True)
class Report:
    """A report. ``area`` and ``name`` are empty for the report of the district."""

    lang: str
    area: str
    name: str
    file: str
    items: tuple[Item, ...]
    matrix: Drawing | None
    missing: tuple[str, ...]

    @property
    def glance(self) -> tuple[Line, ...]:
        """Return all measures with data, each once: first of the figures, then of the matrix."""
        line_by_measure = {line.measure: line for item in self.items for line in item.lines}
        reported = {
            (view.measure, view.part)
            for item in self.items
            if item.lines
            for view in item.drawing.definition.views
        }
        matrix_lines = (
            () if self.matrix is None else _matrix_lines(self.matrix, self.area, reported)
        )
        lines = (*line_by_measure.values(), *matrix_lines)
        return tuple(line for line in lines if line.district.status not in _EMPTY)

    @property
    def first(self) -> Drawing:
        """A drawing that names region, year and sources."""
        return self.items[0].drawing


def item_of(drawing: Drawing, district_drawing: Drawing) -> Item:
    """Return a figure of a report.

    Parameters
    ----------
    drawing, district_drawing
        The figure for the area, and for the district (the same figure in the district's report).
    """
    area = drawing.choice.area
    shown = of_area(drawing, district_drawing) if area else drawing
    kept_columns = [
        index
        for index, column in enumerate(shown.columns)
        if column.id not in _NO_TABLE and _has_content(shown.rows, index)
    ]
    is_listed = drawing.definition.kind != "hexagons" and len(shown.rows) <= _MOST_ROWS
    rows = _by_rank(shown) if is_listed else ()
    return Item(
        shown,
        tuple(shown.columns[index] for index in kept_columns),
        tuple(tuple(_text(row.cells[index]) for index in kept_columns) for row in rows),
        _lines(district_drawing, area),
        0 if is_listed else len(shown.rows),
        tuple(index for index, row in enumerate(rows) if area and row.id == area),
    )


def has_data(item: Item) -> bool:
    """Return whether a figure has anything to show: a row with a number or a suppressed number.

    Of a figure of areas in an area's report, the row of that area decides. A figure of places
    shows its places without a number too.
    """
    if item.drawing.definition.group == "places" or item.drawing.definition.kind == "ratings":
        return any(row.id != DISTRICT for row in item.drawing.rows)
    rows = [row for row in item.drawing.rows if row.id != DISTRICT]
    own_rows = [row for row in rows if row.id == item.drawing.choice.area]
    return _has_numbers(own_rows or rows)


def has_matrix_data(matrix: Drawing) -> bool:
    """Return whether the matrix has a number of any area."""
    return _has_numbers([row for row in matrix.rows if row.id != DISTRICT])


def printed_facts(drawing: Drawing) -> tuple[tuple[str, str], ...]:
    """Return the facts below a figure, without facts that have no data in the region."""
    missing = texts_of(drawing.choice.lang)("no_students")
    return tuple(fact for fact in drawing.facts[_FACTS] if fact[1] != missing)


def _has_content(rows: Sequence[Row], index: int) -> bool:
    """Return whether a column has a cell with a text, a number or a suppressed number."""
    cells = [row.cells[index] for row in rows]
    return not cells or any(
        cell.status not in _EMPTY if isinstance(cell, Value) else bool(cell) for cell in cells
    )


def _has_numbers(rows: Sequence[Row]) -> bool:
    numbers = [cell for row in rows for cell in row.cells if isinstance(cell, Value)]
    if not numbers:
        return bool(rows)
    return any(number.status not in _EMPTY for number in numbers)


def _by_rank(drawing: Drawing) -> tuple[Row, ...]:
    """Return the rows with the highest value first where the figure has bars, else as they are."""
    ranking = drawing.frame.ranking
    if ranking is None:
        return drawing.rows
    place = {unit.id: index for index, unit in enumerate(ranking.units)}
    # The district is no unit of the bars; its row stays last.
    return tuple(sorted(drawing.rows, key=lambda row: place.get(row.id, len(place))))


def file_names(areas: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    """Return the name of each area's files without ending, by area id.

    Files are named by the area's name, safe for every system and unique.
    """
    names: dict[str, str] = {}
    taken = {DISTRICT, ""}
    for number, (area, name) in enumerate(areas, 1):
        safe = _safe(name) or _safe(area)
        if safe in taken:
            safe = "-".join(part for part in (safe, _safe(area), str(number)) if part)
        taken.add(safe)
        names[area] = f"report-{safe}"
    return names


def _safe(text: str) -> str:
    """Return a text in small letters, digits and hyphens; letters lose their accents."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "-".join("".join(c if c.isalnum() else " " for c in plain).split())[:60]


def _lines(district_drawing: Drawing, area: str) -> tuple[Line, ...]:
    """Return the area's and the district's value of each measure that the figure shows."""
    by_id = {row.id: row for row in district_drawing.rows}
    district, area_row = by_id.get(DISTRICT), by_id.get(area or DISTRICT)
    if district_drawing.definition.units != "areas" or district is None or area_row is None:
        return ()  # Zones cross areas: no one value stands for an area.
    year = f"_{district_drawing.choice.year.replace('-', '_')}"
    measures = {
        name for view in district_drawing.definition.views for name in (view.id, view.id + year)
    }
    has_all_years = district_drawing.definition.years == "all"
    short = (
        "" if has_all_years else district_drawing.definition.title.of(district_drawing.choice.lang)
    )
    texts = ReportTexts(district_drawing.choice.lang)
    return tuple(
        Line(_measure(short, column, texts), column.unit, area_value, everywhere)
        for index, column in enumerate(district_drawing.columns)
        if column.id in measures
        and isinstance(area_value := area_row.cells[index], Value)
        and isinstance(everywhere := district.cells[index], Value)
    )


def _matrix_lines(
    matrix: Drawing, area: str, reported: Collection[tuple[str, str]]
) -> tuple[Line, ...]:
    """Return measures of the matrix in the report's grades that no figure has."""
    views = {view.id: view for view in matrix.definition.views}
    band = dict(matrix.options.band).get(matrix.choice.band)
    rows = {row.id: row for row in matrix.rows if row.cells[2] == band}
    area_row, district = rows.get(area or DISTRICT), rows.get(DISTRICT)
    if area_row is None or district is None:
        return ()
    return tuple(
        Line(column.title, column.unit, area_value, everywhere)
        for index, column in enumerate(matrix.columns)
        if column.id in views
        and (views[column.id].measure, views[column.id].part) not in reported
        and isinstance(area_value := area_row.cells[index], Value)
        and isinstance(everywhere := district.cells[index], Value)
    )


def _measure(figure: str, column: Column, texts: ReportTexts) -> str:
    title = column.title
    named = title if figure.lower() in title.lower() else f"{figure}: {title}"
    return texts("miles", measure=named) if column.unit == "miles" else named


def _text(cell: Value | str) -> str:
    return cell.text if isinstance(cell, Value) else cell
