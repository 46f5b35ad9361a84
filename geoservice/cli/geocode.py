"""``geoservice geocode``."""

import argparse
import gc
import sys
from pathlib import Path
from typing import Any

import orjson

from geoservice.cli.say import note, progress, summary
from geoservice.errors import InputError
from geoservice.model.settings import Settings
from geoservice.placing.options import PlaceOptions
from geoservice.service.census import geocode_census_file
from geoservice.service.geocoding import explain_addresses, geocode_file
from geoservice.service.provider import provider_of
from geoservice.service.regions import Regions
from geoservice.tables.layout import Layout, header_row_of

_OBJECTS_PER_COLLECTION = 100_000
_COLUMNS = ("address", "street", "city", "state", "zip", "grade", "school", "id")


def add_commands(commands: Any) -> None:
    """Add the command."""
    command = commands.add_parser("geocode", help="geocode a file and join zones and ratings")
    command.add_argument(
        "input", metavar="IN", nargs="?", help="file, or - for CSV on standard input"
    )
    command.add_argument("-o", "--output", metavar="OUT")
    command.add_argument("--region", metavar="R", required=True, help="folder or registered id")
    add_columns(command)
    command.add_argument("--allow", metavar="KINDS", default="",
                         help="street,zip: also match to whole streets or ZIPs (no zone is given)")  # fmt: skip
    command.add_argument("--review", metavar="OUT", type=Path,
                         help="write rows that want a look, with candidates and an empty column `use`")  # fmt: skip
    command.add_argument("--overrides", metavar="FILE", type=Path,
                         help="a review with its column `use` filled in; what it says wins")  # fmt: skip
    command.add_argument("--workers", metavar="N", type=int, default=1,
                         help="processes; worth it for large files on four processors or more")  # fmt: skip
    command.add_argument("--scheduler", metavar="tcp://HOST:PORT",
                         help="a Dask cluster whose workers see the data folder")  # fmt: skip
    command.add_argument("--format", choices=["census"],
                         help="census: read and write the Census batch format, without a header")  # fmt: skip
    command.add_argument("--replace", action="store_true", help="write result columns anew")
    command.add_argument("--excel", action="store_true",
                         help='write cells with leading zeros as ="00123"')  # fmt: skip
    command.add_argument("--encoding", metavar="NAME", help="of a text file; told by itself")
    add_layout(command)
    command.add_argument("--explain", metavar="-", choices=["-"],
                         help="say why one address, given on standard input, is matched as it is")  # fmt: skip
    command.set_defaults(run=_run)


def add_columns(command: argparse.ArgumentParser) -> None:
    """Add the options that name columns."""
    for column in _COLUMNS:
        command.add_argument(f"--{column}", metavar="COL")


def add_layout(command: argparse.ArgumentParser) -> None:
    """Add the options that say where in its file the table lies."""
    command.add_argument("--header-row", metavar="N", help="row of the header; found by itself")
    command.add_argument("--sheet", metavar="NAME",
                         help="sheet of a workbook, by name or number; found by itself")  # fmt: skip


def layout_of(options: argparse.Namespace) -> Layout:
    """The options that say where the table lies, as one value."""
    return Layout(header_row_of(options.header_row), options.sheet)


def place_options(options: argparse.Namespace) -> PlaceOptions:
    """The options that name columns, as one value."""
    named = {column: getattr(options, column) for column in _COLUMNS}
    allow = tuple(filter(None, getattr(options, "allow", "").split(",")))
    return PlaceOptions(**named, replace=getattr(options, "replace", False), allow=allow)


def _run(options: argparse.Namespace, settings: Settings) -> int:
    if options.explain:
        return _explain(options, settings)
    if options.input is None or options.output is None:
        raise InputError("Name the input file, and the output with -o.")
    source, target = Path(options.input), Path(options.output)
    if options.output != "-" and source.exists() and target.exists() and source.samefile(target):
        raise InputError("The result would overwrite the input. Name another file with -o.")
    reference = Regions(settings, note).open(options.region)
    _collect_seldom()
    if options.format == "census":
        summary(geocode_census_file(source, target, reference, progress))
        return 0
    run = geocode_file(
        source, target, place_options(options), reference,
        excel=options.excel, encoding=options.encoding, layout=layout_of(options), review_to=options.review,
        overrides=options.overrides, provider=provider_of(settings),
        workers=options.workers, scheduler=options.scheduler, say=note, told=progress,
    )  # fmt: skip
    summary(run)
    return 0


def _collect_seldom() -> None:
    """The readings that a run remembers are many and hold no cycles: to look for those takes a tenth."""
    gc.freeze()
    gc.set_threshold(_OBJECTS_PER_COLLECTION)


def _explain(options: argparse.Namespace, settings: Settings) -> int:
    """An address on a command line is visible to others, so it is read from standard input."""
    line = sys.stdin.readline().rstrip("\r\n")
    address = {"address": line, "grade": options.grade}
    reference = Regions(settings, note).open(options.region)
    (story,) = explain_addresses([address], reference)
    print(orjson.dumps(story, option=orjson.OPT_INDENT_2).decode())
    return 0
