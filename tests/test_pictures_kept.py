"""Pictures and reports draw again from what is kept: what is drawn is the same as if nothing were."""

import pickle
from functools import partial

import numpy as np
import pytest
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from released import drawn, released

from geoservice.cartography.definition.definition_files import read_definition
from geoservice.cartography.figure.choice import Choice
from geoservice.cartography.figure.context import streets
from geoservice.cartography.figure.ground import ground
from geoservice.cartography.figure.layers import Shapes
from geoservice.cartography.figure.released import Released
from geoservice.cartography.formats import format_of
from geoservice.cartography.picture import line as picture_line
from geoservice.cartography.picture import shapes as picture_shapes
from geoservice.cartography.picture import streets as picture_streets
from geoservice.cartography.picture.picture import drawing_settings
from geoservice.cartography.picture.type import Words
from geoservice.model.settings import Settings
from geoservice.model.shipped import shipped_folder
from geoservice.service.maps import Maps

FOLDER = shipped_folder("maps")

SAID = ("Office of Áreas: 12% · n < 10", "VA To AVATAR fi ffl", "two\nlines", "−3 ≥ 4 … é ñ")


@pytest.fixture(scope="module")
def drawing(riverbend):
    return partial(drawn, riverbend.reference)


def forget():
    """As in a new process."""
    for one in (picture_line._MEASURES, picture_streets._IMAGES):
        one.clear()
    for one in (
        picture_shapes.in_metres,
        picture_shapes.lines_of,
        picture_shapes.stands,
    ):
        one.cache_clear()


def pixels(kind, **looks):
    figure = Figure(figsize=(4, 3), dpi=96)
    for at, said in enumerate(SAID):
        text = kind(
            0.11 + at / 50,
            0.13 + at / 5,
            said,
            transform=figure.transFigure,
            fontsize=9 + at,
            **looks,
        )
        figure.add_artist(text)
    made = FigureCanvasAgg(figure)
    made.draw()
    return np.array(made.buffer_rgba())


@pytest.mark.parametrize(
    "looks",
    [
        {},
        {"ha": "center", "bbox": {"facecolor": "#ffffff"}},
        {"fontweight": "bold", "ha": "right"},
        {"rotation": 30, "va": "center"},
    ],
)
def test_texts_that_are_kept_are_drawn_to_the_pixel_as_matplotlib_draws_them(looks):
    with drawing_settings():
        usual = pixels(Text, **looks)
        first, again = (pixels(Words, **looks) for _ in range(2))
    assert (usual != 255).any()
    np.testing.assert_array_equal(first, usual)
    np.testing.assert_array_equal(again, usual)


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
@pytest.mark.parametrize("name", ["zones", "flows", "trend", "gaps-matrix"])
def test_a_picture_has_the_same_bytes_whatever_was_drawn_before(drawing, name, ending):
    made = drawing(name)
    forget()
    first = format_of(ending).write(made)
    format_of(ending).write(drawing("ratings"))
    assert format_of(ending).write(made) == first


def test_shapes_go_to_another_process_once_and_unchanged(riverbend):
    definition = read_definition(FOLDER / "zones.toml")
    one, two = (
        streets(ground(definition, Choice(band=band), riverbend.reference, Released())).shapes
        for band in ("", "K-5")
    )
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

    def table(self, measure, reference, choice):
        self.asked += 1
        return self.tables[measure, choice.areas]


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
