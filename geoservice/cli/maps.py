"""``geoservice map`` and ``geoservice maps list|check``."""

import argparse
from pathlib import Path
from typing import Any

from geoservice.cartography.formats import FORMATS
from geoservice.cli.arguments import add_map_choices, add_region
from geoservice.cli.map_folder import add_maps_option
from geoservice.cli.say import note
from geoservice.errors import InputError
from geoservice.model.counted import counted
from geoservice.model.settings import Settings

CHOICES = (
    "areas",
    "area",
    "band",
    "year",
    "lang",
    "theme",
    "zone",
    "school",
    "view",
    "beside",
    "scenario",
)


def add_commands(commands: Any) -> None:
    """Add the commands."""
    command = commands.add_parser(
        "map",
        epilog=f"OUT ends in {', '.join(f'.{ending}' for ending in FORMATS)}.",
    )
    command.add_argument(
        "map", metavar="MAP", help="id of the map, such as ratings; `geoservice maps list` has all"
    )
    command.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        required=True,
        help="file to write; its ending gives the format, such as ratings.html or ratings.png",
    )
    add_region(command)
    add_map_choices(command, ("students", *CHOICES))
    command.add_argument(
        "--size",
        default="",
        help="size of a picture: slide, letter, landscape, figure or square (default: slide)",
    )
    add_maps_option(command)
    command.set_defaults(run=_map)
    group = commands.add_parser("maps")
    actions = group.add_subparsers(required=True, metavar="ACTION")
    for name, run, text in (
        ("list", list_maps, "print all maps, or the maps of a region"),
        ("check", _check, "check all map definitions"),
    ):
        action = actions.add_parser(name, help=text)
        add_maps_option(action)
        if name == "list":
            action.add_argument(
                "--region",
                metavar="R",
                default="",
                help="only the maps that this region has data for: its folder or registered id",
            )
        action.set_defaults(run=run)


def _map(options: argparse.Namespace, settings: Settings) -> int:
    # Maps import large libraries, which would slow the start of the other commands.
    from geoservice.cartography.figure.choice import Choice
    from geoservice.service.maps import Maps
    from geoservice.service.regions import Regions

    reference = Regions(settings, note).open(options.region)
    options_of_choice = {name: getattr(options, name) for name in CHOICES}
    choice = Choice(**{name: value for name, value in options_of_choice.items() if value})
    Maps(settings).save(
        options.map, Path(options.output), reference, choice, options.students, size=options.size
    )
    return 0


def list_maps(options: argparse.Namespace, settings: Settings) -> int:
    """Print the valid map definitions; faults of the others go to standard error.

    With ``--region``, print the maps that the region has data for. For each other map, name the
    missing data on standard error.
    """
    from geoservice.service.maps import Maps
    from geoservice.service.regions import Regions

    maps = Maps(settings)
    for fault in maps.check():
        note(fault)
    offered = (*maps.catalogue(), *maps.planned())
    if options.region:
        reference = Regions(settings, note).open(options.region)
        offered = maps.offered(reference)
        for definition, files in maps.absent(reference):
            note(f"{definition.id} has no data here; it needs {' and '.join(files)}.")
    for shown in offered:
        print(f"{shown.id:<22} {shown.title.en}: {shown.question.en}")
    return 0


def _check(_: argparse.Namespace, settings: Settings) -> int:
    from geoservice.service.maps import Maps

    maps = Maps(settings)
    faults = maps.check()
    if faults:
        raise InputError("\n".join(faults))
    count = len(maps.catalogue()) + len(maps.planned())
    print(f"{counted(count, 'map is', 'maps are')} well defined.")
    return 0
