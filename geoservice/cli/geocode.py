"""``geoservice geocode``."""

import argparse
from pathlib import Path
from typing import Any

from geoservice.cli.say import note, progress, summary
from geoservice.errors import InputError
from geoservice.model.settings import Settings
from geoservice.placing.options import PlaceOptions
from geoservice.service.geocoding import geocode_file
from geoservice.service.regions import Regions

_COLUMNS = ("address", "street", "city", "state", "zip", "grade", "school", "id")


def add_commands(commands: Any) -> None:
    """Add the command."""
    command = commands.add_parser("geocode", help="geocode a file and join zones and ratings")
    command.add_argument("input", metavar="IN", help="file, or - for CSV on standard input")
    command.add_argument("-o", "--output", metavar="OUT", required=True)
    command.add_argument("--region", metavar="R", required=True, help="folder or registered id")
    add_columns(command)
    command.add_argument("--replace", action="store_true", help="write result columns anew")
    command.add_argument("--excel", action="store_true",
                         help='write cells with leading zeros as ="00123"')  # fmt: skip
    command.add_argument("--encoding", metavar="NAME", help="of a text file; told by itself")
    command.set_defaults(run=_run)


def add_columns(command: argparse.ArgumentParser) -> None:
    """Add the options that name columns."""
    for column in _COLUMNS:
        command.add_argument(f"--{column}", metavar="COL")


def place_options(options: argparse.Namespace) -> PlaceOptions:
    """The options that name columns, as one value."""
    named = {column: getattr(options, column) for column in _COLUMNS}
    return PlaceOptions(**named, replace=getattr(options, "replace", False))


def _run(options: argparse.Namespace, settings: Settings) -> int:
    source, target = Path(options.input), Path(options.output)
    if options.output != "-" and source.exists() and target.exists() and source.samefile(target):
        raise InputError("The result would overwrite the input. Name another file with -o.")
    reference = Regions(settings, note).open(options.region)
    run = geocode_file(
        source, target, place_options(options), reference,
        excel=options.excel, encoding=options.encoding, told=progress,
    )  # fmt: skip
    summary(run)
    return 0
