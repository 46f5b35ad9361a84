"""A scenario's result as tables, zones and maps, for the library."""

import io
from dataclasses import dataclass

import geopandas
import polars as pl

from geoservice.cartography.figure.choice import Choice
from geoservice.cartography.figure.figure import Drawing
from geoservice.model.settings import Settings
from geoservice.planning.apply import Outcome
from geoservice.planning.numbers import TODAY
from geoservice.reference.snapshot import Reference
from geoservice.service.maps import Maps
from geoservice.service.planned_maps import scenario_plan
from geoservice.service.scenarios import ScenarioCase, assignment_table, zone_features


@dataclass(frozen=True)
class ScenarioResult:
    """The result of a scenario.

    Attributes
    ----------
    case
        The scenario applied, with all that its numbers are counted by.
    reference
        The region's snapshot.
    """

    case: ScenarioCase
    reference: Reference
    settings: Settings

    @property
    def outcome(self) -> Outcome:
        """The school of every block and student."""
        return self.case.outcome

    @property
    def numbers(self) -> pl.DataFrame:
        """Every number before and after, `geoservice.planning.numbers.COLUMNS`."""
        return self.case.numbers

    @property
    def schools(self) -> pl.DataFrame:
        """The numbers of today's students by school."""
        return self.numbers.filter(by="school", year=TODAY)

    @property
    def areas(self) -> pl.DataFrame:
        """The numbers of today's students by area."""
        return self.numbers.filter(by="area", year=TODAY)

    @property
    def moves(self) -> pl.DataFrame:
        """``block``, ``school`` and ``school_before`` of the blocks whose school changes."""
        table = assignment_table(self.outcome)
        return table.filter(pl.col("school").ne_missing(pl.col("school_before")))

    @property
    def zones(self) -> geopandas.GeoDataFrame:
        """The zones of the scenario, in WGS 84."""
        return geopandas.read_file(io.BytesIO(zone_features(self.outcome, self.reference)))

    def drawing(self, name: str = "scenario", **choice: str) -> Drawing:
        """Return the drawing ``scenario``, ``scenario-utilisation`` or ``scenario-access``."""
        profile = "internal" if self.case.is_internal else "public"
        plan = scenario_plan(self.case, self.reference)
        maps = Maps(self.settings)
        return maps.scenario_drawing(name, self.reference, plan, Choice(**choice), profile)
