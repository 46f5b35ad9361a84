"""Small maps of the years: each tells its year and the district's value, and chooses the year."""

import re

import pytest
from accessibility import violations
from playwright.sync_api import expect
from released import YEARS, drawn

from geoservice.cartography.page.years import years_html


@pytest.fixture
def opened(server, page):
    page.goto(f"{server.url}/maps/trend", timeout=600_000)
    page.wait_for_selector("body[data-ready]", timeout=60_000)
    return page


def test_each_year_has_a_map_with_the_colours_of_its_frame(riverbend):
    drawing = drawn(riverbend.reference, "trend")
    section = years_html(drawing)
    assert re.findall(r'data-year="([^"]+)"', section) == list(YEARS)
    layer = next(one for one in drawing.layers if one.id == "units")
    frames = sorted(drawing.frames, key=lambda frame: frame.year)
    for frame, item in zip(frames, section.split("<li>")[1:], strict=True):
        colours = {entry.key: entry.colour for entry in frame.legend if not entry.hatch}
        keys = [feature.states[frame.id].key for feature in layer.features]
        fills = re.findall(r'fill="([^"]+)"', item)
        assert len(fills) == len(keys)
        assert [fill for fill in fills if fill.startswith("#")] == [
            colours[key] for key in keys if key in colours
        ]
        assert frame.district in item


def test_maps_of_one_year_have_no_small_maps(riverbend):
    assert years_html(drawn(riverbend.reference, "quality-seats")) == ""


def test_a_small_map_chooses_the_year_of_the_large_map(opened):
    buttons = opened.locator("#years button")
    expect(buttons).to_have_count(4)
    expect(opened.locator("#years .district-line")).to_have_count(1)
    expect(buttons.nth(3)).to_have_attribute("aria-current", "true")
    buttons.nth(1).click()
    expect(buttons.nth(1)).to_have_attribute("aria-current", "true")
    expect(opened.locator("#years [aria-current]")).to_have_count(1)
    expect(opened.locator("#panel .years output")).to_have_text("2021-22")
    expect(opened.locator(".finding")).to_contain_text("From 2020-21 to 2021-22")
    expect(opened.locator("#panel p.district")).to_contain_text("District, 2021-22: ")
    assert opened.locator("#stage .leaflet-control-scale").count() == 1
    assert violations(opened) == []
