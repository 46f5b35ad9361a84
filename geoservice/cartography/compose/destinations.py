"""The figure of a zone's destinations: the schools that the zone's students attend."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from geoservice.cartography.compose.destination_lines import (
    OTHER,
    box_of_layers,
    lines_of,
    most_students,
    share_of,
    students_frame,
    students_of,
    sum_of,
    whole_of,
)
from geoservice.cartography.definition.definition import Classes
from geoservice.cartography.figure.cells import AT_LEAST, AT_MOST, Column, Row, Value
from geoservice.cartography.figure.choice import Options
from geoservice.cartography.figure.classes import scale
from geoservice.cartography.figure.context import around, outline_entries, radius, school_state
from geoservice.cartography.figure.frames import LegendEntry
from geoservice.cartography.figure.ground import Composed, FigureGround
from geoservice.cartography.figure.layers import (
    ONLY,
    POINTS,
    POLYGONS,
    Feature,
    FeatureState,
    Layer,
    Shapes,
)
from geoservice.cartography.figure.shapes import points, zone_shapes
from geoservice.cartography.findings.students import ZoneStudents, destinations_finding

_CLASSES = Classes(palette="Purples")
_SEVERAL = ";"
"""Between the ids of a zone's schools, where it has several."""


def destinations_figure(ground: FigureGround) -> Composed:
    """Return one zone, a star for its zoned school, and the schools that its students attend."""
    texts = ground.texts
    zone, zone_name, zoned = _zone(ground)
    released = lines_of(ground, "zone_destinations", ground.zone_set)
    lines = [line for line in released if line["unit"] == zone]
    students = {str(line["to"]): students_of(ground, line) for line in lines}
    total = whole_of(lines)
    layer, entries = _school_layer(ground, students, zoned)
    outline = _zone_layer(ground, zone, zone_name)
    sentence = _sentence(ground, students, zoned, zone_name, total)
    frame = students_frame(ground, "to", entries, sentence)
    star = LegendEntry("right", "#d4006a", texts("star_entry"), "star")
    return Composed(
        layers=(outline, *around(ground), layer),
        frames=(replace(frame, finding=_finding(ground, students, zoned, total)),),
        columns=(
            Column("id", texts("column_id")),
            Column("name", texts("column_school")),
            Column("students", texts("column_students"), "students"),
            Column("share", texts("column_share_of_zone"), "share"),
        ),
        rows=_rows(ground, students, zoned, total),
        schools=sum(feature.id in students for feature in layer.features),
        students=ground.printer.value(total, "students"),
        legend=(
            star,
            LegendEntry("zone", "#f3d9e6", texts("zone_entry")),
            *outline_entries(ground),
        ),
        legend_title=texts("legend_context"),
        says=(sentence,),
        subject=zone_name,
        box=box_of_layers(outline, layer),
        options=Options(zone=tuple(ground.zones.select("id", "name").iter_rows())),
    )


def _zone(ground: FigureGround) -> tuple[str, str, Sequence[str]]:
    """Return id and name of the chosen zone, else of the first, and the ids of its schools."""
    zone = ground.choice.zone or next(iter(ground.zones["id"]), "")
    if not zone:
        return "", "", ()
    name, school_ids = ground.zones.filter(id=zone).select("name", "school_id").row(0)
    return zone, name, tuple((school_ids or "").split(_SEVERAL))


def _zone_layer(ground: FigureGround, zone: str, name: str) -> Layer:
    ids = ground.zones["id"].to_list()
    feature = Feature(zone, name, {ONLY: FeatureState("zone", "", (name,))})
    shapes = Shapes(lambda: zone_shapes(ground.reference, ground.zone_set)[[ids.index(zone)]])
    title = ground.texts("layer_zone")
    return Layer("zone", title, POLYGONS, (feature,) if zone else (), shapes)


def _school_layer(
    ground: FigureGround, students: Mapping[str, Value], zoned: Sequence[str]
) -> tuple[Layer, tuple[LegendEntry, ...]]:
    """Return the schools with a place that are shown or zoned, sized by students."""
    schools = [
        school
        for school in ground.schools.drop_nulls(["lon", "lat"]).iter_rows(named=True)
        if school["id"] in students or school["id"] in zoned
    ]
    counted = [students[school["id"]] for school in schools if school["id"] in students]
    classes = scale(counted, _CLASSES, "students", ground.printer)
    absent = _absent(ground, students)
    largest = most_students(students)
    features = []
    for school in schools:
        value = students.get(school["id"], absent)
        card = (
            *school_state(ground, school).lines,
            ground.texts("card_students", value=value.text),
        )
        key = "right" if school["id"] in zoned else classes.key(value)
        size = radius(int(value.number or 0), largest)
        state = FeatureState(key, value.text, card)
        name = school["name"] or school["id"]
        features.append(Feature(school["id"], name, {"to": state}, size))
    lon, lat = ([school[axis] for school in schools] for axis in ("lon", "lat"))
    shapes = Shapes(lambda: points(lon, lat))
    title = ground.texts("layer_schools")
    layer = Layer("receivers", title, POINTS, tuple(features), shapes, has_frames=True)
    entries = tuple(
        LegendEntry(entry.key, entry.colour, entry.text, "point", entry.hatch)
        for entry in classes.entries
    )
    return layer, entries


def _absent(ground: FigureGround, students: Mapping[str, Value]) -> Value:
    """Return the value of a zoned school that has no line: its students count among the others."""
    return ground.printer.suppressed() if OTHER in students else ground.printer.no_data()


def _rows(
    ground: FigureGround, students: Mapping[str, Value], zoned: Sequence[str], total: float | None
) -> tuple[Row, ...]:
    names = dict(ground.reference.schools().select("id", "name").iter_rows())
    is_zoned_shown = all(school in students for school in zoned)
    key = "other_schools" if is_zoned_shown else "other_and_zoned_school"
    names[OTHER] = ground.texts(key, n=ground.printer.min_n)
    ordered = sorted(
        students,
        key=lambda school: (school == OTHER, -(students[school].number or 0), school),
    )
    return tuple(
        Row(
            school,
            (
                school,
                str(names.get(school) or school),
                students[school],
                share_of(ground, students[school], total),
            ),
        )
        for school in ordered
    )


def _finding(
    ground: FigureGround, students: Mapping[str, Value], zoned: Sequence[str], total: float | None
) -> str:
    names = dict(ground.reference.schools().select("id", "name").iter_rows())
    all_students = ground.printer.value(total, "students")
    at_zoned = _at_zoned(ground, [students.get(school) for school in zoned], total)
    others = [
        (str(names.get(school) or school), value)
        for school, value in students.items()
        if school not in zoned and school != OTHER
    ]
    zone = ZoneStudents(
        all_students,
        tuple(str(names.get(school) or school) for school in zoned if school),
        at_zoned,
        share_of(ground, at_zoned or ground.printer.no_data(), total),
        others,
    )
    return destinations_finding(ground.texts, zone)


def _at_zoned(
    ground: FigureGround, values: Sequence[Value | None], total: float | None
) -> Value | None:
    """Return the students at the zoned schools; None where the number at one is withheld.

    The sum of a bound and of numbers is a bound.
    """
    shown = [value for value in values if value is not None and value.number is not None]
    bounds = {value.status for value in shown} & {AT_LEAST, AT_MOST}
    if not shown or len(shown) < len(values) or len(bounds) > 1:
        return None
    number = min(sum_of(shown), total or math.inf)
    if bounds:
        return ground.printer.bound(number, "students", bounds.pop())
    return ground.printer.value(number, "students")


def _sentence(
    ground: FigureGround,
    students: Mapping[str, Value],
    zoned: Sequence[str],
    zone_name: str,
    total: float | None,
) -> str:
    texts = ground.texts
    if total is None:
        return texts("says_destinations_none", zone=zone_name, n=ground.printer.min_n)
    names = dict(ground.reference.schools().select("id", "name").iter_rows())
    sentences = []
    for school in zoned:
        school_name = str(names.get(school) or school)
        if school in students:
            n, of = students[school].text, ground.printer.value(total, "students").text
            sentences.append(
                texts("says_destinations", n=n, of=of, zone=zone_name, school=school_name)
            )
        else:
            min_n = ground.printer.min_n
            sentences.append(
                texts("says_destinations_few", n=min_n, zone=zone_name, school=school_name)
            )
    if OTHER in students:
        is_zoned_shown = all(school in students for school in zoned)
        key = "says_others" if is_zoned_shown else "says_others_and_zoned"
        min_n = ground.printer.min_n
        sentences.append(texts(key, n=students[OTHER].text, least=min_n))
    return " ".join(sentences)
