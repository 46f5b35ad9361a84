"""The gaps matrix: a table of areas, grade bands and gaps, and a map of a chosen gap."""

from dataclasses import replace

from geoservice.cartography.compose.unit_findings import measured_of, named_values
from geoservice.cartography.compose.units import (
    chosen_units,
    coloured_layer,
    frames_of,
    legend_title,
    panels_beside,
    panels_of,
    scales_of,
)
from geoservice.cartography.figure.cells import DISTRICT, Column, Row, Value
from geoservice.cartography.figure.context import around, outline_entries, school_table
from geoservice.cartography.figure.ground import ALL, Composed, FigureGround
from geoservice.cartography.figure.released import DISTRICT_UNIT
from geoservice.cartography.findings.matrix import matrix_finding


def matrix_figure(ground: FigureGround) -> Composed:
    """Every gap of every area in every band, classes of each gap pooled over the bands."""
    units = chosen_units(ground)
    bands = [*ground.reference.info.bands, ALL]
    by_band = {band: panels_of(ground, units, band) for band in bands}
    pooled = [panel for panels in by_band.values() for panel in panels]
    pooled += [panel for band in bands for panel in panels_beside(ground, units, band)]
    scales = scales_of(pooled, units, ground)
    panels = by_band[ground.choice.band]
    rows = []
    named = sorted(zip(units.ids, units.names, strict=True), key=lambda pair: pair[1])
    for unit, name in [*named, (DISTRICT, ground.texts("district"))]:
        key = DISTRICT_UNIT if unit == DISTRICT else unit
        for band, band_panels in by_band.items():  # Over bands: a handful.
            cells = [
                _cell(panel.value(key), scales[panel.view.id].key(panel.value(key)), unit)
                for panel in band_panels
            ]
            rows.append(
                Row(unit, (unit, name, ground.texts("all_grades") if band == ALL else band, *cells))
            )
    columns = (
        Column("id", ground.texts("column_id")),
        Column("name", units.title),
        Column("band", ground.texts("column_band")),
        *(
            Column(panel.view.id, legend_title(ground, panel.view), panel.view.unit)
            for panel in panels
        ),
    )
    frames = frames_of(ground, panels, scales)
    finding = matrix_finding(
        ground.texts,
        [(measured_of(ground, panel), named_values(panel, named)) for panel in panels],
    )
    return Composed(
        layers=(coloured_layer(ground, units, panels, scales), *around(ground)),
        frames=tuple(replace(frame, finding=finding) for frame in frames),
        columns=columns,
        rows=tuple(rows),
        schools=len(school_table(ground)),
        legend=outline_entries(ground),
        legend_title=ground.texts("legend_context"),
        says=(
            ground.texts("says_matrix", areas=len(units.ids), gaps=len(panels), bands=len(bands)),
            *(f"{frame.view}: {frame.district}" for frame in frames),
        ),
        subject=units.title,
    )


def _cell(value: Value, key: str, unit: str) -> Value:
    return Value(value.status, value.number, value.text, "" if unit == DISTRICT else key)
