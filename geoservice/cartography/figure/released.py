"""The input of cartography about students: released tables, and shapes to draw them on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import shapely

from geoservice.cartography.figure.plans import ForecastPlan, ScenarioPlan
from geoservice.measures.ground import DISTRICT, SUPPRESSED

Line = Mapping[str, Any]
"""A released line by the columns of `geoservice.measures.figures`."""
DISTRICT_UNIT = DISTRICT
_NUMBERS = ("value", "numerator", "denominator", "low", "high", "bound")


@dataclass(frozen=True)
class Released:
    """Released tables by measure and kind of units, with their region, lists and protection.

    Attributes
    ----------
    tables
        By measure and set of areas or zones (``hexagons``, ``school``).
    hexagons
        Polygons of hexagon ids, in degrees.
    profile
        Always ``public`` so far.
    noise_bound, noise_sd
        How far protected counts are from true ones: at most, and their standard deviation.
    plan
        What figures of scenarios and forecasts show.
    """

    tables: Mapping[tuple[str, str], pl.DataFrame] = field(default_factory=dict)
    hexagons: Mapping[str, shapely.Geometry] = field(default_factory=dict)
    profile: str = "public"
    noise_bound: int = 0
    noise_sd: float = 0.0
    plan: ScenarioPlan | ForecastPlan | None = None
    _lines: dict[tuple[str, ...], Mapping[str, Line]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def has(self, measure: str, units: str) -> bool:
        """True if a measure was released."""
        return (measure, units) in self.tables

    def table(self, measure: str, units: str) -> pl.DataFrame | None:
        """Return the lines of a measure; None if the measure was not released.

        Suppressed lines never have a number.
        """
        kept_table = self.tables.get((measure, units))
        if kept_table is None:
            return None
        shown = pl.col("status") != SUPPRESSED
        return kept_table.with_columns(pl.when(shown).then(pl.col(_NUMBERS)))

    def lines(
        self, measure: str, units: str, part: str, band: str, year: str
    ) -> Mapping[str, Line]:
        """Return a line per unit; the district is `DISTRICT_UNIT`.

        The result is cached, because figures use the same lines often.
        """
        key = (measure, units, part, band, year)
        if key not in self._lines:
            self._lines[key] = self._found_lines(*key)
        return self._lines[key]

    def _found_lines(
        self, measure: str, units: str, part: str, band: str, year: str
    ) -> Mapping[str, Line]:
        table = self.table(measure, units)
        if table is None:
            return {}
        lines = table.filter(pl.col("band") == band, pl.col("year") == year)
        if part:
            lines = lines.filter(pl.col("part") == part)
        return {str(row["unit"]): row for row in lines.iter_rows(named=True)}

    @property
    def counts(self) -> str:
        """The protection of counts in the tables: ``protected``, ``exact``, ``true``, or empty."""
        if self.plan is not None:
            return self.plan.counts
        for table in self.tables.values():
            if "counts" not in table.columns:
                continue
            for counts in table["counts"].drop_nulls().unique():
                return str(counts)
        return ""

    def years(self) -> tuple[str, ...]:
        """All school years of the tables, ascending; not the sums over years that ranks have."""
        year_lists = (table["year"].unique().to_list() for table in self.tables.values())
        return tuple(
            sorted(
                {
                    str(year)
                    for table_years in year_lists
                    for year in table_years
                    if str(year)[:1].isdigit()
                }
            )
        )
