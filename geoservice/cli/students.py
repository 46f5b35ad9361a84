"""soon."""

from typing import Any


def add_commands(commands: Any) -> None:
    """Add the commands."""
