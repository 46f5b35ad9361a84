"""Numbers of scenarios beside a slow computation, row by row."""

import math

import numpy as np
import pandas as pd
import polars as pl
import pytest
from planned_region import ACROSS, SIDE_M, SOUTH, WEST, grid_folder, open_region

from geoservice.planning.apply import apply_scenario
from geoservice.planning.blocks import read_blocks
from geoservice.planning.make_ground import make_ground
from geoservice.planning.numbers import scenario_numbers
from geoservice.planning.scenario_file import read_scenario
from geoservice.planning.segregation import dissimilarity, exposure, isolation
from geoservice.region.manifest import load_manifest

HEAD = 'id = "try"\nregion = "grid"\nzones = "elementary"\nfirst_year = "2027-28"\n'
GRADES = ("KG", "01", "02")
WALK_MILES = 0.5


def students_of_grid(seed, count=900):
    """Placed students of the grid; some live outside all blocks, some attend another school."""
    rng = np.random.default_rng(seed)
    x = WEST + rng.uniform(-100, ACROSS * SIDE_M + 100, count)
    y = SOUTH + rng.uniform(-100, ACROSS * SIDE_M + 100, count)
    return pl.DataFrame(
        {
            "grade": rng.choice(GRADES, count).tolist(),
            "geo_match": "point",
            "x": x,
            "y": y,
            "school_id": rng.choice(["A", "B", "C", "D", None, "X"], count).tolist(),
            "household": rng.integers(0, count // 2, count),
            "subgroup_el": rng.choice(["Y", "N", None], count).tolist(),
        }
    )


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    folder = grid_folder(tmp_path_factory.mktemp("grid"))
    with pytest.MonkeyPatch.context() as patch:
        reference = open_region(folder, folder / "home", patch).reference
    manifest = load_manifest(folder)
    return make_ground(reference, "elementary", read_blocks(manifest), students_of_grid(5))


def applied(ground, folder, text):
    path = folder / "try.toml"
    path.write_text(HEAD + text)
    return apply_scenario(read_scenario(path), ground, "grid", "EPSG:26910")


def random_scenario(rng, ground, folder):
    """Some blocks reassigned; perhaps a school closed, with its students going to named schools."""
    blocks = rng.choice(ground.blocks.ids, rng.integers(0, 20), replace=False)
    closed = rng.choice(["", "", "A", "C"])
    open_schools = [school for school in "ABCD" if school != closed]
    moves = {block: str(rng.choice(open_schools)) for block in blocks.tolist()}
    lines = ["block,school", *(f"{block},{school}" for block, school in moves.items())]
    (folder / "moves.csv").write_text("\n".join(lines) + "\n")
    stay = [str(grade) for grade in rng.choice(GRADES, rng.integers(0, 3), replace=False)]
    siblings = bool(rng.integers(0, 2))
    text = f"stay = {{ grades = {stay}, siblings = {str(siblings).lower()} }}\n".replace("'", '"')
    text += '[[changes]]\nassign = "moves.csv"\n'
    if closed:
        text += f'[[changes]]\nclose = "{closed}"\nto = {open_schools}\n'.replace("'", '"')
    return text, moves, closed, open_schools, stay, siblings


def slow(ground, students, moves, closed, open_schools, stay, siblings):
    """The same in loops over students."""
    schools = ground.schools
    centre = dict(zip(schools.ids, zip(schools.x, schools.y, strict=True), strict=True))
    rows = []
    for one in students.to_dicts():
        column, row = (
            math.floor((one["x"] - WEST) / SIDE_M),
            math.floor((one["y"] - SOUTH) / SIDE_M),
        )
        inside = 0 <= column < ACROSS and 0 <= row < ACROSS
        block = f"{column}{row}" if inside else None
        right = "ABCD"[(column >= 3) + 2 * (row >= 3)] if inside else None
        after = moves.get(block, right)
        if after is not None and after == closed:
            here = (WEST + (column + 0.5) * SIDE_M, SOUTH + (row + 0.5) * SIDE_M)
            after = min(open_schools, key=lambda school: math.dist(here, centre[school]))
        attends = one["school_id"] if one["school_id"] in tuple("ABCD") else None
        rows.append(
            {
                **one,
                "right": right,
                "after": after,
                "attends": attends,
                "moved": right is not None and after != right,
            }
        )
    frame = pd.DataFrame(rows)
    could = (
        frame.moved
        & (frame.right != closed)
        & (frame.attends.isna() | (frame.attends == frame.right))
    )
    stays = could & frame.grade.isin(stay)
    if siblings:
        kept = set(zip(frame.household[stays], frame.right[stays], strict=True))
        also = [
            (household, right) in kept
            for household, right in zip(frame.household, frame.right, strict=True)
        ]
        stays |= could & pd.Series(also)
    frame["stays"] = stays
    frame["far"] = [
        math.dist((x, y), centre[after]) / 1609.344 if isinstance(after, str) else math.nan
        for x, y, after in zip(frame.x, frame.y, frame.after, strict=True)
    ]
    follows = frame.attends.isna() | (frame.attends == frame.right) | (frame.attends == closed)
    frame["enrolled"] = frame.after.where(follows, frame.attends)
    return frame


def test_two_hundred_random_scenarios_agree_with_slow_loops(grid, tmp_path):
    students, rng = students_of_grid(5), np.random.default_rng(3)
    for _ in range(200):
        text, *given = random_scenario(rng, grid, tmp_path)
        outcome = applied(grid, tmp_path, text)
        numbers = scenario_numbers(outcome, WALK_MILES)
        frame = slow(grid, students, *given)
        whole = dict(numbers.filter(by="district", grade="all").select("measure", "after").rows())
        assert whole["moved"] == frame.moved.sum()
        assert whole["may_stay"] == frame.stays.sum()
        assert whole["beyond_walking"] == (frame.far > WALK_MILES).sum()
        assert whole["distance_mean_miles"] == pytest.approx(frame.far.mean())
        schools = numbers.filter(by="school")
        for measure, column in (("students", "after"), ("enrolled", "enrolled")):
            ours = schools.filter(grade="all", measure=measure).select("unit", "after").rows()
            expected = frame[column].value_counts()
            assert {unit: count for unit, count in ours if count} == expected.to_dict()
        for (school, grade), count in frame.groupby(["after", "grade"]).size().items():
            ours = schools.filter(unit=school, grade=grade, measure="students")["after"].item()
            assert ours == count


def test_the_empty_scenario_moves_nobody(grid, tmp_path):
    outcome = applied(grid, tmp_path, "")
    numbers = scenario_numbers(outcome, WALK_MILES)
    assert numbers.filter(measure="moved")["after"].sum() == 0
    both = numbers.drop_nulls(["before", "after"])
    assert both["before"].to_list() == both["after"].to_list()


def test_every_student_of_a_block_has_exactly_one_school(grid, tmp_path):
    outcome = applied(grid, tmp_path, '[[changes]]\nclose = "A"\nto = ["B", "C"]\n')
    inside = grid.residents.block >= 0
    assert (outcome.after[inside] >= 0).all()
    assert (
        sum(
            scenario_numbers(outcome, 1.0).filter(by="school", grade="all", measure="students")[
                "after"
            ]
        )
        == inside.sum()
    )


def test_a_closed_school_fills_the_nearest_with_room_and_no_further(grid, tmp_path):
    text = '[[changes]]\nschool = "B"\nseats = 250\n[[changes]]\nclose = "A"\n'
    outcome = applied(grid, tmp_path, text)
    numbers = scenario_numbers(outcome, 1.0).filter(by="school", grade="all")
    full = dict(numbers.filter(measure="utilisation").select("unit", "after").rows())
    moved = dict(numbers.filter(measure="moved_in").select("unit", "after").rows())
    assert all(
        share <= 1.0 for school, share in full.items() if share is not None and moved[school]
    )
    assert sum(moved.values()) > 0


def test_an_opened_school_takes_the_blocks_that_it_is_given(grid, tmp_path):
    (tmp_path / "moves.csv").write_text("block,school\n00,New\n01,E\n")
    text = (
        '[[changes]]\nopen = { id = "E", name = "New", lon = -122.43, lat = 37.77, seats = 90, grades = "KG-02" }\n'
        '[[changes]]\nassign = "moves.csv"\n'
    )
    outcome = applied(grid, tmp_path, text)
    lived = np.isin(
        grid.residents.block, [grid.blocks.numbers["00"], grid.blocks.numbers["01"]]
    ).sum()
    school = scenario_numbers(outcome, 1.0).filter(
        by="school", unit="E", grade="all", measure="students"
    )
    assert school.select("before", "after").row(0) == (0.0, lived)


def test_a_dropped_grade_moves_that_grade_alone(grid, tmp_path):
    outcome = applied(grid, tmp_path, '[[changes]]\nschool = "A"\ngrades = "KG-01"\n')
    moved = outcome.is_moved
    assert moved.any()
    assert set(grid.residents.grade[moved].tolist()) == {grid.residents.grade_names.index("02")}


def test_zones_in_two_pieces_are_told(grid, tmp_path):
    (tmp_path / "moves.csv").write_text("block,school\n55,A\n")
    numbers = scenario_numbers(applied(grid, tmp_path, '[[changes]]\nassign = "moves.csv"\n'), 1.0)
    pieces = (
        numbers.filter(by="school", unit="A", measure="pieces").select("before", "after").row(0)
    )
    assert pieces == (1.0, 2.0)
    assert numbers.filter(measure="zones_in_pieces")["after"].item() == 1.0


def test_segregation_indices_of_known_tables():
    group, others = np.array([10.0, 0.0]), np.array([0.0, 10.0])
    assert (dissimilarity(group, others), exposure(group, others), isolation(group, others)) == (
        1,
        0,
        1,
    )
    even = np.array([5.0, 10.0])
    assert dissimilarity(even, 2 * even) == pytest.approx(0.0)
    assert exposure(even, 2 * even) == pytest.approx(2 / 3)


def test_segregation_indices_agree_with_pysal():
    """Expected values are those of PySAL's `segregation` 2.5.4: Dissim, Interaction, Isolation."""
    group = np.array([50, 15, 6, 17, 24, 48, 27, 5, 20, 36, 48, 43], dtype=float)
    others = np.array([89, 17, 79, 5, 50, 25, 18, 59, 28, 51, 24, 14], dtype=float)
    indices = [index(group, others) for index in (dissimilarity, exposure, isolation)]
    expected = (0.359669925000482, 0.46259206865186053, 0.5374079313481394)
    assert indices == pytest.approx(expected, rel=1e-14)


def test_nothing_is_told_of_quality_where_no_school_is_rated(grid, tmp_path):
    assert not grid.schools.are_rated
    numbers = scenario_numbers(applied(grid, tmp_path, ""), 1.0)
    quality = numbers.filter(pl.col("measure").str.starts_with("in_quality"))
    assert len(quality) > 4
    assert quality["before"].null_count() == quality["after"].null_count() == len(quality)
    assert set(quality["before_status"]) == {"no_data"}
