"""``geoservice reverse``."""

import argparse
from pathlib import Path
from typing import Any

from geoservice.cli.arguments import add_region
from geoservice.cli.geocode import add_layout, layout_of
from geoservice.cli.say import note, progress
from geoservice.model.counted import counted
from geoservice.model.settings import Settings
from geoservice.service.lookups import reverse_file
from geoservice.service.progress import Progress
from geoservice.service.regions import Regions


def add_commands(commands: Any) -> None:
    """Add the command."""
    command = commands.add_parser("reverse")
    command.add_argument("input", metavar="IN", help="file, or - for CSV on standard input")
    command.add_argument(
        "-o", "--output", metavar="OUT", required=True, help="file, or - for CSV on standard output"
    )
    add_region(command)
    command.add_argument(
        "--lon", metavar="COL", required=True, help="column with the longitude in degrees (WGS 84)"
    )
    command.add_argument(
        "--lat", metavar="COL", required=True, help="column with the latitude in degrees (WGS 84)"
    )
    command.add_argument("--replace", action="store_true", help="replace earlier answer columns")
    add_layout(command)
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace, settings: Settings) -> int:
    reference = Regions(settings, note).open(options.region)
    rows = reverse_file(
        Path(options.input),
        Path(options.output),
        (options.lon, options.lat),
        reference,
        replace=options.replace,
        layout=layout_of(options),
        progress=Progress(note, progress),
    )
    note(f"{counted(rows, 'row')}.")
    return 0
