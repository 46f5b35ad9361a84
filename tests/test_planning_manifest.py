"""Planning files and walking distances in region.toml."""

import pytest
from test_manifest_names import load

from geoservice.errors import InputError
from geoservice.model.region import WalkingRules


def test_walking_distances_have_defaults_and_may_be_stated(tmp_path):
    assert load(tmp_path, "").walking == WalkingRules(1.0, 1.5, 2.0)
    assert load(tmp_path, "[walking]\nmiddle = 2").walking.middle == 2.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[walking]\nprimary = 1", "primary"),
        ("[walking]\nhigh = 0", "above 0"),
        ('[walking]\nhigh = "2"', "must be a number"),
        ('[[blocks]]\nfile = "b.geojson"\n[blocks.fields]\nidd = "P"', "Did you mean `id`"),
        ('[[housing]]\nfile = "h.csv"\n[housing.fields]\nyeild = "Y"', "Did you mean `yield`"),
    ],
)
def test_a_fault_in_planning_rules_is_named(tmp_path, text, message):
    with pytest.raises(InputError) as refused:
        load(tmp_path, text)
    assert message in refused.value.detail


def test_planning_files_are_datasets(tmp_path):
    text = '[[blocks]]\nfile = "b.geojson"\n[blocks.fields]\nid = "PBID"\nKG = "K"'
    (blocks,) = [one for one in load(tmp_path, text).datasets if one.kind == "blocks"]
    assert blocks.fields == {"id": "PBID", "KG": "K"}
