"""The lines that a figure must have, and the missing lines of its rows."""

from collections.abc import Sequence

import polars as pl

from geoservice.measures.applicable import applicable
from geoservice.measures.cells import KEY, cell_table
from geoservice.measures.ground import SCHOOL, Ground


def lines_of(ground: Ground, unit: str) -> pl.DataFrame:
    """Return ``year``, ``band``, ``unit``: every line of a kind of units, the district too."""
    name = ("lines", unit, *ground.bands)
    return ground.cohort.once(
        name, lambda: cell_table(ground, unit, applicable(ground, unit), {}).select(KEY)
    )


def with_missing_lines(
    ground: Ground, unit: str, rows: pl.DataFrame, parts: Sequence[str]
) -> pl.DataFrame:
    """Return the rows, and a row of nulls for each line and part that has none."""
    lines = lines_of(ground, unit)
    if unit == SCHOOL:  # Some attend a school that does not serve their grade.
        lines = pl.concat([lines, rows.select(lines.columns)]).unique(maintain_order=True)
    all_lines = lines.join(
        pl.DataFrame({"part": list(parts)}, schema={"part": pl.String}), how="cross"
    )
    return all_lines.join(rows, on=[*KEY, "part"], how="left", maintain_order="left")
