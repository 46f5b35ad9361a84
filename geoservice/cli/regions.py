"""``geoservice region init|check|build|accuracy|blocks``."""

import argparse
from pathlib import Path
from typing import Any

from geoservice.cli.say import note
from geoservice.errors import ReferenceDataError
from geoservice.model.layers import Finding
from geoservice.model.settings import Settings
from geoservice.service.blocks import FILE, write_blocks
from geoservice.service.first_manifest import init_region
from geoservice.service.regions import Regions


def add_commands(commands: Any) -> None:
    """Add the command group."""
    group = commands.add_parser("region", help="describe, check and build a region's folder")
    actions = group.add_subparsers(required=True, metavar="ACTION")
    for name, run, text in (
        ("init", _init, "write region.toml by looking at the files"),
        ("check", _check, "print the quality report"),
        ("build", _build, "build the reference snapshot and register the region"),
        ("accuracy", _accuracy, "judge the ranges by the region's own address points"),
        ("blocks", _blocks, "make planning blocks from streets and zones"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("folder", metavar="FOLDER")
        action.set_defaults(run=run)
    actions.choices["init"].add_argument("--replace", action="store_true",
                                         help="overwrite a region.toml that is there")  # fmt: skip
    blocks = actions.choices["blocks"]
    blocks.add_argument("--students", type=int, default=25, metavar="N",
                        help="students that a block holds at least")  # fmt: skip
    blocks.add_argument("--replace", action="store_true", help="make blocks of this command anew")


def _init(options: argparse.Namespace, _: Settings) -> int:
    for line in init_region(Path(options.folder), replace=options.replace):
        print(line)
    return 0


def _check(options: argparse.Namespace, settings: Settings) -> int:
    findings = Regions(settings, note).check(options.folder)
    for finding in findings:
        print(finding.message if finding.code == "read" else _line(finding))
    errors = [one for one in findings if one.severity == "error"]
    notes = [one for one in findings if one.severity == "note"]
    others = len(findings) - len(errors) - len(notes)
    print(f"{len(errors)} errors, {others} warnings and repairs.")
    return ReferenceDataError.exit_status if errors else 0


def _build(options: argparse.Namespace, settings: Settings) -> int:
    reference = Regions(settings, note).open(options.folder)
    for finding in reference.findings():
        note(_line(finding))
    print(f"{reference.info.id}: snapshot {reference.snapshot}")
    errors = any(one.severity == "error" for one in reference.findings())
    return ReferenceDataError.exit_status if errors else 0


def _accuracy(options: argparse.Namespace, settings: Settings) -> int:
    regions = Regions(settings, note)
    found = regions.accuracy(options.folder)
    learnt = regions.open(options.folder).learnt
    origin = f"learnt from {learnt.points:,} points" if learnt.points else "the default"
    print(f"offset {learnt.offset_m:g} m, inset {learnt.inset_m:g} m ({origin})")
    print(f"{'match':<26}{'points':>10}{'matched':>9}{'median':>9}{'p90':>9}{'p99':>9}"
          f"{'in 95%':>9}{'wrong zone':>12}")  # fmt: skip
    for one in found:
        print(f"{one.kind:<26}{one.points:>10,}{one.matched / one.points:>9.2%}{one.median_m:>7.1f} m"
              f"{one.p90_m:>7.1f} m{one.p99_m:>7.1f} m{one.within_uncertainty:>9.1%}{one.wrong_zone:>12.2%}")  # fmt: skip
    return 0


def _blocks(options: argparse.Namespace, settings: Settings) -> int:
    regions = Regions(settings, note)
    reference, folder = regions.open(options.folder), regions.folder(options.folder)
    count, counted = write_blocks(
        reference, folder, options.students, settings, replace=options.replace
    )
    print(f"{count} planning blocks by {counted}, in {FILE}; region.toml names them in [[blocks]].")
    return 0


def _line(finding: Finding) -> str:
    rows = f" [{', '.join(finding.rows)}]" if finding.rows else ""
    return f"{finding.severity:<8}{finding.dataset}: {finding.count} {finding.message}{rows}"
