"""``geoservice directory`` and ``geoservice zones export``."""

import argparse
from pathlib import Path
from typing import Any

from geoservice.cli.say import note
from geoservice.directory.ranges import street_directory
from geoservice.directory.writing import write_directory
from geoservice.directory.zone_files import write_zones, zone_table
from geoservice.errors import InputError
from geoservice.model.settings import Settings
from geoservice.model.years import read_year
from geoservice.reference.snapshot import Reference
from geoservice.service.regions import Regions
from geoservice.tables.writing import writing


def add_commands(commands: Any) -> None:
    """Add the commands."""
    command = commands.add_parser(
        "directory", help="every street range with its schools, for registrars"
    )
    command.add_argument("--region", metavar="R", required=True)
    command.add_argument(
        "-o", "--output", metavar="OUT", required=True, help=".csv, .xlsx, .html, .pdf"
    )
    command.add_argument(
        "--doubtful", metavar="FILE", type=Path, help="write the doubtful lines apart"
    )
    command.set_defaults(run=_directory)
    group = commands.add_parser("zones", help="attendance zones for other programs")
    actions = group.add_subparsers(required=True, metavar="ACTION")
    export = actions.add_parser("export", help="write zones as GeoJSON, KML or zipped shapefiles")
    export.add_argument("--region", metavar="R", required=True)
    export.add_argument("--year", metavar="Y", required=True, help="school year of the zones")
    export.add_argument("--zones", metavar="SET", default="", help="one set of zones; else all")
    export.add_argument("-o", "--output", metavar="OUT", required=True, help=".geojson, .kml, .zip")
    export.set_defaults(run=_export)


def _directory(options: argparse.Namespace, settings: Settings) -> int:
    reference = Regions(settings, note).open(options.region)
    if not reference.info.zone_sets:
        raise InputError(
            "The region has no attendance zones. Name their file in [[zones]] of region.toml."
        )
    with writing(options.doubtful) as write:
        directory = street_directory(reference)
        write_directory(directory, reference.info, reference.snapshot, Path(options.output))
        doubtful = directory.filter("doubtful")
        write(doubtful)
    note(f"{len(directory):,} lines, {len(doubtful):,} doubtful.")
    return 0


def _export(options: argparse.Namespace, settings: Settings) -> int:
    reference = Regions(settings, note).open(options.region)
    zones = zone_table(reference, _year(options.year, reference), options.zones)
    write_zones(zones, Path(options.output))
    note(f"{len(zones):,} zones of {options.year}.")
    return 0


def _year(text: str, reference: Reference) -> str:
    """The school year asked for, which must be that of the region's zones."""
    year, own = read_year(text), reference.info.school_year
    if year is None:
        raise InputError("--year: a school year is written such as 2025-26.")
    if own and year != own:
        raise InputError(
            f"--year: the region's zones are those of {own}. Give that year, or set `school_year` "
            "in "
            "region.toml where the files hold other zones."
        )
    return year
