"""Rating schemes, seats by year and the rules of measures, as ``region.toml`` has them."""

from pathlib import Path

import pytest

from geoservice.errors import InputError
from geoservice.model.region import MeasureRules
from geoservice.region.check import check_layers
from geoservice.region.layers import read_layers
from geoservice.region.manifest import load_manifest
from geoservice.region.rules import read_rules, read_scheme
from geoservice.region.school_tables import rating_label

REGION = """
id = "small"
metric_crs = "EPSG:26910"
school_year = "2023-24"
[schools]
file = "schools.csv"
fields = { id = "id", low_grade = "low", high_grade = "high", capacity = "seats", last_year = "closed" }
[[seats]]
file = "seats.csv"
fields = { school_id = "id", year = "year", capacity = "seats", enrollment = "pupils" }
[[ratings]]
file = "ratings.csv"
scheme = "points"
fields = { school_id = "id", year = "year", value = "points" }
[rating_schemes.points]
kind = "score"
labels = [ { id = "high", min = 60, quality = true, colour = "#1a9850", shape = "star" }, { id = "low" } ]
not_rated = ["", "NR"]
years = ["2022-23", "SY23-24"]
[measures]
distance = "network"
top = 5
"""
SCORES = {"kind": "score", "labels": [{"id": "high", "min": 60}, {"id": "low"}]}
FILES = {
    "schools.csv": "id,low,high,seats,closed\n1,K,5,100,\n2,6,8,0,FY22\n3,9,12,,\n",
    "seats.csv": 'id,year,seats,pupils\n1,2022-23,90,"1,080"\n1,2022-23,91,80\n9,2023,50,40\n1,someday,90,80\n',
    "ratings.csv": "id,year,points\n1,2024,60\n2,2024,59.5\n3,2024,NR\n8,2024,70\n1,2018-19,99\n1,2023,sixty\n2,next year,99\n2,2022-09-01,61\n",
}


@pytest.fixture
def layers(tmp_path: Path):
    (tmp_path / "region.toml").write_text(REGION)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return read_layers(tmp_path)


def found(layers):
    return {(one.code, one.dataset): one for one in [*layers.findings, *check_layers(layers)]}


def test_a_column_of_two_of_one_name_is_refused(tmp_path):
    (tmp_path / "region.toml").write_text(REGION)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text.replace("low,high,seats", "low,seats,Seats"))
    with pytest.raises(InputError, match=r"`schools.csv`: columns 3 and 4 are both called `seats`"):
        read_layers(tmp_path)


def test_a_score_earns_the_label_of_its_cut_point(layers):
    rows = layers.ratings.filter(year="2023-24").select("school_id", "label").rows()
    assert rows == [("1", "high"), ("2", "low"), ("3", None), ("8", "high")]


def test_labels_keep_shape_and_colour_and_the_scheme_its_years(layers):
    scheme = layers.info.schemes[0]
    assert (scheme.labels[0].shape, scheme.labels[0].colour) == ("star", "#1a9850")
    assert scheme.years == ("2022-23", "2023-24")


def test_the_report_names_what_measures_leave_out(layers):
    report = found(layers)
    assert report["unknown_school", "ratings"].rows == ("8",)
    assert report["unknown_school", "seats"].rows == ("9",)
    assert report["no_capacity", "schools"].rows == ("2", "3")
    assert report["duplicate_seats", "seats"].count == 1
    assert report["rating_out_of_years", "ratings"].rows == ("2018-19",)
    assert report["unknown_rating", "ratings (ratings.csv)"].count == 1
    assert report["unknown_year", "seats (seats.csv)"].rows == ("4",)
    assert report["unknown_year", "ratings (ratings.csv)"].rows == ("7",)


def test_seats_and_years_are_read_as_people_write_them(layers):
    assert layers.ratings.select("school_id", "year", "label").rows()[-1] == (
        "2",
        "2022-23",
        "high",
    )
    assert layers.seats.row(0) == ("1", "2022-23", 90, 1080)
    assert layers.schools["last_year"].to_list() == [None, "2021-22", None]


def test_a_number_below_zero_is_a_code_for_missing(layers, tmp_path):
    (tmp_path / "schools.csv").write_text("id,low,high,seats,closed\n1,K,5,-9,\n2,6,8,100,\n")
    (tmp_path / "seats.csv").write_text("id,year,seats,pupils\n1,2022-23,90,-1\n2,2022-23,-2,80\n")
    made = read_layers(tmp_path)
    assert made.schools["capacity"].to_list() == [None, 100]
    assert made.seats.select("capacity", "enrollment").rows() == [(90, None), (None, 80)]
    report = found(made)
    assert (report["no_capacity", "schools"].rows, report["no_capacity", "seats"].rows) == (
        ("1",),
        ("2",),
    )


def test_schools_whose_grades_say_nothing_are_told(layers, tmp_path):
    (tmp_path / "schools.csv").write_text(
        "id,low,high,seats,closed\n1,K,5,100,\n2,lower,8,100,\n3,9,6,90,\n4,,,90,\n5,7,7,90,\n"
    )
    finding = found(read_layers(tmp_path))["unknown_grades", "schools (schools.csv)"]
    assert (finding.count, finding.rows) == (3, ("2", "3", "4"))


@pytest.mark.parametrize("score", ["nan", "NaN", "inf", "-inf", "1e999"])
def test_a_score_that_is_no_number_is_no_rating(score):
    assert rating_label(score, read_scheme("x", SCORES)) is None


@pytest.mark.parametrize(
    ("written", "label"), [("4.0", "4"), ("4", "4"), ("4.5", None), ("A.0", None)]
)
def test_a_label_that_a_spreadsheet_made_a_fraction_is_known(written, label):
    assert rating_label(written, read_scheme("x", {"labels": ["4", "5", "A"]})) == label


@pytest.mark.parametrize(
    ("written", "label"), [("2", "2"), ("1", "1"), ("two", "2"), ("a", "a"), ("A", "A")]
)
def test_an_id_goes_before_another_label_s_name(written, label):
    labels = [{"id": "2", "name": "two"}, {"id": "1", "name": "2"}, "A", "a"]
    assert rating_label(written, read_scheme("places", {"labels": labels})) == label


def test_codes_for_not_rated_are_known_whatever_their_capitals(layers, tmp_path):
    (tmp_path / "ratings.csv").write_text("id,year,points\n1,2024,nr\n")
    assert ("unknown_rating", "ratings (ratings.csv)") not in found(read_layers(tmp_path))


def test_rules_of_measures_are_read(layers):
    assert layers.info.measures == MeasureRules("network", 3, 4, 5)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"labels": []}, "`labels` is empty"),
        ({"labels": ["A", "A"]}, "two labels"),
        ({"labels": ["A", "not rated"]}, "not rated"),
        ({"labels": ["A"], "best": "middle"}, "`best`"),
        ({"labels": ["A"], "kind": "guess"}, "`kind`"),
        ({"labels": [{"id": "A", "colour": "greenish"}]}, "`colour`"),
        ({"labels": ["A"], "years": ["someday"]}, "`years`"),
        ({"labels": ["A"], "colours": []}, "unknown key `colours`"),
        (
            {
                "kind": "score",
                "labels": [{"id": "A", "min": 1}, {"id": "B", "min": 5}, {"id": "C", "min": 3}],
            },
            "`min`",
        ),
        ({"kind": "score", "labels": ["A", {"id": "B"}]}, "`min`"),
        ({"kind": "score", "labels": [{"id": "A", "min": "60"}, "B"]}, "`min` must be a number"),
        ({"labels": [{"id": "A", "quality": "no"}]}, "`quality` must be `true` or `false`"),
        ({"labels": "ABC"}, "`labels` must be a list"),
        ({"labels": ["A"], "not_rated": "NR"}, "`not_rated` must be a list"),
        ([{"labels": ["A"]}], "must be a table"),
    ],
)
def test_a_scheme_that_cannot_be_meant_is_refused(content, said):
    with pytest.raises(InputError, match=said):
        read_scheme("letters", content)


@pytest.mark.parametrize("name", ["", " ", "stars|grown", "stars along network"])
def test_a_scheme_whose_name_could_be_taken_for_another_is_refused(name):
    """Public lines are named for their scheme and their distances."""
    with pytest.raises(InputError, match="must not be empty or contain"):
        read_scheme(name, {"labels": ["A"]})


def test_labels_may_be_numbers():
    scheme = read_scheme("stars", {"labels": [1, 2, {"id": 3, "quality": True}]})
    assert [one.id for one in scheme.labels] == ["1", "2", "3"]


def manifest_of(folder, changed):
    """The manifest of the small region with some text exchanged."""
    text = REGION
    for before, after in changed.items():
        assert before in text
        text = text.replace(before, after)
    (folder / "region.toml").write_text(text)
    return load_manifest(folder)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('"2023-24"\n', '"spring"\n', "`school_year` must be a school year"),
        (
            '"2023-24"\n',
            '"2023-24"\nbands = { all = "KG-05" }\n',
            "`all` is reserved for all grades",
        ),
        ('"2023-24"\n', '"2023-24"\nbands = { "K-5" = 5 }\n', "`K-5` must be a text or a list"),
        (
            '"2023-24"\n',
            '"2023-24"\nbands = { "K-5" = ["XX"] }\n',
            "`K-5`: Part of a grade range is not a grade",
        ),
        (
            "[measures]",
            '[[zones]]\nid = "x"\nfile = "b"\nfields = ["id"]\n[measures]',
            "`fields` must be a table",
        ),
        (
            "[measures]",
            '[[areas]]\nid = "school"\nfile = "a.csv"\n[measures]',
            "reserved for schools",
        ),
        (
            "[measures]",
            '[[areas]]\nid = "x"\nfile = "a"\n[[zones]]\nid = "x"\nfile = "b"\n[measures]',
            "have the id `x`",
        ),
        (
            "[measures]",
            '[[zones]]\nid = "x"\nfile = "b"\ngrades = 5\n[measures]',
            "`grades` must be a text or a list",
        ),
    ],
)
def test_a_manifest_that_cannot_be_meant_is_refused(tmp_path, before, after, said):
    with pytest.raises(InputError, match=said):
        manifest_of(tmp_path, {before: after})


def test_an_empty_year_among_others_is_no_year(layers, tmp_path):
    (tmp_path / "ratings.csv").write_text("id,year,points\n1,,60\n2,2024,60\n")
    again = read_layers(tmp_path)
    assert again.ratings["school_id"].to_list() == ["2"]
    assert found(again)["unknown_year", "ratings (ratings.csv)"].rows == ("1",)


def test_rows_that_name_no_school_and_numbers_that_are_none_are_told(layers, tmp_path):
    (tmp_path / "ratings.csv").write_text("id,year,points\n1,2024,60\n,2024,60\n")
    (tmp_path / "seats.csv").write_text("id,year,seats,pupils\n1,2024,90 seats,80\n,2024,,-9\n")
    told = found(read_layers(tmp_path))
    assert told["no_school", "ratings (ratings.csv)"].rows == ("2",)
    assert told["no_school", "seats (seats.csv)"].rows == ("2",)
    assert told["unknown_number", "seats (seats.csv)"].rows == ("1",)


def test_a_school_called_district_is_refused(layers, tmp_path):
    schools = (tmp_path / "schools.csv").read_text()
    (tmp_path / "schools.csv").write_text(schools.replace("\n1,", "\ndistrict,"))
    with pytest.raises(InputError, match="all units together"):
        read_layers(tmp_path)


def test_a_scheme_without_a_quality_label_is_told(layers, tmp_path):
    assert ("no_quality", "rating_schemes") not in found(layers)
    (tmp_path / "region.toml").write_text(REGION.replace("quality = true, ", ""))
    assert found(read_layers(tmp_path))["no_quality", "rating_schemes"].rows == ("points",)


def test_low_scores_may_be_the_best():
    scheme = read_scheme(
        "places", {"kind": "score", "labels": ["A", {"id": "B", "min": 10}, {"id": "C", "min": 20}]}
    )
    assert [one.id for one in scheme.from_best] == ["A", "B", "C"]


@pytest.mark.parametrize(
    "content",
    [{"distance": "by car"}, {"top": 0}, {"stable_years": 5}, {"top": True}, {"speed": 3}],
)
def test_rules_that_cannot_be_meant_are_refused(content):
    with pytest.raises(InputError):
        read_rules(content)
