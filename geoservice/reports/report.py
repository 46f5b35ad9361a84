"""What one report holds: the same figures for every area, the district's value beside each."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from geoservice.cartography.figure import DISTRICT, Column, Drawing, Row, Value
from geoservice.reports.texts import ReportTexts

_ZOOMED = ("reference", "zones", "ratings", "utilisation")
"""Kinds of which an area's report shows the area; of the others the whole district, the area outlined."""
_NO_TABLE = ("id", "to")
_MOST_ROWS = 80


@dataclass(frozen=True)
class Line:
    """One measure at a glance: its name, here, and in the district."""

    measure: str
    here: str
    district: str


@dataclass(frozen=True)
class Item:
    """One figure of a report: what is drawn, and the table under it."""

    drawing: Drawing
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Report:
    """One report. ``area`` and ``name`` are empty for the district's; ``missing`` are titles of figures."""

    lang: str
    area: str
    name: str
    file: str
    items: tuple[Item, ...]
    matrix: Drawing | None
    missing: tuple[str, ...]

    @property
    def glance(self) -> tuple[Line, ...]:
        """All measures of all figures, once each, and those of the matrix that no figure tells."""
        found = {line.measure: line for item in self.items for line in item.lines}
        told = {(one.measure, one.part) for item in self.items if item.lines
                for one in item.drawing.definition.views}  # fmt: skip
        more = () if self.matrix is None else _matrix_lines(self.matrix, self.area, told)
        return (*found.values(), *more)

    @property
    def first(self) -> Drawing:
        """A drawing that names region, year and sources."""
        return self.items[0].drawing


def item_of(drawing: Drawing, whole: Drawing) -> Item:
    """A figure for a report.

    Parameters
    ----------
    drawing, whole
        The figure for the area, and for the whole district (the same one in the district's report).
    """
    area = drawing.choice.area
    lines = _lines(whole, area)
    shown = drawing
    if area and drawing.definition.kind not in _ZOOMED:
        shown = replace(drawing, bounds=whole.bounds)
    kept = [at for at, one in enumerate(whole.columns) if one.id not in _NO_TABLE]
    source = whole if any(row.id == area for row in whole.rows) else drawing
    rows = [
        row for row in source.rows if not area or source is drawing or row.id in (area, DISTRICT)
    ]
    return Item(
        shown, tuple(source.columns[at] for at in kept),
        tuple(tuple(_text(row.cells[at]) for at in kept) for row in rows[:_MOST_ROWS]), lines,
    )  # fmt: skip


def file_names(areas: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    """A name without an ending for the report of each area id, safe for every system and unique."""
    found: dict[str, str] = {}
    for number, (area, _) in enumerate(areas, 1):
        safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in area)[:60]
        taken = safe.lower() in {one.removeprefix("report-").lower() for one in found.values()}
        clash = taken or not safe.strip("-") or safe.lower() == DISTRICT
        found[area] = f"report-{number:02d}-{safe}" if clash else f"report-{safe}"
    return found


def _lines(whole: Drawing, area: str) -> tuple[Line, ...]:
    """The area's and the district's value of each measure that the figure shows."""
    by_id = {row.id: row for row in whole.rows}
    district, here = by_id.get(DISTRICT), by_id.get(area or DISTRICT)
    if whole.definition.units != "areas" or district is None or here is None:
        return ()  # Zones cross areas: no one value stands for an area.
    year = f"_{whole.choice.year.replace('-', '_')}"
    measures = {name for one in whole.definition.views for name in (one.id, one.id + year)}
    many = whole.definition.years == "all"
    short = "" if many else whole.definition.title.of(whole.choice.lang)
    return tuple(
        Line(
            _measure(short, column, ReportTexts(whole.choice.lang)),
            _cell(here, at),
            _cell(district, at),
        )
        for at, column in enumerate(whole.columns)
        if column.id in measures
    )


def _matrix_lines(
    matrix: Drawing, area: str, told: Collection[tuple[str, str]]
) -> tuple[Line, ...]:
    """Measures of the matrix in the grades chosen, without those that are told already."""
    views = {one.id: one for one in matrix.definition.views}
    band = dict(matrix.options.band).get(matrix.choice.band)
    rows = {row.id: row for row in matrix.rows if row.cells[2] == band}
    here, district = rows.get(area or DISTRICT), rows.get(DISTRICT)
    if here is None or district is None:
        return ()
    return tuple(
        Line(column.title, _cell(here, at), _cell(district, at))
        for at, column in enumerate(matrix.columns)
        if column.id in views and (views[column.id].measure, views[column.id].part) not in told
    )


def _measure(figure: str, column: Column, texts: ReportTexts) -> str:
    title = column.title
    named = title if figure.lower() in title.lower() else f"{figure}: {title}"
    return texts("miles", measure=named) if column.unit == "miles" else named


def _cell(row: Row, at: int) -> str:
    return _text(row.cells[at])


def _text(cell: Value | str) -> str:
    return cell.text if isinstance(cell, Value) else cell
