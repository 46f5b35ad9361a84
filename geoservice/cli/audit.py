"""``geoservice audit list|verify|student``."""

import argparse
import sys
from collections.abc import Iterable
from typing import Any

from geoservice.cli.say import note
from geoservice.errors import ReferenceDataError
from geoservice.model.counted import counted
from geoservice.model.settings import Settings
from geoservice.service.audit import Disclosures
from geoservice.state.audit import Disclosure


def add_commands(commands: Any) -> None:
    """Add the command group."""
    group = commands.add_parser("audit")
    actions = group.add_subparsers(required=True, metavar="ACTION")
    actions.add_parser("list", help="all disclosures, oldest first").set_defaults(run=_list)
    actions.add_parser("verify", help="verify the hash chain").set_defaults(run=_verify)
    student = actions.add_parser("student", help="all disclosures about a student")
    student.add_argument(
        "id",
        metavar="ID",
        nargs="?",
        default="-",
        help="the student's id; - reads it from standard input, which other users cannot see",
    )
    student.set_defaults(run=_student)


def _list(_: argparse.Namespace, settings: Settings) -> int:
    _print(Disclosures(settings).list())
    return 0


def _verify(_: argparse.Namespace, settings: Settings) -> int:
    verdict = Disclosures(settings).verify()
    for fault in verdict.faults:
        print(f"error    {fault}")
    entries = counted(verdict.entries, "entry", "entries")
    print(f"{entries}, {counted(len(verdict.faults), 'fault')}, last {verdict.head}")
    return ReferenceDataError.exit_status if verdict.faults else 0


def _student(options: argparse.Namespace, settings: Settings) -> int:
    text = sys.stdin.readline() if options.id == "-" else options.id
    disclosures = Disclosures(settings).touching(text)
    _print(disclosures)
    note(f"{counted(len(disclosures), 'disclosure')} touched this student.")
    return 0


def _print(entries: Iterable[Disclosure]) -> None:
    for entry in entries:
        print(
            "  ".join(
                map(
                    _one_line,
                    (
                        str(entry.number),
                        entry.time,
                        entry.who,
                        entry.role,
                        entry.purpose,
                        entry.endpoint,
                        entry.region,
                        entry.filters,
                        entry.data_version,
                        f"{counted(entry.students, 'student')} {entry.student_set[:16]}",
                    ),
                )
            )
        )


def _one_line(text: str) -> str:
    """Return a text on a single line, without control characters.

    A purpose with line breaks could otherwise look like an entry of its own.
    """
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
