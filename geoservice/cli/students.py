"""``geoservice students add|list|show|delete``."""

import argparse
from pathlib import Path
from typing import Any

from geoservice.cli.geocode import add_columns, place_options
from geoservice.cli.say import note
from geoservice.model.settings import Settings
from geoservice.service.regions import Regions
from geoservice.service.students import RecordOptions, Students


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
    for option, what in (("year", "the school year"), ("opt-out", "families who opted out"),
                         ("protected", "students whose address must not be read")):  # fmt: skip
        add.add_argument(f"--{option}", metavar="COL", help=f"column that tells {what}")
    add.add_argument("--school-year", metavar="YEAR", help="the school year of all rows")
    add.set_defaults(run=_add)
    actions.add_parser("list").set_defaults(run=_list)
    show = actions.add_parser("show", help="counts of a data set")
    show.add_argument("--region", required=True)
    show.add_argument("--name", required=True)
    show.set_defaults(run=_show)
    delete = actions.add_parser("delete", help="delete a data set")
    delete.add_argument("--region", required=True)
    delete.add_argument("--name", required=True)
    delete.set_defaults(run=_delete)


def _add(options: argparse.Namespace, settings: Settings) -> int:
    reference = Regions(settings, note).open(options.region)
    about = {key: getattr(options, key) for key in ("owner", "agreement", "expires")}
    records = RecordOptions(options.year, options.school_year, options.opt_out, options.protected)
    summary = Students(settings).add(
        Path(options.file), options.name, place_options(options), reference, about, records=records
    )
    print(f"{options.name}: {summary.rows} students, {sum(summary.matched.values())} matched")
    about = Students(settings).show(reference.info.id, options.name)
    left = ("opted_out", "twice", "protected", "no_grade", "no_school", "unknown_school")
    for key in left:
        if about[key]:
            print(f"  {key.replace('_', ' ')}: {about[key]}")
    return 0


def _show(options: argparse.Namespace, settings: Settings) -> int:
    for key, value in Students(settings).show(options.region, options.name).items():
        print(f"{key.replace('_', ' ')}: {', '.join(value) if isinstance(value, list) else value}")
    return 0


def _list(_: argparse.Namespace, settings: Settings) -> int:
    for one in Students(settings).list():
        print(f"{one['region']}  {one['name']}  {one['rows']} rows  expires {one.get('expires')}")
    return 0


def _delete(options: argparse.Namespace, settings: Settings) -> int:
    about = Students(settings).delete(options.region, options.name)
    print(f"Deleted {about['name']}: {about['rows']} students.")
    return 0
