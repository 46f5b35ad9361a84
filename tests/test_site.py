"""The site of the documents: built strictly, asks no other host, searches offline, is served by us."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from accessibility import violations
from conftest import Server

from tools.site.pages import GENERATED, TOP_FILES
from tools.site.pictures import PICTURES

pytestmark = pytest.mark.slow
_ROOT = Path(__file__).parents[1]
_SITE = _ROOT / "build" / "site"


@pytest.fixture(scope="module")
def site():
    """The built site; a warning of mkdocs fails the build."""
    line = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict"]
    environ = {**os.environ, "PYTHONPATH": str(_ROOT), "NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(line, cwd=_ROOT, env=environ, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    return _SITE


@pytest.fixture(scope="module")
def documents(site, home):
    """`geoservice docs`, on a free port."""
    running = Server(home, "docs", "--no-browser")
    yield running
    running.stop()


def _search(page, word):
    page.locator("label.md-search__icon[for=__search]").first.wait_for(state="attached")
    page.keyboard.press("/")
    page.keyboard.type(word, delay=20)
    page.locator(".md-search-result__link").first.wait_for(timeout=10_000)
    return page.locator(".md-search-result__link").evaluate_all("links => links.map(a => a.href)")


@pytest.mark.parametrize("path", PICTURES)
def test_pictures_of_explanations_show_the_numbers_of_the_program(path):
    committed = (_ROOT / "docs" / path).read_text("utf-8")
    assert committed == PICTURES[path](), "Run `python -m tools.site.pictures`."


def test_every_generated_page_is_on_the_site(site):
    for path in (*GENERATED, *TOP_FILES.values()):
        assert (site / path).with_suffix(".html").stat().st_size > 4_000, path


def test_pages_ask_no_other_host_and_search_works(documents, page):
    page.goto(f"{documents.url}index.html")
    found = _search(page, "protected count")
    assert any("release.html" in address for address in found)
    page.goto(f"{documents.url}reference/commands.html")
    assert page.faults == []
    assert {address.split("/")[2] for address in page.asked} == {documents.url.split("/")[2]}


def test_search_works_from_a_folder_without_a_server(site, page):
    page.goto((site / "index.html").as_uri())
    assert any("reference/commands.html" in address for address in _search(page, "walkzones"))
    assert all(address.startswith("file:") for address in page.asked)


@pytest.mark.parametrize(
    "name", ["index", "gallery", "reference/commands", "release", "reference/routes"]
)
def test_pages_have_no_fault_of_accessibility(documents, page, name):
    page.goto(f"{documents.url}{name}.html")
    page.locator("h1").wait_for()
    assert violations(page) == []


def test_the_service_links_and_serves_the_documents(site, server, page):
    page.goto(server.url)
    page.locator("header nav a[href='/manual/index.html']").click()
    page.locator("h1").wait_for()
    assert any("reference/commands.html" in address for address in _search(page, "walkzones"))
    assert page.faults == []
    assert {address.split("/")[2] for address in page.asked} == {server.url.split("/")[2]}


def test_nothing_outside_the_site_is_served(site, server):
    import httpx

    for path in ("%2e%2e/%2e%2e/pyproject.toml", "..%2f..%2fpyproject.toml", "nothing.html"):
        assert httpx.get(f"{server.url}/manual/{path}").status_code == 404, path
