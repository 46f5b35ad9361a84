"""The lines of a name on a map."""

import itertools
import re
from collections.abc import Sequence

_PART = re.compile(r"[^\s/–-]+[/–-]?|[/–-]")
"""A part of a name: lines break at spaces, and after slashes and hyphens."""
_MOST_LINES = 3


def name_forms(name: str, value: str = "") -> list[str]:
    """Return a name in one, two and three lines, each with the value as last line."""
    parts = _PART.findall(name)
    forms = []
    for count in range(1, min(_MOST_LINES, len(parts)) + 1):
        cuts = itertools.combinations(range(1, len(parts)), count - 1)
        wrappings = [_lines(parts, (0, *cut, len(parts))) for cut in cuts]
        lines = min(wrappings, key=lambda lines: max(map(len, lines)))
        forms.append("\n".join([*lines, value] if value else lines))
    return forms


def _lines(parts: Sequence[str], cuts: Sequence[int]) -> list[str]:
    return [_joined(parts[start:end]) for start, end in itertools.pairwise(cuts)]


def _joined(parts: Sequence[str]) -> str:
    text = " ".join(parts)
    return re.sub(r"(?<=[/–-]) ", "", text)
