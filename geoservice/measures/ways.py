"""From where to where students travel.

Flows between areas, a zone's schools, the places of a school's students.
"""

import polars as pl

from geoservice.cohort.students import RECORD_KEY
from geoservice.measures.applicable import unit_names
from geoservice.measures.cells import ATTENDED, HOME, KEY, cell_table, totals
from geoservice.measures.ground import DISTRICT, HEXAGONS, Ground
from geoservice.measures.measure import (
    AREA,
    ATTENDANCE,
    BY_SCHOOL,
    DRAW,
    FLOWS,
    LIST,
    STUDENTS,
    ZONE,
    Measure,
)

OTHER = "other"
"""Destination of all students of a line whose destination is unknown, or not shown by itself."""


def _flows(ground: Ground, unit: str) -> pl.DataFrame:
    return _cells(ground, unit, unit, f"s_{unit}", HOME)


def _destinations(ground: Ground, unit: str) -> pl.DataFrame:
    return _cells(ground, unit, unit, "school_id", HOME)


def _draw(ground: Ground, unit: str) -> pl.DataFrame:
    return _cells(ground, unit, "school_id", HEXAGONS, ATTENDED)


def _cells(ground: Ground, unit: str, column: str, destination: str, side: str) -> pl.DataFrame:
    """Count students by unit and destination; all others of the unit go to `OTHER`.

    Columns are those of `geoservice.measures.cells.part_cells`, ``to`` and ``households``, the
    homes of each cell; there is no line of the district.
    """
    residents = totals(ground, unit, side)
    rows = residents.number > 0
    rows[:, :, len(unit_names(ground, unit))] = False
    lines = cell_table(ground, unit, rows, {"denominator": residents}).drop("homes")
    pairs = _pairs(ground, column, destination, side)
    joined = lines.filter(pl.col("unit") != DISTRICT).join(pairs, on=KEY, how="inner")
    return joined.with_columns(part=pl.lit(""))


def _pairs(ground: Ground, column: str, destination: str, side: str) -> pl.DataFrame:
    """Count students by year, band, ``unit`` and ``to``; an unknown ``to`` is `OTHER`."""
    students = ground.cohort.students
    households = pl.lit(None, dtype=pl.List(pl.UInt32))
    if "household" in students.columns and ground.protect:
        households = pl.col("household").cast(pl.UInt32).unique()
    is_known = pl.col("is_known_school") & pl.col("is_matched")
    counted_students = (
        students.filter("is_matched" if side == HOME else "is_known_school")
        .drop_nulls(column)
        .with_columns(to=pl.when(is_known).then(destination))
    )
    tables = []
    for band, grades in ground.every_band.items():  # Over bands: a handful.
        inside = True if grades is None else pl.col("grade").is_in(list(grades))
        counted = counted_students.filter(inside).group_by("year", "to", unit=column)
        cells = counted.agg(
            numerator=pl.len().cast(pl.Int64),
            numerator_key=pl.col(RECORD_KEY).sum(),
            households=households,
        )
        texts = (pl.col(name).cast(pl.String) for name in ("year", "unit", "to"))
        tables.append(cells.with_columns(*texts, band=pl.lit(band)))
    homes = pl.col("households").list.len().cast(pl.Int64)
    return pl.concat(tables).with_columns(pl.col("to").fill_null(OTHER), homes=homes)


def _counted(cells: pl.DataFrame, _ground: Ground, _unit: str) -> pl.DataFrame:
    """Return rows with ``value``, without rows of nobody."""
    counted = cells.filter((pl.col("numerator") > 0) | pl.col("bound").is_not_null())
    return counted.with_columns(value=pl.col("numerator").cast(pl.Float64))


_NEEDS = frozenset({LIST, ATTENDANCE})
MEASURES = (
    Measure(
        "flows",
        "from where to where students travel",
        STUDENTS,
        frozenset({AREA}),
        _flows,
        needs=_NEEDS,
        protection=FLOWS,
        value=_counted,
        has_destinations=True,
    ),
    Measure(
        "zone_destinations",
        "the schools that a zone's students attend",
        STUDENTS,
        frozenset({ZONE}),
        _destinations,
        needs=_NEEDS,
        protection=FLOWS,
        value=_counted,
        has_destinations=True,
    ),
    Measure(
        "school_draw",
        "the hexagons where a school's students live",
        STUDENTS,
        frozenset({BY_SCHOOL}),
        _draw,
        needs=_NEEDS,
        protection=DRAW,
        value=_counted,
        has_destinations=True,
    ),
)
