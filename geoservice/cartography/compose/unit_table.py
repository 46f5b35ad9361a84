"""The table of a figure of areas, zones or hexagons: a row per unit and the district."""

from collections.abc import Sequence
from dataclasses import dataclass

from geoservice.cartography.compose.by_rating import rating_cells, rating_columns
from geoservice.cartography.compose.need_ranks import rank_columns, ranks
from geoservice.cartography.figure.cells import DISTRICT, Column, Row, Value
from geoservice.cartography.figure.ground import FigureGround
from geoservice.cartography.figure.layers import Shapes
from geoservice.cartography.figure.panel import Panel
from geoservice.cartography.figure.released import DISTRICT_UNIT
from geoservice.measures.measure import STUDENTS


@dataclass(frozen=True)
class ShownUnits:
    """The colored units: ids, names, shapes, and the name of the set in released tables."""

    set_id: str
    title: str
    ids: tuple[str, ...]
    names: tuple[str, ...]
    shapes: Shapes


def unit_table(
    ground: FigureGround, units: ShownUnits, panels: Sequence[Panel]
) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
    """Return a row per unit and one for the district with the values of every panel."""
    many_years = len({panel.year for panel in panels}) > 1
    columns = [Column("id", ground.texts("column_id")), Column("name", units.title)]
    for panel in sorted(panels, key=lambda panel: panel.year):
        columns += _columns(ground, panel, many_years=many_years, lone=len(panels) == 1)
    named = [*zip(units.ids, units.names, strict=True), (DISTRICT, ground.texts("district"))]
    ordered = sorted(named[:-1], key=lambda item: item[1]) + named[-1:]
    rows = []
    for unit, name in ordered:
        key = DISTRICT_UNIT if unit == DISTRICT else unit
        cells: list[Value | str] = [unit, name]
        for panel in sorted(panels, key=lambda item: item.year):
            cells += _cells(ground, panel, key, lone=len(panels) == 1)
        rows.append(Row(unit, tuple(cells)))
    return tuple(columns), tuple(rows)


def _columns(ground: FigureGround, panel: Panel, *, many_years: bool, lone: bool) -> list[Column]:
    texts, view = ground.texts, panel.view
    mark = f"_{panel.year.replace('-', '_')}" if many_years else ""
    year = f", {panel.year}" if many_years else ""
    name = view.title.of(ground.choice.lang)
    columns = [Column(f"{view.id}{mark}", f"{name}{year}", view.unit)]
    if lone and view.unit == "share":
        columns.append(Column("numerator", texts(f"numerator_{panel.counted}"), panel.counted))
    if view.unit != STUDENTS:
        columns.append(
            Column(f"n_{view.id}{mark}", texts(f"column_n_{panel.counted}") + year, panel.counted)
        )
    if lone and panel.has_interval:
        columns += [
            Column("low", texts("column_low"), view.unit),
            Column("high", texts("column_high"), view.unit),
        ]
    if ground.definition.labels == "rank":
        columns += [
            Column(suffix, texts(f"column_{suffix}"), "rank") for suffix in rank_columns(ground)
        ]
    return [*columns, *rating_columns(panel)]


def _cells(ground: FigureGround, panel: Panel, unit: str, *, lone: bool) -> list[Value]:
    cells = [panel.value(unit)]
    if lone and panel.view.unit == "share":
        cells.append(panel.count(unit, "numerator"))
    if panel.view.unit != STUDENTS:
        cells.append(panel.count(unit, "denominator"))
    if lone and panel.has_interval:
        cells += panel.interval(unit)
    if ground.definition.labels == "rank":
        cells += ranks(ground, panel, unit)
    return [*cells, *rating_cells(panel, unit)]
