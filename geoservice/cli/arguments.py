"""Arguments that several commands share, so that each has the same name and help everywhere."""

import argparse
from collections.abc import Sequence

_MAP_CHOICES = {
    "students": "data set of students, by its name (default: all stored data sets)",
    "areas": "set of areas or zones, such as planning (default: the first set that fits the map)",
    "area": "id of an area of that set: show this area only (default: the whole region)",
    "band": "grade band of the region, such as K-5, or all (default: as the map defines)",
    "year": "school year, such as 2023-24 (default: the latest)",
    "lang": "language of the texts: en or es (default: en)",
    "theme": "colors: light, dark, or print (default: light)",
    "zone": "id of an attendance zone, for maps of a single zone",
    "school": "id of a school, for maps of a single school",
    "view": "id of the view to show at the beginning, for maps with several views",
    "beside": "school year to compare with, such as 2022-23; both years share the same colors",
    "scenario": "name of a scenario file of the region, without .toml (default: the first file)",
}
"""The choices of a map with their help."""


def add_region(command: argparse.ArgumentParser) -> None:
    """Add the required option ``--region``."""
    command.add_argument(
        "--region",
        metavar="R",
        required=True,
        help="the region: its folder, or the id of a registered region, such as riverbend",
    )


def add_map_choices(command: argparse.ArgumentParser, names: Sequence[str]) -> None:
    """Add the options that choose what a map shows; empty texts stand for the default."""
    for name in names:
        command.add_argument(f"--{name}", default="", help=_MAP_CHOICES[name])


def add_language(command: argparse.ArgumentParser, languages: Sequence[str]) -> None:
    """Add the option ``--lang``."""
    command.add_argument(
        "--lang", choices=languages, default="en", help="language of the texts (default: en)"
    )


def add_profile(command: argparse.ArgumentParser, profiles: Sequence[str]) -> None:
    """Add the options ``--profile`` and ``--purpose``."""
    command.add_argument(
        "--profile",
        choices=profiles,
        default="public",
        help="public: protected figures for everyone; internal: exact figures for school "
        "officials, which are recorded as a disclosure and need --purpose",
    )
    command.add_argument(
        "--purpose",
        default="",
        help="why internal figures are needed, for the record of disclosures, such as "
        '"boundary study"',
    )


def add_port(command: argparse.ArgumentParser, port: int) -> None:
    """Add the option ``--port``."""
    command.add_argument(
        "--port", type=int, default=port, help=f"TCP port; 0: any free port (default: {port})"
    )


def add_no_browser(command: argparse.ArgumentParser) -> None:
    """Add the option ``--no-browser``."""
    command.add_argument("--no-browser", action="store_true", help="do not open a browser")
