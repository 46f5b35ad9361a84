"""``geoservice embed create|list|revoke``."""

import argparse
import datetime
from dataclasses import fields
from typing import Any

from geoservice.api.embed_code import PICTURE_PX, Shown, snippet
from geoservice.cartography.figure.choice import Choice
from geoservice.cli.arguments import add_map_choices, add_region
from geoservice.cli.map_folder import add_maps_option
from geoservice.cli.say import note
from geoservice.model.settings import Settings
from geoservice.service.embeds import DEFAULT_DAYS, FORM, FULL, Embedding
from geoservice.service.maps import Maps
from geoservice.service.regions import Regions


def add_commands(commands: Any) -> None:
    """Add the command group."""
    group = commands.add_parser("embed")
    actions = group.add_subparsers(required=True, metavar="ACTION")
    create = actions.add_parser("create", help="create a link, which can be revoked")
    create.add_argument(
        "map", metavar="MAP", help="id of the map, such as ratings; `geoservice maps list` has all"
    )
    add_region(create)
    add_map_choices(create, (*(field.name for field in fields(Choice)), "students"))
    create.set_defaults(lang="en", theme="light")
    create.add_argument(
        "--days",
        type=float,
        default=DEFAULT_DAYS,
        help=f"days until the link expires (default: {DEFAULT_DAYS})",
    )
    create.add_argument(
        "--base-url",
        default="",
        metavar="URL",
        help="public address of the service, such as https://maps.district.example (default: "
        "GEOSERVICE_PUBLIC_URL)",
    )
    create.add_argument(
        "--full", action="store_true", help="show the long form, with table, notes and all controls"
    )
    add_maps_option(create)
    create.set_defaults(run=_create)
    actions.add_parser("list", help="all links").set_defaults(run=_list)
    revoke = actions.add_parser("revoke", help="revoke a link")
    revoke.add_argument(
        "id", metavar="ID", help="id of the link, as `geoservice embed list` prints it"
    )
    revoke.set_defaults(run=_revoke)


def _create(options: argparse.Namespace, settings: Settings) -> int:
    reference = Regions(settings, note).open(options.region)
    fields_of_choice = {field.name: getattr(options, field.name) for field in fields(Choice)}
    drawing = Maps(settings).drawing(
        options.map, reference, Choice(**fields_of_choice), options.students
    )
    embedding = Embedding(settings)
    form = {FORM: FULL} if options.full else {}
    choice = {**fields_of_choice, "students": options.students, **form}
    embed = embedding.create(options.map, reference.info.id, choice, options.days)
    base = (options.base_url or settings.public_url).rstrip("/")
    title = f"{drawing.title} {drawing.subtitle}"
    shown = Shown(base, embedding.token(embed), title, drawing.alternative, PICTURE_PX)
    print(shown.url)
    print(snippet(shown))
    if not base:
        note("Put the service's public address before the links, or name it with --base-url.")
    note(f"Valid until {_date(embed.expires)}. `geoservice embed revoke {embed.id}` ends it.")
    return 0


def _list(_: argparse.Namespace, settings: Settings) -> int:
    embedding = Embedding(settings)
    for embed in embedding.list():
        chosen = " ".join(f"{key}={value}" for key, value in embed.choice.items())
        print(
            f"{embed.id}  {_date(embed.created)}  {_date(embed.expires)}  "
            f"{embedding.state(embed):<8}{embed.region}  {embed.map}  {chosen}".rstrip()
        )
    return 0


def _revoke(options: argparse.Namespace, settings: Settings) -> int:
    Embedding(settings).revoke(options.id)
    print(f"Revoked {options.id}.")
    return 0


def _date(seconds: float) -> str:
    return datetime.date.fromtimestamp(seconds).isoformat()
