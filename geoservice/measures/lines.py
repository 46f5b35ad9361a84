"""The lines that a figure should have, and those that its rows lack."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from geoservice.measures.applicable import applicable, unit_names
from geoservice.measures.cells import KEY
from geoservice.measures.ground import DISTRICT, SCHOOL, Ground


def lines_of(ground: Ground, unit: str) -> pl.DataFrame:
    """Return ``year``, ``band``, ``unit``: every line of a kind of units, the district too."""
    name = ("lines", unit, *ground.bands)
    return ground.cohort.once(name, lambda: _made_lines(ground, unit))


def with_missing_lines(
    ground: Ground, unit: str, rows: pl.DataFrame, parts: Sequence[str]
) -> pl.DataFrame:
    """Return the rows, and a row of nulls for each line and part that has none."""
    lines = lines_of(ground, unit)
    if unit == SCHOOL:  # Some attend a school that does not serve their grade.
        lines = pl.concat([lines, rows.select(lines.columns)]).unique(maintain_order=True)
    every = lines.join(pl.DataFrame({"part": list(parts)}, schema={"part": pl.String}), how="cross")
    return every.join(rows, on=[*KEY, "part"], how="left", maintain_order="left")


def _made_lines(ground: Ground, unit: str) -> pl.DataFrame:
    band, year, unit_at = np.nonzero(applicable(ground, unit))
    named = {
        "year": (ground.cohort.years, year),
        "band": (tuple(ground.every_band), band),
        "unit": ((*unit_names(ground, unit), DISTRICT), unit_at),
    }
    return pl.DataFrame(
        {
            name: pl.Series(list(texts), dtype=pl.String).gather(at)
            for name, (texts, at) in named.items()
        }
    )
