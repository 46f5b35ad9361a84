"""The regional report pack: neutral words, the same figures everywhere."""

import itertools
import os
import re
import shutil
import tomllib
from html import unescape
from importlib.resources import files

import openpyxl
import pytest
from accessibility import violations
from pdf_structure import elements
from released import drawn

from geoservice.cartography.figure.cells import NO_DATA, Value
from geoservice.errors import InputError
from geoservice.model.shipped import shipped_folder
from geoservice.reports.report import file_names, has_data, item_of
from geoservice.reports.wording import offences, refuse_offences

FOLDER = shipped_folder("maps")


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
    texts = [
        (key, text)
        for key, one in words.items()
        for text in (one.values() if isinstance(one, dict) else [one])
    ]
    assert offences(texts, lang) == []


@pytest.fixture(scope="module")
def pack(riverbend, home, tmp_path_factory, server):
    """The pack of the wards, as the command writes it."""
    import os
    import subprocess
    import sys

    folder = tmp_path_factory.mktemp("pack")
    line = [
        sys.executable,
        "-m",
        "geoservice.cli.main",
        "report",
        "--region",
        "riverbend",
        "-o",
        str(folder),
        "--areas",
        "planning",
    ]
    environ = {**os.environ, "GEOSERVICE_HOME": str(home)}
    done = subprocess.run(line, capture_output=True, text=True, env=environ, timeout=580)
    assert done.returncode == 0, done.stderr
    return folder


def files_of(riverbend):
    """The file of each area, named by the area's name."""
    return {area: "report-" + name.lower().replace(" ", "-") for area, name in areas_of(riverbend)}


def areas_of(riverbend):
    return riverbend.reference.areas().filter(set_id="planning").select("area_id", "name").rows()


def test_there_is_a_report_for_each_area_and_one_for_the_district(pack, riverbend):
    names = {one.name for one in pack.iterdir()}
    expected = {
        f"{file}.{ending}" for file in files_of(riverbend).values() for ending in ("html", "pdf")
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
    for file in files_of(riverbend).values():
        mine = glance_of(pack / f"{file}.html")
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
    assert head[:4] == ("ID", "Area", drawing.columns[at].title, "Status")
    for row in rows:
        assert row[2:4] == (printed[row[0]].number, printed[row[0]].status)
    for area, name in areas_of(riverbend):
        path = pack / f"{files_of(riverbend)[area]}.html"
        (line,) = [one for one in glance_of(path) if one[0].startswith("Quality seats")]
        assert line[1:] == [printed[area].text, printed["district"].text]
        assert name in path.read_text("utf-8")


def test_reports_open_from_disk_without_faults_or_axe_violations(pack, page):
    for name in ("index.html", "report-district.html", "report-hillside.html"):
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

    document = pypdf.PdfReader(pack / "report-hillside.pdf")
    texts = [one.extract_text() for one in document.pages]
    assert "At a glance" in texts[0]
    assert "Hillside" in texts[0]
    assert "Gaps matrix" in "".join(texts[1:])
    assert "Glossary" in "".join(texts)


def test_all_measures_are_told_at_a_glance_those_of_the_matrix_too(pack):
    import pypdf

    pages = [one.extract_text() for one in pypdf.PdfReader(pack / "report-hillside.pdf").pages]
    first = "".join(pages[:2])
    for measure in (
        "Quality seats as a share of all seats",
        "Share of students in quality schools",
        "Attend in their area",
    ):
        assert measure in first
    assert first.count("of students in quality schools") == 1


def test_every_page_has_its_number_and_sources_stand_with_the_method(pack):
    import pypdf

    for file in (pack / "report-hillside.pdf", pack / "report-district.pdf"):
        pages = [one.extract_text() for one in pypdf.PdfReader(file).pages]
        assert [at for at, text in enumerate(pages, 1) if f"Page {at}" not in text] == []
        (last,) = (text for text in pages[1:] if "Method notes" in text)
        assert "Sources" in last
        assert "Questions for the conversation" in last  # There is room for them on that page.


def test_a_caption_that_judges_stops_the_pack(riverbend, tmp_path):
    from geoservice.cartography.figure.choice import Choice
    from geoservice.model.settings import Settings
    from geoservice.service.maps import Maps
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
    from geoservice.cartography.definition.definition_files import DefinitionFolders
    from geoservice.reports.wording import captions

    found = [
        one
        for each in DefinitionFolders((FOLDER,)).definitions()
        for one in offences(captions(each, lang), lang)
    ]
    assert found == []


def test_files_are_named_by_the_area_and_are_safe_and_different():
    areas = [("P1", "Old Town West"), ("P2", "Ávila / Niño"), ("a/b", ""), ("a b", "A-B")]
    names = file_names([*areas, ("../x", "???"), ("district", "District"), ("", "")])
    assert list(names.values())[:2] == ["report-old-town-west", "report-avila-nino"]
    assert len(set(names.values())) == 7
    assert all(re.fullmatch(r"report-[a-z0-9-]+", one) for one in names.values())
    assert "report-district" not in names.values()


def outline_titles(outline):
    """Titles of all bookmarks."""
    return [
        title
        for one in outline
        for title in (outline_titles(one) if isinstance(one, list) else [one.title])
    ]


def scope_of(cell):
    """The scope of a heading of a table."""
    scopes = [part["/Scope"] for part in cell.get("/A", []) if "/Scope" in part]
    return scopes[0] if scopes else ""


def test_headings_of_the_pdf_go_down_by_steps_of_one_in_the_order_of_the_contents(pack):
    import pypdf

    for path in (pack / "report-hillside.pdf", pack / "report-district.pdf"):
        document = pypdf.PdfReader(path, strict=True)
        (top,) = document.trailer["/Root"]["/StructTreeRoot"]["/K"]
        levels = [
            int(part["/S"][2:]) for part in elements(top) if re.fullmatch(r"/H\d", part["/S"])
        ]
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
        assert all(page["/Tabs"] == "/S" for page in document.pages)
        assert document.metadata.title
        assert len(levels) == len(outline_titles(document.outline))


def test_a_table_of_areas_has_all_areas_with_the_own_one_marked(pack, riverbend):
    names = {name for _, name in areas_of(riverbend)}
    html = (pack / "report-hillside.html").read_text("utf-8")
    for figure in ("quality-seats", "service-gap", "distance", "trend", "coverage"):
        text = re.search(rf'<section class="figure" id="{figure}">.*?</section>', html, re.S)[0]
        rows = re.findall(r'<tr( class="own")?><th scope="row">(.*?)</th>', text)
        assert {name for _, name in rows} == names | {"District"}
        assert {name for mark, name in rows if mark} == {"Hillside"}
    matrix = html[html.index('id="matrix"') :]
    assert set(re.findall(r'<tr class="own"><th scope="row">(.*?)</th>', matrix)) == {"Hillside"}


def test_a_table_with_bars_beside_the_map_begins_with_the_highest_value(riverbend):
    drawing = drawn(riverbend.reference, "quality-seats", areas="planning", area="P1")
    whole = drawn(riverbend.reference, "quality-seats", areas="planning")
    item = item_of(drawing, whole)
    ranked = [unit.name for unit in whole.frame.ranking.units]
    assert [row[0] for row in item.rows] == [*ranked, "District"]
    assert [item.rows[index][0] for index in item.marked] == ["Hillside"]


def test_the_measures_at_a_glance_stand_on_one_page(pack):
    import pypdf

    for name in ("report-hillside", "report-district"):
        lines = [line[0] for line in glance_of(pack / f"{name}.html")]
        pages = [
            " ".join(part.extract_text().split())
            for part in pypdf.PdfReader(pack / f"{name}.pdf").pages
        ]
        assert any(all(line in page for line in lines) for page in pages)


def test_the_matrix_leaves_out_measures_and_grades_without_data(riverbend):
    from dataclasses import replace

    from geoservice.reports.pages import matrix_tables
    from geoservice.reports.report import has_matrix_data

    matrix = drawn(riverbend.reference, "gaps-matrix", areas="planning")
    empty = Value(NO_DATA, None, "no data")
    whole = matrix_tables(matrix, "P1")
    places = [index for index, column in enumerate(matrix.columns) if column.unit]
    kept = places[0]
    bare = replace(
        matrix,
        rows=tuple(
            replace(
                row,
                cells=tuple(
                    empty if index in places and (index != kept or "6-8" in row.cells) else cell
                    for index, cell in enumerate(row.cells)
                ),
            )
            for row in matrix.rows
        ),
    )
    tables = matrix_tables(bare)
    assert [table.caption for table in tables] == [
        table.caption for table in whole if table.caption != "6-8"
    ]
    assert {table.heads for table in tables} == {whole[0].heads[:2]}
    assert all(table.marked for table in whole)
    assert has_matrix_data(bare)
    nothing = tuple(
        replace(row, cells=tuple(empty if i in places else c for i, c in enumerate(row.cells)))
        for row in bare.rows
    )
    assert not has_matrix_data(replace(bare, rows=nothing))


def test_the_pdf_is_pdf_ua_with_bookmarks_tables_and_figures_in_words(pack):
    import pypdf

    document = pypdf.PdfReader(pack / "report-hillside.pdf", strict=True)
    root = document.trailer["/Root"]
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()
    assert "/CreationDate" not in document.metadata
    (top,) = root["/StructTreeRoot"]["/K"]
    tree = list(elements(top))
    kinds = [one["/S"] for one in tree]
    assert kinds.count("/H1") == 1
    assert kinds.count("/H2") >= 14
    pictures = [one for one in tree if one["/S"] == "/Figure" and "/Alt" in one]
    assert len(pictures) == 14
    assert all("?" in one["/Alt"] for one in pictures)
    tables = [one for one in tree if one["/S"] == "/Table"]
    assert len(tables) >= 14
    for table in tables:
        rows = [one for one in elements(table) if one["/S"] == "/TR"]
        heads, *body = [
            [cell for cell in elements(row) if cell["/S"] in ("/TH", "/TD")] for row in rows
        ]
        assert {(cell["/S"], scope_of(cell)) for cell in heads} == {("/TH", "/Column")}
        for first, *others in body:
            assert (first["/S"], scope_of(first)) == ("/TH", "/Row")
            assert {cell["/S"] for cell in others} <= {"/TD"}
    titles = outline_titles(document.outline)
    assert "At a glance" in titles
    assert "Where are the well-rated schools and seats?" in titles
    assert "Gaps matrix" in titles


def test_a_pack_written_again_has_the_same_bytes(pack, riverbend, home, tmp_path):
    from geoservice.cartography.figure.choice import Choice
    from geoservice.model.settings import Settings
    from geoservice.service.maps import Maps
    from geoservice.service.reports import write_pack

    maps = Maps(Settings.read({"GEOSERVICE_HOME": str(home)}))
    choice = Choice(areas="planning", theme="print")
    write_pack(maps, riverbend.reference, tmp_path, choice)
    for path in pack.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_a_report_of_an_area_shows_the_areas_own_zones_and_no_list_of_hexagons(riverbend):
    for name in ("zones", "participation"):
        whole = drawn(riverbend.reference, name, areas="planning")
        here = drawn(riverbend.reference, name, areas="planning", area="P1")
        item = item_of(here, whole)
        assert 0 < len(item.rows) < len(whole.rows) / 2
        (zones,) = [one for one in item.drawing.layers if one.id in ("zones", "units")]
        assert {one.id for one in zones.features} == {
            row.id for row in item.drawing.rows if row.id != "district"
        }
        assert "attendance zones lie in Hillside" in item.drawing.alternative
    residents = item_of(
        drawn(riverbend.reference, "residents", areas="planning", area="P1"),
        drawn(riverbend.reference, "residents", areas="planning"),
    )
    assert residents.rows == ()
    assert residents.unlisted > 0


def test_a_report_of_an_area_shows_the_areas_own_flows(riverbend):
    whole = drawn(riverbend.reference, "flows", areas="planning")
    here = drawn(riverbend.reference, "flows", areas="planning", area="P1")
    item = item_of(here, whole)
    assert 0 < len(item.rows) < len(whole.rows)
    assert all("Hillside" in row for row in item.rows)


def test_a_figure_without_data_is_none_of_the_report(riverbend):
    from dataclasses import replace

    made = drawn(riverbend.reference, "quality-seats")
    assert has_data(item_of(made, made))
    empty = [
        replace(
            row,
            cells=tuple(
                Value(NO_DATA, None, "no data") if isinstance(cell, Value) else cell
                for cell in row.cells
            ),
        )
        for row in made.rows
    ]
    without = replace(made, rows=tuple(empty))
    assert not has_data(item_of(without, without))


def test_measures_at_a_glance_are_of_the_grades_of_the_report(riverbend, home, pack):
    """The service gap of a map is by default that of the first grades."""
    gaps = riverbend.map("service-gap", areas="planning", band="all").drawing
    at = [one.id for one in gaps.columns].index("service_gap")
    (district,) = [row.cells[at].text for row in gaps.rows if row.id == "district"]
    (line,) = [
        one for one in glance_of(pack / "report-district.html") if one[0].startswith("Service gap")
    ]
    assert line[1] == district


def test_the_workbook_holds_numbers_and_prints_on_sensible_pages(pack):
    book = openpyxl.load_workbook(pack / "figures.xlsx")
    head, *rows = book["At a glance"].iter_rows()
    assert head[1].value == "Hillside"
    assert all(isinstance(cell.value, int | float) for row in rows for cell in row[1:])
    (share,) = [row for row in rows if row[0].value.startswith("Quality seats")]
    assert share[1].number_format == "0.0%"
    assert 0 < share[1].value < 1
    for sheet in book:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.fitToHeight == 0
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
    for sheet in book.worksheets[1:]:
        assert sheet.print_title_rows == "$1:$1"


def test_the_cover_names_the_districts_key_figures(pack):
    import pypdf

    cover = pypdf.PdfReader(pack / "report-hillside.pdf").pages[0].extract_text()
    for label in ("Students", "Schools", "Seats", "Rank", "2020-21 to 2023-24"):
        assert label in cover
    assert cover.count("District: ") >= 5


def test_places_without_numbers_are_shown_without_the_empty_columns(riverbend):
    from dataclasses import replace

    schools = drawn(riverbend.reference, "ratings")
    without = replace(
        schools,
        rows=tuple(
            replace(
                row,
                cells=tuple(
                    Value(NO_DATA, None, "no data") if isinstance(cell, Value) else cell
                    for cell in row.cells
                ),
            )
            for row in schools.rows
        ),
    )
    item = item_of(without, without)
    assert has_data(item)
    titles = [column.title for column in item.columns]
    assert titles == ["School", "Level", "Sector", "Grades", "Rating"]
    assert {len(row) for row in item.rows} == {len(titles)}
