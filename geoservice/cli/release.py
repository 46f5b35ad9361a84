"""``geoservice release audit``."""

import argparse
from typing import Any

from geoservice.cli.say import note
from geoservice.model.settings import Settings
from geoservice.service.measures import Measures
from geoservice.service.regions import Regions


def add_commands(commands: Any) -> None:
    """Add the command group."""
    group = commands.add_parser("release", help="what public figures show, and how close they are")
    actions = group.add_subparsers(required=True, metavar="ACTION")
    audit = actions.add_parser("audit", help="utility and disclosure risk of all public figures")
    audit.add_argument("--region", metavar="R", required=True)
    audit.add_argument("--students", metavar="DATASET", default="")
    audit.set_defaults(run=_audit)


def _audit(options: argparse.Namespace, settings: Settings) -> int:
    reference = Regions(settings, note).open(options.region)
    Measures(settings).ground(reference, options.students)
    raise NotImplementedError
