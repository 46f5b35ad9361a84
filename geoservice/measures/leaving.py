"""Why students leave: their school beside the school of right, by rating, distance and room."""

import polars as pl

from geoservice.measures.cells import HOME, Grouping, part_cells
from geoservice.measures.ground import Ground
from geoservice.measures.measure import (
    AREA,
    ATTENDANCE,
    DISTANCES,
    LIST,
    RATINGS,
    SHARE,
    ZONE,
    ZONES,
    Measure,
)
from geoservice.measures.movement import stays
from geoservice.measures.quality import only_with_room_known
from geoservice.model.region import NOT_RATED

_NEARER, _RIGHT_FULL = "nearer", "right_full"


def _relations() -> dict[str, pl.Expr]:
    """Compare the ratings of the school attended and the zoned school; rank 0 is best."""
    attended, right = pl.col("rank"), pl.col("right_rank")
    rated = attended.is_not_null() & right.is_not_null()
    return {
        "higher": rated & (attended < right),
        "same": rated & (attended == right),
        "lower": rated & (attended > right),
        NOT_RATED: ~rated,
    }


def _parts() -> dict[str, pl.Expr]:
    nearer, full = pl.col("far_m") < pl.col("right_m"), pl.col("right_full")
    relations = _relations()
    return {
        **relations,
        **{f"{name} {_NEARER}": inside & nearer for name, inside in relations.items()},
        **{f"{name} {_RIGHT_FULL}": inside & full for name, inside in relations.items()},
        _NEARER: nearer,
        _RIGHT_FULL: full,
    }


def _reasons(ground: Ground, unit: str) -> pl.DataFrame:
    """Count the reasons of students who leave and have a zoned school.

    The part ``right_full`` counts only students whose zoned school has known seats and enrollment.
    """
    leaves = pl.col("is_placed_school") & pl.col("right_school").is_not_null() & ~stays(unit)
    parts = _parts()
    knowable = {
        part: pl.col("right_full").is_not_null() for part in parts if part.endswith(_RIGHT_FULL)
    }
    grouping = Grouping(HOME, leaves, parts, knowable, metres=("far_m", "right_m"))
    return only_with_room_known(ground, part_cells(ground, unit, grouping), _RIGHT_FULL)


MEASURES = (
    Measure(
        "leave_reason",
        "why students leave, by rating, room and distance",
        SHARE,
        frozenset({AREA, ZONE}),
        _reasons,
        parts=tuple(_parts()),
        needs=frozenset({LIST, ATTENDANCE, RATINGS, DISTANCES, ZONES}),
        has_interval=True,
    ),
)
