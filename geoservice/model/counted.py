"""Texts about a number of things, in the singular or the plural."""

import re

_FORMS = re.compile(r"\[([^][|`]+)\|([^][|`]+)\]")


def counted(count: int, singular: str, plural: str = "") -> str:
    """Return a number with its noun: `1 school`, `1,200 schools`; the plural may be irregular."""
    return f"{count:,} {singular if count == 1 else plural or f'{singular}s'}"


def in_number(text: str, count: int) -> str:
    """Return a text with each ``[school was|schools were]`` in the form for a number."""
    return _FORMS.sub(lambda forms: forms.group(1 if count == 1 else 2), text)
