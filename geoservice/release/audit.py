"""Utility of public figures.

What is shown of each, and how far published counts are from true ones.
"""

from dataclasses import dataclass, replace

import polars as pl

from geoservice.measures.figures import figures
from geoservice.measures.ground import AT_LEAST, AT_MOST, SHOWN, Ground
from geoservice.measures.measure import DRAW, STUDENTS
from geoservice.measures.registry import MEASURES

_LINE = ("year", "band", "unit", "part", "to")


@dataclass(frozen=True)
class Utility:
    """A public figure compared with the true figure.

    Attributes
    ----------
    measure, unit
        Id of the measure, and the kind of units.
    lines, shown
        Number of lines with students; number of these lines with a published number or bound.
    students
        Share of the counted students in the shown lines.
    mean_error, largest_error
        Difference between published and true counts, in students. None for draws: their hexagons
        are merged, so a published line has no true line to compare with.
    """

    measure: str
    unit: str
    lines: int
    shown: int
    students: float
    mean_error: float | None
    largest_error: float | None


def utility(measure_id: str, unit: str, ground: Ground) -> Utility:
    """Return the utility of a public figure; ``ground`` protects its cells."""
    measure = MEASURES[measure_id]
    public = figures(measure_id, unit, ground)
    true = figures(measure_id, unit, replace(ground, protect=None, counts="true"))
    has_denominators = true["denominator"].is_not_null().any()
    count = "denominator" if has_denominators and measure.unit != STUDENTS else "numerator"
    counted = true.filter(pl.col(count) != 0)
    joined = counted.join(
        public.select(*_LINE, "status", "bound", published=count),
        on=_LINE,
        how="left",
        nulls_equal=True,
        suffix="_public",
    )
    has_number = pl.col("status_public").is_in([SHOWN, AT_LEAST, AT_MOST]).fill_null(value=False)
    shown = joined.filter(has_number)
    if measure.protection == DRAW:  # Hexagons are joined, so lines are others.
        shown = public.with_columns(published=pl.lit(None, dtype=pl.Float64))
    errors = (shown["published"] - shown[count]).abs().drop_nulls()
    total = float(counted[count].abs().sum())
    mean, largest = None, None
    if len(errors):
        mean, largest = float(errors.to_numpy().mean()), float(errors.to_numpy().max())
    part = min(float(shown[count].abs().sum()) / total, 1.0) if total else 1.0
    return Utility(measure_id, unit, len(counted), len(shown), part, mean, largest)
