"""Seats of each program for each 100 residents of its grades."""

import polars as pl

from geoservice.measures.cells import KEY
from geoservice.measures.ground import DISTRICT, SHOWN, Ground
from geoservice.measures.measure import (
    AREA,
    DENSITY,
    LIST,
    PROGRAMMES,
    RESIDENTS,
    SUPPLY,
    ZONE,
    Measure,
)
from geoservice.measures.need import residents
from geoservice.measures.school_seats import programme_seats, programmes, seats

NONE_HERE = "none in region"
"""The class of units without a seat of the programme."""
CLASSES = 5
_LINE = ("year", "band", "part")


def _density(cells: pl.DataFrame, ground: Ground, unit: str) -> pl.DataFrame:
    """Seats of a programme per 100 residents of the band, a part for each programme.

    ``class`` is `NONE_HERE`, or 1 to 5 by equal numbers of units, 1 for the fewest seats.
    """
    table = programme_seats(seats(ground, unit))
    names = list(programmes(ground.cohort)) or [""]
    all_parts = pl.DataFrame({"part": names}, schema={"part": pl.String})
    lines = cells.drop("part", "numerator", "left_out").join(all_parts, how="cross")
    joined = lines.join(table, on=[*KEY, "part"], how="left")
    # A unit without a line has no school that offers it; of others the seats may be unknown.
    offered = pl.when(pl.col("left_out").is_null()).then(0.0).otherwise("seats")
    rows = joined.with_columns(
        numerator=offered,
        left_out=pl.col("left_out").fill_null(0),
        value=pl.when(pl.col("denominator") > 0).then(100 * offered / pl.col("denominator")),
    )
    return _classed(rows.drop("seats"))


def _classed(rows: pl.DataFrame) -> pl.DataFrame:
    usable = (
        (pl.col("unit") != DISTRICT) & (pl.col("status") == SHOWN) & pl.col("value").is_not_null()
    )
    offered = usable & (pl.col("numerator") > 0)
    value = pl.when(offered).then("value")
    place = value.rank("min").over(_LINE) - 1
    number = (place * CLASSES / value.count().over(_LINE)).floor().cast(pl.Int64) + 1
    return rows.with_columns(
        pl.when(offered)
        .then(number.cast(pl.String))
        .when(usable)
        .then(pl.lit(NONE_HERE))
        .alias("class")
    )


MEASURES = (
    Measure(
        "programme_density",
        "programme seats per 100 residents",
        DENSITY,
        frozenset({AREA, ZONE}),
        residents,
        parts=(),
        region_parts=programmes,
        needs=frozenset({LIST, SUPPLY, PROGRAMMES}),
        protection=RESIDENTS,
        value=_density,
    ),
)
