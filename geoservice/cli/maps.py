"""``geoservice map`` and ``geoservice maps list|check``."""

import argparse
from pathlib import Path
from typing import Any

from geoservice.cli.say import note
from geoservice.errors import InputError
from geoservice.model.settings import Settings

CHOICES = ("areas", "area", "band", "year", "lang", "theme", "zone", "school", "view", "beside")


def add_commands(commands: Any) -> None:
    """Add the commands."""
    command = commands.add_parser(
        "map", help="write a map as page, picture or data",
        epilog="OUT ends in .html, .png, .svg, .pdf, .csv, .xlsx, .geojson or .gpkg.",
    )  # fmt: skip
    command.add_argument("map", metavar="MAP")
    command.add_argument("-o", "--output", metavar="OUT", required=True)
    command.add_argument("--region", metavar="R", required=True)
    for name in ("students", *CHOICES):
        command.add_argument(f"--{name}", default="")
    command.add_argument("--size", default="", help="slide, portrait or landscape, for pictures")
    command.set_defaults(run=_map)
    group = commands.add_parser("maps", help="list or check the map definitions")
    actions = group.add_subparsers(required=True, metavar="ACTION")
    actions.add_parser("list").set_defaults(run=list_maps)
    actions.add_parser("check").set_defaults(run=_check)


def _map(options: argparse.Namespace, settings: Settings) -> int:
    # Maps import what other commands should not wait for.
    from geoservice.cartography.figure import Choice
    from geoservice.service.maps import Maps
    from geoservice.service.regions import Regions

    reference = Regions(settings, note).open(options.region)
    asked = {name: getattr(options, name) for name in CHOICES}
    choice = Choice(**{name: value for name, value in asked.items() if value})
    Maps(settings).save(options.map, Path(options.output), reference, choice, options.students,
                        size=options.size)  # fmt: skip
    return 0


def list_maps(_: argparse.Namespace, settings: Settings) -> int:
    """Print the maps that are well defined, and what is wrong with others."""
    from geoservice.service.maps import Maps

    maps = Maps(settings)
    for fault in maps.check():
        note(fault)
    for one in maps.catalogue():
        print(f"{one.id:<18}{one.title.en}: {one.question.en}")
    return 0


def _check(_: argparse.Namespace, settings: Settings) -> int:
    from geoservice.service.maps import Maps

    maps = Maps(settings)
    found = maps.check()
    if found:
        raise InputError("\n".join(found))
    print(f"{len(maps.catalogue())} maps are well defined.")
    return 0
