"""Lines whose students come from few homes: brothers and sisters, and all of one apartment house, are one home."""

from collections.abc import Mapping, Sequence

import polars as pl

from geoservice.measures.cohort import Cohort
from geoservice.measures.linked import ALL_GRADES, LINE

LEAST_HOMES = 3
"""From how many homes the students of a line must come."""


def lines_of_few_homes(
    cohort: Cohort, kinds: Sequence[str], bands: Mapping[str, Sequence[str]]
) -> pl.DataFrame:
    """``year`` and `LINE` of the residents' lines that fewer than `LEAST_HOMES` homes make up."""
    columns = ["year", *LINE]
    none = pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    if "household" not in cohort.students.columns:
        return none
    found = [none]
    at_home = cohort.students.lazy().filter("is_matched")
    for band, grades in {**bands, ALL_GRADES: None}.items():  # Over bands and kinds: some dozens.
        some = at_home if grades is None else at_home.filter(pl.col("grade").is_in(list(grades)))
        for kind in kinds:
            few = some.drop_nulls(kind).group_by("year", kind).agg(pl.col("household").n_unique())
            lines = few.filter(pl.col("household") < LEAST_HOMES).collect()
            named = lines.select(
                pl.col("year").cast(pl.String), pl.lit(band).alias("band"), pl.lit(kind).alias("units"),
                pl.col(kind).cast(pl.String).alias("unit"), pl.lit("").alias("part"),
            )  # fmt: skip
            found.append(named)
    return pl.concat(found).select(columns)
