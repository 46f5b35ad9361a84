"""``geoservice geocode``."""

import argparse
import gc
import sys
from pathlib import Path
from typing import Any

import orjson

from geoservice.cli.arguments import add_region
from geoservice.cli.progress import LINE, line_count
from geoservice.cli.remote_files import is_remote, local_files
from geoservice.cli.say import note, progress, summary
from geoservice.errors import InputError
from geoservice.model.roles import ROLES
from geoservice.model.settings import Settings
from geoservice.placing.options import LINES, PlaceOptions
from geoservice.service.census import geocode_census_file
from geoservice.service.geocode_task import GeocodeTask
from geoservice.service.geocoding import ReviewFiles, explain_addresses, geocode_file
from geoservice.service.large_files import is_large
from geoservice.service.progress import Progress
from geoservice.service.provider import Provider, provider_of
from geoservice.service.regions import Regions
from geoservice.tables.layout import TableLayout, header_row_of

_OBJECTS_PER_COLLECTION = 100_000
_CONTENTS = {
    "address": "the whole address, such as 123 N Main St Apt 4, Springfield, IL 62701",
    "street": "the street line, such as 123 N Main St, in place of --address",
    "city": "the city or town",
    "state": "the state, such as IL",
    "zip": "the ZIP code, such as 62701 or 62701-1234",
    "grade": "the grade, such as KG or 05; needed for zones and schools",
    "school": "the school that the student attends, by id or name",
    "id": "the id of a row, which the result keeps",
}
"""Content of a column by its role."""
_JOINED = '; an address in parts has several columns, as in "House Number + Street + Apt"'


def add_commands(commands: Any) -> None:
    """Add the command."""
    command = commands.add_parser("geocode")
    command.add_argument(
        "input", metavar="IN", nargs="?", help="file, or - for CSV on standard input"
    )
    command.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        help="file, - for CSV, postgresql:TABLE, or an object such as s3://bucket/file.csv",
    )
    add_region(command)
    add_columns(command)
    _add_review(command)
    _add_run(command)
    command.add_argument("--replace", action="store_true", help="replace earlier result columns")
    command.add_argument(
        "--excel", action="store_true", help='write cells with leading zeros as ="00123"'
    )
    command.add_argument(
        "--encoding",
        metavar="NAME",
        help="encoding of a text file, such as cp1252 (default: detected)",
    )
    add_layout(command)
    command.add_argument(
        "--explain",
        metavar="-",
        choices=["-"],
        help="explain the match of a single address from standard input",
    )
    command.set_defaults(run=_run)


def _add_review(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--allow",
        metavar="KINDS",
        default="",
        help="street, zip or street,zip: also match to a whole street or ZIP, which gives no zone",
    )
    command.add_argument(
        "--review",
        metavar="OUT",
        type=Path,
        help="write the rows that need review, with candidates and an empty column `use`",
    )
    command.add_argument(
        "--overrides",
        metavar="FILE",
        type=Path,
        help="a review with its column `use` filled in; its decisions take precedence",
    )


def _add_run(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--workers",
        metavar="N",
        type=int,
        default=1,
        help="number of processes; useful for large files with four processors or more "
        "(default: 1)",
    )
    command.add_argument(
        "--scheduler",
        metavar="tcp://HOST:PORT",
        help="place the rows on a Dask cluster whose workers see the data folder",
    )
    command.add_argument(
        "--resume",
        action="store_true",
        help="continue an interrupted run of the same command; runs with this option, and files "
        "of more than a million rows, keep their progress",
    )
    command.add_argument(
        "--retry",
        action="store_true",
        help="IN is an earlier result: place its rows without a match again, by the region as it "
        "is now; all other rows stay",
    )
    command.add_argument(
        "--format",
        choices=["census"],
        help="census: read and write the Census batch format, without a header",
    )


def add_columns(command: argparse.ArgumentParser) -> None:
    """Add the options that name columns."""
    for role in ROLES:
        content = _CONTENTS[role]
        joined = _JOINED if role in LINES else ""
        command.add_argument(f"--{role}", metavar="COL", help=f"column with {content}{joined}")


def add_layout(command: argparse.ArgumentParser) -> None:
    """Add the options that give the position of the table in its file."""
    command.add_argument(
        "--header-row", metavar="N", help="row of the header, counted from 1 (default: detected)"
    )
    command.add_argument(
        "--sheet",
        metavar="NAME",
        help="sheet of a workbook: its name, or its number from 1 (default: detected)",
    )


def layout_of(options: argparse.Namespace) -> TableLayout:
    """Return the position of the table in its file, from the options."""
    return TableLayout(header_row_of(options.header_row), options.sheet)


def place_options(options: argparse.Namespace) -> PlaceOptions:
    """Return the options that name columns."""
    named = {column: getattr(options, column) for column in ROLES}
    allow = tuple(filter(None, getattr(options, "allow", "").split(",")))
    replaces = getattr(options, "replace", False) or getattr(options, "retry", False)
    return PlaceOptions(**named, replace=replaces, allow=allow)


def _run(options: argparse.Namespace, settings: Settings) -> int:
    if options.explain:
        return _explain(options, settings)
    if options.input is None or options.output is None:
        raise InputError("Name the input file, and the output with -o.")
    if not is_remote(options):
        return _geocode(options, settings)
    with local_files(options, settings) as local:
        return _geocode(local, settings)


def _geocode(options: argparse.Namespace, settings: Settings) -> int:
    """Geocode a file of this machine into another file."""
    source, target = Path(options.input), Path(options.output)
    if options.output != "-" and source.exists() and target.exists() and source.samefile(target):
        raise InputError("The result would overwrite the input. Name another file with -o.")
    reference = Regions(settings, note).open(options.region)
    LINE.expect(line_count(source))
    _collect_seldom()
    if options.format == "census":
        summary(geocode_census_file(source, target, reference, progress))
        return 0
    if _goes_in_steps(options, source, provider_of(settings)):
        # The state database takes a third of a second to load, and few runs need it.
        from geoservice.service.large_runs import LargeRuns

        runs = LargeRuns(settings, note, progress)
        summary(runs.geocode(_task(options), reference, resume=options.resume))
        return 0
    run = geocode_file(
        _task(options),
        reference,
        review=ReviewFiles(options.review, options.overrides),
        provider=provider_of(settings),
        progress=Progress(note, progress),
    )
    summary(run)
    return 0


def _goes_in_steps(options: argparse.Namespace, source: Path, provider: Provider | None) -> bool:
    """Return True if the run records its progress in the ledger.

    Raises
    ------
    InputError
        If ``--resume`` is combined with an option that needs a run without interruption.
    """
    in_one_go = {
        "--review": options.review,
        "--overrides": options.overrides,
        "--retry": options.retry,
        "GEOSERVICE_PROVIDER": provider,
        "standard input or output": "-" in (options.input, options.output),
    }
    used = [name for name, value in in_one_go.items() if value]
    is_tls = (options.scheduler or "").startswith("tls://")
    if (options.resume or is_tls) and used:
        named = "--resume" if options.resume else "A scheduler by tls://"
        raise InputError(f"{named} cannot be combined with {used[0]}. Leave out either of them.")
    return options.resume or is_tls or (not used and is_large(source))


def _task(options: argparse.Namespace) -> GeocodeTask:
    return GeocodeTask(
        Path(options.input),
        Path(options.output),
        place_options(options),
        options.excel,
        options.encoding,
        layout_of(options),
        options.workers,
        options.scheduler or "",
        options.retry,
    )


def _collect_seldom() -> None:
    """Run the garbage collector less often.

    A run caches many parsed addresses without reference cycles. The search for cycles among them
    would take a tenth of the time.
    """
    gc.freeze()
    gc.set_threshold(_OBJECTS_PER_COLLECTION)


def _explain(options: argparse.Namespace, settings: Settings) -> int:
    """Print the explanation of an address.

    The address comes from standard input, because other users can see command-line arguments.
    """
    line = sys.stdin.readline().rstrip("\r\n")
    address = {"address": line, "grade": options.grade}
    reference = Regions(settings, note).open(options.region)
    (story,) = explain_addresses([address], reference)
    print(orjson.dumps(story, option=orjson.OPT_INDENT_2).decode())
    return 0
