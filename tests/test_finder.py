"""The school finder: the answers of `geoservice geocode` on a page for families, and no trace of an address."""

import html
import re
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import polars as pl
import pytest
from accessibility import violations
from batch_service import client, files_with, key, new_home, service

from geoservice import api
from geoservice.model.grades import read_grade

pytestmark = pytest.mark.slow
WORDS = Path(api.__file__).parent / "words"
PLANTED = "Zyzzyplant"
_ROWS = 2_000


@pytest.fixture(scope="module")
def place(home, riverbend, tmp_path_factory):
    return new_home(tmp_path_factory.mktemp("finder") / "home", home)


@pytest.fixture(scope="module")
def running(place):
    key(place, "one")
    server = service(place, "--require-key", finder="riverbend", finder_per_minute="0")
    yield server
    server.stop()


@pytest.fixture
def family(running):
    with client(running) as opened:
        yield opened


def ask(opened, address, grade="03", **fields):
    return opened.post("/finder", data={"address": address, "grade": grade, **fields})


def told(text):
    """What a page tells in its attributes: status, schools of right, matched address, doubt."""
    status = re.search(r'data-status="(\w+)"', text)[1]
    address = re.search(r'data-address="([^"]*)"', text)
    return (
        status,
        ";".join(re.findall(r'data-school="([^"]*)"', text)),
        html.unescape(address[1]) if address else "",
        "data-doubtful" in text,
    )


def expected(row):
    """The same of a row of `geoservice geocode`."""
    is_home = row["geo_status"] == "matched" and row["geo_match"] in ("point", "range")
    status = "placed" if is_home else row["geo_status"].replace("matched", "unmatched")
    status = status.replace("ununmatched", "unmatched")
    if not is_home:
        return status, "", "", False
    is_doubtful = row["zone_doubtful"] == "true"
    return status, row["school_of_right"] or "", row["geo_address"], is_doubtful


def test_the_finder_and_the_command_line_give_the_same_2000_answers(
    running, command, riverbend_folder, tmp_path
):
    source = pl.read_csv(riverbend_folder / "students.csv", infer_schema=False)
    chosen = source.select("address", "grade").sample(_ROWS, seed=7)
    chosen.write_csv(tmp_path / "in.csv")
    options = ["--region", riverbend_folder, "--address", "address", "--grade", "grade"]
    run = command("geocode", tmp_path / "in.csv", "-o", tmp_path / "out.csv", *options)
    assert run.returncode == 0, run.stderr
    rows = pl.read_csv(tmp_path / "out.csv", infer_schema=False).to_dicts()
    with client(running) as opened, ThreadPoolExecutor(4) as threads:

        def answer(row):
            asked = ask(opened, row["address"] or "", read_grade(row["grade"]))
            return told(asked.raise_for_status().text)

        answers = list(threads.map(answer, rows))
    wrong = [
        (mine, theirs)
        for mine, theirs in zip(answers, map(expected, rows), strict=True)
        if mine != theirs
    ]
    assert len(answers) == _ROWS
    assert not wrong, wrong[:3]
    assert {status for status, *_ in answers} == {"placed", "ambiguous", "unmatched"}
    assert sum(doubtful for *_, doubtful in answers) > 5


def test_a_planted_address_occurs_nowhere_afterwards(place, riverbend, tmp_path):
    home = new_home(tmp_path / "home", place)
    key(home, "one")
    server = service(home, "--require-key", finder="riverbend")
    addresses = [f"745 2nd ave, northfield, apt {PLANTED}", f"12 {PLANTED} Blvd", PLANTED * 60]
    with client(server) as opened:
        for address in addresses:
            for lang in ("en", "es"):
                answer = ask(opened, address, lang=lang)
                assert PLANTED in answer.text  # The field keeps what the family typed.
                assert answer.headers["cache-control"] == "no-store"
                assert PLANTED not in str(answer.headers) + str(answer.url)
        opened.post("/finder", data={"address": PLANTED, "lang": "xx"})
        opened.post("/finder", data={"address": addresses[0], "grade": PLANTED * 20})
        metrics = httpx.get(f"{server.url}/metrics", headers=_admin(home)).text
        assert 'route="/finder"' in metrics
    server.stop()
    assert PLANTED not in metrics
    assert PLANTED not in server.said + server.process.stderr.read()
    assert files_with(PLANTED, tmp_path) == []


def _admin(home):
    return {"Authorization": f"Bearer {key(home, 'chief', 'admin')}"}


def test_only_named_regions_are_open_to_everybody(place, tmp_path):
    text = key(place, "two", "geocode")
    server = service(place, "--require-key")
    with client(server) as nobody, client(server, text) as keyed:
        for answer in (
            nobody.get("/finder"),
            nobody.get("/finder?region=riverbend"),
            nobody.get("/finder/streets/riverbend.json"),
            ask(nobody, "745 2nd ave"),
        ):
            assert answer.status_code == 404
            assert "GEOSERVICE_FINDER" in answer.text
        assert told(ask(keyed, "745 2nd ave, northfield").text)[1] == "0104"
    server.stop()


def test_one_address_cannot_ask_without_end(place, riverbend, tmp_path):
    home = new_home(tmp_path / "home", place)  # Services of one data folder share the limit.
    key(home, "one")
    server = service(home, "--require-key", finder="riverbend", finder_per_minute="5")
    with client(server) as opened:
        states = [ask(opened, "1 Main St", lang="es").status_code for _ in range(7)]
        assert states == [200] * 5 + [429] * 2
        busy = ask(opened, "1 Main St", lang="es")
        assert int(busy.headers["retry-after"]) >= 1
        assert "Espere un minuto" in busy.text
        assert opened.get("/finder").status_code == 200
    server.stop()


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("", "empty"),
        ("12 Nowhere Blvd", "unknown_street"),
        ("99999 2nd ave, northfield", "out_of_range"),
        ("PO Box 7", "po_box"),
        ("RR 2 box 7", "rural_route"),
        ("PSC 5 Box 7 APO AE 09001", "military"),
        ("745 2nd ave, Chicago, IL", "outside_region"),
        ("Adams", "no_number"),
        ("2nd ave and adams blvd, northfield", "no_home"),
        ("x" * 400, "unreadable"),
    ],
)
def test_words_help_where_there_is_no_answer_and_nothing_is_guessed(family, address, reason):
    for lang in ("en", "es"):
        text = ask(family, address, lang=lang).text
        words = tomllib.loads((WORDS / f"finder.{lang}.toml").read_text("utf-8"))
        assert f'data-reason="{reason}"' in text
        assert words[f"reason_{reason}"] in html.unescape(text)
        assert "data-school" not in text
        assert "<figure>" not in text


def test_the_family_chooses_among_addresses_that_fit(family):
    text = ask(family, "200 aspen").text
    candidates = [
        html.unescape(one) for one in re.findall(r'name="address" value="(200 [^"]*)"', text)
    ]
    offered = [one for one in candidates if one != "200 aspen"]
    assert len(offered) == 2
    assert "data-school" not in text
    assert [told(ask(family, one).text)[2] for one in offered] == offered


def test_a_home_at_the_boundary_is_told_to_call(family, riverbend, riverbend_folder):
    source = pl.read_csv(riverbend_folder / "students.csv", infer_schema=False).head(4_000)
    placed = riverbend.geocode(source, address="address", grade="grade")
    is_doubtful = placed["zone_doubtful"].fillna(False).astype(bool)
    row = placed[is_doubtful & (placed["zone_margin_m"] > 0)].iloc[0]
    text = ask(family, row["address"], read_grade(row["grade"])).text
    metres = f"{row['zone_margin_m']:,.0f}"
    assert f"({metres} m) from the boundary of the attendance zone: call the district" in text
    spanish = ask(family, row["address"], read_grade(row["grade"]), lang="es").text
    assert "llame a la oficina del distrito" in spanish


def test_the_map_shows_parks_water_and_railways_near_the_home(family):
    text = ask(family, "745 2nd ave, northfield").text
    drawn = re.findall(r'<path class="(parks|water|railways)" d="M\d', text)
    assert drawn == ["parks", "water", "railways"]


def test_choices_are_the_nearest_schools_of_the_grade(family, riverbend_folder):
    text = ask(family, "745 2nd ave, northfield").text
    choices = re.findall(r'data-choice="(\w+)"', text)
    away = [float(one) for one in re.findall(r"<td>([\d.]+) mi</td>", text)]
    assert len(choices) == 6
    assert away == sorted(away)
    assert "0104" not in choices
    rating = re.search(r'data-choice="0105".*?<td>(\w), ', text)[1]
    ratings = pl.read_csv(riverbend_folder / "ratings.csv", infer_schema=False)
    assert rating == ratings.filter(YEAR="2023-24", SCHOOL_ID="0105")["RATING"].item()


def test_both_languages_have_the_same_words_and_fields():
    english, spanish = (
        tomllib.loads((WORDS / f"finder.{lang}.toml").read_text("utf-8")) for lang in ("en", "es")
    )
    assert english.keys() == spanish.keys()
    template = (WORDS.parent / "templates" / "finder.html").read_text("utf-8")
    asked = set(re.findall(r'w\("(\w+)"', template)) | {"your_schools", "your_school"}
    built = ("reason_", "grade_", "ambiguous")
    assert {one for one in english if not one.startswith(built)} <= asked
    for name, text in english.items():
        assert sorted(re.findall(r"{\w+}", text)) == sorted(re.findall(r"{\w+}", spanish[name]))


def test_other_sites_may_frame_the_form_and_may_not_fill_it(running):
    site = {"Sec-Fetch-Site": "cross-site"}
    framed = httpx.get(f"{running.url}/finder", headers=site)
    assert framed.status_code == 200
    assert "frame-ancestors * file:" in framed.headers["content-security-policy"]
    other = {**site, "Origin": "https://elsewhere.example"}
    refused = httpx.post(f"{running.url}/finder", data={"address": "1 Main St"}, headers=other)
    assert refused.status_code == 403


def test_suggestions_are_names_of_streets_and_of_nothing_else(family):
    answer = family.get("/finder/streets/riverbend.json")
    names = answer.json()["items"]
    assert "2nd Ave, Northfield" in names
    assert names == sorted(set(names))
    assert "max-age=86400" in answer.headers["cache-control"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ["745 2nd ave, northfield", "200 aspen", "12 Nowhere Blvd"])
def test_on_a_phone_the_page_has_no_axe_violations(browser, running, address, scheme):
    page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    asked, faults = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: faults.append(said.text))
    page.goto(f"{running.url}/finder")
    assert violations(page) == []
    page.focus("#address")
    page.fill("#address", "745 2n")
    # The names of streets come by a request of their own.
    page.wait_for_selector("#streets option[value='745 2nd Ave, Northfield']", state="attached")
    page.fill("#address", address)
    page.select_option("#grade", "03")
    page.keyboard.press("Enter")
    page.click("button.main")
    page.wait_for_selector(".answer")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    low = page.evaluate(
        """[...document.querySelectorAll('main button, main select, main input:not([type=hidden])')]
        .map((one) => one.getBoundingClientRect().height).filter((height) => height && height < 44)"""
    )
    assert low == []
    assert all(url.startswith(running.url) for url in asked)
    assert not [url for url in asked if "745" in url or "aspen" in url.lower() or "here" in url]
    assert page.url == f"{running.url}/finder"
    assert faults == []
    page.close()


def test_it_works_without_scripts_and_in_a_frame_of_another_page(browser, running, tmp_path):
    outer = tmp_path / "district.html"
    outer.write_text(
        f'<!doctype html><iframe src="{running.url}/finder?lang=es" width=390 height=900>'
    )
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(outer.as_uri())
    frame = page.frame_locator("iframe")
    frame.locator("#address").fill("745 2nd ave, northfield")
    frame.locator("button.main").click()
    frame.locator(".answer").wait_for()
    assert "Su escuela para" in frame.locator("h2").inner_text()
    assert frame.locator("figure > svg path.zone").count() == 1
    frame.locator("button[lang=en]").click()
    frame.locator("html[lang=en] .answer").wait_for()
    assert "Your school for" in frame.locator("h2").inner_text()
    context.close()
