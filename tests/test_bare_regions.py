"""Maps of regions that have little: many schools, schools far outside, points alone, one house."""

import io
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import polars as pl
import pytest
import shapely
from released import drawn
from town import Town, degrees

from geoservice.cartography.compose.compose import draw
from geoservice.cartography.definition.definition_files import read_definition
from geoservice.cartography.figure.choice import Choice
from geoservice.cartography.figure.released import Released
from geoservice.cartography.picture.picture import drawing_settings, figure_of
from geoservice.model.layers import SCHOOLS
from geoservice.model.shipped import shipped_folder
from geoservice.reference.snapshot import Reference
from geoservice.region.build import build_snapshot

FOLDER = shipped_folder("maps")

GRADES = {
    "E": ["KG", "01", "02", "03", "04", "05"],
    "M": ["06", "07", "08"],
    "H": ["09", "10", "11", "12"],
}
LEVELS = {"E": "elementary", "M": "middle", "H": "high"}


def schools_at(places):
    """Schools of the three levels in turn, metres from the town's origin."""
    rows = []
    for number, (x, y) in enumerate(places):
        lon, lat = degrees(x, y)
        level = "EMH"[number % 3]
        rows.append(
            {
                "id": f"{level}{number}",
                "name": f"School {number}",
                "grades": GRADES[level],
                "level": LEVELS[level],
                "low_grade": GRADES[level][0],
                "high_grade": GRADES[level][-1],
                "lon": lon,
                "lat": lat,
            }
        )
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


def marks_of(drawing):
    """The elements of an SVG picture's marks, each with its attributes."""
    content = io.BytesIO()
    with drawing_settings():
        figure_of(drawing, "landscape").savefig(content, format="svg")
    root = ElementTree.fromstring(content.getvalue().decode())
    (group,) = (element for element in root.iter() if element.get("id", "").startswith("marks"))
    return [*group.iter()][1:]


def test_letters_of_very_many_schools_are_outlines(tmp_path):
    places = [(x * 50.0, y * 50.0) for x in range(18) for y in range(-9, 9)]
    drawing = drawn(zoned(tmp_path, places), "reference")
    assert {"E", "M", "H"} <= {entry.letter for entry in drawing.legend}
    marks = marks_of(drawing)
    assert not [mark for mark in marks if mark.tag.endswith("text")]
    # A halo, a mark and the outline of its letter.
    assert len([mark for mark in marks if mark.tag.endswith(("path", "use"))]) >= 3 * len(places)


def test_letters_of_schools_outside_the_frame_are_cut_off(tmp_path):
    drawing = drawn(zoned(tmp_path, [(500, 0), (500, -900), (500, -5000)]), "reference")
    clips = [mark.get("clip-path") for mark in marks_of(drawing) if mark.get("clip-path")]
    texts = [mark for mark in marks_of(drawing) if mark.tag.endswith("text")]
    assert {text.text for text in texts} <= {"E", "M", "H"}
    assert 1 <= len(texts) <= 3
    assert len(clips) >= 3 * len(texts), len(clips)


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
    layers = replace(
        layers,
        info=bare,
        schools=schools_at(schools),
        ratings=layers.ratings.clear(),
        areas=layers.areas.clear(),
        area_polygons=layers.area_polygons[:0],
    )
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


def test_the_reference_map_shows_the_address_points_of_a_region_without_streets(tmp_path):
    places = [(x, y) for x in range(0, 3000, 100) for y in (0, 1500)]
    drawing = plain(pointed(tmp_path, places), "reference")
    (layer,) = [one for one in drawing.layers if one.id == "streets"]
    assert layer.title == "Address points"
    assert drawing.frames[0].district == "District: no schools"
    marks = layer.shapes.array
    assert len(marks) == len(places)
    west, south, east, north = shapely.total_bounds(marks)
    assert (west, south) == pytest.approx(degrees(0, 0), abs=3e-4)
    assert (east, north) == pytest.approx(degrees(2900, 1500), abs=3e-4)
