"""Workbooks whose cells lie far apart: refused before the reader sets up every cell between them."""

import resource
import struct
import subprocess
import sys
import zipfile

import polars as pl
import pytest
import xlsxwriter
from old_workbook import chart, compound, number, old_book, shared, size, text, texts

from geoservice.cli.main import main
from geoservice.errors import InputError, TooLargeError
from geoservice.region.drafting import draft_region
from geoservice.tables.dialect import unique_names
from geoservice.tables.process_limits import ProcessLimits
from geoservice.tables.reading import open_table, read_table
from geoservice.tables.sheet_extents import refuse_vast_sheets

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384


def written(path, fill):
    with xlsxwriter.Workbook(path) as book:
        fill(book.add_worksheet(), book)
    return path


def list_and(row, column, value="x"):
    def fill(sheet, _):
        sheet.write_row(0, 0, ["id", "address"])
        sheet.write_row(1, 0, ["1", "1 Main St"])
        sheet.write(row, column, value)

    return fill


def with_sheet(path, content):
    """A workbook whose sheet has this text; ``content`` stands for its rows."""
    written(path, list_and(2, 0))
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    before = files[name].partition(b"<sheetData>")[0]
    files[name] = before + b"<sheetData>" + content + b"</sheetData></worksheet>"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, text in files.items():
            archive.writestr(each, text)
    return path


def cell(attributes):
    return f"<c{attributes}><v>1</v></c>".encode()


FIRST = cell(' r="A1"')
_EMPTY_ROWS = b"<row></row>" * 100_000
_TO_THE_RIGHT = b"<row>" + cell("") * LAST_COLUMN + b"</row>"


@pytest.mark.parametrize(
    "content",
    [
        FIRST + cell(' r="XFD1048576"'),
        FIRST + cell(" r='XFD1048576'"),
        FIRST + cell(' s="1"  r = "XFD1048576" t="n"'),
        FIRST + cell(' x=">" r="XFD1048576"'),
        FIRST + b"<!-- <c r='A1'/> -->" + cell(' x="/>" r="XFD1048576"'),
        FIRST + cell(' r="xfd1048576"'),
        FIRST + b'<a:c xmlns:a="b" r="XFD1048576"><a:v>1</a:v></a:c>',
        b"<row>" + FIRST + b'</row><row r="1048576">' + cell("") * 30 + b"</row>",
        FIRST + cell(' r="XFE1"'),
        FIRST + cell(' r="AAAAAA1"'),
        b"<row>" + cell("") * (LAST_COLUMN + 1) + b"</row>",
        _TO_THE_RIGHT + _EMPTY_ROWS + b"<row>" + cell("") + b"</row>",
    ],
)
def test_cells_in_opposite_corners_are_refused_however_they_are_written(tmp_path, content):
    path = with_sheet(tmp_path / "list.xlsx", content)
    assert path.stat().st_size < 50_000
    with pytest.raises(TooLargeError, match=r"Delete what lies behind the table"):
        open_table(path)
    assert [layer.raw for layer in draft_region(tmp_path).layers] == [None]


def test_all_sheets_count_together(tmp_path):
    def fill(sheet, book):
        for name in "bcdef":
            list_and(400_000, 12)(book.add_worksheet(name), book)
        list_and(2, 0)(sheet, book)

    with pytest.raises(TooLargeError):
        open_table(written(tmp_path / "list.xlsx", fill))


def test_what_is_formatted_and_empty_does_not_count(tmp_path):
    def fill(sheet, book):
        list_and(2, 0)(sheet, book)
        gray = book.add_format({"bg_color": "gray"})
        sheet.write_blank(LAST_ROW - 1, LAST_COLUMN - 1, None, gray)

    path = written(tmp_path / "list.xlsx", fill)
    assert read_table(path)["id"].to_list() == ["1", "x"]


@pytest.mark.parametrize("place", [(LAST_ROW - 1, 0), (1, LAST_COLUMN - 1)])
def test_a_single_cell_in_the_last_row_or_column_is_read(tmp_path, place):
    path = written(tmp_path / "list.xlsx", list_and(*place, value="last"))
    with open_table(path) as table:
        rows = pl.concat(list(table.chunks(1_000_000)))
    assert rows.shape == (place[0], 2 if place[1] == 0 else LAST_COLUMN)
    assert rows[place[0] - 1, place[1]] == "last"
    assert rows[0, 1] == "1 Main St"


def test_unplaced_cells_follow_each_other_as_in_the_reader(tmp_path):
    rows = (b"<row>" + cell("") * 3 + b"</row>") * 4
    path = with_sheet(tmp_path / "list.xlsx", rows)
    refuse_vast_sheets(path, "list.xlsx")
    assert read_table(path).shape == (3, 3)


_ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body>'
    '<office:spreadsheet><table:table table:name="A">{rows}</table:table>'
    "</office:spreadsheet></office:body></office:document-content>"
)
_ODS_ROW = (
    '<table:table-row table:number-rows-repeated="{down}"><table:table-cell '
    'table:number-columns-repeated="{right}" office:value-type="string">'
    "<text:p>a</text:p></table:table-cell>{rest}</table:table-row>"
)
_ODS_EMPTY = '<table:table-cell table:number-columns-repeated="16384"/>'


def ods(path, *rows):
    lines = "".join(
        _ODS_ROW.format(down=down, right=right, rest=_ODS_EMPTY) for down, right in rows
    )
    lines += f'<table:table-row table:number-rows-repeated="1048500">{_ODS_EMPTY}</table:table-row>'
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", _ODS.format(rows=lines))
    return path


def test_repeated_cells_of_an_open_document_are_counted(tmp_path):
    assert read_table(ods(tmp_path / "small.ods", (1, 2), (3, 2))).shape == (3, 2)
    for down, right in (
        (LAST_ROW, 30),
        (2_000, LAST_COLUMN),
        (1, LAST_COLUMN + 1),
        (4_000_000_000, 4_000_000_000),
    ):
        with pytest.raises(TooLargeError):
            open_table(ods(tmp_path / "large.ods", (1, 2), (down, right)))


_LONG = "a" * 100_000


@pytest.mark.parametrize("cell_of", [b'<c t="s"><v>1</v></c>', b"<c t = 's' ><v > 1 </v></c>"])
def test_a_long_text_in_many_cells_is_refused(tmp_path, cell_of):
    path = with_sheet(tmp_path / "list.xlsx", b"<row>" + cell_of + b"</row>")
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    texts = files["xl/sharedStrings.xml"].partition(b"<si>")[0]
    texts += f"<si><t>id</t></si><si><t>{_LONG}</t></si></sst>".encode()
    for rows, is_refused in ((5, False), (50_000, True)):
        head, sheet = files["xl/worksheets/sheet1.xml"].split(b"<sheetData>")
        row = b"<row>" + cell_of + b"</row>"
        sheet = head + b"<sheetData>" + row * rows + b"</sheetData></worksheet>"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            changed = {"xl/sharedStrings.xml": texts, "xl/worksheets/sheet1.xml": sheet}
            for name, content in (files | changed).items():
                archive.writestr(name, content)
        if is_refused:
            with pytest.raises(TooLargeError, match="long texts in many cells"):
                refuse_vast_sheets(path, "list.xlsx")
        else:
            refuse_vast_sheets(path, "list.xlsx")


def test_a_long_text_in_repeated_cells_of_an_open_document_is_refused(tmp_path):
    path = ods(tmp_path / "small.ods", (1, 2), (3, 2))
    refuse_vast_sheets(path, "small.ods")
    rows = _ODS_ROW.replace("<text:p>a", f"<text:p>{_LONG}").format(down=9_000, right=9, rest="")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", _ODS.format(rows=rows))
    assert path.stat().st_size < 2_000
    with pytest.raises(TooLargeError, match="long texts in many cells"):
        refuse_vast_sheets(path, "small.ods")


def record(kind, content):
    number = bytes([kind]) if kind < 128 else bytes([kind & 127 | 128, kind >> 7])
    return number + bytes([len(content)]) + content


def binary_sheet(*places):
    """The records of a sheet of an XLSB file with a number in each place."""
    cells = b"".join(
        record(0, struct.pack("<I", row) + b"\x00" * 13)
        + record(5, struct.pack("<IId", column, 0, 1.0))
        for row, column in places
    )
    return record(129, b"") + record(145, b"") + cells + record(146, b"") + record(130, b"")


def test_cells_of_a_binary_workbook_are_counted(tmp_path):
    path = tmp_path / "list.xlsb"
    for places, is_refused in (
        ([(0, 0), (4, 3)], False),
        ([(0, 0), (LAST_ROW - 1, LAST_COLUMN - 1)], True),
        ([(0, 0), (0, LAST_COLUMN)], True),
    ):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("xl/worksheets/sheet1.bin", binary_sheet(*places))
            archive.writestr("xl/media/image1.png", bytes(range(256)) * 40)
        with pytest.raises(TooLargeError if is_refused else InputError):
            open_table(path)
        if not is_refused:
            refuse_vast_sheets(path, "list.xlsb")


def test_a_long_text_in_many_cells_of_a_binary_workbook_is_refused(tmp_path):
    path = tmp_path / "list.xlsb"
    told = bytes([19, 0xE5, 0xA7, 0x12]) + struct.pack("<BI", 0, 150_000) + b"a\0" * 150_000
    for rows, is_refused in ((9, False), (4_000, True)):
        cells = b"".join(
            record(0, struct.pack("<I", row) + b"\x00" * 13)
            + record(7, struct.pack("<III", 0, 0, 0))
            for row in range(rows)
        )
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/worksheets/sheet1.bin", record(145, b"") + cells)
            archive.writestr("xl/sharedStrings.bin", told)
        if is_refused:
            with pytest.raises(TooLargeError, match="long texts in many cells"):
                refuse_vast_sheets(path, "list.xlsb")
        else:
            refuse_vast_sheets(path, "list.xlsb")


def test_a_workbook_of_far_corners_does_not_end_the_process(tmp_path):
    path = with_sheet(tmp_path / "list.xlsx", FIRST + cell(' r="XFD1048576"'))
    line = "import sys, pathlib; from geoservice.tables.reading import read_table\n"
    line += "read_table(pathlib.Path(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", line, str(path)],
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30)),
    )
    assert done.returncode == 1
    assert "TooLargeError" in done.stderr


_OLD_LIST = text(0, 0, "id") + text(0, 1, "address") + number(1, 0) + text(1, 1, "1 Main St")
_OLD_LAST = number(65_535, 255)


def test_an_old_workbook_is_read(tmp_path):
    path = tmp_path / "list.xls"
    path.write_bytes(compound(old_book(size(2, 2) + _OLD_LIST)))
    assert read_table(path).rows() == [("1", "1 Main St")]


@pytest.mark.parametrize(
    ("book", "fault"),
    [
        (old_book(*[_OLD_LIST + _OLD_LAST] * 2), TooLargeError),
        (old_book(_OLD_LIST + _OLD_LAST, repeated=1_000), TooLargeError),
        (old_book(_OLD_LIST + number(9, 256)), InputError),
        (old_book(_OLD_LIST + chart() + number(9, 65_535)), InputError),
        (old_book(size(4_294_967_280, 65_535) + _OLD_LIST), InputError),
        (old_book(size(2, 2, first=3) + _OLD_LIST), InputError),
    ],
)
def test_an_old_workbook_of_far_corners_or_false_sizes_is_refused(tmp_path, book, fault):
    path = tmp_path / "list.xls"
    path.write_bytes(compound(book))
    assert path.stat().st_size < 50_000
    with pytest.raises(fault) as told:
        open_table(path)
    assert isinstance(told.value, TooLargeError) == (fault is TooLargeError)


def test_a_long_text_in_many_cells_of_an_old_workbook_is_refused(tmp_path):
    """Two texts, of which the second goes on in further records."""
    path, told = tmp_path / "list.xls", texts(2, 60_000)
    for rows, is_refused in ((9, False), (4_000, True)):
        cells = b"".join(shared(row, 0, int(row > 0)) for row in range(rows))
        path.write_bytes(compound(old_book(cells, told=told)))
        if is_refused:
            with pytest.raises(TooLargeError, match="long texts in many cells"):
                open_table(path)
        else:
            assert [len(cell) for cell in read_table(path)["aa"]] == [60_000] * 8


_OLD_FILE = compound(old_book(_OLD_LIST))
_FAT, _FOLDER = 512, 1_024


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (_FAT + 4 * 2, 2),  # The first sector of the workbook follows itself,
        (_FAT + 4 * 5, 3),  # or an earlier one the later,
        (_FAT + 4 * 4, 4_000_000_000),  # or one that lies far behind the end,
        (_FAT + 4 * 4, 0xFFFFFFFF),  # or one that is free.
        (_FAT + 4, 1),  # The directory follows itself.
        (44, 2_000_000_000),  # Lengths of tables,
        (64, 2_000_000_000),
        (68, 0),  # and where they lie.
        (76, 4_000_000_000),
        (_FOLDER + 128 + 116, 4_000_000_000),  # Start and length of the workbook.
        (_FOLDER + 128 + 120, 4_000_000_000),
    ],
)
def test_an_old_workbook_with_damaged_chains_is_refused(tmp_path, at, value):
    path = tmp_path / "list.xls"
    path.write_bytes(_OLD_FILE[:at] + struct.pack("<I", value) + _OLD_FILE[at + 4 :])
    with pytest.raises(InputError, match="is no XLS file, or it is damaged"):
        open_table(path)


def test_an_old_workbook_cut_before_its_rows_is_refused(tmp_path):
    path = tmp_path / "list.xls"
    for length in range(0, 1_600, 97):
        path.write_bytes(_OLD_FILE[:length])
        with pytest.raises(InputError):
            open_table(path)


def test_the_most_cells_are_a_setting(tmp_path, monkeypatch, capsys):
    """A book of 40 cells, and a limit of 39."""
    monkeypatch.setattr(ProcessLimits, "most_cells", ProcessLimits.most_cells)
    path = written(tmp_path / "list.xlsx", list_and(9, 3))
    refuse_vast_sheets(path, "list.xlsx")
    monkeypatch.setenv("GEOSERVICE_MAX_SHEET_CELLS", "39")
    assert main(["settings"]) == 0
    with pytest.raises(TooLargeError, match="at most 39 cells"):
        refuse_vast_sheets(path, "list.xlsx")
    monkeypatch.setenv("GEOSERVICE_MAX_SHEET_CELLS", "0")
    assert main(["settings"]) == 2
    assert "GEOSERVICE_MAX_SHEET_CELLS" in capsys.readouterr().err


def test_many_columns_of_one_name_are_named_in_little_time():
    names = unique_names(["a"] * 200_000 + ["b", "a_2", ""])
    assert len(set(names)) == 200_003
    assert names[:3] == ("a", "a_2", "a_3")
    assert names[-3:] == ("b", "a_2_2", "column_200003")


def test_a_text_table_of_very_many_columns_is_refused(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text("a," * 200_000 + "a\n1\n")
    with pytest.raises(InputError, match="more than 10000 columns"):
        open_table(path)
