"""The cover's key figures: students, schools, seats, rank of need and trend, beside the district's.

Each is a number that a figure of the report prints; a number that no figure has is left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from geoservice.cartography.figure.cells import DISTRICT, Row, Value
from geoservice.cartography.figure.figure import Drawing
from geoservice.reports.report import Report, printed_facts
from geoservice.reports.texts import ReportTexts

_FACTS = (2, 1)
"""Places of students and schools among the facts of a drawing."""
_SEATS, _RANK = "seats", "rank"
_TREND, _GAP = "trend", "service-gap"


@dataclass(frozen=True)
class KeyFigure:
    """A number of the cover; ``beside`` is the district's, empty in the district's own report."""

    label: str
    value: str
    beside: str = ""


def key_figures(report: Report, district: Report, texts: ReportTexts) -> tuple[KeyFigure, ...]:
    """Return the key figures of a report, each with the value of the district's report."""
    district_value = dict(_figures(district, texts))
    if not report.area:
        return tuple(KeyFigure(label, value) for label, value in district_value.items())
    rank = _rank_label(texts, district)
    district_texts = {
        label: texts("rank_first", area=value) if label == rank else texts("beside", value=value)
        for label, value in district_value.items()
    }
    return tuple(
        KeyFigure(label, value, district_texts.get(label, ""))
        for label, value in _figures(report, texts)
    )


def _figures(report: Report, texts: ReportTexts) -> Iterator[tuple[str, str]]:
    """Yield label and printed value of each key figure that the report has."""
    facts, printed = report.first.facts, printed_facts(report.first)
    yield from (facts[place] for place in _FACTS if facts[place] in printed)
    drawings = {item.drawing.definition.id: item.drawing for item in report.items}
    for map_id, unit in (("quality-seats", _SEATS), ("quality-seats", "share")):
        if map_id in drawings:
            yield from _last_of_unit(drawings[map_id], report.area, unit)
    if _GAP in drawings:
        label = _rank_label(texts, report)
        yield from _rank(drawings[_GAP], report.area, label, texts)
    if _TREND in drawings:
        yield from _change(drawings[_TREND], report.area, texts)


def _last_of_unit(drawing: Drawing, area: str, unit: str) -> Iterator[tuple[str, str]]:
    """Yield the last column of each unit; for seats this is the column of all seats."""
    row = _row(drawing, area)
    cells = [
        (column.title, cell)
        for column, cell in zip(drawing.columns, row.cells if row else (), strict=False)
        if column.unit == unit and isinstance(cell, Value)
    ]
    if cells:
        title, value = cells[-1]
        yield title, value.text


def _rank_label(texts: ReportTexts, report: Report) -> str:
    """Return the label of the rank, which names its measure; empty without the figure."""
    drawings = (item.drawing for item in report.items if item.drawing.definition.id == _GAP)
    titles = [drawing.definition.title.of(report.lang) for drawing in drawings]
    return texts("rank_label", measure=titles[0]) if titles else ""


def _rank(drawing: Drawing, area: str, label: str, texts: ReportTexts) -> Iterator[tuple[str, str]]:
    """Yield an area's rank among all areas; of the district the area of rank 1."""
    index = next((i for i, column in enumerate(drawing.columns) if column.id == _RANK), None)
    if index is None:
        return
    if area:
        row, count = _row(drawing, area), len(drawing.options.area)
        if row is not None and isinstance(cell := row.cells[index], Value) and cell.number:
            yield label, texts("rank_of", rank=cell.text, n=count)
        return
    highest = [
        str(row.cells[1])
        for row in drawing.rows
        if isinstance(cell := row.cells[index], Value) and cell.number == 1
    ]
    if len(highest) == 1:  # Of several ties none is named.
        yield label, highest[0]


def _change(drawing: Drawing, area: str, texts: ReportTexts) -> Iterator[tuple[str, str]]:
    """Yield the oldest and the newest value of the trend."""
    row = _row(drawing, area)
    shares = [
        cell
        for column, cell in zip(drawing.columns, row.cells if row else (), strict=False)
        if column.unit == "share" and isinstance(cell, Value)
    ]
    years = sorted(frame.year for frame in drawing.frames)
    if len(shares) > 1 and shares[0].number is not None and shares[-1].number is not None:
        label = texts("trend_of", measure=drawing.frame.view, first=years[0], last=years[-1])
        yield label, f"{shares[0].text} → {shares[-1].text}"


def _row(drawing: Drawing, area: str) -> Row | None:
    return next((row for row in drawing.rows if row.id == (area or DISTRICT)), None)
