"""``geoservice release audit``."""

import argparse
from typing import Any

from geoservice.cli.arguments import add_region
from geoservice.cli.say import note
from geoservice.model.region import EXACT_WARNING
from geoservice.model.settings import Settings
from geoservice.release.audit import Utility
from geoservice.release.protected_counts import Protection
from geoservice.release.rules import protection_of
from geoservice.service.measures import Measures
from geoservice.service.regions import Regions
from geoservice.service.release_audit import Attacks, attacked, utilities


def add_commands(commands: Any) -> None:
    """Add the command group."""
    group = commands.add_parser("release")
    actions = group.add_subparsers(required=True, metavar="ACTION")
    audit = actions.add_parser("audit", help="utility and disclosure risk of all public figures")
    add_region(audit)
    audit.add_argument(
        "--students",
        metavar="DATASET",
        default="",
        help="data set of students, by its name (default: all stored data sets)",
    )
    audit.set_defaults(run=_audit)


def _audit(options: argparse.Namespace, settings: Settings) -> int:
    reference = Regions(settings, note).open(options.region)
    ground = Measures(settings).ground(reference, options.students)
    protection = protection_of(reference.info)
    for line in _rules(protection):
        print(line)
    print(
        f"{'figure':18} {'by':20} {'lines':>6} {'shown':>6} {'students':>9} {'mean error':>11} "
        f"{'largest':>8}"
    )
    for figure in utilities(ground):
        print(_line(figure))
    for line in _attacks(attacked(ground, protection)):
        print(line)
    return 0


def _rules(protection: Protection) -> list[str]:
    if protection.noise is None:
        return [EXACT_WARNING.format(min_n=protection.min_n)]
    noise = protection.noise
    return [
        f"Counts are protected: each differs from the true number by {noise.bound} students at "
        f"most (standard deviation {noise.sd:g}); below {protection.min_n} they are suppressed."
    ]


def _line(figure: Utility) -> str:
    mean, largest = ("-", "-")
    if figure.mean_error is not None:
        mean, largest = f"{figure.mean_error:.2f}", f"{figure.largest_error:.0f}"
    return (
        f"{figure.measure:18} {figure.unit:20} {figure.lines:>6} {figure.shown:>6} "
        f"{figure.students:>9.1%} {mean:>11} {largest:>8}"
    )


def _attacks(attacks: Attacks | None) -> list[str]:
    if attacks is None:
        return ["There are no small groups to attack."]
    return [
        f"{attacks.groups} small groups attacked by linear programs: {attacks.solved} solved, "
        f"intervals {attacks.narrowest:.0f} students wide at least, {attacks.median:.0f} in the "
        "median.",
        f"The best linear estimate hits {attacks.exact_hits:.0%} of them; always guessing the "
        f"commonest number would hit {attacks.commonest:.0%}.",
    ]
