"""The shared parts of all figures of a scenario: two frames, the table, the figure in words."""

import polars as pl

from geoservice.cartography.compose.scenario_ground import SIDES, ScenarioGround
from geoservice.cartography.compose.scenario_table import scenario_table
from geoservice.cartography.figure.cells import Value
from geoservice.cartography.figure.context import around, outline_entries
from geoservice.cartography.figure.frames import Frame, LegendEntry
from geoservice.cartography.figure.ground import Composed, FigureGround
from geoservice.cartography.figure.layers import Layer
from geoservice.cartography.figure.plans import ScenarioPlan
from geoservice.cartography.figure.ratings import rating_entries
from geoservice.cartography.findings.plans import moves_finding


def scenario_composed(
    ground: ScenarioGround, layer: Layer, legend_title: str, entries: tuple[LegendEntry, ...]
) -> Composed:
    """Return a figure with a frame of today and a frame of the proposal, and a row per school."""
    figure, texts = ground.figure, ground.figure.texts
    moved = ground.district("moved", "after", "students")
    stay = ground.district("may_stay", "after", "students")
    finding = moves_finding(texts, moved, stay, _move_pairs(ground.plan))
    columns, rows = scenario_table(ground)
    name = _scenario_name(ground)
    return Composed(
        layers=(layer, *around(figure)),
        frames=_frames(ground, legend_title, entries, moved, finding),
        columns=columns,
        rows=rows,
        schools=len(ground.plan.schools),
        students=ground.district("students", "before", "students"),
        legend=(*_school_entries(figure), *outline_entries(figure)),
        legend_title=texts("legend_context"),
        says=(*([name] if name else []), *([finding.rstrip(".")] if finding else [])),
        subject=name,
        grades=ground.grades,
    )


def _frames(
    ground: ScenarioGround,
    legend_title: str,
    entries: tuple[LegendEntry, ...],
    moved: Value,
    finding: str,
) -> tuple[Frame, ...]:
    """Return both frames; the view that the reader chose is shown at the beginning."""
    texts, choice = ground.figure.texts, ground.figure.choice
    title = ground.figure.definition.title.of(choice.lang)
    years = {
        "today": texts("frame_today", year=choice.year),
        "proposed": texts("frame_proposed", year=ground.plan.first_year),
    }
    sentences = {
        "today": texts("scenario_today"),
        "proposed": texts("scenario_proposed", n=moved.text),
    }
    chosen_frame = choice.view if choice.view in SIDES else "today"
    return tuple(
        Frame(frame, title, years[frame], legend_title, entries, sentences[frame], finding)
        for frame in sorted(SIDES, key=lambda frame: frame != chosen_frame)
    )


def _move_pairs(plan: ScenarioPlan) -> list[tuple[str, str]]:
    """Return the names of the schools before and after, for each pair between which blocks move."""
    names = dict(plan.schools.select("id", "name").iter_rows())
    moves = plan.parts.filter(pl.col("before") != pl.col("after")).unique(["before", "after"])
    pairs = moves.select("before", "after").sort("before", "after").iter_rows()
    return [(names.get(before, before), names.get(after, after)) for before, after in pairs]


def _scenario_name(ground: ScenarioGround) -> str:
    """Return the scenario's name in the reader's language, else in any other language."""
    names = ground.plan.names
    return names.get(ground.figure.choice.lang) or next(iter(names.values()), "")


def _school_entries(figure: FigureGround) -> tuple[LegendEntry, ...]:
    """Return the legend of schools, if the map shows schools."""
    return rating_entries(figure, "point") if "schools" in figure.definition.layers else ()
