"""The command line: options to service calls, errors to one sentence and an exit status."""

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module

from geoservice.errors import GeoserviceError
from geoservice.model.settings import Settings

_MODULES = {
    "demo": "serve", "serve": "serve", "region": "regions", "geocode": "geocode", "reverse": "reverse",
    "map": "maps", "maps": "maps", "measure": "measures", "release": "release", "students": "students",
    "key": "keys", "audit": "audit", "embed": "embeds", "report": "report",
    "forecast": "forecast", "worker": "worker",
    "directory": "directory", "zones": "directory", "scenario": "scenario",
    "walkzones": "walkzones",
}  # fmt: skip
"""The module of each command: only that of the command which runs is loaded, so that it starts fast."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is that of the contract."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    options = parser(given[0] if given else None).parse_args(given)
    try:
        status: int = options.run(options, Settings.read(os.environ))
    except GeoserviceError as fault:
        print(f"geoservice: {fault.detail}", file=sys.stderr)
        return fault.exit_status
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("geoservice: stopped.", file=sys.stderr)
        return 130
    except Exception as fault:
        return _failed(fault)
    return status


def parser(command: str | None = None) -> argparse.ArgumentParser:
    """The parser of one command; of all where it is none of them."""
    whole = argparse.ArgumentParser(
        prog="geoservice",
        description="Geocode student addresses on your own machine, join them to attendance "
        "zones and school ratings, and publish maps that give no student away.",
    )
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    modules = [_MODULES[command]] if command in _MODULES else dict.fromkeys(_MODULES.values())
    for module in modules:
        import_module(f"geoservice.cli.{module}").add_commands(commands)
    return whole


def _failed(fault: Exception) -> int:
    """An unknown fault: its kind alone, because its text may hold what a cell holds."""
    place = traceback.extract_tb(fault.__traceback__)[-1]
    print(
        f"geoservice: the program failed ({type(fault).__name__} in {place.name}, line "
        f"{place.lineno}). This is a fault of the program, not of your data.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
