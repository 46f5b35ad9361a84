"""Scenario files: what they may hold, and every fault with its file, line and remedy."""

import numpy as np
import openpyxl
import polars as pl
import pyogrio
import pytest
from planned_region import (
    collection,
    feature,
    grid_folder,
    open_region,
    square,
    unplanned_copy,
)

from geoservice import Region
from geoservice.cli.main import main
from geoservice.planning.ground import crossing_blocks
from geoservice.planning.scenario import ScenarioError
from geoservice.planning.scenario_file import read_scenario
from geoservice.service.scenarios import check_scenario

HEAD = 'id = "try"\nregion = "grid"\nzones = "elementary"\nfirst_year = "2027-28"\n'


@pytest.fixture(scope="module")
def region(tmp_path_factory):
    folder = grid_folder(tmp_path_factory.mktemp("grid"))
    with pytest.MonkeyPatch.context() as patch:
        return folder, open_region(folder, folder / "home", patch)


@pytest.fixture
def faults(region, tmp_path):
    """The faults of a scenario, as texts."""
    folder, opened = region

    def of(text, head=HEAD):
        path = tmp_path / "try.toml"
        path.write_text(head + text)
        try:
            check_scenario(read_scenario(path), opened.reference, folder)
        except ScenarioError as refused:
            return [str(fault) for fault in refused.faults]
        return []

    return of


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("colour = 1\n", 5, "no key `colour`"),
        ('[[change]]\nclose = "A"\n', 5, "Did you mean `changes`"),
        ('[[changes]]\nclose = "Z"\n', 6, "no school `Z`"),
        ('[[changes]]\nclose = "A"\n[[changes]]\nclose = "A"\n', 8, "closed by a change before"),
        ('[[changes]]\nclose = "A"\nto = ["A"]\n', 6, "the scenario closes"),
        ('[[changes]]\nclose = "A"\nto = ["Z"]\n', 6, "`to`: there is no school `Z`"),
        ('[[changes]]\nschool = "A"\nseats = 0\n', 7, "above 0"),
        (
            '[[changes]]\nopen = { id = "E", lon = 0, lat = 0, seats = 0, grades = "KG" }\n',
            6,
            "above 0",
        ),
        ('[[changes]]\nschool = "A"\n', 6, "needs `seats` or `grades`"),
        ('[[changes]]\nschool = "A"\ngrades = "soon"\n', 7, "must be grades"),
        (
            '[[changes]]\nopen = { id = "A", lon = 0, lat = 0, seats = 9, grades = "KG" }\n',
            6,
            "exists already",
        ),
        (
            '[[changes]]\nopen = { id = "E", lon = 999, lat = 0, seats = 9, grades = "KG" }\n',
            6,
            "`lon` must be degrees",
        ),
        ('[[changes]]\nopen = { id = "E", lon = 0, lat = 0, grades = "KG" }\n', 6, "needs `seats`"),
        (
            '[[changes]]\nopen = { id = "E", lon = 0, lat = 0, seats = 9, grades = "KG", size = 1 }\n',
            6,
            "no key `size`",
        ),
        ('[[changes]]\nclose = "A"\nschool = "B"\nseats = 3\n', 5, "exactly one of the keys"),
        ('stay = { grades = ["09"] }\n', 5, "does not serve the grade 09"),
        ('snapshot = "0123"\n', 5, "another snapshot"),
    ],
)
def test_a_fault_names_line_and_remedy(faults, text, line, words):
    (fault,) = faults(text)
    assert fault.startswith(f"`try.toml` line {line}: ")
    assert words in fault
    assert fault.endswith(".")


def test_all_faults_come_at_once_in_order(faults):
    found = faults("", 'id = ""\nregion = "grid"\nzones = 3\nfirst_year = "soon"\nwhy = 1\n')
    assert [fault.split(":")[0] for fault in found] == [
        f"`try.toml` line {line}" for line in (1, 3, 4, 5)
    ]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["99,A"], "`moves.csv` line 2: there is no such block"),
        (
            ["00,A", "00,B"],
            "`moves.csv` line 3: block `00` is assigned a second time, after line 2",
        ),
        (["00,"], "`moves.csv` line 2: block `00` has no school"),
        (["00,Z"], "`moves.csv` line 2: the school of block `00` does not exist"),
        (
            ["00,D"],
            "`moves.csv` line 2: block `00` is assigned to a school that the scenario closes",
        ),
    ],
)
def test_faults_of_moves_name_their_line(faults, tmp_path, lines, message):
    (tmp_path / "moves.csv").write_text("\n".join(["block,school", *lines]) + "\n")
    (fault,) = faults('[[changes]]\nassign = "moves.csv"\n[[changes]]\nclose = "D"\nto = ["A"]\n')
    assert fault.startswith(message)


def test_two_changes_may_not_assign_one_block(faults, tmp_path):
    (tmp_path / "moves.csv").write_text("block,school\n00,B\n")
    (fault,) = faults('[[changes]]\nassign = "moves.csv"\n' * 2)
    assert "assigned by a change before" in fault


def test_a_missing_file_and_a_missing_column_are_told(faults, tmp_path):
    assert "no such file" in faults('[[changes]]\nassign = "none.csv"\n')[0]
    (tmp_path / "moves.csv").write_text("area,school\n00,B\n")
    assert "no column `block`" in faults('[[changes]]\nassign = "moves.csv"\n')[0]


def zones_file(path, rows):
    """Proposed zones: a school and the corner blocks of a rectangle."""
    features = []
    for school, (first, last) in rows:
        low, high = square(*first)["coordinates"][0][0], square(*last)["coordinates"][0][2]
        ring = [low, [high[0], low[1]], high, [low[0], high[1]], low]
        features.append(feature({"school": school}, {"type": "Polygon", "coordinates": [ring]}))
    collection(path, features)


def test_proposed_zones_must_hold_every_block(faults, tmp_path):
    zones_file(tmp_path / "proposed.geojson", [("A", ((0, 0), (5, 2))), ("B", ((0, 3), (5, 4)))])
    found = faults('[[changes]]\nzones = "proposed.geojson"\n')
    assert len(found) == 6
    assert all("lies in no proposed zone" in fault for fault in found)


def test_a_proposed_zone_of_a_school_that_closes_or_does_not_exist_is_told(faults, tmp_path):
    halves = [("D", ((0, 0), (5, 2))), ("Z", ((0, 3), (5, 5)))]
    zones_file(tmp_path / "proposed.geojson", halves)
    closed, absent = faults(
        '[[changes]]\nzones = "proposed.geojson"\n[[changes]]\nclose = "D"\nto = ["A"]\n'
    )
    assert closed.startswith("`proposed.geojson` ")
    assert "the zone is of a school that the scenario closes. Assign it to another" in closed
    assert "the school of the zone does not exist. Use ids or names of schools." in absent


@pytest.fixture
def run(region, tmp_path, monkeypatch):
    """Run a command of scenarios on the grid's own counts."""
    folder, _ = region
    monkeypatch.setenv("GEOSERVICE_HOME", str(folder / "home"))

    def command(*arguments):
        return main(["scenario", *map(str, arguments), "--region", str(folder)])

    return command


def test_the_command_writes_numbers_moves_and_zones(run, tmp_path, capsys):
    (tmp_path / "moves.csv").write_text("block,school\n00,B\n10,School B\n")
    path = tmp_path / "try.toml"
    path.write_text(
        HEAD + 'name = { en = "Try", es = "Prueba" }\n[[changes]]\nassign = "moves.csv"\n'
    )
    assert run("check", path) == 0
    assert "2 of 36 blocks" in capsys.readouterr().out
    outputs = {name: tmp_path / name for name in ("n.csv", "n.xlsx", "m.csv", "z.geojson")}
    assert (
        run(
            "show",
            path,
            "-o",
            outputs["n.csv"],
            "--moves",
            outputs["m.csv"],
            "--zones",
            outputs["z.geojson"],
        )
        == 0
    )
    assert run("show", path, "-o", outputs["n.xlsx"]) == 0
    moves = pl.read_csv(outputs["m.csv"], infer_schema=False)
    assert moves.filter(block="10").row(0) == ("10", "B", "A")
    zones = pyogrio.read_dataframe(outputs["z.geojson"])
    assert sorted(zones["school_id"]) == list("ABCD")
    assert zones.is_valid.all()
    assert openpyxl.load_workbook(outputs["n.xlsx"]).sheetnames == [
        "about",
        "district",
        "school",
        "area",
    ]


def test_several_scenarios_stand_side_by_side(run, tmp_path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.toml").write_text(HEAD.replace("try", name))
    assert run("show", tmp_path / "one.toml", tmp_path / "two.toml", "-o", tmp_path / "n.csv") == 0
    assert pl.read_csv(tmp_path / "n.csv", infer_schema_length=None)[
        "scenario"
    ].unique().sort().to_list() == ["one", "two"]


def test_a_faulty_scenario_writes_nothing(run, tmp_path, capsys):
    path = tmp_path / "try.toml"
    path.write_text(HEAD + '[[changes]]\nclose = "Z"\n')
    assert run("show", path, "-o", tmp_path / "n.csv") == 2
    assert not (tmp_path / "n.csv").exists()
    assert "line 6" in capsys.readouterr().err


def test_the_library_gives_tables_and_zones(region, tmp_path):
    _, opened = region
    (tmp_path / "moves.csv").write_text("block,school\n00,B\n")
    (tmp_path / "try.toml").write_text(HEAD + '[[changes]]\nassign = "moves.csv"\n')
    result = opened.scenario(tmp_path / "try.toml")
    assert result.moves.rows() == [("00", "B", "A")]
    assert sorted(result.zones["school_id"]) == list("ABCD")
    assert result.schools["by"].unique().to_list() == ["school"]
    assert result.areas["by"].unique().to_list() == ["area"]


def test_made_blocks_hold_every_address_and_cross_no_zone(riverbend_folder, tmp_path, monkeypatch):
    folder = unplanned_copy(riverbend_folder, tmp_path / "district")
    monkeypatch.setenv("GEOSERVICE_HOME", str(tmp_path / "home"))
    assert main(["region", "blocks", str(folder), "--students", "200"]) == 0
    assert main(["region", "blocks", str(folder)]) == 2
    blocks = pyogrio.read_dataframe(folder / "planning_blocks.geojson").to_crs(26915)
    zones = pyogrio.read_dataframe(folder / "elementary_zones.shp").to_crs(26915)
    assert blocks.is_valid.all()
    assert blocks.area.sum() == pytest.approx(zones.area.sum(), rel=1e-5)
    assert blocks.union_all().area == pytest.approx(zones.area.sum(), rel=1e-5)
    (tmp_path / "try.toml").write_text(HEAD.replace("grid", "riverbend"))
    reference = Region.open(folder).reference
    outcome = check_scenario(read_scenario(tmp_path / "try.toml"), reference, folder)
    assert crossing_blocks(outcome.ground) == []
    x, y = reference.array("point_x"), reference.array("point_y")
    held = np.bincount(outcome.ground.blocks.index.locate(x.copy(), y.copy()) + 1)
    assert held[0] == 0
    assert np.mean(held[1:] >= 200) > 0.9


def test_holes_between_proposed_zones_are_told_with_the_blocks_in_them(faults, tmp_path):
    rings = []
    for first, last in (((0, 0), (5, 5)), ((2, 2), (3, 3))):
        low, high = square(*first)["coordinates"][0][0], square(*last)["coordinates"][0][2]
        rings.append([low, [high[0], low[1]], high, [low[0], high[1]], low])
    zone = feature({"school": "A"}, {"type": "Polygon", "coordinates": rings})
    collection(tmp_path / "proposed.geojson", [zone])
    found = faults('[[changes]]\nzones = "proposed.geojson"\n')
    assert sum("leave 1 hole between them. Close every hole." in fault for fault in found) == 1
    assert sum("lies in no proposed zone. Extend a zone over it." in fault for fault in found) == 4


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ('{ "99" = "A" }', "there is no such block"),
        ('{ "00" = "Z" }', "the school of block `00` does not exist"),
        ('{ "00" = 3 }', "must give each block a school"),
        ('{ "00" = "D" }', "assigned to a school that the scenario closes"),
    ],
)
def test_faults_of_assignments_in_the_scenario_itself_name_their_line(faults, pairs, words):
    (fault,) = faults(f'[[changes]]\nassign = {pairs}\n[[changes]]\nclose = "D"\nto = ["A"]\n')
    assert fault.startswith("`try.toml` line 6: ")
    assert words in fault


def test_an_assignment_in_the_scenario_itself_moves_the_block(region, tmp_path):
    _, opened = region
    (tmp_path / "try.toml").write_text(HEAD + '[[changes]]\nassign = { "00" = "B" }\n')
    assert opened.scenario(tmp_path / "try.toml").moves.rows() == [("00", "B", "A")]
