"""Figures on hexagons: where students live, and how near a quality school is."""

from collections.abc import Mapping, Sequence

import numpy as np
import shapely

from geoservice.cartography.classes import scale, special_entries
from geoservice.cartography.context import around, outline_entries, school_table
from geoservice.cartography.definition import Classes
from geoservice.cartography.figure import (
    DISTRICT,
    NO_SHAPES,
    POLYGONS,
    Column,
    Feature,
    Frame,
    Layer,
    LegendEntry,
    Row,
    Shapes,
    State,
    Value,
)
from geoservice.cartography.ground import Composed, Ground
from geoservice.cartography.panel import Panel
from geoservice.cartography.ratings import context_title, rating_entries
from geoservice.cartography.reach import FAR, MIXED, NEAR, reach
from geoservice.cartography.released import DISTRICT_UNIT
from geoservice.cartography.shapes import inner_points, land, on_land, tidy
from geoservice.cartography.units import Units, panels_of, with_unit
from geoservice.cartography.values import MILE_M

HEXAGONS = "hexagons"
_COUNTS = Classes(count=5, palette="Blues")


def hexagons_figure(ground: Ground) -> Composed:
    """Students by hexagon; with views, hexagons in two classes: a quality school within reach or not."""
    texts, printer = ground.texts, ground.printer
    lines = ground.released.lines("residents", HEXAGONS, "", ground.choice.band, ground.choice.year)
    ids = [one for one in lines if one in ground.released.hexagons]
    values = {
        one: printer.released(lines[one]["status"], lines[one]["value"], None, "students")
        for one in ids
    }
    raw = np.array([ground.released.hexagons[one] for one in ids], dtype=object)
    order = _reading_order(raw)
    ids, raw = [ids[at] for at in order], on_land(raw[order], ground.reference)
    near = reach(ground, ids, raw) if ground.definition.views else None
    dense = _densities(ground, raw, [values[one] for one in ids])
    classes = scale(dense, _COUNTS, "density", printer)
    states = [_state(ground, at, values[one], classes.key(dense[at]), "" if near is None else near[at])
              for at, one in enumerate(ids)]  # fmt: skip
    features = tuple(
        Feature(one, state.lines[0], {HEXAGONS: state})
        for one, state in zip(ids, states, strict=True)
    )
    layer = Layer(
        HEXAGONS,
        texts("layer_hexagons"),
        POLYGONS,
        features,
        Shapes(lambda: tidy(raw)),
        has_frames=True,
    )
    district = lines.get(DISTRICT_UNIT)
    whole = (
        printer.no_data()
        if district is None
        else printer.released(district["status"], district["value"], None, "students")
    )
    title = ground.definition.title.of(ground.choice.lang)
    entries = classes.entries if near is None else _two_classes(ground)
    said = _said(ground, ids, values, near, whole)
    headed = texts("legend_density") if near is None else f"{title} ({texts('printed_students')})"
    frame = Frame(HEXAGONS, title, ground.choice.year, headed, entries, said[-1])
    rows, columns = _table(ground, ids, states, values, dense, near, whole)
    return Composed(
        layers=(layer, *around(ground)), frames=(frame,), columns=columns, rows=rows,
        schools=len(school_table(ground)),
        legend=(*_school_entries(ground), *outline_entries(ground)), legend_title=context_title(ground),
        says=said, bars_title="" if near is None else texts("bars_access"),
        bars=() if near is None else _access_bars(ground),
    )  # fmt: skip


def _state(ground: Ground, at: int, value: Value, key: str, near: str) -> State:
    texts = ground.texts
    lines = [texts("hexagon", n=at + 1), texts("card_students", value=value.text)]
    if not near:
        return State(key, value.text, tuple(lines))
    lines.append(texts(f"{near}_entry", miles=_miles(ground)))
    return State(near, "" if near == NEAR else value.text, tuple(lines))


def _miles(ground: Ground) -> str:
    return f"{ground.definition.radius_miles:g}"


def _densities(ground: Ground, shapes: np.ndarray, values: Sequence[Value]) -> list[Value]:
    """Students per square mile: merged hexagons are larger, and their numbers alone would mislead."""
    square_miles = shapely.area(ground.reference.projection.shapes_to_metres(shapes)) / MILE_M**2
    return [
        one if one.number is None else ground.printer.value(one.number / size, "density")
        for one, size in zip(values, square_miles, strict=True)
    ]


def _district_density(ground: Ground, whole: Value) -> Value:
    """Students of the district per square mile of it."""
    district = land(ground.reference)
    if district is None:
        return ground.printer.not_applicable()
    return _densities(ground, np.array([district], dtype=object), [whole])[0]


def _two_classes(ground: Ground) -> tuple[LegendEntry, ...]:
    looks = ((NEAR, "#c7e9b4"), (MIXED, "#41b6c4"), (FAR, "#225ea8"))
    named = [LegendEntry(key, colour, ground.texts(f"{key}_entry", miles=_miles(ground)))
             for key, colour in looks]  # fmt: skip
    return (
        *named,
        *special_entries(ground.printer, "students")[1:3],
    )


def _table(
    ground: Ground, ids: Sequence[str], states: Sequence[State], values: Mapping[str, Value],
    dense: Sequence[Value], near: Sequence[str] | None, whole: Value,
) -> tuple[tuple[Row, ...], tuple[Column, ...]]:  # fmt: skip
    texts = ground.texts
    columns = (Column("id", texts("column_id")), Column("name", texts("column_hexagon")),
               Column("students", texts("column_students"), "students"))  # fmt: skip
    if near is None:
        more = (Column("per_square_mile", texts("column_density"), "density"),)
        tail: list[Value | str] = list(dense)
        last: Value | str = _district_density(ground, whole)
    else:
        more = (Column("quality_school", texts("column_near", miles=_miles(ground))),)
        tail, last = [texts(f"{one}_cell") for one in near], ""
    rows = [Row(one, (one, state.lines[0], values[one], cell))
            for one, state, cell in zip(ids, states, tail, strict=True)]  # fmt: skip
    return (*rows, Row(DISTRICT, (DISTRICT, texts("district"), whole, last))), (*columns, *more)


def _said(
    ground: Ground,
    ids: Sequence[str],
    values: dict[str, Value],
    near: Sequence[str] | None,
    whole: Value,
) -> tuple[str, ...]:
    texts = ground.texts
    district = texts("district_is", value=with_unit(ground, whole, "students"))
    if near is None:
        dense = with_unit(ground, _district_density(ground, whole), "density")
        return texts("says_hexagons", n=len(ids)), f"{district}; {dense}"
    counts = {key: sum(one == key for one in near) for key in (FAR, MIXED)}
    found = [texts(f"says_{key}", n=n, of=len(ids), miles=_miles(ground))
             for key, n in counts.items() if n or key == FAR]  # fmt: skip
    shares = ", ".join(f"{text} {value.text}" for text, value in _access_bars(ground))
    return (*found, f"{texts('bars_access')}: {shares}.", _district(ground) or district)


def _district(ground: Ground) -> str:
    """The district's share within the radius; empty where no view has it."""
    texts, part = ground.texts, f"{_miles(ground)} mi"
    shares = [panel.value(DISTRICT_UNIT) for panel in _panels(ground) if panel.view.part == part]
    said = [texts("access_is", share=one.text, miles=_miles(ground)) for one in shares]
    return texts("district_is", value=said[0]) if said else ""


def _access_bars(ground: Ground) -> tuple[tuple[str, Value], ...]:
    """The district's shares, as the views name them."""
    return tuple(
        (panel.view.title.of(ground.choice.lang), panel.value(DISTRICT_UNIT))
        for panel in _panels(ground)
    )


def _panels(ground: Ground) -> list[Panel]:
    return panels_of(ground, Units(ground.area_set, "", (), (), NO_SHAPES))


def _school_entries(ground: Ground) -> tuple[LegendEntry, ...]:
    shown = {"schools", "quality_schools"} & set(ground.definition.layers)
    return rating_entries(ground, "point") if shown else ()


def _reading_order(shapes: np.ndarray) -> np.ndarray:
    """From north to south, then west to east, so that numbers can be found."""
    if not len(shapes):
        return np.array([], dtype=np.int64)
    places = shapely.get_coordinates(inner_points(shapes))
    return np.lexsort((places[:, 0], -np.round(places[:, 1], 3)))
