"""Names in region.toml: an unknown one is refused with the nearest known one, never dropped."""

import re

import pytest

from geoservice.errors import InputError
from geoservice.region.field_list import FIELDS
from geoservice.region.known_fields import field_names
from geoservice.region.manifest import load_manifest

BASE = """
id = "small"
metric_crs = "EPSG:26910"
[[streets]]
file = "streets.geojson"
[streets.fields]
full_name = "NAME"
"""


def load(folder, text):
    (folder / "region.toml").write_text(BASE + text)
    return load_manifest(folder)


@pytest.mark.parametrize(
    ("text", "unknown", "nearest"),
    [
        ('form_left = "LF"', "form_left", "from_left"),
        ('From_Left = "LF"', "From_Left", "from_left"),
        ('zipleft = "Z"', "zipleft", "zip_left"),
        ('[[addresses]]\nfile = "a.csv"\n[addresses.fields]\nlong = "X"', "long", "lon"),
        ('[schools]\nfile = "s.csv"\n[schools.fields]\nenrolment = "E"', "enrolment", "enrollment"),
        ('[schools]\nfile = "s.csv"\n[schools.defaults]\nsectr = "Public"', "sectr", "sector"),
        (
            '[[zones]]\nid = "z"\nfile = "z.shp"\n[zones.fields]\nschool = "S"',
            "school",
            "school_id",
        ),
        ('[[areas]]\nid = "a"\nfile = "a.shp"\n[areas.fields]\nnames = "S"', "names", "name"),
        ('[[zones]]\nid = "z"\nfile = "z.shp"\nlayr = "x"', "layr", "layer"),
        ('[[zones]]\nid = "z"\nfile = "z.shp"\nheaderrow = 3', "headerrow", "header_row"),
        ('[[zone]]\nid = "z"', "zone", "zones"),
        ('[measures]\ndistanse = "straight"', "distanse", "distance"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(tmp_path, text, unknown, nearest):
    with pytest.raises(InputError, match=f"unknown (field|key) `{unknown}`") as refused:
        load(tmp_path, text)
    assert f"Did you mean `{nearest}`?" in refused.value.detail
    assert re.search(r"Known (fields|keys): ", refused.value.detail)


def test_a_name_that_is_like_none_lists_all(tmp_path):
    with pytest.raises(InputError, match=r"unknown field `qqq`\. Known fields: id, full_name"):
        load(tmp_path, 'qqq = "X"')


def test_every_field_that_init_writes_is_known():
    for kind, names in field_names().items():
        assert set(names) <= set(FIELDS[kind]), kind


def test_sheet_and_header_row_are_read(tmp_path):
    text = '[[addresses]]\nfile = "a.xlsx"\nsheet = 2024\nheader_row = 4'
    dataset = load(tmp_path, text).datasets[1]
    assert (dataset.sheet, dataset.header_row) == ("2024", 4)


@pytest.mark.parametrize("row", ["0", "-1", "true", '"4"', "1.5"])
def test_a_header_row_that_is_none_is_refused(tmp_path, row):
    with pytest.raises(InputError, match="header_row"):
        load(tmp_path, f'[[addresses]]\nfile = "a.xlsx"\nheader_row = {row}')
