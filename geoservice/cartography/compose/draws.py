"""The figure of a school's draw: the hexagons where its students live."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import shapely

from geoservice.cartography.compose.destination_lines import (
    OTHER,
    box_of_layers,
    lines_of,
    share_of,
    students_frame,
    students_of,
    sum_of,
    whole_of,
)
from geoservice.cartography.definition.definition import Classes
from geoservice.cartography.figure.cells import Column, Row, Value
from geoservice.cartography.figure.choice import Options
from geoservice.cartography.figure.classes import scale
from geoservice.cartography.figure.context import around, outline_entries, school_state
from geoservice.cartography.figure.densities import DENSITY, densities, density_noise
from geoservice.cartography.figure.frames import LegendEntry
from geoservice.cartography.figure.ground import Composed, FigureGround
from geoservice.cartography.figure.layers import (
    LINES,
    ONLY,
    POINTS,
    POLYGONS,
    Feature,
    FeatureState,
    Layer,
    Shapes,
)
from geoservice.cartography.figure.shapes import (
    Geometries,
    on_land,
    points,
    tidy,
    zone_shapes,
    zone_table,
)
from geoservice.cartography.findings.students import draw_finding
from geoservice.geometry.hexagons import LEVELS, level_of

_CLASSES = Classes(count=5, palette="Blues")
_DRAWN_SHARE = 0.8
"""Larger sizes of hexagons are drawn until those drawn hold this share of the school's students.

The largest hexagons cover most of a district with a few students, and hide where the others live.
"""


def draw_figure(ground: FigureGround) -> Composed:
    """Return hexagons where a school's students live, with the outline of its zone."""
    texts = ground.texts
    schools = {school["id"]: school for school in ground.schools.iter_rows(named=True)}
    with_zone = ground.reference.school_rights["school_id"].unique(maintain_order=True)
    offered = [school_id for school_id in with_zone if school_id in schools] or list(schools)
    school_id = ground.choice.school or next(iter(offered), "")
    name = _name(schools, school_id) if school_id else ""
    lines = [
        line for line in lines_of(ground, "school_draw", "school") if line["unit"] == school_id
    ]
    students = {str(line["to"]): students_of(ground, line) for line in lines}
    total = whole_of(lines)
    drawn = _drawn_hexagons(ground, students, total)
    layer, entries = _hexagon_layer(ground, students, drawn)
    outlines = _zone_outlines(ground, school_id, name)
    star = _star(ground, schools[school_id]) if school_id else ()
    sentence = _sentence(ground, students, name, drawn, total)
    frame = students_frame(ground, "draw", entries, sentence)
    return Composed(
        layers=(layer, *outlines, *around(ground), *star),
        frames=(
            replace(
                frame,
                legend_title=texts("legend_density_and_students"),
                finding=_finding(ground, students, name, drawn, total),
            ),
        ),
        columns=(
            Column("id", texts("column_id")),
            Column("name", texts("column_hexagon")),
            Column("students", texts("column_students"), "students"),
            Column("share", texts("column_share_of_school"), "share"),
        ),
        rows=_rows(ground, students, drawn, total),
        schools=1,
        students=ground.printer.value(total, "students"),
        legend=(
            LegendEntry("right", "#d4006a", texts("star_school_entry"), "star"),
            LegendEntry("edge", "#d4006a", texts("zone_entry"), "line"),
            *outline_entries(ground),
        ),
        legend_title=texts("legend_context"),
        says=(sentence,),
        subject=name,
        box=box_of_layers(layer, *outlines),
        options=Options(school=_choices(schools, {*offered, school_id} - {""})),
    )


def _name(schools: Mapping[str, Mapping[str, object]], school_id: str) -> str:
    return str(schools[school_id]["name"] or school_id)


def _choices(
    schools: Mapping[str, Mapping[str, object]], offered: set[str]
) -> tuple[tuple[str, str], ...]:
    return tuple((school_id, _name(schools, school_id)) for school_id in sorted(offered))


def _drawn_hexagons(
    ground: FigureGround, students: Mapping[str, Value], total: float | None
) -> tuple[str, ...]:
    """Return the hexagons to draw: the smallest first, until enough students are shown."""
    placed = [hexagon for hexagon in students if hexagon in ground.released.hexagons]
    drawn: list[str] = []
    for level in range(LEVELS):
        drawn += [hexagon for hexagon in placed if level_of(hexagon) == level]
        if sum_of([students[hexagon] for hexagon in drawn]) >= _DRAWN_SHARE * (total or 0.0):
            break
    # A large hexagon holds the students whom the small ones inside of it leave.
    return tuple(sorted(drawn, key=level_of, reverse=True))


def _hexagon_layer(
    ground: FigureGround, students: Mapping[str, Value], drawn: Sequence[str]
) -> tuple[Layer, tuple[LegendEntry, ...]]:
    texts = ground.texts
    values = [students[hexagon] for hexagon in drawn]
    outlines = np.array([ground.released.hexagons[hexagon] for hexagon in drawn], dtype=object)
    parts = _own_parts(on_land(outlines, ground.reference))
    dense = densities(ground, parts, values)
    classes = scale(dense, _CLASSES, DENSITY, ground.printer, density_noise(ground, parts))
    features = []
    for number, (hexagon, value) in enumerate(zip(drawn, values, strict=True), 1):
        name = texts("hexagon", n=number)
        card = (name, texts("card_students", value=value.text))
        state = FeatureState(classes.key(dense[number - 1]), value.text, card)
        features.append(Feature(hexagon, name, {"draw": state}))
    shapes = Shapes(lambda: tidy(parts))
    title = texts("layer_hexagons")
    layer = Layer("hexagons", title, POLYGONS, tuple(features), shapes, has_frames=True)
    return layer, tuple(classes.entries)


def _own_parts(shapes: Geometries) -> Geometries:
    """Return each shape without the later, smaller ones inside of it."""
    parts = shapes.copy()
    for place in range(len(shapes) - 1):  # Over the hexagons of a school, some dozens.
        parts[place] = shapely.difference(shapes[place], shapely.union_all(shapes[place + 1 :]))
    return parts


def _zone_outlines(ground: FigureGround, school_id: str, name: str) -> tuple[Layer, ...]:
    """Return the outline of the school's first zone, if it has one."""
    rights = ground.reference.school_rights.filter(school_id=school_id)
    zones = rights.select("set_id", "zone_id").head(1).rows()
    return tuple(_zone_outline(ground, set_id, zone_id, name) for set_id, zone_id in zones)


def _zone_outline(ground: FigureGround, set_id: str, zone_id: str, name: str) -> Layer:
    index = zone_table(ground.reference, set_id)["id"].to_list().index(zone_id)
    feature = Feature(zone_id, name, {ONLY: FeatureState("edge", "", (name,))}, 3.0)
    shapes = Shapes(lambda: shapely.boundary(zone_shapes(ground.reference, set_id)[[index]]))
    return Layer("zone", ground.texts("layer_zone"), LINES, (feature,), shapes)


def _star(ground: FigureGround, school: dict[str, object]) -> tuple[Layer, ...]:
    if school["lon"] is None or school["lat"] is None:
        return ()
    state = FeatureState("right", "", school_state(ground, school).lines)
    name = str(school["name"] or school["id"])
    feature = Feature(str(school["id"]), name, {ONLY: state}, 10.0)
    lon, lat = float(str(school["lon"])), float(str(school["lat"]))
    shapes = Shapes(lambda: points([lon], [lat]))
    return (Layer("school", ground.texts("layer_school"), POINTS, (feature,), shapes),)


def _rows(
    ground: FigureGround, students: Mapping[str, Value], drawn: Sequence[str], total: float | None
) -> tuple[Row, ...]:
    """Return the drawn hexagons as they are numbered, then large ones, then all other places."""
    texts = ground.texts
    names = {hexagon: texts("hexagon", n=number) for number, hexagon in enumerate(drawn, 1)}
    large = [place for place in students if place not in names and place != OTHER]
    names |= {hexagon: texts("large_hexagon", n=number) for number, hexagon in enumerate(large, 1)}
    names |= {OTHER: texts("other_places", n=ground.printer.min_n)} if OTHER in students else {}
    return tuple(
        Row(place, (place, name, students[place], share_of(ground, students[place], total)))
        for place, name in names.items()
    )


def _finding(
    ground: FigureGround,
    students: Mapping[str, Value],
    name: str,
    drawn: Sequence[str],
    total: float | None,
) -> str:
    number = sum_of([students[hexagon] for hexagon in drawn])
    inside = ground.printer.value(min(number, total or number), "students")
    of_all = ground.printer.value(total, "students")
    share = share_of(ground, inside, total)
    return draw_finding(ground.texts, name, of_all, inside, len(drawn), share)


def _sentence(
    ground: FigureGround,
    students: Mapping[str, Value],
    name: str,
    drawn: Sequence[str],
    total: float | None,
) -> str:
    texts, printer = ground.texts, ground.printer
    if total is None or not drawn:
        return texts("says_draw_none", school=name, n=printer.min_n)
    inside = sum_of([students[hexagon] for hexagon in drawn])
    sentence = texts(
        "says_draw",
        students=printer.value(min(inside, total), "students").text,
        of=printer.value(total, "students").text,
        school=name,
        n=len(drawn),
    )
    elsewhere = sum_of([value for place, value in students.items() if place not in drawn])
    if not elsewhere:
        return sentence
    return f"{sentence} {texts('says_draw_elsewhere', n=printer.value(elsewhere, 'students').text)}"
