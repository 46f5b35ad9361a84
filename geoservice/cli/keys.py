"""``geoservice key create|list|rotate|revoke`` and ``geoservice key sign-ins|sign-out``."""

import argparse
import datetime
import time
from typing import Any

from geoservice.cli.say import note
from geoservice.errors import InputError, NotFoundError
from geoservice.model.caller import SCOPES
from geoservice.model.settings import Settings
from geoservice.service.keys import keys_of, sessions_of

_HOUR_S, _DAY_S = 3600.0, 86_400.0
_DEFAULT_SCOPES = ("maps:read", "geocode")
_ID = "id of the key, as `geoservice key list` prints it"


def add_commands(commands: Any) -> None:
    """Add the command group."""
    group = commands.add_parser("key")
    actions = group.add_subparsers(required=True, metavar="ACTION")
    create = actions.add_parser("create", help="create a key and print its text")
    create.add_argument(
        "--name", default="", help='text to know the key by in lists, such as "Website"'
    )
    create.add_argument(
        "--scope",
        action="append",
        default=[],
        metavar="SCOPE",
        help=f"what the key allows; may be repeated: {', '.join(SCOPES)} (default: "
        f"{' and '.join(_DEFAULT_SCOPES)})",
    )
    create.add_argument(
        "--days", type=int, metavar="N", help="days until the key expires (default: never)"
    )
    create.set_defaults(run=_create)
    actions.add_parser("list", help="all keys, without their text").set_defaults(run=_list)
    rotate = actions.add_parser("rotate", help="replace a key's text; the key keeps its jobs")
    rotate.add_argument("id", metavar="ID", help=_ID)
    rotate.add_argument(
        "--grace-hours",
        type=float,
        default=0.0,
        metavar="H",
        help="hours for which the old text still works (default: 0)",
    )
    rotate.set_defaults(run=_rotate)
    revoke = actions.add_parser("revoke", help="end a key and its sign-ins")
    revoke.add_argument("id", metavar="ID", help=_ID)
    revoke.set_defaults(run=_revoke)
    sign_ins = actions.add_parser("sign-ins", help="the browsers that are signed in")
    sign_ins.set_defaults(run=_sign_ins)
    sign_out = actions.add_parser("sign-out", help="end a sign-in, or all of a key or a person")
    sign_out.add_argument(
        "id",
        metavar="ID",
        help="id of the sign-in, or its owner, as `geoservice key sign-ins` prints them",
    )
    sign_out.set_defaults(run=_sign_out)
    sign_out_all = actions.add_parser("sign-out-all", help="end the sign-ins of all browsers")
    sign_out_all.set_defaults(run=_sign_out_all)


def _create(options: argparse.Namespace, settings: Settings) -> int:
    if options.days is not None and options.days < 1:
        raise InputError("--days must be at least 1.")
    expires = time.time() + options.days * _DAY_S if options.days else None
    scopes = options.scope or list(_DEFAULT_SCOPES)
    print(keys_of(settings).create(options.name, scopes, expires))
    note("Store the key safely: it is not shown again.")
    return 0


def _list(_: argparse.Namespace, settings: Settings) -> int:
    for key in keys_of(settings).list():
        created = datetime.date.fromtimestamp(key.created).isoformat()
        until = datetime.date.fromtimestamp(key.expires).isoformat() if key.expires else "no end"
        print(f"{key.id}  {created}  {until:<10}  {key.state:<8}{','.join(key.scopes)}  {key.name}")
    return 0


def _rotate(options: argparse.Namespace, settings: Settings) -> int:
    print(keys_of(settings).rotate(options.id, max(0.0, options.grace_hours) * _HOUR_S))
    note("Store the key safely: it is not shown again.")
    return 0


def _revoke(options: argparse.Namespace, settings: Settings) -> int:
    keys_of(settings).revoke(options.id)
    print(f"Revoked {options.id}.")
    return 0


def _sign_ins(_: argparse.Namespace, settings: Settings) -> int:
    for sign_in in sessions_of(settings).list():
        begun, seen = (_minute(time_s) for time_s in (sign_in.begun, sign_in.seen))
        print(f"{sign_in.id}  {begun}  {seen}  {sign_in.owner}  {sign_in.name}".rstrip())
    return 0


def _sign_out(options: argparse.Namespace, settings: Settings) -> int:
    sessions = sessions_of(settings)
    ended = sessions.end_by_id(options.id) or sessions.end_of(options.id)
    if not ended:
        raise NotFoundError(
            "There is no sign-in of that id or owner. `geoservice key sign-ins` shows them."
        )
    print(f"{ended:,} sign-ins ended.")
    return 0


def _minute(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds).isoformat(sep=" ", timespec="minutes")


def _sign_out_all(_: argparse.Namespace, settings: Settings) -> int:
    print(f"{sessions_of(settings).end_all():,} sign-ins ended.")
    return 0
