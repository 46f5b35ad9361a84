"""All pages of the service in a browser: WCAG 2.2 AA, targets, and no scrolling to the side.

The walk opens each page in one language, theme and width in turn; ``LOOKS=all`` opens it in each
of them, which takes many minutes.
"""

import itertools
import os

import httpx
import pytest
from accessibility import cut_at_twice_the_text, small_targets, violations
from conftest import Server
from html_pages import html_pages

CHOSEN = os.environ.get("LOOKS", "some")
pytestmark = pytest.mark.slow
WIDTHS = {1400: 24, 768: 24, 390: 44}
"""Widths of screens in pixels, and the least height of a target there."""
LEAST_OF_ALL, SWAGGER = 24, "/docs"
"""The page of the interface is Swagger's own: its targets follow WCAG's least size alone."""
LOOKS = [
    (lang, theme, width) for lang, theme in (("en", "light"), ("es", "dark")) for width in WIDTHS
]
IN_TURN = [LOOKS[number] for number in (0, 4, 2, 3, 1, 5)]
"""Neighbors differ in all three, so that few pages meet all of them."""


@pytest.fixture(scope="module")
def site(home, riverbend):
    running = Server(home, "demo", "--no-browser", environ={"GEOSERVICE_FINDER": "riverbend"})
    yield running
    running.stop()


@pytest.fixture(scope="module")
def addresses(site):
    """All pages with their looks; the release is computed before a page waits for it."""
    with httpx.Client(base_url=site.url, timeout=600) as opened:
        opened.get("/maps/participation").raise_for_status()
        embeds = [embedded(opened, name) for name in ("zones", "residents", "service-gap")]
        pages = html_pages(opened, embeds)
    if CHOSEN == "all":
        return [(page, look) for page in pages for look in LOOKS]
    return list(zip(pages, itertools.cycle(IN_TURN), strict=False))


@pytest.fixture(scope="module")
def screens(browser):
    """A page of each width; the narrow one is a phone."""
    contexts = {
        width: browser.new_context(
            viewport={"width": width, "height": 844}, has_touch=width < 500, is_mobile=width < 500
        )
        for width in WIDTHS
    }
    yield {width: context.new_page() for width, context in contexts.items()}
    for context in contexts.values():
        context.close()


def embedded(opened, name):
    """Return the path of a signed link."""
    answer = opened.post("/v1/embeds", json={"map": name, "region": "riverbend"})
    return httpx.URL(answer.raise_for_status().json()["url"]).path


def test_no_page_has_a_fault_of_accessibility(site, addresses, screens):
    faults = {}
    for html_page, (lang, theme, width) in addresses:
        page = screens[width]
        path = html_page.shown_in(lang, theme)
        page.goto(site.url + path, timeout=120_000)
        if page.locator(".folium-map").count():
            page.wait_for_selector("body[data-ready]", timeout=60_000)
        seen = [
            *violations(page),
            *small_targets(page, LEAST_OF_ALL if path == SWAGGER else WIDTHS[width]),
            *sideways(page),
            *([] if path == SWAGGER else cut_at_twice_the_text(page)),
        ]
        if seen:
            faults[path, width] = seen
    assert faults == {}


def sideways(page):
    """Return the excess of a page that scrolls to the side."""
    excess = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [f"scrolls {excess} pixels to the side"] if excess > 0 else []


REACHED = """() => {
  const one = document.activeElement, look = getComputedStyle(one);
  const isRinged = parseFloat(look.outlineWidth) >= 2 && look.outlineStyle !== "none";
  const isShape = document.querySelectorAll("path.focus-ring").length > 0;
  one.dataset.reached = "true";
  return [one.tagName, isRinged || isShape, one.outerHTML.slice(0, 100)];
}"""
UNREACHED = """() => [...document.querySelectorAll("a[href], button, select, summary, input")]
  .filter((one) => one.checkVisibility() && one.getBoundingClientRect().width > 0)
  .filter((one) => one.type !== "radio" && !one.dataset.reached && one.tabIndex >= 0)
  .map((one) => one.outerHTML.slice(0, 100))"""
MOST_STOPS = 200


def tab_to(page, selector):
    """Press Tab until an element has the focus; each stop on the way shows the focus."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"Tab does not lead to {selector}")


@pytest.fixture
def map_page(site, screens):
    page = screens[1400]
    page.goto(f"{site.url}/maps/quality-seats?band=K-5", timeout=120_000)
    page.wait_for_selector("body[data-ready]", timeout=60_000)
    return page


def test_tab_reaches_every_control_of_a_map_shows_where_it_is_and_is_never_trapped(map_page):
    hidden = []
    for _ in range(MOST_STOPS):
        map_page.keyboard.press("Tab")
        tag, is_seen, html = map_page.evaluate(REACHED)
        if tag == "BODY":
            break
        hidden += [] if is_seen else [html]
    assert tag == "BODY"
    assert hidden == []
    assert map_page.evaluate(UNREACHED) == []


def test_the_main_job_is_done_with_the_keyboard_alone(site, screens):
    page = screens[1400]
    page.goto(f"{site.url}/maps", timeout=60_000)
    tab_to(page, 'main a[href*="/maps/quality-seats"]')
    page.keyboard.press("Enter")
    page.wait_for_selector("body[data-ready]", timeout=60_000)
    tab_to(page, "select[name=band]")
    page.keyboard.type("K-5")
    page.wait_for_url("**band=K-5*")
    page.wait_for_selector("body[data-ready]")
    tab_to(page, ".folium-map")
    before = page.evaluate("[map_1.getZoom(), map_1.getCenter().lng]")
    page.keyboard.press("+")
    page.wait_for_function("(zoom) => map_1.getZoom() > zoom", arg=before[0])
    page.wait_for_timeout(400)
    page.keyboard.press("ArrowRight")
    page.wait_for_function("(east) => map_1.getCenter().lng > east", arg=before[1])
    tab_to(page, "path.unit")
    page.keyboard.press("Enter")
    page.wait_for_selector(".leaflet-popup .card")
    page.keyboard.press("Escape")
    tab_to(page, "#downloads summary")
    page.keyboard.press("Enter")
    tab_to(page, '#downloads a[href*=".csv"]')
    with page.expect_download(timeout=60_000) as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename.endswith(".csv")
    tab_to(page, "thead th:nth-child(2) button")
    page.keyboard.press("Enter")
    assert page.locator("thead th").nth(1).get_attribute("aria-sort") == "ascending"
