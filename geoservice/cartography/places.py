"""Figures of schools and zones, from the district's own files: no student is counted in them."""

from collections import Counter
from dataclasses import replace
from functools import partial

import polars as pl

from geoservice.cartography.classes import scale
from geoservice.cartography.context import (
    OUTLINE,
    around,
    beside_district,
    district_schools,
    outline_entries,
    radius,
    school_state,
    school_table,
    total_of_grades,
)
from geoservice.cartography.definition import Classes
from geoservice.cartography.figure import (
    DISTRICT,
    ONLY,
    POINTS,
    POLYGONS,
    SUPPRESSED,
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
from geoservice.cartography.levels import has_sectors, level_name, levels_of
from geoservice.cartography.ratings import (
    NO_RATING,
    of_quality,
    rating_entries,
    rating_key,
    rating_name,
)
from geoservice.cartography.shapes import points, zones_of
from geoservice.model.rights import parted

_OUTLINED = LegendEntry(OUTLINE, "#4a5560", "", "line")


def reference_figure(ground: Ground) -> Composed:
    """Where the region is: outlines, and schools by level and sector."""
    made = _school_figure(ground, around(ground))
    table, every = school_table(ground), district_schools(ground)
    levels = levels_of(ground, every)
    counts = Counter(levels.key(one) for one in table["id"])
    bars = tuple((one.text, ground.printer.value(float(counts[one.key]), "schools"))
                 for one in levels.entries.values())  # fmt: skip
    title = ground.texts("legend_sectors" if has_sectors(every) else "legend_levels")
    return replace(made, legend=(*levels.entries.values(), *outline_entries(ground)), legend_title=title,
                   bars_title=ground.texts("bars_levels"), bars=bars)  # fmt: skip


def ratings_figure(ground: Ground) -> Composed:
    """Schools by rating, sized by seats."""
    made = _school_figure(ground, around(ground))
    table = school_table(ground)
    by_label = [(one, _count(ground, table, one.key)) for one in rating_entries(ground, "point")]
    bars = tuple((one.text, n) for one, n in by_label if n.number or one.key != NO_RATING)
    whole = district_schools(ground)
    says = beside_district(ground, *(_quality_sentence(ground, one) for one in (table, whole)))
    frame = _frame(ground, says)
    return replace(made, frames=(frame,), says=(*made.says, says),
                   bars_title=ground.texts("bars_schools"), bars=bars)  # fmt: skip


def zones_figure(ground: Ground) -> Composed:
    """Zones of the band by their school: outline and label, neighbours in different tints."""
    zones, texts = ground.zones, ground.texts
    schools = {row["id"]: row for row in ground.schools.iter_rows(named=True)}
    features, rows = [], []
    for zone, name, school in zones.select("id", "name", "school_id").iter_rows():
        zone_schools = parted(school)
        ratings = [rating_name(ground, one) for one in zone_schools or (None,)]
        rating = ", ".join(dict.fromkeys(ratings))
        lines = (name, texts("card_zone", value=zone), texts("card_rating", value=rating))
        features.append(Feature(zone, name, {ONLY: State("zone", name, lines)}))
        capacities = [schools.get(one, {}).get("capacity") for one in zone_schools]
        known = [seats for seats in capacities if seats is not None]
        seats = sum(known) if known and len(known) == len(capacities) else None
        rows.append(Row(zone, (zone, name, rating, ground.printer.value(seats, "seats"))))
    shapes = zones_of(ground.reference, ground.zone_set)
    layer = Layer("zones", texts("layer_zones"), POLYGONS, tuple(features), shapes)
    entry = LegendEntry("zone", "#dbe9e4", texts("zone_entry"))
    columns = (Column("id", texts("column_zone_id")), Column("name", texts("column_school_of_right")),
               Column("rating", texts("column_rating")), Column("seats", texts("column_seats"), "seats"))  # fmt: skip
    shown = len(school_table(ground))
    return Composed(
        layers=(layer, *around(ground)), frames=(_frame(ground, texts("zones_are", n=len(zones))),),
        columns=columns, rows=tuple(sorted(rows, key=lambda row: str(row.cells[1]))), schools=shown,
        legend=(entry, *rating_entries(ground, "point"), *outline_entries(ground)),
        legend_title=texts("legend_zones"), says=(texts("zones_are", n=len(zones)),),
    )  # fmt: skip


def utilisation_figure(ground: Ground) -> Composed:
    """Buildings by enrolment per seat, classes about the comfort band of 80 to 95%."""
    table, texts, every = school_table(ground), ground.texts, district_schools(ground)
    used = {row["id"]: _used(ground, row) for row in table.iter_rows(named=True)}
    rule = Classes(scheme="fixed", breaks=(0.6, 0.8, 0.95, 1.1), palette="PuOr", reverse=True)
    classes = scale(used.values(), rule, "share", ground.printer)
    seats, enrolled = (_known_total(ground, _fully_known(every), one)
                       for one in ("capacity", "enrollment"))  # fmt: skip
    district, here = _use(ground, every), _use(ground, table)
    said = beside_district(ground, here.text, district.text)
    features, rows = [], []
    most = max((one for one in table["capacity"] if one), default=0)
    for row in table.iter_rows(named=True):
        value = used[row["id"]]
        features.append(Feature(row["id"], row["name"] or row["id"], {
            "used": State(classes.key(value), value.text, partial(_used_card, ground, row, value, district))},
            radius(row["capacity"], most)))  # fmt: skip
        rows.append(Row(row["id"], (row["id"], row["name"] or row["id"],
                                    ground.printer.value(row["enrollment"], "students"),
                                    ground.printer.value(row["capacity"], "seats"), value)))  # fmt: skip
    whole = Row(DISTRICT, (DISTRICT, texts("district"), ground.printer.value(enrolled, "students"),
                           ground.printer.value(seats, "seats"), district))  # fmt: skip
    shapes = Shapes(lambda: points(table["lon"].to_list(), table["lat"].to_list()))
    layer = Layer(
        "buildings", texts("layer_schools"), POINTS, tuple(features), shapes, has_frames=True,
        most_seats=most,
    )  # fmt: skip
    title = f"{ground.definition.title.of(ground.choice.lang)} ({texts('unit_share')})"
    frame = Frame("used", ground.definition.title.of(ground.choice.lang), ground.choice.year, title,
                  _as_points(ground, classes.entries), said)  # fmt: skip
    columns = (Column("id", texts("column_id")), Column("name", texts("column_school")),
               Column("enrolled", texts("column_enrolled"), "students"), Column("seats", texts("column_seats"), "seats"),
               Column("used", title, "share"))  # fmt: skip
    known = [value for value in used.values() if value.number is not None]
    over = sum(value.number > 0.95 for value in known if value.number is not None)
    under = sum(value.number < 0.8 for value in known if value.number is not None)
    return Composed(
        layers=(*around(ground), layer), frames=(frame,), columns=columns,
        rows=(*sorted(rows, key=lambda row: str(row.cells[1])), whole), schools=len(table),
        legend=outline_entries(ground), legend_title=texts("legend_context"),
        says=(_used_sentence(ground, over, under, len(known)), frame.district),
    )  # fmt: skip


def _used_card(
    ground: Ground, row: dict[str, object], value: Value, district: Value
) -> tuple[str, ...]:
    """The card of a building: that of its school, its use and the district's."""
    texts = ground.texts
    return (*school_state(ground, row).lines, texts("card_used", value=value.text),
            texts("district_is", value=district.text))  # fmt: skip


def _school_figure(ground: Ground, layers: tuple[Layer, ...]) -> Composed:
    table, texts, every = school_table(ground), ground.texts, district_schools(ground)
    sectored = has_sectors(every)
    rows = [
        Row(row["id"], (
            row["id"], row["name"] or row["id"],
            level_name(texts, row["level"], row["low_grade"], row["high_grade"]),
            *([row["sector"] or ""] if sectored else []),
            f"{row['low_grade'] or ''}–{row['high_grade'] or ''}",
            rating_name(ground, row["id"]),
            ground.printer.value(row["capacity"], "seats"), ground.printer.value(row["enrollment"], "students")))
        for row in table.sort("name").iter_rows(named=True)
    ]  # fmt: skip
    named = {"level": texts("column_level"), **({"sector": texts("column_sector")} if sectored else {}),
             "grades": texts("column_grades"), "rating": texts("column_rating")}  # fmt: skip
    whole = ["district", texts("district"), *("" for _ in named)]
    sums = [ground.printer.value(_known_total(ground, every, one), unit)
            for one, unit in (("capacity", "seats"), ("enrollment", "students"))]  # fmt: skip
    columns = (
        Column("id", texts("column_id")), Column("name", texts("column_school")),
        *(Column(one, title) for one, title in named.items()),
        Column("seats", texts("column_seats"), "seats"), Column("enrolled", texts("column_enrolled"), "students"),
    )  # fmt: skip
    counted = beside_district(ground, *(_schools_sentence(ground, one) for one in (table, every)))
    return Composed(
        layers=layers, frames=(_frame(ground, counted),), columns=columns,
        rows=(*rows, Row(DISTRICT, (*whole, *sums))), schools=len(table),
        legend=(*rating_entries(ground, "point"), *outline_entries(ground)),
        legend_title=texts("legend_ratings"), says=(counted,),
    )  # fmt: skip


def _frame(ground: Ground, district: str) -> Frame:
    return Frame(
        ONLY, ground.definition.title.of(ground.choice.lang), ground.choice.year, "", (), district
    )


def _quality_share(ground: Ground, schools: pl.DataFrame) -> Value:
    """Share of the known seats that are in quality schools; no data where that is not known."""
    good = _known_total(ground, of_quality(ground, schools), "capacity")
    return _ratio(ground, good, _known_total(ground, schools, "capacity"))


def _quality_sentence(ground: Ground, schools: pl.DataFrame) -> str:
    share = _quality_share(ground, schools)
    if share.number is None:
        return ground.texts("says_quality_seats_unknown")
    if schools["capacity"].null_count():
        return ground.texts("says_quality_seats_in_part", share=share.text)
    return ground.texts("says_quality_seats", share=share.text)


def _schools_sentence(ground: Ground, schools: pl.DataFrame) -> str:
    """How many schools there are, and their seats as far as these are known."""
    known = schools.drop_nulls("capacity")
    total = _known_total(ground, schools, "capacity")
    if total is None:
        return ground.texts("schools_are_without_seats", n=len(schools))
    seats = ground.printer.value(total, "seats").text
    if len(known) == len(schools):
        return ground.texts("schools_are", n=len(schools), seats=seats)
    return ground.texts("schools_are_in_part", n=len(schools), seats=seats, known=len(known))


def _used_sentence(ground: Ground, over: int, under: int, known: int) -> str:
    if not known:
        return ground.texts("says_used_unknown")
    return ground.texts("says_used", over=over, under=under, n=known)


def _use(ground: Ground, schools: pl.DataFrame) -> Value:
    known = _fully_known(schools)
    enrolled, seats = (_known_total(ground, known, one) for one in ("enrollment", "capacity"))
    return _ratio(ground, enrolled, seats)


def _ratio(ground: Ground, part: float | None, whole: float | None) -> Value:
    return ground.printer.value(part / whole if whole and part is not None else None, "share")


def _used(ground: Ground, row: dict[str, object]) -> Value:
    seats, enrolled = row["capacity"], row["enrollment"]
    if seats is None or enrolled is None:
        return ground.printer.no_data()
    if not float(str(seats)):
        return ground.printer.not_applicable()
    return ground.printer.value(float(str(enrolled)) / float(str(seats)), "share")


def _fully_known(schools: pl.DataFrame) -> pl.DataFrame:
    """Schools whose seats and enrolment are both known."""
    return schools.drop_nulls(["capacity", "enrollment"])


def _known_total(ground: Ground, schools: pl.DataFrame, column: str) -> float | None:
    """Sum over the schools of which it is known; None where there are schools, and none is known."""
    known = schools.drop_nulls(column)
    return None if len(schools) and known.is_empty() else total_of_grades(ground, known, column)


def _count(ground: Ground, table: pl.DataFrame, key: str) -> Value:
    n = sum(rating_key(ground, school) == key for school in table["id"])
    return ground.printer.value(float(n), "schools")


def _as_points(ground: Ground, entries: tuple[LegendEntry, ...]) -> tuple[LegendEntry, ...]:
    """Entries of points; enrolment and seats are the district's own, and nothing of them is suppressed."""
    texts = {SUPPRESSED: ground.texts("suppressed_nothing", n=ground.printer.suppressed_text)}
    return tuple(replace(one, mark="point", text=texts.get(one.key, one.text)) for one in entries)
