"""Pictures and reports draw again from what is kept: what is drawn is the same as if nothing were."""

import io
import pickle
from functools import partial

import numpy as np
import pypdf
import pytest
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from released import drawn, released

from geoservice.cartography import picture_fonts, picture_shapes, picture_streets, picture_type
from geoservice.cartography.context import streets
from geoservice.cartography.definition import read_definition
from geoservice.cartography.figure import Choice, Shapes
from geoservice.cartography.ground import ground
from geoservice.cartography.picture import drawing_settings, figure_of, picture
from geoservice.cartography.picture_layout import THEMES, Box, Layout
from geoservice.cartography.picture_pdf import TaggedPdf
from geoservice.cartography.picture_text import Page
from geoservice.cartography.picture_type import Canvas, Words
from geoservice.cartography.released import Released
from geoservice.model.settings import Settings
from geoservice.service.maps import FOLDER, Maps

SAID = ("Office of Áreas: 12% · n < 10", "VA To AVATAR fi ffl", "two\nlines", "−3 ≥ 4 … é ñ")


@pytest.fixture(scope="module")
def drawing(riverbend):
    return partial(drawn, riverbend.reference)


def forget():
    """As in a new process."""
    for one in (picture_type._LAYOUTS, picture_fonts._FONTS, picture_streets._IMAGES):
        one.clear()
    for one in (picture_type._glyphs, picture_type.laid_out, picture_shapes.in_metres,
                picture_shapes.lines_of, picture_shapes.stands):  # fmt: skip
        one.cache_clear()


def pixels(kind, canvas, **looks):
    figure = Figure(figsize=(4, 3), dpi=96)
    for at, said in enumerate(SAID):
        text = kind(0.11 + at / 50, 0.13 + at / 5, said, transform=figure.transFigure, fontsize=9 + at, **looks)  # fmt: skip
        figure.add_artist(text)
    made = canvas(figure)
    made.draw()
    return np.array(made.buffer_rgba())


@pytest.mark.parametrize("looks", [{}, {"ha": "center", "va": "center", "linespacing": 1.15},
                                   {"fontweight": "bold", "ha": "right", "va": "top"}, {"rotation": 30}])  # fmt: skip
def test_texts_that_are_kept_are_drawn_to_the_pixel_as_matplotlib_draws_them(looks):
    with drawing_settings():
        usual = pixels(Text, FigureCanvasAgg, **looks)
        first, again = (pixels(Words, Canvas, **looks) for _ in range(2))
    assert (usual != 255).any()
    np.testing.assert_array_equal(first, usual)
    np.testing.assert_array_equal(again, usual)


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
@pytest.mark.parametrize("name", ["zones", "flows", "trend", "gaps-matrix"])
def test_a_picture_has_the_same_bytes_whatever_was_drawn_before(drawing, name, ending):
    made = drawing(name)
    forget()
    first = picture(made, ending)
    picture(drawing("ratings"), ending)
    assert picture(made, ending) == first


def text_page(pdf, words):
    box = Box(0.5, 0.5, 7.5, 10)
    page = Page(Figure(figsize=(8.5, 11)), Layout(8.5, 11, box, box, box, box, THEMES["print"]))
    for at, said in enumerate(words):
        page.write(0.5, 10 - at, said, 11, 7, tag=f"P/{at}")
    pdf.add(page.figure)


def test_a_pdf_holds_its_texts_as_text_with_fonts_that_were_cut_before():
    forget()
    contents = []
    for _ in range(2):
        with drawing_settings():
            pdf = TaggedPdf("en", {"CreationDate": None, "ModDate": None})
            text_page(pdf, SAID)
            contents.append(pdf.content())
    assert contents[0] == contents[1]
    read = pypdf.PdfReader(io.BytesIO(contents[1]), strict=True).pages[0].extract_text()
    for said in SAID:
        assert " ".join(said.split()) in " ".join(read.split())


def test_characters_beyond_the_usual_ones_make_a_font_of_their_own():
    forget()
    for words in (("plain",), ("plain again",), ("Ωmega",)):
        with drawing_settings():
            pdf = TaggedPdf("en", {"CreationDate": None, "ModDate": None})
            text_page(pdf, words)
            content = pdf.content()
        assert words[0] in pypdf.PdfReader(io.BytesIO(content)).pages[0].extract_text()
    assert len(picture_fonts._FONTS) == 2


def test_a_pdf_of_two_pages_holds_the_image_of_the_same_streets_once(drawing):
    with drawing_settings():
        pdf = TaggedPdf("en", {"CreationDate": None, "ModDate": None})
        for _ in range(2):
            pdf.add(figure_of(drawing("zones"), "portrait"), "a figure")
        content = pdf.content()
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    assert [len(page.images) for page in pages] == [1, 1]
    assert content.count(b"/SMask") == 1


def test_shapes_go_to_another_process_once_and_unchanged(riverbend):
    definition = read_definition(FOLDER / "zones.toml")
    one, two = (streets(ground(definition, Choice(band=band), riverbend.reference, Released())).shapes
                for band in ("", "K-5"))  # fmt: skip
    assert one is two
    sent, again = pickle.loads(pickle.dumps(one)), pickle.loads(pickle.dumps(one))
    assert sent is again
    assert shapely.equals_exact(sent.array, one.array).all()
    mixed = [
        shapely.Point(1, 2),
        shapely.MultiPoint([[1, 2], [3, 4]]),
        shapely.box(0, 0, 1, 1),
        shapely.MultiPolygon(),
    ]
    for shapes in (mixed, []):
        array = np.array(shapes, dtype=object)
        kept = pickle.loads(pickle.dumps(Shapes(lambda array=array: array))).array
        assert [one.wkt for one in kept] == [one.wkt for one in shapes]


class Counting:
    """Measures that count how often they are asked."""

    def __init__(self, tables):
        self.tables, self.asked = tables, 0

    def years(self, *_):
        return tuple(sorted({year for one in self.tables.values() for year in one["year"]}))

    def table(self, measure, reference, areas="", **_):
        self.asked += 1
        return self.tables[measure, areas]


def test_maps_of_another_area_ask_for_no_table_again(riverbend, home):
    definition = read_definition(FOLDER / "quality-seats.toml")
    asked = Counting(dict(released(definition, riverbend.reference, Choice()).tables))
    maps = Maps(Settings.read({"GEOSERVICE_HOME": str(home)}), asked)
    areas = riverbend.reference.areas()["area_id"].to_list()[:2]
    made = [maps.drawing("quality-seats", riverbend.reference, Choice(area=areas[0]))]
    before = asked.asked
    made.append(maps.drawing("quality-seats", riverbend.reference, Choice(area=areas[1])))
    assert before == asked.asked > 0
    assert made[0].title == made[1].title
    assert made[0].frame.district != made[1].frame.district
