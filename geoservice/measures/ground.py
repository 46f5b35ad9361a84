"""The students, bands and protection that a figure is computed from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from geoservice.cohort.students import Cohort

ALL_GRADES = "all"
"""The band of all grades, and of students without a grade."""
DISTRICT = "district"
"""The unit of the whole district."""
SCHOOL, HEXAGONS = "school", "hexagons"
"""Kinds of units beside areas and zones."""
SHOWN, SUPPRESSED, AT_LEAST, AT_MOST = "shown", "suppressed", "at_least", "at_most"
NO_DATA, NOT_APPLICABLE = "no_data", "not_applicable"
"""Values of the column ``status``."""
Protect = Callable[[pl.DataFrame, str], pl.DataFrame]
"""From cells with true counts and key sums, and how they are protected, to cells with published
numbers."""


@dataclass(frozen=True)
class Ground:
    """The input of a figure: students, grade bands and protection.

    Attributes
    ----------
    cohort
        The students who count.
    bands
        Grades by band.
    protect
        The release function that protects cells; None for the internal profile, which publishes
        nothing.
    counts
        The protection of counts: ``protected``, ``exact`` (exact from the minimum cell size on),
        or ``true``.
    """

    cohort: Cohort
    bands: Mapping[str, Sequence[str]]
    protect: Protect | None = None
    counts: str = "true"

    @property
    def every_band(self) -> Mapping[str, Sequence[str] | None]:
        """Grades by band, None for `ALL_GRADES`, which comes last."""
        return {**self.bands, ALL_GRADES: None}
