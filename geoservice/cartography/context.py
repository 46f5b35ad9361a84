"""Layers that stand around what a figure measures: streets, outlines, schools."""

import math
from collections.abc import Callable
from dataclasses import replace

import polars as pl
import shapely

from geoservice.cartography.figure import (
    LINES,
    ONLY,
    POINTS,
    POLYGONS,
    STREETS,
    Feature,
    Layer,
    LegendEntry,
    Shapes,
    State,
)
from geoservice.cartography.ground import Ground
from geoservice.cartography.levels import level_name, levels_of
from geoservice.cartography.ratings import of_quality, rating_key, rating_name
from geoservice.cartography.shapes import (
    area_table,
    areas_of,
    points,
    streets_of,
    zones_of,
)

OUTLINE, CHOSEN = "outline", "chosen"
_OUTLINE_WIDTH = 1.6
_LEAST_RADIUS, _MORE_RADIUS, _UNKNOWN_RADIUS = 5.0, 8.0, 8.0


def around(ground: Ground) -> tuple[Layer, ...]:
    """The layers that the definition names, in its order, and the chosen area on top of them."""
    makers = {"areas": areas_outline, "zones": zones_outline, "streets": streets,
              "schools": schools, "quality_schools": quality_schools}  # fmt: skip
    made = [makers[name](ground) for name in ground.definition.layers]
    return (*made, *chosen_area(ground))


def areas_outline(ground: Ground) -> Layer:
    """Areas of the regionalisation as outlines with names."""
    return _outline(ground, "areas", area_table(ground.reference, ground.area_set),
                    areas_of(ground.reference, ground.area_set))  # fmt: skip


def zones_outline(ground: Ground) -> Layer:
    """Zones of the band as outlines."""
    return _outline(ground, "zones", ground.zones,
                    zones_of(ground.reference, ground.zone_set))  # fmt: skip


def streets(ground: Ground) -> Layer:
    """The region's own streets, without cards."""
    feature = Feature("streets", "", {ONLY: State("streets")})
    return Layer("streets", ground.texts("layer_streets"), STREETS, (feature,),
                 streets_of(ground.reference))  # fmt: skip


def chosen_area(ground: Ground) -> tuple[Layer, ...]:
    """The outline of the area looked at, where there is one."""
    shape = ground.area_shape
    if shape is None:
        return ()
    feature = Feature(ground.choice.area, area_name(ground), {ONLY: State(CHOSEN)})
    made = Shapes(lambda: shapely.boundary([shape]))
    return (Layer("chosen", ground.texts("layer_chosen"), LINES, (feature,), made),)


def area_name(ground: Ground) -> str:
    """Name of the area looked at, empty for the whole region."""
    table = area_table(ground.reference, ground.area_set).filter(id=ground.choice.area)
    return str(table["name"][0]) if len(table) else ""


def beside_district(ground: Ground, here: str, district: str) -> str:
    """The district's value as a sentence, after that of the area looked at, where there is one."""
    said = ground.texts("district_is", value=district)
    return f"{area_name(ground)}: {here} · {said}" if ground.choice.area else said


def schools(ground: Ground) -> Layer:
    """Schools that serve the band, sized by seats; coloured and lettered by rating, of a reference map by level."""
    table = school_table(ground)
    if ground.definition.kind != "reference":
        return school_layer(ground, table, "schools")
    levels = levels_of(ground, district_schools(ground))
    return school_layer(ground, table, "schools", lambda one: levels.key(str(one["id"])))


def quality_schools(ground: Ground) -> Layer:
    """Schools of quality by the region's rule; with hexagons those of the whole district, because the nearest counts."""
    table = district_schools if ground.definition.kind == "hexagons" else school_table
    return school_layer(ground, of_quality(ground, table(ground)), "quality_schools")


def school_table(ground: Ground) -> pl.DataFrame:
    """Schools with a place that serve a grade of the band and lie in the chosen area."""
    if "schools" not in ground.kept:
        ground.kept["schools"] = _school_table(ground)
    return ground.kept["schools"]


def district_schools(ground: Ground) -> pl.DataFrame:
    """Schools with a place that are open in the year and serve a grade of the band, wherever they lie."""
    table = ground.schools.filter("is_open").drop_nulls(["lon", "lat"])
    if not ground.grades:
        return table
    shared = pl.col("grades").list.set_intersection(list(ground.grades))
    return table.filter(shared.list.len() > 0)


def total_of_grades(ground: Ground, schools: pl.DataFrame, column: str) -> float:
    """Seats or enrolment of schools for the grades of the band: a building's are shared out evenly over the grades that it serves."""
    total = 0.0
    for served, number in schools.select("grades", column).iter_rows():
        is_whole = not ground.grades or not served
        mine = 1.0 if is_whole else len(set(served) & set(ground.grades)) / len(served)
        total += (number or 0) * mine
    return total


def _school_table(ground: Ground) -> pl.DataFrame:
    table = district_schools(ground)
    if ground.area_shape is not None and len(table):
        here = shapely.contains_xy(ground.area_shape, table["lon"].to_numpy(), table["lat"].to_numpy())  # fmt: skip
        table = table.filter(pl.Series(here))
    return table


def school_layer(
    ground: Ground, table: pl.DataFrame, layer_id: str,
    look: Callable[[dict[str, object]], str] | None = None,
) -> Layer:  # fmt: skip
    """Points of some schools with cards; ``look`` is the legend key of a school, else that of its rating."""
    most = max((one for one in table["capacity"] if one), default=0)
    features = tuple(
        Feature(row["id"], row["name"] or row["id"], {ONLY: _looked(school_state(ground, row), row, look)},
                radius(row["capacity"], most), is_dashed=row["capacity"] is None)
        for row in table.iter_rows(named=True)
    )  # fmt: skip
    shapes = Shapes(lambda: points(table["lon"].to_list(), table["lat"].to_list()))
    return Layer(
        layer_id, ground.texts(f"layer_{layer_id}"), POINTS, features, shapes, most_seats=most
    )


def school_state(ground: Ground, row: dict[str, object]) -> State:
    """Look and card of a school by its rating."""
    school = str(row["id"])
    label = ground.labels.get(school, "–")
    return State(rating_key(ground, school), label, lambda: _school_card(ground, row))


def _looked(
    state: State, row: dict[str, object], look: Callable[[dict[str, object]], str] | None
) -> State:
    return state if look is None else replace(state, key=look(row))


def _school_card(ground: Ground, row: dict[str, object]) -> tuple[str, ...]:
    texts = ground.texts
    rating = rating_name(ground, str(row["id"]))
    lines = [str(row["name"] or row["id"]), texts("card_rating", value=rating)]
    kind = [level_name(texts, str(row["level"]), None, None)] if row["level"] else []
    kind += [str(row["sector"])] if row["sector"] else []
    if kind:
        lines.append(texts("card_level", value=", ".join(kind)))
    if row["low_grade"] and row["high_grade"]:
        lines.append(texts("card_grades", low=row["low_grade"], high=row["high_grade"]))
    for key, name in (("capacity", "card_seats"), ("enrollment", "card_enrolled")):
        lines.append(texts(name, value=ground.printer.value(_number(row[key]), "seats").text))
    return tuple(lines)


def radius(seats: int | None, most: float) -> float:
    """Pixels whose area grows with the seats; a middling number where they are not known."""
    if seats is None:
        return _UNKNOWN_RADIUS
    share = seats / most if most else 0.0
    return round(_LEAST_RADIUS + _MORE_RADIUS * math.sqrt(share), 1)


def outline_entries(ground: Ground) -> tuple[LegendEntry, ...]:
    """Legend of the outlines that the definition shows."""
    texts = ground.texts
    found = [LegendEntry(OUTLINE, "#4a5560", texts(f"layer_{name}"), "line", size=_OUTLINE_WIDTH)
             for name in ground.definition.layers if name in ("areas", "zones")]  # fmt: skip
    if ground.choice.area:
        found.append(LegendEntry(CHOSEN, "#d4006a", area_name(ground), "line"))
    return tuple(found)


def _outline(ground: Ground, layer_id: str, table: pl.DataFrame, shapes: Shapes) -> Layer:
    features = tuple(
        Feature(unit, name, {ONLY: State(OUTLINE, name, (name,))})
        for unit, name in table.select("id", "name").iter_rows()
    )
    return Layer(layer_id, ground.texts(f"layer_{layer_id}"), POLYGONS, features, shapes)


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))
