"""Pages of maps keep their layout while scripts fill them, on desktops and on phones."""

import httpx
import pytest

from benchmarks.pages import SCREENS, maps_of, shifts_of

MOST_SHIFT = 0.05
"""Sum of the layout shifts of a page (Cumulative Layout Shift), half of what browsers call good."""


@pytest.fixture(scope="module")
def map_ids(server):
    """All maps; the release of the demo's students is made."""
    httpx.get(f"{server.url}/maps/participation", timeout=600).raise_for_status()
    return maps_of(server.url)


@pytest.mark.parametrize("kind", list(SCREENS))
def test_the_layout_of_no_map_page_shifts(browser, server, map_ids, kind):
    shifts = {}
    for map_id in map_ids:
        context = browser.new_context(**SCREENS[kind])
        page = context.new_page()
        page.goto(f"{server.url}/maps/{map_id}", timeout=120_000)
        shifts[map_id] = shifts_of(page)
        context.close()
    assert len(shifts) > 20
    assert {map_id: shift for map_id, shift in shifts.items() if shift > MOST_SHIFT} == {}


def test_maps_side_by_side_have_their_places_before_scripts_run(browser, server, map_ids):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server.url}/maps/scenario", timeout=120_000)
    assert page.locator("#stage.comparing .pane").count() == 2
    assert page.locator("#stage .still").is_visible()
    assert not page.locator(".awaited").is_visible()
    context.close()


def test_maps_side_by_side_stay_together_when_their_room_goes_and_comes_back(
    browser, server, map_ids
):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{server.url}/maps/scenario", timeout=120_000)
    page.wait_for_selector("body[data-compared]", timeout=60_000)
    places = """() => ["#map_1", ".other-map"].map((name) => {
      const box = document.querySelector(name).getBoundingClientRect();
      return [...document.querySelectorAll(`${name} .point`)].slice(0, 9).map((point) => {
        const { x, y } = point.getBoundingClientRect();
        return [Math.round(x - box.x), Math.round(y - box.y)];
      });
    })"""
    for size in ({"width": 1, "height": 1}, {"width": 1280, "height": 900}):
        page.set_viewport_size(size)
        page.wait_for_timeout(600)
    first, second = page.evaluate(places)
    page.close()
    assert len({y for _, y in first}) > 3
    assert first == second


def test_a_sentence_about_both_maps_is_told_once(browser, server, map_ids):
    page = browser.new_page()
    page.goto(f"{server.url}/maps/scenario", timeout=120_000)
    page.wait_for_selector("body[data-compared]", timeout=60_000)
    sentences = page.locator("#finding span").all_inner_texts()
    page.close()
    assert len(sentences) == 1
    assert sentences[0][0].isdigit()
