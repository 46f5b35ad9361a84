"""``geoservice measure``."""

import argparse
from pathlib import Path
from typing import Any

from geoservice.cli.say import note
from geoservice.measures.catalogue import MEASURES
from geoservice.model.settings import Settings
from geoservice.service.measures import PROFILES, Measures
from geoservice.service.regions import Regions
from geoservice.tables.writing import TableWriter


def add_commands(commands: Any) -> None:
    """Add the command."""
    command = commands.add_parser(
        "measure", help="figures by area, zone or school", epilog="Measures: " + ", ".join(MEASURES)
    )
    command.add_argument("measure", metavar="M")
    command.add_argument("-o", "--output", metavar="FILE", required=True)
    command.add_argument("--region", metavar="R", required=True)
    command.add_argument("--by", metavar="AREAS", default="")
    for name in ("band", "year", "students"):
        command.add_argument(f"--{name}", default="")
    command.add_argument("--profile", choices=PROFILES, default="public")
    command.set_defaults(run=_measure)


def _measure(options: argparse.Namespace, settings: Settings) -> int:
    reference = Regions(settings, note).open(options.region)
    table = Measures(settings).table(
        options.measure, reference, options.by, options.band, options.year,
        students=options.students, profile=options.profile,
    )  # fmt: skip
    with TableWriter(Path(options.output)) as writer:
        writer.write(table)
    hidden = table.filter(status="hidden")
    note(f"{options.measure}: {len(table)} lines, {len(hidden)} hidden ({options.profile}).")
    return 0
