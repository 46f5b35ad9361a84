"""The figure of a forecast: how many students live in each zone in the years to come."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from geoservice.cartography.definition.definition import Classes
from geoservice.cartography.figure.cells import ZERO, Column, Row, Value
from geoservice.cartography.figure.classes import Scale, scale
from geoservice.cartography.figure.context import around, outline_entries
from geoservice.cartography.figure.frames import Frame
from geoservice.cartography.figure.ground import Composed, FigureGround
from geoservice.cartography.figure.layers import POLYGONS, Feature, FeatureState, Layer
from geoservice.cartography.figure.levels import grades_in_words
from geoservice.cartography.figure.plans import ForecastPlan
from geoservice.cartography.figure.shapes import zone_table, zones_of
from geoservice.cartography.figure.values import MINUS
from geoservice.cartography.findings.plans import Forecasted, forecast_finding
from geoservice.errors import NotFoundError

_CHANGE = Classes(scheme="fixed", breaks=(-0.1, -0.03, 0.03, 0.1), palette="PuOr", reverse=True)
_CHANGE_WORDS = (
    "change_less_most",
    "change_less",
    "change_none",
    "change_more",
    "change_more_most",
)
"""Words of the classes, the largest fall first."""
_NO_CHANGE = "c2"
"""The class of changes within 3%, which contains no change at all."""
_SHOWN = "shown"
_BAND = {"low": "column_band_low", "high": "column_band_high"}
_SEATS = {"over_95": "column_over_95", "under_80": "column_under_80"}
"""Columns with their words."""

Cells = Mapping[tuple[str, str], dict[str, Any]]
"""Rows of the forecast by zone and year."""


@dataclass(frozen=True)
class _ForecastGround:
    """The inputs of the figure, and the forecast as numbers by zone and year.

    Attributes
    ----------
    start
        The last counted school year.
    years
        The school years of the forecast, ascending.
    changes
        Change of the students of a zone since ``start``, by zone and year.
    """

    figure: FigureGround
    plan: ForecastPlan
    cells: Cells
    start: str
    years: tuple[str, ...]
    changes: Mapping[tuple[str, str], Value]


def forecast_figure(ground: FigureGround) -> Composed:
    """Zones by the change of their residents since the last counted year, a frame per year."""
    plan = ground.released.plan
    if not isinstance(plan, ForecastPlan):
        raise NotFoundError("The region has no forecast: it needs students of two school years.")
    zones = zone_table(ground.reference, plan.zones)
    forecast = _forecast_ground(ground, plan, zones)
    classes = _classes(forecast)
    columns, rows = _table(ground, plan, [forecast.start, *forecast.years], forecast.cells)
    return Composed(
        layers=(_layer(forecast, zones, classes), *around(ground)),
        frames=tuple(_frame(forecast, zones, classes, year) for year in forecast.years[::-1]),
        columns=columns,
        rows=rows,
        schools=len(zones),
        legend=outline_entries(ground),
        legend_title=ground.texts("legend_context"),
        students=_total(ground, plan, forecast.start),
        grades=_grades(ground, plan),
        says=tuple(_students_sentence(ground, plan, year) for year in forecast.years),
    )


def _forecast_ground(
    ground: FigureGround, plan: ForecastPlan, zones: pl.DataFrame
) -> _ForecastGround:
    cells = {(row["unit"], row["year"]): row for row in plan.table.iter_rows(named=True)}
    years = plan.table.filter(kind="forecast")["year"].unique().sort().to_list()
    start = str(plan.table.filter(kind="counted")["year"].max())
    changes = {
        (zone, year): _change(ground, cells.get((zone, year)), cells.get((zone, start)))
        for zone in zones["id"]
        for year in years
    }
    return _ForecastGround(ground, plan, cells, start, tuple(years), changes)


def _classes(forecast: _ForecastGround) -> Scale:
    """Return the classes of changes, in words instead of signed numbers."""
    printer = forecast.figure.printer
    classes = scale(forecast.changes.values(), _CHANGE, "share", printer)
    words = {f"c{place}": printer.texts(word) for place, word in enumerate(_CHANGE_WORDS)}
    entries = (replace(entry, text=words.get(entry.key, entry.text)) for entry in classes.entries)
    return replace(classes, entries=tuple(entries))


def _grades(ground: FigureGround, plan: ForecastPlan) -> str:
    sets = ground.reference.info.zone_sets
    grades = next((zones.grades for zones in sets if zones.id == plan.zones), ())
    return grades_in_words(ground, grades)


def _layer(forecast: _ForecastGround, zones: pl.DataFrame, classes: Scale) -> Layer:
    ground = forecast.figure
    features = []
    for zone, name in zones.select("id", "name").iter_rows():
        states = {}
        for year in forecast.years:
            change = forecast.changes[zone, year]
            card = _card(ground, name, year, forecast.cells.get((zone, year)), change)
            key = classes.key(change)
            states[year] = FeatureState(_NO_CHANGE if key == ZERO else key, change.text, card)
        features.append(Feature(zone, name, states))
    shapes = zones_of(ground.reference, forecast.plan.zones)
    title = ground.texts("column_zone")
    return Layer("units", title, POLYGONS, tuple(features), shapes, has_frames=True)


def _frame(forecast: _ForecastGround, zones: pl.DataFrame, classes: Scale, year: str) -> Frame:
    ground, plan, start = forecast.figure, forecast.plan, forecast.start
    return Frame(
        id=year,
        view=ground.definition.title.of(ground.choice.lang),
        year=year,
        legend_title=ground.texts(
            "legend_forecast", start=start, year=year, grades=_grades(ground, plan)
        ),
        legend=classes.entries,
        district=_students_sentence(ground, plan, year, "frame_forecast"),
        finding=forecast_finding(
            ground.texts,
            Forecasted(start, year, _grades(ground, plan)),
            (_total(ground, plan, start), _total(ground, plan, year)),
            [
                (name, forecast.changes[zone, year])
                for zone, name in zones.select("id", "name").iter_rows()
            ],
        ),
    )


def _change(
    ground: FigureGround, coming: dict[str, Any] | None, counted: dict[str, Any] | None
) -> Value:
    """The change of a zone since the last counted year."""
    students, today = _number(coming), _number(counted)
    if students is None or not today:
        rows = [row for row in (coming, counted) if row is not None]
        is_suppressed = any(row["status"] != _SHOWN for row in rows)
        return ground.printer.suppressed() if is_suppressed else ground.printer.no_data()
    change = round(students / today - 1, 2) + 0.0
    value = ground.printer.share(change, today)
    number = value.number or 0.0
    text = f"{number * 100:+.0f}%"
    return value if text in ("+0%", "-0%") else replace(value, text=text.replace("-", MINUS))


def _number(row: dict[str, Any] | None) -> float | None:
    if row is None or row["students"] is None:
        return None
    return float(row["students"]) + float(row["homes"] or 0.0)


def _cell(ground: FigureGround, row: dict[str, Any] | None, column: str = "students") -> Value:
    if row is None:
        return ground.printer.no_data()
    if row["status"] != _SHOWN:
        return ground.printer.suppressed()
    number = _number(row) if column == "students" else row[column]
    return ground.printer.value(number, "students")


def _card(
    ground: FigureGround, name: str, year: str, row: dict[str, Any] | None, change: Value
) -> tuple[str, ...]:
    low, high = _cell(ground, row, "low"), _cell(ground, row, "high")
    text = ground.texts(
        "card_forecast", year=year, n=_cell(ground, row).text, low=low.text, high=high.text
    )
    return (name, text, f"{ground.texts('column_change')}: {change.text}")


def _students_sentence(
    ground: FigureGround, plan: ForecastPlan, year: str, key: str = "says_forecast"
) -> str:
    """Return the number of students of all shown zones as a sentence."""
    return ground.texts(key, year=year, n=_total(ground, plan, year).text)


def _total(ground: FigureGround, plan: ForecastPlan, year: str) -> Value:
    """The students of all zones whose number is shown."""
    rows = plan.table.filter(year=year)
    total = (rows["students"].fill_null(0) + rows["homes"].fill_null(0)).sum()
    return ground.printer.value(float(total), "students")


def _table(
    ground: FigureGround, plan: ForecastPlan, years: list[str], cells: Cells
) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
    """A row per zone: students of each year, with the band of the years to come."""
    names = plan.table.unique("unit", keep="first", maintain_order=True)
    rows = []
    for zone, name in names.sort("name").select("unit", "name").iter_rows():
        counted = cells.get((zone, years[0]))
        row_cells: list[Value | str] = [zone, name, _cell(ground, counted)]
        for year in years[1:]:
            row = cells.get((zone, year))
            row_cells += [_cell(ground, row, column) for column in ("students", *_BAND)]
        row_cells += [str((counted or {}).get(f"first_{name}") or "") for name in _SEATS]
        rows.append(Row(zone, tuple(row_cells)))
    return _columns(ground, years), tuple(rows)


def _columns(ground: FigureGround, years: list[str]) -> tuple[Column, ...]:
    """Return the columns of the table; the counted year has no band."""
    texts = ground.texts
    columns = [
        Column("id", texts("column_zone_id")),
        Column("name", texts("column_school_of_right")),
    ]
    for year in years:
        words = {"students": "column_students"} | (_BAND if year != years[0] else {})
        columns += [
            Column(f"{name}_{year.replace('-', '_')}", f"{texts(word)}, {year}", "students")
            for name, word in words.items()
        ]
    seats = (Column(name, texts(word)) for name, word in _SEATS.items())
    return (*columns, *seats)
