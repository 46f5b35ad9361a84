"""Figures of where students go: arrows that no label covers, hexagons told by a bound alone, flows that are not told."""

import re

import numpy as np
import polars as pl
import pytest
import shapely
from released import released

from geoservice.cartography.classes import palette
from geoservice.cartography.compose import draw
from geoservice.cartography.definition import Classes, read_definition
from geoservice.cartography.figure import Choice
from geoservice.cartography.page import file_page
from geoservice.cartography.picture import drawing_settings, figure_of, picture
from geoservice.cartography.picture_labels import shaft, tip
from geoservice.cartography.released import Released
from geoservice.geometry.projection import Projection
from geoservice.service.maps import FOLDER

SAID = {"en": "at least 10 students of this school live here", "es": "aquí viven al menos 10 estudiantes de esta escuela"}  # fmt: skip


def made(name, reference, change=None, **choice):
    """A figure of invented released tables, those of its measure changed."""
    definition, chosen = read_definition(FOLDER / f"{name}.toml"), Choice(**choice)
    found = released(definition, reference, chosen)
    tables = {key: change(table) if change and "to" in table.columns and key[0] != "residents" else table
              for key, table in found.tables.items()}  # fmt: skip
    return draw(definition, chosen, reference, Released(tables, found.hexagons))


def bounded(table):
    """As where a school's students live is published: at least 10, without numbers."""
    none = pl.lit(None, dtype=pl.Float64)
    some = table.filter(pl.col("to") != "other", pl.col("to").str.contains("0"))
    return some.with_columns(status=pl.lit("high"), bound=pl.lit(10.0), value=none, numerator=none)


def test_no_label_lies_on_the_head_of_an_arrow_and_every_area_is_named(riverbend):
    drawing = made("flows", riverbend.reference)
    with drawing_settings():
        figure = figure_of(drawing)
        figure.canvas.draw()
        axes = next(
            one for one in figure.axes if "Hillside" in {text.get_text() for text in one.texts}
        )
        boxes = {one.get_text(): one.get_window_extent() for one in axes.texts}
        (layer,) = (one for one in drawing.layers if one.id == "flows")
        arrows = Projection(drawing.metric_crs).shapes_to_metres(layer.shapes.array)
        corners = [np.array(tip(one)).reshape(2, 2) for one in arrows]
        heads = [shapely.box(*axes.transData.transform(one).ravel()) for one in corners]
    labels = shapely.STRtree([shapely.box(*one.extents) for one in boxes.values()])
    assert labels.query(heads, predicate="overlaps").size == 0
    assert {name.replace("\n", " ") for name in boxes} >= {name for _, name in drawing.options.area}


def test_an_arrow_is_known_by_its_head_and_shaft():
    arrow = shapely.Polygon([(0, 1), (5, 1), (5, 3), (9, 0), (5, -3), (5, -1), (0, -1)])
    assert tip(arrow) == (5, -3, 9, 3)
    assert {(y, half) for _, y, half in shaft(arrow)} == {(0, 1)}
    assert max(x for x, _, _ in shaft(arrow)) == 5


@pytest.mark.parametrize("lang", ["en", "es"])
def test_places_of_a_schools_students_say_plainly_what_they_tell(riverbend, lang):
    drawing = made("school-draw", riverbend.reference, bounded, lang=lang)
    named = [one for one in drawing.frame.legend if one.text == SAID[lang]]
    assert len(named) == 1
    assert "10" in drawing.frame.district
    assert ("at least 10" if lang == "en" else "al menos 10") in drawing.alternative
    (column,) = (one for one in drawing.columns if one.id == "students")
    assert ("at least" if lang == "en" else "al menos") in column.title
    assert SAID[lang] in file_page(drawing)
    printed = re.findall(r"<text[^>]*>(.*?)</text>", picture(drawing, "svg").decode(), re.S)
    assert SAID[lang] in " ".join(" ".join(printed).split())
    (layer,) = (one for one in drawing.layers if one.id == "hexagons")
    cards = {one.states["draw"].lines[1].lower() for one in layer.features}
    assert cards == {SAID[lang].lower()}


def test_a_joined_hexagon_that_tells_a_bound_weighs_no_more_than_a_small_one(riverbend):
    drawing = made("school-draw", riverbend.reference, bounded)
    (layer,) = (one for one in drawing.layers if one.id == "hexagons")
    assert {one.states["draw"].key for one in layer.features} == {"c0"}
    entry = next(one for one in drawing.frame.legend if one.key == "c0")
    assert len(entry.colour) == 9
    assert int(entry.colour[7:], 16) < 64  # Mostly the map itself, so that size is no ink.
    counted = made("school-draw", riverbend.reference)
    blues = palette(Classes(count=5, palette="Blues"), 5)
    assert counted.frame.legend[0].colour in blues


@pytest.mark.parametrize(("lang", "says"), [("en", "No flow"), ("es", "ningún flujo")])
def test_where_no_flow_is_told_the_map_says_so_and_has_no_class(riverbend, lang, says):
    def within(table):
        return table.filter((pl.col("to") == "other") | (pl.col("to") == pl.col("unit")))

    drawing = made("flows", riverbend.reference, within, lang=lang)
    assert says in drawing.frame.district
    assert says in drawing.alternative
    assert {one.hatch for one in drawing.frame.legend} == {"hidden", "no_data"}
    assert picture(drawing, "png").startswith(b"\x89PNG")
