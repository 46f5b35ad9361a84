"""The figure of a zone's destinations: the schools that students who live in one zone attend."""

from collections.abc import Mapping, Sequence

from geoservice.cartography.classes import scale
from geoservice.cartography.context import around, outline_entries, radius, school_state
from geoservice.cartography.definition import Classes
from geoservice.cartography.destination_lines import (
    OTHER,
    box_of_layers,
    lines_of,
    most_students,
    share_of,
    students_frame,
    students_of,
    whole_of,
)
from geoservice.cartography.figure import (
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
from geoservice.cartography.shapes import points, zone_shapes

_CLASSES = Classes(scheme="quantiles", count=4, palette="Purples")
_SEVERAL = ";"
"""Between the ids of a zone's schools, where it has several."""


def destinations_figure(ground: Ground) -> Composed:
    """Return one zone, a star for its zoned school, and the schools that its students attend."""
    texts = ground.texts
    zone, zone_name, zoned = _zone(ground)
    released = lines_of(ground, "zone_destinations", ground.zone_set)
    lines = [line for line in released if line["unit"] == zone]
    students = {str(line["to"]): students_of(ground, line) for line in lines}
    whole = whole_of(lines)
    layer, entries = _school_layer(ground, students, zoned)
    outline = _zone_layer(ground, zone, zone_name)
    sentence = _sentence(ground, students, zoned, zone_name, whole)
    star = LegendEntry("right", "#d4006a", texts("star_entry"), "star")
    return Composed(
        layers=(outline, *around(ground), layer),
        frames=(students_frame(ground, "to", entries, sentence),),
        columns=(
            Column("id", texts("column_id")),
            Column("name", texts("column_school")),
            Column("students", texts("column_students"), "students"),
            Column("share", texts("column_share_of_zone"), "share"),
        ),
        rows=_rows(ground, students, zoned, whole),
        schools=sum(feature.id in students for feature in layer.features),
        students=ground.printer.value(whole, "students"),
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


def _zone(ground: Ground) -> tuple[str, str, Sequence[str]]:
    """Return id and name of the chosen zone, else of the first, and the ids of its schools."""
    zone = ground.choice.zone or next(iter(ground.zones["id"]), "")
    if not zone:
        return "", "", ()
    name, school_ids = ground.zones.filter(id=zone).select("name", "school_id").row(0)
    return zone, name, tuple((school_ids or "").split(_SEVERAL))


def _zone_layer(ground: Ground, zone: str, name: str) -> Layer:
    ids = ground.zones["id"].to_list()
    feature = Feature(zone, name, {ONLY: State("zone", "", (name,))})
    shapes = Shapes(lambda: zone_shapes(ground.reference, ground.zone_set)[[ids.index(zone)]])
    title = ground.texts("layer_zone")
    return Layer("zone", title, POLYGONS, (feature,) if zone else (), shapes)


def _school_layer(
    ground: Ground, students: Mapping[str, Value], zoned: Sequence[str]
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
        state = State(key, value.text, card)
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


def _absent(ground: Ground, students: Mapping[str, Value]) -> Value:
    """Return the value of a zoned school without a line: its students are among the others, if any."""
    return ground.printer.suppressed() if OTHER in students else ground.printer.no_data()


def _rows(
    ground: Ground, students: Mapping[str, Value], zoned: Sequence[str], whole: float | None
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
                share_of(ground, students[school], whole),
            ),
        )
        for school in ordered
    )


def _sentence(
    ground: Ground,
    students: Mapping[str, Value],
    zoned: Sequence[str],
    zone_name: str,
    whole: float | None,
) -> str:
    texts = ground.texts
    if whole is None:
        return texts("says_destinations_none", zone=zone_name, n=ground.printer.suppressed_text)
    names = dict(ground.reference.schools().select("id", "name").iter_rows())
    sentences = []
    for school in zoned:
        school_name = str(names.get(school) or school)
        if school in students:
            n, of = students[school].text, ground.printer.value(whole, "students").text
            sentences.append(
                texts("says_destinations", n=n, of=of, zone=zone_name, school=school_name)
            )
        else:
            least = ground.printer.min_n
            sentences.append(
                texts("says_destinations_few", n=least, zone=zone_name, school=school_name)
            )
    if OTHER in students:
        is_zoned_shown = all(school in students for school in zoned)
        key = "says_others" if is_zoned_shown else "says_others_and_zoned"
        sentences.append(texts(key, n=students[OTHER].text))
    return " ".join(sentences)
