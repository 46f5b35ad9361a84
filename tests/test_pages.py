"""Map pages in a real browser, with no network but the service itself."""

import itertools
import os
import re
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from accessibility import violations
from playwright.sync_api import expect
from released import released

from geoservice.cartography.compose.compose import draw
from geoservice.cartography.definition.definition_files import read_definition
from geoservice.cartography.figure.choice import Choice
from geoservice.cartography.formats import format_of
from geoservice.cartography.page.page import file_page
from geoservice.model.shipped import shipped_folder

FOLDER = shipped_folder("maps")

MAPS = sorted(path.stem for path in FOLDER.glob("*.toml"))
LOOKS = list(itertools.product(("en", "es"), ("light", "dark", "print")))
AUDITED = (("en", "light"), ("es", "dark"), ("en", "print"))
HOSTILE = "</script><img src=x onerror=alert(1)>{{7*7}}${alert(1)}`\u202e{% for %}"


@pytest.fixture(scope="module")
def served(server):
    """The service, whose release of the demo's students is made: the pages' own time is judged."""
    httpx.get(f"{server.url}/maps/participation", timeout=600).raise_for_status()
    return server


@pytest.fixture
def opened(served, page):
    """Open a map and wait until it is drawn."""

    def open_map(path):
        page.goto(f"{served.url}/maps/{path}", timeout=120_000)
        page.wait_for_selector("body[data-ready]", timeout=60_000)
        return page

    return open_map


@pytest.fixture
def as_file(riverbend, page, tmp_path):
    """Open a figure of invented released tables as a file from disk."""

    def open_file(name, **choice):
        definition = read_definition(FOLDER / f"{name}.toml")
        tables = released(definition, riverbend.reference, Choice(**choice))
        drawing = draw(definition, Choice(**choice), riverbend.reference, tables)
        path = tmp_path / f"{name}.html"
        path.write_text(file_page(drawing), "utf-8")
        page.goto(f"file://{path}")
        page.wait_for_selector("body[data-ready]")
        return page

    return open_file


def clean(page, allowed):
    assert page.faults == []
    assert [url for url in page.asked if not url.startswith((allowed, "data:", "blob:"))] == []


@pytest.mark.parametrize("name", MAPS)
def test_every_map_opens_clean_in_both_languages_and_three_themes(as_file, name):
    for lang, theme in LOOKS:
        page = as_file(name, lang=lang, theme=theme)
        clean(page, "file://")
        assert page.locator("html").get_attribute("lang") == lang
        assert page.locator(".leaflet-container path, .leaflet-container .point").count() > 0
        assert page.locator("#panel .legend li, #panel .district").count() >= 1
        if (lang, theme) in AUDITED:
            assert violations(page) == []


@pytest.mark.parametrize(
    "path", ["ratings", "quality-seats?lang=es&theme=dark", "zone-edges", "participation"]
)
def test_a_served_map_asks_no_other_host_and_paints_within_a_second(opened, served, path):
    policy = httpx.get(f"{served.url}/maps/{path}", timeout=60).headers["content-security-policy"]
    page = opened(path)
    clean(page, served.url)
    scripts = next(one for one in policy.split("; ") if one.startswith("script-src"))
    assert "unsafe" not in scripts
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    assert painted < 1000


def test_cards_open_on_hover_and_click(as_file):
    page = as_file("quality-seats")
    shape = page.locator(".leaflet-units-pane path, path.unit").first
    box = shape.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert page.locator(".card-tip strong").first.inner_text()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert "District" in page.locator(".leaflet-popup .card").inner_text()


def test_the_keyboard_alone_walks_the_map_and_opens_cards(as_file):
    page = as_file("quality-seats")
    first = page.locator('path.unit[tabindex="0"]').first
    first.focus()
    said = first.get_attribute("aria-label")
    page.keyboard.press("ArrowRight")
    now = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert now != said
    page.keyboard.press("Enter")
    assert page.locator(".leaflet-popup .card strong").inner_text() == now.split(". ")[0]
    page.keyboard.press("Escape")
    page.wait_for_selector(".leaflet-popup", state="detached")
    page.keyboard.press("Home")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == said


def test_downloads_show_the_measure_that_the_page_shows(opened):
    page = opened("distance")
    page.get_by_label("Mean distance to school").check()
    links = page.locator("#downloads a").evaluate_all("all => all.map((one) => one.href)")
    assert links
    assert all("view=mean_miles" in one for one in links)
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert "view=mean_miles" in page.locator("#downloads a").first.get_attribute("href")


def test_names_do_not_lie_on_the_edges_that_the_map_is_about(as_file):
    page = as_file("zone-edges")
    covered = """() => {
      const names = [...document.querySelectorAll(".value-label span")].map((one) => one.getBoundingClientRect());
      const over = (x, y) => names.some((box) => x > box.left && x < box.right && y > box.top && y < box.bottom);
      return [names.length, [...document.querySelectorAll("path.edge")].filter((path) => {
        const [frame, length] = [path.getScreenCTM(), path.getTotalLength()];
        return [...Array(200).keys()].some((at) => {
          const point = path.getPointAtLength((at / 199) * length).matrixTransform(frame);
          return over(point.x, point.y);
        });
      }).length];
    }"""
    names, hidden = page.evaluate(covered)
    assert names > 5
    assert hidden == 0


def test_a_school_is_found_by_its_name_and_the_link_remembers(as_file, riverbend):
    page = as_file("ratings")
    name = riverbend.reference.schools()["name"][3]
    page.fill("#school-search", name)
    page.press("#school-search", "Enter")
    assert page.locator(".leaflet-popup .card strong").inner_text() == name
    page.reload()
    page.wait_for_selector(".leaflet-popup .card")
    assert page.locator(".leaflet-popup .card strong").inner_text() == name
    page.fill("#school-search", "no such school")
    page.press("#school-search", "Enter")
    assert page.locator(".search [role=status]").first.inner_text()


def test_the_year_slider_changes_numbers_and_stands_in_the_link(as_file):
    page = as_file("trend")
    before = page.locator(".legends .district").inner_text()
    page.locator("#year-slider").focus()
    page.keyboard.press("Home")
    assert page.locator(".years output").inner_text() == "2022-23"
    assert "2022-23" in page.evaluate("decodeURIComponent(location.hash)")
    assert page.locator(".legends .district").inner_text() != before
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert page.locator(".years output").inner_text() == "2022-23"


def test_one_measure_at_a_time_and_the_legend_follows(as_file):
    page = as_file("distance")
    title = page.locator(".legends h3").first.inner_text()
    page.locator('#panel input[type="radio"]').nth(1).check()
    assert page.locator(".legends h3").first.inner_text() != title
    page.locator("#panel .layers input").first.uncheck()
    assert page.locator(".legends h3", has_text="miles").count() == 0
    assert "off=units" in page.evaluate("location.hash")


def test_bars_by_rating_stand_in_the_legend_with_any_measure_or_layer(as_file):
    page = as_file("distance")
    lines = page.locator(".legends li.barred")
    told = [lines.nth(at).locator("b").inner_text() for at in range(lines.count())]
    assert len(told) == 6
    assert told[4] == "withheld"
    assert page.locator(".bars").count() == 0  # They stand under the map where no script runs.
    page.locator('#panel input[type="radio"]').nth(1).check()
    page.locator("#panel .layers label", has_text="Schools").locator("input").uncheck()
    assert lines.count() == 6
    width = lines.locator(".bar").evaluate_all(
        "bars => bars.map((one) => one.getBoundingClientRect().width)"
    )
    assert width[4] == 0
    assert max(width) > 60
    clean(page, "file://")


def test_two_years_stand_side_by_side_and_move_together(as_file):
    page = as_file("trend")
    page.locator("#compare").select_option(index=1)
    page.wait_for_selector("body[data-compared]")
    page.locator(".leaflet-control-zoom-in").click()
    page.wait_for_timeout(600)
    scales = page.evaluate(
        "[...document.querySelectorAll('.leaflet-container')].map((one) => one.querySelector('path.unit').getBoundingClientRect().width)"
    )
    assert len(scales) == 2
    assert abs(scales[0] - scales[1]) < 2
    clean(page, "file://")


def test_another_year_beside_has_the_same_classes_until_it_is_closed(opened):
    page = opened("service-gap?year=2023-24")
    classes = page.locator("#panel .legends").first.locator("ul").first
    own = classes.inner_text()
    fills = "[...document.querySelectorAll('.pane:not(.second) path.unit')].map((one) => one.getAttribute('fill'))"
    before = page.evaluate(fills)
    page.locator("#compare").select_option("year:2022-23")
    page.wait_for_selector("body[data-compared]")
    assert page.locator(".legends.other ul").first.inner_text() == classes.inner_text()
    assert "same classes as 2022-23" in page.locator("#panel .legends h3").first.inner_text()
    assert "beside=2022-23" in page.locator("#downloads a").first.get_attribute("href")
    page.locator("#compare").select_option("")
    expect(page.locator(".legends.other")).to_have_count(0)
    assert classes.inner_text() == own
    assert page.evaluate(fills) == before
    assert "beside" not in page.locator("#downloads a").first.get_attribute("href")


def test_two_years_beside_each_other_have_marks_and_bars_of_one_scale(opened):
    page = opened("distance?year=2023-24")
    page.locator("#compare").select_option("year:2022-23")
    page.wait_for_selector("body[data-compared]")
    page.wait_for_selector(".legends.other .bar")
    marks = "(pane) => Math.max(...[...document.querySelectorAll(pane + ' .point svg')].map((one) => one.clientWidth))"
    assert page.evaluate(marks, ".pane.second") == page.evaluate(marks, ".pane:not(.second)")
    scale = """(legend) => [...document.querySelectorAll(legend + ' li.barred')].filter((one) => Number(one.querySelector('b').innerText))
        .map((one) => parseFloat(one.querySelector('.bar').style.width) / Number(one.querySelector('b').innerText))"""
    found = page.evaluate(scale, "#panel")
    assert len(found) == len(page.evaluate(scale, ".legends.other")) * 2
    assert max(found) - min(found) < 0.01 * max(found)
    told = page.locator(".pane h2, .legends.other h2").all_inner_texts()
    assert told == [
        f"Median distance to school · {year}" for year in ("2023-24", "2022-23", "2022-23")
    ]


def test_a_second_map_is_fetched_to_compare_with(opened, served):
    page = opened("ratings#compare=map%3Azone-edges")
    page.wait_for_selector("body[data-compared]")
    assert page.locator(".leaflet-container").count() == 2
    clean(page, served.url)


def test_full_screen_and_my_area(as_file, riverbend):
    page = as_file("reference")
    page.get_by_role("button", name="Full screen").click()
    page.wait_for_function("document.fullscreenElement !== null")
    page.evaluate("document.exitFullscreen()")
    page.wait_for_function("document.fullscreenElement === null")
    before = page.locator("path.outline").first.bounding_box()["width"]
    page.locator("#area-zoom").select_option(index=1)
    page.wait_for_timeout(400)
    assert page.locator("path.outline").first.bounding_box()["width"] > before


def test_tables_sort_by_any_heading_with_the_district_last(as_file):
    page = as_file("quality-seats")
    page.locator("thead button").nth(1).click()
    numbers = [
        float(one)
        for one in page.locator(
            "tbody tr:not(.district) td:nth-child(2)[data-number]"
        ).evaluate_all("all => all.map(one => one.dataset.number)")
    ]
    assert numbers == sorted(numbers)
    assert page.locator("thead th").nth(1).get_attribute("aria-sort") == "ascending"
    page.locator("thead button").nth(1).click()
    assert page.locator("thead th").nth(1).get_attribute("aria-sort") == "descending"
    assert page.locator("tbody tr").last.get_attribute("class") == "district"


def test_the_page_works_on_a_phone(browser, served):
    page = browser.new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.goto(f"{served.url}/maps/ratings")
    page.wait_for_selector("body[data-ready]")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator(".point").first.tap()
    assert page.locator(".leaflet-popup .card strong").inner_text()
    page.close()


def test_choices_change_the_page_and_stand_in_its_address(opened):
    page = opened("ratings")
    page.locator('#choices select[name="band"]').select_option("6-8")
    page.wait_for_url("**band=6-8*")
    page.wait_for_selector("body[data-ready]")
    assert "6-8" in page.locator(".subtitle").inner_text()
    assert "chosen" not in page.url
    expect(page.locator('#choices select[name="band"]')).to_be_focused()


def test_the_measure_stays_when_anything_else_is_chosen(opened):
    page = opened("distance")
    measure = page.locator("#panel input[name=view]:checked + span")
    page.get_by_label("Mean distance to school").check()
    page.locator("#panel .layers input").first.uncheck()
    for name, value in (("areas", "wards"), ("year", "2022-23"), ("band", "6-8"), ("lang", "es")):
        page.locator(f"#choices select[name={name}]").select_option(value)
        page.wait_for_url(f"**{name}={value}*")
        page.wait_for_selector("body[data-ready]")
        assert "mean_miles" in page.url.partition("#")[0]
    assert measure.inner_text() == "Media de la distancia a la escuela"
    assert not page.locator("#panel .layers input").first.is_checked()
    assert "view=mean_miles" in page.locator("#downloads a").first.get_attribute("href")
    page.locator("#panel input[name=view]").nth(1).check()
    page.locator("#choices select[name=theme]").select_option("dark")
    page.wait_for_url("**theme=dark*")
    page.wait_for_selector("body[data-ready]")
    assert measure.inner_text() != "Media de la distancia a la escuela"


def test_without_scripts_the_form_keeps_the_measure(served):
    text = httpx.get(f"{served.url}/maps/distance?view=mean_miles", timeout=60).text
    assert '<input type="hidden" name="view" value="mean_miles">' in text


def test_another_place_is_shown_whole_and_the_same_place_as_it_was(opened):
    page = opened("ratings")
    page.locator(".zoom .leaflet-control-zoom-in").click()
    expect(page).to_have_url(re.compile("at="))
    page.locator("#choices select[name=theme]").select_option("dark")
    page.wait_for_url("**theme=dark*")
    page.wait_for_selector("body[data-ready]")
    assert "at=" in page.url
    page.locator("#choices select[name=area]").select_option(index=1)
    page.wait_for_url("**area=*")
    page.wait_for_selector("body[data-ready]")
    assert "at=" not in page.url


def test_another_year_beside_shows_the_measure_that_is_chosen(opened):
    page = opened("distance")
    page.get_by_label("Mean distance to school").check()
    page.locator("#compare").select_option("year:2022-23")
    second = page.locator(".pane.second h2")
    second.wait_for()
    assert "Mean distance to school" in second.inner_text()
    page.locator("#panel input[name=view]").nth(0).check()
    expect(page.locator(".pane h2").first).not_to_contain_text("Mean")
    expect(second).not_to_contain_text("Mean")
    expect(page.locator(".pane.second")).to_have_count(1)
    assert page.faults == []


def test_a_year_beside_may_be_closed_while_its_layers_load(opened):
    page = opened("distance")
    held = []
    asks = re.compile(r"/layers/.*[?&]year=2022-23")

    def hold(route):
        held.append(route)

    page.route(asks, hold)
    with page.expect_request(asks):
        page.locator("#compare").select_option("year:2022-23")
    page.locator(".pane.second .leaflet-map-pane").wait_for(state="attached")
    page.locator("#compare").select_option("")
    expect(page.locator(".pane.second")).to_have_count(0)
    with page.expect_event("requestfinished", lambda asked: asked == held[0].request):
        for route in held:
            route.continue_()
    page.wait_for_timeout(300)
    expect(page.locator(".legends.other")).to_have_count(0)
    assert page.faults == []


@pytest.mark.parametrize("ending", ["png", "svg", "pdf", "csv", "xlsx", "geojson", "gpkg", "html"])
def test_every_form_is_served_with_a_name_and_an_etag(served, ending):
    answer = httpx.get(f"{served.url}/maps/ratings.{ending}", timeout=60)
    assert answer.status_code == 200
    assert "public" in answer.headers["content-disposition"]
    again = httpx.get(
        f"{served.url}/maps/ratings.{ending}", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304


@pytest.mark.parametrize(
    "path",
    [
        "ratings.exe",
        "ratings.png?size=huge",
        "ratings?lang=xx",
        "ratings?theme=pink",
        "zones?zone=nope",
        "school-draw?school=nope",
        "ratings?view=nope",
        "ratings/layers/nope.geojson",
        "ratings?students=nope",
        "../maps?f=xml",
        "../maps?lang=fr",
        "../?map=nope",
    ],
)
def test_what_cannot_be_chosen_is_a_problem_detail(served, path):
    answer = httpx.get(f"{served.url}/maps/{path}", timeout=60)
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_alternative_text_stands_under_the_map(opened):
    assert "35.7%" in opened("ratings").locator(".alternative").inner_text()


def test_hostile_names_run_in_no_form(tmp_path, town, page):
    long = "W" * 500
    town.street("Oak St", left="101-199")
    town.zone(HOSTILE, (0, 0, 200, 200))
    town.zone(long, (200, 0, 400, 200))
    town.zone("=cmd|' /C calc'!A0", (400, 0, 600, 200))
    reference = town.reference(tmp_path)
    alerts = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    for name in MAPS:
        definition = read_definition(FOLDER / f"{name}.toml")
        drawing = draw(definition, Choice(), reference, released(definition, reference))
        (tmp_path / f"{name}.html").write_text(file_page(drawing), "utf-8")
        page.goto(f"file://{tmp_path}/{name}.html")
        page.wait_for_selector("body[data-ready]")
        assert alerts == []
        assert page.faults == []
        assert page.locator("img").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
        svg = format_of("svg").write(drawing).decode()
        assert "<img" not in svg
        assert "\u202e" not in svg
        told = [drawing.subtitle, drawing.alternative, *(one.district for one in drawing.frames)]
        assert "\u202e" not in "".join(told)  # It would turn the numbers that follow.
        assert "\n=cmd" not in format_of("csv").write(drawing).decode()
    page.goto(f"file://{tmp_path}/zones.html")
    page.wait_for_selector("body[data-ready]")
    assert HOSTILE in page.locator("table").inner_text()


def test_long_names_in_a_legend_keep_to_the_panel(riverbend, page, tmp_path):
    definition = read_definition(FOLDER / "ratings.toml")
    made = draw(
        definition, Choice(), riverbend.reference, released(definition, riverbend.reference)
    )
    legend = tuple(replace(one, text="W" * 300) for one in made.legend)
    bars = tuple(("W" * 300, value) for _, value in made.bars)
    (tmp_path / "long.html").write_text(file_page(replace(made, legend=legend, bars=bars)), "utf-8")
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(f"file://{tmp_path}/long.html")
        page.wait_for_selector("body[data-ready]")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_file_opens_with_no_network_and_is_small(riverbend, browser, tmp_path):
    path = Path(tmp_path) / "ratings.html"
    riverbend.map("ratings", areas="planning").save(path)
    assert os.path.getsize(path) < 1_500_000
    context = browser.new_context(offline=True)
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"file://{path}")
    page.wait_for_selector("body[data-ready]")
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    context.close()


def test_a_link_leads_to_the_very_place_with_its_school_found(opened):
    at = "42.06000%2C-93.40000%2C13"
    page = opened(f"distance#at={at}&school=Plover+Elementary&frame=mean_miles%402023-24")
    page.wait_for_selector(".leaflet-popup .card")
    page.wait_for_timeout(600)  # A zoom that is animated would have ended.
    assert f"at={at}" in page.url
    middle = page.evaluate("map_1.getCenter().lat.toFixed(3) + ' ' + map_1.getZoom()")
    assert middle == "42.060 13"


def test_cards_on_hover_are_as_wide_as_their_words(as_file):
    page = as_file("quality-seats")
    box = page.locator("path.unit").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    shown = page.locator(".card-tip").bounding_box()
    assert shown["width"] > 120


LAID = """() => {
  const box = (one) => one.getBoundingClientRect().toJSON();
  const map = box(document.querySelector(".folium-map"));
  const labels = [...document.querySelectorAll(".value-label span")].map((one) => ({ text: one.textContent, ...box(one) }));
  const marks = [...document.querySelectorAll(".point svg")].map(box);
  const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  return {
    count: labels.length,
    beyond: labels.filter((one) => one.left < map.left || one.right > map.right || one.top < map.top || one.bottom > map.bottom).map((one) => one.text),
    together: labels.filter((one, at) => labels.some((other, place) => place < at && meet(one, other))).map((one) => one.text),
    covering: labels.filter((one) => marks.some((other) => meet(one, other))).map((one) => one.text),
  };
}"""


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["reference", "zones", "zone-edges", "utilisation"])
def test_names_lie_on_no_school_on_no_other_and_not_beyond_the_map(as_file, page, name, width):
    page.set_viewport_size({"width": width, "height": 844})
    laid = as_file(name).evaluate(LAID)
    assert (laid["beyond"], laid["together"], laid["covering"]) == ([], [], [])
    assert laid["count"] > 0 or width == 390


@pytest.mark.parametrize("name", ["participation", "residents", "flows", "distance"])
def test_numbers_lie_on_no_other_and_not_beyond_the_map(as_file, page, name):
    page.set_viewport_size({"width": 390, "height": 844})
    opened = as_file(name)
    for _ in range(2):
        laid = opened.evaluate(LAID)
        assert (laid["beyond"], laid["together"]) == ([], [])
        assert laid["count"] > 3
        opened.locator(".leaflet-control-zoom-in").click()
        opened.wait_for_timeout(500)


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["participation", "distance", "quality-seats"])
def test_no_printed_value_covers_the_letter_of_a_school(as_file, page, name, width):
    page.set_viewport_size({"width": width, "height": 844})
    covered = as_file(name).evaluate("""() => {
        const box = (one) => one.getBoundingClientRect();
        const letters = [...document.querySelectorAll('.point .mark-letter')].map(box);
        return [...document.querySelectorAll('.value-label span')].filter((one) => letters.some((letter) =>
            letter.left < box(one).right && box(one).left < letter.right && letter.top < box(one).bottom && box(one).top < letter.bottom))
            .map((one) => one.innerText);
    }""")
    assert covered == []


def test_values_without_room_are_counted_and_fewer_when_zoomed_in(as_file, page):
    page.set_viewport_size({"width": 390, "height": 844})
    opened = as_file("utilisation")
    shown, printed = opened.locator(".unprinted"), opened.locator(".value-label:not(.context)")
    missing = int(re.search(r"\d+", shown.inner_text())[0])
    assert missing > 0
    assert missing + printed.count() == opened.locator(".point").count()
    opened.locator("#panel summary").click()
    opened.get_by_label("Labels", exact=True).uncheck()
    expect(shown).to_be_hidden()
    opened.get_by_label("Labels", exact=True).check()
    opened.locator(".leaflet-control-zoom-in").click()
    opened.wait_for_timeout(500)
    assert int((re.search(r"\d+", shown.text_content()) or [0])[0]) < missing


def test_a_phone_shows_the_map_without_empty_bands(as_file, page):
    page.set_viewport_size({"width": 390, "height": 844})
    opened = as_file("quality-seats")
    seen = opened.locator(".folium-map").bounding_box()
    tops = [
        one["y"] for one in (shape.bounding_box() for shape in opened.locator("path.unit").all())
    ]
    assert min(tops) - seen["y"] < 0.15 * seen["height"]


def test_schools_of_one_site_stand_side_by_side_on_the_page(as_file, page):
    page.set_viewport_size({"width": 1280, "height": 844})
    opened = as_file("ratings")
    hidden = """() => {
      const boxes = [...document.querySelectorAll(".point")].map((one) => one.getBoundingClientRect());
      const middles = boxes.map((one) => [one.x + one.width / 2, one.y + one.height / 2, one.width / 2 - 1]);
      return middles.filter(([x, y, r], at) => middles.some(([a, b, s], place) => place < at && Math.hypot(a - x, b - y) < 0.85 * (r + s))).length;
    }"""
    assert opened.evaluate(hidden) == 0
    opened.locator(".leaflet-control-zoom-in").click()
    opened.wait_for_timeout(500)
    assert opened.evaluate(hidden) == 0


@pytest.mark.parametrize("width", [390, 1280])
def test_paper_shows_all_of_the_map_and_the_screen_is_as_before(as_file, page, width):
    page.set_viewport_size({"width": width, "height": 900})
    opened = as_file("quality-seats")
    before = opened.evaluate("[map_1.getCenter().lat, map_1.getZoom(), location.hash]")
    opened.evaluate("dispatchEvent(new Event('beforeprint'))")
    opened.emulate_media(media="print")
    seen = opened.locator(".folium-map").bounding_box()
    for one in opened.locator("path.unit").all():
        box = one.bounding_box()
        assert box["x"] >= seen["x"]
        assert box["x"] + box["width"] <= seen["x"] + seen["width"]
        assert box["y"] + box["height"] <= seen["y"] + seen["height"]
    assert opened.evaluate("document.querySelector('#stage').scrollWidth") <= 718
    opened.emulate_media(media="screen")
    opened.evaluate("dispatchEvent(new Event('afterprint'))")
    assert opened.evaluate("[map_1.getCenter().lat, map_1.getZoom(), location.hash]") == before


def test_paper_is_white_in_the_dark_theme_and_keeps_the_colours_of_cells(as_file):
    page = as_file("gaps-matrix", theme="dark")
    page.emulate_media(media="print")
    looks = "(one) => { const { color, backgroundColor, printColorAdjust } = getComputedStyle(one); return [color, backgroundColor, printColorAdjust]; }"
    ink, ground, _ = page.locator("body").evaluate(looks)
    assert (ink, ground) == ("rgb(0, 0, 0)", "rgb(255, 255, 255)")
    assert page.locator("td[data-key]").first.evaluate(looks)[2] == "exact"


def test_names_of_bars_are_read_on_paper(as_file):
    page = as_file("distance")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    names = "[...document.querySelectorAll('#panel li.barred > span:not(.track)')].map((one) => one.clientWidth)"
    assert min(page.evaluate(names)) >= 60


def test_a_map_is_whole_in_another_size_until_somebody_moves_it(as_file, page):
    opened = as_file("quality-seats")
    inside = """() => { const map = document.querySelector('.folium-map').getBoundingClientRect();
        return [...document.querySelectorAll('path.unit')].map((one) => one.getBoundingClientRect())
            .every((one) => one.left >= map.left && one.right <= map.right && one.bottom <= map.bottom); }"""
    for width in (390, 844):
        page.set_viewport_size({"width": width, "height": 700})
        page.wait_for_timeout(500)
        assert opened.evaluate(inside)
    opened.locator(".leaflet-control-zoom-in").click()
    opened.wait_for_timeout(600)
    zoom = opened.evaluate("location.hash").rpartition("%2C")[2]
    page.set_viewport_size({"width": 1280, "height": 700})
    page.wait_for_timeout(500)
    assert opened.evaluate("location.hash").rpartition("%2C")[2] == zoom


def test_every_year_of_a_trend_can_stand_beside_every_other(as_file):
    page = as_file("trend")
    offered = page.locator("#compare option").evaluate_all("all => all.map((one) => one.value)")
    years = page.evaluate(
        "JSON.parse(document.getElementById('geoservice-figure').textContent).frames.map((one) => one.id)"
    )
    assert {f"frame:{one}" for one in years} <= set(offered)


def test_without_scripts_a_picture_stands_in_the_maps_place(served, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{served.url}/maps/ratings?band=K-5&theme=dark", timeout=120_000)
    picture = page.locator("img.still")
    assert "/maps/ratings.png?" in picture.get_attribute("src")
    assert "theme=dark" in picture.get_attribute("src")
    assert picture.evaluate("(one) => one.decode().then(() => one.naturalWidth)") > 1000
    assert not page.locator(".folium-map").is_visible()
    context.close()


def test_a_framed_map_on_a_phone_wastes_no_room(served, page):
    page.set_viewport_size({"width": 390, "height": 1600})
    made = httpx.post(f"{served.url}/v1/embeds", json={"map": "zones"}, timeout=60).json()
    page.goto(made["url"])
    page.wait_for_selector("body[data-ready]")
    assert page.locator(".folium-map").bounding_box()["height"] < 340


def test_labels_keep_clear_of_the_buttons(as_file):
    page = as_file("utilisation")
    page.evaluate("map_1.setZoom(map_1.getZoom() + 1, { animate: false })")
    under = page.evaluate("""() => {
      const zoom = document.querySelector('.zoom').getBoundingClientRect();
      return [...document.querySelectorAll('.value-label span')].map((one) => one.getBoundingClientRect())
        .filter((one) => one.left < zoom.right && zoom.left < one.right && one.top < zoom.bottom && zoom.top < one.bottom).length;
    }""")
    assert under == 0


def test_a_choice_with_a_long_name_keeps_to_the_page(opened):
    page = opened("zone-destinations")
    page.evaluate(
        "document.querySelector('#choices select[name=zone]').add(new Option('W'.repeat(500)))"
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
