"""What cartography accepts of students: tables that the release let out, and shapes to draw them on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import shapely

from geoservice.measures.ground import DISTRICT, SUPPRESSED

Line = Mapping[str, Any]
"""A released line by the columns of `geoservice.measures.figures`."""
DISTRICT_UNIT = DISTRICT
_NUMBERS = ("value", "numerator", "denominator", "low", "high", "bound")


@dataclass(frozen=True)
class Released:
    """Released tables by measure and kind of units, and what identifies them.

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
    """

    tables: Mapping[tuple[str, str], pl.DataFrame] = field(default_factory=dict)
    hexagons: Mapping[str, shapely.Geometry] = field(default_factory=dict)
    profile: str = "public"
    noise_bound: int = 0
    noise_sd: float = 0.0
    _lines: dict[tuple[str, ...], Mapping[str, Line]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def has(self, measure: str, units: str) -> bool:
        """True where a measure was released."""
        return (measure, units) in self.tables

    def table(self, measure: str, units: str) -> pl.DataFrame | None:
        """The lines of a measure, None where it was not released. Suppressed lines have no number, whatever came in."""
        found = self.tables.get((measure, units))
        if found is None:
            return None
        shown = pl.col("status") != SUPPRESSED
        return found.with_columns(pl.when(shown).then(pl.col(_NUMBERS)))

    def lines(
        self, measure: str, units: str, part: str, band: str, year: str
    ) -> Mapping[str, Line]:
        """One line per unit; the district is `DISTRICT_UNIT`. Figures ask for the same ones often: they are kept."""
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
        some = table.filter(pl.col("band") == band, pl.col("year") == year)
        if part:
            some = some.filter(pl.col("part") == part)
        return {str(row["unit"]): row for row in some.iter_rows(named=True)}

    @property
    def counts(self) -> str:
        """``protected``, ``exact`` or ``true``: what the tables say of counts of students; else empty."""
        for table in self.tables.values():
            if "counts" not in table.columns:
                continue
            for counts in table["counts"].drop_nulls().unique():
                return str(counts)
        return ""

    def years(self) -> tuple[str, ...]:
        """All school years of the tables, ascending; not the sums over years that ranks have."""
        every = (table["year"].unique().to_list() for table in self.tables.values())
        return tuple(
            sorted({str(year) for some in every for year in some if str(year)[:1].isdigit()})
        )
