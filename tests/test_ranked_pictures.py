"""Pictures have the ranked bars, and of several years the district's line, where there is room."""

import html
import re

from released import drawn

from geoservice.cartography.picture.picture import svg


def texts(drawing, size):
    found = re.findall(r"<text[^>]*>(.*?)</text>", svg(drawing, size).decode(), re.S)
    return [html.unescape(re.sub(r"<[^>]+>", "", one)).strip() for one in found]


def test_a_letter_page_of_a_choropleth_names_its_areas_in_their_order(riverbend):
    drawing = drawn(riverbend.reference, "quality-seats")
    ranking = drawing.frame.ranking
    said = texts(drawing, "landscape")
    start = next(place for place, line in enumerate(said) if line and ranking.title.endswith(line))
    shown = [unit.name for unit in ranking.units if unit.name in said[start:]]
    places = [said.index(name, start) for name in shown]
    assert len(shown) >= 4
    assert places == sorted(places)
    assert shown[0] == ranking.units[0].name


def test_a_picture_of_several_years_has_the_districts_value_of_each(riverbend):
    drawing = drawn(riverbend.reference, "trend")
    said = texts(drawing, "letter")
    start = said.index("District by year")
    frames = sorted(drawing.frames, key=lambda frame: frame.year)
    for frame in frames:
        assert frame.year in said[start:]
        assert frame.ranking.district.text in said[start:]
    assert said.count("N") == 1


def test_a_picture_of_one_year_has_no_line_of_years(riverbend):
    assert "District by year" not in texts(drawn(riverbend.reference, "quality-seats"), "letter")
