"""The finding on the page: under the title, and true to the year and the comparison shown."""

import httpx
import pytest
from accessibility import violations
from playwright.sync_api import expect


@pytest.fixture(scope="module")
def served(server):
    httpx.get(f"{server.url}/maps/trend", timeout=600).raise_for_status()
    return server


@pytest.fixture
def opened(served, page):
    def open_map(path):
        page.goto(f"{served.url}/maps/{path}", timeout=120_000)
        page.wait_for_selector("body[data-ready]", timeout=60_000)
        return page

    return open_map


def figure(served, path):
    return httpx.get(f"{served.url}/maps/{path}", timeout=120).json()


def test_the_finding_and_the_words_follow_the_year(opened, served):
    frames = figure(served, "trend/figure.json")["frames"]
    by_year = {frame["year"]: frame for frame in frames}
    page = opened("trend")
    finding, words = page.locator("h1 + .finding"), page.locator(".alternative")
    expect(finding).to_have_text(frames[0]["finding"])
    page.locator("#year-slider").fill("0")
    expect(finding).to_have_text(by_year["2020-21"]["finding"])
    expect(words).to_have_text(by_year["2020-21"]["alternative"])
    assert "2020-21" in finding.inner_text()
    assert by_year["2020-21"]["district"].startswith("District, 2020-21: ")


def test_a_comparison_tells_both_years_and_shows_both_tables(opened, served):
    before = figure(served, "quality-seats/figure.json?year=2022-23&beside=2023-24")
    now = figure(served, "quality-seats/figure.json")
    page = opened("quality-seats")
    page.locator("#compare").select_option("year:2022-23")
    page.wait_for_selector("body[data-compared]")
    lines = page.locator(".finding span")
    expect(lines).to_have_text(
        [f"{one['year']}: {one['frames'][0]['finding']}" for one in (now, before)]
    )
    table = page.locator(".table.compared")
    district = [cell for row in before["rows"] if row["id"] == "district" for cell in row["cells"]]
    assert district[2]["text"] in table.locator("tr.district").inner_text()
    assert before["frames"][0]["alternative"] in page.locator(".alternative").inner_text()
    assert violations(page) == []
    page.locator("#compare").select_option("")
    expect(page.locator(".finding")).to_have_text(now["frames"][0]["finding"])
    expect(table).to_have_count(0)


def test_a_comparison_with_another_map_names_both(opened):
    page = opened("ratings#compare=map%3Azone-edges")
    page.wait_for_selector("body[data-compared]")
    lines = page.locator(".finding span")
    expect(lines.nth(0)).to_contain_text("School ratings: ")
    expect(lines.nth(1)).to_contain_text("Lines between zones: ")
