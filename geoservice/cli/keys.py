"""``geoservice key create|list|rotate|revoke``."""

import argparse
import datetime
import time
from typing import Any

from geoservice.cli.say import note
from geoservice.errors import InputError
from geoservice.model.settings import Settings
from geoservice.service.keys import keys_of

_HOUR_S, _DAY_S = 3600.0, 86_400.0


def add_commands(commands: Any) -> None:
    """Add the command group."""
    group = commands.add_parser("key", help="keys for programs that call the service")
    actions = group.add_subparsers(required=True, metavar="ACTION")
    create = actions.add_parser("create")
    create.add_argument("--name", default="")
    create.add_argument("--scope", action="append", default=[], metavar="SCOPE")
    create.add_argument("--days", type=int, metavar="N", help="days until it expires")
    create.set_defaults(run=_create)
    actions.add_parser("list").set_defaults(run=_list)
    rotate = actions.add_parser("rotate", help="give a key a new text; its jobs stay with it")
    rotate.add_argument("id", metavar="ID")
    rotate.add_argument(
        "--grace-hours", type=float, default=0.0, metavar="H", help="the old text works so long"
    )
    rotate.set_defaults(run=_rotate)
    revoke = actions.add_parser("revoke")
    revoke.add_argument("id", metavar="ID")
    revoke.set_defaults(run=_revoke)


def _create(options: argparse.Namespace, settings: Settings) -> int:
    if options.days is not None and options.days < 1:
        raise InputError("--days must be at least 1.")
    expires = time.time() + options.days * _DAY_S if options.days else None
    scopes = options.scope or ["maps:read", "geocode"]
    print(keys_of(settings).create(options.name, scopes, expires))
    note("Keep it: it is not shown again.")
    return 0


def _list(_: argparse.Namespace, settings: Settings) -> int:
    for key in keys_of(settings).list():
        made = datetime.date.fromtimestamp(key.created).isoformat()
        until = datetime.date.fromtimestamp(key.expires).isoformat() if key.expires else "no end"
        print(f"{key.id}  {made}  {until:<10}  {key.state:<8}{','.join(key.scopes)}  {key.name}")
    return 0


def _rotate(options: argparse.Namespace, settings: Settings) -> int:
    print(keys_of(settings).rotate(options.id, max(0.0, options.grace_hours) * _HOUR_S))
    note("Keep it: it is not shown again.")
    return 0


def _revoke(options: argparse.Namespace, settings: Settings) -> int:
    keys_of(settings).revoke(options.id)
    print(f"Revoked {options.id}.")
    return 0
