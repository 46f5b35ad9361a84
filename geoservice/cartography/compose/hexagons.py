"""Figures on hexagons: where students live, and how near a quality school is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geoservice.cartography.compose.reach import FAR, MIXED, NEAR, merged, reach
from geoservice.cartography.compose.unit_findings import named_values
from geoservice.cartography.compose.unit_table import ShownUnits
from geoservice.cartography.compose.units import panels_of, with_unit
from geoservice.cartography.definition.definition import Classes
from geoservice.cartography.figure.cells import DISTRICT, Column, Row, Value
from geoservice.cartography.figure.classes import Scale, scale, special_entries
from geoservice.cartography.figure.context import around, outline_entries, school_table
from geoservice.cartography.figure.densities import (
    DENSITY,
    densities,
    district_density,
    square_miles_of,
)
from geoservice.cartography.figure.frames import Frame, LegendEntry
from geoservice.cartography.figure.ground import Composed, FigureGround
from geoservice.cartography.figure.layers import (
    NO_SHAPES,
    ONLY,
    POLYGONS,
    Feature,
    FeatureState,
    Layer,
    Shapes,
)
from geoservice.cartography.figure.panel import Panel
from geoservice.cartography.figure.ratings import context_title, rating_entries
from geoservice.cartography.figure.released import DISTRICT_UNIT
from geoservice.cartography.figure.shapes import area_table, inner_points, on_land, tidy
from geoservice.cartography.findings.students import access_finding, residents_finding

HEXAGONS = "hexagons"
_DENSITIES = Classes(scheme="fixed", breaks=(100, 250, 500, 1000), palette="Blues")
"""Students per square mile: the same classes in every region and year, so that maps compare."""


@dataclass(frozen=True)
class _Hexagons:
    """The hexagons with students, in reading order; the arrays and tuples have the same order.

    Attributes
    ----------
    students
        Number of students of each hexagon.
    density
        Students per square mile of each hexagon.
    near
        Class of reach of each hexagon; None where the figure has no views.
    """

    ids: tuple[str, ...]
    shapes: NDArray[np.object_]
    students: tuple[Value, ...]
    density: tuple[Value, ...]
    near: Sequence[str] | None
    district: Value


def hexagons_figure(ground: FigureGround) -> Composed:
    """Students by hexagon.

    With views, hexagons in two classes: a quality school within reach or not.
    """
    hexagons = _hexagons(ground)
    has_reach = hexagons.near is not None
    classes = scale(hexagons.density, _DENSITIES, DENSITY, ground.printer)
    states = _states(ground, hexagons, classes)
    sentences = _sentences(ground, hexagons)
    rows, columns = _table(ground, hexagons, states)
    return Composed(
        layers=(_layer(ground, hexagons, states), *_around(ground, hexagons)),
        frames=(_frame(ground, hexagons, classes, sentences[-1]),),
        columns=columns,
        rows=rows,
        schools=len(school_table(ground)),
        legend=(*_school_entries(ground), *outline_entries(ground)),
        legend_title=context_title(ground),
        says=sentences,
        bars_title=ground.texts("bars_access") if has_reach else "",
        bars=_access_bars(ground) if has_reach else (),
        bars_most=1.0,  # A share is drawn as a part of all students.
    )


def _hexagons(ground: FigureGround) -> _Hexagons:
    """Return the released hexagons with their students and classes of reach."""
    lines = ground.released.lines("residents", HEXAGONS, "", ground.choice.band, ground.choice.year)
    ids = [hexagon for hexagon in lines if hexagon in ground.released.hexagons]
    shapes = np.array([ground.released.hexagons[hexagon] for hexagon in ids], dtype=object)
    order = _reading_order(shapes)
    ids, shapes = [ids[index] for index in order], on_land(shapes[order], ground.reference)
    students = tuple(_released_students(ground, lines[hexagon]) for hexagon in ids)
    district = lines.get(DISTRICT_UNIT)
    return _Hexagons(
        tuple(ids),
        shapes,
        students,
        tuple(densities(ground, shapes, students)),
        reach(ground, ids, shapes) if ground.definition.views else None,
        ground.printer.no_data() if district is None else _released_students(ground, district),
    )


def _released_students(ground: FigureGround, line: Mapping[str, Any]) -> Value:
    return ground.printer.released(line["status"], line["value"], None, "students")


def _states(ground: FigureGround, hexagons: _Hexagons, classes: Scale) -> list[FeatureState]:
    metric_shapes = ground.reference.projection.shapes_to_metres(hexagons.shapes)
    is_merged = merged(hexagons.ids, metric_shapes)
    return [
        _state(
            ground,
            ground.texts("merged_hexagon" if is_merged[index] else "hexagon", n=index + 1),
            hexagons.students[index],
            classes.key(hexagons.density[index]),
            "" if hexagons.near is None else hexagons.near[index],
        )
        for index in range(len(hexagons.ids))
    ]


def _layer(ground: FigureGround, hexagons: _Hexagons, states: Sequence[FeatureState]) -> Layer:
    features = tuple(
        Feature(hexagon, state.lines[0], {HEXAGONS: state})
        for hexagon, state in zip(hexagons.ids, states, strict=True)
    )
    shapes = Shapes(lambda: tidy(hexagons.shapes))
    title = ground.texts("layer_hexagons")
    return Layer(HEXAGONS, title, POLYGONS, features, shapes, has_frames=True)


def _frame(ground: FigureGround, hexagons: _Hexagons, classes: Scale, sentence: str) -> Frame:
    title = ground.definition.title.of(ground.choice.lang)
    if hexagons.near is None:
        legend_title = ground.texts("legend_density")
        entries = _marked_classes(ground, classes, hexagons.district)
        finding = _residents_finding(ground, hexagons)
    else:
        legend_title = title
        entries = _two_classes(ground)
        finding = _access_finding(ground)
    return Frame(HEXAGONS, title, ground.choice.year, legend_title, entries, sentence, finding)


def _state(ground: FigureGround, name: str, value: Value, key: str, near: str) -> FeatureState:
    texts = ground.texts
    lines = [name, texts("card_students", value=value.text)]
    if not near:
        return FeatureState(key, card=tuple(lines))
    lines.append(texts(f"{near}_entry", miles=_miles(ground)))
    return FeatureState(near, card=tuple(lines))


def _miles(ground: FigureGround) -> str:
    return f"{ground.definition.radius_miles:g}"


def _marked_classes(
    ground: FigureGround, classes: Scale, district_value: Value
) -> tuple[LegendEntry, ...]:
    value = district_density(ground, district_value)
    return classes.with_district(value, ground.texts("district_is", value=value.text))


def _two_classes(ground: FigureGround) -> tuple[LegendEntry, ...]:
    looks = ((NEAR, "#c7e9b4"), (MIXED, "#41b6c4"), (FAR, "#225ea8"))
    named = [
        LegendEntry(key, colour, ground.texts(f"{key}_entry", miles=_miles(ground)))
        for key, colour in looks
    ]
    return (
        *named,
        *special_entries(ground.printer, "students")[1:3],
    )


def _table(
    ground: FigureGround, hexagons: _Hexagons, states: Sequence[FeatureState]
) -> tuple[tuple[Row, ...], tuple[Column, ...]]:
    texts = ground.texts
    columns = (
        Column("id", texts("column_id")),
        Column("name", texts("column_hexagon")),
        Column("students", texts("column_students"), "students"),
    )
    if hexagons.near is None:
        class_column = Column("per_square_mile", texts("column_density"), "density")
        class_cells: list[Value | str] = list(hexagons.density)
        district_cell: Value | str = district_density(ground, hexagons.district)
    else:
        class_column = Column("quality_school", texts("column_near", miles=_miles(ground)))
        class_cells = [texts(f"{key}_cell") for key in hexagons.near]
        district_cell = ""
    cells = zip(hexagons.ids, states, hexagons.students, class_cells, strict=True)
    rows = [
        Row(hexagon, (hexagon, state.lines[0], students, class_cell))
        for hexagon, state, students, class_cell in cells
    ]
    district_row = (DISTRICT, texts("district"), hexagons.district, district_cell)
    return (*rows, Row(DISTRICT, district_row)), (*columns, class_column)


def _sentences(ground: FigureGround, hexagons: _Hexagons) -> tuple[str, ...]:
    """Return the figure in words; the last sentence tells the district's number."""
    texts, near, count = ground.texts, hexagons.near, len(hexagons.ids)
    district = texts("district_is", value=with_unit(ground, hexagons.district, "students"))
    if near is None:
        density = with_unit(ground, district_density(ground, hexagons.district), "density")
        return texts("says_hexagons", n=count), f"{district}; {density}"
    counts = {key: sum(state == key for state in near) for key in (FAR, MIXED)}
    sentences = [
        texts(f"says_{key}", n=n, of=count, miles=_miles(ground))
        for key, n in counts.items()
        if n or key == FAR
    ]
    shares = ", ".join(f"{text} {value.text}" for text, value in _access_bars(ground))
    return (*sentences, f"{texts('bars_access')}: {shares}.", _district(ground) or district)


def _residents_finding(ground: FigureGround, hexagons: _Hexagons) -> str:
    square_miles = square_miles_of(ground, hexagons.shapes)
    counted = [
        (value.number, size)
        for value, size in zip(hexagons.students, square_miles, strict=True)
        if value.number is not None
    ]
    students, sizes = zip(*counted, strict=True) if counted else ((), ())
    residents = _residents_of_areas(ground)
    areas = area_table(ground.reference, ground.area_set).select("id", "name")
    by_area = [(name, residents[area]) for area, name in areas.iter_rows() if area in residents]
    return residents_finding(ground.texts, hexagons.district, students, sizes, by_area)


def _residents_of_areas(ground: FigureGround) -> dict[str, Value]:
    lines = ground.released.lines(
        "residents", ground.area_set, "", ground.choice.band, ground.choice.year
    )
    return {
        area: ground.printer.released(line["status"], line["value"], line["bound"], "students")
        for area, line in lines.items()
    }


def _around(ground: FigureGround, hexagons: _Hexagons) -> tuple[Layer, ...]:
    """Return the layers around the hexagons; names of areas have the number of residents.

    Hexagons have no labels: a number of students beside a color of students per square mile would
    be read as the value of the color.
    """
    layers = around(ground)
    if hexagons.near is not None:
        return layers
    residents = _residents_of_areas(ground)
    return tuple(
        replace(
            layer,
            features=tuple(_with_residents(ground, area, residents) for area in layer.features),
        )
        if layer.id == "areas"
        else layer
        for layer in layers
    )


def _with_residents(ground: FigureGround, area: Feature, residents: Mapping[str, Value]) -> Feature:
    value = residents.get(area.id)
    if value is None or value.number is None:
        return area
    state, text = area.states[ONLY], ground.texts("card_students", value=value.text)
    label = ground.texts("label_residents", area=area.name, n=value.text)
    return replace(area, states={ONLY: FeatureState(state.key, label, (*state.lines, text))})


def _access_finding(ground: FigureGround) -> str:
    """Return the finding of the panel for the radius; empty if no view has the radius."""
    areas = area_table(ground.reference, ground.area_set).select("id", "name").rows()
    for panel in _panels_within(ground):
        district = panel.value(DISTRICT_UNIT)
        named = named_values(panel, areas)
        return access_finding(ground.texts, _miles(ground), district, named)
    return ""


def _panels_within(ground: FigureGround) -> list[Panel]:
    """Return the panels of the map's own radius."""
    return [panel for panel in _panels(ground) if panel.view.part == f"{_miles(ground)} mi"]


def _district(ground: FigureGround) -> str:
    """Return the district's share for the radius; empty if no view has the radius."""
    texts = ground.texts
    shares = [panel.value(DISTRICT_UNIT) for panel in _panels_within(ground)]
    sentences = [texts("access_is", share=share.text, miles=_miles(ground)) for share in shares]
    return texts("district_is", value=sentences[0]) if sentences else ""


def _access_bars(ground: FigureGround) -> tuple[tuple[str, Value], ...]:
    """The district's shares, as the views name them."""
    return tuple(
        (panel.view.title.of(ground.choice.lang), panel.value(DISTRICT_UNIT))
        for panel in _panels(ground)
    )


def _panels(ground: FigureGround) -> list[Panel]:
    return panels_of(ground, ShownUnits(ground.area_set, "", (), (), NO_SHAPES))


def _school_entries(ground: FigureGround) -> tuple[LegendEntry, ...]:
    shown = {"schools", "quality_schools"} & set(ground.definition.layers)
    return rating_entries(ground, "point") if shown else ()


def _reading_order(shapes: np.ndarray) -> np.ndarray:
    """From north to south, then west to east, so that numbers can be found."""
    if not len(shapes):
        return np.array([], dtype=np.int64)
    places = shapely.get_coordinates(inner_points(shapes))
    return np.lexsort((places[:, 0], -np.round(places[:, 1], 3)))
