"""The page of the gaps matrix: the table is the answer, and its headings stay in view."""

import pytest


@pytest.fixture
def opened(server, page):
    page.goto(f"{server.url}/maps/gaps-matrix", timeout=600_000)
    page.wait_for_selector("body[data-ready]", timeout=60_000)
    return page


def box_of(page, selector):
    return page.locator(selector).first.bounding_box()


def test_the_matrix_stands_before_the_map_and_only_there(opened):
    assert opened.locator(".table").count() == 1
    for width in (1400, 390):
        opened.set_viewport_size({"width": width, "height": 844})
        hint = opened.locator(".hint:has(+ .matrix)").bounding_box()
        assert hint["y"] < box_of(opened, ".matrix")["y"] < box_of(opened, "#stage")["y"]
    assert opened.locator(".matrix td.cell-class").count() > 20


@pytest.mark.parametrize("width", [1400, 390])
def test_headings_and_the_first_column_stay_in_view(opened, width):
    opened.set_viewport_size({"width": width, "height": 844})
    opened.locator(".matrix").scroll_into_view_if_needed()
    # A narrow page scrolls both ways, a wide one down alone.
    opened.locator(".matrix table").evaluate("(table) => { table.style.minWidth = '1800px'; }")
    opened.locator(".matrix").evaluate(
        "(box) => { box.style.maxHeight = '300px'; box.scrollTo(400, 300); }"
    )
    frame = box_of(opened, ".matrix")
    corner = box_of(opened, ".matrix thead th")
    assert corner["x"] == pytest.approx(frame["x"] + 1, abs=2)
    assert corner["y"] == pytest.approx(frame["y"] + 1, abs=2)
    last = opened.locator(".matrix tbody th").last.bounding_box()
    assert last["x"] == pytest.approx(frame["x"] + 1, abs=2)
