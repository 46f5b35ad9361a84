"""Geocode coverage: addresses matched, by type of match, and not matched, by reason."""

import numpy as np
import polars as pl

from geoservice.measures.cells import TYPED, Grouping, cell_table, part_cells, tally
from geoservice.measures.ground import DISTRICT, SCHOOL, Ground
from geoservice.measures.measure import AREA, LIST, SHARE, Measure

MATCHES = ("point", "range", "intersection", "street", "zip")
REASONS = (
    "empty",
    "no_number",
    "unknown_street",
    "out_of_range",
    "po_box",
    "rural_route",
    "military",
    "outside_region",
    "tie",
    "unreadable",
)
OTHER = "other"
"""All other reasons: protected addresses, students without an address, and no reason given."""
UNMATCHED = "unmatched "
"""Parts by reason begin so."""


def reason_of(students: pl.DataFrame) -> pl.Expr:
    """Return the reason of each unmatched student, one of `REASONS` or `OTHER`.

    Null for the matched.
    """
    known = pl.lit(None, dtype=pl.String)
    if "geo_reason" in students.columns:
        code = pl.col("geo_reason").cast(pl.String)
        known = pl.when(code.is_in(REASONS)).then(code)
    return pl.when(~pl.col("is_matched")).then(known.fill_null(OTHER))


def coverage_cells(ground: Ground, unit: str) -> pl.DataFrame:
    """Count matched addresses by area: of the home, or else one of the typed ZIP.

    The district has all students.
    """
    reason = reason_of(ground.cohort.students)
    parts = {"matched": pl.col("is_matched")}
    parts |= {match: pl.col("is_matched") & (pl.col("geo_match") == match) for match in MATCHES}
    parts |= {f"{UNMATCHED}{code}": reason == code for code in (*REASONS, OTHER)}
    return part_cells(ground, unit, Grouping(TYPED, pl.lit(value=True), parts))


def matched_cells(ground: Ground, unit: str) -> pl.DataFrame:
    """Count matched addresses by area or school.

    Of other units, of which addresses tell nothing, for the district alone.
    """
    students = ground.cohort.students
    column = "school_id" if unit == SCHOOL else f"c_{unit}"
    if column not in students.columns:
        unit = column = DISTRICT
    everybody = np.ones(len(students), dtype=bool)
    every = tally(ground, column, everybody, everyone=True)
    matched = tally(ground, column, students["is_matched"].to_numpy(), everyone=True)
    rows = every.number > 0
    table = cell_table(ground, unit, rows, {"numerator": matched, "denominator": every})
    return table.with_columns(part=pl.lit("matched"))


MEASURES = (
    Measure(
        "coverage",
        "share of addresses matched",
        SHARE,
        frozenset({AREA}),
        coverage_cells,
        parts=("matched", *MATCHES, *(f"{UNMATCHED}{code}" for code in (*REASONS, OTHER))),
        needs=frozenset({LIST}),
        has_interval=True,
    ),
)
