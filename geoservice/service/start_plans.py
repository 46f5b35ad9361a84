"""Start plans of a region, written as scenarios."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from geoservice.errors import InputError
from geoservice.model.settings import Settings
from geoservice.planning.blocks import read_blocks
from geoservice.planning.ground import NO_SCHOOL, PlanningGround
from geoservice.planning.make_ground import make_ground
from geoservice.planning.start_plan import PlanKind, StartPlan, start_plan
from geoservice.reference.snapshot import Reference
from geoservice.region.manifest import load_manifest
from geoservice.service.scenarios import ScenarioChoice, Scenarios
from geoservice.tables.sheets import write_atomically

_PUBLIC_REFUSAL = (
    "A start plan is made of exact numbers, which the public profile must not show. Add "
    "`--profile internal --purpose TEXT`."
)


@dataclass(frozen=True)
class StartPlanGoal:
    """The plan to look for.

    Attributes
    ----------
    zones
        Id of the set of zones that the plan replaces.
    kind
        The quantity to minimize.
    seat_share
        Highest share of a school's seats that students may fill.
    seconds
        Time limit of the search.
    """

    zones: str
    kind: PlanKind
    seat_share: float
    seconds: float


def make_start_plan(
    reference: Reference,
    folder: Path,
    goal: StartPlanGoal,
    settings: Settings,
    choice: ScenarioChoice,
) -> tuple[StartPlan, PlanningGround]:
    """Find a start plan for the students of a region's blocks.

    Raises
    ------
    InputError
        If the region has no blocks, or no plan exists.
    """
    if not 0 < goal.seat_share <= 2:
        raise InputError("--most must be a share of seats above 0, such as 0.95.")
    blocks = read_blocks(load_manifest(folder))
    counted = Scenarios(settings).counted(reference, blocks, choice)
    if counted.public is not None:
        raise InputError(_PUBLIC_REFUSAL)
    ground = make_ground(reference, goal.zones, blocks, counted.latest)
    return start_plan(ground, goal.kind, goal.seat_share, goal.seconds), ground


def write_start_plan(
    plan: StartPlan, ground: PlanningGround, reference: Reference, kind: str, path: Path
) -> int:
    """Write a plan as a scenario with its table of moves; return the number of blocks that move."""
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
    write_atomically(moves, table.write_csv().encode())
    write_atomically(path, _scenario(reference, ground, kind, path.stem, moves.name).encode())
    return len(rows)


def _scenario(
    reference: Reference, ground: PlanningGround, kind: str, name: str, moves: str
) -> str:
    info = reference.info
    first_year = int(info.school_year[:4]) + 1 if info.school_year else 2000
    return (
        f'id = "{name}"\nname = {{ en = "Start plan: {kind}" }}\nregion = "{info.id}"\n'
        f'zones = "{ground.zones}"\nfirst_year = "{first_year}-{(first_year + 1) % 100:02d}"\n\n'
        f'[[changes]]\nassign = "{moves}"\n'
    )
