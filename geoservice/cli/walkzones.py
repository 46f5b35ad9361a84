"""``geoservice walkzones``."""

import argparse
from pathlib import Path
from typing import Any

from geoservice.cli.arguments import add_profile, add_region
from geoservice.cli.say import note
from geoservice.errors import InputError
from geoservice.model.settings import Settings
from geoservice.region.manifest import load_manifest
from geoservice.service.basis import PROFILES
from geoservice.service.regions import Regions
from geoservice.service.walk_students import PUBLIC_REFUSAL, WalkStudents, write_walk_table
from geoservice.service.walk_zone_files import write_walk_zones
from geoservice.service.walkzones import walks

_SHAPES = (".geojson", ".json")


def add_commands(commands: Any) -> None:
    """Add the command."""
    command = commands.add_parser("walkzones")
    add_region(command)
    command.add_argument(
        "--zones",
        metavar="SET",
        default="",
        help="id of a set of zones, such as elementary (default: all sets)",
    )
    command.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        type=Path,
        required=True,
        help="file to write: .geojson for the zones; .csv, .xlsx for students inside and outside",
    )
    command.add_argument("--hexagons", action="store_true", help="write hexagons, not outlines")
    command.add_argument(
        "--gates",
        metavar="FILE",
        type=Path,
        help="table of the gates of schools: school_id, lon, lat (default: the schools' points)",
    )
    command.add_argument(
        "--students",
        default="",
        help="data set of students, by its name (default: all stored data sets)",
    )
    add_profile(command, PROFILES)
    command.set_defaults(run=_walkzones)


def _walkzones(options: argparse.Namespace, settings: Settings) -> int:
    is_shapes = options.output.suffix.lower() in _SHAPES
    if not is_shapes and options.profile != "internal":
        raise InputError(PUBLIC_REFUSAL)
    regions = Regions(settings, note)
    reference = regions.open(options.region)
    manifest = load_manifest(regions.folder(options.region))
    walk_zones = walks(reference, manifest, options.zones, options.gates)
    if is_shapes:
        write_walk_zones(walk_zones, reference, options.output, hexagons=options.hexagons)
        return 0
    table = WalkStudents(settings).table(
        walk_zones,
        reference,
        students=options.students,
        profile=options.profile,
        purpose=options.purpose,
    )
    write_walk_table(table, options.output)
    for zones, part in table.group_by("zones", maintain_order=True):
        walkers, bus = int(part["walkers"].sum()), int(part["bus_eligible"].sum())
        cut = int(part["cut_by_hazards"].sum())
        note(
            f"{zones[0]}: {walkers:,} walk, {bus:,} are eligible for a bus, {cut:,} of them only "
            "because of a hazard."
        )
    return 0
