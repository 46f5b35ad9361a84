"""Map definitions: a closed vocabulary that tells file, line and remedy."""

import re
import shutil
import string
import tomllib
from argparse import Namespace
from functools import partial
from pathlib import Path

import orjson
import pytest

from geoservice.cartography.definition.definition import json_schema
from geoservice.cartography.definition.definition_files import DefinitionFolders, read_definition
from geoservice.cartography.texts import words
from geoservice.cli.maps import list_maps
from geoservice.errors import InputError
from geoservice.model.settings import Settings
from geoservice.model.shipped import shipped_folder
from geoservice.service.maps import Maps

FOLDER = shipped_folder("maps")

SOURCE = Path(__file__).parents[1] / "geoservice" / "cartography"


@pytest.fixture
def folder(tmp_path):
    """A copy of the definitions that a test may spoil."""
    return Path(shutil.copytree(FOLDER, tmp_path / "maps"))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('kind = "units"', 'kind = "unit"', "`kind`"),
        ('kind = "units"', 'kind = "units"\ncolour = "red"', "not known"),
        ('id = "quality_seats"', 'id = "Quality Seats"', "`views.1.id`"),
        ('measure = "quality_seat_share"', 'measure = "nope"', "no such measure"),
        ('unit = "share"', 'unit = "furlongs"', "`views.1.unit`"),
        ("breaks = [0.2, 0.4, 0.6, 0.8]", "breaks = [0.4, 0.2]", "rising `breaks`"),
        ("[question]\nen", "[question]\nfr", "`question.en` is missing"),
        ('kind = "units"', 'kind = "units', "not TOML"),
        ('kind = "units"', 'kind = "units"\nid = "x"', "file's name"),
        ('id = "quality_seats"', 'id = "name"', "another column"),
    ],
)
def test_a_fault_names_file_line_and_remedy(folder, old, new, says):
    path = folder / "quality-seats.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    spoiled = new.splitlines()[-1] if "[" not in new.splitlines()[0] else new.splitlines()[0]
    line = next(
        at for at, one in enumerate(path.read_text("utf-8").splitlines(), 1) if spoiled in one
    )
    with pytest.raises(InputError) as fault:
        read_definition(path)
    assert "quality-seats.toml" in fault.value.detail
    assert f"line {line}" in fault.value.detail
    assert says in fault.value.detail


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('unit = "share"', 'unit = "miles"', 'write `unit = "share"`'),
        ('part = ""', 'part = "nope"', "no `part`"),
        ('"quality_seat_share"', '"zone_destinations"', "not counted by area"),
        ('"quality_seat_share"\npart = ""', '"capture"\npart = "leave"', "there are `stay`"),
    ],
)
def test_a_view_shows_a_measure_in_its_own_unit_and_parts(folder, old, new, says):
    path = folder / "quality-seats.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(InputError, match=r"`views\.1` is wrong") as fault:
        read_definition(path)
    assert says in fault.value.detail
    assert f"line {text.splitlines().index('[[views]]') + 1}" in fault.value.detail


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('bars = "rating"', 'bars = "grade"', "`views.1.bars`"),
        (
            'measure = "nearest_quality"',
            'measure = "nearest_quality"\nbars = "rating"',
            "no parts by rating",
        ),
        ('part = "mean"', 'part = "mean"\nbars = "rating"', "two `[[views]]` with `bars`"),
        ('layers = ["streets", "schools"]', "layers = []", "add `schools`"),
        ('kind = "units"', 'kind = "units"\nunits = "zones"', "maps of areas"),
        ('kind = "units"', 'kind = "units"\nyears = "all"', "in one year"),
        ('id = "mean_miles"', 'id = "by_rating_a"', "another column"),
    ],
)
def test_bars_by_rating_are_of_one_view_of_areas_with_schools_in_the_legend(folder, old, new, says):
    path = folder / "distance.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(InputError) as fault:
        read_definition(path)
    assert says in fault.value.detail


def test_every_fault_of_a_file_is_told_at_once(folder):
    path = folder / "quality-seats.toml"
    path.write_text(
        path.read_text("utf-8").replace('kind = "units"', 'kind = "heat"\njunk = 1'), "utf-8"
    )
    maps = Maps(Settings.read({"GEOSERVICE_HOME": str(folder)}), folder=folder)
    first, second = maps.check()
    assert "line 2: `kind`" in first
    assert "line 3: `junk`" in second


def test_every_fault_of_a_folder_is_told_at_once(folder):
    for name in ("zones", "flows"):
        path = folder / f"{name}.toml"
        path.write_text(path.read_text("utf-8").replace("kind =", "sort ="), "utf-8")
    maps = Maps(Settings.read({"GEOSERVICE_HOME": str(folder)}), folder=folder)
    assert {one.split("`")[1] for one in maps.check()} == {"flows.toml", "zones.toml"}


def test_the_committed_schema_is_that_of_the_program():
    # Where this fails: python -m tools.map_schema
    assert orjson.loads((FOLDER / "schema.json").read_bytes()) == orjson.loads(
        orjson.dumps(json_schema())
    )
    assert all(
        path.read_text("utf-8").startswith("#:schema ./schema.json\n")
        for path in FOLDER.glob("*.toml")
    )


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.toml")), ids=lambda path: path.stem)
def test_a_map_passes_every_place_that_it_must(path):
    documents = Path(__file__).parents[1] / "docs"
    row = f"| `{path.stem}` | {read_definition(path).question.en} |"
    assert row in (documents / "maps.md").read_text("utf-8"), "Add the row to docs/maps.md."
    users = tomllib.loads((documents.parent / "tools/site/gallery.toml").read_text("utf-8"))
    assert all(users.get(path.stem, {}).get(key) for key in ("who", "use")), (
        f"Say in tools/site/gallery.toml for whom [{path.stem}] is, and for what."
    )
    picture = documents / "pictures" / "maps" / f"{path.stem}.png"
    assert picture.is_file(), f"Run `python -m tools.draw_pictures URL {path.stem}`."


def test_the_gallery_has_no_map_that_is_gone():
    names = {path.stem for path in FOLDER.rglob("*.toml")}
    documents = Path(__file__).parents[1] / "docs"
    users = tomllib.loads((documents.parent / "tools/site/gallery.toml").read_text("utf-8"))
    assert set(users) == names
    assert {path.stem for path in (documents / "pictures" / "maps").glob("*.png")} == names


def test_a_new_map_is_a_new_file_without_a_restart(folder, riverbend):
    maps = Maps(Settings.read({"GEOSERVICE_HOME": str(folder)}), folder=folder)
    before = {one.id for one in maps.catalogue()}
    text = (folder / "reference.toml").read_text("utf-8")
    (folder / "mine.toml").write_text(text.replace("Reference map", "My map"), "utf-8")
    assert {one.id for one in maps.catalogue()} - before == {"mine"}
    assert maps.drawing("mine", riverbend.reference, _choice()).definition.title.en == "My map"
    (folder / "mine.toml").write_text(text.replace("Reference map", "My other map"), "utf-8")
    assert (
        maps.drawing("mine", riverbend.reference, _choice()).definition.title.en == "My other map"
    )


def test_one_faulty_file_leaves_the_other_maps(folder, riverbend, monkeypatch, capsys):
    (folder / "broken.toml").write_text("kind = ", "utf-8")
    (folder / "latin.toml").write_bytes("# dirección".encode("latin-1"))
    (folder / "folder.toml").mkdir()
    settings = Settings.read({"GEOSERVICE_HOME": str(folder)})
    maps = Maps(settings, folder=folder)
    assert {one.id for one in maps.catalogue()} == {path.stem for path in FOLDER.glob("*.toml")}
    assert maps.drawing("reference", riverbend.reference, _choice())
    found = maps.check()
    assert len(found) == 3
    assert any("latin.toml" in one and "UTF-8" in one for one in found)
    assert any("folder.toml" in one for one in found)
    monkeypatch.setattr("geoservice.service.maps.Maps", partial(Maps, folder=folder))
    assert list_maps(Namespace(region=""), settings) == 0
    told = capsys.readouterr()
    assert "ratings" in told.out
    assert "broken.toml" in told.err


def test_a_caption_that_recommends_is_a_fault(folder):
    text = (FOLDER / "reference.toml").read_text("utf-8")
    method = text[text.index("[method]") :]
    (folder / "mine.toml").write_text(
        text.replace(
            method, '[method]\nen = "Schools should improve."\nes = "Escuelas del distrito."\n'
        ),
        "utf-8",
    )
    (fault,) = Maps(Settings.read({"GEOSERVICE_HOME": str(folder)}), folder=folder).check()
    line = text.splitlines().index("[method]") + 2
    assert f"`mine.toml`, line {line}: `method.en`" in fault
    assert "should" in fault


def _choice():
    from geoservice.cartography.figure.choice import Choice

    return Choice()


def _fields(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_words_and_fields():
    english, spanish = words("en"), words("es")
    assert english.keys() == spanish.keys()
    assert all(_fields(text) == _fields(spanish[key]) for key, text in english.items())
    for one in DefinitionFolders((FOLDER,)).definitions():
        for wording in (one.title, one.question, one.method, *(view.title for view in one.views)):
            assert wording.en != wording.es


def test_every_word_that_figures_ask_for_is_there():
    source = "".join(path.read_text("utf-8") for path in SOURCE.rglob("*.py"))
    asked = set(re.findall(r'(?:texts|words)\(\s*"(\w+)"', source))
    scripts = "".join(path.read_text("utf-8") for path in (SOURCE / "page" / "static").glob("*.js"))
    asked |= set(re.findall(r"words\.(page_\w+)", scripts)) | set(
        re.findall(r'button\("(page_\w+)"', scripts)
    )
    asked -= {"size_", "unit_"}  # Beginnings of words.
    assert asked
    assert asked <= words("en").keys()


def test_no_word_stands_there_for_nothing():
    source = "".join(
        path.read_text("utf-8")
        for path in [*SOURCE.rglob("*.py"), *(SOURCE / "page" / "static").glob("*.js")]
    )
    built = (
        "layer_",
        "unit_",
        "size_",
        "theme_",
        "profile_",
        "column_n_",
        "numerator_",
        "card_of_",
        "column_rank",
        "reason_",
        "far_",
        "near_",
        "mixed_",
        "counts_",
        "says_far",
        "says_mixed",
        "level_",
        "at_",
        "number_",
        "one_",
        "some_",
        "all_",
        "both_",
        "fraction_",
        "finding_",
        "cell_",
    )
    idle = [
        key
        for key in words("en")
        if not re.search(rf"[\"'.]{key}\b", source) and not key.startswith(built)
    ]
    assert idle == []
