"""The help of the command line: each argument of each command says what it is for."""

import argparse

import pytest

from geoservice.cli.main import COMMANDS, parser
from tools.site.commands import page


def _groups(group, name=""):
    """Yield the name and the parser of each group and each command."""
    yield name, group
    for action in group._actions:
        if isinstance(action, argparse._SubParsersAction):
            for choice, command in action.choices.items():
                yield from _groups(command, f"{name} {choice}".strip())


GROUPS = dict(_groups(parser()))


@pytest.mark.parametrize("name", GROUPS)
def test_every_argument_and_every_command_has_a_help_text(name):
    without_help = []
    for action in GROUPS[name]._actions:
        if isinstance(action, argparse._SubParsersAction):
            listed = {choice.dest for choice in action._choices_actions if choice.help}
            without_help += sorted(set(action.choices) - listed)
        elif not action.help:
            without_help.append(action.option_strings or action.dest)
    assert not without_help, f"`geoservice {name}`: give help="


@pytest.mark.parametrize("name", GROUPS)
def test_a_help_text_tells_the_default_that_the_parser_has(name):
    for action in GROUPS[name]._actions:
        text = action.help or ""
        if "(default: " not in text or not isinstance(action.default, int | float):
            continue
        told = text.rpartition("(default: ")[2].partition(")")[0]
        assert float(told) == action.default, action.option_strings


def test_the_reference_has_every_command_and_tells_each_default_once():
    text = page()
    for name, group in GROUPS.items():
        is_command = not any(isinstance(a, argparse._SubParsersAction) for a in group._actions)
        assert is_command == (f"## {name}\n" in text), name
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert len(rows) > 5 * len(COMMANDS)
    twice = [row for row in rows if row.split(" | ")[1].strip() and "(default:" in row]
    assert twice == []
