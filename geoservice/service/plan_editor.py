"""The plan editor in the browser: the data to draw a plan with, and its results."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import polars as pl
import shapely

from geoservice.directory.zone_files import zone_file
from geoservice.model.background import PLACES
from geoservice.model.settings import Settings
from geoservice.planning.apply import Outcome
from geoservice.planning.blocks import read_blocks
from geoservice.planning.editing import (
    BlockCounts,
    block_counts,
    cut_blocks,
    offered_schools,
    school_colours,
)
from geoservice.planning.ground import Floats, PlanningGround
from geoservice.planning.make_ground import make_ground
from geoservice.planning.scenario_file import scenario_of
from geoservice.reference.snapshot import Reference
from geoservice.region.build import to_degrees
from geoservice.region.manifest import load_manifest
from geoservice.service.scenario_reports import write_packet
from geoservice.service.scenario_store import ScenarioStore
from geoservice.service.scenarios import (
    ScenarioChoice,
    Scenarios,
    assignment_table,
    check_scenario,
    numbers_of,
    zone_features,
    zone_table_after,
)
from geoservice.tables.writing import neutralised

_DECIMALS = 1e-6


@dataclass(frozen=True)
class PacketForm:
    """Format of a board packet, ``html``, ``pdf`` or ``xlsx``, and its language."""

    ending: str
    lang: str = "en"


class Plans:
    """Plans drawn in the browser, and stored scenarios, of one data folder."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._scenarios = Scenarios(settings)
        self.store = ScenarioStore(settings)

    def ground(
        self, reference: Reference, folder: Path, zones: str, choice: ScenarioChoice
    ) -> bytes:
        """Return the data to draw a plan of a set of zones with, as JSON.

        Students are counted as `geoservice.service.scenarios.Scenarios.counted` says. The
        disclosure is recorded.

        Raises
        ------
        InputError
            If the region has no blocks, no such zones, or no students.
        """
        blocks = read_blocks(load_manifest(folder))
        counted = self._scenarios.counted(reference, blocks, choice)
        ground = make_ground(reference, zones, blocks, counted.latest)
        counts = block_counts(ground)
        content = {
            "region": reference.info.id,
            "snapshot": reference.snapshot,
            "zones": zones,
            "grades": list(ground.residents.grade_names),
            "schools": _schools(ground, counts, reference),
            "blocks": _blocks(ground, counts, reference),
            "edges": _geometry(shapely.boundary(ground.zone_polygons), reference),
            "background": _background(reference),
            "cells": {
                name: getattr(counts, name).astype(np.int64).tolist()
                for name in ("block", "grade", "school", "students", "following")
            },
        }
        return orjson.dumps(content)

    def check(self, content: Mapping[str, Any], reference: Reference, folder: Path) -> Outcome:
        """Check a scenario's content against its region, without students.

        Raises
        ------
        ScenarioError
            With every fault.
        """
        return check_scenario(scenario_of(content), reference, folder)

    def numbers(
        self,
        content: Mapping[str, Any],
        reference: Reference,
        folder: Path,
        choice: ScenarioChoice,
    ) -> pl.DataFrame:
        """Return the numbers of a scenario's content, as ``geoservice scenario show`` does."""
        cases = self._scenarios.cases([scenario_of(content)], reference, folder, choice)
        return numbers_of(cases)

    def report(
        self,
        content: Mapping[str, Any],
        form: PacketForm,
        reference: Reference,
        folder: Path,
        choice: ScenarioChoice,
    ) -> bytes:
        """Return the board packet of a scenario, as ``geoservice scenario report`` does."""
        (case,) = self._scenarios.cases([scenario_of(content)], reference, folder, choice)
        with tempfile.TemporaryDirectory() as temporary:
            target = Path(temporary) / f"packet.{form.ending}"
            write_packet(case, reference, target, self._settings, form.lang)
            return target.read_bytes()

    def file(
        self, content: Mapping[str, Any], ending: str, reference: Reference, folder: Path
    ) -> bytes:
        """Return the zones after a scenario in a format, or its moves as ``.csv``.

        Formats are `geoservice.directory.zone_files.FORMS`. No format contains students.
        """
        outcome = self.check(content, reference, folder)
        if ending == ".csv":
            return neutralised(assignment_table(outcome)).write_csv().encode()
        if ending == ".geojson":
            return zone_features(outcome, reference)
        return zone_file(zone_table_after(outcome, reference), ending)


def _schools(
    ground: PlanningGround, counts: BlockCounts, reference: Reference
) -> list[dict[str, Any]]:
    schools, colours = ground.schools, school_colours(ground)
    offered = set(offered_schools(ground).tolist())
    lon, lat = reference.projection.to_degrees(schools.x, schools.y)
    return [
        {
            "id": school,
            "name": schools.names[place],
            "lon": _known(lon, place),
            "lat": _known(lat, place),
            "seats": _known(schools.seats, place),
            "enrolled_elsewhere": float(counts.enrolled_elsewhere[place]),
            "colour": int(colours[place]),
            "is_offered": place in offered,
        }
        for place, school in enumerate(schools.ids)
    ]


def _blocks(
    ground: PlanningGround, counts: BlockCounts, reference: Reference
) -> list[dict[str, Any]]:
    blocks, is_cut = ground.blocks, cut_blocks(ground, counts)
    lon, lat = reference.projection.to_degrees(*blocks.centres)
    shapes = _geometry(blocks.polygons, reference)
    return [
        {
            "id": block,
            "school": int(ground.block_school[place]),
            "is_cut": bool(is_cut[place]),
            "lon": _known(lon, place),
            "lat": _known(lat, place),
            "shape": shapes[place] if blocks.is_drawn[place] else None,
        }
        for place, block in enumerate(blocks.ids)
    ]


def _background(reference: Reference) -> list[dict[str, Any]]:
    """Return water, parks and railways with their kind, to be drawn on the blocks."""
    table = reference.background().filter(pl.col("kind") != PLACES)
    shapes = shapely.from_wkb(table["geometry"].to_list())
    return [
        {"kind": kind, "shape": orjson.Fragment(shape)}
        for kind, shape in zip(table["kind"], shapely.to_geojson(shapes), strict=True)
    ]


def _geometry(
    shapes: Any,  # noqa: ANN401 - an array of shapes
    reference: Reference,
) -> list[orjson.Fragment]:
    degrees = to_degrees(np.asarray(shapes, dtype=object), reference.info.metric_crs)
    return [
        orjson.Fragment(shape)
        for shape in shapely.to_geojson(shapely.set_precision(degrees, _DECIMALS))
    ]


def _known(values: Floats, place: int) -> float | None:
    value = float(values[place])
    return value if np.isfinite(value) else None
