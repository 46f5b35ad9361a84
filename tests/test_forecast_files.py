"""Files of a forecast: counts, births, planned homes, and the district's own forecast."""

import csv

import openpyxl
import orjson
import polars as pl
import pytest
from conftest import SHARED

from geoservice.cli.main import main
from geoservice.errors import InputError
from geoservice.forecast.files import (
    plain_dataset,
    read_births,
    read_counts,
    read_homes,
    read_own_forecast,
)

PUBLISHED = SHARED / "planning" / "chapel-hill-carrboro" / "published_forecast_2025_to_2035.csv"
EXAMPLE = {"K": (100, 110, 120), "1": (90, 95, 99), "2": (80, 88, 91)}
YEARS = ("2021-22", "2022-23", "2023-24")


def write(path, *lines):
    path.write_text("\n".join(lines) + "\n")
    return path


def counts_file(folder, units=("district",), years=YEARS):
    lines = [
        f"{unit},{year},{grade},{counts[place]}"
        for unit in units
        for grade, counts in EXAMPLE.items()
        for place, year in enumerate(years)
    ]
    return write(folder / "counts.csv", "unit,year,grade,students", *lines)


def forecast(tmp_path, riverbend_folder, home, monkeypatch, *options, output="out.csv"):
    """Run the command; the answer is its output file."""
    monkeypatch.setenv("GEOSERVICE_HOME", str(home))
    target = tmp_path / output
    arguments = ["forecast", "--region", str(riverbend_folder), "-o", str(target), *options]
    assert main([str(one) for one in arguments]) == 0
    return target


@pytest.mark.usefixtures("riverbend")
def test_counts_births_and_homes_make_a_forecast(tmp_path, riverbend_folder, home, monkeypatch):
    births = write(
        tmp_path / "births.csv",
        "year,births",
        *(
            f"{year},{count}"
            for year, count in zip(range(2016, 2022), (200, 220, 240, 250, 260, 256), strict=True)
        ),
    )
    homes = write(
        tmp_path / "homes.csv", "year,type,units,yield,unit", "2025-26,single,100,0.5,district"
    )
    out = forecast(
        tmp_path,
        riverbend_folder,
        home,
        monkeypatch,
        "--years",
        3,
        "--births",
        births,
        "--history",
        counts_file(tmp_path),
        "--homes",
        homes,
    )
    table = pl.read_csv(out, infer_schema_length=None).filter(kind="forecast")
    assert table.filter(grade="KG")["students"].to_list() == [125.0, 130.0, 128.0]
    assert table.filter(grade="01")["students"].to_list() == [111.0, 115.6, 120.2]
    assert table.filter(grade="all")["homes"].to_list() == pytest.approx(
        [0.0, 50.0, 50.0], abs=0.11
    )
    assert (table.filter(grade="all")["high"] > table.filter(grade="all")["low"]).all()


@pytest.mark.usefixtures("riverbend")
def test_a_workbook_and_json_carry_the_back_test(tmp_path, riverbend_folder, home, monkeypatch):
    given = (tmp_path, riverbend_folder, home, monkeypatch, "--history", counts_file(tmp_path))
    book = openpyxl.load_workbook(forecast(*given, output="out.xlsx"))
    assert book.sheetnames == ["about", "forecast", "back-test"]
    content = orjson.loads(forecast(*given, output="out.json").read_bytes())
    assert content["back_test"][0]["years_ahead"] == 1
    assert content["rules"] == {"ratios": 3, "weighted": False, "shrinkage": 50.0}


@pytest.mark.usefixtures("riverbend")
def test_a_forecast_without_a_list_of_students_names_the_remedy(
    riverbend_folder, monkeypatch, capsys, tmp_path
):
    monkeypatch.setenv("GEOSERVICE_HOME", str(tmp_path / "home"))
    target = tmp_path / "out.csv"
    assert main(["forecast", "--region", str(riverbend_folder), "-o", str(target)]) == 2
    assert "geoservice students add" in capsys.readouterr().err
    assert not target.exists()


@pytest.mark.skipif(not PUBLISHED.is_file(), reason="no published forecast beside the checkout")
@pytest.mark.usefixtures("riverbend")
def test_a_published_forecast_stands_beside_ours(
    tmp_path, riverbend_folder, home, monkeypatch, capsys
):
    with PUBLISHED.open() as stream:
        published = {row["School"]: row for row in csv.DictReader(stream)}
    counts = counts_file(
        tmp_path,
        [name for name in published if "Total" not in name],
        ("2023-24", "2024-25", "2025-26"),
    )
    out = forecast(
        tmp_path, riverbend_folder, home, monkeypatch, "--history", counts, "--own", PUBLISHED
    )
    own = pl.read_csv(out, infer_schema_length=None).filter(
        grade="all", name="Northside Elementary"
    )
    assert own.filter(year="2025-26")["own"].to_list() == [335.0]
    assert own.filter(year="2030-31")["own"].to_list() == [291.0]
    assert "match no unit of the region" in capsys.readouterr().err


def test_an_own_forecast_may_have_a_line_per_year(tmp_path):
    path = write(
        tmp_path / "own.csv", "unit,year,students", "0101,2024-25,400", "0101,2025-26,410.5"
    )
    assert read_own_forecast(path)["own"].to_list() == [400.0, 410.5]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("year,births", "1999,20"), "line 2: this year of births is not needed"),
        (("year,births", "2016,20", "2016,21"), "line 3: the file has this year twice"),
        (("year,births", "2016,many"), "line 2: `births` must be a number"),
        (("year,children", "2016,20"), "has no column `births`"),
    ],
)
def test_faults_of_births_name_line_and_remedy(tmp_path, lines, message):
    path = write(tmp_path / "births.csv", *lines)
    with pytest.raises(InputError) as refused:
        read_births(plain_dataset("births", path), (2015, 2021))
    assert message in refused.value.detail


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            ("year,units,yield,unit", "2023-24,10,0.5,A"),
            "line 2: homes of this school year are in the",
        ),
        (("year,units,yield", "2024-25,10,0.5"), "line 2: the homes have no place"),
        (("year,units,yield,unit", "soon,10,0.5,A"), "line 2: the school year cannot be read"),
        (("year,units,yield,unit", "2024-25,-1,0.5,A"), "line 2: `units` must be a number"),
    ],
)
def test_faults_of_planned_homes_name_line_and_remedy(tmp_path, lines, message):
    path = write(tmp_path / "homes.csv", *lines)
    with pytest.raises(InputError) as refused:
        read_homes(plain_dataset("housing", path), "2023-24")
    assert message in refused.value.detail


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("2021-22,K,10", "2021-22,1,9", "2022-23,K,10"), "school year 2022-23 has no grade 01"),
        (("2021-22,K,10", "2021-22,K,11"), "line 3: unit, year and grade stand twice"),
        (("2021-22,lunch,10",), "line 2: the grade cannot be read"),
    ],
)
def test_faults_of_counts_name_line_and_remedy(tmp_path, lines, message):
    path = write(tmp_path / "counts.csv", "year,grade,students", *lines)
    with pytest.raises(InputError) as refused:
        read_counts(plain_dataset("history", path))
    assert message in refused.value.detail
