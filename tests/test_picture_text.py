"""Words of still pictures: whole, within the page, not parted from their signs."""

import html
import re
from functools import partial

import numpy as np
import pytest
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from released import drawn

from geoservice.cartography.picture import drawing_settings, figure_of, picture
from geoservice.cartography.picture_labels import Label, placed
from geoservice.geometry.projection import Projection
from geoservice.service.maps import FOLDER

MAPS = sorted(path.stem for path in FOLDER.glob("*.toml"))
DPI = 150
EDGE_INCH = 0.4


@pytest.fixture(scope="module")
def drawing(riverbend):
    return partial(drawn, riverbend.reference)


def lines(content):
    found = re.findall(r"<text[^>]*>(.*?)</text>", content.decode(), re.S)
    return [html.unescape(re.sub(r"<[^>]+>", "", one)).strip() for one in found]


@pytest.mark.parametrize("size", ["slide", "portrait", "landscape"])
@pytest.mark.parametrize("name", MAPS)
def test_words_are_whole_and_lie_within_the_margins(drawing, name, size):
    made = drawing(name, lang="es")
    with drawing_settings():
        figure = figure_of(made, size)
        figure.set_dpi(DPI)
        canvas = FigureCanvasAgg(figure)
        page = figure.axes[0]
        texts = [one for one in page.texts if one.get_text()]
        assert not [one.get_text() for one in texts if one.get_text().endswith("…")]
        for one in texts:
            box = one.get_window_extent(canvas.get_renderer())
            assert box.x1 / DPI <= figure.get_size_inches()[0] - EDGE_INCH + 0.02, one.get_text()
        title = [one.get_text() for one in texts if one.get_fontweight() == "bold"]
    assert made.title in (title[0], f"{title[0]} {title[1]}")


def test_a_sign_is_not_parted_from_its_number():
    label = Label("≥ 96.4%", (50.0, 50.0), shapely.box(0, 0, 60, 100))
    texts = [text for text, *_ in placed([label], [], 100.0, (0, 100, 0, 100))]
    assert [one for one in texts if "\n" in one] == []


def test_what_is_measured_is_printed_before_the_names_around_it():
    name = Label(
        "North", (50.0, 50.0), shapely.box(0, 0, 100, 60), may_cover=False, is_context=True
    )
    value = Label("81.4%", (20.0, 50.0), radius=0.1)
    assert [text for text, *_ in placed([name, value], [], 100.0, (0, 100, 30, 70))] == ["81.4%"]


def test_the_gaps_matrix_tells_its_colours_and_what_is_no_number(drawing):
    words = lines(picture(drawing("gaps-matrix"), "svg", "landscape"))
    assert "up to 20.0%" in words
    assert "over 80.0%" in words
    assert "n < 10: suppressed to protect students" in words
    assert "no data" in words


@pytest.mark.parametrize("size", ["slide", "portrait", "landscape"])
@pytest.mark.parametrize("name", ["residents", "trend", "zone-destinations"])
def test_arrow_and_scale_bar_lie_beside_the_region(drawing, name, size):
    made = drawing(name)
    west, south, east, north = made.bounds
    x, y = Projection(made.metric_crs).to_metres(
        np.array([west, east, west, east]), np.array([south, south, north, north])
    )
    with drawing_settings():
        charts = figure_of(made, size).axes[1:]
    assert charts
    for chart in charts:
        backs = [one.get_extents().extents for one in chart.patches if one.get_zorder() == 6.5]
        boxes = [chart.transData.inverted().transform(one.reshape(2, 2)) for one in backs]
        assert len(boxes) == 2
        for (left, bottom), (right, top) in boxes:
            assert right < x.min() or left > x.max() or top < y.min() or bottom > y.max()
            assert right < chart.get_xlim()[1]
