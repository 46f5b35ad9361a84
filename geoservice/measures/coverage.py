"""The share of addresses that were matched, and the reasons of unmatched addresses."""

import numpy as np
import polars as pl

from geoservice.measures.cells import TYPED, Grouping, cell_table, home_numbers, part_cells, tally
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
    """Return the reason of each unmatched student from `REASONS` or `OTHER`; null if matched."""
    reason = pl.lit(None, dtype=pl.String)
    if "geo_reason" in students.columns:
        code = pl.col("geo_reason").cast(pl.String)
        reason = pl.when(code.is_in(REASONS)).then(code)
    return pl.when(~pl.col("is_matched")).then(reason.fill_null(OTHER))


def coverage_cells(ground: Ground, unit: str) -> pl.DataFrame:
    """Count matched addresses by the area of the home, or else an area of the typed ZIP.

    The district has all students.
    """
    reason = reason_of(ground.cohort.students)
    parts = {"matched": pl.col("is_matched")}
    parts |= {match: pl.col("is_matched") & (pl.col("geo_match") == match) for match in MATCHES}
    parts |= {f"{UNMATCHED}{code}": reason == code for code in (*REASONS, OTHER)}
    return part_cells(ground, unit, Grouping(TYPED, pl.lit(value=True), parts))


def matched_cells(ground: Ground, unit: str) -> pl.DataFrame:
    """Count matched addresses by area or school.

    An unmatched address belongs to no zone or hexagon, so only the district has these counts.
    """
    students = ground.cohort.students
    column = "school_id" if unit == SCHOOL else f"c_{unit}"
    if column not in students.columns:
        unit = column = DISTRICT
    everybody = np.ones(len(students), dtype=bool)
    submitted = tally(ground, column, everybody, with_unplaced=True)
    matched = tally(ground, column, students["is_matched"].to_numpy(), with_unplaced=True)
    counts = {"numerator": matched, "denominator": submitted}
    homes = home_numbers(ground, column, submitted) if column.startswith("c_") else None
    table = cell_table(ground, unit, submitted.number > 0, counts, homes=homes)
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
