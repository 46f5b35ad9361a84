"""``geoservice directory`` and ``geoservice zones export``."""

import argparse
from pathlib import Path
from typing import Any

from geoservice.cli.arguments import add_region
from geoservice.cli.say import note
from geoservice.directory.ranges import street_directory
from geoservice.directory.writing import write_directory
from geoservice.directory.zone_files import write_zones, zone_export
from geoservice.errors import InputError
from geoservice.model.counted import counted
from geoservice.model.settings import Settings
from geoservice.model.years import read_year
from geoservice.reference.snapshot import Reference
from geoservice.service.regions import Regions
from geoservice.tables.writing import writing


def add_commands(commands: Any) -> None:
    """Add the commands."""
    command = commands.add_parser("directory")
    add_region(command)
    command.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        required=True,
        help="file to write: .csv, .xlsx, .html, .pdf",
    )
    command.add_argument(
        "--doubtful",
        metavar="FILE",
        type=Path,
        help="also write the doubtful lines into a file: .csv, .xlsx",
    )
    command.set_defaults(run=_directory)
    group = commands.add_parser("zones")
    actions = group.add_subparsers(required=True, metavar="ACTION")
    export = actions.add_parser("export", help="write zones as GeoJSON, KML or zipped shapefiles")
    add_region(export)
    export.add_argument(
        "--year", metavar="Y", required=True, help="school year of the zones, such as 2024-25"
    )
    export.add_argument(
        "--zones",
        metavar="SET",
        default="",
        help="id of a set of zones, such as elementary (default: all sets)",
    )
    export.add_argument(
        "-o", "--output", metavar="OUT", required=True, help="file to write: .geojson, .kml, .zip"
    )
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
    note(f"{counted(len(directory), 'line')}, {len(doubtful):,} doubtful.")
    return 0


def _export(options: argparse.Namespace, settings: Settings) -> int:
    reference = Regions(settings, note).open(options.region)
    zones = zone_export(reference, _year(options.year, reference), options.zones)
    write_zones(zones, Path(options.output))
    note(f"{counted(len(zones), 'zone')} of {options.year}.")
    return 0


def _year(text: str, reference: Reference) -> str:
    """Return the school year of the option, which must be the year of the region's zones."""
    year, region_year = read_year(text), reference.info.school_year
    if year is None:
        raise InputError("--year: write the school year like 2025-26.")
    if region_year and year != region_year:
        raise InputError(
            f"--year: the region's zones are those of {region_year}. Give that year, or correct "
            "`school_year` in region.toml if the files hold zones of another year."
        )
    return year
