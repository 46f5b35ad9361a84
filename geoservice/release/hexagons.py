"""Hexagons of homes: small where many students live, joined upward until each holds enough (PRIVACY rule 13)."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.geometry.hexagons import (
    LEVELS,
    HexagonShapes,
    hexagon_id,
    packed,
    parent_cells,
    smallest_cells,
    unpacked,
)
from geoservice.geometry.projection import Projection
from geoservice.release.protected_counts import Protection, protected_counts

STUDENTS_PER_N = 3
"""How many times the minimum cell size a hexagon holds in each year, so that its bands can be shown too."""
LEAST_HOMES = 3
"""Cells of fewer homes are suppressed: brothers and sisters are one home, and so is an apartment house."""
Ints = NDArray[np.int64]
_LINE = ("year", "band", "unit")


@dataclass(frozen=True)
class Hexagons:
    """Hexagons that cover the homes of a list.

    Attributes
    ----------
    unit
        The hexagon of each student, null where the home is unknown.
    shapes
        Outlines of these hexagons, and of all larger ones that they belong to.
    """

    unit: pl.Series
    shapes: HexagonShapes


def hexagons(students: pl.DataFrame, protection: Protection, projection: Projection) -> Hexagons:
    """Cover the homes of all years, alike for every year and band.

    A hexagon is parted where each of its parts that is not empty holds enough students of enough homes in each year.

    Parameters
    ----------
    students
        ``year``, ``x`` and ``y`` (metres, null where unknown), ``record_key``, and ``household`` where homes are known.
    """
    placed = students.with_row_index("row").drop_nulls(["x", "y"])
    cells = [smallest_cells(placed["x"].to_numpy(), placed["y"].to_numpy())]
    for level in range(LEVELS - 1):
        cells.append(parent_cells(cells[-1], level))
    levels = _levels(placed, cells, protection)
    at = np.stack(cells)[levels, np.arange(len(placed))]
    distinct, which = np.unique(np.column_stack([levels, at]), axis=0, return_inverse=True)
    names = [hexagon_id(*cell) for cell in distinct.tolist()]
    unit = pl.DataFrame({
        "row": placed["row"],
        "unit": pl.Series(names, dtype=pl.String).gather(which.ravel()),
    })  # fmt: skip
    every = pl.DataFrame({"row": pl.Series(range(len(students)), dtype=pl.UInt32)})
    of_each = every.join(unit, on="row", how="left", maintain_order="left")["unit"]
    larger = [
        hexagon_id(level, *cell)
        for level in range(LEVELS)
        for cell in np.unique(cells[level], axis=0).tolist()
    ]
    return Hexagons(of_each, HexagonShapes(sorted({*names, *larger}), projection))


def joined_cells(protection: Protection, cells: pl.DataFrame) -> pl.DataFrame:
    """Join the hexagons of each line upward until each holds the minimum cell size, or is one of the largest.

    Parameters
    ----------
    cells
        Rows by line and hexagon, ``to``, with ``numerator``, ``numerator_key`` and ``homes``.

    Returns
    -------
    polars.DataFrame
        The same columns. A large hexagon holds what its smaller ones that are shown leave.
    """
    names = cells["to"].str.strip_prefix("h").str.split("_")
    coordinates = np.array(
        [[int(part) for part in name] for name in names.to_list()], dtype=np.int64
    ).reshape(-1, 3)
    waiting = cells.with_columns(
        level=pl.Series(coordinates[:, 0]), cell=pl.Series(packed(coordinates[:, 1:]))
    )
    settled = []
    for level in range(LEVELS):
        here = _summed(waiting.filter(pl.col("level") <= level)).with_columns(
            level=pl.lit(level, dtype=pl.Int64)
        )
        waiting = waiting.filter(pl.col("level") > level)
        counts = protected_counts(
            here["numerator"].to_numpy(), here["numerator_key"].to_numpy(), protection
        )
        has_homes = (here["homes"] >= LEAST_HOMES).fill_null(value=True).to_numpy()
        enough = pl.Series((counts >= protection.min_n) & has_homes)
        settled.append(here.filter(enough | (level == LEVELS - 1)))
        small = here.filter(~enough)
        if level < LEVELS - 1:
            parents = packed(parent_cells(unpacked(small["cell"].to_numpy()), level))
            raised = small.with_columns(
                cell=pl.Series(parents), level=pl.lit(level + 1, dtype=pl.Int64)
            )
            waiting = pl.concat([waiting, raised.select(waiting.columns)])
    return _named(pl.concat(settled)).select(cells.columns)


def _summed(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per line and hexagon."""
    key, summed = (*_LINE, "cell"), ("numerator", "numerator_key", "homes")
    return rows.group_by(key, maintain_order=True).agg(
        *(pl.col(name).sum() for name in summed[:2]),
        pl.when(pl.col("homes").is_not_null().all()).then(pl.col("homes").sum()).alias("homes"),
        pl.exclude(*key, *summed).first(),
    )


def _named(rows: pl.DataFrame) -> pl.DataFrame:
    cells = unpacked(rows["cell"].to_numpy())
    levels = rows["level"].to_list()
    names = [hexagon_id(level, q, r) for level, (q, r) in zip(levels, cells.tolist(), strict=True)]
    return rows.with_columns(to=pl.Series(names, dtype=pl.String))


def _levels(placed: pl.DataFrame, cells: list[Ints], protection: Protection) -> Ints:
    """The level of each student's hexagon: the largest, then smaller as long as every part holds enough."""
    home = placed["household"] if "household" in placed.columns else placed["row"]
    levels = np.full(len(placed), LEVELS - 1)
    for smaller in range(LEVELS - 2, -1, -1):  # Over sizes.
        table = pl.DataFrame({
            "year": placed["year"].cast(pl.String), "home": home, "key": placed["record_key"],
            "whole": packed(cells[smaller + 1]), "part": packed(cells[smaller]),
            "here": levels == smaller + 1,
        })  # fmt: skip
        held = table.group_by("year", "whole", "part").agg(
            pl.len().cast(pl.Int64).alias("number"), pl.col("key").sum(),
            homes=pl.col("home").n_unique(), here=pl.col("here").all(),
        )  # fmt: skip
        counts = protected_counts(held["number"].to_numpy(), held["key"].to_numpy(), protection)
        enough = pl.Series(counts >= STUDENTS_PER_N * protection.min_n) & (
            held["homes"] >= LEAST_HOMES
        )
        is_parted = (
            held.with_columns(enough=enough & held["here"])
            .group_by("whole")
            .agg(parts=pl.col("enough").all())
        )
        wanted = table.join(is_parted, on="whole", how="left", maintain_order="left")["parts"]
        levels[wanted.to_numpy()] = smaller
    return levels
