"""Flows, destinations and draws: what is drawn, and what stands in the table alone."""

import polars as pl
import pytest
from released import FOLDER, drawn, released

from geoservice.cartography.compose.compose import draw
from geoservice.cartography.compose.draws import _DRAWN_SHARE
from geoservice.cartography.definition.definition_files import read_definition
from geoservice.cartography.figure.choice import Choice
from geoservice.cartography.figure.layers import ONLY
from geoservice.cartography.figure.released import Released
from geoservice.cartography.figure.values import Printer
from geoservice.cartography.texts import texts_of
from geoservice.model.settings import Settings
from geoservice.service.maps import Maps


@pytest.fixture(scope="module")
def maps(listed_district):
    """Maps over the students of the fictional district."""
    return Maps(listed_district)


@pytest.fixture(scope="module")
def drawing(riverbend, maps):
    return lambda name, **choice: maps.drawing(name, riverbend.reference, Choice(**choice))


def layer_of(drawing, layer_id):
    return next(layer for layer in drawing.layers if layer.id == layer_id)


def test_areas_are_labelled_with_the_students_who_stay(drawing):
    flows = drawing("flows")
    stays = {row.cells[0]: row.cells[4].text for row in flows.rows if row.cells[0] == row.cells[2]}
    labels = {area.id: area.states[ONLY].label for area in layer_of(flows, "areas").features}
    assert stays
    for area, text in stays.items():
        assert labels[area].endswith(f"{text} stay")


def test_the_largest_flows_are_drawn_and_the_table_has_all(drawing):
    flows = drawing("flows")
    between = {
        (row.cells[0], row.cells[2]): row.cells[4].number
        for row in flows.rows
        if row.cells[2] not in (row.cells[0], "other")
    }
    drawn = [tuple(arrow.id.split(">")) for arrow in layer_of(flows, "flows").features]
    assert len(drawn) == 12 < len(between)
    assert min(between[flow] for flow in drawn) >= max(
        number for flow, number in between.items() if flow not in drawn
    )
    assert f"12 largest of {len(between)}" in flows.alternative


def test_drawn_hexagons_hold_most_of_the_students_of_a_school(drawing):
    for school in ("0101", "0112", "0147"):
        draw = drawing("school-draw", school=school)
        drawn = {hexagon.id for hexagon in layer_of(draw, "hexagons").features}
        numbers = {row.id: row.cells[2].number or 0 for row in draw.rows}
        whole = float(dict(draw.facts)["Students"].replace(",", ""))
        assert sum(numbers[hexagon] for hexagon in drawn) >= _DRAWN_SHARE * whole


@pytest.mark.parametrize("name", ["zone-destinations", "school-draw"])
def test_a_figure_of_one_zone_or_school_counts_its_own_students(drawing, name):
    made = drawing(name)
    shown = sum(row.cells[2].number or 0 for row in made.rows)
    whole = float(dict(made.facts)["Students"].replace(",", ""))
    assert abs(whole - shown) <= 7 * (len(made.rows) + 1)  # Each count has noise of its own.


def test_every_school_with_enough_students_of_the_zone_is_drawn(drawing):
    destinations = drawing("zone-destinations", band="6-8", areas="middle")
    rows = {row.id for row in destinations.rows} - {"other"}
    drawn = {school.id for school in layer_of(destinations, "receivers").features}
    assert len(rows) > 1
    assert rows <= drawn


@pytest.mark.parametrize("ending", ["csv", "xlsx", "geojson", "gpkg"])
def test_every_form_of_data_says_that_counts_are_protected(drawing, maps, tmp_path, ending):
    target = tmp_path / f"flows.{ending}"
    maps.write(drawing("flows"), target)
    assert target.stat().st_size > 0
    if ending in ("csv", "geojson"):
        text = target.read_text("utf-8")
        assert "each differs from the true number by at most 7 students" in text


def test_figures_of_a_region_without_students_say_nothing_of_counts(drawing, riverbend, tmp_path):
    without = Maps(Settings.read({"GEOSERVICE_HOME": str(tmp_path)}))
    zones = without.drawing("zones", riverbend.reference, Choice())
    assert "Privacy" not in dict(zones.facts)
    assert "Privacy" in dict(drawing("zones").facts)


@pytest.mark.parametrize(
    ("share", "students", "text"),
    [(0.4567, 999, "46%"), (0.4567, 1000, "45.7%"), (0.4567, None, "45.7%"), (0.1, 12, "10%")],
)
def test_shares_of_few_students_have_no_decimals(share, students, text):
    assert Printer(texts_of("en"), 10).share(share, students).text == text


def test_students_who_live_elsewhere_are_those_of_the_rows_that_are_not_drawn(drawing):
    texts = texts_of("en")
    for school in ("0101", "0112", "0147", "0153"):
        draw = drawing("school-draw", school=school)
        drawn = {hexagon.id for hexagon in layer_of(draw, "hexagons").features}
        elsewhere = sum(row.cells[2].number or 0 for row in draw.rows if row.id not in drawn)
        told = texts("says_draw_elsewhere", n=f"{elsewhere:,.0f}")
        assert draw.alternative.count("live elsewhere") == bool(elsewhere)
        assert not elsewhere or told in draw.alternative


def test_the_students_of_small_destinations_are_not_told_as_all_who_attend_elsewhere(drawing):
    zones = [drawing("zone-destinations", zone=zone) for zone in ("0112", "0136", "0125", "0101")]
    rests = [
        (zone.alternative, row.cells[2].text)
        for zone in zones
        for row in zone.rows
        if row.id == "other"
    ]
    assert rests
    for alternative, rest in rests:
        told = f"{rest} attend schools that have fewer than 10 students of this zone each."
        assert told in alternative


def test_a_bound_of_students_at_the_zoned_school_is_told_as_a_bound(riverbend):
    """In the finding, in the table, and for the share as for the number."""
    figure = drawn_with(riverbend.reference, {"status": "at_least", "bound": 279.0})
    assert figure.frame.finding.startswith("At least 279 of 289 students of this zone (≥ 96%)")
    assert [cell.text for cell in figure.rows[0].cells[2:]] == ["≥ 279", "≥ 96%"]


def drawn_with(reference, line):
    """The figure of the first zone: its only line is of its zoned school, out of 289 students."""
    definition, choice = read_definition(FOLDER / "zone-destinations.toml"), Choice()
    made = released(definition, reference, choice)
    zone = drawn(reference, "zone-destinations").options.zone[0][0]
    school = reference.zones().filter(zone_id=zone)["school_id"][0]
    tables = {
        key: table.filter(unit=zone)
        .head(1)
        .with_columns(
            to=pl.lit(school),
            band=pl.lit("K-5"),
            year=pl.lit(reference.info.school_year),
            value=pl.lit(None, dtype=pl.Float64),
            denominator=pl.lit(289.0),
            **{name: pl.lit(value) for name, value in line.items()},
        )
        for key, table in made.tables.items()
    }
    return draw(definition, choice, reference, Released(tables, made.hexagons))


def test_schools_that_receive_students_are_named(drawing):
    receivers = layer_of(drawing("zone-destinations"), "receivers")
    assert receivers.features
    assert all(school.short for school in receivers.features)
