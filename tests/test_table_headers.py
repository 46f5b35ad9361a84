"""Tables whose header is not in the first line: found by themselves, or where users say."""

import datetime

import openpyxl
import polars as pl
import pytest

from geoservice.errors import InputError
from geoservice.placing.options import PlaceOptions, resolve
from geoservice.tables.layout import TO_BE_FOUND, TableLayout, header_row_of
from geoservice.tables.reading import open_table
from geoservice.tables.writing import TableWriter

HEAD = ["Student ID", "Address", "Grade"]
ROW = ["0012", "251 12th Ave SE", "5"]
TITLE = ["Active students as of 10/1/2023"]


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def workbook(path, **sheets):
    """A workbook whose sheets hold these rows; a title `_name` hides the sheet."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name.lstrip("_"))
        sheet.sheet_state = "hidden" if name.startswith("_") else "visible"
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def read(path, *wanted, **place):
    """The rows, and what was said of them."""
    with open_table(path, layout=TableLayout(**place).expecting(wanted)) as table:
        return pl.concat(list(table.chunks(1000))), table.notes


ABOVE = {
    "a title": [TITLE],
    "a title and a blank row": [TITLE, []],
    "blank rows": [[], []],
    "a title and its day": [["Enrollment"], ["Generated:", "10/1/2023"], []],
    "notes": [["School:", "Main Elementary"], ["Contact:", "the office"], []],
    "a long title with commas": [["Springfield Schools, students as of October, final"], []],
}


@pytest.mark.parametrize("wanted", [(), ("Address",), ("address ", "GRADE")])
@pytest.mark.parametrize("ending", ["csv", "tsv", "xlsx"])
@pytest.mark.parametrize("above", ABOVE)
def test_a_header_below_other_rows_is_found_and_told(tmp_path, above, ending, wanted):
    rows = [*ABOVE[above], HEAD, ROW, ["0013", "1 Oak St, Apt 4", "KG"]]
    path = tmp_path / f"a.{ending}"
    if ending == "xlsx":
        workbook(path, Sheet1=rows)
    else:
        delimiter = "," if ending == "csv" else "\t"
        write(path, "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows) + "\n")
    frame, notes = read(path, *wanted)
    assert frame.columns == HEAD
    assert frame["Student ID"].to_list() == ["0012", "0013"]
    assert frame["Address"].to_list() == ["251 12th Ave SE", "1 Oak St, Apt 4"]
    assert notes == [f"`a.{ending}`: the header was found in row {len(ABOVE[above]) + 1}."]


@pytest.mark.parametrize(
    "text",
    [
        "Enrollment, all schools\n\nStudent ID;Address;Grade\n0012;251 12th Ave SE;5\n",
        "sep=;\nStudent ID;Address;Grade\n0012;251 12th Ave SE;5\n",
        'SEP=;\r\n"Student ID";"Address";"Grade"\r\n0012;251 12th Ave SE;5\r\n',
        "sep=;\nEnrollment, all\nStudent ID;Address;Grade\n0012;251 12th Ave SE;5\n",
        "sep=|\nStudent ID|Address|Grade\n0012|251 12th Ave SE|5\n",
        "Enrollment\tall\nStudent ID,Address,Grade\n0012,251 12th Ave SE,5\n",
        '"Enrollment\nof two lines",,\nStudent ID,Address,Grade\n0012,251 12th Ave SE,5\n',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_delimiters_are_those_of_the_table_and_not_of_its_title(tmp_path, text, encoding):
    frame, _ = read(write(tmp_path / "a.csv", text, encoding), "Address")
    assert frame.rows() == [tuple(ROW)]
    assert frame.columns == HEAD


@pytest.mark.parametrize(
    "text",
    [
        "School,2019,2020\nMain,1,2\nOak,3,4\n",
        "name\nMain\nOak\n",
        ",Main St,Old Main\n1,Oak St,Old Oak\n",
        "id,address\nA,B\nC,D\n",
        "a,b,c\n",
        "x,y\n1,2\n\n3,4\n",
        "a,b\n1\n2\n",
    ],
)
def test_a_first_line_that_is_the_header_stays_it(tmp_path, text):
    frame, notes = read(write(tmp_path / "a.csv", text))
    first = text.split("\n")[0].split(",")
    assert frame.columns == [name or "column_1" for name in first]
    assert notes == []


def test_users_say_which_row_is_the_header(tmp_path):
    text = "a,b\nc,d\n\ne,f\n1,2\n"
    for row, columns in ((1, ["a", "b"]), (2, ["c", "d"]), (4, ["e", "f"])):
        assert read(write(tmp_path / "a.csv", text), header_row=row)[0].columns == columns
    with pytest.raises(InputError, match="row 3, the header row, is empty"):
        read(tmp_path / "a.csv", header_row=3)
    with pytest.raises(InputError, match="row 99"):
        read(tmp_path / "a.csv", header_row=99)
    many = "x,y\n" * 300 + "id,address\n1,2\n"
    assert read(write(tmp_path / "b.csv", many), header_row=301)[0].rows() == [("1", "2")]
    path = workbook(tmp_path / "a.xlsx", Sheet1=[["a"], ["b"], ["c"], ["d"]])
    assert read(path, header_row=3)[0].rows() == [("d",)]


@pytest.mark.parametrize(("text", "row"), [(None, None), ("", None), (" 4 ", 4), ("1", 1)])
def test_the_option_of_the_header_row(text, row):
    assert header_row_of(text) == row


@pytest.mark.parametrize("text", ["0", "-1", "x", "1.5"])
def test_a_header_row_that_is_no_number_is_refused(text):
    with pytest.raises(InputError, match="whole number"):
        header_row_of(text)


COVER = [["Enrollment report"], ["Office of Data"]]


@pytest.mark.parametrize("wanted", [(), ("Address",)])
def test_a_sheet_behind_a_cover_is_found_and_told(tmp_path, wanted):
    path = workbook(tmp_path / "a.xlsx", Cover=COVER, Students=[HEAD, ROW], Empty=[])
    frame, notes = read(path, *wanted)
    assert frame.rows() == [tuple(ROW)]
    assert notes == ["`a.xlsx`: the sheet `Students` was read."]


def test_users_say_which_sheet(tmp_path):
    path = workbook(tmp_path / "a.xlsx", Now=[HEAD, ROW], Before=[HEAD, ["9", "x", "1"]])
    for sheet in ("Before", "before ", "2"):
        assert read(path, sheet=sheet)[0].rows() == [("9", "x", "1")]
    with pytest.raises(
        InputError, match=r"no sheet of that name\. Its sheets are: `Now`, `Before`"
    ):
        read(path, sheet="Then")


@pytest.mark.parametrize("wanted", [(), ("Address",)])
def test_two_sheets_with_the_same_columns_are_asked_about(tmp_path, wanted):
    path = workbook(tmp_path / "a.xlsx", Cover=COVER, K5=[HEAD, ROW], Middle=[HEAD, ROW])
    with pytest.raises(InputError, match=r"sheets `K5`, `Middle` have these columns\. Choose with"):
        read(path, *wanted)


@pytest.mark.parametrize(
    "sheets",
    [
        {"Students": [HEAD, ROW], "_Old": [HEAD, ROW]},
        {"Students": [HEAD, ROW], "Template": [HEAD]},
        {"Codes": [["Code", "Meaning"], ["1", "x"]], "Students": [HEAD, ROW]},
    ],
)
def test_hidden_and_empty_sheets_do_not_compete(tmp_path, sheets):
    assert read(workbook(tmp_path / "a.xlsx", **sheets), "Address")[0].rows() == [tuple(ROW)]


def test_formats_without_sheets_and_rows_say_so(tmp_path):
    write(tmp_path / "a.csv", "a,b\n1,2\n")
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "a.parquet")
    for name in ("a.csv", "a.parquet"):
        with pytest.raises(InputError, match="sheet"):
            read(tmp_path / name, sheet="x")
    with pytest.raises(InputError, match="header row"):
        read(tmp_path / "a.parquet", header_row=2)


def merged(path, *ranges, rows):
    workbook(path, Sheet1=rows)
    book = openpyxl.load_workbook(path)
    for cells in ranges:
        book.active.merge_cells(cells)
    book.save(path)
    return path


def test_two_rows_make_one_header_where_both_are_needed(tmp_path):
    rows = [
        ["Student ID", "Home", None, "Mailing", None],
        [None, "Address", "ZIP", "Address", "ZIP"],
        ["0012", "1 Oak St", "94110", "PO Box 1", "94111"],
    ]
    path = merged(tmp_path / "a.xlsx", "A1:A2", "B1:C1", "D1:E1", rows=rows)
    frame, notes = read(path, "Student ID", "Home Address", "Home ZIP")
    assert frame.columns == [
        "Student ID",
        "Home Address",
        "Home ZIP",
        "Mailing Address",
        "Mailing ZIP",
    ]
    assert frame.row(0) == ("0012", "1 Oak St", "94110", "PO Box 1", "94111")
    assert notes == ["`a.xlsx`: the header was read from rows 1 and 2."]


@pytest.mark.parametrize("wanted", [(), ("Address",)])
def test_names_of_cells_merged_over_two_rows_are_kept(tmp_path, wanted):
    rows = [
        TITLE,
        ["Student ID", "Home", None, "Grade"],
        [None, "Address", "ZIP", None],
        ["0012", "1 Oak St", "94110", "5"],
    ]
    path = merged(tmp_path / "a.xlsx", "A2:A3", "B2:C2", "D2:D3", rows=rows)
    frame, notes = read(path, *wanted)
    assert frame.columns == ["Student ID", "Address", "ZIP", "Grade"]
    assert frame.row(0) == ("0012", "1 Oak St", "94110", "5")
    assert notes == ["`a.xlsx`: the header was read from rows 2 and 3."]


def test_a_row_of_groups_above_the_header_is_no_header(tmp_path):
    rows = [
        ["Student", None, "Home", None],
        ["ID", "Name", "Address", "ZIP"],
        ["1", "x", "1 Oak St", "94110"],
    ]
    frame, _ = read(workbook(tmp_path / "a.xlsx", Sheet1=rows), "ID", "Address")
    assert frame.columns == ["ID", "Name", "Address", "ZIP"]


def test_names_with_line_breaks_are_found_as_people_type_them(tmp_path):
    rows = [TITLE, ["Student\nID", "Home  Address", "Grade"], ROW]
    frame, _ = read(workbook(tmp_path / "a.xlsx", Sheet1=rows), "student id", "Home Address")
    assert frame.columns == ["Student\nID", "Home  Address", "Grade"]
    named = resolve(PlaceOptions(address="home address", id="Student ID"), frame.columns)
    assert (named.address, named.id) == ("Home  Address", "Student\nID")


def test_cells_are_texts_as_people_see_them(tmp_path):
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append([None, "id", "zip", "born", "at", "when", "n", "share"])
    for row in (
        [
            None,
            12,
            2134,
            datetime.date(2015, 3, 5),
            datetime.time(13, 30),
            datetime.datetime(2024, 1, 2, 3, 4),
            5,
            0.25,
        ],
        [None, "0013", "02134", None, None, None, 1234567890, None],
    ):
        sheet.append(row)
    sheet["B2"].number_format, sheet["C2"].number_format = "0000", "00000"
    book.save(path)
    frame, _ = read(path)
    assert frame.row(0) == (
        "0012",
        "02134",
        "2015-03-05",
        "13:30:00",
        "2024-01-02 03:04:00",
        "5",
        "0.25",
    )
    assert frame.row(1) == ("0013", "02134", "", "", "", "1234567890", "")


FORMULAS = [
    'id,address,g\n="0013",="151 12th Ave NW",="05"\n',
    'id,address,g\n"=""0013""","=""151 12th Ave NW""","=""05"""\n',
    'id;address;g\n="0013";="151 12th Ave NW";="05"\n',
    'sep=;\nid;address;g\n="0013";="151 12th Ave NW";="05"\n',
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("text", FORMULAS)
def test_cells_written_as_formulas_are_their_texts(tmp_path, text, encoding):
    rows = read(write(tmp_path / "a.csv", text, encoding))[0].rows()
    assert rows == [("0013", "151 12th Ave NW", "05")]


def test_a_formula_may_hold_the_delimiter(tmp_path):
    text = 'id,address\n="0013",="151 12th Ave NW, Apt ""B"""\n1,<a href="x">\n'
    rows = read(write(tmp_path / "a.csv", text))[0].rows()
    assert rows == [("0013", '151 12th Ave NW, Apt "B"'), ("1", '<a href="x">')]


def test_what_excel_output_writes_is_read_back(tmp_path):
    frame = pl.DataFrame(
        {"id": ["0013", "7"], "address": ["1 Oak St, Apt 2", "0"], "zip": ["02134", ""]}
    )
    with TableWriter(tmp_path / "a.csv", excel=True) as writer:
        writer.write(frame)
    assert '="' in (tmp_path / "a.csv").read_text("utf-8-sig")
    assert read(tmp_path / "a.csv")[0].equals(frame)


def test_nothing_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "private"))
    (tmp_path / "private").mkdir()
    monkeypatch.setattr("tempfile.tempdir", None)
    for text in (*FORMULAS, "Title\n\nid,address\n1,2\n", 'a,b\n1,"2\n3,4\n'):
        read(write(tmp_path / "a.csv", text, "utf-16"))
    assert list((tmp_path / "private").iterdir()) == []
    assert TableLayout() == TO_BE_FOUND
