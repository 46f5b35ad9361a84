"""Students in quality schools, students and schools by rating, and quality schools within reach."""

import polars as pl

from geoservice.cohort.students import Cohort
from geoservice.measures.applicable import has_open_school
from geoservice.measures.cells import ATTENDED, HOME, Grouping, part_cells
from geoservice.measures.ground import Ground
from geoservice.measures.measure import (
    AREA,
    ATTENDANCE,
    DISTANCES,
    LIST,
    QUALITY,
    RATINGS,
    SHARE,
    SUPPLY,
    ZONE,
    Measure,
)
from geoservice.measures.school_seats import school_tiers, seats
from geoservice.model.miles import METRES_PER_MILE
from geoservice.model.region import NOT_RATED

ACCESS_MILES = (0.5, 1.0, 2.0, 3.0)
WITH_ROOM = "with room"
_BOTH = frozenset({AREA, ZONE})


def _in_quality(ground: Ground, unit: str) -> pl.DataFrame:
    by_home = Grouping(HOME, pl.col("is_known_school"), {"residence": pl.col("quality")})
    by_school = Grouping(
        ATTENDED, pl.lit(value=True), {"attendance": pl.col("quality")}, can_count=has_open_school
    )
    return pl.concat([part_cells(ground, unit, grouping) for grouping in (by_home, by_school)])


def _tiers(ground: Ground, unit: str) -> pl.DataFrame:
    """Students by rating of their school, above the schools by rating."""
    labels = (*ground.cohort.labels, NOT_RATED)
    parts = {f"students {label}": pl.col("label").cast(pl.String) == label for label in labels}
    grouping = Grouping(ATTENDED, pl.lit(value=True), parts, can_count=has_open_school)
    students = part_cells(ground, unit, grouping)
    schools = school_tiers(ground, seats(ground, unit), unit)
    return pl.concat([students, schools], how="diagonal_relaxed")


def tier_parts(cohort: Cohort) -> tuple[str, ...]:
    """Return the parts of the tier table by the region's labels."""
    labels = (*cohort.labels, NOT_RATED)
    return tuple(f"{whose} {label}" for whose in ("students", "schools") for label in labels)


def _access(ground: Ground, unit: str) -> pl.DataFrame:
    """Count residents with a known grade; parts with room need a known answer for the student."""
    parts, knowable = {}, {}
    for miles in ACCESS_MILES:
        within, room, unknown = (
            pl.col(name) <= miles * METRES_PER_MILE
            for name in ("nearest_m", "nearest_room_m", "nearest_unknown_m")
        )
        parts[f"{miles:g} mi"] = within
        parts[f"{miles:g} mi {WITH_ROOM}"] = room
        knowable[f"{miles:g} mi {WITH_ROOM}"] = room | ~unknown
    grouping = Grouping(
        HOME,
        pl.col("nearest_m").is_not_null(),
        parts,
        knowable,
        metres=("nearest_m", "nearest_room_m", "nearest_unknown_m"),
    )
    return only_with_room_known(ground, part_cells(ground, unit, grouping), WITH_ROOM)


def only_with_room_known(ground: Ground, cells: pl.DataFrame, ending: str) -> pl.DataFrame:
    """Mark parts of an ending as unknown in years without any seats and enrolment."""
    years = ground.cohort.years_with("capacity", "enrollment")
    needs_room = pl.col("part").str.ends_with(ending)
    return cells.with_columns(
        is_known=pl.col("is_known") & (pl.col("year").is_in(years) | ~needs_room)
    )


MEASURES = (
    Measure(
        "in_quality",
        "share in quality schools, by residence and attendance",
        SHARE,
        _BOTH,
        _in_quality,
        parts=("residence", "attendance"),
        needs=frozenset({LIST, ATTENDANCE, RATINGS, QUALITY}),
        has_interval=True,
    ),
    Measure(
        "tier_table",
        "schools and students by rating",
        SHARE,
        _BOTH,
        _tiers,
        parts=(),
        region_parts=tier_parts,
        needs=frozenset({ATTENDANCE, RATINGS}),
        is_of_homes=False,
        has_interval=True,
    ),
    Measure(
        "access",
        "share with a quality school within a distance",
        SHARE,
        _BOTH,
        _access,
        parts=tuple(
            f"{miles:g} mi{room}" for miles in ACCESS_MILES for room in ("", f" {WITH_ROOM}")
        ),
        needs=frozenset({LIST, SUPPLY, RATINGS, QUALITY, DISTANCES}),
        has_interval=True,
    ),
)
