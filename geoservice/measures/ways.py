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

    Columns are those of `geoservice.measures.cells.part_cells` and ``to``; there is no line of the
    district.
    """
    whole = totals(ground, unit, side)
    rows = whole.number > 0
    rows[:, :, len(unit_names(ground, unit))] = False
    every = cell_table(ground, unit, rows, {"denominator": whole}).drop("homes")
    every = every.filter(pl.col("unit") != DISTRICT)
    each = every.join(_pairs(ground, column, destination), on=KEY, how="inner")
    gone = each.group_by(KEY).agg(pl.col("numerator").sum(), pl.col("numerator_key").sum())
    rest = every.join(gone, on=KEY, how="left").with_columns(
        numerator=pl.col("denominator") - pl.col("numerator").fill_null(0),
        numerator_key=pl.col("denominator_key") - pl.col("numerator_key").fill_null(0),
        to=pl.lit(OTHER),
        homes=pl.lit(None, dtype=pl.Int64),
    )
    return pl.concat([each, rest.select(each.columns)]).with_columns(part=pl.lit(""))


def _pairs(ground: Ground, column: str, destination: str) -> pl.DataFrame:
    """Count the students who have both, by year, band, ``unit`` and ``to``."""
    students = ground.cohort.students
    homes = pl.lit(None, dtype=pl.Int64)
    if "household" in students.columns and ground.protect:
        homes = pl.col("household").n_unique().cast(pl.Int64)
    known = students.filter("is_known_school", "is_matched").drop_nulls([column, destination])
    tables = []
    for band, grades in ground.every_band.items():  # Over bands: a handful.
        inside = known if grades is None else known.filter(pl.col("grade").is_in(list(grades)))
        counted = inside.group_by("year", unit=column, to=destination).agg(
            numerator=pl.len().cast(pl.Int64), numerator_key=pl.col(RECORD_KEY).sum(), homes=homes
        )
        texts = (pl.col(name).cast(pl.String) for name in ("year", "unit", "to"))
        tables.append(counted.with_columns(*texts, band=pl.lit(band)))
    return pl.concat(tables)


def _counted(cells: pl.DataFrame, _ground: Ground, _unit: str) -> pl.DataFrame:
    """The rows with ``value``, without those of nobody."""
    some = cells.filter((pl.col("numerator") > 0) | pl.col("bound").is_not_null())
    return some.with_columns(value=pl.col("numerator").cast(pl.Float64))


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
