"""``geoservice backup`` and ``geoservice restore``."""

import argparse
from pathlib import Path
from typing import Any

from geoservice.cli.say import note
from geoservice.model.counted import counted
from geoservice.model.settings import Settings
from geoservice.service.backup import back_up, restore


def add_commands(commands: Any) -> None:
    """Add the commands."""
    writing = commands.add_parser("backup")
    writing.add_argument(
        "file", metavar="FILE", type=Path, help="file to write, such as backup.zip"
    )
    writing.set_defaults(run=_back_up)
    reading = commands.add_parser("restore")
    reading.add_argument(
        "file", metavar="FILE", type=Path, help="file that `geoservice backup` wrote"
    )
    reading.set_defaults(run=_restore)


def _back_up(options: argparse.Namespace, settings: Settings) -> int:
    counts = _counts_text(back_up(settings, options.file))
    note(f"Backed up: {counts}. The file holds rows of students: keep it safe.")
    if settings.secret_file is not None:
        note("The server's secret is in GEOSERVICE_SECRET_FILE, not in the backup: keep it too.")
    return 0


def _restore(options: argparse.Namespace, settings: Settings) -> int:
    note(f"Restored: {_counts_text(restore(settings, options.file))}.")
    return 0


def _counts_text(counts: dict[str, int]) -> str:
    rows, files = counted(counts["rows"], "row"), counted(counts["files"], "file")
    return f"{rows} of the database, {files} of {counts['bytes']:,} bytes"
