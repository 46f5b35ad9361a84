"""The earlier years of the fictional district."""

import polars as pl
import pytest

from geoservice.demo.generate import SEED, generate_students
from geoservice.demo.history import earlier_years, write_year


@pytest.fixture(scope="module")
def years(tmp_path_factory):
    folder, found = tmp_path_factory.mktemp("years"), {}
    for year in earlier_years():
        write_year(folder / f"{year}.csv", year, 5_000, SEED)
        found[year] = pl.read_csv(folder / f"{year}.csv", infer_schema=False)
    generate_students(folder / "now.csv", 5_000, SEED)
    return {**found, "2023-24": pl.read_csv(folder / "now.csv", infer_schema=False)}


def place(grade: pl.Expr) -> pl.Expr:
    return grade.replace("KG", "0").cast(pl.Int64)


def test_the_same_students_are_a_grade_younger_a_year_before(years):
    both = years["2022-23"].join(years["2023-24"], on="student_id", suffix="_now")
    assert len(both) > 4_000
    assert both.select((place(pl.col("grade_now")) - place(pl.col("grade"))).unique())[
        "grade_now"
    ].to_list() == [1]


def test_most_stay_at_their_school_and_their_address(years):
    both = years["2022-23"].join(years["2023-24"], on="student_id", suffix="_now")
    inside = both.filter(~pl.col("grade_now").is_in(["6", "9"]))
    assert (inside["school"] == inside["school_now"]).mean() > 0.8
    assert 0.9 < (both["address"] == both["address_now"]).mean() < 0.99


def test_the_district_grows_slowly(years):
    counts = [len(years[year]) for year in sorted(years)]
    assert counts == sorted(counts)
    assert 0.9 < counts[0] / counts[-1] < 1


def test_the_years_are_the_same_on_every_run(years, tmp_path):
    write_year(tmp_path / "again.csv", "2020-21", 5_000, SEED)
    assert pl.read_csv(tmp_path / "again.csv", infer_schema=False).equals(years["2020-21"])


def test_no_student_is_in_a_year_twice(years):
    assert all(table["student_id"].is_unique().all() for table in years.values())
