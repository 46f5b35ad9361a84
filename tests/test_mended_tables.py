"""Text tables with odd quotation marks or rows too long: what is repaired, what is left out, what is told."""

import polars as pl
import pytest

from geoservice.errors import InputError
from geoservice.tables.reading import open_table


def read(path, text, *, leave_out=False, size=1000):
    path.write_text(text)
    with open_table(path, leave_out=leave_out) as table:
        return pl.concat(list(table.chunks(size))).rows(), table.notes


HEAD = "id,address,note\n"
WHOLE = ("9", "1 Oak St, Apt 4", "")


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ('1,5" pipe,x', ("1", '5" pipe', "x")),
        ('1,"Oak St,x', ("1", "Oak St", "x")),
        ('1,Oak "B" St,x', ("1", 'Oak "B" St', "x")),
        ('1,"Oak" St,"a, b"', ("1", "Oak St", "a, b")),
        ('"1,Oak St,x', ("1", "Oak St", "x")),
        ('1,Oak St,"x', ("1", "Oak St", "x")),
        ('1, "Oak St, Apt 4",x', ("1", "Oak St, Apt 4", "x")),
        ("1,Oak St,x,,", ("1", "Oak St", "x")),
        ('1,"two\nlines",x', ("1", "two\nlines", "x")),
    ],
)
def test_one_odd_line_is_repaired_and_its_neighbours_are_untouched(tmp_path, line, cells):
    text = f'{HEAD}9,"1 Oak St, Apt 4",\n{line}\n9,"1 Oak St, Apt 4",\n'
    rows, _ = read(tmp_path / "a.csv", text)
    assert rows == [WHOLE, cells, WHOLE]


def test_repaired_rows_are_named(tmp_path):
    lines = ['1,"Oak St,x', "2,Elm St,x", '3,5" pipe,x', '4,"a ""b"" c",x', '5,"never closed,x']
    rows, notes = read(tmp_path / "a.csv", HEAD + "\n".join(lines) + "\n")
    assert [row[0] for row in rows] == ["1", "2", "3", "4", "5"]
    assert rows[3][1] == 'a "b" c'
    assert notes == ["`a.csv`, rows 1, 5: an odd quotation mark was read as text."]


def test_two_odd_marks_do_not_swallow_the_rows_between_them(tmp_path):
    text = HEAD + '1,"Oak St,x\n2,Elm St,y\n3,"Ash St,z\n4,Fir St,x\n'
    rows, notes = read(tmp_path / "a.csv", text)
    assert [row[1] for row in rows] == ["Oak St", "Elm St", "Ash St", "Fir St"]
    assert notes == ["`a.csv`, rows 1, 3: an odd quotation mark was read as text."]


def test_rows_too_long_are_an_error_or_left_out_and_named(tmp_path):
    text = HEAD + "1,Oak St,x\n2,Elm St, Apt 4,y\n3,Ash St,z\n"
    with pytest.raises(InputError, match="row 2: 4 fields where the header has 3"):
        read(tmp_path / "a.csv", text)
    rows, notes = read(tmp_path / "a.csv", text, leave_out=True)
    assert [row[0] for row in rows] == ["1", "3"]
    assert notes[0].startswith("`a.csv`, row 2: more cells than the header has; left out.")


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_fault_far_below_loses_and_repeats_no_row(tmp_path, size):
    lines = [f'{row},"{row} Oak St, Apt 4",x' for row in range(60_000)]
    lines[45_000] = '45000,"45000 Oak St,x'
    size = size if size > 1 else 10_000
    rows, notes = read(tmp_path / "a.csv", HEAD + "\n".join(lines) + "\n", size=size)
    assert [row[0] for row in rows] == [str(row) for row in range(60_000)]
    assert rows[45_000][1] == "45000 Oak St"
    assert "row 45001" in notes[0]


def test_blank_lines_and_short_rows_keep_their_place(tmp_path):
    rows, notes = read(tmp_path / "a.csv", HEAD + '1,"Oak,x\n\n2\n3,b,c\n')
    assert rows == [("1", "Oak", "x"), ("", "", ""), ("2", "", ""), ("3", "b", "c")]
    assert "row 1" in notes[0]


@pytest.mark.parametrize("head", ['id,"address,grade', '"Report of 2024', 'id,address,"grade'])
def test_an_open_quotation_mark_in_the_header_swallows_no_rows(tmp_path, head):
    for rest in ("1,x,5\n2,y,6\n", '1,"x",5\n2,"y",6\n'):
        with pytest.raises(InputError, match="row 1: a quotation mark of the header is not closed"):
            read(tmp_path / "a.csv", f"{head}\n{rest}")


def test_a_header_of_two_lines_in_quotes_is_no_open_one(tmp_path):
    rows, _ = read(tmp_path / "a.csv", 'id,"address\n(home)",note\n1,x,y\n')
    assert rows == [("1", "x", "y")]
