"""Walking distances along streets, hazards, walk zones and bus eligibility."""

import itertools
import json
import shutil

import networkx as nx
import numpy as np
import pyogrio
import pytest
import shapely

from geoservice.cli.main import main
from geoservice.model.miles import METRES_PER_MILE
from geoservice.walking.distances import Gates, reach_of
from geoservice.walking.graph import cut_graph
from geoservice.walking.zones import street_cells, walk_zones

ACROSS, SIDE_M = 12, 150.0
LIMIT_M = 10_000.0


def street_grid(seed):
    """Streets of a grid whose crossings are shaken, so that no two ways are equally long."""
    rng = np.random.default_rng(seed)
    at = {
        (c, r): np.array([c, r]) * SIDE_M + rng.uniform(-30, 30, 2)
        for c in range(ACROSS)
        for r in range(ACROSS)
    }
    pairs = [
        ((c, r), (c + dc, r + dr))
        for c, r in at
        for dc, dr in ((1, 0), (0, 1))
        if (c + dc, r + dr) in at
    ]
    pairs = [pair for pair in pairs if rng.random() > 0.08]
    return (
        at,
        pairs,
        np.array([shapely.LineString([at[one], at[other]]) for one, other in pairs], dtype=object),
    )


def homes_and_schools(seed, homes=200, schools=3):
    rng = np.random.default_rng(seed + 100)
    return rng.uniform(0, (ACROSS - 1) * SIDE_M, (homes, 2)), rng.uniform(300, 1300, (schools, 2))


def network(at, pairs, barred_streets=(), barred_crossings=()):
    """The same streets as a graph of networkx."""
    graph = nx.Graph()
    graph.add_nodes_from(at)
    for place, (one, other) in enumerate(pairs):
        if place in barred_streets:
            continue
        ends = [(end, place) if end in barred_crossings else end for end in (one, other)]
        graph.add_edge(*ends, weight=float(np.hypot(*(at[one] - at[other]))), street=place)
    return graph


def way(graph, at, pairs, lines, home, school, barred_crossings=(), barred_streets=()):
    """Metres and crossings of the shortest way, by Dijkstra of networkx."""
    graph = graph.copy()
    ends = {}
    for name, point in (("home", shapely.Point(home)), ("school", shapely.Point(school))):
        street = int(np.argmin(shapely.distance(lines, point)))
        along, aside = lines[street].project(point), lines[street].distance(point)
        ends[name] = street, along, aside
        if name == "home" and street in barred_streets:
            return np.inf, set()
        one, other = ((end, street) if end in barred_crossings else end for end in pairs[street])
        graph.add_edge(name, one, weight=along + aside)
        graph.add_edge(name, other, weight=lines[street].length - along + aside)
    if ends["home"][0] == ends["school"][0]:
        apart = abs(ends["home"][1] - ends["school"][1]) + ends["home"][2] + ends["school"][2]
        graph.add_edge("home", "school", weight=apart)
    try:
        path = nx.dijkstra_path(graph, "home", "school")
    except nx.NetworkXNoPath:
        return np.inf, set()
    streets = {graph.edges[pair].get("street") for pair in itertools.pairwise(path)}
    streets |= {ends["home"][0], ends["school"][0]}
    return nx.path_weight(graph, path, "weight"), {*path, *(("street", one) for one in streets)}


@pytest.mark.parametrize("seed", [1, 2])
def test_ways_agree_with_networkx(seed):
    at, pairs, lines = street_grid(seed)
    homes, schools = homes_and_schools(seed)
    graph = cut_graph(lines)
    reach = reach_of(graph, Gates(np.arange(3), schools[:, 0], schools[:, 1]), LIMIT_M)
    other = network(at, pairs)
    chosen = np.arange(len(homes)) % 3
    ours = reach.to_school(graph.positions(homes[:, 0], homes[:, 1]), chosen)
    theirs = [
        way(other, at, pairs, lines, home, schools[school])[0]
        for home, school in zip(homes, chosen, strict=True)
    ]
    assert ours == pytest.approx(theirs)


def test_a_hazard_street_changes_exactly_the_homes_whose_way_it_cuts():
    at, pairs, lines = street_grid(5)
    homes, schools = homes_and_schools(5)
    hazard = [place for place, (one, other) in enumerate(pairs) if one[1] == other[1] == 6]
    crossings = {end for place in hazard for end in pairs[place]}
    before = cut_graph(lines)
    after = cut_graph(lines, lines[hazard])
    assert set(np.flatnonzero(after.is_barred).tolist()) == set(hazard)
    gates = Gates(np.array([0]), schools[:1, 0], schools[:1, 1])
    nobody = np.zeros(len(homes), dtype=np.int64)
    ours = [
        reach_of(graph, gates, LIMIT_M).to_school(graph.positions(homes[:, 0], homes[:, 1]), nobody)
        for graph in (before, after)
    ]
    free, cut = network(at, pairs), network(at, pairs, set(hazard), crossings)
    changed = []
    for home in homes:
        _, used = way(free, at, pairs, lines, home, schools[0])
        changed.append(bool(used & crossings) or any(("street", place) in used for place in hazard))
    theirs = [
        way(cut, at, pairs, lines, home, schools[0], crossings, set(hazard))[0] for home in homes
    ]
    assert ours[1] == pytest.approx(theirs)
    assert (ours[0] != ours[1]).tolist() == changed
    assert 0 < sum(changed) < len(homes)


def test_a_barred_crossing_is_passed_by_nobody():
    lines = np.array(
        [shapely.LineString([(0, 0), (100, 0)]), shapely.LineString([(100, 0), (200, 0)])],
        dtype=object,
    )
    gates = Gates(np.array([0]), np.array([190.0]), np.array([0.0]))
    for hazards, metres in (
        (None, 180.0),
        (np.array([shapely.Point(101, 3)], dtype=object), np.inf),
    ):
        graph = cut_graph(lines, hazards)
        found = reach_of(graph, gates, LIMIT_M).to_school(
            graph.positions(np.array([10.0]), np.array([0.0])), np.array([0])
        )
        assert found.tolist() == [pytest.approx(metres)]


def test_the_nearest_gate_counts():
    lines = np.array([shapely.LineString([(0, 0), (1000, 0)])], dtype=object)
    graph = cut_graph(lines)
    gates = Gates(np.array([0, 0]), np.array([900.0, 200.0]), np.array([0.0, 10.0]))
    found = reach_of(graph, gates, LIMIT_M).to_school(
        graph.positions(np.array([0.0]), np.array([5.0])), np.array([0])
    )
    assert found.tolist() == [pytest.approx(215.0)]


def test_walk_zones_grow_with_the_miles_and_hold_what_is_near():
    _, _, lines = street_grid(3)
    graph = cut_graph(lines)
    reach = reach_of(graph, Gates(np.array([0]), np.array([800.0]), np.array([800.0])), LIMIT_M)
    zones = walk_zones(reach, street_cells(graph), (0.25, 0.5, 1.0))
    assert (np.diff(shapely.area(zones.polygons)) > 0).all()
    assert shapely.is_valid(zones.polygons).all()
    for small, large in zip(zones.polygons, zones.polygons[1:], strict=False):
        assert large.covers(small)
    rng = np.random.default_rng(4)
    places = np.stack(
        [
            shapely.get_coordinates(line.interpolate(rng.random(), normalized=True))[0]
            for line in lines
        ]
    )
    miles = (
        reach.to_school(
            graph.positions(places[:, 0], places[:, 1]), np.zeros(len(places), dtype=np.int64)
        )
        / METRES_PER_MILE
    )
    inside = shapely.contains_xy(zones.polygons[1], places[:, 0], places[:, 1])
    assert inside[miles <= 0.5].all()
    assert not inside[miles > 0.5 + 150 / METRES_PER_MILE].any()


@pytest.fixture
def district(riverbend_folder, tmp_path, monkeypatch):
    """A copy of the fictional district with one hazard street."""
    folder = tmp_path / "district"
    shutil.copytree(riverbend_folder, folder)
    monkeypatch.setenv("GEOSERVICE_HOME", str(tmp_path / "home"))
    streets = pyogrio.read_dataframe(folder / "streets.shp")
    hazard = streets[streets.STREET.value_counts().index[0] == streets.STREET]
    hazard.to_crs(4326).to_file(folder / "hazards.geojson", driver="GeoJSON")
    with (folder / "region.toml").open("a") as manifest:
        manifest.write('\n[[hazards]]\nfile = "hazards.geojson"\n[walking]\nelementary = 0.75\n')
    add = [
        "students",
        "add",
        str(folder / "students.csv"),
        "--region",
        str(folder),
        "--name",
        "now",
    ]
    about = ["--owner", "tests", "--agreement", "fictional", "--expires", "2099-12-31"]
    columns = [
        "--address",
        "address",
        "--grade",
        "grade",
        "--school",
        "school",
        "--id",
        "student_id",
    ]
    assert main([*add, *about, *columns]) == 0
    return folder


@pytest.mark.slow
def test_the_command_writes_zones_and_students(district, tmp_path, capsys):
    run = ["walkzones", "--region", str(district), "--zones", "elementary", "-o"]
    assert main([*run, str(tmp_path / "w.csv")]) == 2
    internal = ["--profile", "internal", "--purpose", "tests"]
    assert main([*run, str(tmp_path / "w.csv"), *internal]) == 0
    assert main([*run, str(tmp_path / "w.geojson")]) == 0
    assert main([*run, str(tmp_path / "h.geojson"), "--hexagons"]) == 0
    features = json.loads((tmp_path / "w.geojson").read_text())["features"]
    miles = {
        feature["properties"]["miles"]
        for feature in features
        if feature["properties"]["is_walk_zone"]
    }
    assert miles == {0.75}
    assert len(features) == 36 * 5
    table = pyogrio.read_dataframe(tmp_path / "w.csv")
    counts = table[["students", "walkers", "bus_eligible", "cut_by_hazards", "unknown"]].astype(int)
    assert (counts.walkers + counts.bus_eligible + counts.unknown == counts.students).all()
    assert counts.cut_by_hazards.sum() > 0
    gates = tmp_path / "gates.csv"
    gates.write_text("school_id,lon,lat\nnone,0,0\n")
    assert main([*run, str(tmp_path / "g.geojson"), "--gates", str(gates)]) == 2
    assert "line 2" in capsys.readouterr().err
