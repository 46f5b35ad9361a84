"""The input of figures of scenarios and forecasts: protected numbers and shapes."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from geoservice.model.layers import Geometries


@dataclass(frozen=True)
class ScenarioPlan:
    """A scenario to draw.

    Attributes
    ----------
    names
        By language.
    numbers
        `geoservice.planning.numbers.COLUMNS`, of today's students.
    parts
        ``before``, ``after`` (ids of schools), ``blocks``, ``students`` (null if suppressed):
        a row per polygon.
    polygons
        WGS 84, simplified for display.
    schools
        ``id``, ``name``, ``lon``, ``lat``, of all schools with a zone before or after.
    counts
        ``protected``, ``exact`` or ``true``; empty for counts of the district's own.
    choices
        Names of the scenario files of the region, to choose from.
    """

    names: Mapping[str, str]
    first_year: str
    numbers: pl.DataFrame
    parts: pl.DataFrame
    polygons: Geometries
    schools: pl.DataFrame
    counts: str
    choices: tuple[str, ...] = ()

    def number(
        self, unit: str, measure: str, side: str, by: str = "school"
    ) -> tuple[float | None, str]:
        """A number of a unit for all grades together, and its status."""
        row = self._cells.get((by, unit, measure))
        return (None, "no_data") if row is None else (row[side], row[f"{side}_status"])

    @cached_property
    def _cells(self) -> Mapping[tuple[str, str, str], Mapping[str, Any]]:
        """Rows of all grades together by kind of unit, unit and measure."""
        return {
            (row["by"], row["unit"], row["measure"]): row
            for row in self.numbers.filter(grade="all").iter_rows(named=True)
        }


@dataclass(frozen=True)
class ForecastPlan:
    """A forecast to draw: `geoservice.forecast.outcome.COLUMNS`, all grades together."""

    table: pl.DataFrame
    zones: str
    counts: str
