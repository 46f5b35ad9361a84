"""``geoservice students add|list|show|check|refresh|delete``."""

import argparse
from pathlib import Path
from typing import Any

from geoservice.cli.arguments import add_region
from geoservice.cli.geocode import add_columns, add_layout, layout_of, place_options
from geoservice.cli.say import note, progress, progress_over
from geoservice.model.counted import counted
from geoservice.model.settings import Settings
from geoservice.reference.snapshot import Reference
from geoservice.region.manifest import load_manifest
from geoservice.service.assignments import Assignments
from geoservice.service.regions import Regions
from geoservice.service.students import RecordOptions, StudentFile, Students
from geoservice.students.check import CHECKS
from geoservice.students.options import TYPE_ORDER
from geoservice.tables.writing import writing

_COLUMNS = (
    ("year", "the school year"),
    ("opt-out", "families who opted out: their rows are not read"),
    (
        "protected",
        "students of an address-confidentiality program: stored, but their address is not read",
    ),
    ("no-fixed-address", "students without a fixed address: stored, but their address is not read"),
    ("reported-zone", "the zone according to the file, for `students check`"),
    ("address-type", "the type of an address, if a student has several rows"),
    ("valid-from", "the first day of an address"),
    ("valid-to", "the last day of an address"),
)


_DESCRIPTION = (
    ("name", "name of the data set: small letters, digits and hyphens, such as fall-2025"),
    ("owner", 'office that answers for the data, such as "Planning office"'),
    ("agreement", "agreement that allows the use of the data, such as MOU-2025-7"),
)
"""Texts that describe a data set."""


def add_commands(commands: Any) -> None:
    """Add the command group."""
    group = commands.add_parser("students")
    actions = group.add_subparsers(required=True, metavar="ACTION")
    _add_add(actions.add_parser("add", help="place the students of a file and store them"))
    actions.add_parser("list", help="all data sets").set_defaults(run=_list)
    show = _named(actions.add_parser("show", help="counts of a data set"))
    show.set_defaults(run=_show)
    check = _named(actions.add_parser("check", help="check the assignments of a data set"))
    _add_listing(check, "assignment check", "rows in doubt or at odds")
    check.set_defaults(run=_check)
    refresh = _named(
        actions.add_parser("refresh", help="assign a data set to the present zones of the region")
    )
    _add_listing(refresh, "new assignment", "rows whose zone or zoned school changed")
    refresh.add_argument(
        "--dry-run", action="store_true", help="print the changes and store nothing"
    )
    refresh.set_defaults(run=_refresh)
    delete = _named(
        actions.add_parser("delete", help="delete a data set, with a certificate"), needed=True
    )
    delete.set_defaults(run=_delete)


def _add_add(add: argparse.ArgumentParser) -> None:
    add.add_argument("file", metavar="FILE", help="file, or - for CSV on standard input")
    add_region(add)
    for name, content in _DESCRIPTION:
        add.add_argument(f"--{name}", required=True, help=content)
    add.add_argument(
        "--expires",
        metavar="DATE",
        required=True,
        help="last day of the retention period, such as 2027-06-30",
    )
    add_columns(add)
    for option, content in _COLUMNS:
        add.add_argument(f"--{option}", metavar="COL", help=f"column with {content}")
    for option in ("subgroup", "programme"):
        add.add_argument(
            f"--{option}",
            metavar="COL",
            action="append",
            default=[],
            help=f"column of a listed {option}; may be repeated",
        )
    add.add_argument(
        "--school-year", metavar="YEAR", help="school year of rows without a year, such as 2025-26"
    )
    add.add_argument(
        "--as-of",
        metavar="DATE",
        help="day on which an address must be valid, such as 2025-10-01 (default: 1 October of "
        "the school year)",
    )
    add.add_argument(
        "--type-order",
        metavar="TYPES",
        default=",".join(TYPE_ORDER),
        help="types of addresses in order of preference, separated by commas",
    )
    add.add_argument(
        "--encoding",
        metavar="NAME",
        help="encoding of a text file, such as cp1252 (default: detected)",
    )
    add_layout(add)
    add.add_argument("--replace", action="store_true", help="replace a data set of that name")
    add.add_argument(
        "--problems",
        metavar="OUT",
        type=Path,
        help="write every row that has a problem into a file: row, problem, meaning",
    )
    add.set_defaults(run=_add)


def _named(action: argparse.ArgumentParser, *, needed: bool = False) -> argparse.ArgumentParser:
    add_region(action)
    action.add_argument(
        "--name",
        required=needed,
        default="",
        help="name of the data set"
        if needed
        else "name of the data set; needed if the region has several",
    )
    return action


def _add_listing(action: argparse.ArgumentParser, purpose: str, content: str) -> None:
    action.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        type=Path,
        help=f"write the {content}: .csv, .xlsx; the disclosure is recorded",
    )
    action.add_argument(
        "--purpose",
        default=purpose,
        help=f'why the list is needed, for the record of disclosures (default: "{purpose}")',
    )


def _add(options: argparse.Namespace, settings: Settings) -> int:
    reference = Regions(settings, note).open(options.region)
    about = {key: getattr(options, key) for key in ("owner", "agreement", "expires")}
    columns = {
        name.replace("-", "_"): getattr(options, name.replace("-", "_")) for name, _ in _COLUMNS
    }
    records = RecordOptions(
        **columns,
        school_year=options.school_year,
        as_of=options.as_of,
        subgroups=tuple(options.subgroup),
        programmes=tuple(options.programme),
        type_order=tuple(options.type_order.split(",")),
    )
    students = Students(settings, note)
    path, layout = Path(options.file), layout_of(options)
    columns_named = place_options(options)
    file = StudentFile(path, columns_named, records, options.encoding, layout, is_guessed=True)
    with writing(options.problems) as write:
        added = students.take(
            file, options.name, reference, about, replace=options.replace, rows_done=progress
        )
        progress_over()
        write(added.problems.table())
    if added.replaced:
        _print_certificate(added.replaced)
    _print_counts(students.show(reference.info.id, options.name))
    return 0


def _show(options: argparse.Namespace, settings: Settings) -> int:
    _print_counts(Students(settings, note).show(_region_id(options, settings), options.name))
    return 0


def _list(_: argparse.Namespace, settings: Settings) -> int:
    regions = Regions(settings)
    now = regions.snapshots()
    for data_set in Students(settings, note).list():
        stale = data_set["snapshot"] != now.get(data_set["region"], data_set["snapshot"])
        later = "  (the region has changed since: geoservice students refresh)" if stale else ""
        print(
            f"{data_set['region']}  {data_set['name']}  {data_set['rows']} rows  "
            f"{', '.join(data_set['years'])}  {data_set['owner']}  {data_set['agreement']}  "
            f"expires {data_set['expires']}{later}"
        )
    return 0


def _check(options: argparse.Namespace, settings: Settings) -> int:
    reference = _reference(options, settings)
    with writing(options.output) as write:
        assignment_check = Assignments(settings, note).check(
            options.name, reference, purpose=options.purpose, list_rows=options.output is not None
        )
        write(assignment_check.rows)
    for code, count in assignment_check.counts.items():
        print(f"{count:>9,}  {code:<32}{CHECKS[code]}")
    if assignment_check.compared:
        print(f"{assignment_check.compared:>9,}  rows state a zone that could be compared")
    return 0


def _refresh(options: argparse.Namespace, settings: Settings) -> int:
    reference = _reference(options, settings)
    assignments, record = Assignments(settings, note), {"purpose": options.purpose}
    is_listed = options.output is not None
    if is_listed:  # Write the list first: the refresh overwrites the assignments that it compares.
        with writing(options.output) as write:
            write(
                assignments.refresh(options.name, reference, **record, list_rows=True, keep=False)
            )
    keep = not options.dry_run
    moved = assignments.refresh(options.name, reference, **record, list_rows=False, keep=keep)
    zones = moved.filter(moved["zone_before"].ne_missing(moved["zone_after"]))
    schools = moved.filter(moved["school_before"].ne_missing(moved["school_after"]))
    done = "would change" if options.dry_run else "changed"
    print(
        f"The zone of {counted(len(zones), 'student')} {done}, the zoned school of "
        f"{len(schools):,} "
        f"(snapshot {reference.snapshot})."
    )
    return 0


def _delete(options: argparse.Namespace, settings: Settings) -> int:
    _print_certificate(Students(settings, note).delete(_region_id(options, settings), options.name))
    return 0


def _reference(options: argparse.Namespace, settings: Settings) -> Reference:
    return Regions(settings, note).open(options.region)


def _region_id(options: argparse.Namespace, settings: Settings) -> str:
    """Return the id of a region from its folder or id; it need not be registered any more."""
    folder = Path(options.region)
    return load_manifest(folder).info.id if folder.is_dir() else str(options.region)


def _print_counts(about: dict[str, Any]) -> None:
    for key in ("region", "name", "owner", "agreement", "expires", "added", "snapshot", "version"):
        print(f"{key:<12}{about[key]}")
    print(
        f"{'rows':<12}{about['rows']:,}, {about['matched']:,} matched, "
        f"{about['opted_out']:,} more opted out"
    )
    for key in ("by_year", "by_match", "by_reason"):
        for value, count in about[key].items():
            print(f"  {key.removeprefix('by_'):<8}{value:<20}{count:>10,}")
    for problem in about["problems"]:
        ellipsis = ", …" if problem["count"] > len(problem["rows"]) else ""
        rows = (
            ("rows " if problem["count"] > 1 else "row ")
            + ", ".join(map(str, problem["rows"]))
            + ellipsis
        )
        print(
            f"  {problem['count']:,} {problem['code']}: {problem['meaning']}"
            + (f" [{rows}]" if problem["rows"] else "")
        )


def _print_certificate(certificate: dict[str, Any]) -> None:
    removed = ", ".join(f"{count} {kind}" for kind, count in certificate["removed"].items())
    print(f"Certificate of deletion {certificate['certificate']}")
    print(f"  data set   {certificate['region']}/{certificate['name']} ({certificate['reason']})")
    print(f"  deleted    {certificate['deleted']}")
    print(f"  students   {certificate['rows']} rows, years {', '.join(certificate['years'] or ())}")
    print(f"  sha256     {certificate['sha256']}")
    print(f"  removed    {removed}")
    print(f"  written to {certificate['file']}")
