"""Distances by rating of the school attended: one set of numbers in bars, cards, table, data and words."""

import copy
import io
import re
import string
from dataclasses import replace

import openpyxl
import orjson
import polars as pl
import pytest
from released import PLANTED, released
from test_figures import svg_texts

from geoservice.cartography.compose.by_rating import rating_columns
from geoservice.cartography.compose.compose import draw
from geoservice.cartography.compose.units import panels_of
from geoservice.cartography.data.exports import data_frame
from geoservice.cartography.definition.definition_files import read_definition
from geoservice.cartography.figure.cells import DISTRICT, SUPPRESSED
from geoservice.cartography.figure.choice import Choice
from geoservice.cartography.figure.ground import FigureGround
from geoservice.cartography.figure.panel import Panel
from geoservice.cartography.figure.released import Released
from geoservice.cartography.formats import format_of
from geoservice.cartography.page.config import figure_json
from geoservice.cartography.page.page import map_page
from geoservice.model.shipped import shipped_folder

FOLDER = shipped_folder("maps")

DEFINITION = read_definition(FOLDER / "distance.toml")
COLUMNS = [f"by_rating_{one}_median" for one in ("a", "b", "c", "d", "f", "not_rated")]
SIZES = ("slide", "letter", "landscape", "figure", "square")


@pytest.fixture(scope="module")
def distance(riverbend):
    """The drawing of distances, of invented released tables or of some others."""

    def make(tables=None, **choice):
        some = tables or released(DEFINITION, riverbend.reference, Choice(**choice))
        return draw(DEFINITION, Choice(**choice), riverbend.reference, some)

    return make


def without(tables, dropped):
    """Released tables without the lines of distance that ``dropped`` tells."""
    kept = {
        key: table.filter(~dropped) if key[0] == "distance" else table
        for key, table in tables.tables.items()
    }
    return Released(kept, tables.hexagons)


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_districts_bars_are_the_same_numbers_in_every_form(distance, lang):
    made = distance(lang=lang)
    names = [one.id for one in made.columns]
    district = made.rows[-1]
    assert district.id == DISTRICT
    assert len(made.bars) == len(COLUMNS)
    told = orjson.loads(figure_json(made))
    texts = " ".join(svg_texts(format_of("svg").write(made)))  # A long label has two lines.
    page = map_page(made).html
    frame = pl.read_csv(io.BytesIO(format_of("csv").write(made)))
    last = orjson.loads(format_of("geojson").write(made))["features"][-1]["properties"]
    for column, (label, value), bar in zip(COLUMNS, made.bars, told["bars"], strict=True):
        cell = district.cells[names.index(column)]
        assert replace(value, key="") == cell
        assert (bar["label"], bar["text"], bar["number"]) == (label, cell.text, cell.number)
        assert frame[column][-1] == cell.number == last[column]
        assert frame[f"{column}_status"][-1] == cell.status
        assert last[f"{column}_text"] == cell.text
        assert f"{label} {cell.text}" in texts
        assert f"{label}: {cell.text}" in made.alternative
        assert re.search(
            rf"<span>{re.escape(label)}</span>.*?<b>{cell.text.replace('<', '&lt;')}</b>", page
        )
    assert made.alternative.count(made.bars_title) == 1


def test_every_area_tells_its_medians_by_rating_in_card_table_and_data(distance):
    made = distance()
    names = [one.id for one in made.columns]
    states = {
        one.id: one.states for layer in made.layers if layer.has_frames for one in layer.features
    }
    frame = data_frame(made)
    book = openpyxl.load_workbook(io.BytesIO(format_of("xlsx").write(made)))["data"]
    head, *lines = book.iter_rows(values_only=True)
    for row, line in zip(made.rows[:-1], lines, strict=False):
        cells = [row.cells[names.index(one)] for one in COLUMNS]
        listed = "; ".join(
            f"{label}: {cell.text}" for (label, _), cell in zip(made.bars, cells, strict=True)
        )
        shown = [one for one in states[row.id][made.frame.id].lines if listed in one]
        assert shown == [f"By rating of the school attended (miles): {listed}"]
        for column, cell in zip(COLUMNS, cells, strict=True):
            assert frame.filter(id=row.id)[column].item() == cell.number
            assert line[head.index(column)] == cell.number
    mean = next(one.id for one in made.frames if one.id.startswith("mean"))
    assert not [one for one in states[row.id][mean].lines if "By rating" in one]


def test_a_hidden_median_has_no_bar_but_stripes_and_its_number_is_nowhere(distance):
    made = distance()
    (hidden,) = [value for _, value in made.bars if value.status == SUPPRESSED]
    assert hidden.text == "withheld"
    for content in (format_of("svg").write(made), map_page(made).html.encode(), figure_json(made)):
        assert f"{PLANTED / 1609.344:,.2f}".encode() not in content
    assert 'class="track suppressed"><span class="bar" style="width:0%"' in map_page(made).html


def test_a_rating_without_a_line_is_no_data_and_has_no_bar(distance, riverbend):
    tables = released(DEFINITION, riverbend.reference, Choice())
    made = distance(without(tables, pl.col("part") == "B median"))
    value = dict(made.bars)["B, above"]
    assert (value.number, value.text) == (None, "no data")
    for size in SIZES:
        assert "no data" in svg_texts(format_of("svg").write(made, size))


@pytest.mark.parametrize("view", ["", "mean_miles"])
def test_where_the_release_tells_of_no_rating_there_are_no_bars(distance, riverbend, view):
    tables = released(DEFINITION, riverbend.reference, Choice())
    for dropped in (pl.col("part").str.contains(" "), pl.col("part").str.contains("^[A-F] ")):
        made = distance(without(tables, dropped), view=view)
        assert made.bars == ()
        assert made.bars_title == ""
        assert "by rating" not in made.alternative
        assert not [one for one in made.columns if one.id.startswith("by_rating")]
        assert "by rating of the school attended" not in map_page(made).html


def test_a_region_without_ratings_has_no_bars(riverbend):
    reference = copy.copy(riverbend.reference)
    reference.info = replace(reference.info, schemes=())
    made = draw(DEFINITION, Choice(), reference, released(DEFINITION, reference))
    assert made.bars == ()
    assert format_of("svg").write(made)


def test_bars_stay_where_the_layer_of_schools_has_none(distance):
    made = distance()
    assert "schools" in [one.id for one in made.layers]
    layers = tuple(replace(one, features=()) if one.id == "schools" else one for one in made.layers)
    texts = svg_texts(format_of("svg").write(replace(made, layers=layers)))
    assert [label for label, _ in made.bars if label not in texts] == []


@pytest.mark.parametrize("size", SIZES)
def test_bars_and_their_numbers_keep_to_the_legend(distance, size):
    from geoservice.cartography.picture.layout import layout_of
    from geoservice.cartography.picture.picture import drawing_settings, figure_of

    made = distance(lang="es")
    long = {label: string.ascii_letters * 2 for label, _ in made.bars}
    legend = tuple(replace(one, text=long.get(one.text, one.text)) for one in made.legend)
    for one in (made, replace(made, legend=legend)):
        box = layout_of(one, size).legend
        with drawing_settings():
            axes = figure_of(one, size).axes[0]
        ends = [
            patch.get_x() + patch.get_width() for patch in axes.patches if hasattr(patch, "get_x")
        ]
        assert max(ends) <= box.right + 0.01
        for text in axes.texts:
            is_in_list = text.get_position()[0] < box.left  # Of names beside the map.
            if re.fullmatch(r"\d\.\d|withheld", text.get_text()) and not is_in_list:
                assert text.get_position()[0] < box.right - 0.15
                assert text.get_position()[1] > box.bottom


def test_labels_that_differ_by_signs_alone_have_columns_of_their_own(riverbend):
    ground = FigureGround(DEFINITION, Choice(), riverbend.reference, Released())
    view = DEFINITION.views[0]

    def columns(*labels):
        entry = next(iter(draw_entries(ground)))
        parts = [
            (entry, Panel(view.model_copy(update={"part": f"{one} median"}), "", {}, ground))
            for one in labels
        ]
        return [one.id for one in rating_columns(Panel(view, "", {}, ground, tuple(parts)))]

    assert columns("1+", "1", "1-") == [
        "by_rating_1_plus_median",
        "by_rating_1_median",
        "by_rating_1_minus_median",
    ]
    assert columns("★", "★★", "a", "A") == [f"by_rating_{at}" for at in (1, 2, 3, 4)]


def draw_entries(ground):
    from geoservice.cartography.figure.ratings import rating_entries

    return rating_entries(ground, "point")


def test_only_the_view_with_bars_has_panels_by_rating(riverbend):
    from geoservice.cartography.compose.units import chosen_units
    from geoservice.cartography.figure.ground import ground

    tables = released(DEFINITION, riverbend.reference, Choice())
    made = ground(DEFINITION, Choice(), riverbend.reference, tables)
    panels = panels_of(made, chosen_units(made))
    assert [len(one.by_rating) for one in panels] == [6, 0, 0]


def test_bars_of_two_years_that_are_compared_have_one_scale(distance, riverbend):
    now, then = "2023-24", "2022-23"
    doubled = pl.when(pl.col("year") == then).then(2 * pl.col("value")).otherwise(pl.col("value"))
    invented = released(DEFINITION, riverbend.reference)
    tables = {
        key: table.with_columns(value=doubled) if key[0] == "distance" else table
        for key, table in invented.tables.items()
    }
    some = Released(tables, invented.hexagons)
    one, other = (
        distance(some, year=year, beside=beside) for year, beside in ((now, then), (then, now))
    )
    longest = max(abs(value.number) for _, value in other.bars if value.number is not None)
    assert one.longest_bar == other.longest_bar == longest
    assert orjson.loads(figure_json(one))["bars_most"] == longest
    assert distance(some, year=now).longest_bar < longest
