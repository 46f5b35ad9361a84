import errno
import gzip
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from geoservice.errors import InputError
from geoservice.tables.reading import open_table, read_table
from geoservice.tables.writing import TableWriter, storage_fault


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encodings_are_read_as_meant(tmp_path, encoding):
    path = write(tmp_path / "a.csv", "id;name\r\n007;Peña Élan\r\n", encoding)
    assert read_table(path).rows() == [("007", "Peña Élan")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_lines_that_carriage_returns_alone_end_are_rows(tmp_path, encoding):
    text = 'id,name\r007,"Peña\rÉlan"\r008,b\r'
    assert read_table(write(tmp_path / "a.csv", text, encoding)).rows() == [
        ("007", "Peña\nÉlan"),
        ("008", "b"),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_told_from_the_header(tmp_path, delimiter):
    path = write(tmp_path / "a.csv", f'a{delimiter}b\n1{delimiter}"x{delimiter}y"\n')
    assert read_table(path).rows() == [("1", f"x{delimiter}y")]


def test_gzip_is_unpacked(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n01,2\n", mtime=0))
    assert read_table(path).rows() == [("01", "2")]


def test_chunks_hold_every_row_once_and_in_order(tmp_path):
    path = write(tmp_path / "a.csv", "n\n" + "\n".join(map(str, range(10_007))) + "\n")
    with open_table(path) as table:
        chunks = list(table.chunks(1000))
    assert [len(chunk) for chunk in chunks] == [1000] * 10 + [7]
    assert pl.concat(chunks)["n"].to_list() == [str(n) for n in range(10_007)]


def test_a_table_of_no_rows_is_one_empty_chunk(tmp_path):
    with open_table(write(tmp_path / "a.csv", "a,b\n")) as table:
        assert [chunk.shape for chunk in table.chunks(10)] == [(0, 2)]


def test_two_hundred_columns_and_double_names_work(tmp_path):
    header = ",".join(["x", "x", *(f"c{n}" for n in range(198))])
    frame = read_table(write(tmp_path / "a.csv", header + "\n" + ",".join("1" * 200) + "\n"))
    assert frame.width == 200
    assert frame.columns[:2] == ["x", "x_2"]


def test_a_column_that_is_read_has_a_name_of_its_own(tmp_path):
    path = write(tmp_path / "a.csv", "id,Grade,x,x,Grade,Grade\n1,2,3,4,5,6\n")
    with open_table(path) as table:
        table.refuse_repeated(["id", None, "Grade_2"])
        with pytest.raises(InputError, match=r"columns 2, 5 and 6 are all called `Grade`\. Rename"):
            table.refuse_repeated(["id", "grade"])


def test_columns_of_one_name_are_told_in_spreadsheets_too(tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["address", "grade", "Grade"])
        sheet.write_row(1, 0, ["1 Oak St", "KG", "05"])
    with open_table(tmp_path / "a.xlsx") as table:
        table.refuse_repeated(["address"])
        with pytest.raises(InputError, match="columns 2 and 3 are both called `grade`"):
            table.refuse_repeated(["grade"])


def test_short_rows_are_filled_and_long_ones_named(tmp_path):
    assert read_table(write(tmp_path / "a.csv", "a,b\n1\n")).rows() == [("1", "")]
    with pytest.raises(InputError, match="row 2: 3 fields"):
        read_table(write(tmp_path / "b.csv", "a,b\n1,2\n1,2,3\n"))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"a,b\n1,\x81\n", "line 2"),
        ("a.csv", b"PK\x03\x04xx", "not a text table"),
        ("a.csv.gz", b"a,b", "not a gzip"),
        ("a.csv.gz", gzip.compress(b"a,b\n" * 999, mtime=0)[:-20], "cut off"),
        ("a.xlsx", b"no zip", "no XLSX"),
        ("a.parquet", b"PAR1", "not a Parquet"),
        ("a.geojson", b"{", "cannot be read"),
        ("a.doc", b"x", "unknown ending"),
        ("a.csv", b'a,b\n1,2,"x\n', "row 1"),
    ],
)
def test_unreadable_files_get_one_clear_error(tmp_path, name, content, says):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=says):
        read_table(path)


@pytest.mark.parametrize("ending", ["csv", "tsv", "xlsx", "parquet", "geojson", "gpkg", "fgb"])
def test_what_is_written_is_read_again(tmp_path, ending):
    frame = pl.DataFrame({"id": ["007", "008"], "lon": [-122.5, None], "lat": [37.5, None]})
    path = tmp_path / f"a.{ending}"
    with TableWriter(path) as writer:
        writer.write(frame[:1])
        writer.write(frame[1:])
    assert read_table(path)["id"].to_list() == ["007", "008"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("ending", [".gpkg", ".fgb"])
def test_a_table_without_places_is_no_map_layer(tmp_path, ending):
    with pytest.raises(InputError, match="no geometry"):
        TableWriter(tmp_path / f"a{ending}", places=False)
    assert list(tmp_path.iterdir()) == []


def test_a_spreadsheet_gets_its_byte_order_mark_and_delimiter_back(tmp_path):
    with open_table(write(tmp_path / "a.csv", "id;n\r\n007;é\r\n", "cp1252")) as table:
        dialect, frame = table.dialect, pl.concat(list(table.chunks(10)))
    with TableWriter(tmp_path / "b.csv", dialect) as writer:
        writer.write(frame)
    assert (tmp_path / "b.csv").read_bytes() == b"\xef\xbb\xbfid;n\r\n007;\xc3\xa9\r\n"


def test_formulas_are_neutralised_and_numbers_are_not(tmp_path):
    frame = pl.DataFrame({"a": ["=1+1", "@x", "-1.5", "+x", "plain"]})
    with TableWriter(tmp_path / "b.csv") as writer:
        writer.write(frame)
    assert (tmp_path / "b.csv").read_text().split() == ["a", "'=1+1", "'@x", "-1.5", "'+x", "plain"]


def test_an_error_leaves_no_file(tmp_path):
    writer = TableWriter(tmp_path / "b.csv")
    writer.__enter__()
    writer.write(pl.DataFrame({"a": ["1"]}))
    writer.__exit__(RuntimeError, RuntimeError(), None)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_a_clear_error():
    fault = storage_fault(OSError(errno.ENOSPC, "No space left"), Path("x.csv"))
    assert "no room on the disk" in fault.detail


def test_a_full_disk_is_named_whoever_reports_it(tmp_path):
    from geoservice.tables.writing import storage_fault

    for fault in (OSError(28, "No space left on device"), OSError("No space left (os error 28)")):
        assert "no room" in storage_fault(fault, tmp_path / "o.csv").detail


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_names_of_columns_are_no_formulas_either(tmp_path, ending):
    name = "=HYPERLINK(1)"
    path = tmp_path / f"a{ending}"
    with TableWriter(path) as writer:
        writer.write(pl.DataFrame({name: ["1"], "+b": ["2"], "c-d": ["3"]}))
    assert read_table(path).columns == [f"'{name}", "'+b", "c-d"]
