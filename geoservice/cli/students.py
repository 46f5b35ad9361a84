"""``geoservice students add|list|show|check|refresh|delete``."""

import argparse
from pathlib import Path
from typing import Any

from geoservice.cli.geocode import add_columns, add_layout, layout_of, place_options
from geoservice.cli.say import note, progress, progress_over
from geoservice.model.settings import Settings
from geoservice.reference.snapshot import Reference
from geoservice.region.manifest import load_manifest
from geoservice.service.assignments import Assignments
from geoservice.service.regions import Regions
from geoservice.service.students import RecordOptions, Students
from geoservice.students.check import CHECKS
from geoservice.students.options import TYPE_ORDER
from geoservice.tables.writing import writing

_COLUMNS = (
    ("year", "the school year"), ("opt-out", "families who opted out: their rows are not read"),
    ("protected", "students of an address-confidentiality programme: kept, their address is not read"),
    ("no-fixed-address", "students without a fixed address: kept, their address is not read"),
    ("reported-zone", "the zone that the file states, for `students check`"),
    ("address-type", "the type of an address, where a student has several rows"),
    ("valid-from", "the first day of an address"), ("valid-to", "the last day of an address"),
)  # fmt: skip


def add_commands(commands: Any) -> None:
    """Add the command group."""
    group = commands.add_parser("students", help="data sets of students, protected")
    actions = group.add_subparsers(required=True, metavar="ACTION")
    _add_add(actions.add_parser("add", help="place the students of a file and keep them"))
    actions.add_parser("list", help="all data sets").set_defaults(run=_list)
    show = _named(actions.add_parser("show", help="counts of a data set"))
    show.set_defaults(run=_show)
    check = _named(actions.add_parser("check", help="how good the assignments of a data set are"))
    _add_listing(check, "assignment check", "rows in doubt or at odds")
    check.set_defaults(run=_check)
    refresh = _named(actions.add_parser("refresh", help="assign a data set to the region as it is now"))  # fmt: skip
    _add_listing(refresh, "new assignment", "rows whose zone or school of right changed")
    refresh.add_argument("--dry-run", action="store_true", help="only tell what would change")
    refresh.set_defaults(run=_refresh)
    delete = _named(
        actions.add_parser("delete", help="delete a data set, with a certificate"), needed=True
    )
    delete.set_defaults(run=_delete)


def _add_add(add: argparse.ArgumentParser) -> None:
    add.add_argument("file", metavar="FILE", help="file, or - for CSV on standard input")
    for name in ("region", "name", "owner", "agreement"):
        add.add_argument(f"--{name}", required=True)
    add.add_argument("--expires", metavar="DATE", required=True, help="the last day it is kept")
    add_columns(add)
    for option, what in _COLUMNS:
        add.add_argument(f"--{option}", metavar="COL", help=f"column that tells {what}")
    for option in ("subgroup", "programme"):
        add.add_argument(f"--{option}", metavar="COL", action="append", default=[],
                         help=f"column of a listed {option}; may be given again")  # fmt: skip
    add.add_argument("--school-year", metavar="YEAR", help="the school year of rows that name none")
    add.add_argument("--as-of", metavar="DATE", help="the day for which an address is taken; else 1 October of the year")  # fmt: skip
    add.add_argument("--type-order", metavar="TYPES", default=",".join(TYPE_ORDER),
                     help="types of addresses, the one to take first")  # fmt: skip
    add.add_argument("--encoding", metavar="NAME", help="of a text file; told by itself")
    add_layout(add)
    add.add_argument("--replace", action="store_true", help="replace a data set of that name")
    add.add_argument("--problems", metavar="OUT", type=Path, help="write every row with a problem: row, problem, meaning")  # fmt: skip
    add.set_defaults(run=_add)


def _named(action: argparse.ArgumentParser, *, needed: bool = False) -> argparse.ArgumentParser:
    action.add_argument("--region", metavar="R", required=True)
    action.add_argument(
        "--name", required=needed, default="", help="where the region has several data sets"
    )
    return action


def _add_listing(action: argparse.ArgumentParser, purpose: str, what: str) -> None:
    action.add_argument("-o", "--output", metavar="OUT", type=Path, help=f"write the {what}; it is recorded")  # fmt: skip
    action.add_argument("--purpose", default=purpose, help="why rows are listed, for the record of disclosures")  # fmt: skip


def _add(options: argparse.Namespace, settings: Settings) -> int:
    reference = Regions(settings, note).open(options.region)
    about = {key: getattr(options, key) for key in ("owner", "agreement", "expires")}
    columns = {name.replace("-", "_"): getattr(options, name.replace("-", "_")) for name, _ in _COLUMNS}  # fmt: skip
    records = RecordOptions(
        **columns, school_year=options.school_year, as_of=options.as_of,
        subgroups=tuple(options.subgroup), programmes=tuple(options.programme),
        type_order=tuple(options.type_order.split(",")),
    )  # fmt: skip
    students = Students(settings, note)
    with writing(options.problems) as write:
        added = students.take(
            Path(options.file), options.name, place_options(options), reference, about,
            records=records, replace=options.replace, encoding=options.encoding,
            layout=layout_of(options), told=progress,
        )  # fmt: skip
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
    for one in Students(settings, note).list():
        stale = one["snapshot"] != now.get(one["region"], one["snapshot"])
        later = "  (the region has changed since: geoservice students refresh)" if stale else ""
        print(f"{one['region']}  {one['name']}  {one['rows']} rows  {', '.join(one['years'])}  "
              f"{one['owner']}  {one['agreement']}  expires {one['expires']}{later}")  # fmt: skip
    return 0


def _check(options: argparse.Namespace, settings: Settings) -> int:
    reference = _reference(options, settings)
    with writing(options.output) as write:
        found = Assignments(settings, note).check(
            options.name, reference, purpose=options.purpose, list_rows=options.output is not None
        )
        write(found.rows)
    for code, count in found.counts.items():
        print(f"{count:>9,}  {code:<32}{CHECKS[code]}")
    if found.compared:
        print(f"{found.compared:>9,}  rows state a zone that could be compared")
    return 0


def _refresh(options: argparse.Namespace, settings: Settings) -> int:
    reference = _reference(options, settings)
    assignments, given = Assignments(settings, note), {"purpose": options.purpose}
    is_listed = options.output is not None
    if is_listed:  # The list stands on the disk before what it tells of is gone.
        with writing(options.output) as write:
            write(assignments.refresh(options.name, reference, **given, list_rows=True, keep=False))
    keep = not options.dry_run
    moved = assignments.refresh(options.name, reference, **given, list_rows=False, keep=keep)
    zones = moved.filter(moved["zone_before"].ne_missing(moved["zone_after"]))
    schools = moved.filter(moved["school_before"].ne_missing(moved["school_after"]))
    done = "would change" if options.dry_run else "changed"
    print(f"The zone of {len(zones):,} students {done}, the school of right of {len(schools):,} "
          f"(snapshot {reference.snapshot}).")  # fmt: skip
    return 0


def _delete(options: argparse.Namespace, settings: Settings) -> int:
    _print_certificate(Students(settings, note).delete(_region_id(options, settings), options.name))
    return 0


def _reference(options: argparse.Namespace, settings: Settings) -> Reference:
    return Regions(settings, note).open(options.region)


def _region_id(options: argparse.Namespace, settings: Settings) -> str:
    """The id of a region named by its folder or by its id, which may no longer be registered."""
    folder = Path(options.region)
    return load_manifest(folder).info.id if folder.is_dir() else str(options.region)


def _print_counts(about: dict[str, Any]) -> None:
    for key in ("region", "name", "owner", "agreement", "expires", "added", "snapshot", "version"):
        print(f"{key:<12}{about[key]}")
    print(f"{'rows':<12}{about['rows']:,}, {about['matched']:,} matched, {about['opted_out']:,} more opted out")  # fmt: skip
    for key in ("by_year", "by_match", "by_reason"):
        for value, count in about[key].items():
            print(f"  {key.removeprefix('by_'):<8}{value:<20}{count:>10,}")
    for one in about["problems"]:
        more = ", …" if one["count"] > len(one["rows"]) else ""
        rows = ("rows " if one["count"] > 1 else "row ") + ", ".join(map(str, one["rows"])) + more
        print(f"  {one['count']:,} {one['code']}: {one['meaning']}" + (f" [{rows}]" if one["rows"] else ""))  # fmt: skip


def _print_certificate(certificate: dict[str, Any]) -> None:
    removed = ", ".join(f"{count} {kind}" for kind, count in certificate["removed"].items())
    print(f"Certificate of deletion {certificate['certificate']}")
    print(f"  data set   {certificate['region']}/{certificate['name']} ({certificate['reason']})")
    print(f"  deleted    {certificate['deleted']}")
    print(f"  students   {certificate['rows']} rows, years {', '.join(certificate['years'] or ())}")
    print(f"  sha256     {certificate['sha256']}")
    print(f"  removed    {removed}")
    print(f"  written to {certificate['file']}")
