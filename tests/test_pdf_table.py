"""Long tables as PDF: tagged as PDF/UA-1 with headings, tables, bookmarks and embedded type."""

import io

import polars as pl
import pypdf
import pytest

from geoservice.tables.pdf_table import PrintedColumn, pdf_table

HEADS = ("Street", "From", "School")
LONG = "The School of Arts, Sciences and the Study of the River & its <Places>"
ROWS = [
    *((f"{number}TH ST", str(number), "École Élémentaire") for number in range(4, 9)),
    *((f"ADAMS ST {number}", str(number), LONG) for number in range(80)),
    ("BAKER ST", "", "Ωmega 學"),
    *((f"CLAY ST {number}", "1", "") for number in range(60)),
]
TITLE = "Street directory, Señor (test), 2023-24"


@pytest.fixture(scope="module")
def document():
    table = pl.DataFrame(ROWS, schema=HEADS, orient="row")
    columns = [PrintedColumn(head, head, 1.0) for head in HEADS]
    content = pdf_table(TITLE, table, columns)
    assert content == pdf_table(TITLE, table, columns)
    return pypdf.PdfReader(io.BytesIO(content), strict=True)


def parts(element):
    """The elements under an element."""
    kids = element.get("/K", [])
    kids = kids if isinstance(kids, list) else [kids]
    return [kid.get_object() for kid in kids if isinstance(kid.get_object(), dict)]


def test_the_document_says_what_pdf_ua_requires(document):
    root = document.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    metadata = root["/Metadata"].get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert TITLE in metadata
    assert document.metadata.title == TITLE
    assert "/CreationDate" not in document.metadata
    assert all(page["/Tabs"] == "/S" for page in document.pages)
    for font in document.pages[0]["/Resources"]["/Font"].values():
        letters = font["/DescendantFonts"][0]
        assert letters["/FontDescriptor"]["/FontFile2"].get_data()
        assert "/ToUnicode" in font


def test_headings_tables_and_rows_follow_the_order_of_reading(document):
    (top,) = parts(document.trailer["/Root"]["/StructTreeRoot"])
    assert top["/S"] == "/Document"
    kinds = [part["/S"] for part in parts(top)]
    assert kinds == ["/H1", *["/H2", "/Table"] * 4]
    tables = [part for part in parts(top) if part["/S"] == "/Table"]
    counts = []
    for table in tables:
        head, body = parts(table)
        assert (head["/S"], body["/S"]) == ("/THead", "/TBody")
        (line,) = parts(head)
        assert [(cell["/S"], cell["/A"]["/Scope"]) for cell in parts(line)] == [
            ("/TH", "/Column")
        ] * len(HEADS)
        for row in parts(body):
            name, *cells = parts(row)
            assert (name["/S"], name["/A"]["/Scope"]) == ("/TH", "/Row")
            assert [cell["/S"] for cell in cells] == ["/TD"] * (len(HEADS) - 1)
            assert row["/P"].get_object() == body
        counts.append(len(parts(body)))
    assert counts == [5, 80, 1, 60]


def test_each_mark_of_a_page_belongs_to_its_element(document):
    nums = document.trailer["/Root"]["/StructTreeRoot"]["/ParentTree"]["/Nums"]
    by_page = {nums[index]: nums[index + 1].get_object() for index in range(0, len(nums), 2)}
    assert len(by_page) == len(document.pages)
    for page in document.pages:
        elements = [part.get_object() for part in by_page[page["/StructParents"]]]
        assert [part["/K"] for part in elements] == list(range(len(elements)))
        assert all(part["/Pg"].get_object() == page for part in elements)
        content = page.get_contents().get_data()
        assert content.count(b"/MCID") == len(elements)
        assert content.count(b"BDC") == content.count(b"EMC")
        assert content.count(b"/Artifact") in (1, 2)


def test_bookmarks_lead_to_the_page_of_each_letter(document):
    titles = [mark.title for mark in document.outline]
    assert titles == ["0–9", "A", "B", "C"]
    pages = [document.get_destination_page_number(mark) for mark in document.outline]
    for title, page in zip(titles, pages, strict=True):
        assert title in document.pages[page].extract_text().splitlines()
    assert pages == sorted(pages)


def test_every_page_has_the_heads_and_its_number(document):
    for number, page in enumerate(document.pages, 1):
        text = page.extract_text()
        assert "Street" in text
        assert f"{number} / {len(document.pages)}" in text


def test_texts_are_whole_for_programs_and_missing_letters_print_as_a_question_mark(document):
    text = "".join(page.extract_text() for page in document.pages)
    assert text.count("ADAMS ST") == 80
    assert "École Élémentaire" in text
    assert "Ωmega ?" in text
    content = document.pages[0].get_contents().get_data()
    assert f"/ActualText<feff{LONG.encode('utf-16-be').hex()}>".encode() in content


def test_a_table_without_rows_is_a_page_with_its_title():
    table = pl.DataFrame(schema=dict.fromkeys(HEADS, pl.String))
    columns = [PrintedColumn(head, head, 1.0) for head in HEADS]
    document = pypdf.PdfReader(io.BytesIO(pdf_table(TITLE, table, columns)), strict=True)
    assert TITLE in document.pages[0].extract_text()
    assert document.outline == []
