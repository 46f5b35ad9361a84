"""The workspace's tab Plan as planners use it, in a real browser over the grid of blocks and the demo."""

import io
import re

import geopandas
import numpy as np
import polars as pl
import pytest
from accessibility import violations
from conftest import Server
from planned_region import GRID, grid_folder
from playwright.sync_api import expect

LEAST_TOUCH_PX = 44
MOST_MS = 100.0
EVERY_NUMBER = """() => {
  const { plan, numbers } = window.editor, { ground } = plan, now = numbers();
  return Object.fromEntries(ground.schools.map((school, place) => [school.id, {
    students: now.students[place], enrolled: now.enrolled[place],
    moved_out: now.movedOut[place], moved_in: now.movedIn[place], moved: now.moved,
    grades: [...now.byGrade.slice(place * ground.grades.length, (place + 1) * ground.grades.length)],
  }]));
}"""
KEEP_EDITOR = """() => document.getElementById("panel-plan").addEventListener(
  "plan", (event) => { window.editor = event.detail; })"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return grid_folder(tmp_path_factory.mktemp("grid"))


@pytest.fixture(scope="module")
def grid(folder, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    running = Server(home, "serve", "--region", folder, "--no-token", "--workers", "0")
    yield running
    running.stop()


def opened(page, url, zones="elementary", purpose="Board meeting"):
    """A page with an open plan; `window.editor` holds it."""
    page.goto(f"{url}/#plan", wait_until="load")
    page.evaluate(KEEP_EDITOR)
    page.select_option("#plan-open [name=zones]", zones)
    page.fill("#plan-open [name=purpose]", purpose)
    page.click("#plan-open button")
    page.wait_for_selector("#panel-plan[data-ready]", timeout=60_000)
    return page


@pytest.fixture
def plan(page, grid):
    return opened(page, grid.url)


def moves(page):
    return page.evaluate("window.editor.plan.moves()")


def middle(page, *blocks):
    """Where blocks stand on the screen."""
    box = page.locator("#plan-map").bounding_box()
    places = page.evaluate(
        """(wanted) => wanted.map((id) => {
          const { plan, map } = window.editor;
          const { x, y } = map.place(plan.blockPlaces.get(id));
          return [x, y];
        })""",
        list(blocks),
    )
    return [(box["x"] + x, box["y"] + y) for x, y in places]


def students_of(folder, *blocks):
    table = geopandas.read_file(folder / "blocks.geojson").set_index("B")
    return int(table.loc[list(blocks), ["K", "G1", "G2"]].to_numpy().sum())


def exported(page, text):
    with page.expect_download() as waiting:
        page.locator("#plan-versions a", has_text=text).first.click()
    return waiting.value.path().read_bytes()


def test_a_plan_is_made_with_the_mouse_saved_compared_and_exported(plan, folder):
    page = plan
    page.locator("#plan-map").scroll_into_view_if_needed()
    (spot,) = middle(page, "20")
    page.mouse.click(*spot)
    expect(page.locator("#plan-said")).to_have_text("Choose a school first.")
    page.get_by_role("radio", name=re.compile("School B")).check()
    page.mouse.click(*spot)
    expect(page.locator("#plan-moved")).to_have_text(str(students_of(folder, "20")))
    assert moves(page) == {"20": "B"}

    # A line around the blocks 21 and 22.
    page.click("#plan-lasso")
    (x, y), (_, above) = middle(page, "21", "22")
    reach = abs(above - y) / 3
    corners = [
        (x - reach, y + reach),
        (x - reach, above - reach),
        (x + reach, above - reach),
        (x + reach, y + reach),
    ]
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*corner, steps=4)
    page.mouse.up()
    page.click("#plan-lasso")
    assert moves(page) == {"20": "B", "21": "B", "22": "B"}
    moved = students_of(folder, "20", "21", "22")
    expect(page.locator("#plan-moved")).to_have_text(str(moved))
    expect(page.locator("#plan-moved-text")).to_have_text("students move; blocks: 3")
    row = page.locator("#plan-grades tbody tr", has_text="School B")
    expect(row.locator("td").nth(1)).to_have_text(str(moved))
    figures = page.locator(".school", has_text="School B").locator(".figures")
    expect(figures).to_contain_text(f"(+{moved})")

    page.click("#plan-undo")
    assert moves(page) == {"20": "B"}
    page.keyboard.press("Control+y")
    assert len(moves(page)) == 3
    page.click("#plan-clear")
    assert moves(page) == {}
    expect(page.locator("#plan-moved")).to_have_text("0")
    page.keyboard.press("Control+z")
    assert len(moves(page)) == 3

    page.fill("#plan-save [name=name]", "To the east")
    page.fill("#plan-save [name=label]", "three blocks")
    page.click("#plan-save button")
    expect(page.locator("#plan-saved")).to_contain_text("The service counts the same")
    page.locator("#plan-map").scroll_into_view_if_needed()
    page.mouse.click(*middle(page, "20")[0])
    page.fill("#plan-save [name=label]", "two blocks")
    page.click("#plan-save button")
    expect(page.locator("#plan-saved")).to_contain_text("Version 2 of To the east is saved")
    assert page.locator("#plan-versions tbody tr").count() == 2

    page.select_option("#plan-left", label="To the east, three blocks")
    page.select_option("#plan-right", label="To the east, two blocks")
    expect(page.locator("#plan-differ")).to_have_text("Blocks that differ: 1.")
    compared = page.locator("#plan-compare tbody tr").first.locator("td")
    assert compared.nth(1).inner_text() == str(moved)
    assert compared.nth(3).inner_text() == str(students_of(folder, "21", "22"))

    zones = geopandas.read_file(io.BytesIO(exported(page, "GeoJSON"))).to_crs(26910)
    blocks = geopandas.read_file(folder / "blocks.geojson").to_crs(26910).set_index("B")
    east = zones.set_index("school_id").geometry["B"]
    for block, is_east in (("20", False), ("21", True), ("22", True), ("30", True)):
        assert east.contains(blocks.geometry[block].centroid) == is_east, block
    shapes = geopandas.read_file(io.BytesIO(exported(page, "Shapefile"))).to_crs(26910)
    assert shapes.area.sum() == pytest.approx(blocks.area.sum(), rel=1e-3)
    table = pl.read_csv(exported(page, "CSV"), infer_schema=False)
    changed = table.filter(pl.col("school") != pl.col("school_before"))
    assert dict(changed.select("block", "school").iter_rows()) == {"21": "B", "22": "B"}

    page.reload()
    opened(page, page.url.partition("/#")[0])
    page.get_by_role("button", name="Show To the east, three blocks").click()
    expect(page.locator("#plan-moved")).to_have_text(str(moved))
    assert violations(page) == []
    assert page.faults == []


def test_a_plan_is_made_by_keyboard_alone(page, grid, folder):
    page.goto(f"{grid.url}/#plan", wait_until="load")
    page.evaluate(KEEP_EDITOR)
    page.focus("#tab-plan")
    press = page.keyboard.press
    tab_to(page, "input[name=purpose]")
    page.keyboard.type("Board meeting")
    press("Enter")
    page.wait_for_selector("#panel-plan[data-ready]")
    tab_to(page, "#plan-school-filter")
    page.keyboard.type("School C")
    tab_to(page, "input[name=plan-school]")
    press("Space")
    expect(page.locator("#plan-said")).to_have_text("Blocks go to School C.")

    tab_to(page, "#plan-map")
    press("ArrowRight")
    here = current(page)
    press("ArrowLeft")
    assert int(current(page)[0]) == int(here[0]) - 1
    press("ArrowUp")
    assert int(current(page)[1]) == int(here[1]) + 1
    by_map = current(page)
    press("Space")
    assert moves(page) in ({by_map: "C"}, {})
    is_moved = moves(page) == {by_map: "C"}

    tab_to(page, "#plan-block-filter")
    page.keyboard.type("02:")
    tab_to(page, "#plan-block-list")
    press("ArrowDown")
    press("Space")
    assert moves(page)["02"] == "C"
    assert page.get_attribute("#plan-block-list [role=option]", "aria-selected") == "true"
    wanted = students_of(folder, "02", *([by_map] if is_moved else []))
    expect(page.locator("#plan-moved")).to_have_text(str(wanted))
    press("Control+z")
    assert "02" not in moves(page)
    press("Control+y")

    tab_to(page, "#plan-save [name=name]")
    page.keyboard.type("By hand")
    press("Enter")
    expect(page.locator("#plan-saved")).to_contain_text("The service counts the same")
    assert page.faults == []


def tab_to(page, selector):
    """Press the tab key until an element is focused."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            return
    pytest.fail(f"{selector} is not reached")


def current(page):
    """The id of the block that the keyboard is at."""
    return page.locator("#plan-block-list .current").inner_text().partition(":")[0]


def test_every_block_is_in_the_list_and_the_filter_finds_it(plan):
    page = plan
    assert page.locator("#plan-block-list [role=option]").count() == 36
    page.fill("#plan-block-filter", "school d")
    expect(page.locator("#plan-block-count")).to_have_text("9 of 36 blocks")
    page.fill("#plan-block-filter", "")
    page.get_by_role("radio", name=re.compile("School A")).check()
    page.locator("#plan-block-list [role=option]", has_text="30:").click()
    page.select_option("#plan-block-kind", "moved")
    expect(page.locator("#plan-block-count")).to_have_text("1 of 36 blocks")
    page.select_option("#plan-block-kind", "chosen")
    expect(page.locator("#plan-block-count")).to_have_text("10 of 36 blocks")


@pytest.mark.parametrize("width", [768, 1024])
def test_it_fits_a_tablet_and_fingers(browser, grid, folder, width):
    context = browser.new_context(viewport={"width": width, "height": 1000}, has_touch=True)
    page = opened(context.new_page(), grid.url)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.evaluate(
        """(least) => [...document.querySelectorAll(
          "#panel-plan :is(button, select, label.school, [role=option], .leaflet-bar a), "
          + "#panel-plan input:not([type=radio])")]
          .filter((one) => one.checkVisibility())
          .filter((one) => one.getBoundingClientRect().height < least)
          .map((one) => one.outerHTML.slice(0, 80))""",
        LEAST_TOUCH_PX,
    )
    assert small == []
    page.locator(".school", has_text="School B").tap()
    page.locator("#plan-map").scroll_into_view_if_needed()
    (spot,) = middle(page, "20")
    page.touchscreen.tap(*spot)
    expect(page.locator("#plan-moved")).to_have_text(str(students_of(folder, "20")))
    assert violations(page) == []
    context.close()


CLICKS = 18
BLOCKS_OF_OTHER_SCHOOLS = """(school) => {
  const { ground, schoolPlaces } = window.editor.plan;
  return ground.blocks.filter((block) => block.school !== schoolPlaces.get(school))
    .map((block) => block.id);
}"""
PAINTED = """async (count) => {
  for (let wait = 0; wait < 500 && window.changed.length < count; wait += 1)
    await new Promise((done) => setTimeout(done, 10));
  return window.changed.length === count;
}"""
IS_BLOCK = """([x, y]) =>
  document.elementFromPoint(x, y)?.matches("#plan-map path.leaflet-interactive") ?? false"""
"""Whether a block, and no mark of a school, is seen at a place of the window."""
WATCH_CLICKS = """() => {
  window.clicked = []; window.changed = [];
  document.getElementById("plan-map").addEventListener(
    "click", (event) => window.clicked.push(event.timeStamp), { capture: true });
  new MutationObserver(() => requestAnimationFrame(() => setTimeout(
    () => window.changed.push(performance.now())
  ))).observe(document.getElementById("plan-moved"), { childList: true, characterData: true, subtree: true });
}"""
"""Notes when each click began, and when the page was painted with the changed number."""


def test_a_click_changes_the_numbers_at_once(page, tmp_path):
    """Half of the clicks of a real mouse change the painted numbers within the time promised."""
    folder = grid_folder(tmp_path, across=20, mean=83.0)
    running = Server(tmp_path / "home", "serve", "--region", folder, "--no-token")
    opened(page, running.url)
    assert page.evaluate("window.editor.plan.ground.blocks.length") == 400
    assert (
        page.evaluate("window.editor.plan.ground.cells.students.reduce((a, b) => a + b)") > 95_000
    )
    page.get_by_role("radio", name=re.compile("School B")).check()
    page.locator("#plan-map").scroll_into_view_if_needed()
    page.evaluate(WATCH_CLICKS)
    blocks = page.evaluate(BLOCKS_OF_OTHER_SCHOOLS, "B")
    seen = [
        block
        for block, spot in zip(blocks, middle(page, *blocks), strict=True)
        if page.evaluate(IS_BLOCK, spot)
    ]
    for number, block in enumerate(seen[:CLICKS], 1):
        (spot,) = middle(page, block)  # The words above the map may have moved it.
        page.mouse.click(*spot)
        assert page.evaluate(PAINTED, number), f"click {number} of {CLICKS}: block {block}"
    clicked, changed = page.evaluate("[window.clicked, window.changed]")
    running.stop()
    spent = np.array(changed) - np.array(clicked)
    assert len(spent) == CLICKS
    assert (spent > 0).all()
    assert np.median(spent) <= MOST_MS, sorted(spent)


def test_numbers_of_the_page_are_those_of_the_command_line(page, server, command, tmp_path):
    opened(page, server.url)
    ground = page.evaluate("window.editor.plan.ground")
    rng = np.random.default_rng(7)
    schools = [school["id"] for school in ground["schools"] if school["is_offered"]]
    blocks = [block["id"] for block in ground["blocks"]]
    ours = {}
    for number in range(4):
        chosen = rng.choice(blocks, 10 * (number + 1), replace=False)
        wanted = {str(block): str(rng.choice(schools)) for block in chosen}
        page.evaluate("(moves) => window.editor.plan.load(moves)", wanted)
        ours[f"plan-{number}"] = page.evaluate(EVERY_NUMBER)
        lines = ["block,school", *(f"{block},{school}" for block, school in moves(page).items())]
        (tmp_path / f"moves-{number}.csv").write_text("\n".join(lines))
        (tmp_path / f"plan-{number}.toml").write_text(
            f'id = "plan-{number}"\nname = "{number}"\nregion = "riverbend"\nzones = "elementary"\n'
            f'first_year = "2024-25"\n[[changes]]\nassign = "moves-{number}.csv"\n'
        )
    files = [tmp_path / f"plan-{number}.toml" for number in range(4)]
    base = ("--region", "riverbend", "-o", tmp_path / "numbers.csv", "--profile", "internal")
    said = command("scenario", "show", *files, *base, "--purpose", "Board meeting")
    assert said.returncode == 0, said.stderr
    table = pl.read_csv(
        tmp_path / "numbers.csv", infer_schema_length=None, schema_overrides={"unit": pl.String}
    )
    today = table.filter(pl.col("year") == "today", pl.col("by") == "school")
    compared = 0
    for scenario, school, grade, measure, after in today.select(
        "scenario", "unit", "grade", "measure", "after"
    ).iter_rows():
        page_numbers = ours[scenario][school]
        if grade != "all" and measure == "students":
            assert page_numbers["grades"][ground["grades"].index(grade)] == after
        elif grade == "all" and measure in ("students", "enrolled", "moved_out", "moved_in"):
            assert page_numbers[measure] == after, (scenario, school, measure)
        else:
            continue
        compared += 1
    assert compared > 1_000


def test_a_region_without_blocks_says_how_to_get_some(page, tmp_path):
    folder = grid_folder(tmp_path)
    (folder / "region.toml").write_text(GRID.partition("[[blocks]]")[0])
    running = Server(tmp_path / "home", "serve", "--region", folder, "--no-token")
    page.goto(f"{running.url}/#plan", wait_until="load")
    page.fill("#plan-open [name=purpose]", "Board meeting")
    page.click("#plan-open button")
    expect(page.locator("#plan-state")).to_contain_text("geoservice region blocks")
    assert not page.is_visible("#plan-editor")
    running.stop()


def test_the_tab_speaks_spanish(page, grid):
    page.goto(f"{grid.url}/?lang=es#plan", wait_until="load")
    page.evaluate(KEEP_EDITOR)
    page.fill("#plan-open [name=purpose]", "Reunión")
    page.click("#plan-open button")
    page.wait_for_selector("#panel-plan[data-ready]")
    page.get_by_role("radio", name=re.compile("School B")).check()
    expect(page.locator("#plan-said")).to_have_text("Los bloques pasan a School B.")
    assert violations(page) == []
