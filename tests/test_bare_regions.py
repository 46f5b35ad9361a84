"""Maps of regions that have little: many schools, schools far outside, points alone, one house."""

from dataclasses import replace

import polars as pl
from matplotlib.collections import PathCollection
from released import drawn
from town import Town, degrees

from geoservice.cartography.picture import drawing_settings, figure_of
from geoservice.model.layers import SCHOOLS
from geoservice.reference.snapshot import Reference
from geoservice.region.build import build_snapshot

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
