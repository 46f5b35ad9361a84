"""Start plans: exact, in one piece, and below the limit of seats."""

import itertools
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from planned_region import ACROSS, grid_folder, open_region

from geoservice.cli.main import main
from geoservice.errors import InputError
from geoservice.planning.blocks import read_blocks
from geoservice.planning.ground import summed
from geoservice.planning.make_ground import make_ground
from geoservice.planning.start_plan import is_contiguous, start_plan
from geoservice.region.manifest import load_manifest


@pytest.fixture(scope="module")
def region(tmp_path_factory):
    folder = grid_folder(tmp_path_factory.mktemp("grid"))
    with pytest.MonkeyPatch.context() as patch:
        reference = open_region(folder, folder / "home", patch).reference
    return folder, make_ground(reference, "elementary", read_blocks(load_manifest(folder)))


def with_seats(ground, **seats):
    """The same region with other seats."""
    schools = ground.schools
    changed = np.array([float(seats.get(one, 400)) for one in schools.ids])
    return replace(ground, schools=replace(schools, seats=changed))


def students_of(ground):
    return summed(ground.residents.count, ground.residents.block, len(ground.blocks.ids))


def test_the_nearest_plan_gives_every_block_its_nearest_school(region):
    _, ground = region
    plan = start_plan(ground, "nearest")
    x, y = ground.blocks.centres
    far = np.hypot(x[:, None] - ground.schools.x, y[:, None] - ground.schools.y)
    assert far[np.arange(len(x)), plan.block_school] == pytest.approx(far.min(axis=1))
    assert plan.gap == 0


def test_no_school_is_fuller_than_the_limit_and_zones_are_in_one_piece(region):
    _, ground = region
    tight = with_seats(ground, A=120, B=200, C=200, D=250)
    plan = start_plan(tight, "nearest-with-room", 0.95)
    assert (plan.utilisation <= 0.95 + 1e-9).all()
    assert (plan.block_school >= 0).all()
    assert is_contiguous(plan, tight).all()
    assert plan.gap <= 1e-6


def test_the_fewest_moves_are_none_where_all_have_room(region):
    _, ground = region
    plan = start_plan(ground, "fewest-moves", 0.95)
    assert (plan.block_school == ground.block_school).all()


def test_the_fewest_moves_are_as_few_as_any_plan_in_one_piece_has(region):
    _, ground = region
    students = students_of(ground)
    zone = np.flatnonzero(ground.block_school == 0)
    limit = 0.95 * 150
    tight = with_seats(ground, A=150)
    plan = start_plan(tight, "fewest-moves", 0.95)
    moved = students[plan.block_school != ground.block_school].sum()
    best = min(
        students[list(gone)].sum()
        for size in range(1, 6)
        for gone in itertools.combinations(zone.tolist(), size)
        if students[zone].sum() - students[list(gone)].sum() <= limit
        and one_piece(ground, zone, gone)
    )
    assert moved == best
    assert is_contiguous(plan, tight).all()


def one_piece(ground, zone, gone):
    """True where the zone less some blocks, and each of these with another zone, hang together."""
    graph = nx.grid_2d_graph(ACROSS, ACROSS)
    place = {
        int(block[0]) * 10 + int(block[1]): number for number, block in enumerate(ground.blocks.ids)
    }
    graph = nx.relabel_nodes(graph, {(c, r): place[c * 10 + r] for c, r in list(graph)})
    kept = [block for block in zone.tolist() if block not in gone]
    outside = set(range(ACROSS * ACROSS)) - set(zone.tolist())
    joins = all(
        any(near in outside for near in graph[block]) or any(near in gone for near in graph[block])
        for block in gone
    )
    return bool(kept) and nx.is_connected(graph.subgraph(kept)) and joins


def test_a_school_without_a_place_is_named_and_not_emptied(region):
    _, today = region
    x = today.schools.x.copy()
    x[today.schools.numbers["B"]] = np.nan
    ground = replace(today, schools=replace(today.schools, x=x))
    with pytest.raises(InputError, match="have no place: `School B`"):
        start_plan(ground, "fewest-moves")


def test_too_few_seats_are_told(region):
    _, ground = region
    with pytest.raises(InputError, match="students need a seat"):
        start_plan(with_seats(ground, A=50, B=50, C=50, D=50), "nearest-with-room")


def test_the_command_writes_a_scenario_that_shows_what_was_planned(
    region, tmp_path, monkeypatch, capsys
):
    folder, _ = region
    monkeypatch.setenv("GEOSERVICE_HOME", str(folder / "home"))
    path = tmp_path / "start.toml"
    given = ["--region", str(folder)]
    assert (
        main(
            [
                "scenario",
                "start",
                "fewest-moves",
                *given,
                "--zones",
                "elementary",
                "--most",
                "0.43",
                "-o",
                str(path),
            ]
        )
        == 0
    )
    assert "Gap" in capsys.readouterr().out
    assert main(["scenario", "check", str(path), *given]) == 0
    assert main(["scenario", "show", str(path), *given]) == 0
    assert main(["scenario", "start", "nearest", *given, "--zones", "none", "-o", str(path)]) == 2
