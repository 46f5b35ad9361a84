"""Boundary scenarios of a region: checked, applied, and their numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
import polars as pl
import pyproj
import shapely

from geoservice.errors import ConflictError, InputError
from geoservice.model.settings import Settings
from geoservice.planning.apply import Outcome, apply_scenario
from geoservice.planning.blocks import Blocks, read_blocks
from geoservice.planning.ground import NO_SCHOOL, Ground, make_ground
from geoservice.planning.levels import walking_miles
from geoservice.planning.numbers import MEASURES, scenario_numbers
from geoservice.planning.scenario_file import Scenario, read_scenario
from geoservice.planning.zone_shapes import zones_after
from geoservice.reference.snapshot import Reference
from geoservice.region.manifest import Manifest, load_manifest
from geoservice.service.audit import Disclosures
from geoservice.service.students import Students
from geoservice.tables.sheets import workbook, write_whole
from geoservice.tables.writing import TableWriter

PUBLIC_REFUSAL = (
    "Numbers of a scenario from placed students are of the internal profile for now: their counts "
    "are not protected yet. Add `--profile internal --purpose TEXT`."
)
_FORMS = (".csv", ".tsv", ".parquet", ".xlsx")


@dataclass(frozen=True)
class ScenarioChoice:
    """From whom the numbers come: a data set of students, or the counts of the blocks' file."""

    students: str = ""
    profile: str = "public"
    purpose: str = ""


class Scenarios:
    """Scenarios over the students of one data folder."""

    def __init__(self, settings: Settings) -> None:
        self._students = Students(settings)
        self._disclosures = Disclosures(settings)

    def outcomes(
        self, paths: Sequence[Path], reference: Reference, folder: Path, choice: ScenarioChoice
    ) -> list[Outcome]:
        """Apply scenarios side by side.

        Blocks whose file states students are counted by it, unless a data set is named; else
        the students of the latest year are counted, which is recorded as a disclosure.

        Raises
        ------
        ScenarioError
            With every fault of a scenario and of the files that it names.
        InputError
            Where the region has no blocks, or the public profile is asked for placed students.
        """
        scenarios = [read_scenario(path) for path in paths]
        manifest = load_manifest(folder)
        blocks = read_blocks(manifest)
        students = self.counted(reference, blocks, choice)
        grounds: dict[str, Ground] = {}
        made = []
        for scenario in scenarios:
            if scenario.zones not in grounds:
                grounds[scenario.zones] = make_ground(reference, scenario.zones, blocks, students)
            made.append(_applied(scenario, grounds[scenario.zones], reference))
        return made

    def counted(
        self, reference: Reference, blocks: Blocks, choice: ScenarioChoice
    ) -> pl.DataFrame | None:
        """The placed students of the latest year; None where the blocks' own counts are meant."""
        if blocks.counts and not choice.students:
            return None
        if choice.profile != "internal":
            raise InputError(PUBLIC_REFUSAL)
        region = reference.info.id
        frame, stamp = self._students.years(region, choice.students)
        if outdated := self._students.outdated(reference, choice.students):
            raise ConflictError(
                f"The region has changed since students were assigned to it: {outdated[0]}. Assign "
                f"them anew: `geoservice students refresh --region {region} --name {outdated[0]}`."
            )
        latest = frame.filter(pl.col("year") == frame["year"].max())
        self._disclosures.record(
            latest["student"],
            purpose=choice.purpose,
            endpoint="scenario",
            region=region,
            data_version=f"{stamp} {reference.snapshot}",
        )
        return latest


def check_scenario(path: Path, reference: Reference, folder: Path) -> Outcome:
    """Check a scenario against a region without a student: every block stands for nobody.

    Raises
    ------
    ScenarioError
        With every fault.
    """
    scenario = read_scenario(path)
    blocks = read_blocks(load_manifest(folder))
    nobody = pl.DataFrame(
        schema={
            "grade": pl.String,
            "geo_match": pl.String,
            "x": pl.Float64,
            "y": pl.Float64,
            "school_id": pl.String,
        }
    )
    ground = make_ground(reference, scenario.zones, blocks, nobody)
    return _applied(scenario, ground, reference)


def numbers_of(outcomes: Sequence[Outcome], manifest: Manifest) -> pl.DataFrame:
    """The numbers of scenarios, one below the other (`geoservice.planning.numbers.COLUMNS`)."""
    walking = manifest.walking
    return pl.concat(
        scenario_numbers(outcome, walking_miles(outcome.ground.grades, walking))
        for outcome in outcomes
    )


def write_numbers(numbers: pl.DataFrame, path: Path) -> None:
    """Write numbers as the file's ending says; a workbook has a sheet by kind of unit."""
    ending = path.suffix.lower()
    if str(path) != "-" and ending not in _FORMS:
        raise InputError(f"`{path.name}` has an unknown ending. Use {', '.join(_FORMS)}.")
    if ending == ".xlsx":
        sheets = {by: numbers.filter(by=by) for by in ("district", "school", "area")}
        write_whole(path, workbook(sheets, [*MEASURES.items()]))
        return
    with TableWriter(path, places=False) as writer:
        writer.write(numbers)


def assignment_table(outcome: Outcome) -> pl.DataFrame:
    """``block`` and ``school`` of every block afterwards, and ``school_before``."""
    ids = (*outcome.schools.ids, None)
    return pl.DataFrame(
        {
            "block": outcome.ground.blocks.ids,
            "school": [ids[school] for school in outcome.block_school],
            "school_before": [ids[school] for school in outcome.ground.block_school],
        },
        schema=dict.fromkeys(("block", "school", "school_before"), pl.String),
    )


def zone_features(outcome: Outcome, reference: Reference) -> bytes:
    """The zones of a scenario as GeoJSON in WGS 84."""
    shapes = zones_after(outcome)
    known = shapes.school != NO_SCHOOL
    to_degrees = pyproj.Transformer.from_crs(reference.info.metric_crs, "EPSG:4326", always_xy=True)
    moved = shapely.transform(
        shapes.polygons[known],
        lambda xy: pl.DataFrame(to_degrees.transform(xy[:, 0], xy[:, 1])).to_numpy(),
    )
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
        for school, geometry in zip(
            shapes.school[known].tolist(), shapely.to_geojson(moved), strict=True
        )
    ]
    return orjson.dumps({"type": "FeatureCollection", "features": features})


def write_zones_after(outcome: Outcome, reference: Reference, path: Path) -> None:
    """Write the zones of a scenario as GeoJSON."""
    if path.suffix.lower() not in (".geojson", ".json"):
        raise InputError(f"`{path.name}`: zones of a scenario are written as .geojson.")
    write_whole(path, zone_features(outcome, reference))


def _applied(scenario: Scenario, ground: Ground, reference: Reference) -> Outcome:
    return apply_scenario(scenario, ground, reference.info.id, reference.info.metric_crs)
