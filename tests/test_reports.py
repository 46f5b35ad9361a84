"""The regional report pack: neutral words, the same figures everywhere."""

import os
import re
import shutil
import tomllib
from html import unescape
from importlib.resources import files

import openpyxl
import pytest
from accessibility import violations
from released import released

from geoservice.cartography.compose import draw
from geoservice.cartography.definition import read_definition
from geoservice.cartography.figure import Choice
from geoservice.errors import InputError
from geoservice.reports.pdf import Pages, Text
from geoservice.reports.render import render
from geoservice.reports.report import Report, file_names, item_of
from geoservice.reports.texts import ReportTexts
from geoservice.reports.wording import offences, refuse_offences
from geoservice.service.maps import FOLDER


@pytest.mark.parametrize(
    ("lang", "text", "does"),
    [
        ("en", "The district should open seats in the north.", "recommends"),
        ("en", "Which school should close?", "recommends"),
        ("en", "We recommended more seats.", "recommends"),
        ("en", "Poorly rated schools are in the south.", "judges"),
        ("en", "An underperforming school.", "judges"),
        ("en", "Utilisation: schools in crisis", "judges"),
        ("es", "El distrito debería abrir plazas.", "recommends"),
        ("es", "Hay que cerrar escuelas.", "recommends"),
        ("es", "Las peores escuelas.", "judges"),
    ],
)
def test_captions_that_recommend_or_judge_are_found(lang, text, does):
    assert does in [one.does for one in offences([("here", text)], lang)]


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "Is it getting better?"),
        ("en", "Share of seats in schools whose rating counts as quality."),
        ("en", "Residents less seats: 120 (district 1,204)."),
        ("en", "A mustard field beside Goodwin Street; the poorhouse of 1880."),
        ("es", "¿Está mejorando?"),
        ("es", "Proporción de plazas con calificación de calidad."),
    ],
)
def test_captions_that_state_or_ask_are_left_alone(lang, text):
    assert offences([("here", text)], lang) == []


def test_a_refusal_names_place_and_word():
    with pytest.raises(InputError, match=r"ratings.toml: title.*`best`"):
        refuse_offences([("ratings.toml: title", "The best schools.")], "en")


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_words_of_the_reports_are_neutral_and_complete(lang):
    def read(name):
        return tomllib.loads((files("geoservice.reports") / "words" / name).read_text("utf-8"))

    words = read(f"{lang}.toml")
    other = read("en.toml")
    assert set(words) == set(other)
    assert {key: len(one) for key, one in words.items() if isinstance(one, dict)} == {
        key: len(one) for key, one in other.items() if isinstance(one, dict)
    }
    texts = [(key, text) for key, one in words.items()
             for text in (one.values() if isinstance(one, dict) else [one])]  # fmt: skip
    assert offences(texts, lang) == []


@pytest.fixture(scope="module")
def pack(riverbend, home, tmp_path_factory, server):
    """The pack of the wards, as the command writes it."""
    import os
    import subprocess
    import sys

    folder = tmp_path_factory.mktemp("pack")
    line = [sys.executable, "-m", "geoservice.cli.main", "report", "--region", "riverbend",
            "-o", str(folder), "--areas", "planning"]  # fmt: skip
    environ = {**os.environ, "GEOSERVICE_HOME": str(home)}
    done = subprocess.run(line, capture_output=True, text=True, env=environ, timeout=580)
    assert done.returncode == 0, done.stderr
    return folder


def areas_of(riverbend):
    return riverbend.reference.areas().filter(set_id="planning").select("area_id", "name").rows()


def test_there_is_a_report_for_each_area_and_one_for_the_district(pack, riverbend):
    names = {one.name for one in pack.iterdir()}
    expected = {
        f"report-{area}.{ending}" for area, _ in areas_of(riverbend) for ending in ("html", "pdf")
    }
    assert names == expected | {
        "report-district.html",
        "report-district.pdf",
        "index.html",
        "figures.xlsx",
    }


def test_every_report_has_the_same_figures_with_the_districts_value_beside(pack, riverbend):
    whole = glance_of(pack / "report-district.html")
    assert len(whole) >= 5
    for area, _ in areas_of(riverbend):
        mine = glance_of(pack / f"report-{area}.html")
        assert [line[0] for line in mine] == [line[0] for line in whole]
        assert [line[2] for line in mine] == [line[1] for line in whole]


def glance_of(path):
    """Lines of the table of measures: name, value here (where it is an area's), the district's."""
    text = re.search(r'<section id="glance">.*?</section>', path.read_text("utf-8"), re.S)[0]
    rows = re.findall(r"<tr>(<th scope=\"row\">.*?)</tr>", text, re.S)
    return [
        [unescape(one) for one in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in rows
    ]


def test_the_numbers_of_reports_and_workbook_are_those_of_the_maps(pack, riverbend):
    drawing = riverbend.map("quality-seats", areas="planning").drawing
    at = [one.id for one in drawing.columns].index("quality_seats")
    printed = {row.id: row.cells[at] for row in drawing.rows}
    book = openpyxl.load_workbook(pack / "figures.xlsx", read_only=True)
    head, *rows = book["quality-seats"].iter_rows(values_only=True)
    for row in rows:
        found = dict(zip(head, row, strict=True))
        assert found["quality_seats"] == printed[found["id"]].number
        assert found["quality_seats_status"] == printed[found["id"]].status
    for area, name in areas_of(riverbend):
        (line,) = [
            one
            for one in glance_of(pack / f"report-{area}.html")
            if one[0].startswith("Quality seats")
        ]
        assert line[1:] == [printed[area].text, printed["district"].text]
        assert name in (pack / f"report-{area}.html").read_text("utf-8")


def test_reports_open_from_disk_without_faults_or_axe_violations(pack, page):
    for name in ("index.html", "report-district.html", "report-P1.html"):
        page.goto(f"file://{pack}/{name}")
        assert page.faults == []
        assert [one for one in page.asked if not one.startswith(("file:", "data:"))] == []
        assert violations(page) == []
        links = page.eval_on_selector_all(
            "a[href]", "all => all.map((one) => one.getAttribute('href'))"
        )
        for link in links:
            if link.startswith("#"):
                assert page.locator(link).count() == 1
            else:
                assert (pack / link).is_file()


def test_the_pdf_holds_texts_as_text_and_one_page_of_gaps(pack):
    import pypdf

    document = pypdf.PdfReader(pack / "report-P1.pdf")
    texts = [one.extract_text() for one in document.pages]
    assert "At a glance" in texts[0]
    assert "Hillside" in texts[0]
    assert len([one for one in texts if "Which region has which gap?" in one]) == 1
    assert "Glossary" in "".join(texts)
    assert len(document.pages) == len(pypdf.PdfReader(pack / "report-P2.pdf").pages)


def test_all_measures_are_told_at_a_glance_those_of_the_matrix_too(pack):
    import pypdf

    first = pypdf.PdfReader(pack / "report-P1.pdf").pages[0].extract_text()
    for measure in (
        "Share of seats in quality schools",
        "Share of students in quality schools",
        "Attend in their area",
    ):
        assert measure in first
    assert first.count("tudents in quality schools") == 1


def test_every_page_has_its_number_and_sources_stand_with_the_method(pack):
    import pypdf

    for file in (pack / "report-P1.pdf", pack / "report-district.pdf"):
        pages = [one.extract_text() for one in pypdf.PdfReader(file).pages]
        assert [at for at, text in enumerate(pages, 1) if f"Page {at}" not in text] == []
        (last,) = (text for text in pages if "Method notes" in text)
        assert "Sources" in last
        assert "Questions for the conversation" in last  # There is room for them on that page.


def test_sources_stand_with_the_method_however_long_the_glossary_is():
    written = []

    class Pdf:
        def add(self, figure, alternative):
            written.append([one.get_text() for axes in figure.axes for one in axes.texts])

    pages = Pages(Pdf(), ReportTexts("en"))
    pages.begin()
    for at in range(30):
        pages.write(f"Term {at}: " + "meaning " * 12)
    pages.keep(
        [
            Text("Method notes", 14, kind="H2"),
            *[Text("A note.", 9)] * 12,
            Text("Sources", 11, kind="H2"),
        ]
    )
    pages.end()
    (last,) = (texts for texts in written if "Method notes" in texts)
    assert "Sources" in last


def test_a_caption_that_judges_stops_the_pack(riverbend, tmp_path):
    from geoservice.cartography.figure import Choice
    from geoservice.model.settings import Settings
    from geoservice.service.maps import FOLDER, Maps
    from geoservice.service.reports import write_pack

    maps = tmp_path / "maps"
    shutil.copytree(FOLDER, maps)
    text = (maps / "ratings.toml").read_text("utf-8")
    changed = re.sub(r'(\[method\]\nen = ")', r"\1The district should act. ", text)
    assert changed != text
    (maps / "ratings.toml").write_text(changed)
    settings = Settings.read(os.environ)
    with pytest.raises(InputError, match=r"ratings\.toml.*should"):
        write_pack(Maps(settings, folder=maps), riverbend.reference, tmp_path / "out", Choice())
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_captions_of_all_maps_are_neutral(lang):
    from geoservice.cartography.definition import load_definitions
    from geoservice.reports.wording import captions
    from geoservice.service.maps import FOLDER

    found = [
        one for each in load_definitions(FOLDER) for one in offences(captions(each, lang), lang)
    ]
    assert found == []


def test_areas_with_strange_ids_get_safe_and_different_files():
    names = file_names(
        [("a/b", ""), ("a b", ""), ("../x", ""), ("district", ""), ("", ""), ("A-B", "")]
    )
    assert len({one.lower() for one in names.values()}) == 6
    assert all(re.fullmatch(r"report-[A-Za-z0-9_-]+", one) for one in names.values())
    assert "report-district" not in names.values()


def test_the_pdf_is_tagged_with_headings_a_table_and_figures_in_words(pack):
    import pypdf

    document = pypdf.PdfReader(pack / "report-P1.pdf", strict=True)
    root = document.trailer["/Root"]
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    (top,) = root["/StructTreeRoot"]["/K"]
    elements = [one.get_object() for one in top.get_object()["/K"]]
    kinds = [one["/S"] for one in elements]
    assert kinds.count("/H1") == kinds.count("/Table") == 1
    assert kinds.count("/H2") >= 4
    assert kinds.count("/Figure") == len(document.pages) - kinds_of_text_pages(document)
    assert all("?" in one["/Alt"] for one in elements if one["/S"] == "/Figure")
    rows = [row.get_object()["/K"] for row in elements[kinds.index("/Table")]["/K"]]
    assert {len(row) for row in rows} == {3}
    scopes = [[one.get_object().get("/A", {}).get("/Scope") for one in row] for row in rows]
    assert scopes[0] == ["/Column"] * 3
    assert all(row == ["/Row", None, None] for row in scopes[1:])
    for page in document.pages:
        content = page.get_contents().get_data()
        begun = len(re.findall(rb"\b(?:BDC|BMC)\b", content))
        assert begun == len(re.findall(rb"^EMC$", content, re.M))


def kinds_of_text_pages(document):
    return sum(b"/Artifact BMC" in page.get_contents().get_data() for page in document.pages)


def test_pictures_of_a_page_have_no_number_of_a_page(riverbend, tmp_path, monkeypatch):
    definition = read_definition(FOLDER / "ratings.toml")
    made = draw(
        definition, Choice(), riverbend.reference, released(definition, riverbend.reference)
    )
    seen = []
    monkeypatch.setattr(
        "geoservice.reports.render._png",
        lambda figure: seen.append([one.get_text() for one in figure.texts]) or "",
    )
    render(Report("en", "", "", "report", (item_of(made, made),), None, ()), tmp_path)
    assert seen == [[]]
