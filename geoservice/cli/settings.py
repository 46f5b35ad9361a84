"""``geoservice settings``."""

import argparse
import json
import os
from typing import Any

from geoservice.cli.say import note
from geoservice.model.settings import Settings


def add_commands(commands: Any) -> None:
    """Add the command."""
    settings = commands.add_parser("settings")
    settings.add_argument("--json", action="store_true", help="print the settings as a JSON object")
    settings.set_defaults(run=_settings)


def note_unknown_settings() -> None:
    """Note each `GEOSERVICE_` variable that is no setting, such as a misspelled one."""
    for name in Settings.unknown(os.environ):
        note(f"{name} is no setting of geoservice.")


def _settings(options: argparse.Namespace, settings: Settings) -> int:
    """Print each setting. Note unknown `GEOSERVICE_` variables, and what a catalogue lacks."""
    shown = settings.shown()
    if options.json:
        print(json.dumps(shown, indent=1))
    else:
        print("\n".join(f"{name}={value}" for name, value in shown.items()))
    note_unknown_settings()
    if settings.publisher.remedy:
        note(settings.publisher.remedy)
    return 0
