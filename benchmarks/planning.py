"""Planning at the size of a large district: 100,000 students, 400 blocks, 300 zones, 40,000 streets."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import shapely

from geoservice.forecast.counting import Kind
from geoservice.forecast.entry import Births
from geoservice.forecast.files import OWN
from geoservice.forecast.history import history_of
from geoservice.forecast.outcome import Layers, make_forecast
from geoservice.forecast.progression import Rules
from geoservice.planning.apply import apply_scenario
from geoservice.planning.blocks import Blocks
from geoservice.planning.counting import Growth
from geoservice.planning.ground import PlanningGround, Residents, Schools
from geoservice.planning.numbers import scenario_numbers
from geoservice.planning.scenario import Close, Scenario, Stay
from geoservice.planning.start_plan import start_plan
from geoservice.planning.toml_lines import toml_lines
from geoservice.walking.distances import Gates, reach_of
from geoservice.walking.graph import cut_graph
from geoservice.walking.zones import street_cells, walk_zones

STUDENTS, BLOCKS, ZONES, SCHOOLS, STREETS = 100_000, 400, 300, 60, 40_000
CRS = "EPSG:26910"
_GRADES = ("KG", *(f"{grade:02d}" for grade in range(1, 13)))


def main() -> None:
    """Print the seconds of each, beside its target."""
    ground = _ground()
    scenario = Scenario(
        Path("s.toml"),
        "s",
        {},
        "r",
        "elementary",
        "2027-28",
        "",
        Stay(("05",), True),
        (Close("7", (), 1), Close("150", (), 1)),
        toml_lines(""),
    )
    _timed(
        "scenario with all numbers",
        1.0,
        lambda: scenario_numbers(apply_scenario(scenario, ground, "r", CRS), 1.0),
    )
    growth = _growth(ground)
    _timed(
        "the same on today and the forecast of five years",
        1.0,
        lambda: scenario_numbers(apply_scenario(scenario, ground, "r", CRS), 1.0, growth=growth),
    )
    _timed("start plan, nearest with room", 10.0, lambda: start_plan(ground, "nearest-with-room"))
    _timed("forecast of 360 schools and zones with back-test", 2.0, _forecast)
    _timed("walk zones of 60 schools on 40,000 streets", 5.0, _walk_zones)


def _timed(what: str, target_s: float, run: Callable[[], Any]) -> None:
    start, cpu = time.perf_counter(), time.process_time()
    run()
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    print(
        f"{what}: {seconds:.2f} s, {cpu:.2f} s of processor time (target {target_s:g} s)",
        flush=True,
    )


def _ground() -> PlanningGround:
    rng = np.random.default_rng(1)
    side, across = 1000.0, 20
    boxes = np.array(
        [
            shapely.box(c * side, r * side, (c + 1) * side, (r + 1) * side)
            for r in range(across)
            for c in range(across)
        ],
        dtype=object,
    )
    blocks = Blocks(tuple(map(str, range(BLOCKS))), boxes)
    school_of = np.arange(BLOCKS) * ZONES // BLOCKS
    x, y = rng.uniform(0, side * across, (2, STUDENTS))
    block = blocks.index.locate(x, y)
    centres = [shapely.centroid(shapely.union_all(boxes[school_of == one])) for one in range(ZONES)]
    polygons = np.array(
        [shapely.union_all(boxes[school_of == one]) for one in range(ZONES)], dtype=object
    )
    grades = _GRADES[:6]
    schools = Schools(
        tuple(map(str, range(ZONES))),
        tuple(map(str, range(ZONES))),
        shapely.get_x(centres),
        shapely.get_y(centres),
        np.full(ZONES, 900.0),
        (frozenset(grades),) * ZONES,
        rng.random(ZONES) < 0.4,
        np.ones(ZONES, dtype=bool),
    )
    right = school_of[block]
    attends = np.where(rng.random(STUDENTS) < 0.7, right, rng.integers(0, ZONES, STUDENTS))
    residents = Residents(
        grades,
        tuple(map(str, range(12))),
        np.ones(STUDENTS),
        block,
        rng.integers(0, len(grades), STUDENTS),
        rng.integers(0, 12, STUDENTS),
        x,
        y,
        right,
        attends,
        right // 5,
        rng.integers(0, STUDENTS // 2, STUDENTS),
        {name: rng.random(STUDENTS) < 0.3 for name in ("el", "frl", "swd")},
    )
    return PlanningGround(
        "elementary",
        "",
        grades,
        blocks,
        schools,
        residents,
        np.arange(ZONES),
        polygons,
        school_of,
        tuple(map(str, range(12))),
    )


def _growth(ground: PlanningGround) -> dict[str, Growth]:
    """Five years in which students of each zone and grade become more or fewer."""
    rng = np.random.default_rng(4)
    grades = len(ground.residents.grade_names)
    stratum = ground.residents.right * grades + ground.residents.grade
    factors = rng.uniform(0.8, 1.2, (5, (ZONES + 1) * grades))
    return {str(year): Growth(stratum, factor) for year, factor in enumerate(factors)}


def _forecast() -> None:
    rng = np.random.default_rng(2)
    units, years = (
        [str(unit) for unit in range(360)],
        [f"{year}-{year - 1999:02d}" for year in range(2016, 2026)],
    )
    every = pl.DataFrame({"unit": units}).join(pl.DataFrame({"year": years}), how="cross")
    counts = every.join(pl.DataFrame({"grade": _GRADES}), how="cross")
    counts = counts.with_columns(students=pl.Series(rng.poisson(60, len(counts))))
    table = pl.DataFrame(
        {"unit": units, "name": units, "group": [str(int(unit) % 12) for unit in units]}
    )
    history = history_of(counts, table)
    homes = np.zeros((len(units), 5, len(_GRADES)))
    layers = Layers(Births(), homes, np.full(len(units), 500.0), pl.DataFrame(schema=OWN))
    make_forecast(history, Kind("school"), 5, Rules(), layers)


def _walk_zones() -> None:
    rng = np.random.default_rng(3)
    across, side = 142, 120.0
    at = np.stack(np.meshgrid(np.arange(across), np.arange(across), indexing="ij"), -1) * side
    at = at + rng.uniform(-20, 20, at.shape)
    flat = np.concatenate(
        [
            np.stack([at[:-1].reshape(-1, 2), at[1:].reshape(-1, 2)], 1),
            np.stack([at[:, :-1].reshape(-1, 2), at[:, 1:].reshape(-1, 2)], 1),
        ]
    )
    lines = np.asarray(shapely.linestrings(flat[:STREETS]), dtype=object)
    x, y = rng.uniform(0, across * side, (2, SCHOOLS))
    graph = cut_graph(lines)
    walk_zones(reach_of(graph, Gates(np.arange(SCHOOLS), x, y), 3500.0), street_cells(graph))


if __name__ == "__main__":
    main()
