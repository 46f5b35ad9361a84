"""The figure of a scenario's zones: which parts of them move to another school."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import polars as pl

from geoservice.cartography.compose.changed_zones import changed_box
from geoservice.cartography.compose.scenario_frames import scenario_composed
from geoservice.cartography.compose.scenario_ground import SIDES, ScenarioGround
from geoservice.cartography.figure.cells import NO_DATA, SUPPRESSED, Value
from geoservice.cartography.figure.classes import special_entries
from geoservice.cartography.figure.frames import LegendEntry
from geoservice.cartography.figure.ground import Composed
from geoservice.cartography.figure.layers import POLYGONS, Feature, FeatureState, Layer, Shapes

MOVED, ZONE = "moved", "zone"


@dataclass(frozen=True)
class _Part:
    """A part of a zone: its schools before and after, its blocks and students."""

    before: str
    after: str
    blocks: int
    students: float | None


def zones_figure(ground: ScenarioGround) -> Composed:
    """Return the parts of zones that stay and the parts that move."""
    texts, plan = ground.figure.texts, ground.plan
    names: Mapping[str, str] = dict(plan.schools.select("id", "name").iter_rows())
    features = tuple(
        Feature(
            f"part-{number}",
            names.get(part.before, part.before),
            {frame: _state(ground, part, frame, names) for frame in SIDES},
        )
        for number, part in enumerate(_parts(plan.parts))
    )
    shapes = Shapes(lambda: plan.polygons)
    layer = Layer("zone-parts", texts("layer_zones"), POLYGONS, features, shapes, has_frames=True)
    composed = scenario_composed(ground, layer, texts("legend_scenario"), _entries(ground))
    says = (*composed.says, *_move_sentences(ground, names))
    return replace(composed, says=says, box=changed_box(plan))


def _parts(table: pl.DataFrame) -> Iterator[_Part]:
    columns = ("before", "after", "blocks", "students")
    return (_Part(*cells) for cells in table.select(columns).iter_rows())


def _state(
    ground: ScenarioGround, part: _Part, frame: str, names: Mapping[str, str]
) -> FeatureState:
    if part.before != part.after:
        moving = ground.students(part.students)
        return FeatureState(
            MOVED, _moving_label(ground, moving), (_move_text(ground, part, names),)
        )
    school = part.before
    count = ground.school(school, "students", SIDES[frame], "students")
    line = ground.figure.texts("card_zone_students", school=names.get(school, school), n=count.text)
    return FeatureState(ZONE, count.text, (line,))


def _moving_label(ground: ScenarioGround, moving: Value) -> str:
    """Return the label of blocks: the number of students who move, or why it is not known."""
    if moving.number is None:
        return moving.text
    return ground.figure.texts("label_moving", n=moving.text)


def _entries(ground: ScenarioGround) -> tuple[LegendEntry, ...]:
    texts = ground.figure.texts
    special = special_entries(ground.figure.printer, "students")
    return (
        LegendEntry(ZONE, "#dbe9e4", texts("zone_entry")),
        LegendEntry(MOVED, "#ffffff", texts("moved_entry"), hatch=MOVED),
        *(entry for entry in special if entry.key in (SUPPRESSED, NO_DATA)),
    )


def _move_sentences(ground: ScenarioGround, names: Mapping[str, str]) -> list[str]:
    """Return a sentence for each pair of schools between which students move."""
    moves = ground.plan.parts.filter(pl.col("before") != pl.col("after")).unique(
        ["before", "after"], maintain_order=True
    )
    return [_move_text(ground, part, names) for part in _parts(moves)]


def _move_text(ground: ScenarioGround, part: _Part, names: Mapping[str, str]) -> str:
    return ground.figure.texts(
        "card_move",
        blocks=part.blocks,
        n=ground.students(part.students).text,
        before=names.get(part.before, part.before),
        after=names.get(part.after, part.after),
    )
