"""``geoservice report``."""

import argparse
from pathlib import Path
from typing import Any

from geoservice.cartography.figure import Choice
from geoservice.cli.say import note
from geoservice.model.settings import Settings
from geoservice.service.maps import Maps
from geoservice.service.regions import Regions
from geoservice.service.reports import write_pack


def add_commands(commands: Any) -> None:
    """Add the command."""
    command = commands.add_parser("report", help="the regional report pack: HTML, PDF, XLSX")
    command.add_argument("--region", metavar="R", required=True)
    command.add_argument("-o", "--output", metavar="FOLDER", required=True)
    for name in ("areas", "band", "year", "students"):
        command.add_argument(f"--{name}", default="")
    command.add_argument("--lang", choices=("en", "es"), default="en")
    command.set_defaults(run=_report)


def _report(options: argparse.Namespace, settings: Settings) -> int:
    reference = Regions(settings, note).open(options.region)
    choice = Choice(
        areas=options.areas, band=options.band, year=options.year, lang=options.lang, theme="print"
    )
    folder = Path(options.output)
    pack = write_pack(Maps(settings), reference, folder, choice, options.students, note)
    print(f"{len(pack.reports)} reports and figures.xlsx are in {folder.name}.")
    for title in pack.missing:
        note(f"Not given by the data: {title}.")
    return 0
