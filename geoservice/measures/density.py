"""Seats of each programme beside the residents who are of age for it."""

from collections.abc import Mapping, Sequence

import polars as pl

from geoservice.measures.coding import SHOWN
from geoservice.measures.cohort import Cohort
from geoservice.measures.linked import DISTRICT
from geoservice.measures.supply import programme_seats, programmes, seats

NONE_HERE = "none in region"
"""The class of units without a seat of the programme."""
CLASSES = 5
_LINE = ["year", "band", "part"]


def density(
    residents: pl.DataFrame, cohort: Cohort, unit: str, bands: Mapping[str, Sequence[str]]
) -> pl.DataFrame:
    """Seats of a programme per 100 residents of the band, a part for each programme; hidden where the residents are.

    ``class`` is `NONE_HERE`, or 1 to 5 by equal numbers of units, 1 for the fewest seats.
    """
    table = programme_seats(seats(cohort, unit, bands))
    every = pl.DataFrame({"part": programmes(cohort.facts)}, schema={"part": pl.String})
    lines = residents.drop("part", "numerator").join(every, how="cross")
    joined = lines.join(table, on=["year", "band", "unit", "part"], how="left")
    # Of a unit without a line no school offers it; of others the seats may not be known.
    number = pl.when(pl.col("left_out").is_null()).then(0.0).otherwise("seats")
    whole = pl.col("denominator")
    made = joined.with_columns(
        numerator=number, left_out=pl.col("left_out").fill_null(0),
        value=pl.when(whole > 0).then(100 * number / whole),
    )  # fmt: skip
    return _classed(made.drop("seats"))


def _classed(rows: pl.DataFrame) -> pl.DataFrame:
    usable = (
        (pl.col("unit") != DISTRICT) & (pl.col("status") == SHOWN) & pl.col("value").is_not_null()
    )
    offered = usable & (pl.col("numerator") > 0)
    value = pl.when(offered).then("value")
    place = value.rank("min").over(_LINE) - 1
    number = (place * CLASSES / value.count().over(_LINE)).floor().cast(pl.Int64) + 1
    return rows.with_columns(
        pl.when(offered).then(number.cast(pl.String))
        .when(usable).then(pl.lit(NONE_HERE)).alias("class")
    )  # fmt: skip
