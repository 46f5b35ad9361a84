"""The share of a school's students who live in its zone, and the share who do not."""

import polars as pl

from geoservice.measures.applicable import has_zone
from geoservice.measures.cells import ATTENDED, Grouping, part_cells
from geoservice.measures.ground import Ground
from geoservice.measures.measure import ATTENDANCE, BY_SCHOOL, LIST, SHARE, Measure

_SCHOOLS, _NEEDS = frozenset({BY_SCHOOL}), frozenset({LIST, ATTENDANCE})


def _cells(ground: Ground, unit: str, parts: dict[str, pl.Expr]) -> pl.DataFrame:
    """Count students whose zone is known, in grades for which their school has a zone."""
    counted = pl.col("is_located") & pl.col("has_zone")
    return part_cells(ground, unit, Grouping(ATTENDED, counted, parts, can_count=has_zone))


def _in_boundary(ground: Ground, unit: str) -> pl.DataFrame:
    return _cells(ground, unit, {"in_boundary": pl.col("in_zone")})


def _draw(ground: Ground, unit: str) -> pl.DataFrame:
    return _cells(ground, unit, {"draw": ~pl.col("in_zone")})


MEASURES = (
    Measure(
        "in_boundary",
        "share of a school's students who live in its zone",
        SHARE,
        _SCHOOLS,
        _in_boundary,
        parts=("in_boundary",),
        needs=_NEEDS,
        has_interval=True,
    ),
    Measure(
        "draw",
        "share of a school's students from outside its zone",
        SHARE,
        _SCHOOLS,
        _draw,
        parts=("draw",),
        needs=_NEEDS,
        has_interval=True,
    ),
)
