"""Start plans of a region, written as scenarios."""

from pathlib import Path

import polars as pl

from geoservice.errors import InputError
from geoservice.model.settings import Settings
from geoservice.planning.blocks import read_blocks
from geoservice.planning.ground import NO_SCHOOL, Ground, make_ground
from geoservice.planning.start_plan import PlanKind, StartPlan, start_plan
from geoservice.reference.snapshot import Reference
from geoservice.region.manifest import load_manifest
from geoservice.service.scenarios import ScenarioChoice, Scenarios
from geoservice.tables.sheets import write_whole


def make_start_plan(
    reference: Reference,
    folder: Path,
    zones: str,
    kind: PlanKind,
    settings: Settings,
    choice: ScenarioChoice,
    *,
    most: float,
    seconds: float,
) -> tuple[StartPlan, Ground]:
    """Find a start plan for the students of a region's blocks.

    Raises
    ------
    InputError
        Where the region has no blocks, or no plan exists.
    """
    if not 0 < most <= 2:
        raise InputError("--most is a share of seats above 0, such as 0.95.")
    blocks = read_blocks(load_manifest(folder))
    students = Scenarios(settings).counted(reference, blocks, choice)
    ground = make_ground(reference, zones, blocks, students)
    return start_plan(ground, kind, most, seconds), ground


def write_start_plan(
    plan: StartPlan, ground: Ground, reference: Reference, kind: str, path: Path
) -> int:
    """Write a plan as a scenario with its table of moves; return how many blocks move."""
    if path.suffix.lower() != ".toml":
        raise InputError(f"`{path.name}`: a scenario is a .toml file.")
    moves = path.with_name(f"{path.stem}-moves.csv")
    ids = ground.schools.ids
    rows = [
        (block, ids[after])
        for block, before, after in zip(
            ground.blocks.ids, ground.block_school.tolist(), plan.block_school.tolist(), strict=True
        )
        if after not in (before, NO_SCHOOL)
    ]
    table = pl.DataFrame(rows, schema={"block": pl.String, "school": pl.String}, orient="row")
    write_whole(moves, table.write_csv().encode())
    write_whole(path, _scenario(reference, ground, kind, path.stem, moves.name).encode())
    return len(rows)


def _scenario(reference: Reference, ground: Ground, kind: str, name: str, moves: str) -> str:
    info = reference.info
    first = int(info.school_year[:4]) + 1 if info.school_year else 2000
    return (
        f'id = "{name}"\nname = {{ en = "Start plan: {kind}" }}\nregion = "{info.id}"\n'
        f'zones = "{ground.zones}"\nfirst_year = "{first}-{(first + 1) % 100:02d}"\n\n'
        f'[[changes]]\nassign = "{moves}"\n'
    )
