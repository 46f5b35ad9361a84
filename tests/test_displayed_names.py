"""Displayed names of ``region.toml``: one text, or a text for each language."""

import pytest
from released import drawn

from geoservice.errors import InputError
from geoservice.region.manifest import read_manifest

MANIFEST = """
id = "town"
metric_crs = "EPSG:26915"
name = {name}
[[areas]]
id = "wards"
file = "wards.geojson"
name = {{ en = "Wards", es = "Distritos electorales" }}
[[zones]]
id = "elementary"
file = "zones.geojson"
grades = "KG-05"
name = {{ en = "Elementary zones", es = "Zonas de primaria" }}
[rating_schemes.card]
name = {{ en = "Report card", es = "Boleta" }}
labels = [{{ id = "A", name = {{ en = "Above", es = "Por encima" }} }}, "B"]
"""


def info(tmp_path, name='{ en = "Town Schools", es = "Escuelas de Town" }'):
    return read_manifest(MANIFEST.format(name=name), tmp_path).info


def test_a_name_has_a_text_for_each_language(tmp_path):
    region = info(tmp_path)
    named = [region, region.area_sets[0], region.zone_sets[0], region.schemes[0]]
    assert [thing.named("es") for thing in [*named, region.schemes[0].labels[0]]] == [
        "Escuelas de Town",
        "Distritos electorales",
        "Zonas de primaria",
        "Boleta",
        "Por encima",
    ]
    assert region.name == "Town Schools"
    assert region.schemes[0].labels[1].named("es") == "B"


def test_a_name_of_one_text_holds_in_every_language(tmp_path):
    region = info(tmp_path, '"Town Schools"')
    assert {region.named(lang) for lang in ("en", "es", "fr")} == {"Town Schools"}


@pytest.mark.parametrize(
    "name", ['{ es = "Escuelas" }', '{ en = "" }', '{ en = "Town", English = "Town" }', "{ }"]
)
def test_a_name_without_english_or_with_another_key_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="a text for each language"):
        info(tmp_path, name)


def test_a_spanish_map_shows_spanish_names(riverbend):
    drawing = drawn(riverbend.reference, "ratings", lang="es")
    assert drawing.region_name == "Escuelas de Riverbend (ficticio)"
    assert drawing.subtitle.startswith("Escuelas de Riverbend (ficticio)")
    assert dict(drawing.options.areas)["wards"] == "Distritos electorales"
    assert "A, muy por encima" in {entry.text for entry in drawing.legend}
    assert "A, well above" in {entry.text for entry in drawn(riverbend.reference, "ratings").legend}
