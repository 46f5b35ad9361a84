"""Subgroups that a region lists are public filters on the command line and over HTTP.

Others are refused.
"""

import shutil

import httpx
import polars as pl
import pytest
from conftest import Server

from geoservice.cartography.figure.choice import Choice
from geoservice.cartography.formats import FORMATS
from geoservice.cli.main import main
from geoservice.model.settings import Settings
from geoservice.service.maps import Maps
from geoservice.service.regions import Regions

STUDENTS = 4_000
MAP = """kind = "units"
units = "areas"
title = { en = "Programme", es = "Programa" }
question = { en = "How many seats?", es = "¿Cuántas plazas?" }
method = { en = "Seats of the programme.", es = "Plazas del programa." }

[[views]]
id = "density"
measure = "programme_density"
part = "PART"
unit = "per_100"
title = { en = "Seats", es = "Plazas" }
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory, riverbend_folder):
    """Riverbend with English learners as a public subgroup."""
    folder = tmp_path_factory.mktemp("subgroups") / "riverbend"
    shutil.copytree(riverbend_folder, folder)
    with (folder / "region.toml").open("a", encoding="utf-8") as manifest:
        manifest.write('\n[release]\nsubgroups = ["el"]\n')
    return folder


@pytest.fixture(scope="module")
def data(folder):
    """A data folder whose students carry `el` and `frl`."""
    home = folder.parent / "home"
    students = pl.read_csv(folder / "students.csv", infer_schema=False).head(STUDENTS)
    row = pl.int_range(pl.len())
    marks = {
        name: pl.when(row % of == 0).then(pl.lit("Y")).otherwise(pl.lit("N"))
        for name, of in (("el", 3), ("frl", 2))
    }
    students.with_columns(**marks).write_csv(folder.parent / "students.csv")
    columns = "--id student_id --grade grade --school school --subgroup el --subgroup frl"
    about = "--name list --owner Office --agreement MOU --expires 2090-01-01"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEOSERVICE_HOME", str(home))
        listed = ["students", "add", str(folder.parent / "students.csv"), "--region", str(folder)]
        assert main([*listed, *columns.split(), *about.split()]) == 0
    return home


def measured(data, folder, tmp_path, monkeypatch, *options):
    monkeypatch.setenv("GEOSERVICE_HOME", str(data))
    target = tmp_path / "table.csv"
    line = ["measure", "residents", "--region", str(folder), "--by", "planning", "-o", str(target)]
    status = main([*line, *options])
    return status, pl.read_csv(target) if target.exists() else None


def district(table):
    return table.filter(unit="district", band="all")["value"].to_list()


def test_a_listed_subgroup_is_public_on_the_command_line(data, folder, tmp_path, monkeypatch):
    asked = (data, folder, tmp_path, monkeypatch)
    status, table = measured(*asked, "--subgroup", "EL")
    assert status == 0
    assert set(table["counts"]) == {"protected"}
    assert district(table)[0] == pytest.approx(STUDENTS / 3, rel=0.06)
    assert table["value"].min() >= 10


@pytest.mark.parametrize(
    "options", [("--subgroup", "frl"), ("--subgroup", "el", "--programme", "el")]
)
def test_other_subgroups_and_two_filters_are_not_public(
    data, folder, tmp_path, monkeypatch, capsys, options
):
    status, table = measured(data, folder, tmp_path, monkeypatch, *options)
    assert status != 0
    assert table is None
    assert "[release] subgroups" in capsys.readouterr().err


def test_a_listed_subgroup_is_public_over_http(data, folder):
    running = Server(data, "serve", "--no-token", "--region", folder)
    with httpx.Client(base_url=running.url, timeout=60) as client:
        base = "/v1/regions/riverbend/measures"
        listed = client.get(base).json()
        table = client.get(f"{base}/residents", params={"areas": "planning", "subgroup": "el"})
        refused = client.get(f"{base}/residents", params={"areas": "planning", "subgroup": "frl"})
        unknown = client.get(f"{base}/residents", params={"grade": "05"})
    running.stop()
    assert listed["subgroups"] == ["el"]
    lines = [one for one in table.json()["items"] if one["unit"] == "district"]
    assert len(lines) == 4
    assert {one["counts"] for one in lines} == {"protected"}
    whole = max(one["value"] for one in lines)
    assert whole == pytest.approx(STUDENTS / 3, rel=0.06)
    assert refused.status_code == 422
    assert "[release] subgroups" in refused.json()["detail"]
    assert "subgroup" in unknown.json()["detail"]


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_map_of_programme_seats_names_its_unit(data, folder, tmp_path, lang):
    settings = Settings.read({"GEOSERVICE_HOME": str(data)})
    reference = Regions(settings).open(str(folder))
    programme = next(name for name in reference.schools()["programs"] if name).partition(";")[0]
    definition = MAP.replace("PART", programme.partition(":")[0].strip())
    (tmp_path / "programme.toml").write_text(definition, "utf-8")
    maps, choice = Maps(settings, folder=tmp_path), Choice(lang=lang)
    drawing = maps.drawing("programme", reference, choice)
    words = {"en": "seats per 100 residents", "es": "cupos por cada 100 residentes"}[lang]
    assert words in drawing.frames[0].legend_title
    assert any(
        cell.text.count(".") == 1
        for row in drawing.rows
        for cell in row.cells
        if hasattr(cell, "status") and cell.status == "shown"
    )
    for ending in FORMATS:
        assert maps.export("programme", ending, reference, choice)
