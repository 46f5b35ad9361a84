"""The figure of zone edges, which separate schools with different ratings."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely

from geoservice.cartography.definition.definition import Classes
from geoservice.cartography.figure.cells import NO_DATA, Column, Row
from geoservice.cartography.figure.classes import DARK, palette, special_entries
from geoservice.cartography.figure.context import around, school_table
from geoservice.cartography.figure.frames import Frame, LegendEntry
from geoservice.cartography.figure.ground import Composed, FigureGround
from geoservice.cartography.figure.layers import LINES, Feature, FeatureState, Layer, Shapes
from geoservice.cartography.figure.ratings import (
    context_title,
    rating_entries,
    rating_name,
    rating_rank,
)
from geoservice.cartography.figure.shapes import Geometries, zone_shapes
from geoservice.cartography.findings.extremes import Named
from geoservice.cartography.findings.places import edges_finding
from geoservice.reference.snapshot import Reference

_MOST_STEPS = 3
_WIDTHS = (2.4, 3.0, 4.5, 6.0)
_OUTLINE_COLOURS = {DARK: "#9aa3ab"}
"""A line between zones of the same rating lies on their outline and looks like it."""
_RULE = Classes(scheme="fixed", breaks=(1, 2, 3), palette="YlOrBr")


@dataclass(frozen=True)
class _Shared:
    """Edges that two zones share: places of the zones in their table, and the lines."""

    first: tuple[int, ...]
    second: tuple[int, ...]
    lines: Geometries
    metres: tuple[float, ...]


def edges_figure(ground: FigureGround) -> Composed:
    """Compose the map of edges between neighbouring zones, by the steps between their ratings."""
    texts = ground.texts
    zones = ground.zones.select("id", "name", "school_id").rows()
    shared = _shared_edges(ground.reference, ground.zone_set)
    edges = [
        _edge(ground, (zones[first], zones[second]), metres)
        for first, second, metres in zip(shared.first, shared.second, shared.metres, strict=True)
    ]
    features = [feature for feature, _, _ in edges]
    rows = [row for _, row, _ in edges]
    steps = [step for _, _, step in edges]
    layer = Layer(
        "edges",
        texts("layer_edges"),
        LINES,
        tuple(features),
        Shapes(lambda: shared.lines),
        has_frames=True,
    )
    large_steps = sum(step is not None and step >= _MOST_STEPS for step in steps)
    sentence = texts("says_edges", n=len(steps), most=large_steps, steps=_MOST_STEPS)
    title = ground.definition.title.of(ground.choice.lang)
    frame = Frame(
        "edges",
        title,
        ground.choice.year,
        _legend_title(ground),
        _entries(ground),
        texts("edges_are", n=len(steps)),
        edges_finding(texts, _named_steps(ground, edges), _MOST_STEPS),
    )
    ordered = sorted(rows, key=lambda row: (-(_number(row)), row.id))
    return Composed(
        layers=(*around(ground), layer),
        frames=(frame,),
        columns=_columns(ground),
        rows=tuple(ordered),
        schools=len(school_table(ground)),
        # The outlines of zones are the lines of the same rating, which the frame's legend has.
        legend=tuple(rating_entries(ground, "point")),
        legend_title=context_title(ground),
        says=(sentence,),
    )


def _legend_title(ground: FigureGround) -> str:
    """Return the title of the legend, with two labels that lie two steps apart as an example."""
    labels = ground.scheme.from_best if ground.scheme is not None else ()
    if len(labels) < 3:
        return ground.texts("legend_edges")
    best, _, third, *_ = labels
    return ground.texts("legend_edges_example", best=best.id, third=third.id)


def _edge(
    ground: FigureGround, sides: Sequence[tuple[str, str, str]], length_m: float
) -> tuple[Feature, Row, int | None]:
    """Return the feature, the row and the steps of an edge between two zones.

    A side is the id, the name and the school of its zone.
    """
    texts, printer = ground.texts, ground.printer
    ids, names, schools = zip(*sides, strict=True)
    step = _step(ground, [ground.labels.get(school) for school in schools])
    value = printer.no_data() if step is None else printer.value(step, "steps")
    key = NO_DATA if step is None else f"e{min(step, _MOST_STEPS)}"
    title = f"{names[0]} – {names[1]}"
    rating_names = [rating_name(ground, school) for school in schools]
    lines = (
        title,
        f"{names[0]}: {rating_names[0]}",
        f"{names[1]}: {rating_names[1]}",
        texts("card_steps", value=value.text),
    )
    feature_id = f"{ids[0]}|{ids[1]}"
    states = {"edges": FeatureState(key, value.text, lines)}
    feature = Feature(feature_id, title, states, _WIDTHS[min(step or 0, _MOST_STEPS)])
    cells = (feature_id, *names, *rating_names, value, printer.value(length_m, "miles"))
    return feature, Row(feature_id, cells), step


def _named_steps(
    ground: FigureGround, edges: Sequence[tuple[Feature, Row, int | None]]
) -> list[Named]:
    """Return the names of both zones of each edge, and the steps between their ratings."""
    printer = ground.printer
    return [(feature.name, printer.value(step, "steps")) for feature, _, step in edges]


def _columns(ground: FigureGround) -> tuple[Column, ...]:
    texts = ground.texts
    return (
        Column("id", texts("column_id")),
        Column("zone_a", texts("column_zone") + " A"),
        Column("zone_b", texts("column_zone") + " B"),
        Column("rating_a", texts("column_rating") + " A"),
        Column("rating_b", texts("column_rating") + " B"),
        Column("steps", texts("column_steps"), "steps"),
        Column("length", texts("column_length"), "miles"),
    )


def _number(row: Row) -> float:
    cell = row.cells[5]
    return -1.0 if isinstance(cell, str) or cell.number is None else cell.number


def _step(ground: FigureGround, labels: list[str | None]) -> int | None:
    ranks = [rating_rank(ground, label) for label in labels]
    if ranks[0] is None or ranks[1] is None:
        return None
    return abs(ranks[0] - ranks[1])


def _entries(ground: FigureGround) -> tuple[LegendEntry, ...]:
    texts, colours = ground.texts, palette(_RULE, _MOST_STEPS + 1)
    outline = _OUTLINE_COLOURS.get(ground.choice.theme, "#4a5560")
    named = [
        texts("edge_same"),
        texts("edge_one"),
        texts("edge_steps", n=2),
        texts("edge_most", n=3),
    ]
    steps = [
        LegendEntry(f"e{index}", colour, text, "line", size=_WIDTHS[index])
        for index, (colour, text) in enumerate(zip((outline, *colours[1:]), named, strict=True))
    ]
    none = special_entries(ground.printer, "steps")[2]
    return (
        *steps,
        LegendEntry(none.key, "#9aa3ab", texts("edge_unrated"), "line", NO_DATA, size=_WIDTHS[0]),
    )


@lru_cache(maxsize=32)
def _shared_edges(reference: Reference, set_id: str) -> _Shared:
    """Return edges of neighboring zones, from display shapes, which keep shared edges equal."""
    shapes = zone_shapes(reference, set_id)
    if not len(shapes):
        return _Shared((), (), shapes, ())
    tree = shapely.STRtree(shapes)
    first_zone, second_zone = tree.query(shapes, predicate="intersects")
    pairs = first_zone < second_zone
    first_zone, second_zone = first_zone[pairs], second_zone[pairs]
    lines = shapely.intersection(
        shapely.boundary(shapes[first_zone]), shapely.boundary(shapes[second_zone])
    )
    merged = np.array([_lines_of(pair_lines) for pair_lines in lines], dtype=object)
    metres = np.array([_metres(line, reference) for line in merged])
    has_length = metres > 0
    return _Shared(
        tuple(first_zone[has_length].tolist()),
        tuple(second_zone[has_length].tolist()),
        merged[has_length],
        tuple(metres[has_length].tolist()),
    )


def _lines_of(shape: shapely.Geometry) -> shapely.Geometry:
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "LineString"]
    return shapely.line_merge(shapely.MultiLineString(parts))


def _metres(shape: shapely.Geometry, reference: Reference) -> float:
    total = 0.0
    for part in shapely.get_parts(shape):
        coordinates = shapely.get_coordinates(part)
        x, y = reference.projection.to_metres(coordinates[:, 0], coordinates[:, 1])
        total += float(np.hypot(np.diff(x), np.diff(y)).sum())
    return total
