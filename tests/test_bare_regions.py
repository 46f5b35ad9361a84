"""Maps of regions that have little: many schools, schools far outside, points alone, one house."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from matplotlib.collections import PathCollection
from released import drawn
from town import Town, degrees

from geoservice.cartography.compose import draw
from geoservice.cartography.definition import read_definition
from geoservice.cartography.figure import Choice
from geoservice.cartography.picture import drawing_settings, figure_of
from geoservice.cartography.released import Released
from geoservice.model.layers import SCHOOLS
from geoservice.reference.snapshot import Reference
from geoservice.region.build import build_snapshot
from geoservice.service.maps import FOLDER

GRADES = {"E": ["KG", "01", "02", "03", "04", "05"], "M": ["06", "07", "08"],
          "H": ["09", "10", "11", "12"]}  # fmt: skip
LEVELS = {"E": "elementary", "M": "middle", "H": "high"}


def schools_at(places):
    """Schools of the three levels in turn, metres from the town's origin."""
    rows = []
    for number, (x, y) in enumerate(places):
        lon, lat = degrees(x, y)
        level = "EMH"[number % 3]
        rows.append({"id": f"{level}{number}", "name": f"School {number}", "grades": GRADES[level],
                     "level": LEVELS[level], "low_grade": GRADES[level][0], "high_grade": GRADES[level][-1],
                     "lon": lon, "lat": lat})  # fmt: skip
    return pl.DataFrame(rows, schema=SCHOOLS)


def opened(layers, folder):
    build_snapshot(layers, folder / "snapshot", "bare")
    return Reference(folder / "snapshot")


def zoned(folder, places):
    town = Town()
    town.street("Oak St", "1-99", "2-98")
    town.zone("Z", (0, -500, 1000, 500))
    return opened(replace(town.layers(), schools=schools_at(places)), folder)


def charts_of(drawing):
    with drawing_settings():
        return figure_of(drawing, "landscape").axes[1:]


def test_letters_of_very_many_schools_are_single_letters(tmp_path):
    places = [(x * 50.0, y * 50.0) for x in range(18) for y in range(-9, 9)]
    drawing = drawn(zoned(tmp_path, places), "reference")
    assert {"E", "M", "H"} <= {entry.letter for entry in drawing.legend}
    (chart,) = charts_of(drawing)
    marks = [one.get_paths()[0] for one in chart.collections if isinstance(one, PathCollection)]
    sizes = [path.get_extents().size for path in marks if len(path.vertices)]
    assert len(sizes) >= 9
    assert max(width / height for width, height in sizes) < 1.5


def test_letters_of_schools_outside_the_frame_are_cut_off(tmp_path):
    drawing = drawn(zoned(tmp_path, [(500, 0), (500, -900), (500, -5000)]), "reference")
    (chart,) = charts_of(drawing)
    letters = [one for one in chart.texts if one.get_text() in GRADES]
    assert len(letters) == 3
    assert all(one.get_clip_on() and one.get_clip_box() is not None for one in letters)


def plain(reference, name):
    """A map of a region without students."""
    return draw(read_definition(FOLDER / f"{name}.toml"), Choice(), reference, Released())


def pointed(folder, places, schools=()):
    """A region of address points alone, metres from the town's origin."""
    town = Town()
    for number, (x, y) in enumerate(places):
        town.point(str(number + 1), "Oak St", x, y)
    layers = town.layers()
    bare = replace(layers.info, area_sets=())
    layers = replace(layers, info=bare, schools=schools_at(schools), ratings=layers.ratings.clear(),
                     areas=layers.areas.clear(), area_polygons=layers.area_polygons[:0])  # fmt: skip
    return opened(layers, folder)


def bar_of(chart):
    """Kilometres that the scale bar names, and its length on the map."""
    (bar,) = chart.lines
    (text,) = [words.get_text() for words in chart.texts if " mi " in words.get_text()]
    named_km = float(text.split("(")[1].split(" km")[0])
    return named_km, float(np.ptp(bar.get_xdata())) / 1000


@pytest.mark.parametrize("name", ["reference", "zones", "ratings"])
@pytest.mark.parametrize("wide_m", [0, 1, 30, 800, 30_000, 400_000])
def test_points_alone_make_a_frame_with_a_true_scale_bar(tmp_path, wide_m, name):
    corners = [(0, 0), (wide_m, wide_m)]
    drawing = plain(pointed(tmp_path, corners, [(wide_m / 2, 0)]), name)
    west, south, east, north = drawing.bounds
    for lon, lat in (degrees(*corner) for corner in corners):
        assert west <= lon <= east
        assert south <= lat <= north
    (chart,) = charts_of(drawing)
    named_km, drawn_km = bar_of(chart)
    assert drawn_km == pytest.approx(named_km, rel=0.06)
    assert 0.06 < drawn_km * 1000 / np.ptp(chart.get_xlim()) < 0.3
    assert np.ptp(chart.get_xlim()) < max(3 * wide_m, 1500)


def test_schools_without_a_place_leave_the_frame_to_the_points(tmp_path):
    reference = pointed(tmp_path, [(0, 0), (900, 900)])
    west, south, east, north = plain(reference, "reference").bounds
    assert (west, south) == pytest.approx(degrees(0, 0), abs=1e-4)
    assert (east, north) == pytest.approx(degrees(900, 900), abs=1e-4)
