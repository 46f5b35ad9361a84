"""``geoservice walkzones``."""

import argparse
from pathlib import Path
from typing import Any

from geoservice.cli.say import note
from geoservice.errors import InputError
from geoservice.model.settings import Settings
from geoservice.region.manifest import load_manifest
from geoservice.service.basis import PROFILES
from geoservice.service.regions import Regions
from geoservice.service.walkzones import (
    PUBLIC_REFUSAL,
    WalkStudents,
    walks,
    write_walk_table,
    write_walk_zones,
)

_SHAPES = (".geojson", ".json")


def add_commands(commands: Any) -> None:
    """Add the command."""
    command = commands.add_parser(
        "walkzones", help="walk zones along the streets, and who is eligible for a bus"
    )
    command.add_argument("--region", metavar="R", required=True)
    command.add_argument("--zones", metavar="SET", default="", help="one set of zones; else all")
    command.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        type=Path,
        required=True,
        help=".geojson for the zones; .csv, .xlsx for the students inside and outside",
    )
    command.add_argument("--hexagons", action="store_true", help="hexagons in place of outlines")
    command.add_argument(
        "--gates", metavar="FILE", type=Path, help="gates of schools: school_id, lon, lat"
    )
    command.add_argument("--students", default="", help="a data set; else all that are kept")
    command.add_argument("--profile", choices=PROFILES, default="public")
    command.add_argument(
        "--purpose", default="", help="for what numbers are wanted; it is recorded"
    )
    command.set_defaults(run=_walkzones)


def _walkzones(options: argparse.Namespace, settings: Settings) -> int:
    is_shapes = options.output.suffix.lower() in _SHAPES
    if not is_shapes and options.profile != "internal":
        raise InputError(PUBLIC_REFUSAL)
    regions = Regions(settings, note)
    reference = regions.open(options.region)
    manifest = load_manifest(regions.folder(options.region))
    made = walks(reference, manifest, options.zones, options.gates)
    if is_shapes:
        write_walk_zones(made, reference, options.output, hexagons=options.hexagons)
        return 0
    table = WalkStudents(settings).table(
        made, reference, students=options.students, profile=options.profile, purpose=options.purpose
    )
    write_walk_table(table, options.output)
    for zones, part in table.group_by("zones", maintain_order=True):
        walkers, bus = int(part["walkers"].sum()), int(part["bus_eligible"].sum())
        cut = int(part["cut_by_hazards"].sum())
        note(
            f"{zones[0]}: {walkers:,} walk, {bus:,} are eligible for a bus, {cut:,} of them for a "
            "hazard alone."
        )
    return 0
