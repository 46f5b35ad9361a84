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


def _settings(options: argparse.Namespace, settings: Settings) -> int:
    """Print each setting. Note unknown `GEOSERVICE_` variables, and what a catalogue lacks."""
    shown = settings.shown()
    if options.json:
        print(json.dumps(shown, indent=1))
    else:
        print("\n".join(f"{name}={value}" for name, value in shown.items()))
    for name in sorted(set(os.environ) - set(shown)):
        if name.startswith("GEOSERVICE_"):
            note(f"{name} is no setting of geoservice.")
    if settings.publisher.remedy:
        note(settings.publisher.remedy)
    return 0
