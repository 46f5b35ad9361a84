"""The workspace and the pages beside it in English and Spanish: complete, without faults, by a link in the header."""

import re
from pathlib import Path

import httpx
import pytest
from accessibility import violations
from playwright.sync_api import expect

from geoservice import api
from geoservice.api.words import PageWords, _words

FOLDER = Path(api.__file__).parent
ENGLISH = re.compile(
    r"\b(Region|School|Grades|Share|Copy|Download|Look|Geocode|Which|Street|Rows|Job|State|Show|Delete|Snapshot|the|of)\b"
)


def keys(lang, book=""):
    found = _words(lang, book)
    return {
        **{one: text for one, text in found.items() if one != "script"},
        **{f"script.{one}": text for one, text in found["script"].items()},
    }


@pytest.fixture
def spanish(page, server):
    page.goto(f"{server.url}/?lang=es&map=zones", wait_until="domcontentloaded")
    page.frame_locator("#preview").locator("body[data-ready]").wait_for(
        state="attached", timeout=300_000
    )
    return page


BOOKS = ("", "workspace.")


@pytest.mark.parametrize("book", BOOKS)
def test_both_languages_have_the_same_words_and_fields(book):
    english, spanish = keys("en", book), keys("es", book)
    assert english.keys() == spanish.keys()
    for key, text in english.items():
        assert sorted(re.findall(r"{\w+}", text)) == sorted(re.findall(r"{\w+}", spanish[key]))


def test_pages_and_scripts_ask_for_the_words_that_there_are():
    paths = (FOLDER / "templates").glob("*.html")  # The finder has words of its own.
    pages = "".join(path.read_text("utf-8") for path in paths if path.name != "finder.html")
    scripts = "".join(path.read_text("utf-8") for path in (FOLDER / "static").glob("*.js"))
    asked = set(re.findall(r'(?<![\w.])(?:[tw]|words)\("(\w+)"[,)]', pages))
    asked |= set(re.findall(r'"(problem_\w+)"', (FOLDER / "views.py").read_text("utf-8")))
    said = {*re.findall(r'say\("(\w+)"', scripts), *re.findall(r"t\.script\.(\w+)", pages)}
    built = ("column_", "severity_", "group_", "stage_")
    named = (
        "class_",
        "state_",
        "link_",
        "choice_",
        "match_",
        "reason_",
        "copied_",
        "too_few",
        "no_rows_here",
    )
    words = {one for book in BOOKS for one in _words("en", book)}
    of_scripts = {one for book in BOOKS for one in _words("en", book)["script"]}
    assert {one for one in words if not one.startswith(built)} - {"script"} == asked - set(built)
    assert {one for one in of_scripts if not one.startswith(named)} == {
        one for one in said if not one.startswith(named)
    }


def test_the_spanish_workspace_holds_no_english(spanish):
    assert spanish.locator("html").get_attribute("lang") == "es"
    for tab in ("map", "file", "plan", "regions", "links"):
        spanish.click(f"#tab-{tab}")
        shown = spanish.evaluate(
            """() => [...document.querySelectorAll("label, legend, h1, h2, h3, button, caption, th, .hint, [role=tab]")]
            .filter((one) => one.checkVisibility() && !one.closest('[lang="en"]'))
            .map((one) => [...one.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join(" "))
            .filter(Boolean)"""
        )
        assert shown
        assert [one for one in shown if ENGLISH.search(one)] == []
        assert violations(spanish) == []
    preview = spanish.frame_locator("#preview")
    assert preview.locator("html").get_attribute("lang") == "es"
    assert spanish.locator(".card[aria-current]").inner_text() == "Zonas de asistencia"
    assert spanish.faults == []


def test_the_language_is_changed_by_a_link_that_keeps_the_map(spanish):
    spanish.click("[data-map=utilisation]")
    spanish.click('.languages a[lang="en"]')
    spanish.wait_for_selector('html[lang="en"]')
    assert spanish.locator(".card[aria-current]").get_attribute("data-map") == "utilisation"
    assert spanish.get_attribute('.languages a[lang="en"]', "aria-current") == "true"
    spanish.click("text=Maps")
    spanish.wait_for_selector("h1")
    assert spanish.locator("h1").inner_text() == "Maps"


def test_a_spanish_workspace_copies_and_geocodes_in_spanish(spanish, riverbend_folder, tmp_path):
    spanish.click("#copy-citation")
    expect(spanish.locator("#copied")).to_have_value(re.compile("Consultado el"))
    lines = (riverbend_folder / "students.csv").read_text("utf-8").splitlines()[:2_001]
    (tmp_path / "students.csv").write_text("\n".join(lines))
    spanish.click("#tab-file")
    spanish.set_input_files("input[name=file]", tmp_path / "students.csv")
    spanish.wait_for_selector("#rows tbody tr")
    spanish.click("#upload button")
    spanish.wait_for_selector("#job-map[data-ready]", timeout=60_000)
    assert "terminada: 2,000 de 2,000 filas" in spanish.inner_text("#done")
    assert "rango" in spanish.inner_text("#matched")
    assert "apartado postal" in spanish.inner_text("#unmatched")
    assert "filas ubicadas" in spanish.inner_text("#job-table")
    assert "no " + "rows" not in spanish.inner_text("#job-legend")
    assert violations(spanish) == []
    assert spanish.faults == []


@pytest.mark.parametrize("path", ["/maps?lang=es", "/regions/riverbend?lang=es"])
def test_the_other_pages_speak_spanish_too(page, server, path):
    page.goto(server.url + path)
    assert page.locator("html").get_attribute("lang") == "es"
    assert not ENGLISH.search(page.locator("h1").inner_text())
    assert "lang=es" in page.locator("header .brand").get_attribute("href")
    assert violations(page) == []


@pytest.mark.parametrize("path", ["/", "/maps", "/regions/riverbend"])
def test_a_language_that_pages_do_not_speak_is_a_problem_detail(server, path):
    answer = httpx.get(f"{server.url}{path}?lang=fr")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_words_of_a_page_are_filled_in():
    assert PageWords("es")("quality", name="Riverbend") == "Riverbend: informe de calidad"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_documentation_and_features_read_on_light_and_dark_screens(browser, server, scheme):
    page = browser.new_page(color_scheme=scheme)
    for path, ready in (
        ("/docs", ".opblock-summary"),
        ("/ogc/collections?f=html", "h1"),
        ("/ogc/collections/riverbend.schools/items?f=html", "table"),
        ("/?lang=es", "#preview"),
        ("/regions/riverbend?lang=es", "h1"),
    ):
        page.goto(server.url + path)
        page.wait_for_selector(ready)
        page.wait_for_timeout(500)
        assert violations(page) == [], path
    page.close()
