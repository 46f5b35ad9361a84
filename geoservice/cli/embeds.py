"""``geoservice embed create|list|revoke``."""

import argparse
import datetime
from dataclasses import fields
from typing import Any
from urllib.parse import quote

from geoservice.cartography.figure import Choice
from geoservice.cli.say import note
from geoservice.model.settings import Settings
from geoservice.service.embeds import DEFAULT_DAYS, Embedding
from geoservice.service.maps import Maps
from geoservice.service.regions import Regions


def add_commands(commands: Any) -> None:
    """Add the command group."""
    group = commands.add_parser("embed", help="links that show a public map in other pages")
    actions = group.add_subparsers(required=True, metavar="ACTION")
    create = actions.add_parser("create", help="make a link; it can be revoked")
    create.add_argument("map", metavar="MAP")
    create.add_argument("--region", metavar="R", required=True)
    for name in (*(one.name for one in fields(Choice)), "students"):
        create.add_argument(f"--{name}", default="")
    create.set_defaults(lang="en", theme="light")
    create.add_argument("--days", type=float, default=DEFAULT_DAYS)
    create.add_argument(
        "--base-url", default="", metavar="URL", help="where the service is reached"
    )
    create.set_defaults(run=_create)
    actions.add_parser("list", help="all links").set_defaults(run=_list)
    revoke = actions.add_parser("revoke", help="make a link useless")
    revoke.add_argument("id", metavar="ID")
    revoke.set_defaults(run=_revoke)


def _create(options: argparse.Namespace, settings: Settings) -> int:
    reference = Regions(settings, note).open(options.region)
    said = {one.name: getattr(options, one.name) for one in fields(Choice)}
    Maps(settings).drawing(options.map, reference, Choice(**said), options.students)
    embedding = Embedding(settings)
    choice = {**said, "students": options.students}
    made = embedding.create(options.map, reference.info.id, choice, options.days)
    print(f"{options.base_url.rstrip('/')}/embed/{quote(embedding.token(made))}")
    note(f"Valid until {_date(made.expires)}. `geoservice embed revoke {made.id}` ends it.")
    return 0


def _list(_: argparse.Namespace, settings: Settings) -> int:
    embedding = Embedding(settings)
    for one in embedding.list():
        chosen = " ".join(f"{key}={value}" for key, value in one.choice.items())
        print(f"{one.id}  {_date(one.created)}  {_date(one.expires)}  {embedding.state(one):<8}"
              f"{one.region}  {one.map}  {chosen}".rstrip())  # fmt: skip
    return 0


def _revoke(options: argparse.Namespace, settings: Settings) -> int:
    Embedding(settings).revoke(options.id)
    print(f"Revoked {options.id}.")
    return 0


def _date(seconds: float) -> str:
    return datetime.date.fromtimestamp(seconds).isoformat()
