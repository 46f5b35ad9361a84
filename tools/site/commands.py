"""The reference of all commands, from the parser of the command line."""

import argparse
import re
from collections.abc import Iterator
from functools import partial

from geoservice.cli.main import parser
from tools.site.markdown import code, table

_WIDTH = 92
_INTRODUCTION = """\
# Commands

This page is generated from the command line itself. `geoservice COMMAND --help` prints the same.
A command ends with status 0; with 2 for a wrong option or file, 3 for data with errors, 1 for
other faults. [Errors](errors.md) lists them.
"""


def page() -> str:
    """Return the page."""
    parts = [_INTRODUCTION]
    for name, command, summary in _commands(parser(), ""):
        parts.append(_section(name, command, summary))
    return "\n".join(parts)


def _commands(
    group: argparse.ArgumentParser, prefix: str
) -> Iterator[tuple[str, argparse.ArgumentParser, str]]:
    """Yield each command that runs, with its name and its one-line help."""
    for action in group._actions:
        if not isinstance(action, argparse._SubParsersAction):
            continue
        summaries = {choice.dest: choice.help or "" for choice in action._choices_actions}
        for name, command in action.choices.items():
            full_name = f"{prefix} {name}".strip()
            has_actions = any(
                isinstance(part, argparse._SubParsersAction) for part in command._actions
            )
            if has_actions:
                yield from _commands(command, full_name)
            else:
                yield full_name, command, summaries.get(name, "")


def _section(name: str, command: argparse.ArgumentParser, summary: str) -> str:
    command.formatter_class = partial(argparse.HelpFormatter, width=_WIDTH)
    usage = command.format_usage().removeprefix("usage: ").rstrip()
    sentences = [_sentence(text) for text in (summary, command.epilog or "") if text]
    rows = [_row(action) for action in command._actions if action.dest != "help"]
    options = table(("option", "default", "meaning"), rows) if rows else ""
    return f"## {name}\n\n{' '.join(sentences)}\n\n```text\n{usage}\n```\n\n{options}"


def _row(action: argparse.Action) -> tuple[str, str, str]:
    names = ", ".join(action.option_strings) or str(action.metavar or action.dest)
    takes_value = action.option_strings and action.nargs != 0
    value = str(action.metavar or action.dest.upper()) if takes_value else ""
    default = action.default
    shown = "" if default in (None, "", [], False, argparse.SUPPRESS) else code(default)
    meaning = (
        re.sub(r" \(default: [^()]*\)$", "", action.help or "") if shown else action.help or ""
    )
    if action.choices:
        meaning = f"{meaning} ({', '.join(map(str, action.choices))})".strip()
    if action.required and action.option_strings:
        meaning = f"needed; {meaning}" if meaning else "needed"
    return code(f"{names} {value}".strip()), shown, meaning


def _sentence(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
