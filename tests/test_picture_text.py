"""Words of still pictures: whole, within the page, not parted from their signs."""

import html
import re
from functools import partial

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from released import drawn

from geoservice.cartography.formats import format_of
from geoservice.cartography.picture.picture import drawing_settings, figure_of
from geoservice.geometry.projection import Projection
from geoservice.model.shipped import shipped_folder

FOLDER = shipped_folder("maps")

MAPS = sorted(path.stem for path in FOLDER.glob("*.toml"))
DPI = 150
EDGE_INCH = 0.4


@pytest.fixture(scope="module")
def drawing(riverbend):
    return partial(drawn, riverbend.reference)


def lines(content):
    found = re.findall(r"<text[^>]*>(.*?)</text>", content.decode(), re.S)
    return [html.unescape(re.sub(r"<[^>]+>", "", one)).strip() for one in found]


@pytest.mark.parametrize("size", ["slide", "letter", "landscape", "figure", "square"])
@pytest.mark.parametrize("name", MAPS)
def test_words_are_whole_and_lie_within_the_margins(drawing, name, size):
    made, edge = drawing(name, lang="es"), 0.06 if size == "figure" else EDGE_INCH
    with drawing_settings():
        figure = figure_of(made, size)
        figure.set_dpi(DPI)
        canvas = FigureCanvasAgg(figure)
        page = figure.axes[0]
        texts = [one for one in page.texts if one.get_text()]
        assert not [one.get_text() for one in texts if one.get_text().endswith("…")]
        for one in texts:
            box = one.get_window_extent(canvas.get_renderer())
            assert box.x1 / DPI <= figure.get_size_inches()[0] - edge + 0.02, one.get_text()
        title = [one.get_text() for one in texts if one.get_fontweight() == "bold"]
    if size != "figure":
        assert made.title in (title[0], f"{title[0]} {title[1]}")


def test_the_gaps_matrix_tells_its_colours_and_what_is_no_number(drawing):
    words = lines(format_of("svg").write(drawing("gaps-matrix"), "landscape"))
    assert "up to 20%" in words
    assert "over 80%" in words
    assert "withheld to protect privacy" in words


@pytest.mark.parametrize("size", ["slide", "letter", "landscape", "figure", "square"])
@pytest.mark.parametrize("name", ["residents", "trend", "zone-destinations"])
def test_arrow_and_scale_bar_lie_beside_the_region(drawing, name, size):
    made = drawing(name)
    west, south, east, north = made.bounds
    x, y = Projection(made.metric_crs).to_metres(
        np.array([west, east, west, east]), np.array([south, south, north, north])
    )
    with drawing_settings():
        charts = figure_of(made, size).axes[1:]
    # Of several maps the one of the oldest year alone has them.
    assert charts
    for chart in charts[:1]:
        backs = [one.get_extents().extents for one in chart.patches if one.get_zorder() == 6.5]
        boxes = [chart.transData.inverted().transform(one.reshape(2, 2)) for one in backs]
        assert len(boxes) == 2
        for (left, bottom), (right, top) in boxes:
            assert right < x.min() or left > x.max() or top < y.min() or bottom > y.max()
            assert right < chart.get_xlim()[1]
