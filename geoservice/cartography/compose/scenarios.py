"""Figures of a scenario: zones, the use of buildings, and access to quality schools."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import polars as pl

from geoservice.cartography.compose.changed_zones import changed_box
from geoservice.cartography.compose.scenario_frames import scenario_composed
from geoservice.cartography.compose.scenario_ground import (
    SIDES,
    ScenarioGround,
    scenario_ground,
)
from geoservice.cartography.compose.scenario_zones import zones_figure
from geoservice.cartography.definition.definition import Classes
from geoservice.cartography.figure.cells import DISTRICT, NO_DATA, Column, Row, Value
from geoservice.cartography.figure.choice import Options
from geoservice.cartography.figure.classes import Scale, scale
from geoservice.cartography.figure.frames import Frame
from geoservice.cartography.figure.ground import Composed, FigureGround
from geoservice.cartography.figure.layers import (
    POINTS,
    POLYGONS,
    Feature,
    FeatureState,
    Layer,
    Shapes,
)
from geoservice.cartography.figure.shapes import area_table, areas_of, points
from geoservice.cartography.findings.extremes import Named
from geoservice.cartography.findings.plans import scenario_access_finding, use_finding

_POINT_PIXELS = 9.0
_USED = Classes(scheme="fixed", breaks=(0.6, 0.8, 0.95, 1.1), palette="PuOr", reverse=True)
_ACCESS = Classes(scheme="fixed", breaks=(0.2, 0.4, 0.6, 0.8))

SideValues = Mapping[tuple[str, str], Value]
"""Values by unit and frame."""


def scenario_figure(ground: FigureGround) -> Composed:
    """Zones, the use of buildings or access to quality schools, before and after."""
    scenario = scenario_ground(ground)
    makers: Mapping[str, Callable[[ScenarioGround], Composed]] = {
        "zones": zones_figure,
        "utilisation": _utilisation_figure,
        "access": _access_figure,
    }
    composed = makers[ground.definition.shows](scenario)
    choices = tuple((name, name) for name in scenario.plan.choices)
    return replace(composed, options=Options(scenario=choices))


def _utilisation_figure(ground: ScenarioGround) -> Composed:
    """Schools by the share of their seats that students take."""
    table = ground.plan.schools.drop_nulls(["lon", "lat"])
    values = {
        (school, frame): ground.school(school, "utilisation", side, "share")
        for school in table["id"]
        for frame, side in SIDES.items()
    }
    classes = scale(values.values(), _USED, "share", ground.figure.printer)
    layer = _building_layer(ground, table, values, classes)
    entries = tuple(replace(entry, mark="point") for entry in classes.entries)
    composed = scenario_composed(ground, layer, ground.figure.texts("legend_use"), entries)
    finding = use_finding(ground.figure.texts, *_by_side(table, values))
    frames = _with_finding(ground, composed, finding)
    return replace(composed, frames=frames, box=changed_box(ground.plan))


def _with_finding(ground: ScenarioGround, composed: Composed, sentence: str) -> tuple[Frame, ...]:
    """Return the frames with a finding, which begins with the name of the scenario."""
    name = composed.subject
    if sentence and name:
        sentence = ground.figure.texts("finding_of_scenario", scenario=name, sentence=sentence)
    return tuple(replace(frame, finding=sentence) for frame in composed.frames)


def _building_layer(
    ground: ScenarioGround, table: pl.DataFrame, values: SideValues, classes: Scale
) -> Layer:
    texts = ground.figure.texts
    features = []
    for school, name in table.select("id", "name").iter_rows():
        states = {}
        for frame in SIDES:
            value = values[school, frame]
            is_closed = frame == "proposed" and _closes(ground, school)
            text = texts("school_closed") if is_closed else value.text
            card = (name, texts("card_used", value=text))
            states[frame] = FeatureState(classes.key(value), text, card)
        features.append(Feature(school, name, states, _POINT_PIXELS))
    shapes = Shapes(lambda: points(table["lon"].to_list(), table["lat"].to_list()))
    title = texts("layer_schools")
    return Layer("buildings", title, POINTS, tuple(features), shapes, has_frames=True)


def _closes(ground: ScenarioGround, school: str) -> bool:
    """Return True of a school that has seats today and none in the proposal."""
    today, proposed = (ground.plan.number(school, "seats", side) for side in SIDES.values())
    return today[0] is not None and proposed == (None, NO_DATA)


def _by_side(table: pl.DataFrame, values: SideValues) -> list[list[Named]]:
    """Return the names and values of today, and those of the proposal."""
    return [
        [(name, values[unit, frame]) for unit, name in table.select("id", "name").iter_rows()]
        for frame in SIDES
    ]


def _access_figure(ground: ScenarioGround) -> Composed:
    """Return areas colored by the share of residents whose zoned school is a quality school."""
    figure, texts = ground.figure, ground.figure.texts
    table = area_table(figure.reference, figure.area_set)
    values = {
        (area, frame): ground.area(area, "in_quality_share", side, "share")
        for area in table["id"]
        for frame, side in SIDES.items()
    }
    classes = scale(values.values(), _ACCESS, "share", figure.printer)
    layer = _area_layer(ground, table, values, classes)
    composed = scenario_composed(ground, layer, _share_title(ground), classes.entries)
    finding = scenario_access_finding(texts, *_by_side(table, values))
    return replace(
        composed,
        frames=_with_finding(ground, composed, finding),
        columns=(
            Column("id", texts("column_id")),
            Column("name", texts("column_area")),
            *(Column(f"in_quality_{frame}", ground.side_title(frame), "share") for frame in SIDES),
        ),
        rows=_area_rows(ground, table, values),
    )


def _area_layer(
    ground: ScenarioGround, table: pl.DataFrame, values: SideValues, classes: Scale
) -> Layer:
    figure = ground.figure
    features = []
    for area, name in table.select("id", "name").iter_rows():
        states = {}
        for frame in SIDES:
            value = values[area, frame]
            card = (name, f"{ground.side_title(frame)}: {value.text}")
            states[frame] = FeatureState(classes.key(value), value.text, card)
        features.append(Feature(area, name, states))
    shapes = areas_of(figure.reference, figure.area_set)
    title = figure.texts("column_area")
    return Layer("units", title, POLYGONS, tuple(features), shapes, has_frames=True)


def _area_rows(ground: ScenarioGround, table: pl.DataFrame, values: SideValues) -> tuple[Row, ...]:
    """Return a row per area; the district's row is at the end."""
    rows = [
        Row(area, (area, name, *(values[area, frame] for frame in SIDES)))
        for area, name in table.select("id", "name").iter_rows()
    ]
    shares = (ground.district("in_quality_share", side, "share") for side in SIDES.values())
    return (*rows, Row(DISTRICT, (DISTRICT, ground.figure.texts("district"), *shares)))


def _share_title(ground: ScenarioGround) -> str:
    title = ground.figure.definition.title.of(ground.figure.choice.lang)
    return f"{title} ({ground.figure.texts('unit_share')})"
