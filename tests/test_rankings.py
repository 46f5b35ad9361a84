"""Ranked bars beside a choropleth: the order, the axis, the district's line, and the link to the map."""

import re

import httpx
import pytest
from accessibility import violations
from playwright.sync_api import expect
from released import PLANTED, drawn

from geoservice.cartography.figure.cells import AT_LEAST, SHOWN, SUPPRESSED, Value
from geoservice.cartography.figure.ranking import RankedUnit, Ranking, axis, ranked
from geoservice.cartography.page.page import map_page

WITHHELD = Value(SUPPRESSED, None, "withheld")


def unit(name, number, status=SHOWN):
    return RankedUnit(name.lower(), name, Value(status, number, str(number)), "c0")


def ranking(units, district, low, high):
    return Ranking("Share", ranked(units), Value(SHOWN, district, str(district)), "", low, high)


def test_the_highest_comes_first_and_units_without_a_number_last():
    units = [unit("B", 0.2), unit("A", 0.2), RankedUnit("c", "C", WITHHELD, ""), unit("D", 0.7)]
    assert [one.name for one in ranked(units)] == ["D", "A", "B", "C"]


def test_bars_begin_at_zero_also_where_values_are_below_it():
    values = [Value(SHOWN, number, "") for number in (-100.0, 300.0)]
    assert axis(values) == (-100.0, 300.0)
    bars = ranking([unit("A", -100.0), unit("B", 300.0)], 100.0, *axis(values))
    assert bars.bar(unit("A", -100.0)) == (0.0, 0.25)
    assert bars.bar(unit("B", 300.0)) == (0.25, 1.0)
    assert bars.line == 0.5
    assert axis([Value(SHOWN, 0.0, "0")]) == (0.0, 1.0)


def test_a_bound_of_the_district_has_no_line():
    bars = Ranking("Share", (unit("A", 0.5),), Value(AT_LEAST, 0.95, "≥ 95%"), "", 0.0, 1.0)
    assert bars.line is None


def test_the_sum_of_all_areas_is_no_line_among_them(riverbend):
    ranking_of_gaps = drawn(riverbend.reference, "service-gap").frame.ranking
    assert ranking_of_gaps.line is None
    numbers = [one.value.number for one in ranking_of_gaps.units if one.value.number is not None]
    assert ranking_of_gaps.high == max(0, *numbers)
    assert drawn(riverbend.reference, "quality-seats").frame.ranking.line is not None


def test_each_choropleth_has_bars_of_all_its_units_and_hides_what_is_withheld(riverbend):
    for name in ("quality-seats", "participation", "trend", "distance", "service-gap"):
        drawing = drawn(riverbend.reference, name)
        ids = [one.id for layer in drawing.layers if layer.id == "units" for one in layer.features]
        for frame in drawing.frames:
            assert sorted(one.id for one in frame.ranking.units) == sorted(ids)
        text = map_page(drawing).html
        assert f"{PLANTED:,.0f}" not in text
        shown = re.search(r'<ol class="ranked.*?</ol>', text, re.S)[0]
        assert shown.count("<li>") == len(ids)


def test_years_that_are_compared_share_one_axis(riverbend):
    drawing = drawn(riverbend.reference, "trend")
    assert len({(frame.ranking.low, frame.ranking.high) for frame in drawing.frames}) == 1
    for frame in drawing.frames:
        assert frame.year in frame.ranking.title


@pytest.fixture
def opened(server, page):
    def open_map(path):
        httpx.get(f"{server.url}/maps/{path}", timeout=600).raise_for_status()
        page.goto(f"{server.url}/maps/{path}", timeout=120_000)
        page.wait_for_selector("body[data-ready]", timeout=60_000)
        return page

    return open_map


def test_hover_and_focus_link_bars_and_map_in_both_directions(opened):
    page = opened("quality-seats")
    rows = page.locator("#ranking button")
    expect(rows).to_have_count(6)
    rows.nth(5).hover()
    expect(page.locator("path.unit.linked")).to_have_count(1)
    assert (
        page.locator("path.unit.linked")
        .get_attribute("aria-label")
        .startswith(rows.nth(5).locator(".unit").inner_text())
    )
    page.mouse.move(0, 0)
    expect(page.locator("path.unit.linked")).to_have_count(0)
    page.locator('path.unit[tabindex="0"]').focus()
    linked = page.locator("#ranking button.linked")
    expect(linked).to_have_count(1)
    assert (
        page.locator("path:focus")
        .get_attribute("aria-label")
        .startswith(linked.locator(".unit").inner_text())
    )
    assert violations(page) == []


def test_the_keyboard_walks_the_bars_and_opens_a_card(opened):
    page = opened("quality-seats")
    rows = page.locator("#ranking button")
    rows.first.focus()
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    name = rows.nth(1).locator(".unit").inner_text()
    page.keyboard.press("Enter")
    expect(page.locator(".leaflet-popup .card strong")).to_have_text(name)


def test_many_bars_are_large_enough_to_hit_and_have_no_fault(opened):
    page = opened("participation")
    heights = page.locator("#ranking button").evaluate_all(
        "rows => rows.map((row) => row.getBoundingClientRect().height)"
    )
    assert len(heights) > 14
    assert min(heights) >= 24
    assert violations(page) == []


def test_the_bars_follow_the_measure(opened):
    page = opened("distance")
    page.get_by_label("Mean distance to school").check()
    expect(page.locator("#ranking h2")).to_have_text("Mean distance to school")


def test_without_scripts_the_bars_are_a_list(server, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server.url}/maps/quality-seats", timeout=120_000)
    expect(page.locator("#ranking li")).to_have_count(6)
    expect(page.locator("#ranking .district-key")).to_have_text(re.compile("District: "))
    context.close()


_SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


@pytest.mark.parametrize("width", [1400, 390])
@pytest.mark.parametrize("name", ["quality-seats", "participation", "trend", "gaps-matrix"])
def test_the_page_stays_where_it_is_while_bars_and_panel_are_filled(opened, page, name, width):
    page.set_viewport_size({"width": width, "height": 844})
    page.add_init_script(_SHIFTS)
    opened(name)
    page.wait_for_timeout(300)
    assert page.evaluate("window.shifted") < 0.05
