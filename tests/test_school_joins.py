"""Schools: the grades they serve, and other tables joined to them by id or name."""

import csv
from pathlib import Path

import pytest

from geoservice.model.grades import written_grades
from geoservice.region.check import check_layers
from geoservice.region.layers import read_layers
from geoservice.region.school_names import plain_name

REGION = """
id = "joins"
metric_crs = "EPSG:26916"
school_year = "2023-24"
[[addresses]]
file = "points.csv"
fields = { number = "n", street = "s", lon = "lon", lat = "lat" }
[schools]
file = "schools.csv"
[schools.fields]
id = "ID"
name = "NAME"
%s
[[ratings]]
file = "ratings.csv"
scheme = "letters"
fields = { school_id = "SCHOOL", value = "MARK" }
[rating_schemes.letters]
labels = ["A", "B"]
"""
THREE = (("0101", "Smith Elementary School"), ("0102", "Smith Middle School"), ("0103", "Jones ES"))


def table(path: Path, *rows: tuple) -> None:
    with path.open("w", newline="") as opened:
        csv.writer(opened).writerows(rows)


@pytest.fixture
def region(tmp_path):
    """A region of these schools, and of ratings that name them in these ways."""

    def write(schools=THREE, ratings=(), columns=("ID", "NAME"), fields="", more=""):
        table(tmp_path / "points.csv", ("n", "s", "lon", "lat"), ("1", "Oak St", -90, 40))
        table(tmp_path / "schools.csv", columns, *schools)
        table(tmp_path / "ratings.csv", ("SCHOOL", "MARK"), *((one, "A") for one in ratings))
        (tmp_path / "region.toml").write_text(REGION % fields + more)
        return read_layers(tmp_path)

    return write


def grades(layers):
    return [written_grades(served) for served in layers.schools["grades"]]


def codes(layers):
    return {one.code: one for one in (*layers.findings, *check_layers(layers))}


@pytest.mark.parametrize(
    ("cell", "served"),
    [
        ("K-6", "KG-06"),
        ("K, 1, 2", "KG-02"),
        ("KG-05, 09", "KG-05, 09"),
        ("PK-5", "PK-05"),
        ("9-12", "09-12"),
        ("K;1;2;3", "KG-03"),
        ("06", "06"),
        ("Grades 6 to 8", "06-08"),
    ],
)
def test_one_field_says_the_grades_of_a_school(region, cell, served):
    columns = ("ID", "NAME", "GRADES")
    layers = region([("1", "Smith", cell)], columns=columns, fields='grades = "GRADES"')
    assert grades(layers) == [served]
    ends = layers.schools.select("low_grade", "high_grade").row(0)
    assert ends == (served.split("-")[0].split(",")[0], layers.schools["grades"][0][-1])
    assert "unknown_grades" not in codes(layers)


def test_grades_by_level_stand_in_the_manifest(region):
    columns = ("ID", "NAME", "LEVEL")
    rows = [("1", "Smith", "Elementary"), ("2", "Jones", "MIDDLE"), ("3", "Lee", "Special")]
    levels = '[schools.grades]\nELEMENTARY = "KG-05"\nMiddle = ["06", "07", "08"]\n'
    layers = region(rows, columns=columns, fields='level = "LEVEL"', more=levels)
    assert grades(layers) == ["KG-05", "06-08", ""]
    assert codes(layers)["unknown_grades"].rows == ("3",)


def test_a_level_may_stand_in_the_field_of_grades(region):
    columns = ("ID", "NAME", "G")
    levels = '[schools.grades]\nELEM = "KG-05"\n'
    rows = [("1", "Smith", "Elem"), ("2", "Jones", "6-8")]
    assert grades(region(rows, columns=columns, fields='grades = "G"', more=levels)) == [
        "KG-05",
        "06-08",
    ]


def test_a_day_made_of_a_range_is_told(region):
    columns = ("ID", "NAME", "G")
    layers = region([("1", "Smith", "5-Mar")], columns=columns, fields='grades = "G"')
    assert codes(layers)["grade_is_day"].rows == ("1",)


@pytest.mark.parametrize(
    "written",
    [
        "Smith Elementary School",
        "SMITH ELEMENTARY",
        "Smith ES",
        "Smith E.S.",
        "smith elem.",
        "Smith Elem Sch",
        "Smith El",
        "Smith  Elementary-School",
    ],
)
def test_a_school_is_joined_by_its_name_however_written(region, written):
    layers = region(ratings=[written])
    assert layers.ratings["school_id"].to_list() == ["0101"]
    told = codes(layers)["joined_by"]
    assert told.severity == "repair"
    assert told.rows == (f"{written} = 0101",)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("St. Mary's", "Saint Marys School"),
        ("Roosevelt JHS", "Roosevelt Junior High School"),
        ("Peña MS", "Pena Middle"),
        ("Mt. View & Park HS", "Mount View Park High"),
        ("Lincoln K-8", "LINCOLN K8 School"),
    ],
)
def test_names_that_mean_one_school_are_alike(one, other):
    assert plain_name(one).replace(" ", "") == plain_name(other).replace(" ", "")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Smith ES", "Smith MS"),
        ("Smith", "Smythe"),
        ("Lincoln", "Lincoln North"),
        ("PS 12", "PS 21"),
        ("East High", "West High"),
    ],
)
def test_names_of_different_schools_stay_different(one, other):
    assert plain_name(one) != plain_name(other)


def test_a_name_without_its_level_joins_where_one_school_has_it(region):
    assert region(ratings=["Jones"]).ratings["school_id"].to_list() == ["0103"]


def test_a_name_that_two_schools_share_joins_to_none_and_both_are_named(region):
    layers = region(ratings=["Smith"])
    assert layers.ratings["school_id"].to_list() == ["Smith"]
    (told,) = codes(layers)["unknown_school"].rows
    assert told == "Smith (may be Smith Elementary School, 0101 or Smith Middle School, 0102)"


def test_a_level_is_never_changed_to_join(region):
    layers = region(ratings=["Jones High School"])
    assert layers.ratings["school_id"].to_list() == ["Jones High School"]
    assert "nearest: Jones ES, 0103" in codes(layers)["unknown_school"].rows[0]


def test_two_names_never_join_to_one_school_in_silence(region):
    layers = region(ratings=["Jones", "Jones ES"])
    assert sorted(layers.ratings["school_id"]) == ["0103", "Jones"]
    both = region(ratings=["Jones E.S.", "Jones Elementary"])
    assert both.ratings["school_id"].to_list() == ["0103", "0103"]
    assert codes(both)["several_names"].rows == ("Jones ES, 0103: Jones E.S. | Jones Elementary",)


def test_names_that_join_to_nothing_are_told_with_the_nearest(region):
    layers = region(ratings=["Smyth Elementary", "Zzyzx"])
    assert set(codes(layers)["unknown_school"].rows) == {
        "Smyth Elementary (nearest: Smith Elementary School, 0101)",
        "Zzyzx",
    }


@pytest.mark.parametrize(("written", "field"), [("900001", "other_id"), ("00900001", "nces")])
def test_a_second_id_joins(region, written, field):
    columns = ("ID", "NAME", "STATE")
    rows = [("1", "Smith", "0900001"), ("2", "Jones", "0900002")]
    layers = region(rows, [written], columns=columns, fields=f'{field} = "STATE"')
    assert layers.ratings["school_id"].to_list() == ["1"]
    assert codes(layers)["joined_by"].rows == (f"{written} = 1",)


def test_a_table_that_counts_by_second_ids_is_not_joined_by_ids_that_happen_to_be_alike(region):
    columns = ("ID", "NAME", "STATE")
    rows = [("1", "Smith", "3"), ("2", "Jones", "1"), ("9", "Lee", "4")]
    layers = region(rows, ["3", "1", "4"], columns=columns, fields='other_id = "STATE"')
    assert layers.ratings["school_id"].to_list() == ["1", "2", "9"]


def test_leading_zeros_that_got_lost_are_found_again(region):
    layers = region(ratings=["101", "0103"])
    assert layers.ratings["school_id"].to_list() == ["0101", "0103"]
    assert codes(layers)["leading_zeros"].rows == ("101 = 0101",)


def test_ids_that_differ_by_zeros_alone_stay_apart(region):
    layers = region([("7", "Smith"), ("007", "Jones")], ["7", "007", "07"])
    assert layers.ratings["school_id"].to_list() == ["7", "007", "07"]


def test_a_spanning_list_of_grades_is_not_filled_up(region):
    layers = region(
        [("1", "Smith", "KG-02, 06-08")], columns=("ID", "NAME", "G"), fields='grades = "G"'
    )
    assert "04" not in layers.schools["grades"][0]


@pytest.mark.parametrize("blank", ["", "  "])
def test_schools_without_an_id_are_told_with_their_rows(region, blank):
    found = codes(
        region([("1", "Smith ES"), (blank, "Jones ES"), ("3", "Lee ES"), (blank, "Day ES")])
    )
    assert (found["no_id"].severity, found["no_id"].count) == ("error", 2)
    assert found["no_id"].rows == ("2", "4")
