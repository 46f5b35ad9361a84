"""Top and bottom coding: the bounds at which shares near none and all are published as "at most" and "at least"."""

import math

import polars as pl

STEPS = (0.01, 0.02, 0.05, 0.10, 0.20)
"""Bounds: a share is coded at the finest that covers the minimum cell size and that `LEAST_STUDENTS` allows."""
LEAST_STUDENTS = (300, 100, 40, 20, 10)
"""From this many students on each bound is used."""
_ROUNDING = 1e-9


def coding_bound(students: pl.Expr, min_n: int) -> pl.Expr:
    """Return the bound for a number of students; null where no bound covers ``min_n`` of them."""
    bound = pl.lit(None, dtype=pl.Float64)
    for step, least in zip(reversed(STEPS), reversed(LEAST_STUDENTS), strict=True):
        enough = max(least, math.ceil(min_n / step - _ROUNDING))
        bound = pl.when(students >= enough).then(pl.lit(step)).otherwise(bound)
    return bound
