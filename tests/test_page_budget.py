"""How a map behaves on a phone, at twice the size of text, and how many bytes it takes."""

import gzip
import re

import brotli
import httpx
import pytest
from accessibility import violations

MAIN_MAPS = ("ratings", "quality-seats", "zones", "participation", "trend", "service-gap")
MOST_BYTES = 400_000
TARGET_PX = 44


@pytest.fixture(scope="module")
def served(server):
    """The service, whose release of the demo's students is made."""
    httpx.get(f"{server.url}/maps/participation", timeout=600).raise_for_status()
    return server


@pytest.fixture
def phone(browser, served):
    """Open a map on a phone."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )

    def open_map(path):
        page = context.new_page()
        page.goto(f"{served.url}/maps/{path}", timeout=120_000)
        page.wait_for_selector("body[data-ready]", timeout=60_000)
        return page

    yield open_map
    context.close()


def sent(served, path):
    """Return the bytes on the wire of an answer, and its text."""
    coded = {"Accept-Encoding": "br, gzip"}
    with httpx.stream("GET", served.url + path, headers=coded, timeout=120) as answer:
        raw = b"".join(answer.iter_raw())
        coding = answer.headers.get("content-encoding", "")
    plain = {"br": brotli.decompress, "gzip": gzip.decompress}.get(coding, bytes)(raw)
    return len(raw), plain.decode("utf-8", "replace")


@pytest.mark.parametrize("name", MAIN_MAPS)
def test_a_page_its_scripts_and_its_layers_are_at_most_400_kilobytes(served, name):
    size, html = sent(served, f"/maps/{name}")
    linked = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', html))
    layers = set(re.findall(r'"url":"(/maps/[^"]+\.geojson[^"]*)"', html))
    assert linked
    assert layers
    total = size + sum(sent(served, path)[0] for path in linked | layers)
    assert total <= MOST_BYTES


@pytest.mark.parametrize("name", ["ratings", "quality-seats"])
def test_on_a_phone_the_map_comes_first_and_the_choices_are_folded(phone, name):
    page = phone(name)
    seen = page.locator(".folium-map").bounding_box()
    assert seen["y"] < 160
    assert seen["y"] + seen["height"] < 844
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert not page.locator("#choices select").first.is_visible()
    page.locator("summary", has_text="Grades, year").tap()
    assert page.locator("#choices select").first.is_visible()
    page.locator("#panel summary").tap()
    assert page.locator("#panel .layers").is_visible()


def test_targets_of_a_phone_are_44_pixels(phone):
    page = phone("ratings")
    for summary in page.locator("summary").all():
        summary.tap()
    small = page.evaluate(
        """(least) => [...document.querySelectorAll(
            "button, select, summary, #panel label:has(input), .leaflet-bar a, #downloads a")]
          .filter((one) => one.checkVisibility() && !one.hidden)
          .filter((one) => one.getBoundingClientRect().height < least - 0.5)
          .map((one) => one.outerHTML.slice(0, 120))""",
        TARGET_PX,
    )
    assert small == []
    assert violations(page) == []


def test_a_tap_near_a_school_opens_the_nearest_school(phone):
    page = phone("ratings")
    box = page.locator(".point").nth(5).bounding_box()
    name = page.locator(".point").nth(5).get_attribute("aria-label").split(". ")[0]
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert page.locator(".leaflet-popup .card strong").inner_text() == name
    page.keyboard.press("Escape")


def test_one_finger_scrolls_the_page_and_two_fingers_zoom_the_map(phone):
    page = phone("quality-seats")
    box = page.locator(".folium-map").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    finger = page.context.new_cdp_session(page)
    view = "[map_1.getZoom(), map_1.getCenter().lat.toFixed(4), window.scrollY]"

    def move(kind, *places):
        points = [{"x": a, "y": b, "id": number} for number, (a, b) in enumerate(places)]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        page.wait_for_timeout(30)

    before = page.evaluate(view)
    move("touchStart", (x, y))
    for step in range(1, 11):
        move("touchMove", (x, y - 15 * step))
    move("touchEnd")
    page.wait_for_timeout(400)
    after = page.evaluate(view)
    assert after[:2] == before[:2]
    assert after[2] > before[2] + 50
    page.evaluate("window.scrollTo(0, 0)")
    page.wait_for_timeout(200)
    move("touchStart", (x - 20, y), (x + 20, y))
    for step in range(1, 11):
        move("touchMove", (x - 20 - 6 * step, y), (x + 20 + 6 * step, y))
    move("touchEnd")
    page.wait_for_timeout(500)
    zoomed = page.evaluate(view)
    assert zoomed[0] > before[0] + 0.5
    assert zoomed[2] == 0


def test_zoom_and_pan_end_at_the_district(served, page):
    page.goto(f"{served.url}/maps/ratings", timeout=120_000)
    page.wait_for_selector("body[data-ready]")
    fit = page.evaluate("map_1.getZoom()")
    page.evaluate("map_1.setZoom(1, { animate: false })")
    assert page.evaluate("map_1.getZoom()") >= fit - 0.5
    page.evaluate("map_1.setView([10, 10], 14, { animate: false })")
    page.wait_for_timeout(300)
    inside = "map_1.getBounds().intersects(L.latLngBounds(map_1.options.maxBounds))"
    assert page.evaluate(inside)
    assert page.evaluate("map_1.getCenter().lat") > 41


def test_full_screen_can_be_left_by_the_same_button(served, page):
    page.goto(f"{served.url}/maps/ratings", timeout=120_000)
    page.wait_for_selector("body[data-ready]")
    page.get_by_role("button", name="Full screen", exact=True).click()
    page.wait_for_function("document.fullscreenElement !== null")
    page.get_by_role("button", name="Exit full screen").click()
    page.wait_for_function("document.fullscreenElement === null")
    assert page.get_by_role("button", name="Full screen", exact=True).is_visible()


def test_at_twice_the_size_nothing_is_cut(served, page):
    page.set_viewport_size({"width": 640, "height": 450})  # 1280 x 900 at 200%.
    page.goto(f"{served.url}/maps/quality-seats", timeout=120_000)
    page.wait_for_selector("body[data-ready]")
    assert page.evaluate("document.documentElement.scrollWidth") <= 640
    assert page.locator(".folium-map").bounding_box()["height"] > 200
    assert violations(page) == []


def test_the_focus_of_the_keyboard_is_seen_on_any_colour(served, page):
    page.goto(f"{served.url}/maps/quality-seats", timeout=120_000)
    page.wait_for_selector("body[data-ready]")
    page.locator('path.unit[tabindex="0"]').first.focus()
    page.keyboard.press("ArrowRight")
    rings = page.locator("path.focus-ring")
    assert rings.count() == 2
    widths = rings.evaluate_all("all => all.map((one) => getComputedStyle(one).strokeWidth)")
    assert widths == ["8px", "4px"]
    page.keyboard.press("Tab")
    assert rings.count() == 0
