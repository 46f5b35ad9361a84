"""Two scenarios of the fictional district: a school closes, and a boundary moves."""

from pathlib import Path

import numpy as np
import polars as pl

from geoservice.demo.schooling import Schooling, planning_blocks

FOLDER = "scenarios"
_MOVES = "locust-to-valley.csv"
_CLOSE = """id = "close-willow"
name = { en = "Close Willow Elementary", es = "Cerrar Willow Elementary" }
region = "riverbend"
zones = "elementary"
first_year = "2024-25"

[[changes]]
close = "0135"
to = ["0134", "0136"]
"""
_MOVE = f"""id = "move-boundary"
name = {{ en = "Boundary of Locust and Valley", es = "Límite de Locust y Valley" }}
region = "riverbend"
zones = "elementary"
first_year = "2024-25"
stay = {{ grades = ["05"], siblings = true }}

[[changes]]
assign = "{_MOVES}"
"""
_FROM, _TO = "0116", "0122"
_BLOCKS = 3
"""Blocks that move: those of the zone that lie farthest east, beside the other school's zone."""


def block_id(number: int) -> str:
    """The id of a planning block."""
    return f"B{number + 1:03d}"


def write_scenarios(folder: Path, schooling: Schooling) -> None:
    """Write both scenarios, and the table of moves that the second names, beside the region."""
    target = folder / FOLDER
    target.mkdir(exist_ok=True)
    (target / "close-willow.toml").write_text(_CLOSE, "utf-8")
    (target / "move-boundary.toml").write_text(_MOVE, "utf-8")
    school = schooling.zone_of[0][schooling.cell_zone]
    in_zone = school == schooling.ids.index(_FROM)
    blocks = np.unique(planning_blocks(schooling.cell_zone)[in_zone])[-_BLOCKS:]
    moves = {"block": [block_id(number) for number in blocks.tolist()], "school": _TO}
    pl.DataFrame(moves).write_csv(target / _MOVES)
