"""The street directory and zones for other programs."""

import zipfile

import numpy as np
import openpyxl
import polars as pl
import pyogrio
import pypdf
import pytest

from geoservice.cli.main import main
from geoservice.directory.ranges import street_directory
from geoservice.directory.writing import write_directory
from geoservice.directory.zone_files import write_zones, zone_export
from geoservice.errors import InputError

WEST, EAST = (-500.0, -500.0, 100.0, 500.0), (100.0, -500.0, 700.0, 500.0)


@pytest.fixture
def directory(town, tmp_path):
    """The directory of the town as built so far."""
    return lambda: street_directory(town.reference(tmp_path))


def test_a_range_is_split_where_a_zone_edge_cuts_it(town, directory):
    town.street("Oak Ave", left="101-199", right="100-198")
    town.zone("W", WEST)
    town.zone("E", EAST)
    lines = directory().filter(parity="odd").select("low", "high", "school_elementary").rows()
    assert [school for *_, school in lines] == ["W", "E"]
    (first, split, _), (after, last, _) = lines
    assert (first, last) == (101, 199)
    assert after == split + 2


def test_a_range_in_one_zone_is_one_line_with_its_parity_and_school(town, directory):
    town.street("Oak Ave", left="101-199", right="100-198")
    town.zone("W", (-900.0, -900.0, 900.0, 900.0))
    lines = directory().select("street", "low", "high", "parity", "side", "school_elementary_name")
    assert lines.rows() == [
        ("OAK AVE", 100, 198, "even", "R", "School W"),
        ("OAK AVE", 101, 199, "odd", "L", "School W"),
    ]


def test_address_points_on_no_range_have_lines_of_their_own(town, directory):
    town.street("Oak Ave", left="101-199")
    for number in ("1", "3", "4"):
        town.point(number, "Elm St", 0.0, 300.0)
    town.zone("W", (-900.0, -900.0, 900.0, 900.0))
    lines = directory().filter(street="ELM ST").select("low", "high", "parity", "side").rows()
    assert lines == [(1, 3, "odd", None), (4, 4, "even", None)]


@pytest.mark.parametrize(
    ("street", "zone", "doubt"),
    [
        ({"left": "101-199"}, (-900.0, -900.0, 50.0, 900.0), "edge; outside"),
        ({"left": "101-199"}, (-900.0, -900.0, 900.0, 20.0), "edge"),
        ({"left": "101-199"}, (-900.0, -900.0, 900.0, 900.0), None),
    ],
)
def test_doubt_says_why(town, directory, street, zone, doubt):
    town.street("Oak Ave", **street)
    town.zone("W", zone)
    doubts = directory()["doubt"].drop_nulls().str.split("; ").explode().unique().sort().to_list()
    assert "; ".join(doubts) == (doubt or "")


def test_ranges_that_share_numbers_are_doubtful(town, directory):
    town.street("Oak Ave", left="101-199")
    town.street("Oak Ave", left="151-249", at=[(300, 0), (500, 0)])
    town.zone("W", (-900.0, -900.0, 900.0, 900.0))
    assert directory()["doubt"].to_list() == ["overlap", "overlap"]


def test_the_directory_and_the_geocoder_agree(riverbend):
    lines = street_directory(riverbend.reference)
    cut = lines.filter(pl.struct("street", "place", "source", "parity").is_duplicated())
    assert len(cut) > 200
    rng = np.random.default_rng(11)
    for part, grade, level in (
        (lines, "3", "elementary"),
        (cut, "7", "middle"),
        (cut, "10", "high"),
    ):
        asked = part.sample(700, seed=5, with_replacement=True)
        steps = (asked["high"] - asked["low"]) // 2 + 1
        number = asked["low"] + 2 * rng.integers(0, steps.to_numpy())
        frame = asked.select(
            address=pl.format("{} {}, {}", number, "street", "place"),
            school=f"school_{level}",
            grade=pl.lit(grade),
        )
        found = riverbend.geocode(frame, address="address", grade="grade")
        placed = found[found["geo_match"].isin(["point", "range"])]
        assert len(placed) == len(asked)
        assert (placed["school_of_right"] == placed["school"]).all()


def test_every_form_of_the_directory_holds_every_line(town, tmp_path):
    town.street("Oak Ave", left="101-199", right="100-198")
    town.zone("W", WEST)
    town.zone("E", EAST)
    reference = town.reference(tmp_path)
    lines = street_directory(reference)
    for ending in ("csv", "xlsx", "html", "pdf"):
        write_directory(lines, reference.info, "test", tmp_path / f"d.{ending}")
    assert pl.read_csv(tmp_path / "d.csv").height == len(lines)
    book = openpyxl.load_workbook(tmp_path / "d.xlsx")
    assert book["directory"].max_row - 1 == len(lines)
    assert book["doubtful"].max_row - 1 == lines["doubtful"].sum()
    assert (tmp_path / "d.html").read_text().count("<tr><td>") == len(lines)
    text = "".join(page.extract_text() for page in pypdf.PdfReader(tmp_path / "d.pdf").pages)
    assert text.count("OAK AVE") == len(lines)


def test_a_page_with_markup_in_names_stays_text(town, tmp_path):
    town.street("Oak Ave", left="101-199")
    town.zone("<b>W</b>", (-900.0, -900.0, 900.0, 900.0))
    reference = town.reference(tmp_path)
    write_directory(street_directory(reference), reference.info, "test", tmp_path / "d.html")
    assert "<b>" not in (tmp_path / "d.html").read_text()


@pytest.mark.parametrize("ending", ["geojson", "kml", "zip"])
def test_zones_come_back_as_they_were_written(riverbend, tmp_path, ending):
    zones = zone_export(riverbend.reference, "2023-24")
    write_zones(zones, tmp_path / f"zones.{ending}")
    if ending == "zip":
        names = zipfile.ZipFile(tmp_path / "zones.zip").namelist()
        paths = [f"/vsizip/{tmp_path}/zones.zip/{name}" for name in names if name.endswith(".shp")]
    else:
        paths = [tmp_path / f"zones.{ending}"]
    frames = [pyogrio.read_dataframe(path) for path in paths]
    assert sum(len(frame) for frame in frames) == len(zones)
    for frame in frames:
        assert frame.is_valid.all()
        assert frame.crs.to_epsg() in (4326, None)


def test_zones_of_another_year_are_refused(
    riverbend_folder, riverbend, home, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("GEOSERVICE_HOME", str(home))
    target = tmp_path / "zones.geojson"
    given = ["zones", "export", "--region", str(riverbend_folder), "-o", str(target), "--year"]
    assert main([*given, "2019-20"]) == 2
    assert "2023-24" in capsys.readouterr().err
    assert not target.exists()
    assert main([*given, "2023-24"]) == 0


def test_unknown_endings_are_refused(town, tmp_path):
    town.street("Oak Ave", left="101-199")
    town.zone("W", WEST)
    reference = town.reference(tmp_path)
    with pytest.raises(InputError, match=r"\.pdf"):
        write_directory(street_directory(reference), reference.info, "t", tmp_path / "d.doc")
    with pytest.raises(InputError, match=r"\.kml"):
        write_zones(zone_export(reference, "2023-24"), tmp_path / "z.shp")
