"""Figures that colour areas, zones or hexagons by a measure: a frame per view and year."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from geoservice.cartography.compose.by_rating import (
    bars_of,
    by_rating,
    most_of,
    rating_lines,
    said_bars,
)
from geoservice.cartography.compose.need_ranks import (
    rank_columns,
    rank_label,
    rank_line,
)
from geoservice.cartography.compose.rankings import ranking_of
from geoservice.cartography.compose.unit_findings import panel_finding, panel_says
from geoservice.cartography.compose.unit_table import ShownUnits, unit_table
from geoservice.cartography.definition.definition import View
from geoservice.cartography.figure.cells import Value
from geoservice.cartography.figure.classes import Scale, scale
from geoservice.cartography.figure.context import (
    around,
    beside_district,
    district_text,
    outline_entries,
    school_table,
)
from geoservice.cartography.figure.densities import DENSITY as PER_SQUARE_MILE
from geoservice.cartography.figure.densities import densities, density_noise
from geoservice.cartography.figure.frames import Frame, LegendEntry
from geoservice.cartography.figure.ground import Composed, FigureGround
from geoservice.cartography.figure.layers import POINTS, POLYGONS, Feature, FeatureState, Layer
from geoservice.cartography.figure.panel import Panel
from geoservice.cartography.figure.ratings import context_title, rating_entries
from geoservice.cartography.figure.released import DISTRICT_UNIT, Line
from geoservice.cartography.figure.shapes import area_table, areas_of, zones_of
from geoservice.cartography.figure.uncertainty import uncertainty
from geoservice.cartography.findings import units as findings
from geoservice.errors import InputError
from geoservice.measures.measure import DENSITY, GAP, MILES, SHARE, STUDENTS

_AVERAGES = (SHARE, MILES, DENSITY)
"""Units in which the district's value lies on the scale of its areas; other units add up."""


def units_figure(ground: FigureGround) -> Composed:
    """A choropleth of the definition's views."""
    units = chosen_units(ground)
    panels = panels_of(ground, units)
    compared = [*panels, *panels_beside(ground, units)]
    scales = scales_of(compared, units, ground)
    layer = coloured_layer(ground, units, panels, scales)
    columns, rows = unit_table(ground, units, panels)
    entries = outline_entries(ground)
    if "quality_schools" in ground.definition.layers or "schools" in ground.definition.layers:
        entries = (*rating_entries(ground, "point"), *entries)
    context_layers = around(ground)
    bars_title, bars = bars_of(panels)
    return Composed(
        layers=(layer, *context_layers),
        frames=frames_with_says(ground, units, panels, compared, scales),
        columns=columns,
        rows=rows,
        schools=len(school_table(ground)),
        legend=entries,
        legend_title=context_title(ground, has_schools=_has_schools(context_layers)),
        subject=units.title,
        bars_title=bars_title,
        bars=bars,
        bars_most=most_of(compared),
    )


def chosen_units(ground: FigureGround) -> ShownUnits:
    """Return the areas or zones that the definition asks for."""
    if ground.definition.units == "zones":
        table, set_id = ground.zones, ground.zone_set
        shapes = zones_of(ground.reference, set_id)
        title = ground.texts("column_zone")
    else:
        set_id = ground.area_set
        table = area_table(ground.reference, set_id)
        shapes = areas_of(ground.reference, set_id)
        title = ground.texts("column_area")
    return ShownUnits(set_id, title, tuple(table["id"]), tuple(table["name"]), shapes)


def panels_of(ground: FigureGround, units: ShownUnits, band: str = "") -> list[Panel]:
    """Return panels of all views in all years, the chosen panels first."""
    views = sorted(ground.definition.views, key=lambda view: view.id != ground.choice.view)
    years = [ground.choice.year]
    if ground.definition.years == "all":
        years += [year for year in ground.released.years() if year != ground.choice.year]
    return [
        _panel(ground, view, units, band or ground.choice.band, year)
        for view in views
        for year in years
    ]


def panels_beside(ground: FigureGround, units: ShownUnits, band: str = "") -> list[Panel]:
    """The views in the year that the figure is compared with: for the classes alone."""
    if not ground.choice.beside:
        return []
    return panels_of(
        replace(ground, choice=replace(ground.choice, year=ground.choice.beside)), units, band
    )


def _panel(ground: FigureGround, view: View, units: ShownUnits, band: str, year: str) -> Panel:
    def lines(part: str) -> Mapping[str, Line]:
        return ground.released.lines(view.measure, units.set_id, part, band, year)

    _check_part(ground, view, units)
    parts = by_rating(ground, view, year, lines) if view.bars else ()
    is_unknown = not ground.released.has(view.measure, units.set_id)
    return Panel(view, year, lines(view.part), ground, parts, is_unknown)


def _check_part(ground: FigureGround, view: View, units: ShownUnits) -> None:
    """Raise where the region's figure has no such part."""
    table = ground.released.table(view.measure, units.set_id)
    if table is None or table.is_empty() or not view.part or view.part in set(table["part"]):
        return
    listed = ", ".join(f"`{part}`" for part in table["part"].unique().sort())
    raise InputError(
        f"The map `{ground.definition.id}` shows the part `{view.part}` of `{view.measure}`, "
        "which this region does not have. "
        f"Its parts are: {listed}. Write one of them as `part`."
    )


def scales_of(panels: Sequence[Panel], units: ShownUnits, ground: FigureGround) -> dict[str, Scale]:
    """Return the classes of each view, computed over all its years."""
    scale_by_view = {}
    for view in {panel.view.id: panel.view for panel in panels}.values():
        if view.is_per_square_mile:
            scale_by_view[view.id] = _density_scale(panels, view, units, ground)
            continue
        unit_ids = (*units.ids, DISTRICT_UNIT) if view.unit in _AVERAGES else units.ids
        pooled = [
            panel.value(unit) for panel in panels if panel.view.id == view.id for unit in unit_ids
        ]
        least_width = uncertainty(view, panels, units.ids)
        scale_by_view[view.id] = scale(pooled, view.classes, view.unit, ground.printer, least_width)
    return scale_by_view


def _density_scale(
    panels: Sequence[Panel], view: View, units: ShownUnits, ground: FigureGround
) -> Scale:
    """Return classes of numbers per square mile; the numbers themselves are printed."""
    shapes = units.shapes.array
    shades = {
        (panel.id, unit): shade
        for panel in panels
        if panel.view.id == view.id
        for unit, shade in zip(
            units.ids,
            densities(ground, shapes, [panel.value(unit) for unit in units.ids]),
            strict=True,
        )
    }
    noise = density_noise(ground, shapes) if view.unit == STUDENTS else 0.0
    classes = scale(shades.values(), view.classes, PER_SQUARE_MILE, ground.printer, noise)
    return replace(classes, shades=shades)


def frames_with_says(
    ground: FigureGround,
    units: ShownUnits,
    panels: Sequence[Panel],
    compared: Sequence[Panel],
    scales: Mapping[str, Scale],
) -> tuple[Frame, ...]:
    """Return the frames of panels, each with its finding, its sentences and its ranked bars.

    ``compared`` has the panels of the figure and of the compared year.
    """
    named = list(zip(units.ids, units.names, strict=True))
    further = (*_said_years(ground, panels), *said_bars(panels))
    return tuple(
        replace(
            frame,
            finding=panel_finding(ground, panel, named, panels),
            says=(*panel_says(ground, panel, named, frame.district), *further),
            ranking=ranking_of(ground, panel, named, compared, scales),
        )
        for frame, panel in zip(frames_of(ground, panels, scales), panels, strict=True)
    )


def _marked(ground: FigureGround, panel: Panel, classes: Scale) -> tuple[LegendEntry, ...]:
    """Return the entries of a scale; the class of the district's value names it."""
    if panel.view.unit not in _AVERAGES:
        return classes.entries
    value = panel.value(DISTRICT_UNIT)
    return classes.with_district(value, ground.texts("district_is", value=value.text))


def frames_of(
    ground: FigureGround, panels: Sequence[Panel], scales: Mapping[str, Scale]
) -> tuple[Frame, ...]:
    """The frames of panels."""
    return tuple(
        Frame(
            id=panel.id,
            view=panel.view.title.of(ground.choice.lang),
            year=panel.year,
            legend_title=legend_title(ground, panel.view),
            legend=_marked(ground, panel, scales[panel.view.id]),
            district=_district_said(ground, panel),
        )
        for panel in panels
    )


def _district_said(ground: FigureGround, panel: Panel) -> str:
    """Return the district's value as a sentence, after the value of the chosen area, if any."""
    district = with_unit(ground, panel.value(DISTRICT_UNIT), panel.view.unit)
    year = panel.year if ground.definition.years == "all" else ""
    if ground.definition.units != "areas":
        return district_text(ground, district, year)
    area = with_unit(ground, panel.value(ground.choice.area), panel.view.unit)
    return beside_district(ground, area, district, year)


def legend_title(ground: FigureGround, view: View) -> str:
    """Title of a view with its unit."""
    # The title of a gap says what is subtracted.
    unit = "" if view.unit == GAP else ground.texts("unit_" + view.unit)
    if view.is_per_square_mile:
        unit = ground.texts("unit_per_square_mile", unit=unit)
    if ground.definition.labels == "rank":
        has_range = len(rank_columns(ground)) > 1
        printed = ground.texts("printed_rank" if has_range else "printed_own_rank")
        unit = f"{unit}; {printed}" if unit else printed
    if ground.choice.beside and view.classes.scheme != "fixed":
        classes = ground.texts("classes_beside", year=ground.choice.beside)
        unit = f"{unit}; {classes}" if unit else classes
    title = view.title.of(ground.choice.lang)
    return f"{title} ({unit})" if unit else title


def with_unit(ground: FigureGround, value: Value, unit: str) -> str:
    """Return a value with its unit, as a sentence prints it."""
    return findings.with_unit(ground.texts, value, unit)


def coloured_layer(
    ground: FigureGround, units: ShownUnits, panels: Sequence[Panel], scales: Mapping[str, Scale]
) -> Layer:
    """Return the layer whose colors change with the frame."""
    features = tuple(
        Feature(
            unit,
            name,
            {
                panel.id: FeatureState(
                    scales[panel.view.id].unit_key(panel.id, unit, panel.value(unit)),
                    label(ground, panel, unit),
                    partial(card, ground, panel, unit, name),
                )
                for panel in panels
            },
        )
        for unit, name in zip(units.ids, units.names, strict=True)
    )
    return Layer("units", units.title, POLYGONS, features, units.shapes, has_frames=True)


def label(ground: FigureGround, panel: Panel, unit: str) -> str:
    """Return the text that is printed on a unit."""
    if ground.definition.labels == "none":
        return ""
    if ground.definition.labels == "rank":
        return rank_label(ground, panel, unit) or panel.value(unit).text
    return panel.value(unit).text


def card(ground: FigureGround, panel: Panel, unit: str, name: str) -> tuple[str, ...]:
    """Lines of a unit's card."""
    texts, view = ground.texts, panel.view
    lines = [
        name,
        f"{view.title.of(ground.choice.lang)}: {with_unit(ground, panel.value(unit), view.unit)}",
    ]
    if view.unit == SHARE:
        over, under = panel.count(unit, "numerator"), panel.count(unit, "denominator")
        if over.number is not None and under.number is not None:
            lines.append(texts(f"card_of_{panel.counted}", part=over.text, whole=under.text))
    if panel.has_interval:
        low, high = panel.interval(unit)
        if low.number is not None:
            lines.append(texts("card_interval", low=low.text, high=high.text))
    if ground.definition.labels == "rank":
        lines += rank_line(ground, panel, unit)
    lines += rating_lines(panel, unit)
    lines.append(
        texts("district_is", value=with_unit(ground, panel.value(DISTRICT_UNIT), view.unit))
    )
    return tuple(lines)


def _has_schools(layers: Sequence[Layer]) -> bool:
    return any(layer.kind == POINTS and layer.features for layer in layers)


def _said_years(ground: FigureGround, panels: Sequence[Panel]) -> tuple[str, ...]:
    """The district's value in each year, of a figure of several."""
    shown = sorted(
        (panel for panel in panels if panel.view.id == panels[0].view.id),
        key=lambda panel: panel.year,
    )
    if len(shown) < 2:
        return ()
    values = (
        f"{panel.year} {with_unit(ground, panel.value(DISTRICT_UNIT), panel.view.unit)}"
        for panel in shown
    )
    return (ground.texts("says_years", values=", ".join(values)),)
