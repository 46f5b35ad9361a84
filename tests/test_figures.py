"""Every figure in its four forms: numbers agree, what is hidden is nowhere, the same bytes each time."""

import copy
import html.parser
import io
import pickle
import re
import struct
import zlib
from dataclasses import replace

import numpy as np
import openpyxl
import orjson
import polars as pl
import pyogrio
import pypdf
import pytest
import shapely
from matplotlib.figure import Figure
from released import PLANTED, drawn, hexagons_of, released

from geoservice.cartography.compose import units
from geoservice.cartography.compose.compose import draw
from geoservice.cartography.compose.reach import reach
from geoservice.cartography.data.exports import data_frame, file_name
from geoservice.cartography.definition.definition_files import read_definition
from geoservice.cartography.figure import context
from geoservice.cartography.figure.cells import AT_LEAST, AT_MOST, Value
from geoservice.cartography.figure.choice import Choice
from geoservice.cartography.figure.classes import scale, special_entries
from geoservice.cartography.figure.ground import ground, needs
from geoservice.cartography.figure.layers import POLYGONS, Shapes
from geoservice.cartography.figure.levels import levels_of
from geoservice.cartography.figure.released import Released
from geoservice.cartography.figure.shapes import land
from geoservice.cartography.figure.values import Printer, number_text
from geoservice.cartography.formats import format_of
from geoservice.cartography.page.config import figure_json
from geoservice.cartography.page.layers import layer_json
from geoservice.cartography.page.page import file_page, map_page
from geoservice.cartography.picture.layout import THEMES, Box, Layout, columns_of, layout_of
from geoservice.cartography.picture.map_plan import planned_map
from geoservice.cartography.picture.orientation import north_arrow
from geoservice.cartography.picture.picture import drawing_settings, figure_of
from geoservice.cartography.picture.points import side_by_side
from geoservice.cartography.picture.text import PicturePage, clean
from geoservice.cartography.texts import texts_of
from geoservice.demo.generate import generate_students
from geoservice.errors import NotFoundError
from geoservice.model.grades import GRADES, grade_range
from geoservice.model.settings import Settings
from geoservice.model.shipped import shipped_folder
from geoservice.placing.options import PlaceOptions
from geoservice.service.maps import Maps
from geoservice.service.students import StudentFile, Students

FOLDER = shipped_folder("maps")

MAPS = sorted(path.stem for path in FOLDER.glob("*.toml"))
CATALOGUE = {
    "reference",
    "zones",
    "ratings",
    "quality-seats",
    "service-gap",
    "residents",
    "flows",
    "zone-destinations",
    "school-draw",
    "participation",
    "utilisation",
    "distance",
    "access",
    "trend",
    "coverage",
    "gaps-matrix",
    "zone-edges",
    "nearest-school",
}

PIXELS = {
    "slide": (2000, 1125),
    "letter": (1275, 1650),
    "portrait": (1275, 1650),
    "landscape": (1650, 1275),
    "figure": (1950, 1290),
    "square": (1080, 1080),
}


@pytest.fixture(scope="module")
def drawing(riverbend):
    """The drawing of a map from invented released tables."""
    known = {}

    def make(name, **choice):
        key = (name, tuple(choice.items()))
        if key not in known:
            known[key] = drawn(riverbend.reference, name, **choice)
        return known[key]

    return make


class _Table(html.parser.HTMLParser):
    """Texts of a table's body cells, line by line."""

    def __init__(self):
        super().__init__()
        self.lines, self.inside = [], False

    def handle_starttag(self, tag, attributes):
        if tag == "tr":
            self.lines.append([])
        self.inside = tag in ("td", "th")
        if self.inside:
            self.lines[-1].append("")

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.inside = False

    def handle_data(self, text):
        if self.inside:
            self.lines[-1][-1] += text


def table_lines(page):
    reader = _Table()
    reader.feed(page[page.index("<tbody>") : page.index("</tbody>")])
    return reader.lines


def svg_texts(content):
    found = re.findall(r"<text[^>]*>(.*?)</text>", content.decode(), re.S)
    return [html.unescape(re.sub(r"<[^>]+>", "", one)).strip() for one in found]


def test_the_whole_catalogue_is_there():
    assert set(MAPS) == CATALOGUE


def printed_forms(number, unit):
    """The texts of a number: a share that is a whole percent may have no decimal."""
    texts = {number_text(number, unit)}
    if unit == "share" and round(number, 2) == number:
        texts.add(f"{number * 100:.0f}%")
    return texts


@pytest.mark.parametrize("name", MAPS)
def test_numbers_agree_in_page_table_data_and_picture(drawing, name):
    made = drawing(name)
    shown = [at for at, one in enumerate(made.columns) if one.id not in ("id", "to")]
    frame = data_frame(made)
    assert len(frame) == len(made.rows) > 0
    text = format_of("csv").write(made).decode()
    csv = pl.read_csv(io.StringIO(text), infer_schema=False)
    features = orjson.loads(format_of("geojson").write(made))["features"]
    figure = orjson.loads(figure_json(made))
    lines = table_lines(map_page(made).html)
    for row, line, properties, cells in zip(
        made.rows, lines, features, figure["rows"], strict=True
    ):
        for place, at in enumerate(shown):
            cell = row.cells[at]
            assert line[place] == (cell.text if isinstance(cell, Value) else cell)
        for at, column in enumerate(made.columns):
            cell = row.cells[at]
            if not isinstance(cell, Value):
                continue
            assert (
                properties["properties"][f"{column.id}_text"]
                == cell.text
                == cells["cells"][at]["text"]
            )
            assert (
                properties["properties"][column.id] == cell.number == cells["cells"][at]["number"]
            )
            if cell.number is not None:
                assert any(text in cell.text for text in printed_forms(cell.number, column.unit))
    for column in (one for one in made.columns if one.unit):
        numbers = [None if one is None else float(one) for one in csv[column.id]]
        assert numbers == [row.cells[made.columns.index(column)].number for row in made.rows]
        assert csv[f"{column.id}_status"].to_list() == [
            row.cells[made.columns.index(column)].status for row in made.rows
        ]
    printed = set(svg_texts(format_of("svg").write(made)))
    bars = [(label, value.text, value.number) for label, value in made.bars]
    assert [(one["label"], one["text"], one["number"]) for one in figure["bars"]] == bars
    assert {clean(value.text) for _, value in made.bars if value.key} <= printed
    labels = {
        clean(state.label)
        for layer in made.layers
        if layer.has_frames and layer.kind == POLYGONS and layer.id != "hexagons"  # All or none.
        for one in layer.features
        for frame, state in one.states.items()
        if frame == made.frame.id
    }
    if name != "gaps-matrix":
        assert len(labels) == 0 or labels & printed
        allowed = {
            clean(text)
            for row in made.rows
            for text in (c.text if isinstance(c, Value) else c for c in row.cells)
        }
        ranked = made.definition.labels == "rank"
        assert ranked or labels - {""} <= allowed


@pytest.mark.parametrize("name", MAPS)
def test_each_layer_is_geojson(drawing, name):
    made = drawing(name)
    for layer in made.layers:
        content = orjson.loads(layer_json(made, layer.id))
        assert content["type"] == "FeatureCollection"
        drawn = [shapely.geometry.shape(feature["geometry"]) for feature in content["features"]]
        assert (
            sum(map(shapely.get_num_coordinates, drawn))
            == shapely.get_num_coordinates(layer.shapes.array).sum()
        )


@pytest.mark.parametrize("name", MAPS)
def test_what_is_hidden_is_in_no_byte_of_any_form(drawing, name):
    made = drawing(name)
    forms = [
        format_of("svg").write(made),
        map_page(made).html.encode(),
        file_page(made).encode(),
        figure_json(made),
    ]
    forms += [layer_json(made, one.id) for one in made.layers]
    forms += [format_of(ending).write(made) for ending in ("csv", "geojson", "gpkg")]
    texts = {
        str(int(PLANTED)),
        f"{PLANTED:,.0f}",
        str(PLANTED),
        f"{PLANTED / 1609.344:,.2f}",
        f"{PLANTED * 100:.1f}",
    }
    for content in forms:
        assert not [one for one in texts if one.encode() in content]
    book = openpyxl.load_workbook(io.BytesIO(format_of("xlsx").write(made)))
    cells = {
        str(cell) for sheet in book for line in sheet.iter_rows(values_only=True) for cell in line
    }
    assert not cells & texts


@pytest.mark.parametrize("name", MAPS)
@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_figure_carries_its_parts_in_both_languages(drawing, name, lang):
    made = drawing(name, lang=lang)
    assert made.title == made.definition.question.of(lang)
    assert len(made.facts) == 9
    assert all(label and text for label, text in made.facts)
    assert made.frame.district
    assert (
        "≥ 97%" in dict(made.facts)[{"en": "Addresses matched", "es": "Direcciones ubicadas"}[lang]]
    )
    keys = {
        state.key
        for layer in made.layers
        if layer.has_frames
        for feature in layer.features
        for state in feature.states.values()
    }
    quiet = {entry.key for frame in made.frames for entry in frame.legend if entry.is_quiet}
    in_table = {cell.key for row in made.rows for cell in row.cells if not isinstance(cell, str)}
    assert quiet <= keys | in_table
    assert made.title in made.alternative


@pytest.mark.parametrize("name", ["reference", "zones", "ratings"])
def test_a_map_that_withholds_nothing_does_not_speak_of_it(drawing, name):
    texts = svg_texts(format_of("svg").write(drawing(name)))
    assert "withheld to protect" not in " ".join(texts)


def test_a_school_of_which_no_rating_is_known_is_not_drawn_as_one_that_is_not_rated(riverbend):
    reference = copy.copy(riverbend.reference)
    table = reference.ratings()
    unrated, unknown = table["school_id"].unique().sort()[:2]
    is_unrated = pl.col("school_id") == unrated
    label = pl.when(is_unrated).then(None).otherwise("label").alias("label")
    changed = table.with_columns(label).filter(pl.col("school_id") != unknown)
    vars(reference)["ratings"] = lambda: changed
    definition = read_definition(FOLDER / "ratings.toml")
    made = draw(definition, Choice(), reference, released(definition, reference))
    (schools,) = (one for one in made.layers if one.id == "schools")
    entries = {one.key: one for one in made.legend}
    looks = {one.id: entries[one.states[""].key] for one in schools.features}
    assert (looks[unrated].hatch, looks[unrated].text) == ("", "Not rated")
    assert (looks[unknown].hatch, looks[unknown].text) == ("no_data", "no data")
    told = {
        row.id: [one for one in row.cells if one in ("Not rated", "no data")] for row in made.rows
    }
    assert (told[unrated], told[unknown]) == (["Not rated"], ["no data"])
    assert dict(made.bars)["no data"].number == 1


def test_zero_no_data_hidden_and_not_applicable_look_different(drawing):
    every = special_entries(Printer(texts_of("en"), 10), "share")
    assert sorted(one.hatch for one in every) == ["no_data", "not_applicable", "suppressed", "zero"]
    legend = drawing("quality-seats").frame.legend
    keys = {
        state.key
        for one in drawing("quality-seats").layers[0].features
        for state in one.states.values()
    }
    assert keys <= {one.key for one in legend}


@pytest.mark.parametrize(
    "ending", ["png", "svg", "pdf", "csv", "xlsx", "geojson", "gpkg", "parquet", "html"]
)
def test_the_same_figure_gives_the_same_bytes(riverbend, ending):
    definition = read_definition(FOLDER / "participation.toml")
    tables = released(definition, riverbend.reference)

    def make():
        made = draw(definition, Choice(), riverbend.reference, tables)
        return format_of(ending).write(made)

    assert make() == make()


def test_pictures_hold_their_words(drawing):
    made = drawing("quality-seats")
    png = format_of("png").write(made)
    chunks, at = {}, 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, content = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        if kind in (b"tEXt", b"iTXt", b"zTXt"):
            key, _, text = content.partition(b"\0")
            chunks[key.decode()] = text.decode("latin-1")
        at += length + 12
    assert made.alternative in chunks["Description"]
    assert chunks["Profile"] == "public"
    svg = format_of("svg").write(made).decode()
    assert "<desc id=" in svg
    assert 'role="img"' in svg
    assert made.alternative in html.unescape(svg)
    assert clean(made.title) in svg_texts(svg.encode())
    pdf = format_of("pdf").write(made)
    assert b"/Subtype /Type3" not in pdf
    assert b"CreationDate" not in pdf
    streams = b"".join(
        _inflated(one) for one in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.S)
    )
    assert b"/ToUnicode" in pdf
    assert streams


def _inflated(content):
    try:
        return zlib.decompress(content.strip(b"\r\n"))
    except zlib.error:
        return b""


@pytest.mark.parametrize("size", PIXELS)
@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_pictures_come_in_sizes_and_themes(drawing, size, theme):
    png = format_of("png").write(drawing("ratings", theme=theme), size)
    width, height = struct.unpack(">II", png[16:24])
    assert (width, height) == PIXELS[size]


def test_a_workbook_tells_its_columns_and_runs_no_formula(drawing, riverbend):
    book = openpyxl.load_workbook(io.BytesIO(format_of("xlsx").write(drawing("participation"))))
    assert book.sheetnames == ["data", "about"]
    about = {line[0]: line[1] for line in book["about"].iter_rows(values_only=True)}
    assert "public" in about["Release profile"]
    assert "Column participation" in about


def test_a_geopackage_opens_with_shapes(drawing, tmp_path):
    (tmp_path / "a.gpkg").write_bytes(format_of("gpkg").write(drawing("quality-seats")))
    frame = pyogrio.read_dataframe(tmp_path / "a.gpkg")
    assert frame.crs == "EPSG:4326"
    assert frame.geometry.notna().sum() == len(frame) - 1


def test_file_names_tell_the_profile(drawing):
    assert file_name(drawing("ratings"), "png") == "ratings_riverbend_2023-24_all_public.png"


def test_files_of_other_numbers_have_other_names(drawing):
    named = file_name(drawing("distance", beside="2022-23"), "pdf")
    assert named == "distance_riverbend_2023-24_beside_2022-23_all_public.pdf"
    named = file_name(drawing("distance", view="mean_miles", areas="wards"), "csv")
    assert named == "distance_mean_miles_riverbend_wards_2023-24_all_public.csv"


def test_classes_are_pooled_over_the_years_of_a_trend(drawing):
    made = drawing("trend")
    assert len(made.frames) == 2
    classes = [[(one.text, one.colour) for one in frame.legend] for frame in made.frames]
    assert classes[0] == classes[1]


@pytest.mark.parametrize(
    ("name", "key"), [("distance", "median_miles"), ("gaps-matrix", "service_gap")]
)
def test_two_years_that_are_compared_have_one_set_of_classes(drawing, name, key):
    def classes(**choice):
        made = drawing(name, **choice)
        frame = next(one for one in made.frames if one.id.startswith(key))
        return [(one.colour, one.text) for one in frame.legend if one.key.startswith("c")], frame

    alone = [classes(year=year)[0] for year in ("2022-23", "2023-24")]
    (old, _), (new, frame) = classes(year="2022-23", beside="2023-24"), classes(beside="2022-23")
    assert all(alone)
    assert old == new
    assert "same classes as 2022-23" in frame.legend_title


def test_an_area_is_looked_at_by_its_own_box(drawing, riverbend):
    area = riverbend.reference.areas()["area_id"][0]
    near, whole = drawing("ratings", areas="planning", area=area), drawing("ratings")
    assert near.bounds != whole.bounds
    assert len(near.rows) < len(whole.rows)
    assert near.layers[-2].id == "chosen"
    assert near.layers[-1].id == "background"


def test_data_keep_the_decimal_of_small_densities(drawing):
    made = drawing("residents")
    place = next(at for at, cell in enumerate(made.rows[0].cells) if isinstance(cell, Value))
    cells = list(made.rows[0].cells)
    cells[place] = Value("shown", 6.1, "6.1")
    few = replace(made, rows=(replace(made.rows[0], cells=tuple(cells)), *made.rows[1:]))
    assert data_frame(few)[made.columns[place].id][0] == 6.1


def test_a_district_of_three_hundred_zones_fits_into_one_file(tmp_path):
    from benchmarks.maps import Ready, layers
    from geoservice.geocode.learn import learn
    from geoservice.model.settings import Settings
    from geoservice.reference.snapshot import Reference
    from geoservice.region.build import build_snapshot
    from geoservice.service.maps import Maps

    build_snapshot(layers(), tmp_path / "large", "large", finish=learn)
    maps = Maps(Settings.read({"GEOSERVICE_HOME": str(tmp_path)}), Ready())
    content = maps.export("participation", "html", Reference(tmp_path / "large"), Choice())
    assert len(content) <= 1_500_000


def test_hexagons_cover_the_region(riverbend):
    assert len(hexagons_of(riverbend.reference)) > 10


@pytest.mark.parametrize(
    "choice", [{"school": "nope"}, {"band": "nope"}, {"area": "nope"}, {"view": "nope"}]
)
def test_what_cannot_be_chosen_is_told_before_anything_is_counted(riverbend, choice):
    definition = read_definition(FOLDER / "school-draw.toml")
    with pytest.raises(NotFoundError):
        needs(definition, Choice(**choice), riverbend.reference)


def test_other_students_make_another_stamp(riverbend, tmp_path):
    settings = Settings.read({"GEOSERVICE_HOME": str(tmp_path)})
    maps, students = Maps(settings), Students(settings)
    about = {"owner": "o", "agreement": "a", "expires": "2099-12-31"}
    columns = PlaceOptions(address="address", grade="grade", school="school")
    seen = [maps.stamp("ratings", riverbend.reference, Choice())]
    for rows in (50, 60):
        generate_students(tmp_path / "in.csv", rows)
        students.add(
            StudentFile(tmp_path / "in.csv", columns), "s", riverbend.reference, about, replace=True
        )
        seen.append(maps.stamp("ratings", riverbend.reference, Choice()))
    assert len(set(seen)) == 3
    students.delete("riverbend", "s")
    assert maps.stamp("ratings", riverbend.reference, Choice()) == seen[0]


@pytest.mark.parametrize("name", ["school-draw", "coverage"])
def test_what_is_released_for_all_grades_alone_is_shown_whatever_band_is_chosen(riverbend, name):
    definition, choice = read_definition(FOLDER / f"{name}.toml"), Choice(band="K-5")
    tables = released(definition, riverbend.reference, choice)
    alone = {key: table.filter(band="all") for key, table in tables.tables.items()}
    made = draw(definition, choice, riverbend.reference, replace(tables, tables=alone))
    assert made.choice.band == "all"
    assert made.options.band == () or len(made.options.band) == 1
    assert any(
        state.key.startswith("c")
        for one in made.layers[0].features
        for state in one.states.values()
    )


def test_the_students_of_any_school_are_shown_with_its_own_zone(riverbend, drawing):
    offered = {one for one, _ in drawing("school-draw").options.school}
    high = riverbend.reference.zones().filter(set_id="high")["school_id"][0]
    assert high in offered
    made = drawing("school-draw", school=high)
    assert [one.id for one in made.layers][:2] == ["hexagons", "zone"]
    west, south, east, north = made.bounds
    assert west < east
    assert south < north


@pytest.mark.parametrize("name", MAPS)
def test_nothing_of_the_legend_runs_into_the_footer(drawing, name):
    made = drawing(name, theme="print")
    layout = layout_of(made, "letter")
    with drawing_settings():
        texts = figure_of(made, "letter").axes[0].texts
    places = [(one.get_position()[1], one.get_text()) for one in texts]
    assert not [one for one in places if layout.footer.top + 0.03 < one[0] < layout.legend.bottom]
    if made.definition.kind != "matrix":
        first = clean(made.frame.district).split()[0]
        assert [at for at, text in places if text.startswith(first) and layout.legend.bottom < at]


def test_maps_of_four_years_stand_two_by_two():
    assert columns_of(4, Box(0, 0, 9.2, 5.7), (-93.1, 42.0, -93.0, 42.055)) == 2
    assert columns_of(1, Box(0, 0, 9.2, 5.7), (-93.1, 42.0, -93.0, 42.055)) == 1
    assert columns_of(3, Box(0, 0, 20, 2), (-93.1, 42.0, -93.0, 42.1)) == 3


def test_a_bound_is_drawn_as_a_bound_over_the_highest_or_lowest_class(drawing):
    made = drawing("coverage")
    printer = Printer(texts_of("en"), 10)
    rule = made.definition.views[0].classes
    values = [
        printer.bound(0.99, "share", AT_LEAST),
        printer.value(0.99, "share"),
        printer.bound(0.95, "share", AT_MOST),
    ]
    classes = scale(values, rule, "share", printer)
    assert [classes.key(one) for one in values] == ["at_least", "c3", "at_most"]
    looks = {entry.key: (entry.text, entry.colour, entry.hatch) for entry in classes.entries}
    lowest, highest = looks["c0"][1], looks["c4"][1]
    text = "at least 99% (exact value withheld)"
    assert looks["at_least"] == (text, highest, "at_least")
    assert looks["at_most"] == ("at most 95% (exact value withheld)", lowest, "at_most")


def test_a_page_waits_for_no_card_and_layers_hold_them(riverbend, monkeypatch):
    asked = []
    for module, name in ((units, "card"), (context, "_school_card")):
        monkeypatch.setattr(module, name, lambda *one: asked.append(one) or ("A card",))
    definition = read_definition(FOLDER / "participation.toml")
    made = draw(
        definition, Choice(), riverbend.reference, released(definition, riverbend.reference)
    )
    map_page(made)
    assert not asked
    assert b"A card" in layer_json(made, "units")
    assert b"A card" in layer_json(made, "schools")


def test_cards_go_to_another_process_as_their_lines(drawing):
    (state,) = drawing("participation").layers[0].features[0].states.values()
    sent = pickle.loads(pickle.dumps(state))
    assert sent.lines == state.lines
    assert len(sent.lines) > 1


def test_legends_name_only_looks_that_occur(drawing):
    for name in ("quality-seats", "flows", "gaps-matrix", "trend", "utilisation"):
        made = drawing(name)
        used = {
            state.key
            for layer in made.layers
            for one in layer.features
            for state in one.states.values()
        }
        used |= {cell.key for row in made.rows for cell in row.cells if isinstance(cell, Value)}
        named = {one.key for frame in made.frames for one in frame.legend}
        quiet = {"suppressed", "no_data", "at_least", "at_most", "zero", "not_applicable"}
        assert named & quiet == used & quiet & named
        assert named & {"zero", "not_applicable"} <= used


def test_a_school_whose_seats_are_not_known_is_not_drawn_as_one_of_few_seats(riverbend, drawing):
    reference = copy.copy(riverbend.reference)
    first = reference.schools()["id"][0]
    is_first = pl.col("id") == first
    changed = reference.schools().with_columns(
        capacity=pl.when(is_first).then(None).otherwise("capacity")
    )
    vars(reference)["schools"] = lambda: changed
    vars(reference)["seats"] = lambda: riverbend.reference.seats().filter(
        pl.col("school_id") != first
    )
    definition = read_definition(FOLDER / "ratings.toml")
    made = draw(definition, Choice(), reference, released(definition, reference))
    (schools,) = (one for one in made.layers if one.id == "schools")
    assert [one.id for one in schools.features if one.is_dashed] == [first]
    assert made.legend_title.endswith("(dashed: seats not known)")
    known = format_of("svg").write(drawing("ratings")).count(b"dasharray")
    assert format_of("svg").write(made).count(b"dasharray") > known
    assert [
        one
        for one in orjson.loads(layer_json(made, "schools"))["features"]
        if one["properties"].get("dashed")
    ]
    assert "dashed" not in drawing("ratings").legend_title


def test_hexagons_end_at_the_edge_of_the_region(drawing, riverbend):
    region = shapely.buffer(land(riverbend.reference), 1e-4)
    for name in ("residents", "access", "school-draw"):
        hexagons = next(one for one in drawing(name).layers if one.id == "hexagons")
        assert len(hexagons.features)
        assert shapely.covers(region, hexagons.shapes.array).all()


def test_a_joined_hexagon_that_the_radius_parts_is_neither_near_nor_far(riverbend):
    definition = read_definition(FOLDER / "access.toml")
    made = ground(
        definition,
        Choice(band="K-5"),
        riverbend.reference,
        released(definition, riverbend.reference),
    )
    whole = land(riverbend.reference)
    small = shapely.buffer(shapely.Point(whole.bounds[:2]), 1e-3)
    shapes = np.array([whole, whole, small], dtype=object)
    # However many are joined, and whatever the region's edge leaves of them.
    assert reach(made, ["h4_0_0", "h1_0_0", "h0_0_0"], shapes) == ["mixed", "mixed", "far"]
    assert reach(made, ["h0_0_0"] * 3, np.array([small] * 3, dtype=object)) == ["far"] * 3


def test_access_tells_the_districts_share_within_the_radius(drawing):
    made = drawing("access")
    share = {text: value.text for text, value in made.bars}["within 1 mi"]
    assert made.frame.district == f"District: {share} of students have a quality school within 1 mi"


def test_points_of_one_site_stand_side_by_side():
    places = np.array([[0.0, 0.0], [0.0, 0.0], [10.0, 0.0], [500.0, 0.0]])
    radii = np.array([50.0, 30.0, 30.0, 40.0])
    moved = side_by_side(places, radii)
    apart = np.hypot(*(moved[:, None] - moved[None]).T) + np.eye(4) * 1e9
    assert (apart >= 0.9 * (radii[:, None] + radii)).all()
    assert (moved[3] == places[3]).all()


def test_every_flow_has_its_number_in_the_picture(drawing):
    made = drawing("flows")
    layer = next(one for one in made.layers if one.id == "flows")
    some = replace(
        layer, features=layer.features[:12], shapes=Shapes(lambda: layer.shapes.array[:12])
    )
    few = replace(made, layers=tuple(some if one is layer else one for one in made.layers))
    printed = svg_texts(format_of("svg").write(few, "letter"))
    labels = [one.states["flows"].label for one in some.features]
    assert [one for one in labels if one not in printed] == []


def test_the_legend_draws_edges_as_wide_as_the_map(drawing):
    made = drawing("zone-edges")
    (layer,) = (one for one in made.layers if one.id == "edges")
    widths = {one.states["edges"].key: one.size for one in layer.features}
    assert len(set(widths.values())) > 1
    assert widths.items() <= {one.key: one.size for one in made.frame.legend}.items()


def test_the_north_arrow_takes_little_of_a_maps_corner():
    layout = Layout(4, 4, *[Box(0, 0, 4, 4)] * 4, THEMES["light"])
    page = PicturePage(Figure(figsize=(4, 4)), layout)
    left, bottom, _, _ = north_arrow(page, page.part(Box(0, 0, 1, 1)), 1.0)
    assert (1 - left, 1 - bottom) < (0.41, 0.58)


def test_a_trend_names_its_first_and_last_year(drawing):
    assert "2022-23 to 2023-24" in drawing("trend").subtitle


def test_pdf_pictures_are_tagged_and_say_what_they_show(drawing):
    made = drawing("quality-seats", lang="es")
    document = pypdf.PdfReader(io.BytesIO(format_of("pdf").write(made)), strict=True)
    root = document.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "es"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert document.metadata.title.startswith(made.title)
    (top,) = root["/StructTreeRoot"]["/K"]
    (figure,) = top.get_object()["/K"]
    assert figure.get_object()["/S"] == "/Figure"
    assert figure.get_object()["/Alt"] == clean(made.alternative)
    metadata = root["/Metadata"].get_data()
    assert b"<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert b"CreateDate" not in metadata
    assert "/CreationDate" not in document.metadata


@pytest.mark.parametrize("name", ["quality-seats", "distance", "trend", "gaps-matrix"])
def test_an_areas_map_of_areas_tells_its_own_value_in_every_year_and_measure(drawing, name):
    here, whole = drawing(name, areas="planning", area="P1"), drawing(name, areas="planning")
    for mine, all_of_it in zip(here.frames, whole.frames, strict=True):
        assert re.fullmatch(rf"Hillside: .+ · {re.escape(all_of_it.district)}", mine.district)
    layer = next(one for one in here.layers if one.has_frames)
    state = next(one for one in layer.features if one.id == "P1").states[here.frame.id]
    assert here.frame.district in here.alternative
    assert here.frame.district.startswith(f"Hillside: {state.label}")


@pytest.mark.parametrize("name", ["ratings", "reference", "utilisation"])
def test_an_areas_map_tells_the_districts_value_beside_its_own(drawing, name):
    here, whole = drawing(name, areas="planning", area="P1"), drawing(name, areas="planning")
    assert here.frame.district.startswith("Hillside: ")
    assert here.frame.district.endswith(f" · {whole.frame.district}")
    assert dict(here.facts)["District"] == dict(whole.facts)["District"]
    assert here.rows[-1] == whole.rows[-1]
    assert len(here.rows) < len(whole.rows)


def test_legends_of_hexagons_tell_numbers_only_where_hexagons_have_them(drawing):
    for name, has_numbers in (("access", False), ("residents", False), ("school-draw", True)):
        made = drawing(name)
        (layer,) = (layer for layer in made.layers if layer.id == "hexagons")
        labels = {state.label for one in layer.features for state in one.states.values()}
        assert (labels != {""}) == has_numbers
        assert ("Number: students" in made.frame.legend_title) == has_numbers


def test_access_in_an_area_counts_quality_schools_beyond_its_edge(drawing, riverbend):
    def shown(made, layer):
        return {
            one.id: state.key
            for held in made.layers
            if held.id == layer
            for one in held.features
            for state in one.states.values()
        }

    whole = drawing("access")
    for area in riverbend.reference.areas().filter(set_id="planning")["area_id"]:
        here = drawing("access", areas="planning", area=area)
        assert shown(here, "hexagons") == shown(whole, "hexagons")
        assert shown(here, "quality_schools") == shown(whole, "quality_schools")


def test_the_reference_map_tells_schools_by_level_and_sector(drawing, riverbend):
    made = drawing("reference")
    schools = riverbend.reference.schools().rows_by_key("id", named=True, unique=True)
    entries = {one.key: one for one in made.legend}
    layer = next(one for one in made.layers if one.id == "schools")
    for feature in layer.features:
        entry = entries[feature.states[""].key]
        level, sector = entry.text.split(", ")
        row = schools[feature.id]
        assert level.replace("-", "").lower() == row["level"]
        assert sector == row["sector"]
        assert entry.letter == level[0]
        assert entry.mark == ("square" if sector == "charter" else "point")
    assert sum(value.number for _, value in made.bars) == len(layer.features)
    assert "Primaria, district" in [one.text for one in drawing("reference", lang="es").legend]
    assert "level" in [one.id for one in made.columns]


def test_the_reference_map_tells_towns_and_state(drawing):
    assert " · Northfield, Riverbend, IA · " in drawing("reference").subtitle


def test_cells_of_the_matrix_have_their_unit(drawing):
    content = format_of("svg").write(drawing("gaps-matrix"), "").decode()
    assert re.search(r">[\d,]+ seats<", content)
    assert re.search(r">\d\.\d mi<", content)


def test_schools_without_level_sector_and_grades_are_told_so(tmp_path, town):
    town.street("Oak St", left="101-199")
    town.zone("Z1", (0, 0, 200, 200))
    reference = town.reference(tmp_path)
    definition = read_definition(FOLDER / "reference.toml")
    made = draw(definition, Choice(), reference, released(definition, reference))
    assert "sector" not in [one.id for one in made.columns]
    assert "sector" not in made.legend_title
    assert [one.text for one in made.legend if one.key.startswith("level-")] in (
        [],
        ["level not given"],
    )


def test_levels_that_are_codes_stand_in_their_marks(riverbend):
    definition = read_definition(FOLDER / "reference.toml")
    made = ground(definition, Choice(), riverbend.reference, Released())
    codes = pl.Series([("2", "6", "3", "ES")[at % 4] for at in range(60)])
    found = levels_of(made, riverbend.reference.schools().with_columns(level=codes, sector=None))
    told = {one.text: one.letter for one in found.entries.values()}
    assert told == {"2": "2", "6": "6", "3": "3", "ES": "ES"}


def _only(invented, measure, pairs):
    """Released tables that tell of a measure some ways alone."""
    table = next(one for key, one in invented.tables.items() if key[0] == measure)
    line = next(table.filter(status="shown", band="all", year="2023-24").iter_rows(named=True))
    rows = [
        {**line, "unit": unit, "to": aim, "value": value, "bound": None}
        for unit, aim, value in pairs
    ]
    some = pl.DataFrame(rows, schema=table.schema)
    return Released(
        {key: some if key[0] == measure else one for key, one in invented.tables.items()},
        invented.hexagons,
    )


@pytest.mark.parametrize("name", ["flows", "distance", "gaps-matrix"])
def test_maps_by_areas_name_which_areas(drawing, name):
    assert "· Wards ·" in drawing(name, areas="wards").subtitle


@pytest.mark.parametrize(
    ("ways", "said"),
    [
        (
            [("P1", "P1", 60.0), ("P1", "other", 20.0), ("P2", "P2", 15.0), ("P2", "P1", 25.0)],
            " 62% of students attend school in their home area.",
        ),
        ([("P1", "P1", 60.0), ("P1", "P2", 20.0), ("P2", "other", 40.0)], ""),
    ],
)
def test_who_stays_is_told_where_the_number_of_every_area_is(riverbend, ways, said):
    definition = read_definition(FOLDER / "flows.toml")
    some = _only(released(definition, riverbend.reference), "flows", ways)
    made = draw(definition, Choice(band="all", year="2023-24"), riverbend.reference, some)
    assert made.frame.district == f"Flows shown: 1.{said}"


def test_a_school_of_right_among_the_others_is_not_without_data(riverbend):
    definition = read_definition(FOLDER / "zone-destinations.toml")
    zone = riverbend.reference.zones().filter(set_id="elementary")["zone_id"][0]
    some = _only(
        released(definition, riverbend.reference), "zone_destinations", [(zone, "other", 42.0)]
    )
    made = draw(
        definition, Choice(zone=zone, band="all", year="2023-24"), riverbend.reference, some
    )
    receivers = next(one for one in made.layers if one.id == "receivers")
    assert [one.states["to"].label for one in receivers.features] == ["withheld"]
    assert "Fewer than 10 students" in made.frame.district
    rest = (
        "42 attend the zoned school or schools that have fewer than 10 students of this zone each."
    )
    assert rest in made.frame.district
    assert made.rows[0].cells[1].startswith("All other schools, including the zoned school")


@pytest.mark.parametrize("name", ["ratings", "utilisation", "access", "participation"])
def test_legends_tell_how_large_so_many_seats_are_drawn(drawing, riverbend, name):
    made = drawing(name)
    sized = [one for one in made.legend if one.text.endswith(" seats")]
    assert len(sized) == 2
    seats = {int(one.text.split()[0].replace(",", "")): one.size for one in sized}
    layer = next(one for one in made.layers if one.most_seats)
    known = riverbend.reference.schools().rows_by_key("id", named=True, unique=True)
    drawn = [(known[one.id]["capacity"], one.size) for one in layer.features]
    for n, size in seats.items():
        assert 0 < n <= layer.most_seats
        assert all((capacity > n) == (radius > size) for capacity, radius in drawn if capacity != n)
    assert {one.text for one in sized} <= set(svg_texts(format_of("svg").write(made)))
    assert not [one for one in drawing("trend").legend if one.text.endswith(" seats")]


def test_a_picture_tells_how_many_labels_had_no_room(drawing):
    made = drawing("zone-edges")
    printed = " ".join(svg_texts(format_of("svg").write(made, "figure")))
    with drawing_settings():
        planned = planned_map(made, layout_of(made, "figure"))
    unprinted = planned.labels.missing
    assert (f"Labels that do not fit: {unprinted}." in printed) == (unprinted > 0)
    assert not [
        one
        for one in svg_texts(format_of("svg").write(drawing("quality-seats")))
        if "without room" in one
    ]


@pytest.mark.parametrize("year", ["2020-21", "2021-22", "2022-23", "2023-24"])
def test_seats_and_enrolment_are_those_of_the_year(drawing, riverbend, year):
    then = riverbend.reference.seats().filter(year=year)
    known = {
        one: row for one, *row in then.select("school_id", "capacity", "enrollment").iter_rows()
    }
    made = drawing("utilisation", year=year)
    at = {one.id: place for place, one in enumerate(made.columns)}
    for row in made.rows[:-1]:
        seats, enrolled = known[row.id]
        assert (row.cells[at["seats"]].number, row.cells[at["enrolled"]].number) == (
            seats,
            enrolled,
        )
        assert row.cells[at["used"]].number == pytest.approx(enrolled / seats, abs=6e-4)
    whole = then["enrollment"].sum() / then["capacity"].sum()
    assert made.rows[-1].cells[at["used"]].number == pytest.approx(whole, abs=6e-4)
    ratings = drawing("ratings", year=year)
    names = [one.id for one in ratings.columns]
    assert ratings.rows[-1].cells[names.index("enrolled")].number == then["enrollment"].sum()


def test_a_school_that_is_closed_in_the_year_is_on_no_map_of_it(riverbend, monkeypatch):
    last = pl.when(pl.col("id") == "0101").then(pl.lit("2021-22")).otherwise(None)
    closed = riverbend.reference.schools().with_columns(last_year=last)
    monkeypatch.setattr(type(riverbend.reference), "schools", lambda _: closed)
    definition = read_definition(FOLDER / "ratings.toml")
    shown = {}
    for year in ("2021-22", "2022-23"):
        made = draw(
            definition,
            Choice(year=year),
            riverbend.reference,
            released(definition, riverbend.reference),
        )
        shown[year] = {row.id for row in made.rows}
    assert shown["2021-22"] - shown["2022-23"] == {"0101"}


def test_enrolment_of_another_year_that_no_file_tells_is_no_data(riverbend, monkeypatch):
    monkeypatch.setattr(type(riverbend.reference), "seats", lambda one: one._seats.clear())
    definition = read_definition(FOLDER / "utilisation.toml")
    tables = released(definition, riverbend.reference)
    status = {
        year: draw(definition, Choice(year=year), riverbend.reference, tables)
        .rows[0]
        .cells[-1]
        .status
        for year in ("2022-23", "2023-24")
    }
    assert status == {"2022-23": "no_data", "2023-24": "shown"}


@pytest.mark.parametrize("band", ["K-5", "6-8", "all"])
def test_seats_of_a_building_are_shared_out_over_its_grades(drawing, riverbend, band):
    grades = riverbend.reference.info.bands.get(band, GRADES)
    good = whole = 0.0
    schools = riverbend.reference.schools().rows_by_key("id", named=True, unique=True)
    rated = dict(
        riverbend.reference.ratings()
        .filter(year="2023-24")
        .select("school_id", "label")
        .iter_rows()
    )
    for school, seats in (
        riverbend.reference.seats()
        .filter(year="2023-24")
        .select("school_id", "capacity")
        .iter_rows()
    ):
        served = grade_range(schools[school]["low_grade"], schools[school]["high_grade"])
        mine = seats * len(set(served) & set(grades)) / len(served)
        whole += mine
        good += mine * (rated.get(school) in ("A", "B"))
    assert (
        drawing("ratings", band=band, year="2023-24").frame.district
        == f"District: {100 * good / whole:.1f}% of seats are in quality schools"
    )
    used = drawing("utilisation", band=band, year="2023-24")
    names = [one.id for one in used.columns]
    assert used.rows[-1].cells[names.index("seats")].number == round(whole)


def test_flows_count_the_schools_of_the_grades(drawing):
    told = {band: dict(drawing("flows", band=band).facts)["Schools"] for band in ("all", "9-12")}
    assert told == {"all": "60", "9-12": dict(drawing("ratings", band="9-12").facts)["Schools"]}


def test_a_figure_names_the_date_of_its_files(drawing):
    told = dict(drawing("ratings").facts)
    assert told["Count date"].endswith("2023-10-02")
    assert told["Source"] == "Invented by geoservice.demo"


def test_a_trend_says_the_districts_value_in_each_year(drawing):
    said = drawing("trend").alternative
    assert re.search(r"District by year: 2022-23 \S+, 2023-24 \S+\.$", said)


def test_residents_tell_the_districts_students_per_square_mile(drawing):
    made = drawing("residents")
    dense = made.rows[-1].cells[-1]
    assert dense.number is not None
    assert f"{dense.text} students per square mile" in made.frame.district


def test_a_legend_without_schools_does_not_name_them(drawing, riverbend):
    titles = {
        drawing("quality-seats", areas="planning", area=one).legend_title
        for one in riverbend.reference.areas().filter(set_id="planning")["area_id"]
    }
    assert titles == {"Quality schools by rating; size by seats", "Also shown"}
