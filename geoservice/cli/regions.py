"""``geoservice region init|check|build|accuracy|blocks|fetch``."""

import argparse
from pathlib import Path
from typing import Any

from geoservice.cli.say import note
from geoservice.errors import ReferenceDataError
from geoservice.model.counted import counted
from geoservice.model.layers import Finding
from geoservice.model.settings import Settings
from geoservice.service.blocks import FILE, write_blocks
from geoservice.service.first_manifest import init_region
from geoservice.service.regions import Regions


def add_commands(commands: Any) -> None:
    """Add the command group."""
    group = commands.add_parser("region")
    actions = group.add_subparsers(required=True, metavar="ACTION")
    files, region = "folder of the district's files", "the region: its folder or registered id"
    for name, run, text, folder in (
        ("init", _init, "write a first region.toml from the files of a folder", files),
        ("check", _check, "print the quality report", region),
        ("build", _build, "build the reference snapshot and register the region", region),
        (
            "accuracy",
            _accuracy,
            "measure the ranges against the region's own address points",
            region,
        ),
        ("blocks", _blocks, "make planning blocks from streets and zones", region),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("folder", metavar="FOLDER", help=folder)
        action.set_defaults(run=run)
    fetch = actions.add_parser("fetch", help="write a table of PostGIS as a layer of a region")
    fetch.add_argument(
        "table",
        metavar="postgresql:TABLE",
        help="table of the database that GEOSERVICE_POSTGIS names, such as "
        "postgresql:public.schools",
    )
    fetch.add_argument(
        "-o",
        "--output",
        metavar="FILE.gpkg",
        required=True,
        help="GeoPackage to write, in the region's folder",
    )
    fetch.set_defaults(run=_fetch)
    actions.choices["init"].add_argument(
        "--replace", action="store_true", help="overwrite an existing region.toml"
    )
    blocks = actions.choices["blocks"]
    blocks.add_argument(
        "--students",
        type=int,
        default=25,
        metavar="N",
        help="minimum number of students per block (default: 25)",
    )
    blocks.add_argument(
        "--replace", action="store_true", help="replace blocks that this command made"
    )


def _init(options: argparse.Namespace, _: Settings) -> int:
    for line in init_region(Path(options.folder), replace=options.replace):
        print(line)
    return 0


def _fetch(options: argparse.Namespace, settings: Settings) -> int:
    # The driver takes a tenth of a second to load, and few runs need it.
    from geoservice.tables.postgis import PostgisTable
    from geoservice.tables.postgis_layer import fetch_layer

    table = PostgisTable.of(options.table, settings.operations.postgis)
    rows = fetch_layer(table, Path(options.output))
    print(f"{counted(rows, 'feature')}.")
    return 0


def _check(options: argparse.Namespace, settings: Settings) -> int:
    findings = Regions(settings, note).check(options.folder)
    for finding in findings:
        print(finding.sentence if finding.code == "read" else _line(finding))
    errors = [finding for finding in findings if finding.severity == "error"]
    notes = [finding for finding in findings if finding.severity == "note"]
    others = len(findings) - len(errors) - len(notes)
    repairs = counted(others, "warning or repair", "warnings and repairs")
    print(f"{counted(len(errors), 'error')}, {repairs}.")
    return ReferenceDataError.exit_status if errors else 0


def _build(options: argparse.Namespace, settings: Settings) -> int:
    reference = Regions(settings, note).open(options.folder)
    for finding in reference.findings():
        note(_line(finding))
    print(f"{reference.info.id}: snapshot {reference.snapshot}")
    errors = any(finding.severity == "error" for finding in reference.findings())
    return ReferenceDataError.exit_status if errors else 0


def _accuracy(options: argparse.Namespace, settings: Settings) -> int:
    regions = Regions(settings, note)
    accuracies = regions.accuracy(options.folder)
    learnt = regions.open(options.folder).learnt
    origin = f"learnt from {counted(learnt.points, 'point')}" if learnt.points else "the default"
    print(f"offset {learnt.offset_m:g} m, inset {learnt.inset_m:g} m ({origin})")
    print(
        f"{'match':<26}{'points':>10}{'matched':>9}{'median':>9}{'p90':>9}{'p99':>9}"
        f"{'in 95%':>9}{'wrong zone':>12}"
    )
    for kind in accuracies:
        print(
            f"{kind.kind:<26}{kind.points:>10,}{kind.matched / kind.points:>9.2%}"
            f"{kind.median_m:>7.1f} m{kind.p90_m:>7.1f} m{kind.p99_m:>7.1f} m"
            f"{kind.within_uncertainty:>9.1%}{kind.wrong_zone:>12.2%}"
        )
    return 0


def _blocks(options: argparse.Namespace, settings: Settings) -> int:
    regions = Regions(settings, note)
    reference, folder = regions.open(options.folder), regions.folder(options.folder)
    count, basis = write_blocks(
        reference, folder, options.students, settings, replace=options.replace
    )
    blocks = counted(count, "planning block")
    print(f"{blocks} by {basis}, in {FILE}; region.toml names them in [[blocks]].")
    return 0


def _line(finding: Finding) -> str:
    rows = f" [{', '.join(finding.rows)}]" if finding.rows else ""
    return f"{finding.severity:<8}{finding.dataset}: {finding.sentence}{rows}"
