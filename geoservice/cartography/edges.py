"""The figure of zone edges: which lines separate schools of different rating."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely

from geoservice.cartography.classes import palette, special_entries
from geoservice.cartography.context import around, outline_entries, school_table
from geoservice.cartography.definition import Classes
from geoservice.cartography.figure import (
    LINES,
    NO_DATA,
    Column,
    Feature,
    Frame,
    Layer,
    LegendEntry,
    Row,
    Shapes,
    State,
)
from geoservice.cartography.ground import Composed, Ground
from geoservice.cartography.ratings import context_title, rating_entries, rating_name, rating_rank
from geoservice.cartography.shapes import Geometries, zone_shapes
from geoservice.reference.snapshot import Reference

_MOST_STEPS = 3
_WIDTHS = (1.5, 3.0, 4.5, 6.0)
_RULE = Classes(scheme="fixed", breaks=(1, 2, 3), palette="YlOrBr")


@dataclass(frozen=True)
class _Shared:
    """Edges that two zones share: places of the zones in their table, and the lines."""

    first: tuple[int, ...]
    second: tuple[int, ...]
    lines: Geometries
    metres: tuple[float, ...]


def edges_figure(ground: Ground) -> Composed:
    """Edges between neighbouring zones by the steps between their schools' ratings."""
    texts, printer = ground.texts, ground.printer
    zones = list(ground.zones.select("id", "name", "school_id").iter_rows())
    shared = _shared_edges(ground.reference, ground.zone_set)
    features, rows, steps = [], [], []
    for a, b, metres in zip(shared.first, shared.second, shared.metres, strict=True):  # Over edges.
        names = [zones[one][1] for one in (a, b)]
        labels = [ground.labels.get(zones[one][2]) for one in (a, b)]
        step = _step(ground, labels)
        value = printer.no_data() if step is None else printer.value(step, "steps")
        key = NO_DATA if step is None else f"e{min(step, _MOST_STEPS)}"
        one = f"{zones[a][0]}|{zones[b][0]}"
        title = f"{names[0]} – {names[1]}"
        told = [rating_name(ground, zones[one][2]) for one in (a, b)]
        lines = (title, f"{names[0]}: {told[0]}", f"{names[1]}: {told[1]}",
                 texts("card_steps", value=value.text))  # fmt: skip
        features.append(Feature(one, title, {"edges": State(key, value.text, lines)},
                                _WIDTHS[min(step or 0, _MOST_STEPS)]))  # fmt: skip
        rows.append(Row(one, (one, *names, *told, value, printer.value(metres, "miles"))))
        steps.append(step)
    layer = Layer("edges", texts("layer_edges"), LINES, tuple(features),
                  Shapes(lambda: shared.lines), has_frames=True)  # fmt: skip
    most = sum(step is not None and step >= _MOST_STEPS for step in steps)
    said = texts("says_edges", n=len(steps), most=most, steps=_MOST_STEPS)
    title = ground.definition.title.of(ground.choice.lang)
    frame = Frame("edges", title, ground.choice.year, f"{title} ({texts('unit_steps')})",
                  _entries(ground), said)  # fmt: skip
    columns = (
        Column("id", texts("column_id")), Column("zone_a", texts("column_zone") + " A"),
        Column("zone_b", texts("column_zone") + " B"), Column("rating_a", texts("column_rating") + " A"),
        Column("rating_b", texts("column_rating") + " B"), Column("steps", texts("column_steps"), "steps"),
        Column("length", texts("column_length"), "miles"),
    )  # fmt: skip
    ordered = sorted(rows, key=lambda row: (-(_number(row)), row.id))
    return Composed(
        layers=(*around(ground), layer), frames=(frame,), columns=columns, rows=tuple(ordered),
        schools=len(school_table(ground)), legend=(*rating_entries(ground, "point"), *outline_entries(ground)),
        legend_title=context_title(ground), says=(said,),
    )  # fmt: skip


def _number(row: Row) -> float:
    cell = row.cells[5]
    return -1.0 if isinstance(cell, str) or cell.number is None else cell.number


def _step(ground: Ground, labels: list[str | None]) -> int | None:
    ranks = [rating_rank(ground, label) for label in labels]
    if ranks[0] is None or ranks[1] is None:
        return None
    return abs(ranks[0] - ranks[1])


def _entries(ground: Ground) -> tuple[LegendEntry, ...]:
    texts, colours = ground.texts, palette(_RULE, _MOST_STEPS + 1)
    named = [
        texts("edge_same"),
        texts("edge_one"),
        texts("edge_steps", n=2),
        texts("edge_most", n=3),
    ]
    steps = [LegendEntry(f"e{at}", colour, text, "line", size=_WIDTHS[at]) for at, (colour, text) in
             enumerate(zip(("#9aa3ab", *colours[1:]), named, strict=True))]  # fmt: skip
    none = special_entries(ground.printer, "steps")[2]
    return (
        *steps,
        LegendEntry(none.key, "#9aa3ab", texts("edge_unrated"), "line", NO_DATA, size=_WIDTHS[0]),
    )


@lru_cache(maxsize=32)
def _shared_edges(reference: Reference, set_id: str) -> _Shared:
    """Edges of neighbouring zones, from the shapes for display: those keep shared edges equal."""
    shapes = zone_shapes(reference, set_id)
    if not len(shapes):
        return _Shared((), (), shapes, ())
    tree = shapely.STRtree(shapes)
    first, second = tree.query(shapes, predicate="intersects")
    pairs = first < second
    first, second = first[pairs], second[pairs]
    lines = shapely.intersection(shapely.boundary(shapes[first]), shapely.boundary(shapes[second]))
    merged = np.array([_lines_of(one) for one in lines], dtype=object)
    metres = np.array([_metres(one, reference) for one in merged])
    kept = metres > 0
    return _Shared(tuple(first[kept].tolist()), tuple(second[kept].tolist()), merged[kept],
                   tuple(metres[kept].tolist()))  # fmt: skip


def _lines_of(shape: shapely.Geometry) -> shapely.Geometry:
    parts = [one for one in shapely.get_parts(shape) if one.geom_type == "LineString"]
    return shapely.line_merge(shapely.MultiLineString(parts))


def _metres(shape: shapely.Geometry, reference: Reference) -> float:
    total = 0.0
    for part in shapely.get_parts(shape):
        coordinates = shapely.get_coordinates(part)
        x, y = reference.projection.to_metres(coordinates[:, 0], coordinates[:, 1])
        total += float(np.hypot(np.diff(x), np.diff(y)).sum())
    return total
