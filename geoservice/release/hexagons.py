"""Hexagons of homes: small where many students live, joined upward where few do."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.geometry.hexagons import (
    LEVELS,
    HexagonShapes,
    hexagon_ids,
    packed,
    parent_cells,
    parsed,
    pyramid,
    unpacked,
)
from geoservice.geometry.projection import Projection
from geoservice.release.protected_counts import Protection, protected_counts

STUDENTS_PER_N = 3
"""How many times the minimum cell size a hexagon holds, so that its bands can be shown."""
LEAST_HOMES = 3
"""Cells of fewer homes are suppressed; an apartment house is one home."""
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

    A hexagon is parted where each of its parts that is not empty holds enough students of enough
    homes in each year.

    Parameters
    ----------
    students
        ``year``, ``x`` and ``y`` (metres, null where unknown), ``record_key``, and ``household``
        where homes are known.
    """
    placed = students.with_row_index("row").drop_nulls(["x", "y"])
    cells = pyramid(placed["x"].to_numpy(), placed["y"].to_numpy())
    levels = _levels(placed, cells, protection)
    at = np.column_stack([levels, np.stack(cells)[levels, np.arange(len(placed))]])
    distinct, which = np.unique(at, axis=0, return_inverse=True)
    names = pl.Series(hexagon_ids(distinct[:, 0], distinct[:, 1:]), dtype=pl.String)
    unit = placed.select("row", unit=names.gather(which.ravel()))
    every = students.select(row=pl.int_range(pl.len(), dtype=pl.UInt32))
    of_each = every.join(unit, on="row", how="left", maintain_order="left")["unit"]
    larger = set(names)
    for level, here in enumerate(cells):
        each = np.unique(here, axis=0)
        larger |= set(hexagon_ids([level] * len(each), each))
    return Hexagons(of_each, HexagonShapes(sorted(larger), projection))


def joined_cells(protection: Protection, cells: pl.DataFrame) -> pl.DataFrame:
    """Join the hexagons of each line upward until each holds the minimum cell size.

    Parameters
    ----------
    cells
        Rows by line and hexagon, ``to``, with ``numerator``, ``numerator_key`` and ``homes``.

    Returns
    -------
    polars.DataFrame
        The same columns. A large hexagon holds what its smaller ones that are shown leave.
    """
    levels, packed_cells = parsed(cells["to"])
    waiting = cells.with_columns(level=pl.Series(levels), cell=pl.Series(packed_cells))
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
    rows = pl.concat(settled)
    names = hexagon_ids(rows["level"], unpacked(rows["cell"].to_numpy()))
    return rows.with_columns(to=pl.Series(names, dtype=pl.String)).select(cells.columns)


def _summed(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per line and hexagon."""
    key, summed = (*_LINE, "cell"), ("numerator", "numerator_key", "homes")
    return rows.group_by(key, maintain_order=True).agg(
        *(pl.col(name).sum() for name in summed[:2]),
        pl.when(pl.col("homes").is_not_null().all()).then(pl.col("homes").sum()).alias("homes"),
        pl.exclude(*key, *summed).first(),
    )


def _levels(placed: pl.DataFrame, cells: list[Ints], protection: Protection) -> Ints:
    """The level of each student's hexagon.

    The largest, then smaller as long as every part holds enough.
    """
    home = placed["household"] if "household" in placed.columns else placed["row"]
    levels = np.full(len(placed), LEVELS - 1)
    for smaller in range(LEVELS - 2, -1, -1):  # Over sizes.
        table = pl.DataFrame(
            {
                "year": placed["year"].cast(pl.String),
                "home": home,
                "key": placed["record_key"],
                "whole": packed(cells[smaller + 1]),
                "part": packed(cells[smaller]),
                "here": levels == smaller + 1,
            }
        )
        held = table.group_by("year", "whole", "part").agg(
            pl.len().cast(pl.Int64).alias("number"),
            pl.col("key").sum(),
            homes=pl.col("home").n_unique(),
            here=pl.col("here").all(),
        )
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
