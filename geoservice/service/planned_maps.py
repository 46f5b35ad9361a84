"""Scenarios and forecasts that maps draw."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from geoservice.cartography.definition.definition import Definition
from geoservice.cartography.figure.choice import Choice
from geoservice.cartography.figure.plans import ForecastPlan, ScenarioPlan
from geoservice.cartography.figure.shapes import display_shapes
from geoservice.errors import InputError, NotFoundError, UnknownRegionError
from geoservice.model.settings import Settings
from geoservice.planning.blocks import read_blocks
from geoservice.planning.moves import moves_between, zone_parts
from geoservice.planning.numbers import TODAY
from geoservice.planning.scenario_file import read_scenario
from geoservice.reference.snapshot import Reference
from geoservice.region.build import to_degrees
from geoservice.region.manifest import load_manifest
from geoservice.service.forecasts import ForecastChoice, Forecasts
from geoservice.service.regions import Regions
from geoservice.service.scenarios import ScenarioCase, ScenarioChoice, Scenarios
from geoservice.service.students import Students

FOLDER = "scenarios"
"""The folder of scenarios beside ``region.toml``."""
_LEAST_YEARS = 2


class PlannedMaps:
    """Plans of the public profile, for maps."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._students = Students(settings)

    def scenarios(self, reference: Reference) -> dict[str, Path]:
        """Return the scenario files beside a region, by name."""
        try:
            folder = Regions(self._settings).folder(reference.info.id)
        except UnknownRegionError:
            return {}
        return {path.stem: path for path in sorted((folder / FOLDER).glob("*.toml"))}

    def has(self, definition: Definition, reference: Reference) -> bool:
        """Return True if a region has the scenarios or years that a map shows."""
        if definition.lacking(reference):
            return False
        sets = self._students.list(reference.info.id)
        if definition.kind == "scenario":
            return bool(self.scenarios(reference)) and (bool(sets) or self._are_counted(reference))
        years = {year for about in sets for year in about.get("years", ())}
        return len(years) >= _LEAST_YEARS

    def _are_counted(self, reference: Reference) -> bool:
        """True if the file of planning blocks states students."""
        folder = Regions(self._settings).folder(reference.info.id)
        return bool(read_blocks(load_manifest(folder)).counts)

    def stamp(self, definition: Definition, reference: Reference, choice: Choice) -> str:
        """Return a text that changes whenever a scenario or a file beside it changes."""
        if definition.kind != "scenario":
            return ""
        path = self._path(reference, choice)
        files = sorted(file for file in path.parent.iterdir() if file.is_file())
        versions = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]
        return hashlib.blake2b(repr((path.name, versions)).encode(), digest_size=12).hexdigest()

    def plan(
        self, definition: Definition, reference: Reference, choice: Choice, students: str
    ) -> ScenarioPlan | ForecastPlan:
        """Return the plan that a map shows.

        Raises
        ------
        NotFoundError
            If the region has no such scenario.
        """
        folder = Regions(self._settings).folder(reference.info.id)
        if definition.kind == "scenario":
            scenario = read_scenario(self._path(reference, choice))
            scenario_choice = ScenarioChoice(students)
            (case,) = Scenarios(self._settings).cases(
                [scenario], reference, folder, scenario_choice
            )
            choices = tuple(self.scenarios(reference))
            return replace(scenario_plan(case, reference), choices=choices)
        zones = _zones(reference, choice)
        forecast_choice = ForecastChoice(by=f"zone_{zones}", students=students)
        forecast = Forecasts(self._settings).forecast(reference, folder, forecast_choice)
        return ForecastPlan(
            forecast.table.filter(grade="all"), zones, reference.info.release.counts
        )

    def _path(self, reference: Reference, choice: Choice) -> Path:
        paths = self.scenarios(reference)
        if not paths:
            raise NotFoundError(
                f"The region has no scenarios. Put their files into the folder `{FOLDER}` beside "
                "region.toml."
            )
        name = choice.scenario or next(iter(paths))
        if name not in paths:
            raise NotFoundError(f"There is no such scenario. Scenarios are: {', '.join(paths)}.")
        return paths[name]


def scenario_plan(case: ScenarioCase, reference: Reference) -> ScenarioPlan:
    """Return a scenario with its numbers, to draw."""
    outcome, schools = case.outcome, case.outcome.schools
    parts = zone_parts(outcome)
    ids = np.array([*schools.ids, ""], dtype=object)
    moves = moves_between(outcome, case.public)
    table = pl.DataFrame({"before": parts.before, "after": parts.after}).join(
        moves, on=["before", "after"], how="left", maintain_order="left"
    )
    polygons = to_degrees(parts.polygons, reference.info.metric_crs)
    listed = case.numbers.filter(by="school", year=TODAY)["unit"].unique().to_list()
    return ScenarioPlan(
        names=outcome.scenario.names,
        first_year=outcome.scenario.first_year,
        numbers=case.numbers.filter(year=TODAY),
        parts=table.select(
            before=pl.Series(ids[parts.before].tolist(), dtype=pl.String),
            after=pl.Series(ids[parts.after].tolist(), dtype=pl.String),
            blocks=pl.col("blocks").fill_null(0),
            students=pl.col("students"),
        ),
        polygons=display_shapes(np.asarray(polygons, dtype=object)),
        schools=_schools(case, reference, listed),
        counts=_counts(case, reference),
    )


def _schools(case: ScenarioCase, reference: Reference, listed: list[str]) -> pl.DataFrame:
    schools = case.outcome.schools
    lon, lat = reference.projection.to_degrees(schools.x, schools.y)
    table = pl.DataFrame(
        {
            "id": schools.ids,
            "name": schools.names,
            "lon": pl.Series(lon, nan_to_null=True),
            "lat": pl.Series(lat, nan_to_null=True),
        }
    )
    return table.filter(pl.col("id").is_in(listed))


def _counts(case: ScenarioCase, reference: Reference) -> str:
    """Return the kind of counts that a figure names; empty for the district's own counts."""
    if case.public is not None:
        return reference.info.release.counts
    return "true" if case.is_internal else ""


def _zones(reference: Reference, choice: Choice) -> str:
    """Return the chosen set of zones, else the region's first."""
    sets = [zone_set.id for zone_set in reference.info.zone_sets]
    if not sets:
        raise InputError("The region has no attendance zones.")
    return choice.areas if choice.areas in sets else sets[0]
