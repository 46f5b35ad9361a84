"""``geoservice map`` and ``geoservice maps list|check``."""

import argparse
from pathlib import Path
from typing import Any

from geoservice.cartography.drawing import Choice
from geoservice.cli.say import note
from geoservice.model.settings import Settings
from geoservice.service.maps import Maps
from geoservice.service.regions import Regions


def add_commands(commands: Any) -> None:
    """Add the commands."""
    command = commands.add_parser("map", help="write a map as one file")
    command.add_argument("map", metavar="MAP")
    command.add_argument("-o", "--output", metavar="OUT", required=True)
    command.add_argument("--region", metavar="R", required=True)
    for name in ("areas", "area", "band", "year", "students"):
        command.add_argument(f"--{name}", default="")
    command.set_defaults(run=_map)
    group = commands.add_parser("maps", help="list or check the map definitions")
    actions = group.add_subparsers(required=True, metavar="ACTION")
    actions.add_parser("list").set_defaults(run=_list)
    actions.add_parser("check").set_defaults(run=_check)


def _map(options: argparse.Namespace, settings: Settings) -> int:
    reference = Regions(settings, note).open(options.region)
    choice = Choice(options.areas, options.area, options.band, options.year)
    Maps(settings).save(options.map, Path(options.output), reference, choice, options.students)
    return 0


def _list(_: argparse.Namespace, settings: Settings) -> int:
    for one in Maps(settings).catalogue():
        print(f"{one.id:<14}{one.title}: {one.question}")
    return 0


def _check(_: argparse.Namespace, settings: Settings) -> int:
    print(f"{len(Maps(settings).catalogue())} maps are well defined.")
    return 0
