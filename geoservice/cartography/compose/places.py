"""Figures of schools and zones, from the district's own files: no student is counted in them."""

from collections import Counter
from dataclasses import replace

import polars as pl

from geoservice.cartography.compose.seat_totals import known_total, ratio_of
from geoservice.cartography.figure.cells import DISTRICT, Column, Row, Value
from geoservice.cartography.figure.context import (
    OUTLINE,
    around,
    beside_district,
    district_schools,
    outline_entries,
    school_table,
)
from geoservice.cartography.figure.frames import Frame, LegendEntry
from geoservice.cartography.figure.ground import Composed, FigureGround
from geoservice.cartography.figure.layers import ONLY, POLYGONS, Feature, FeatureState, Layer
from geoservice.cartography.figure.levels import has_sectors, level_name, levels_of
from geoservice.cartography.figure.ratings import (
    NO_RATING,
    legend_of_schools,
    of_quality,
    quality_labels,
    rating_entries,
    rating_key,
    rating_name,
)
from geoservice.cartography.figure.schools_by_area import schools_by_area
from geoservice.cartography.figure.shapes import zones_of
from geoservice.cartography.figure.tints import tint_entries, tint_keys, zone_tints
from geoservice.cartography.findings.places import (
    ratings_finding,
    reference_finding,
    zones_finding,
)
from geoservice.model.rights import split_ids
from geoservice.reference.snapshot import Reference

_MOST_TOWNS = 3
_OUTLINED = LegendEntry(OUTLINE, "#4a5560", "", "line")


def reference_figure(ground: FigureGround) -> Composed:
    """Where the region is: outlines, and schools by level and sector."""
    base = _school_figure(ground, around(ground))
    table, all_schools = school_table(ground), district_schools(ground)
    levels = levels_of(ground, all_schools)
    counts = Counter(levels.key(school_id) for school_id in table["id"])
    bars = tuple(
        (entry.text, ground.printer.value(float(counts[entry.key]), "schools"))
        for entry in levels.entries.values()
    )
    title = legend_of_schools(
        ground, "legend_sectors" if has_sectors(all_schools) else "legend_levels"
    )
    by_level = Counter((level or "").lower() for level in table["level"])
    named = [(level, ground.printer.value(float(n), "schools")) for level, n in by_level.items()]
    finding = reference_finding(ground.texts, named, schools_by_area(ground, table), len(table))
    return replace(
        base,
        frames=(replace(base.frames[0], finding=finding),),
        subject=_towns(ground.reference),
        legend=(*levels.entries.values(), *outline_entries(ground)),
        legend_title=title,
        bars_title=ground.texts("bars_levels"),
        bars=bars,
    )


def _towns(reference: Reference) -> str:
    """Return the towns with their state, of a region in many towns the states alone."""
    names = {name.title() for name in reference.town_names if name}
    states = {state for state in reference.town_states if state}
    named = sorted(names) if len(names) <= _MOST_TOWNS else []
    return ", ".join([*named, *sorted(states)])


def ratings_figure(ground: FigureGround) -> Composed:
    """Schools by rating, sized by seats."""
    base = _school_figure(ground, around(ground))
    table = school_table(ground)
    by_label = [
        (entry, _count(ground, table, entry.key)) for entry in rating_entries(ground, "point")
    ]
    bars = tuple((entry.text, n) for entry, n in by_label if n.number or entry.key != NO_RATING)
    all_schools = district_schools(ground)
    says = beside_district(
        ground, *(_quality_sentence(ground, schools) for schools in (table, all_schools))
    )
    good = of_quality(ground, table)
    has_quality = bool(quality_labels(ground))
    finding = ratings_finding(
        ground.texts,
        len(table),
        len(good) if has_quality else None,
        _quality_share(ground, table),
        schools_by_area(ground, good),
    )
    frame = replace(_frame(ground, says), finding=finding)
    return replace(
        base,
        frames=(frame,),
        says=(*base.says, says),
        bars_title=ground.texts("bars_schools"),
        bars=bars,
    )


def zones_figure(ground: FigureGround) -> Composed:
    """Zones of the band by their school: outline and label, neighbours in different tints."""
    zones, texts = ground.zones, ground.texts
    schools = {row["id"]: row for row in ground.schools.iter_rows(named=True)}
    features, rows = [], []
    shapes = zones_of(ground.reference, ground.zone_set)
    looks = tint_keys(zone_tints(ground.reference, ground.zone_set))
    units = zones.select("id", "name", "school_id").iter_rows()
    for (zone, name, school), look in zip(units, looks, strict=True):
        zone_schools = split_ids(school)
        ratings = [rating_name(ground, label_id) for label_id in zone_schools or (None,)]
        rating = ", ".join(dict.fromkeys(ratings))
        lines = (name, texts("card_zone", value=zone), texts("card_rating", value=rating))
        features.append(Feature(zone, name, {ONLY: FeatureState(look, name, lines)}))
        capacities = [schools.get(school_id, {}).get("capacity") for school_id in zone_schools]
        known_capacities = [seats for seats in capacities if seats is not None]
        seats = (
            sum(known_capacities)
            if known_capacities and len(known_capacities) == len(capacities)
            else None
        )
        rows.append(Row(zone, (zone, name, rating, ground.printer.value(seats, "seats"))))
    layer = Layer("zones", texts("layer_zones"), POLYGONS, tuple(features), shapes)
    entries = tint_entries(texts("zone_tints_entry"), ground.choice.theme)
    columns = (
        Column("id", texts("column_zone_id")),
        Column("name", texts("column_school_of_right")),
        Column("rating", texts("column_rating")),
        Column("seats", texts("column_seats"), "seats"),
    )
    shown = len(school_table(ground))
    frame = _frame(ground, texts("zones_are", n=len(zones)))
    return Composed(
        layers=(layer, *around(ground)),
        frames=(replace(frame, finding=zones_finding(texts, len(zones), _to_quality(ground))),),
        columns=columns,
        rows=tuple(sorted(rows, key=lambda row: str(row.cells[1]))),
        schools=shown,
        legend=(*entries, *rating_entries(ground, "point"), *outline_entries(ground)),
        legend_title=texts("legend_zones"),
        says=(texts("zones_are", n=len(zones)),),
    )


def _to_quality(ground: FigureGround) -> int | None:
    """Return how many zones have quality schools only. A zone may have several schools.

    None if none of their schools is rated, or no label of the ratings stands for quality.
    """
    schools_of_zones = [split_ids(school) for school in ground.zones["school_id"]]
    if not quality_labels(ground) or not any(
        school in ground.labels for schools in schools_of_zones for school in schools
    ):
        return None
    good = set(of_quality(ground, ground.schools)["id"])
    return sum(bool(schools) and good.issuperset(schools) for schools in schools_of_zones)


def _school_figure(ground: FigureGround, layers: tuple[Layer, ...]) -> Composed:
    table, texts, all_schools = school_table(ground), ground.texts, district_schools(ground)
    sectored = has_sectors(all_schools)
    rows = [
        Row(
            row["id"],
            (
                row["id"],
                row["name"] or row["id"],
                level_name(texts, row["level"], row["low_grade"], row["high_grade"]),
                *([row["sector"] or ""] if sectored else []),
                f"{row['low_grade'] or ''}–{row['high_grade'] or ''}",
                rating_name(ground, row["id"]),
                ground.printer.value(row["capacity"], "seats"),
                ground.printer.value(row["enrollment"], "students"),
            ),
        )
        for row in table.sort("name").iter_rows(named=True)
    ]
    named = {
        "level": texts("column_level"),
        **({"sector": texts("column_sector")} if sectored else {}),
        "grades": texts("column_grades"),
        "rating": texts("column_rating"),
    }
    district_cells = ["district", texts("district"), *("" for _ in named)]
    sums = [
        ground.printer.value(known_total(ground, all_schools, column), unit)
        for column, unit in (("capacity", "seats"), ("enrollment", "students"))
    ]
    columns = (
        Column("id", texts("column_id")),
        Column("name", texts("column_school")),
        *(Column(column_id, title) for column_id, title in named.items()),
        Column("seats", texts("column_seats"), "seats"),
        Column("enrolled", texts("column_enrolled"), "students"),
    )
    counted = beside_district(
        ground, *(_schools_sentence(ground, schools) for schools in (table, all_schools))
    )
    return Composed(
        layers=layers,
        frames=(_frame(ground, counted),),
        columns=columns,
        rows=(*rows, Row(DISTRICT, (*district_cells, *sums))),
        schools=len(table),
        legend=(*rating_entries(ground, "point"), *outline_entries(ground)),
        legend_title=legend_of_schools(ground, "legend_ratings"),
        says=(counted,),
    )


def _frame(ground: FigureGround, district: str) -> Frame:
    return Frame(
        ONLY, ground.definition.title.of(ground.choice.lang), ground.choice.year, "", (), district
    )


def _quality_share(ground: FigureGround, schools: pl.DataFrame) -> Value:
    """Share of the known seats that are in quality schools; no data where that is not known."""
    good = known_total(ground, of_quality(ground, schools), "capacity")
    return ratio_of(ground, good, known_total(ground, schools, "capacity"))


def _quality_sentence(ground: FigureGround, schools: pl.DataFrame) -> str:
    share = _quality_share(ground, schools)
    if share.number is None:
        return ground.texts("says_quality_seats_unknown")
    if schools["capacity"].null_count():
        return ground.texts("says_quality_seats_in_part", share=share.text)
    return ground.texts("says_quality_seats", share=share.text)


def _schools_sentence(ground: FigureGround, schools: pl.DataFrame) -> str:
    """How many schools there are, and their seats as far as these are known."""
    if not len(schools):
        return ground.texts("schools_are_none")
    n, known = len(schools), len(schools.drop_nulls("capacity"))
    total = known_total(ground, schools, "capacity")
    key = "schools_are_one" if n == 1 else "schools_are"
    if total is None:
        key = "schools_are_one_without_seats" if n == 1 else "schools_are_without_seats"
        return ground.texts(key, n=n)
    if known < n:
        key = "schools_are_in_part_one" if known == 1 else "schools_are_in_part"
    seats = ground.printer.value(total, "seats").text
    return ground.texts(key, n=n, seats=seats, known=known)


def _count(ground: FigureGround, table: pl.DataFrame, key: str) -> Value:
    n = sum(rating_key(ground, school) == key for school in table["id"])
    return ground.printer.value(float(n), "schools")
