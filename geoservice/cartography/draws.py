"""The figure of a school's draw: the hexagons where its students live."""

from collections.abc import Mapping, Sequence

import numpy as np
import shapely

from geoservice.cartography.classes import scale
from geoservice.cartography.context import around, outline_entries, school_state
from geoservice.cartography.definition import Classes
from geoservice.cartography.destination_lines import (
    OTHER,
    box_of_layers,
    lines_of,
    share_of,
    students_frame,
    students_of,
    sum_of,
    whole_of,
)
from geoservice.cartography.figure import (
    LINES,
    ONLY,
    POINTS,
    POLYGONS,
    Column,
    Feature,
    Layer,
    LegendEntry,
    Options,
    Row,
    Shapes,
    State,
    Value,
)
from geoservice.cartography.ground import Composed, Ground
from geoservice.cartography.shapes import on_land, points, tidy, zone_shapes, zone_table
from geoservice.geometry.hexagons import LEVELS, level_of

_CLASSES = Classes(count=5, palette="Blues")
_DRAWN_SHARE = 0.8
"""Larger sizes of hexagons are drawn until those drawn hold this share of the school's students.

The largest hexagons cover most of a district with a few students, and hide where the others live.
"""


def draw_figure(ground: Ground) -> Composed:
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
    whole = whole_of(lines)
    drawn = _drawn_hexagons(ground, students, whole)
    layer, entries = _hexagon_layer(ground, students, drawn)
    outlines = _zone_outlines(ground, school_id, name)
    star = _star(ground, schools[school_id]) if school_id else ()
    sentence = _sentence(ground, students, name, drawn, whole)
    return Composed(
        layers=(layer, *outlines, *around(ground), *star),
        frames=(students_frame(ground, "draw", entries, sentence),),
        columns=(
            Column("id", texts("column_id")),
            Column("name", texts("column_hexagon")),
            Column("students", texts("column_students"), "students"),
            Column("share", texts("column_share_of_school"), "share"),
        ),
        rows=_rows(ground, students, drawn, whole),
        schools=1,
        students=ground.printer.value(whole, "students"),
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
    ground: Ground, students: Mapping[str, Value], whole: float | None
) -> tuple[str, ...]:
    """Return the hexagons to draw: the smallest, then larger ones until enough students are shown."""
    placed = [hexagon for hexagon in students if hexagon in ground.released.hexagons]
    drawn: list[str] = []
    for level in range(LEVELS):
        drawn += [hexagon for hexagon in placed if level_of(hexagon) == level]
        if sum_of([students[hexagon] for hexagon in drawn]) >= _DRAWN_SHARE * (whole or 0.0):
            break
    # Large hexagons hold what the small ones inside of them leave, so they lie below.
    return tuple(sorted(drawn, key=level_of, reverse=True))


def _hexagon_layer(
    ground: Ground, students: Mapping[str, Value], drawn: Sequence[str]
) -> tuple[Layer, tuple[LegendEntry, ...]]:
    texts = ground.texts
    values = [students[hexagon] for hexagon in drawn]
    classes = scale(values, _CLASSES, "students", ground.printer)
    features = []
    for number, (hexagon, value) in enumerate(zip(drawn, values, strict=True), 1):
        name = texts("hexagon", n=number)
        card = (name, texts("card_students", value=value.text))
        state = State(classes.key(value), value.text, card)
        features.append(Feature(hexagon, name, {"draw": state}))
    outlines = np.array([ground.released.hexagons[hexagon] for hexagon in drawn], dtype=object)
    shapes = Shapes(lambda: tidy(on_land(outlines, ground.reference)))
    title = texts("layer_hexagons")
    layer = Layer("hexagons", title, POLYGONS, tuple(features), shapes, has_frames=True)
    return layer, tuple(classes.entries)


def _zone_outlines(ground: Ground, school_id: str, name: str) -> tuple[Layer, ...]:
    """Return the outline of the school's first zone, if it has one."""
    rights = ground.reference.school_rights.filter(school_id=school_id)
    zones = rights.select("set_id", "zone_id").head(1).rows()
    return tuple(_zone_outline(ground, set_id, zone_id, name) for set_id, zone_id in zones)


def _zone_outline(ground: Ground, set_id: str, zone_id: str, name: str) -> Layer:
    at = zone_table(ground.reference, set_id)["id"].to_list().index(zone_id)
    feature = Feature(zone_id, name, {ONLY: State("edge", "", (name,))}, 3.0)
    shapes = Shapes(lambda: shapely.boundary(zone_shapes(ground.reference, set_id)[[at]]))
    return Layer("zone", ground.texts("layer_zone"), LINES, (feature,), shapes)


def _star(ground: Ground, school: dict[str, object]) -> tuple[Layer, ...]:
    if school["lon"] is None or school["lat"] is None:
        return ()
    state = State("right", "", school_state(ground, school).lines)
    name = str(school["name"] or school["id"])
    feature = Feature(str(school["id"]), name, {ONLY: state}, 10.0)
    lon, lat = float(str(school["lon"])), float(str(school["lat"]))
    shapes = Shapes(lambda: points([lon], [lat]))
    return (Layer("school", ground.texts("layer_school"), POINTS, (feature,), shapes),)


def _rows(
    ground: Ground, students: Mapping[str, Value], drawn: Sequence[str], whole: float | None
) -> tuple[Row, ...]:
    """Return the drawn hexagons as they are numbered, then large ones, then all other places."""
    texts = ground.texts
    names = {hexagon: texts("hexagon", n=number) for number, hexagon in enumerate(drawn, 1)}
    large = [place for place in students if place not in names and place != OTHER]
    names |= {hexagon: texts("large_hexagon", n=number) for number, hexagon in enumerate(large, 1)}
    names |= {OTHER: texts("other_places", n=ground.printer.min_n)} if OTHER in students else {}
    return tuple(
        Row(place, (place, name, students[place], share_of(ground, students[place], whole)))
        for place, name in names.items()
    )


def _sentence(
    ground: Ground,
    students: Mapping[str, Value],
    name: str,
    drawn: Sequence[str],
    whole: float | None,
) -> str:
    texts, printer = ground.texts, ground.printer
    if whole is None or not drawn:
        return texts("says_draw_none", school=name, n=printer.suppressed_text)
    inside = sum_of([students[hexagon] for hexagon in drawn])
    sentence = texts(
        "says_draw",
        students=printer.value(min(inside, whole), "students").text,
        of=printer.value(whole, "students").text,
        school=name,
        n=len(drawn),
    )
    elsewhere = whole - inside
    if elsewhere < printer.min_n:
        return sentence
    return f"{sentence} {texts('says_draw_elsewhere', n=printer.value(elsewhere, 'students').text)}"
