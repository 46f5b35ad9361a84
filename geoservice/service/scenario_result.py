"""A scenario's result as tables, for the library."""

import io
from dataclasses import dataclass

import geopandas
import polars as pl

from geoservice.planning.apply import Outcome
from geoservice.reference.snapshot import Reference
from geoservice.service.scenarios import assignment_table, zone_features


@dataclass(frozen=True)
class ScenarioResult:
    """What a scenario leads to.

    Attributes
    ----------
    numbers
        Every number before and after, `geoservice.planning.numbers.COLUMNS`.
    outcome
        The school of every block and student.
    reference
        The region's snapshot.
    """

    numbers: pl.DataFrame
    outcome: Outcome
    reference: Reference

    @property
    def schools(self) -> pl.DataFrame:
        """The numbers by school."""
        return self.numbers.filter(by="school")

    @property
    def areas(self) -> pl.DataFrame:
        """The numbers by area."""
        return self.numbers.filter(by="area")

    @property
    def moves(self) -> pl.DataFrame:
        """``block``, ``school`` and ``school_before`` of the blocks whose school changes."""
        table = assignment_table(self.outcome)
        return table.filter(pl.col("school").ne_missing(pl.col("school_before")))

    @property
    def zones(self) -> geopandas.GeoDataFrame:
        """The zones afterwards, WGS 84."""
        return geopandas.read_file(io.BytesIO(zone_features(self.outcome, self.reference)))
