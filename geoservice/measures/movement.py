"""Who lives and who attends where: residents, attenders, and who stays, leaves and enters."""

import polars as pl

from geoservice.measures.applicable import has_open_school, has_served_grade
from geoservice.measures.cells import ATTENDED, HOME, KEY, Grouping, attended_unit, part_cells
from geoservice.measures.ground import AT_LEAST, SHOWN, SUPPRESSED, Ground
from geoservice.measures.measure import (
    AREA,
    ATTENDANCE,
    BY_HEXAGON,
    BY_SCHOOL,
    GAP,
    LIST,
    PART_COUNT,
    SHARE,
    STUDENTS,
    TOTAL,
    ZONE,
    Measure,
    number,
)

_BOTH = frozenset({AREA, ZONE})
_NEEDS = frozenset({LIST, ATTENDANCE})


def stays(unit: str) -> pl.Expr:
    """Return True if the school attended stands in the unit of the home."""
    return (pl.col(unit) == pl.col(attended_unit(unit))).fill_null(value=False)


def attends_right(unit: str) -> pl.Expr:
    """Return whether the school attended is the zoned school; by zones a school of that zone."""
    return pl.col(f"in_{unit}" if unit.startswith("zone_") else "attends_right")


def _residents(ground: Ground, unit: str) -> pl.DataFrame:
    return part_cells(ground, unit, Grouping(HOME, pl.lit(value=True)))


def _attenders(ground: Ground, unit: str) -> pl.DataFrame:
    can_count = None if unit == BY_SCHOOL else has_open_school
    return part_cells(ground, unit, Grouping(ATTENDED, pl.lit(value=True), can_count=can_count))


def _movers(ground: Ground, unit: str, parts: dict[str, pl.Expr]) -> pl.DataFrame:
    """Count residents whose school is known and has a place."""
    return part_cells(ground, unit, Grouping(HOME, pl.col("is_placed_school"), parts))


def _stay(ground: Ground, unit: str) -> pl.DataFrame:
    return _movers(ground, unit, {"stay": stays(unit)})


def _leave(ground: Ground, unit: str) -> pl.DataFrame:
    return _movers(ground, unit, {"leave": ~stays(unit)})


def _enter(ground: Ground, unit: str) -> pl.DataFrame:
    """Count attenders whose home is known; by zones, in the zone of the school."""
    has_home = pl.col("is_located" if unit.startswith("zone_") else "is_matched")
    parts = {"enter": ~stays(unit)}
    return part_cells(ground, unit, Grouping(ATTENDED, has_home, parts, can_count=has_open_school))


def _attendance_types(ground: Ground, unit: str) -> pl.DataFrame:
    right, in_unit = attends_right(unit), stays(unit)
    parts = {"zoned": right, "other_in_area": ~right & in_unit, "out_of_area": ~right & ~in_unit}
    return _movers(ground, unit, parts)


def _participation(ground: Ground, unit: str) -> pl.DataFrame:
    """Count residents in a grade that a zone serves, whose school is known."""
    counted = pl.col("is_placed_school") & pl.col("is_served")
    parts = {"zoned": attends_right(unit)}
    return part_cells(ground, unit, Grouping(HOME, counted, parts, can_count=has_served_grade))


def _leave_and_enter(ground: Ground, unit: str) -> pl.DataFrame:
    return pl.concat([_leave(ground, unit), _enter(ground, unit)])


def _net(cells: pl.DataFrame, _ground: Ground, _unit: str) -> pl.DataFrame:
    """Enter less leave, where both may be shown."""
    leave, enter = (cells.filter(part=part) for part in ("leave", "enter"))
    joined = leave.join(enter, on=KEY, how="left", suffix="_in")
    net = pl.col("numerator_in") - pl.col("numerator")
    is_settled = net.is_not_null() | ~pl.col("status").is_in([SHOWN, SUPPRESSED, AT_LEAST])
    return joined.select(
        *KEY,
        part=pl.lit(""),
        numerator=net,
        left_out=pl.col("left_out") + pl.col("left_out_in"),
        status=pl.when(is_settled).then("status").otherwise(pl.lit(SUPPRESSED)),
        value=net.cast(pl.Float64),
    )


MEASURES = (
    Measure(
        "residents",
        "students residing here",
        STUDENTS,
        _BOTH | {BY_HEXAGON},
        _residents,
        protection=TOTAL,
        value=number,
    ),
    Measure(
        "attenders",
        "students attending here",
        STUDENTS,
        _BOTH | {BY_SCHOOL},
        _attenders,
        needs=_NEEDS,
        protection=TOTAL,
        is_of_homes=False,
        value=number,
    ),
    Measure(
        "stay",
        "students who live and attend here",
        STUDENTS,
        _BOTH,
        _stay,
        parts=("stay",),
        needs=_NEEDS,
        protection=PART_COUNT,
        value=number,
    ),
    Measure(
        "leave",
        "residents who attend elsewhere",
        STUDENTS,
        _BOTH,
        _leave,
        parts=("leave",),
        needs=_NEEDS,
        protection=PART_COUNT,
        value=number,
    ),
    Measure(
        "enter",
        "attenders who live elsewhere",
        STUDENTS,
        _BOTH,
        _enter,
        parts=("enter",),
        needs=_NEEDS,
        protection=PART_COUNT,
        is_of_homes=False,
        value=number,
    ),
    Measure(
        "net_flow",
        "enter less leave",
        GAP,
        _BOTH,
        _leave_and_enter,
        needs=_NEEDS,
        protection=PART_COUNT,
        is_of_homes=False,
        value=_net,
    ),
    Measure(
        "capture",
        "share of residents who attend here",
        SHARE,
        _BOTH,
        _stay,
        parts=("stay",),
        needs=_NEEDS,
        has_interval=True,
    ),
    Measure(
        "attendance_type",
        "zoned school, another here, elsewhere",
        SHARE,
        _BOTH,
        _attendance_types,
        parts=("zoned", "other_in_area", "out_of_area"),
        needs=_NEEDS,
        has_interval=True,
    ),
    Measure(
        "participation",
        "share who attend their zoned school",
        SHARE,
        _BOTH,
        _participation,
        parts=("zoned",),
        needs=_NEEDS,
        has_interval=True,
    ),
)
