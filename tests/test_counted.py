"""Messages about a single thing are in the singular."""

import pytest

from geoservice.cli.main import main
from geoservice.model.counted import counted, in_number
from geoservice.model.layers import Finding


def test_a_number_has_its_noun():
    assert [counted(count, "row") for count in (0, 1, 1_200)] == ["0 rows", "1 row", "1,200 rows"]
    assert counted(2, "entry", "entries") == "2 entries"


def test_a_text_has_the_form_for_its_number():
    text = "[zone names|zones name] no school, see [schools] of `a|b`"
    assert in_number(text, 1) == "zone names no school, see [schools] of `a|b`"
    assert in_number(text, 2) == "zones name no school, see [schools] of `a|b`"


@pytest.mark.parametrize(
    ("code", "count", "says"),
    [("no_name", 1, "1 street has no name"), ("no_name", 2_000, "2,000 streets have no name")],
)
def test_a_finding_is_a_sentence(code, count, says):
    finding = Finding(code, "warning", "streets", "[street has|streets have] no name", count)
    assert finding.sentence == says


def test_a_finding_about_a_whole_layer_has_no_count():
    assert Finding("z_dropped", "repair", "streets", "heights were dropped").sentence == (
        "heights were dropped"
    )


def test_the_check_of_a_region_counts_in_the_singular(tmp_path, capsys):
    """A single school has another spelling, and a single zone lacks a school."""
    (tmp_path / "region.toml").write_text(
        'id = "town"\nmetric_crs = "EPSG:26916"\n'
        '[schools]\nfile = "schools.csv"\n[schools.fields]\nid = "id"\nname = "name"\n'
        'low_grade = "low"\nhigh_grade = "high"\nlon = "lon"\nlat = "lat"\n'
        '[[ratings]]\nfile = "ratings.csv"\nscheme = "s"\n'
        '[ratings.fields]\nschool_id = "school"\nyear = "year"\nvalue = "value"\n'
        '[rating_schemes.s]\nkind = "label"\nlabels = [{ id = "A", quality = true }]\n'
    )
    (tmp_path / "schools.csv").write_text(
        "id,name,low,high,lon,lat\n0007,Oak School,KG,05,-88.0,41.0\n,Elm School,KG,05,-88.0,41.0\n"
    )
    (tmp_path / "ratings.csv").write_text("school,year,value\n7,2023-24,A\n9,2023-24,A\n")
    main(["region", "check", str(tmp_path)])
    printed = capsys.readouterr().out
    assert "1 school without an id was left out" in printed
    assert "1 school was joined by" in printed
    assert "1 school id or name, in 1 row, is not among the schools" in printed
    assert " 1 schools" not in printed
