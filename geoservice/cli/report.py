"""``geoservice report``."""

import argparse
from pathlib import Path
from typing import Any

from geoservice.cartography.figure.choice import Choice
from geoservice.cartography.texts import LANGUAGES
from geoservice.cli.arguments import add_language, add_map_choices, add_region
from geoservice.cli.map_folder import add_maps_option
from geoservice.cli.say import note
from geoservice.model.counted import counted
from geoservice.model.settings import Settings
from geoservice.service.maps import Maps
from geoservice.service.regions import Regions
from geoservice.service.reports import write_pack


def add_commands(commands: Any) -> None:
    """Add the command."""
    command = commands.add_parser("report")
    add_region(command)
    command.add_argument(
        "-o", "--output", metavar="FOLDER", required=True, help="folder to write the reports into"
    )
    add_map_choices(command, ("areas", "band", "year", "students"))
    add_language(command, LANGUAGES)
    add_maps_option(command)
    command.set_defaults(run=_report)


def _report(options: argparse.Namespace, settings: Settings) -> int:
    reference = Regions(settings, note).open(options.region)
    choice = Choice(
        areas=options.areas, band=options.band, year=options.year, lang=options.lang, theme="print"
    )
    folder = Path(options.output)
    pack = write_pack(Maps(settings), reference, folder, choice, options.students, note)
    print(f"{counted(len(pack.reports), 'report')} and figures.xlsx are in {folder.name}.")
    for title in pack.missing:
        note(f"The region has no data for: {title}.")
    return 0
