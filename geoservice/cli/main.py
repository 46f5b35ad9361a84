"""The command line: it turns options into service calls, and errors into an exit status."""

import argparse
import gc
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from geoservice.cli.progress import LINE
from geoservice.errors import GeoserviceError
from geoservice.model.settings import Settings
from geoservice.tables.process_limits import ProcessLimits


class Command(NamedTuple):
    """A command's module, and its line in the list of all commands."""

    module: str
    summary: str


COMMANDS = {
    "demo": Command("serve", "serve the fictional district Riverbend"),
    "serve": Command("serve", "serve maps and geocoding over HTTP"),
    "region": Command("regions", "describe, check and build a region's folder"),
    "geocode": Command("geocode", "geocode a file and join zones and ratings"),
    "reverse": Command("reverse", "nearest addresses, zones and areas of places"),
    "map": Command("maps", "write a map as a page, picture or data file"),
    "maps": Command("maps", "list or check the map definitions"),
    "measure": Command("measures", "figures by area, zone or school"),
    "release": Command("release", "content and accuracy of the public figures"),
    "students": Command("students", "data sets of students, protected"),
    "key": Command("keys", "keys for programs that call the service"),
    "audit": Command("audit", "the record of disclosures"),
    "embed": Command("embeds", "links that show a public map in other pages"),
    "report": Command("report", "the regional report pack: HTML, PDF, XLSX"),
    "forecast": Command("forecast", "forecast enrollment by grade progression"),
    "worker": Command("worker", "run batch jobs"),
    "settings": Command("settings", "print all settings, without secrets"),
    "directory": Command("directory", "every street range with its schools, for registrars"),
    "zones": Command("directory", "attendance zones for other programs"),
    "scenario": Command("scenario", "effects of changed boundaries, schools or grades"),
    "walkzones": Command("walkzones", "walk zones along the streets, and who may ride a bus"),
    "backup": Command("backup", "copy data folder and database into a file"),
    "restore": Command("backup", "put a backup into an empty data folder"),
    "docs": Command("docs", "serve these documents on this machine"),
}
"""All commands. A run loads the module of its own command only; the list loads none."""


_FIRST_STEPS = """\
geoservice geocodes student addresses on your own machine, joins them to attendance zones and
school ratings, and publishes maps that give no student away.

Look at the fictional district:
  geoservice demo

Begin with your own files:
  geoservice region init FOLDER
  geoservice region check FOLDER
  geoservice geocode students.csv -o placed.csv --region FOLDER --address address --grade grade
  geoservice map ratings -o ratings.html --region FOLDER

All commands:
  geoservice --help"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    if not words:
        print(_FIRST_STEPS)
        return 0
    named = parser(words[0]) if words[0] in COMMANDS else overview()
    options = named.parse_args(words)
    try:
        with _progress_line(options):
            status: int = options.run(options, _settings(options))
    except GeoserviceError as fault:
        print(f"geoservice: {fault.detail}", file=sys.stderr)
        return fault.exit_status
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("geoservice: stopped.", file=sys.stderr)
        return 130
    except SystemExit:
        raise
    except BaseException as fault:  # A panic of a compiled library is no `Exception`.
        return _failed(fault)
    return status


def parser(command: str | None = None) -> argparse.ArgumentParser:
    """Return the parser of a command, or of all commands."""
    every_command, commands = _empty_parser()
    names = COMMANDS if command is None else (command,)
    with _only_growing():
        for module in dict.fromkeys(COMMANDS[name].module for name in names):
            import_module(f"geoservice.cli.{module}").add_commands(_CommandList(commands))
    return every_command


@contextmanager
def _only_growing() -> Iterator[None]:
    """Search no garbage meanwhile: modules are kept, and the search is a sixth of their loading."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def overview() -> argparse.ArgumentParser:
    """Return a parser that knows the names of all commands, and not their options."""
    every_command, commands = _empty_parser()
    for name, command in COMMANDS.items():
        commands.add_parser(name, help=command.summary)
    return every_command


class _CommandList:
    """Adds parsers of commands, each with its line in the list."""

    def __init__(self, commands: Any) -> None:
        self._commands = commands

    def add_parser(self, name: str, **options: Any) -> Any:
        """Add the parser of a command."""
        return self._commands.add_parser(name, help=COMMANDS[name].summary, **options)


def _empty_parser() -> tuple[argparse.ArgumentParser, Any]:
    every_command = argparse.ArgumentParser(
        prog="geoservice",
        description="Geocode student addresses on your own machine, join them to attendance "
        "zones and school ratings, and publish maps that give no student away.",
    )
    every_command.add_argument("--version", action=_Version, help="print the version and end")
    return every_command, every_command.add_subparsers(required=True, metavar="COMMAND")


class _Version(argparse.Action):
    """Print the version of the program; it is read from the installed package on demand."""

    def __init__(self, option_strings: Sequence[str], dest: str, **options: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, **options)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from importlib.metadata import version

        print(f"geoservice {version('geoservice')}")
        parser.exit()


def _progress_line(options: argparse.Namespace) -> AbstractContextManager[None]:
    """Show a line of progress, except for the commands that run until they are stopped."""
    return nullcontext() if getattr(options, "runs_on", False) else LINE.during()


def _settings(options: argparse.Namespace) -> Settings:
    """Return the settings of the environment, with the folder of maps that the command names."""
    settings = Settings.read(os.environ)
    ProcessLimits.most_cells = settings.limits.max_sheet_cells
    folder = getattr(options, "maps_folder", None)
    return replace(settings, maps=Path(folder).absolute()) if folder else settings


def _failed(fault: BaseException) -> int:
    """Report an unexpected fault by its type alone: its text may quote a cell of a file."""
    place = traceback.extract_tb(fault.__traceback__)[-1]
    print(
        f"geoservice: the program failed ({type(fault).__name__} in {place.name}, line "
        f"{place.lineno}). This is a fault of the program, not of your data.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
