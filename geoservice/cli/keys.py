"""``geoservice key create|list|revoke``."""

import argparse
import datetime
from typing import Any

from geoservice.cli.say import note
from geoservice.model.settings import Settings
from geoservice.service.keys import keys_of


def add_commands(commands: Any) -> None:
    """Add the command group."""
    group = commands.add_parser("key", help="keys for programs that call the service")
    actions = group.add_subparsers(required=True, metavar="ACTION")
    create = actions.add_parser("create")
    create.add_argument("--name", default="")
    create.add_argument("--scope", action="append", default=[], metavar="SCOPE")
    create.set_defaults(run=_create)
    actions.add_parser("list").set_defaults(run=_list)
    revoke = actions.add_parser("revoke")
    revoke.add_argument("id", metavar="ID")
    revoke.set_defaults(run=_revoke)


def _create(options: argparse.Namespace, settings: Settings) -> int:
    print(keys_of(settings).create(options.name, options.scope or ["maps:read", "geocode"]))
    note("Keep it: it is not shown again.")
    return 0


def _list(_: argparse.Namespace, settings: Settings) -> int:
    for one in keys_of(settings).list():
        made = datetime.date.fromtimestamp(one.created).isoformat()
        state = "in use" if one.revoked is None else "revoked"
        print(f"{one.id}  {made}  {state:<8}{','.join(one.scopes)}  {one.name}")
    return 0


def _revoke(options: argparse.Namespace, settings: Settings) -> int:
    keys_of(settings).revoke(options.id)
    print(f"Revoked {options.id}.")
    return 0
