"""Boundary scenarios of a region: checked, applied, and their numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import orjson
import polars as pl
import shapely

from geoservice.errors import InputError
from geoservice.model.layers import Geometries
from geoservice.model.settings import Settings
from geoservice.planning.apply import Outcome, apply_scenario
from geoservice.planning.blocks import Blocks, read_blocks
from geoservice.planning.counting import Growth, PublicCounts
from geoservice.planning.ground import NO_SCHOOL, PlanningGround
from geoservice.planning.levels import walking_miles
from geoservice.planning.make_ground import make_ground
from geoservice.planning.numbers import MEASURES, scenario_numbers
from geoservice.planning.room_rules import room_faults
from geoservice.planning.scenario import Scenario, ScenarioError
from geoservice.planning.zone_shapes import zones_after
from geoservice.reference.snapshot import Reference
from geoservice.region.build import to_degrees
from geoservice.region.manifest import load_manifest
from geoservice.service.audit import OPERATOR, Disclosures, Requester
from geoservice.service.basis import PROFILES
from geoservice.service.forecasts import Forecasts
from geoservice.service.list_choice import Holders, outdated_lists
from geoservice.service.protection import public_counts, with_keys
from geoservice.service.scenario_growth import growth_of
from geoservice.service.students import Students
from geoservice.tables.sheets import workbook, write_atomically
from geoservice.tables.writing import TableWriter

_LEAST_YEARS = 2
"""School years that a forecast needs."""
_FORMS = (".csv", ".tsv", ".parquet", ".xlsx")


@dataclass(frozen=True)
class ScenarioChoice:
    """The source of the numbers: a data set of students, or the counts of the blocks' file.

    ``who`` and ``role`` name the caller in the record of disclosures; without them it names the
    user of this machine. The internal profile counts the lists of ``holders`` alone.
    """

    students: str = ""
    profile: str = "public"
    purpose: str = ""
    who: str = ""
    role: str = OPERATOR
    holders: Holders = None


@dataclass(frozen=True)
class CountedStudents:
    """The students to count.

    Attributes
    ----------
    latest
        Placed students of the latest year; None if the blocks' own counts are meant.
    years
        Placed students of all years; None likewise.
    public
        How counts are protected; None for the internal profile and for the blocks' own counts.
    """

    latest: pl.DataFrame | None = None
    years: pl.DataFrame | None = None
    public: PublicCounts | None = None


@dataclass(frozen=True)
class ScenarioCase:
    """A scenario applied, with the inputs of its numbers.

    Attributes
    ----------
    growth
        By school year to come what becomes of today's students; empty if no forecast can be
        made.
    walking_miles
        The walking distance of the level.
    is_internal
        True if the numbers of placed students are exact.
    """

    outcome: Outcome
    walking_miles: float
    public: PublicCounts | None = None
    growth: Mapping[str, Growth] = field(default_factory=dict)
    is_internal: bool = False

    @cached_property
    def numbers(self) -> pl.DataFrame:
        """All numbers, schema `geoservice.planning.numbers.COLUMNS`."""
        return scenario_numbers(
            self.outcome, self.walking_miles, public=self.public, growth=self.growth
        )


class Scenarios:
    """Scenarios over the students of one data folder."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._students = Students(settings)
        self._disclosures = Disclosures(settings)
        self._forecasts = Forecasts(settings)

    def cases(
        self,
        scenarios: Sequence[Scenario],
        reference: Reference,
        folder: Path,
        choice: ScenarioChoice,
    ) -> list[ScenarioCase]:
        """Apply scenarios.

        Blocks whose file states students are counted by it, unless a data set is named. Otherwise
        the students of the latest year are counted: as protected counts in the public profile,
        exactly in the internal profile, which is recorded as a disclosure. The public profile
        refuses changes whose outcome depends on exact counts (`geoservice.planning.room_rules`).

        Raises
        ------
        ScenarioError
            With every fault of a scenario and of the files that it names.
        InputError
            If the region has no blocks.
        """
        manifest = load_manifest(folder)
        blocks = read_blocks(manifest)
        counted = self.counted(reference, blocks, choice)
        grounds: dict[str, tuple[PlanningGround, Mapping[str, Growth]]] = {}
        cases = []
        for scenario in scenarios:
            if scenario.zones not in grounds:
                ground = make_ground(reference, scenario.zones, blocks, counted.latest)
                grounds[scenario.zones] = ground, self._growth(ground, reference, folder, counted)
            ground, growth = grounds[scenario.zones]
            if counted.public and (faults := room_faults(scenario, ground)):
                raise ScenarioError(faults)
            outcome = _applied(scenario, ground, reference)
            miles = walking_miles(ground.grades, manifest.walking)
            is_exact = counted.latest is not None and counted.public is None
            cases.append(ScenarioCase(outcome, miles, counted.public, growth, is_exact))
        return cases

    def counted(
        self, reference: Reference, blocks: Blocks, choice: ScenarioChoice
    ) -> CountedStudents:
        """Return the students to count."""
        if choice.profile not in PROFILES:
            raise InputError("The profile must be `public` or `internal`.")
        if blocks.counts and not choice.students:
            return CountedStudents()
        region = reference.info.id
        holders = None if choice.profile == "public" else choice.holders
        frame, stamp = self._students.years(region, choice.students, holders)
        if outdated := self._students.outdated(reference, choice.students, holders):
            raise outdated_lists(outdated, region)
        is_latest = pl.col("year") == frame["year"].max()
        if choice.profile == "public":
            keyed = with_keys(frame, self._settings)
            public = public_counts(reference, keyed)
            return CountedStudents(keyed.filter(is_latest), keyed, public)
        self._disclosures.record(
            frame["student"],
            purpose=choice.purpose,
            endpoint="scenario",
            region=region,
            data_version=f"{stamp} {reference.snapshot}",
            requester=Requester(choice.who, choice.role),
        )
        return CountedStudents(frame.filter(is_latest), frame)

    def _growth(
        self, ground: PlanningGround, reference: Reference, folder: Path, counted: CountedStudents
    ) -> dict[str, Growth]:
        """Return the growth of the students; empty for counts of blocks and for a single year."""
        if counted.years is None or counted.years["year"].n_unique() < _LEAST_YEARS:
            return {}
        protect = counted.public.protect if counted.public else None
        history, ahead = self._forecasts.coming(
            reference, folder, ground.zones, counted.years, protect
        )
        return growth_of(ground, reference, history, ahead)


def check_scenario(scenario: Scenario, reference: Reference, folder: Path) -> Outcome:
    """Check a scenario against a region without students.

    Raises
    ------
    ScenarioError
        With every fault.
    """
    blocks = read_blocks(load_manifest(folder))
    no_students = pl.DataFrame(
        schema={
            "grade": pl.String,
            "geo_match": pl.String,
            "x": pl.Float64,
            "y": pl.Float64,
            "school_id": pl.String,
        }
    )
    ground = make_ground(reference, scenario.zones, blocks, no_students)
    return _applied(scenario, ground, reference)


def numbers_of(cases: Sequence[ScenarioCase]) -> pl.DataFrame:
    """Return the numbers of scenarios in one table (`geoservice.planning.numbers.COLUMNS`)."""
    return pl.concat(case.numbers for case in cases)


def write_numbers(numbers: pl.DataFrame, path: Path) -> None:
    """Write numbers in the format of the file's ending; a workbook has a sheet per kind of unit."""
    ending = path.suffix.lower()
    if str(path) != "-" and ending not in _FORMS:
        raise InputError(f"`{path.name}` has an unknown ending. Use {', '.join(_FORMS)}.")
    if ending == ".xlsx":
        sheets = {by: numbers.filter(by=by) for by in ("district", "school", "area")}
        write_atomically(path, workbook(sheets, [*MEASURES.items()]))
        return
    with TableWriter(path, places=False) as writer:
        writer.write(numbers)


def assignment_table(outcome: Outcome) -> pl.DataFrame:
    """Return ``block``, its ``school`` in the scenario, and ``school_before``."""
    ids = (*outcome.schools.ids, None)
    return pl.DataFrame(
        {
            "block": outcome.ground.blocks.ids,
            "school": [ids[school] for school in outcome.block_school],
            "school_before": [ids[school] for school in outcome.ground.block_school],
        },
        schema=dict.fromkeys(("block", "school", "school_before"), pl.String),
    )


def _zones_of(outcome: Outcome, reference: Reference) -> tuple[list[int], Geometries]:
    """Return the school of each zone in the scenario, and the zone's polygon in WGS 84."""
    shapes = zones_after(outcome)
    has_school = shapes.school != NO_SCHOOL
    return shapes.school[has_school].tolist(), to_degrees(
        shapes.polygons[has_school], reference.info.metric_crs
    )


def zone_table_after(outcome: Outcome, reference: Reference) -> pl.DataFrame:
    """Return a scenario's zones as a table like `geoservice.directory.zone_files.zone_table`."""
    zone_schools, polygons = _zones_of(outcome, reference)
    schools = outcome.schools
    served = [
        [grade for grade in outcome.ground.grades if schools.serves(school, grade)]
        for school in zone_schools
    ]
    ids = [schools.ids[school] for school in zone_schools]
    return pl.DataFrame(
        {
            "set_id": [outcome.ground.zones] * len(ids),
            "zone_id": ids,
            "school_id": ids,
            "school": [schools.names[school] for school in zone_schools],
            "grades": [",".join(grades) for grades in served],
            "year": [outcome.scenario.first_year] * len(ids),
            "geometry": shapely.to_wkb(polygons).tolist(),
        }
    )


def zone_features(outcome: Outcome, reference: Reference) -> bytes:
    """Return the zones of a scenario as GeoJSON in WGS 84."""
    zone_schools, polygons = _zones_of(outcome, reference)
    schools = outcome.schools
    features = [
        {
            "type": "Feature",
            "geometry": orjson.Fragment(geometry),
            "properties": {
                "school_id": schools.ids[school],
                "school": schools.names[school],
                "zones": outcome.ground.zones,
                "first_year": outcome.scenario.first_year,
                "scenario": outcome.scenario.id,
            },
        }
        for school, geometry in zip(zone_schools, shapely.to_geojson(polygons), strict=True)
    ]
    return orjson.dumps({"type": "FeatureCollection", "features": features})


def write_zones_after(outcome: Outcome, reference: Reference, path: Path) -> None:
    """Write the zones of a scenario as GeoJSON."""
    if path.suffix.lower() not in (".geojson", ".json"):
        raise InputError(f"`{path.name}`: zones of a scenario are written as .geojson.")
    write_atomically(path, zone_features(outcome, reference))


def _applied(scenario: Scenario, ground: PlanningGround, reference: Reference) -> Outcome:
    return apply_scenario(scenario, ground, reference.info.id, reference.info.metric_crs)
