"""The figure of flows: arrows between areas, and the number of students who stay in each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from geoservice.cartography.arrows import arrows
from geoservice.cartography.classes import scale
from geoservice.cartography.context import around, outline_entries, school_table
from geoservice.cartography.definition import Classes
from geoservice.cartography.destination_lines import (
    OTHER,
    lines_of,
    students_frame,
    students_of,
    sum_of,
)
from geoservice.cartography.figure import (
    ONLY,
    POLYGONS,
    Column,
    Feature,
    Layer,
    Row,
    Shapes,
    State,
    Value,
)
from geoservice.cartography.ground import Composed, Ground
from geoservice.cartography.shapes import area_table

_CLASSES = Classes(scheme="quantiles", count=4, palette="Purples")
_ARROWS_PER_AREA, _MOST_ARROWS = 2, 16
"""More arrows than this cross each other so often that a reader cannot follow them."""
_NAMED_IN_WORDS = 3
Flow = tuple[str, str]
"""Home area and area of the school attended."""


def flows_figure(ground: Ground) -> Composed:
    """Return arrows between areas, with width and colour by the number of students."""
    texts = ground.texts
    table = area_table(ground.reference, ground.area_set)
    names: dict[str, str] = dict(table.iter_rows())
    lines = lines_of(ground, "flows", ground.area_set)
    students = {(line["unit"], line["to"]): students_of(ground, line) for line in lines}
    between = _between(students, names)
    drawn = between[: max(1, min(_MOST_ARROWS, _ARROWS_PER_AREA * len(names)))]
    classes = scale([students[flow] for flow in drawn], _CLASSES, "students", ground.printer)
    layer = _arrow_layer(ground, names, drawn, students, classes.key)
    sentences = _sentences(ground, students, len(drawn), len(between))
    largest = (f"{feature.name}: {students[flow].text}." for feature, flow in
               zip(layer.features[:_NAMED_IN_WORDS], drawn, strict=False))  # fmt: skip
    return Composed(
        layers=(*_with_stays(ground, around(ground), students), layer),
        frames=(students_frame(ground, "flows", classes.entries, " ".join(sentences)),),
        columns=(
            Column("id", texts("column_id")),
            Column("name", texts("column_home_area")),
            Column("to", texts("column_to_id")),
            Column("to_name", texts("column_to_area")),
            Column("students", texts("column_students"), "students"),
        ),
        rows=_rows(ground, names, students),
        schools=len(school_table(ground)),
        legend=outline_entries(ground),
        legend_title=texts("legend_context"),
        says=(" ".join(sentences), *largest),
    )


def _between(students: Mapping[Flow, Value], names: Mapping[str, str]) -> list[Flow]:
    """Return the flows between two areas, the largest first."""
    flows = [
        (home, school)
        for (home, school), value in students.items()
        if home != school and home in names and school in names and value.number
    ]
    return sorted(flows, key=lambda flow: (-(students[flow].number or 0), flow))


def _arrow_layer(
    ground: Ground,
    names: Mapping[str, str],
    flows: Sequence[Flow],
    students: Mapping[Flow, Value],
    key_of: Callable[[Value], str],
) -> Layer:
    features = []
    for home, school in flows:
        value = students[home, school]
        name = f"{names[home]} → {names[school]}"
        card = (name, ground.texts("card_students", value=value.text))
        state = State(key_of(value), value.text, card)
        features.append(Feature(f"{home}>{school}", name, {"flows": state}))
    weights = [students[flow].number or 0.0 for flow in flows]
    shapes = Shapes(lambda: arrows(ground, list(names), flows, weights))
    title = ground.texts("layer_flows")
    return Layer("flows", title, POLYGONS, tuple(features), shapes, has_frames=True)


def _with_stays(
    ground: Ground, layers: Sequence[Layer], students: Mapping[Flow, Value]
) -> tuple[Layer, ...]:
    """Return the layers; each area's outline is labelled with the students who stay in it."""
    return tuple(
        replace(
            layer, features=tuple(_with_stay(ground, area, students) for area in layer.features)
        )
        if layer.id == "areas"
        else layer
        for layer in layers
    )


def _with_stay(ground: Ground, area: Feature, students: Mapping[Flow, Value]) -> Feature:
    stay = students.get((area.id, area.id))
    if stay is None:
        return area
    state = area.states[ONLY]
    label = ground.texts("label_stay", area=area.name, n=stay.text)
    card = (*state.lines, ground.texts("card_stay", n=stay.text))
    return replace(area, states={ONLY: State(state.key, label, card)})


def _rows(
    ground: Ground, names: Mapping[str, str], students: Mapping[Flow, Value]
) -> tuple[Row, ...]:
    rows = []
    for (home, school), value in sorted(students.items()):
        to_name = names.get(school, school)
        if school == OTHER:
            has_own_row = (home, home) in students
            key = "other_areas" if has_own_row else "other_and_own_area"
            to_name = ground.texts(key, n=ground.printer.min_n)
        cells = (home, names.get(home, home), school, to_name, value)
        rows.append(Row(f"{home}>{school}", cells))
    return tuple(rows)


def _sentences(
    ground: Ground, students: Mapping[Flow, Value], drawn: int, shown: int
) -> tuple[str, ...]:
    texts = ground.texts
    if not shown:
        return (
            texts("says_flows_none", n=ground.printer.suppressed_text),
            *_stay(ground, students),
        )
    key = "says_flows" if drawn == shown else "says_flows_largest"
    return (texts(key, n=drawn, of=shown), *_stay(ground, students))


def _stay(ground: Ground, students: Mapping[Flow, Value]) -> tuple[str, ...]:
    """Return the share who attend in their home area, where the number of every area is shown."""
    homes = {home for home, _ in students}
    stays = [students.get((home, home)) for home in homes]
    if not homes or any(stay is None or stay.number is None for stay in stays):
        return ()
    whole = sum_of(list(students.values()))
    share = sum_of([stay for stay in stays if stay is not None]) / (whole or 1.0)
    return (ground.texts("says_flows_stay", stay=ground.printer.share(share, whole).text),)
