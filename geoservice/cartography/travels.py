"""Figures of who goes where: flows between areas, a zone's schools, a school's students."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import shapely

from geoservice.cartography.arrows import arrows
from geoservice.cartography.classes import scale
from geoservice.cartography.context import (
    around,
    outline_entries,
    radius,
    school_state,
    school_table,
)
from geoservice.cartography.definition import Classes
from geoservice.cartography.figure import (
    AT_LEAST,
    LINES,
    ONLY,
    POINTS,
    POLYGONS,
    Column,
    Feature,
    Frame,
    Layer,
    LegendEntry,
    Options,
    Row,
    Shapes,
    State,
    Value,
)
from geoservice.cartography.ground import Composed, Ground
from geoservice.cartography.released import DISTRICT_UNIT, Line
from geoservice.cartography.shapes import (
    Box,
    area_table,
    box_of,
    on_land,
    points,
    tidy,
    zone_shapes,
    zone_table,
)
from geoservice.cartography.values import number_text

OTHER = "other"
_TINT = "#2c7fb82e"
"""Of places that are told alike whatever their size: the tint lets the map through, their outlines are the same."""
_RULE = Classes(scheme="quantiles", count=4, palette="Purples")


def flows_figure(ground: Ground) -> Composed:
    """Arrows between areas, width and colour by the number of students."""
    texts, printer = ground.texts, ground.printer
    table = area_table(ground.reference, ground.area_set)
    names: dict[str, str] = dict(table.iter_rows()) | {OTHER: texts("other_areas")}
    lines = _directed(ground, "flows", ground.area_set)
    values = {(one["unit"], one["to"]): _value(ground, one) for one in lines}
    between = {key: v for key, v in values.items() if OTHER not in key and key[0] != key[1]
               and key[0] in names and key[1] in names and v.number}  # fmt: skip
    classes = scale(between.values(), _RULE, "students", printer)
    ordered = sorted(between, key=lambda key: (-(between[key].number or 0), key))
    features = tuple(
        Feature(f"{home}>{school}", f"{names[home]} → {names[school]}", {"flows": State(
            classes.key(between[home, school]), between[home, school].text,
            (f"{names[home]} → {names[school]}", texts("card_students", value=between[home, school].text)))})
        for home, school in ordered
    )  # fmt: skip
    weights = [between[key].number or 0.0 for key in ordered]
    shapes = Shapes(lambda: arrows(ground, table["id"].to_list(), ordered, weights))
    layer = Layer("flows", texts("layer_flows"), POLYGONS, features, shapes, has_frames=True)
    rows = [Row(f"{home}>{school}", (home, names.get(home, str(home)), school, names.get(school, str(school)), value))
            for (home, school), value in sorted(values.items())]  # fmt: skip
    said = texts("says_flows", n=len(features)) if features else texts("says_flows_none")
    said = " ".join([said, *_said_stay(ground, values)])
    columns = (Column("id", texts("column_id")), Column("name", texts("column_home_area")),
               Column("to", texts("column_to_id")), Column("to_name", texts("column_to_area")),
               Column("students", texts("column_students"), "students"))  # fmt: skip
    says = (said, *(f"{one.name}: {one.states['flows'].label}." for one in features[:3]))
    return Composed(
        layers=(*around(ground), layer), frames=(_frame(ground, "flows", classes.entries, said),),
        columns=columns, rows=tuple(rows), schools=len(school_table(ground)),
        legend=outline_entries(ground), legend_title=texts("legend_context"), says=says,
    )  # fmt: skip


def _said_stay(ground: Ground, values: Mapping[tuple[str, str], Value]) -> tuple[str, ...]:
    """The share who attend in their home area, where the number of every area is told: of some alone it would mislead."""
    homes = {home for home, _ in values}
    stay = [values.get((home, home)) for home in homes]
    known = [one.number for one in stay if one is not None and one.number is not None]
    if not homes or len(known) < len(homes) or any(one.number is None for one in values.values()):
        return ()
    share = sum(known) / (sum(one.number or 0 for one in values.values()) or 1)
    return (ground.texts("says_flows_stay", stay=ground.printer.value(share, "share").text),)


def destinations_figure(ground: Ground) -> Composed:
    """One zone, a star for its school of right, and the schools that receive its students."""
    texts = ground.texts
    zone = ground.choice.zone or next(iter(ground.zones["id"]), "")
    ((name, right),) = ground.zones.filter(id=zone).select("name", "school_id").iter_rows() if zone else [("", "")]  # fmt: skip
    lines = [one for one in _directed(ground, "zone_destinations", ground.zone_set) if one["unit"] == zone]  # fmt: skip
    counts = {str(one["to"]): _value(ground, one) for one in lines}
    # A school that is not told by itself is among the others, if there are any.
    absent = ground.printer.suppressed() if OTHER in counts else ground.printer.no_data()
    layer, classes = _receivers(ground, counts, right, absent)
    total = sum(value.number or 0 for value in counts.values())
    rows = _school_rows(ground, counts, total, texts("other_schools"))
    outline = _one_zone(ground, zone, name)
    shown = sum(one.id in counts for one in layer.features)
    said = texts("says_destinations", zone=name, n=shown, right=counts.get(right, absent).text)
    if OTHER in counts:
        said = f"{said} {texts('says_others', n=counts[OTHER].text)}"
    star = LegendEntry("right", "#d4006a", texts("star_entry"), "star")
    return Composed(
        layers=(outline, *around(ground), layer), frames=(_frame(ground, "to", classes, said),),
        columns=_school_columns(ground), rows=rows, schools=shown,
        students=_together(ground, counts),
        legend=(star, _zone_entry(ground), *outline_entries(ground)),
        legend_title=texts("legend_context"), says=(said,), subject=name,
        box=_box_of_layers(outline, layer),
        options=Options(zone=tuple(ground.zones.select("id", "name").iter_rows())),
    )  # fmt: skip


def draw_figure(ground: Ground) -> Composed:
    """Hexagons where a school's students live, with the outline of its zone."""
    texts = ground.texts
    schools = {row["id"]: row for row in ground.schools.iter_rows(named=True)}
    zoned = ground.reference.school_rights["school_id"].unique(maintain_order=True)
    known = [one for one in zoned if one in schools] or list(schools)
    school = ground.choice.school or next(iter(known), "")
    name = str(schools[school]["name"] or school) if school else ""
    lines = [one for one in _directed(ground, "school_draw", "school") if one["unit"] == school]
    counts = {str(one["to"]): _value(ground, one) for one in lines}
    layer, entries = _homes(ground, counts)
    rights = ground.reference.school_rights.filter(school_id=school)
    mine = rights.select("set_id", "zone_id").head(1)
    outlines = [_zone_edge(ground, set_id, zone, name) for set_id, zone in mine.iter_rows()]
    star = _star(ground, schools[school]) if school else ()
    named = {one.id: one.name for one in layer.features} | {OTHER: texts("other_places")}
    columns, rows = _draw_table(ground, counts, named)
    said = _says_draw(ground, counts, name, len(layer.features))
    entry = LegendEntry("right", "#d4006a", texts("star_school_entry"), "star")
    return Composed(
        layers=(layer, *outlines, *around(ground), *star), frames=(_frame(ground, "draw", entries, said),),
        columns=columns, rows=rows, schools=1, students=_together(ground, counts),
        legend=(entry, LegendEntry("edge", "#d4006a", texts("zone_entry"), "line"), *outline_entries(ground)),
        legend_title=texts("legend_context"),
        says=(said,), subject=name,
        box=_box_of_layers(layer, *outlines),
        options=Options(school=tuple((one, str(schools[one]["name"] or one)) for one in sorted(known))),
    )  # fmt: skip


def _draw_table(
    ground: Ground, counts: Mapping[str, Value], named: Mapping[str, str]
) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
    """Students by hexagon, and their share of the school where numbers are told."""
    texts, known = ground.texts, [one for one in named if one in counts]
    is_bounded = _is_bounded(counts)
    counted = texts("column_least" if is_bounded else "column_students")
    columns = (Column("id", texts("column_id")), Column("name", texts("column_hexagon")),
               Column("students", counted, "students"))  # fmt: skip
    if is_bounded:
        return columns, tuple(Row(one, (one, named[one], counts[one])) for one in known)
    total = sum(value.number or 0 for value in counts.values())
    share = Column("share", texts("column_share_of_school"), "share")
    rows = (Row(one, (one, named[one], counts[one], _share(ground, counts[one], total))) for one in known)  # fmt: skip
    return (*columns, share), tuple(rows)


def _says_draw(ground: Ground, counts: Mapping[str, Value], school: str, hexagons: int) -> str:
    if _is_bounded(counts):
        least = next(_number(value) for value in counts.values() if value.status == AT_LEAST)
        return ground.texts("says_draw_least", school=school, n=hexagons, least=least)
    total = ground.printer.value(sum(value.number or 0 for value in counts.values()), "students")
    return ground.texts("says_draw", school=school, n=hexagons, students=total.text)


def _is_bounded(counts: Mapping[str, Value]) -> bool:
    """True where it is told that hexagons hold at least so many students, not how many."""
    return any(value.status == AT_LEAST for value in counts.values())


def _homes(ground: Ground, counts: Mapping[str, Value]) -> tuple[Layer, tuple[LegendEntry, ...]]:
    """Hexagons with the students of one school in each."""
    texts, known = ground.texts, ground.released.hexagons
    placed = {key: value for key, value in counts.items() if key in known}
    classes = scale(placed.values(), Classes(count=5, palette="Blues"), "students", ground.printer)
    features = tuple(
        Feature(key, texts("hexagon", n=at), {"draw": State(classes.key(value), value.text, (
            texts("hexagon", n=at), _told(ground, value)))})
        for at, (key, value) in enumerate(placed.items(), 1)
    )  # fmt: skip
    raw = np.array([known[key] for key in placed], dtype=object)
    shapes = Shapes(lambda: tidy(on_land(raw, ground.reference)))
    layer = Layer("hexagons", texts("layer_hexagons"), POLYGONS, features, shapes, has_frames=True)
    return layer, _least(ground, classes.entries, placed)


def _told(ground: Ground, value: Value) -> str:
    if value.status == AT_LEAST:
        said = ground.texts("least_entry", n=_number(value))
        return said[:1].upper() + said[1:]
    return ground.texts("card_students", value=value.text)


def _least(
    ground: Ground, entries: Sequence[LegendEntry], placed: Mapping[str, Value]
) -> tuple[LegendEntry, ...]:
    """Entries of the legend; where all hexagons tell one bound, it is said, and no large one outweighs a small one."""
    bounds = {_number(value) for value in placed.values() if value.status == AT_LEAST}
    if len(bounds) != 1 or any(value.status != AT_LEAST for value in placed.values()):
        return tuple(entries)
    said = ground.texts("least_entry", n=next(iter(bounds)))
    return tuple(
        replace(one, text=said, colour=_TINT) if one.key == "c0" else one for one in entries
    )


def _number(value: Value) -> str:
    return number_text(value.number or 0.0, "students")


def _directed(ground: Ground, measure: str, units: str) -> list[Line]:
    table = ground.released.table(measure, units)
    if table is None:
        return []
    some = table.filter(band=ground.choice.band, year=ground.choice.year)
    return [one for one in some.iter_rows(named=True) if one["unit"] != DISTRICT_UNIT]


def _value(ground: Ground, line: Line) -> Value:
    return ground.printer.released(line["status"], line["value"], line["bound"], "students")


def _together(ground: Ground, counts: Mapping[str, Value]) -> Value:
    """All that are shown, together."""
    known = [one.number for one in counts.values() if one.number is not None]
    if _is_bounded(counts):
        return ground.printer.bound(sum(known), "students", AT_LEAST)
    return ground.printer.value(sum(known) if known else None, "students")


def _share(ground: Ground, value: Value, total: float) -> Value:
    if value.number is None:
        return value
    return ground.printer.value(value.number / total if total else None, "share")


def _frame(ground: Ground, frame: str, entries: Sequence[LegendEntry], said: str) -> Frame:
    title = ground.definition.title.of(ground.choice.lang)
    return Frame(frame, title, ground.choice.year, f"{title} ({ground.texts('unit_students')})",
                 tuple(entries), said)  # fmt: skip


def _receivers(
    ground: Ground, counts: Mapping[str, Value], right: str, absent: Value
) -> tuple[Layer, Sequence[LegendEntry]]:
    schools = ground.schools.drop_nulls(["lon", "lat"])
    shown = [
        row for row in schools.iter_rows(named=True) if row["id"] in counts or row["id"] == right
    ]
    classes = scale([counts[row["id"]] for row in shown if row["id"] in counts], _RULE, "students", ground.printer)  # fmt: skip
    most = max((value.number or 0 for value in counts.values()), default=0)
    features = []
    for row in shown:
        value = counts.get(row["id"], absent)
        state = school_state(ground, row)
        lines = (*state.lines, ground.texts("card_students", value=value.text))
        key = "right" if row["id"] == right else classes.key(value)
        features.append(Feature(row["id"], row["name"] or row["id"], {"to": State(key, value.text, lines)},
                                radius(int(value.number or 0), most)))  # fmt: skip
    shapes = Shapes(lambda: points([row["lon"] for row in shown], [row["lat"] for row in shown]))
    layer = Layer(
        "receivers", ground.texts("layer_schools"), POINTS, tuple(features), shapes, has_frames=True
    )
    entries = [
        LegendEntry(one.key, one.colour, one.text, "point", one.hatch) for one in classes.entries
    ]
    return layer, entries


def _school_columns(ground: Ground) -> tuple[Column, ...]:
    texts = ground.texts
    return (Column("id", texts("column_id")), Column("name", texts("column_school")),
            Column("students", texts("column_students"), "students"),
            Column("share", texts("column_share_of_zone"), "share"))  # fmt: skip


def _school_rows(
    ground: Ground, counts: Mapping[str, Value], total: float, other: str
) -> tuple[Row, ...]:
    names = dict(ground.reference.schools().select("id", "name").iter_rows())
    ordered = sorted(counts, key=lambda one: (one == OTHER, -(counts[one].number or 0), one))
    return tuple(
        Row(one, (one, other if one == OTHER else str(names.get(one) or one), counts[one],
                  _share(ground, counts[one], total)))
        for one in ordered
    )  # fmt: skip


def _box_of_layers(*layers: Layer) -> Box | None:
    shapes = [one for layer in layers if layer.features for one in layer.shapes.array]
    return box_of(shapes) if shapes else None


def _one_zone(ground: Ground, zone: str, name: str) -> Layer:
    ids = ground.zones["id"].to_list()
    feature = Feature(zone, name, {ONLY: State("zone", "", (name,))})
    shapes = Shapes(lambda: zone_shapes(ground.reference, ground.zone_set)[[ids.index(zone)]])
    return Layer("zone", ground.texts("layer_zone"), POLYGONS, (feature,) if zone else (), shapes)


def _zone_edge(ground: Ground, set_id: str, zone: str, name: str) -> Layer:
    ids = zone_table(ground.reference, set_id)["id"].to_list()
    feature = Feature(zone, name, {ONLY: State("edge", "", (name,))}, 3.0)
    shapes = Shapes(
        lambda: shapely.boundary(zone_shapes(ground.reference, set_id)[[ids.index(zone)]])
    )
    return Layer("zone", ground.texts("layer_zone"), LINES, (feature,), shapes)


def _star(ground: Ground, row: dict[str, object]) -> tuple[Layer, ...]:
    if row["lon"] is None or row["lat"] is None:
        return ()
    feature = Feature(
        str(row["id"]),
        str(row["name"] or row["id"]),
        {ONLY: State("right", "", school_state(ground, row).lines)},
        10.0,
    )
    shapes = Shapes(lambda: points([float(str(row["lon"]))], [float(str(row["lat"]))]))
    return (Layer("school", ground.texts("layer_school"), POINTS, (feature,), shapes),)


def _zone_entry(ground: Ground) -> LegendEntry:
    return LegendEntry("zone", "#f3d9e6", ground.texts("zone_entry"))
