"""The figure of buildings by enrolment per seat, from the district's own files."""

from dataclasses import replace
from functools import partial

import polars as pl

from geoservice.cartography.compose.seat_totals import known_total, ratio_of
from geoservice.cartography.definition.definition import Classes
from geoservice.cartography.figure.cells import DISTRICT, Column, Row, Value
from geoservice.cartography.figure.classes import Scale, scale
from geoservice.cartography.figure.context import (
    around,
    beside_district,
    district_schools,
    outline_entries,
    radius,
    school_state,
    school_table,
)
from geoservice.cartography.figure.frames import Frame, LegendEntry
from geoservice.cartography.figure.ground import Composed, FigureGround
from geoservice.cartography.figure.layers import POINTS, Feature, FeatureState, Layer, Shapes
from geoservice.cartography.figure.shapes import points
from geoservice.cartography.findings.places import buildings_finding

_COMFORT = Classes(scheme="fixed", breaks=(0.6, 0.8, 0.95, 1.1), palette="PuOr", reverse=True)
"""Classes about the comfort band of 80 to 95% of the seats."""


def utilisation_figure(ground: FigureGround) -> Composed:
    """Compose the map of buildings by enrolment per seat."""
    table, texts, all_schools = school_table(ground), ground.texts, district_schools(ground)
    used = {row["id"]: _used(ground, row) for row in table.iter_rows(named=True)}
    classes = scale(used.values(), _COMFORT, "share", ground.printer)
    district, shown_use = _use(ground, all_schools), _use(ground, table)
    title = ground.definition.title.of(ground.choice.lang)
    named = table.select("id", "name").iter_rows()
    frame = Frame(
        "used",
        title,
        ground.choice.year,
        f"{title} ({texts('unit_share')})",
        _as_points(classes.with_district(district, texts("district_is", value=district.text))),
        beside_district(ground, shown_use.text, district.text),
        buildings_finding(texts, [(name or school, used[school]) for school, name in named]),
    )
    return Composed(
        layers=(*around(ground), _buildings(ground, table, used, classes, district)),
        frames=(frame,),
        columns=_columns(ground, frame.legend_title),
        rows=(*_building_rows(ground, table, used), _district_row(ground, all_schools, district)),
        schools=len(table),
        legend=outline_entries(ground),
        legend_title=texts("legend_context"),
        says=(_used_sentence(ground, list(used.values())), frame.district),
        ranked=_from_fullest(used),
    )


def _from_fullest(used: dict[str, Value]) -> tuple[str, ...]:
    """Return the ids of the buildings whose use is known, the fullest first."""
    shares = {school: value.number for school, value in used.items() if value.number is not None}
    return tuple(sorted(shares, key=lambda school: (-shares[school], school)))


def _buildings(
    ground: FigureGround,
    table: pl.DataFrame,
    used: dict[str, Value],
    classes: Scale,
    district: Value,
) -> Layer:
    """Return the layer of buildings, sized by their seats."""
    largest_seats = max((seats for seats in table["capacity"] if seats), default=0)
    features = []
    for row in table.iter_rows(named=True):
        value = used[row["id"]]
        card = partial(_used_card, ground, row, value, district)
        states = {"used": FeatureState(classes.key(value), value.text, card)}
        size = radius(row["capacity"], largest_seats)
        features.append(Feature(row["id"], row["name"] or row["id"], states, size))
    return Layer(
        "buildings",
        ground.texts("layer_schools"),
        POINTS,
        tuple(features),
        Shapes(lambda: points(table["lon"].to_list(), table["lat"].to_list())),
        has_frames=True,
        most_seats=largest_seats,
    )


def _building_rows(ground: FigureGround, table: pl.DataFrame, used: dict[str, Value]) -> list[Row]:
    """Return a row per building, sorted by name."""
    value_of = ground.printer.value
    rows = [
        Row(
            row["id"],
            (
                row["id"],
                row["name"] or row["id"],
                value_of(row["enrollment"], "students"),
                value_of(row["capacity"], "seats"),
                used[row["id"]],
            ),
        )
        for row in table.iter_rows(named=True)
    ]
    return sorted(rows, key=lambda row: str(row.cells[1]))


def _district_row(ground: FigureGround, schools: pl.DataFrame, district: Value) -> Row:
    fully_known = _fully_known(schools)
    seats, enrolled = (
        known_total(ground, fully_known, name) for name in ("capacity", "enrollment")
    )
    return Row(
        DISTRICT,
        (
            DISTRICT,
            ground.texts("district"),
            ground.printer.value(enrolled, "students"),
            ground.printer.value(seats, "seats"),
            district,
        ),
    )


def _columns(ground: FigureGround, title: str) -> tuple[Column, ...]:
    texts = ground.texts
    return (
        Column("id", texts("column_id")),
        Column("name", texts("column_school")),
        Column("enrolled", texts("column_enrolled"), "students"),
        Column("seats", texts("column_seats"), "seats"),
        Column("used", title, "share"),
    )


def _used_card(
    ground: FigureGround, row: dict[str, object], value: Value, district: Value
) -> tuple[str, ...]:
    """Return the card of a building: its school, its utilization and the district's."""
    texts = ground.texts
    return (
        *school_state(ground, row).lines,
        texts("card_used", value=value.text),
        texts("district_is", value=district.text),
    )


def _used_sentence(ground: FigureGround, used: list[Value]) -> str:
    shares = [value.number for value in used if value.number is not None]
    if not shares:
        return ground.texts("says_used_unknown")
    over, under = sum(share > 0.95 for share in shares), sum(share < 0.8 for share in shares)
    return ground.texts("says_used", over=over, under=under, n=len(shares))


def _use(ground: FigureGround, schools: pl.DataFrame) -> Value:
    fully_known = _fully_known(schools)
    enrolled, seats = (
        known_total(ground, fully_known, column) for column in ("enrollment", "capacity")
    )
    return ratio_of(ground, enrolled, seats)


def _used(ground: FigureGround, row: dict[str, object]) -> Value:
    seats, enrolled = row["capacity"], row["enrollment"]
    if seats is None or enrolled is None:
        return ground.printer.no_data()
    if not float(str(seats)):
        return ground.printer.not_applicable()
    return ground.printer.value(float(str(enrolled)) / float(str(seats)), "share")


def _fully_known(schools: pl.DataFrame) -> pl.DataFrame:
    """Return schools with known seats and known enrollment."""
    return schools.drop_nulls(["capacity", "enrollment"])


def _as_points(entries: tuple[LegendEntry, ...]) -> tuple[LegendEntry, ...]:
    """Return the entries with the mark of points."""
    return tuple(replace(entry, mark="point") for entry in entries)
