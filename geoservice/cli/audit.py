"""``geoservice audit list|verify|student``."""

import argparse
import sys
from collections.abc import Iterable
from typing import Any

from geoservice.cli.say import note
from geoservice.errors import ReferenceDataError
from geoservice.model.settings import Settings
from geoservice.service.audit import Disclosures
from geoservice.state.audit import Disclosure


def add_commands(commands: Any) -> None:
    """Add the command group."""
    group = commands.add_parser("audit", help="the record of disclosures")
    actions = group.add_subparsers(required=True, metavar="ACTION")
    actions.add_parser("list", help="all disclosures, oldest first").set_defaults(run=_list)
    actions.add_parser("verify", help="follow the chain from its start").set_defaults(run=_verify)
    student = actions.add_parser("student", help="the disclosures that touched a student")
    student.add_argument("id", metavar="ID", nargs="?", default="-", help="the student's id; - reads it from standard input, where others cannot see it")  # fmt: skip
    student.set_defaults(run=_student)


def _list(_: argparse.Namespace, settings: Settings) -> int:
    _print(Disclosures(settings).list())
    return 0


def _verify(_: argparse.Namespace, settings: Settings) -> int:
    verdict = Disclosures(settings).verify()
    for fault in verdict.faults:
        print(f"error    {fault}")
    print(f"{verdict.entries} entries, {len(verdict.faults)} faults, last {verdict.head}")
    return ReferenceDataError.exit_status if verdict.faults else 0


def _student(options: argparse.Namespace, settings: Settings) -> int:
    text = sys.stdin.readline() if options.id == "-" else options.id
    found = Disclosures(settings).touching(text)
    _print(found)
    note(f"{len(found)} disclosures touched this student.")
    return 0


def _print(entries: Iterable[Disclosure]) -> None:
    for one in entries:
        print("  ".join(map(_one_line, (
            str(one.number), one.time, one.who, one.role, one.purpose, one.endpoint, one.region,
            one.filters, one.data_version, f"{one.students} students {one.student_set[:16]}",
        ))))  # fmt: skip


def _one_line(text: str) -> str:
    """Text without what could end a line or move the cursor: a purpose must not look like an entry of its own."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
