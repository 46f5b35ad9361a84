"""``geoservice release audit``."""

import argparse
from pathlib import Path
from typing import Any

from geoservice.cli.say import note
from geoservice.model.settings import Settings
from geoservice.service.measures import Measures
from geoservice.service.regions import Regions
from geoservice.service.releases import Audited, audited
from geoservice.tables.writing import writing


def add_commands(commands: Any) -> None:
    """Add the command group."""
    group = commands.add_parser("release", help="what public figures hide, and whether that holds")
    actions = group.add_subparsers(required=True, metavar="ACTION")
    audit = actions.add_parser("audit", help="what a reader could work out of all public figures")
    audit.add_argument("--region", metavar="R", required=True)
    audit.add_argument("--students", metavar="DATASET", default="")
    audit.add_argument("-o", "--output", metavar="FILE", help="every interval, as a table")
    audit.set_defaults(run=_audit)


def _audit(options: argparse.Namespace, settings: Settings) -> int:
    reference = Regions(settings, note).open(options.region)
    output = Path(options.output) if options.output else None
    with writing(output) as write:
        found = audited(Measures(settings).release(reference, options.students))
        write(found.findings)
    for line in _report(found, reference.info.min_n):
        print(line)
    return 0


def _report(found: Audited, min_n: int) -> list[str]:
    """The cost of each table and whether the audit holds; numbers of lines and students, never a hidden number."""
    lines = [f"{'tables':34} {'lines':>6} {'hidden':>7} {'students in shown lines':>24}"]
    for tables in found.cost["tables"].unique(maintain_order=True):
        some = found.cost.filter(tables=tables)
        kept = f"{found.kept_share(tables):.1%}"
        lines.append(f"{tables:34} {some['lines'].sum():>6} {some['hidden'].sum():>7} {kept:>24}")  # fmt: skip
    asked = len(found.findings)
    lines.append(f"{asked} lines and groups were asked of; {len(found.failed)} lie in less than {min_n} students.")  # fmt: skip
    failed = sorted(set(found.failed["tables"]))
    return [
        *lines,
        f"Not released, as the audit fails: {', '.join(failed)}." if failed else "The audit holds.",
    ]
