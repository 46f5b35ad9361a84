"""The figure of flows: arrows between areas, and the number of students who stay in each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from geoservice.cartography.compose.arrows import arrows
from geoservice.cartography.compose.destination_lines import (
    OTHER,
    lines_of,
    students_frame,
    students_of,
    sum_of,
)
from geoservice.cartography.definition.definition import Classes
from geoservice.cartography.figure.cells import Column, Row, Value
from geoservice.cartography.figure.classes import scale
from geoservice.cartography.figure.context import around, outline_entries, school_table
from geoservice.cartography.figure.ground import Composed, FigureGround
from geoservice.cartography.figure.layers import (
    ONLY,
    POLYGONS,
    Feature,
    FeatureState,
    Layer,
    Shapes,
)
from geoservice.cartography.figure.shapes import area_table
from geoservice.cartography.findings.students import flows_finding

_CLASSES = Classes(palette="Purples")
_ARROWS_PER_AREA, _MOST_ARROWS = 2, 16
"""More arrows than this cross each other so often that a reader cannot follow them."""
_NAMED_IN_WORDS = 3
Flow = tuple[str, str]
"""Home area and area of the school attended."""


def flows_figure(ground: FigureGround) -> Composed:
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
    named = [(names[home], names[school], students[home, school]) for home, school in between]
    finding = flows_finding(texts, named, _stay_share(ground, students))
    frame = students_frame(ground, "flows", classes.entries, " ".join(sentences))
    largest = (
        f"{feature.name}: {students[flow].text}."
        for feature, flow in zip(layer.features[:_NAMED_IN_WORDS], drawn, strict=False)
    )
    return Composed(
        layers=(*_with_stays(ground, around(ground), students), layer),
        frames=(replace(frame, finding=finding),),
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
    ground: FigureGround,
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
        state = FeatureState(key_of(value), value.text, card)
        features.append(Feature(f"{home}>{school}", name, {"flows": state}))
    weights = [students[flow].number or 0.0 for flow in flows]
    shapes = Shapes(lambda: arrows(ground, list(names), flows, weights))
    title = ground.texts("layer_flows")
    return Layer("flows", title, POLYGONS, tuple(features), shapes, has_frames=True)


def _with_stays(
    ground: FigureGround, layers: Sequence[Layer], students: Mapping[Flow, Value]
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


def _with_stay(ground: FigureGround, area: Feature, students: Mapping[Flow, Value]) -> Feature:
    stay = students.get((area.id, area.id))
    if stay is None:
        return area
    state = area.states[ONLY]
    label = ground.texts("label_stay", area=area.name, n=stay.text)
    card = (*state.lines, ground.texts("card_stay", n=stay.text))
    return replace(area, states={ONLY: FeatureState(state.key, label, card)})


def _rows(
    ground: FigureGround, names: Mapping[str, str], students: Mapping[Flow, Value]
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
    ground: FigureGround, students: Mapping[Flow, Value], drawn: int, shown: int
) -> tuple[str, ...]:
    texts = ground.texts
    if not shown:
        return (
            texts("says_flows_none", n=ground.printer.min_n),
            *_stay(ground, students),
        )
    key = "says_flows" if drawn == shown else "says_flows_largest"
    return (texts(key, n=drawn, of=shown), *_stay(ground, students))


def _stay(ground: FigureGround, students: Mapping[Flow, Value]) -> tuple[str, ...]:
    """Return the share who attend in their home area as a sentence, where it is known."""
    share = _stay_share(ground, students)
    return () if share is None else (ground.texts("says_flows_stay", stay=share.text),)


def _stay_share(ground: FigureGround, students: Mapping[Flow, Value]) -> Value | None:
    """Return the share who attend in their home area, where the number of every area is shown."""
    homes = {home for home, _ in students}
    stays = [students.get((home, home)) for home in homes]
    if not homes or any(stay is None or stay.number is None for stay in stays):
        return None
    total = sum_of(list(students.values()))
    share = sum_of([stay for stay in stays if stay is not None]) / (total or 1.0)
    return ground.printer.share(share, total)
