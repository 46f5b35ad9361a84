"""The board packet of a scenario, and what the library gives of it."""

import re

import openpyxl
import pypdf
import pytest
from accessibility import violations
from pdf_structure import elements
from planned_district import INTERNAL, planned_district, toml_of_close

from geoservice import Region
from geoservice.cli.main import main
from geoservice.planning.numbers import MEASURES
from geoservice.reports.texts import ReportTexts


@pytest.fixture(scope="module")
def district():
    return planned_district()


@pytest.fixture
def scenario(tmp_path):
    path = tmp_path / "close-main.toml"
    path.write_text(toml_of_close())
    return path


@pytest.fixture
def report(district, scenario, monkeypatch):
    """Write a packet."""
    monkeypatch.setenv("GEOSERVICE_HOME", str(district.settings.home))

    def write(target, *more):
        arguments = [scenario, "--region", district.folder, "-o", target, *more]
        return main(["scenario", "report", *map(str, arguments)])

    return write


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("Board packet", "Students who change school", "The coming years")),
        (
            "es",
            (
                "Documentos para la junta escolar",
                "Estudiantes que cambian de escuela",
                "próximos años",
            ),
        ),
    ],
)
def test_a_packet_has_page_pdf_and_workbook(report, page, tmp_path, lang, words):
    folder = tmp_path / "packet"
    assert report(folder, "--lang", lang) == 0
    html = (folder / "board-packet.html").read_text()
    document = pypdf.PdfReader(folder / "board-packet.pdf")
    text = "\n".join(part.extract_text() for part in document.pages)
    for word in words:
        assert word in html
        assert word in text
    assert "http" not in html.replace("http-equiv", "")
    assert len(document.pages) >= 4
    (top,) = document.trailer["/Root"]["/StructTreeRoot"]["/K"]
    tree = list(elements(top))
    figures = [part for part in tree if part["/S"] == "/Figure" and "/Alt" in part]
    assert len(figures) == len(re.findall("<figure>", html))
    headings = [part for part in tree if part["/S"] == "/TH"]
    scopes = {part["/Scope"] for cell in headings for part in cell["/A"] if "/Scope" in part}
    assert scopes == {"/Column", "/Row"}
    page.goto(f"file://{folder}/board-packet.html")
    assert violations(page) == []
    assert page.locator("#years tbody tr").count() == 5


def test_a_packet_may_be_a_single_file_and_of_the_internal_profile(report, tmp_path, capsys):
    path = tmp_path / "packet.html"
    assert report(path, "--profile", "internal", "--purpose", "Board meeting") == 0
    assert "for school officials only" in path.read_text()
    assert report(tmp_path / "packet.docx") == 2
    assert "packet is a folder" in capsys.readouterr().err
    assert not (tmp_path / "packet.docx").exists()


def test_the_public_packet_holds_no_count_below_the_minimum(report, tmp_path):
    path = tmp_path / "packet.xlsx"
    assert report(path) == 0
    rows = lines_of(openpyxl.load_workbook(path)["Schools"])
    measures = ("Students", "Students who come from another school", "Enrolled")
    counts = [row["Scenario"] for row in rows if row["Measure"] in measures]
    assert any(isinstance(count, int | float) for count in counts)
    assert all(count in ("withheld", "no data", 0) or float(count) >= 10 for count in counts)


def lines_of(sheet):
    """The lines of a sheet by heading."""
    heads = [cell.value for cell in sheet[1]]
    return [
        dict(zip(heads, (cell.value for cell in row), strict=True))
        for row in sheet.iter_rows(min_row=2)
    ]


SHEETS = {
    "en": ["About", "At a glance", "District", "Schools", "Areas"],
    "es": ["Acerca de", "De un vistazo", "Distrito", "Escuelas", "Áreas"],
}


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_workbook_has_words_formats_and_prints(report, tmp_path, lang):
    path = tmp_path / "packet.xlsx"
    assert report(path, "--lang", lang, "--profile", "internal", "--purpose", "Board") == 0
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == SHEETS[lang]
    for sheet in book.worksheets:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.fitToHeight == 0
        for row in sheet.iter_rows():
            assert not any("_" in cell.value for cell in row if isinstance(cell.value, str))
    for sheet in book.worksheets[1:]:
        assert sheet.print_title_rows == "$1:$1"
        assert sheet.freeze_panes.endswith("2")
    share = "Utilization" if lang == "en" else "Utilización"
    measure, today = ("Measure", "Today") if lang == "en" else ("Medida", "Hoy")
    sheet = book[SHEETS[lang][3]]
    heads = [cell.value for cell in sheet[1]]
    cells = [
        row[heads.index(today)]
        for row in sheet.iter_rows(min_row=2)
        if row[heads.index(measure)].value == share
    ]
    numbers = [cell for cell in cells if isinstance(cell.value, int | float)]
    assert numbers
    assert {cell.number_format for cell in numbers} == {"0.0%"}


def test_every_measure_of_a_scenario_has_words_in_both_languages():
    for lang in ("en", "es"):
        texts = ReportTexts(lang)
        assert set(texts.listed("scenario_measures")) == set(MEASURES)
        assert set(texts.listed("scenario_meanings")) == set(MEASURES)


def test_the_workbook_holds_the_numbers_of_the_page(report, tmp_path):
    assert report(tmp_path) == 0
    sheet = openpyxl.load_workbook(tmp_path / "board-packet.xlsx")["At a glance"]
    html = (tmp_path / "board-packet.html").read_text()
    for measure, today, proposed, change in sheet.iter_rows(min_row=2, values_only=True):
        assert f'<th scope="row">{measure}</th>' in html
        if isinstance(today, int | float) and isinstance(proposed, int | float):
            assert change == pytest.approx(proposed - today)
        if measure.startswith("Students"):
            assert f'<td class="value">{proposed:,.0f}</td>' in html


def test_the_library_draws_a_scenario_and_gives_blocks(district, scenario, tmp_path, monkeypatch):
    monkeypatch.setenv("GEOSERVICE_HOME", str(district.settings.home))
    region = Region.open(district.folder)
    outcome = region.scenario(scenario, **INTERNAL)
    outcome.map().save(tmp_path / "scenario.png")
    assert (tmp_path / "scenario.png").stat().st_size > 10_000
    assert outcome.map("scenario-access", lang="es").drawing.profile == "internal"
    blocks = region.blocks
    assert set(outcome.moves["block"]) <= set(blocks["id"])
    assert blocks.crs == "EPSG:4326"
    assert blocks.is_valid.all()
