"""Address files with the whole address in one column, and nothing else."""

import json

import polars as pl
import pytest

from geoservice import Region
from geoservice.region.layers import read_layers
from geoservice.region.whole_addresses import parted_addresses


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("204 Oak St", ("204", "Oak St", None, None, None, None)),
        (
            "204 Oak St, Springfield, MO 64001",
            ("204", "Oak St", None, "Springfield", "MO", "64001"),
        ),
        (
            "204 Oak St, Springfield MO 64001-1234",
            ("204", "Oak St", None, "Springfield", "MO", "64001"),
        ),
        ("204 Oak St Apt 3, El Paso, TX", ("204", "Oak St", "Apt 3", "El Paso", "TX", None)),
        (
            "204 Oak St, Unit B, Springfield, mo, 64001, USA",
            ("204", "Oak St", "Unit B", "Springfield", "MO", "64001"),
        ),
        ("204 1/2 Oak St #4, 64001", ("204 1/2", "Oak St", "#4", None, None, "64001")),
        ("204 Oak St, Springfield", ("204", "Oak St", None, "Springfield", None, None)),
        ("12-34 30th Ave", ("12-34", "30th Ave", None, None, None, None)),
        ("Oak St", (None, None, None, None, None, None)),
        ("204 Lot St", ("204", "Lot St", None, None, None, None)),
        (None, (None, None, None, None, None, None)),
    ],
)
def test_an_address_is_parted(address, parts):
    assert parted_addresses(pl.Series([address], dtype=pl.String)).row(0) == parts


@pytest.fixture
def region(tmp_path, monkeypatch):
    monkeypatch.setenv("GEOSERVICE_HOME", str(tmp_path / "home"))

    def write(fields, *rows):
        features = [
            {
                "type": "Feature",
                "properties": row,
                "geometry": {"type": "Point", "coordinates": [-95 - at * 0.1, 40]},
            }
            for at, row in enumerate(rows)
        ]
        content = json.dumps({"type": "FeatureCollection", "features": features})
        (tmp_path / "points.geojson").write_text(content)
        (tmp_path / "region.toml").write_text(
            'id = "whole"\nmetric_crs = "EPSG:26915"\n[[addresses]]\nfile = "points.geojson"\n'
            f"[addresses.fields]\n{fields}\n"
        )
        return tmp_path

    return write


def test_towns_of_whole_addresses_tell_streets_of_one_name_apart(region):
    folder = region(
        'full_address = "A"',
        {"A": "204 Oak St, Springfield, MO 64001"},
        {"A": "204 Oak St, Hillsdale, MO 64002"},
    )
    frame = pl.DataFrame({"a": ["204 Oak St, Hillsdale", "204 Oak St 64001", "204 Oak St"]})
    placed = Region.open(folder).geocode(frame, address="a")
    assert placed["geo_source"].fillna("").to_list() == ["points:2", "points:1", ""]
    assert placed["geo_reason"].to_list()[2] == "tie"


@pytest.mark.parametrize(
    "fields",
    ['full_address = "A"\nnumber = "N"', 'full_address = "A"\nstreet = "S"', 'full_address = "A"'],
)
def test_what_no_other_field_says_comes_from_the_whole_address(region, fields):
    rows = [
        {"A": "204 Oak St", "N": "204", "S": "Oak St"},
        {"A": "206 Oak St", "N": None, "S": None},
    ]
    addresses = read_layers(region(fields, *rows)).addresses
    assert addresses.select("number", "street").rows() == [("204", "Oak St"), ("206", "Oak St")]
