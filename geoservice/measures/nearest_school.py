"""Share of students who attend the nearest school that serves their grade."""

import polars as pl

from geoservice.measures.cells import HOME, Grouping, part_cells
from geoservice.measures.ground import Ground
from geoservice.measures.measure import (
    AREA,
    ATTENDANCE,
    DISTANCES,
    LIST,
    SHARE,
    SUPPLY,
    ZONE,
    Measure,
)

_SAME_M = 0.01
"""A school is the nearest where no other is nearer by more than this."""


def _attend_nearest(ground: Ground, unit: str) -> pl.DataFrame:
    """Count residents whose grade and school are known, if any school serves the grade."""
    counted = pl.col("is_placed_school") & pl.col("nearest_any_m").is_finite()
    nearest = (pl.col("far_m") - pl.col("nearest_any_m")).abs() <= _SAME_M
    grouping = Grouping(HOME, counted, {"nearest": nearest}, metres=("far_m", "nearest_any_m"))
    return part_cells(ground, unit, grouping)


MEASURES = (
    Measure(
        "nearest_school",
        "share who attend the nearest school that serves their grade",
        SHARE,
        frozenset({AREA, ZONE}),
        _attend_nearest,
        parts=("nearest",),
        needs=frozenset({LIST, ATTENDANCE, SUPPLY, DISTANCES}),
        has_interval=True,
    ),
)
