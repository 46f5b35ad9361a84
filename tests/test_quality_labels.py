"""Ratings without a quality label, and no ratings: a map says so, or shows what it can."""

import csv

import pytest
from districts import write_district

from geoservice.cli.main import main

pytestmark = pytest.mark.slow
OF_QUALITY = ("access", "quality-seats", "service-gap", "trend")
KEEPING = "--replace --owner A --agreement MOU-7 --expires 2090-01-01"
COLUMNS = "--address address --id id --grade grade --school school"


def with_students(folder, without=()):
    district = write_district(folder, without=without)
    region = ["--region", str(district.folder)]
    line = f"students add {district.students} --name list {KEEPING} {COLUMNS}"
    return district, region, line.split()


@pytest.fixture(scope="module")
def unmarked(home, tmp_path_factory):
    """A region whose rating scheme marks no label as quality."""
    district, region, line = with_students(tmp_path_factory.mktemp("unmarked") / "unmarked")
    manifest = district.folder / "region.toml"
    manifest.write_text(manifest.read_text().replace(", quality = true", ""))
    assert main([*line, *region]) == 0
    return region


@pytest.fixture(scope="module")
def unrated(home, tmp_path_factory):
    _, region, line = with_students(tmp_path_factory.mktemp("u") / "unrated", ["ratings"])
    assert main([*line, *region]) == 0
    return region


@pytest.mark.parametrize("name", OF_QUALITY)
def test_a_map_of_quality_asks_for_a_quality_label(unmarked, tmp_path, capsys, name):
    assert main(["map", name, *unmarked, "-o", str(tmp_path / "map.csv")]) == 2
    assert "Add `quality = true` for a label" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["in_quality", "quality_seat_share", "service_gap"])
def test_a_measure_of_quality_has_no_value_without_a_label(unmarked, tmp_path, name):
    path = tmp_path / "figures.csv"
    assert main(["measure", name, *unmarked, "--by", "planning", "-o", str(path)]) == 0
    rows = list(csv.DictReader(path.open()))
    assert rows
    assert {row["status"] for row in rows} == {"no_data"}


def test_the_ratings_map_says_that_no_label_stands_for_quality(unmarked, tmp_path):
    path = tmp_path / "ratings.html"
    assert main(["map", "ratings", *unmarked, "-o", str(path)]) == 0
    page = path.read_text()
    assert "marks no label as quality" in page
    assert "are quality schools." not in page


def test_the_map_of_distances_needs_no_ratings(unrated, tmp_path):
    path = tmp_path / "distance.csv"
    assert main(["map", "distance", *unrated, "-o", str(path)]) == 0
    rows = list(csv.DictReader(path.open()))
    assert any(row[name] == "shown" for row in rows for name in row if name.endswith("_status"))


@pytest.mark.parametrize("name", OF_QUALITY)
def test_without_ratings_the_remedy_is_the_ratings_alone(unrated, tmp_path, capsys, name):
    assert main(["map", name, *unrated, "-o", str(tmp_path / "map.csv")]) == 2
    message = capsys.readouterr().err
    assert "Add [[ratings]] to" in message


def test_all_grades_count_the_seats_of_a_school_whose_grades_cannot_be_read(home, tmp_path):
    district, region, _ = with_students(tmp_path / "lyceum")
    schools = district.folder / "schools.csv"
    schools.write_text(schools.read_text().replace("06-12", "06-Lyceum"))
    path = tmp_path / "seats.csv"
    assert (
        main(["measure", "quality_seat_share", *region, "--by", "planning", "-o", str(path)]) == 0
    )
    rows = {row["band"]: row for row in csv.DictReader(path.open()) if row["unit"] == "district"}
    assert float(rows["all"]["denominator"]) == 3 * 400
    assert all(float(row["denominator"]) <= 800 for band, row in rows.items() if band != "all")
