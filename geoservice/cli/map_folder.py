"""The option ``--maps`` of every command that draws maps."""

import argparse


def add_maps_option(command: argparse.ArgumentParser) -> None:
    """Add the option; `geoservice.cli.main` copies its value into the settings."""
    command.add_argument(
        "--maps",
        dest="maps_folder",
        metavar="FOLDER",
        help="folder of your own map definitions, in addition to the shipped maps "
        "(default: GEOSERVICE_MAPS)",
    )
