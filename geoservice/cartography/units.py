"""Figures that colour areas, zones or hexagons by a measure: a frame per view and year."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from geoservice.cartography.by_rating import (
    bars_of,
    by_rating,
    most_of,
    rating_cells,
    rating_columns,
    rating_lines,
    said_bars,
)
from geoservice.cartography.classes import Scale, scale
from geoservice.cartography.context import around, beside_district, outline_entries, school_table
from geoservice.cartography.definition import View
from geoservice.cartography.figure import (
    DISTRICT,
    POINTS,
    POLYGONS,
    SUPPRESSED,
    Column,
    Feature,
    Frame,
    Layer,
    Row,
    Shapes,
    State,
    Value,
)
from geoservice.cartography.ground import Composed, Ground
from geoservice.cartography.panel import Panel
from geoservice.cartography.ratings import context_title, rating_entries
from geoservice.cartography.released import DISTRICT_UNIT, Line
from geoservice.cartography.shapes import area_table, areas_of, zones_of
from geoservice.errors import InputError
from geoservice.measures.measure import SHARE, STUDENTS


@dataclass(frozen=True)
class Units:
    """What is coloured: ids, names, shapes, and the name that released tables have for the set."""

    set_id: str
    title: str
    ids: tuple[str, ...]
    names: tuple[str, ...]
    shapes: Shapes


def units_figure(ground: Ground) -> Composed:
    """A choropleth of the definition's views."""
    units = chosen_units(ground)
    panels = panels_of(ground, units)
    compared = [*panels, *panels_beside(ground, units)]
    scales = scales_of(compared, units, ground)
    layer = coloured_layer(ground, units, panels, scales)
    columns, rows = unit_table(ground, units, panels)
    first = panels[0]
    entries = outline_entries(ground)
    if "quality_schools" in ground.definition.layers or "schools" in ground.definition.layers:
        entries = (*rating_entries(ground, "point"), *entries)
    made = around(ground)
    bars_title, bars = bars_of(panels)
    return Composed(
        layers=(layer, *made), frames=frames_of(ground, panels, scales), columns=columns,
        rows=rows, schools=len(school_table(ground)), legend=entries,
        legend_title=context_title(ground, has_schools=_has_schools(made)), says=(*says(ground, units, first), *_said_years(ground, panels), *said_bars(panels)),
        subject=units.title, bars_title=bars_title, bars=bars, bars_most=most_of(compared),
    )  # fmt: skip


def chosen_units(ground: Ground) -> Units:
    """Areas or zones, as the definition says."""
    if ground.definition.units == "zones":
        table, set_id = ground.zones, ground.zone_set
        shapes = zones_of(ground.reference, set_id)
        title = ground.texts("column_zone")
    else:
        set_id = ground.area_set
        table = area_table(ground.reference, set_id)
        shapes = areas_of(ground.reference, set_id)
        title = ground.texts("column_area")
    return Units(set_id, title, tuple(table["id"]), tuple(table["name"]), shapes)


def panels_of(ground: Ground, units: Units, band: str = "") -> list[Panel]:
    """All views in all years, those chosen first."""
    views = sorted(ground.definition.views, key=lambda one: one.id != ground.choice.view)
    years = [ground.choice.year]
    if ground.definition.years == "all":
        years += [one for one in ground.released.years() if one != ground.choice.year]
    return [_panel(ground, view, units, band or ground.choice.band, year)
            for view in views for year in years]  # fmt: skip


def panels_beside(ground: Ground, units: Units, band: str = "") -> list[Panel]:
    """The views in the year that the figure is compared with: for the classes alone."""
    if not ground.choice.beside:
        return []
    return panels_of(replace(ground, choice=replace(ground.choice, year=ground.choice.beside)), units, band)  # fmt: skip


def _panel(ground: Ground, view: View, units: Units, band: str, year: str) -> Panel:
    def lines(part: str) -> Mapping[str, Line]:
        return ground.released.lines(view.measure, units.set_id, part, band, year)

    _check_part(ground, view, units)
    parts = by_rating(ground, view, year, lines) if view.bars else ()
    is_unknown = not ground.released.has(view.measure, units.set_id)
    return Panel(view, year, lines(view.part), ground, parts, is_unknown)


def _check_part(ground: Ground, view: View, units: Units) -> None:
    """Raise where the region's figure has no such part."""
    table = ground.released.table(view.measure, units.set_id)
    if table is None or table.is_empty() or not view.part or view.part in set(table["part"]):
        return
    listed = ", ".join(f"`{part}`" for part in table["part"].unique().sort())
    raise InputError(
        f"The map `{ground.definition.id}` shows the part `{view.part}` of `{view.measure}`, which this region has not. "
        f"Its parts are: {listed}. Write one of them as `part`."
    )


def scales_of(panels: Sequence[Panel], units: Units, ground: Ground) -> dict[str, Scale]:
    """One set of classes per view, pooled over its years."""
    found = {}
    for view in {one.view.id: one.view for one in panels}.values():
        pooled = [panel.value(unit) for panel in panels if panel.view.id == view.id
                  for unit in units.ids]  # fmt: skip
        found[view.id] = scale(pooled, view.classes, view.unit, ground.printer)
    return found


def frames_of(
    ground: Ground, panels: Sequence[Panel], scales: Mapping[str, Scale]
) -> tuple[Frame, ...]:
    """The frames of panels."""
    return tuple(
        Frame(
            id=one.id, view=one.view.title.of(ground.choice.lang), year=one.year,
            legend_title=legend_title(ground, one.view), legend=scales[one.view.id].entries,
            district=_district_said(ground, one),
        )
        for one in panels
    )  # fmt: skip


def _district_said(ground: Ground, panel: Panel) -> str:
    """The district's value, beside that of the area looked at where areas are what is measured."""
    district = with_unit(ground, panel.value(DISTRICT_UNIT), panel.view.unit)
    if ground.definition.units != "areas":
        return ground.texts("district_is", value=district)
    return beside_district(ground, with_unit(ground, panel.value(ground.choice.area), panel.view.unit), district)  # fmt: skip


def legend_title(ground: Ground, view: View) -> str:
    """Title of a view with its unit."""
    unit = ground.texts("unit_" + view.unit)
    if ground.definition.labels == "rank":
        unit = f"{unit}; {ground.texts('printed_rank')}"
    if ground.choice.beside and view.classes.scheme != "fixed":
        unit = f"{unit}; {ground.texts('classes_beside', year=ground.choice.beside)}"
    return f"{view.title.of(ground.choice.lang)} ({unit})"


def with_unit(ground: Ground, value: Value, unit: str) -> str:
    """A value as a sentence says it."""
    if value.number is None or unit in ("share", "rank", "gap"):
        return value.text
    return f"{value.text} {ground.texts('unit_' + unit)}"


def coloured_layer(
    ground: Ground, units: Units, panels: Sequence[Panel], scales: Mapping[str, Scale]
) -> Layer:
    """The layer whose colours follow the frame."""
    features = tuple(
        Feature(unit, name, {
            one.id: State(scales[one.view.id].key(one.value(unit)), label(ground, one, unit),
                          partial(card, ground, one, unit, name))
            for one in panels
        })
        for unit, name in zip(units.ids, units.names, strict=True)
    )  # fmt: skip
    return Layer("units", units.title, POLYGONS, features, units.shapes, has_frames=True)


def label(ground: Ground, panel: Panel, unit: str) -> str:
    """What is printed on a unit."""
    if ground.definition.labels == "none":
        return ""
    if ground.definition.labels == "rank":
        declared, best, worst = ranks(ground, panel, unit)
        if declared.number is not None:
            return f"{declared.text} ({best.text}–{worst.text})"
    return panel.value(unit).text


def ranks(ground: Ground, panel: Panel, unit: str) -> tuple[Value, Value, Value]:
    """The need rank of an area, and its best and worst over the rules."""
    found = []
    for part in ("rank", "best", "worst"):
        lines = ground.released.lines("need_rank", ground.area_set, part, ground.choice.band, panel.year)  # fmt: skip
        line = lines.get(unit)
        if not ground.released.has("need_rank", ground.area_set):
            found.append(ground.printer.no_data())
        elif line is None:
            found.append(ground.printer.not_applicable())
        else:
            found.append(ground.printer.released(line["status"], line["value"], None, "rank"))
    return found[0], found[1], found[2]


def card(ground: Ground, panel: Panel, unit: str, name: str) -> tuple[str, ...]:
    """Lines of a unit's card."""
    texts, view = ground.texts, panel.view
    lines = [name, f"{view.title.of(ground.choice.lang)}: {with_unit(ground, panel.value(unit), view.unit)}"]  # fmt: skip
    if view.unit == SHARE:
        over, under = panel.count(unit, "numerator"), panel.count(unit, "denominator")
        if over.number is not None and under.number is not None:
            lines.append(texts(f"card_of_{panel.counted}", part=over.text, whole=under.text))
    if panel.has_interval:
        low, high = panel.interval(unit)
        if low.number is not None:
            lines.append(texts("card_interval", low=low.text, high=high.text))
    if ground.definition.labels == "rank":
        declared, best, worst = ranks(ground, panel, unit)
        if declared.number is not None:
            lines.append(texts("card_rank", rank=declared.text, best=best.text, worst=worst.text))
    lines += rating_lines(panel, unit)
    lines.append(
        texts("district_is", value=with_unit(ground, panel.value(DISTRICT_UNIT), view.unit))
    )
    return tuple(lines)


def unit_table(
    ground: Ground, units: Units, panels: Sequence[Panel]
) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
    """A row per unit and the district's: every panel's value, and of a lone panel all that it has."""
    many_years = len({one.year for one in panels}) > 1
    columns = [Column("id", ground.texts("column_id")), Column("name", units.title)]
    for panel in sorted(panels, key=lambda one: one.year):
        columns += _columns(ground, panel, many_years=many_years, lone=len(panels) == 1)
    named = [*zip(units.ids, units.names, strict=True), (DISTRICT, ground.texts("district"))]
    ordered = sorted(named[:-1], key=lambda one: one[1]) + named[-1:]
    rows = []
    for unit, name in ordered:
        key = DISTRICT_UNIT if unit == DISTRICT else unit
        cells: list[Value | str] = [unit, name]
        for panel in sorted(panels, key=lambda one: one.year):
            cells += _cells(ground, panel, key, lone=len(panels) == 1)
        rows.append(Row(unit, tuple(cells)))
    return tuple(columns), tuple(rows)


def _columns(ground: Ground, panel: Panel, *, many_years: bool, lone: bool) -> list[Column]:
    texts, view = ground.texts, panel.view
    mark = f"_{panel.year.replace('-', '_')}" if many_years else ""
    year = f", {panel.year}" if many_years else ""
    name = view.title.of(ground.choice.lang)
    found = [Column(f"{view.id}{mark}", f"{name}{year}", view.unit)]
    if lone and view.unit == "share":
        found.append(Column("numerator", texts(f"numerator_{panel.counted}"), panel.counted))
    if view.unit != STUDENTS:
        found.append(
            Column(f"n_{view.id}{mark}", texts(f"column_n_{panel.counted}") + year, panel.counted)
        )
    if lone and panel.has_interval:
        found += [
            Column("low", texts("column_low"), view.unit),
            Column("high", texts("column_high"), view.unit),
        ]
    if ground.definition.labels == "rank":
        found += [
            Column(one, texts(f"column_{one}"), "rank")
            for one in ("rank", "rank_best", "rank_worst")
        ]
    return [*found, *rating_columns(panel)]


def _cells(ground: Ground, panel: Panel, unit: str, *, lone: bool) -> list[Value]:
    found = [panel.value(unit)]
    if lone and panel.view.unit == "share":
        found.append(panel.count(unit, "numerator"))
    if panel.view.unit != STUDENTS:
        found.append(panel.count(unit, "denominator"))
    if lone and panel.has_interval:
        found += panel.interval(unit)
    if ground.definition.labels == "rank":
        found += ranks(ground, panel, unit)
    return [*found, *rating_cells(panel, unit)]


def _has_schools(layers: Sequence[Layer]) -> bool:
    return any(one.kind == POINTS and one.features for one in layers)


def _said_years(ground: Ground, panels: Sequence[Panel]) -> tuple[str, ...]:
    """The district's value in each year, of a figure of several."""
    shown = sorted((one for one in panels if one.view.id == panels[0].view.id), key=lambda one: one.year)  # fmt: skip
    if len(shown) < 2:
        return ()
    values = (f"{one.year} {with_unit(ground, one.value(DISTRICT_UNIT), one.view.unit)}" for one in shown)  # fmt: skip
    return (ground.texts("says_years", values=", ".join(values)),)


def says(ground: Ground, units: Units, panel: Panel) -> tuple[str, ...]:
    """The figure in sentences: highest, lowest, the district, how many have no number."""
    texts, unit = ground.texts, panel.view.unit
    named = [(panel.value(one), name) for one, name in zip(units.ids, units.names, strict=True)]
    known = sorted(((v.number, v, name) for v, name in named if v.number is not None),
                   key=lambda one: (one[0], one[2]))  # fmt: skip
    title = panel.view.title.of(ground.choice.lang)
    found = [texts("says_shown", what=title, n=len(known), of=len(named))]
    if known:
        (_, low, low_name), (_, high, high_name) = known[0], known[-1]
        found.append(texts("says_range", low=with_unit(ground, low, unit), low_name=low_name,
                           high=with_unit(ground, high, unit), high_name=high_name))  # fmt: skip
    found.append(_district_said(ground, panel))
    suppressed = sum(value.status == SUPPRESSED for value, _ in named)
    if suppressed:
        found.append(texts("says_suppressed", n=suppressed, text=ground.printer.suppressed_text))
    return tuple(found)
