"""Hexagons of homes: small where many students live, merged with a neighbor where few do."""

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
from geoservice.release.hexagon_merging import LEAST_HOMES, Partition, partition
from geoservice.release.protected_counts import Protection, protected_counts

Ints = NDArray[np.int64]
_LINE = ("year", "band", "unit")


@dataclass(frozen=True)
class Hexagons:
    """Hexagons that cover the homes of a list.

    Attributes
    ----------
    unit
        The hexagon of each student, null if the home is unknown.
    shapes
        Outlines of these hexagons, and of all larger ones that they belong to.
    """

    unit: pl.Series
    shapes: HexagonShapes


def hexagons(students: pl.DataFrame, protection: Protection, projection: Projection) -> Hexagons:
    """Cover the homes of all years, alike for every year and band.

    A hexagon is parted where each of its parts holds enough students of enough homes in each year;
    a part with too few is merged into a neighbor.

    Parameters
    ----------
    students
        ``year``, ``x`` and ``y`` (metres, null if unknown), ``record_key``, and ``household``
        where homes are known.
    """
    placed = students.with_row_index("row").drop_nulls(["x", "y"])
    if placed.is_empty():
        nowhere = pl.Series([None] * len(students), dtype=pl.String)
        return Hexagons(nowhere, HexagonShapes({}, projection))
    home = "household" if "household" in placed.columns else "row"
    homes = placed.select(pl.col("year").cast(pl.String), pl.col(home).alias("home"), "record_key")
    cells = pyramid(placed["x"].to_numpy(), placed["y"].to_numpy())[0]
    parts = partition(homes, cells, protection)
    names = np.array(hexagon_ids(parts.levels, parts.names), dtype=object)
    order = np.argsort(packed(parts.cells))
    place = order[np.searchsorted(packed(parts.cells)[order], packed(cells))]
    unit = placed.select("row", unit=pl.Series(names[parts.part[place]], dtype=pl.String))
    rows = students.select(row=pl.int_range(pl.len(), dtype=pl.UInt32))
    of_each = rows.join(unit, on="row", how="left", maintain_order="left")["unit"]
    return Hexagons(of_each, HexagonShapes(_cells_by_name(parts), projection))


def _cells_by_name(parts: Partition) -> dict[str, Ints]:
    """Return the smallest hexagons of each part, and of each larger hexagon that parts belong to.

    A larger hexagon holds the parts that are named after one of its own hexagons.
    """
    number_lists: dict[str, list[int]] = {}
    for number, (level, cell) in enumerate(zip(parts.levels, parts.names, strict=True)):
        ancestor = cell[None]
        for size in range(int(level), LEVELS):
            if size > level:
                ancestor = parent_cells(ancestor, size - 1)
            number_lists.setdefault(hexagon_ids([size], ancestor)[0], []).append(number)
    order = np.argsort(parts.part, kind="stable")
    starts = np.searchsorted(parts.part[order], np.arange(len(parts.levels) + 1))
    return {
        name: parts.cells[
            np.concatenate([order[starts[number] : starts[number + 1]] for number in numbers])
        ]
        for name, numbers in sorted(number_lists.items())
    }


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
        hexagon_rows = _summed(waiting.filter(pl.col("level") <= level)).with_columns(
            level=pl.lit(level, dtype=pl.Int64)
        )
        waiting = waiting.filter(pl.col("level") > level)
        counts = protected_counts(
            hexagon_rows["numerator"].to_numpy(),
            hexagon_rows["numerator_key"].to_numpy(),
            protection,
        )
        has_homes = (hexagon_rows["homes"] >= LEAST_HOMES).fill_null(value=True).to_numpy()
        enough = pl.Series((counts >= protection.min_n) & has_homes)
        settled.append(hexagon_rows.filter(enough | (level == LEVELS - 1)))
        small = hexagon_rows.filter(~enough)
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
    """Return a row for each line and hexagon."""
    key, summed = (*_LINE, "cell"), ("numerator", "numerator_key", "homes")
    return rows.group_by(key, maintain_order=True).agg(
        *(pl.col(name).sum() for name in summed[:2]),
        pl.when(pl.col("homes").is_not_null().all()).then(pl.col("homes").sum()).alias("homes"),
        pl.exclude(*key, *summed).first(),
    )
