"""Layers around the measured units: streets, outlines, schools."""

import math
from collections.abc import Callable
from dataclasses import replace

import polars as pl
import shapely

from geoservice.cartography.figure.frames import LegendEntry
from geoservice.cartography.figure.ground import FigureGround
from geoservice.cartography.figure.layers import (
    LINES,
    ONLY,
    POINTS,
    POLYGONS,
    STREETS,
    Feature,
    FeatureState,
    Layer,
    Shapes,
)
from geoservice.cartography.figure.levels import level_name, levels_of
from geoservice.cartography.figure.plans import ScenarioPlan
from geoservice.cartography.figure.ratings import of_quality, rating_key, rating_name
from geoservice.cartography.figure.shapes import (
    area_table,
    areas_of,
    points,
    streets_of,
    zones_of,
)

OUTLINE, CHOSEN = "outline", "chosen"
_OUTLINE_WIDTH = 1.6
_LEAST_RADIUS, _MORE_RADIUS, _UNKNOWN_RADIUS = 5.0, 8.0, 8.0


def around(ground: FigureGround) -> tuple[Layer, ...]:
    """Return the layers of the definition that have content, and the chosen area above them."""
    makers = {
        "areas": areas_outline,
        "zones": zones_outline,
        "streets": streets,
        "schools": schools,
        "quality_schools": quality_schools,
    }
    layers = [makers[name](ground) for name in ground.definition.layers]
    return (*(layer for layer in layers if layer.features), *chosen_area(ground))


def areas_outline(ground: FigureGround) -> Layer:
    """Areas of the regionalisation as outlines with names."""
    return _outline(
        ground,
        "areas",
        area_table(ground.reference, ground.area_set),
        areas_of(ground.reference, ground.area_set),
    )


def zones_outline(ground: FigureGround) -> Layer:
    """Zones of the band as outlines."""
    return _outline(ground, "zones", ground.zones, zones_of(ground.reference, ground.zone_set))


def streets(ground: FigureGround) -> Layer:
    """Return the region's streets, or its address points without streets, without cards.

    A region with neither has no feature in this layer.
    """
    reference = ground.reference
    has_streets = bool(len(reference.streets()))
    has_ground = has_streets or len(reference.array("point_lon")) > 0
    features = (Feature("streets", "", {ONLY: FeatureState("streets")}),) if has_ground else ()
    title = ground.texts("layer_streets" if has_streets else "layer_points")
    return Layer("streets", title, STREETS, features, streets_of(reference))


def chosen_area(ground: FigureGround) -> tuple[Layer, ...]:
    """Return the outline of the chosen area, if any."""
    shape = ground.area_shape
    if shape is None:
        return ()
    feature = Feature(ground.choice.area, area_name(ground), {ONLY: FeatureState(CHOSEN)})
    outline = Shapes(lambda: shapely.boundary([shape]))
    return (Layer("chosen", ground.texts("layer_chosen"), LINES, (feature,), outline),)


def area_name(ground: FigureGround) -> str:
    """Name of the area looked at, empty for the whole region."""
    table = area_table(ground.reference, ground.area_set).filter(id=ground.choice.area)
    return str(table["name"][0]) if len(table) else ""


def district_text(ground: FigureGround, value: str, year: str = "") -> str:
    """Return the district's value as a sentence, with the year if the figure has several."""
    if year:
        return ground.texts("district_in_year", year=year, value=value)
    return ground.texts("district_is", value=value)


def beside_district(ground: FigureGround, area_value: str, district: str, year: str = "") -> str:
    """Return the district's value as a sentence, after the value of the chosen area, if any."""
    sentence = district_text(ground, district, year)
    return f"{area_name(ground)}: {area_value} · {sentence}" if ground.choice.area else sentence


def schools(ground: FigureGround) -> Layer:
    """Schools that serve the band, sized by seats.

    Coloured and lettered by rating, of a reference map by level. A scenario shows only the schools
    whose zones it states.
    """
    table = school_table(ground)
    plan = ground.released.plan
    if isinstance(plan, ScenarioPlan):
        table = table.filter(pl.col("id").is_in(plan.schools["id"].implode()))
    if ground.definition.kind != "reference":
        return school_layer(ground, table, "schools")
    levels = levels_of(ground, district_schools(ground))
    return school_layer(ground, table, "schools", lambda school: levels.key(str(school["id"])))


def quality_schools(ground: FigureGround) -> Layer:
    """Return quality schools by the region's rule.

    A map of hexagons takes the quality schools of the whole district, because the nearest school
    counts.
    """
    table = district_schools if ground.definition.kind == "hexagons" else school_table
    return school_layer(ground, of_quality(ground, table(ground)), "quality_schools")


def school_table(ground: FigureGround) -> pl.DataFrame:
    """Schools with a place that serve a grade of the band and lie in the chosen area."""
    if "schools" not in ground.kept:
        ground.kept["schools"] = _school_table(ground)
    return ground.kept["schools"]


def district_schools(ground: FigureGround) -> pl.DataFrame:
    """Return the open schools with coordinates that serve a grade of the band."""
    table = ground.schools.filter("is_open").drop_nulls(["lon", "lat"])
    if not ground.grades:
        return table
    shared = pl.col("grades").list.set_intersection(list(ground.grades))
    return table.filter(shared.list.len() > 0)


def total_of_grades(ground: FigureGround, schools: pl.DataFrame, column: str) -> float:
    """Return the seats or the enrollment of schools for the grades of the band.

    A building's number is divided evenly among the grades that it serves.
    """
    total = 0.0
    for served, number in schools.select("grades", column).iter_rows():
        is_whole = not ground.grades or not served
        share = 1.0 if is_whole else len(set(served) & set(ground.grades)) / len(served)
        total += (number or 0) * share
    return total


def _school_table(ground: FigureGround) -> pl.DataFrame:
    table = district_schools(ground)
    if ground.area_shape is not None and len(table):
        is_inside = shapely.contains_xy(
            ground.area_shape, table["lon"].to_numpy(), table["lat"].to_numpy()
        )
        table = table.filter(pl.Series(is_inside))
    return table


def school_layer(
    ground: FigureGround,
    table: pl.DataFrame,
    layer_id: str,
    look: Callable[[dict[str, object]], str] | None = None,
) -> Layer:
    """Return points of schools with cards.

    ``look`` is the legend key of each school; without it the key is the school's rating.
    """
    largest_seats = max((seats for seats in table["capacity"] if seats), default=0)
    features = tuple(
        Feature(
            row["id"],
            row["name"] or row["id"],
            {ONLY: _looked(school_state(ground, row), row, look)},
            radius(row["capacity"], largest_seats),
            is_dashed=row["capacity"] is None,
        )
        for row in table.iter_rows(named=True)
    )
    shapes = Shapes(lambda: points(table["lon"].to_list(), table["lat"].to_list()))
    return Layer(
        layer_id,
        ground.texts(f"layer_{layer_id}"),
        POINTS,
        features,
        shapes,
        most_seats=largest_seats,
    )


def school_state(ground: FigureGround, row: dict[str, object]) -> FeatureState:
    """Look and card of a school by its rating."""
    school = str(row["id"])
    label = ground.labels.get(school, "–")
    return FeatureState(rating_key(ground, school), label, lambda: _school_card(ground, row))


def _looked(
    state: FeatureState, row: dict[str, object], look: Callable[[dict[str, object]], str] | None
) -> FeatureState:
    return state if look is None else replace(state, key=look(row))


def _school_card(ground: FigureGround, row: dict[str, object]) -> tuple[str, ...]:
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


def radius(seats: int | None, most_seats: float) -> float:
    """Return a radius in pixels whose area grows with the seats; a medium radius if unknown."""
    if seats is None:
        return _UNKNOWN_RADIUS
    share = seats / most_seats if most_seats else 0.0
    return round(_LEAST_RADIUS + _MORE_RADIUS * math.sqrt(share), 1)


def outline_entries(ground: FigureGround) -> tuple[LegendEntry, ...]:
    """Legend of the outlines that the definition shows."""
    texts = ground.texts
    entries = [
        LegendEntry(OUTLINE, "#4a5560", texts(f"layer_{name}"), "line", size=_OUTLINE_WIDTH)
        for name in ground.definition.layers
        if name in ("areas", "zones")
    ]
    if ground.choice.area:
        entries.append(LegendEntry(CHOSEN, "#d4006a", area_name(ground), "line"))
    return tuple(entries)


def _outline(ground: FigureGround, layer_id: str, table: pl.DataFrame, shapes: Shapes) -> Layer:
    features = tuple(
        Feature(unit, name, {ONLY: FeatureState(OUTLINE, name, (name,))})
        for unit, name in table.select("id", "name").iter_rows()
    )
    return Layer(layer_id, ground.texts(f"layer_{layer_id}"), POLYGONS, features, shapes)


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))
