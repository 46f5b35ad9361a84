"""``geoservice students add|list|delete``."""

import argparse
from pathlib import Path
from typing import Any

from geoservice.cli.geocode import add_columns, place_options
from geoservice.cli.say import note
from geoservice.model.settings import Settings
from geoservice.service.regions import Regions
from geoservice.service.students import Students


def add_commands(commands: Any) -> None:
    """Add the command group."""
    group = commands.add_parser("students", help="data sets of students, protected")
    actions = group.add_subparsers(required=True, metavar="ACTION")
    add = actions.add_parser("add", help="place the students of a file and keep them")
    add.add_argument("file", metavar="FILE")
    for name in ("region", "name", "owner", "agreement"):
        add.add_argument(f"--{name}", required=True)
    add.add_argument("--expires", metavar="DATE", required=True)
    add_columns(add)
    add.set_defaults(run=_add)
    actions.add_parser("list").set_defaults(run=_list)
    delete = actions.add_parser("delete", help="delete a data set")
    delete.add_argument("--region", required=True)
    delete.add_argument("--name", required=True)
    delete.set_defaults(run=_delete)


def _add(options: argparse.Namespace, settings: Settings) -> int:
    reference = Regions(settings, note).open(options.region)
    about = {key: getattr(options, key) for key in ("owner", "agreement", "expires")}
    summary = Students(settings).add(
        Path(options.file), options.name, place_options(options), reference, about
    )
    print(f"{options.name}: {summary.rows} students, {sum(summary.matched.values())} matched")
    return 0


def _list(_: argparse.Namespace, settings: Settings) -> int:
    for one in Students(settings).list():
        print(f"{one['region']}  {one['name']}  {one['rows']} rows  expires {one.get('expires')}")
    return 0


def _delete(options: argparse.Namespace, settings: Settings) -> int:
    about = Students(settings).delete(options.region, options.name)
    print(f"Deleted {about['name']}: {about['rows']} students.")
    return 0
